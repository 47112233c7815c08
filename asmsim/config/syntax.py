"""Identify code by what it does: a hash of syntax trees that is blind to words.

Comments, layout, docstrings, annotations, the texts of errors and the names and places of helpers are left out, so that
rewording, moving or renaming changes nothing.  From its entry points a hash follows every name to its definition, as far
as the packages that it is to follow; what lies beyond counts by name alone.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

PACKAGE_ROOT = Path(__file__).resolve().parent.parent
WORDS = frozenset(["claim", "headline", "help", "label", "meaning", "message", "title", "why", "xlabel", "ylabel"])
"""Arguments that hold text for people, by name."""
DTYPE = re.compile(r"^(\([\d, ]*\))?[<>=|]?[a-zA-Z]\d+$")
"""The one kind of text that decides what a compiler makes: the type of a column."""
Reference = tuple[str, str]
"""Module and name of a definition."""


@dataclass
class Module:
    """What a module defines and imports at its top level.

    Attributes
    ----------
    statements
        Name: the statements that give it its value.
    imports
        Local name: module, and name in it (None for the module itself).
    """

    statements: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str | None]] = field(default_factory=dict)


def parse_module(text: str) -> Module:
    """Index a module's source."""
    module = Module()
    for node in ast.parse(text).body:
        _index(node, module, node)
    return module


def _index(node: ast.stmt, module: Module, whole: ast.stmt) -> None:
    """Enter what a top-level statement defines; inside `if`, `try` and `with` the whole of it is the definition."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        module.imports.update(_imports(node))
    elif isinstance(node, ast.If | ast.Try | ast.With):
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.stmt):
                _index(inner, module, whole)
    else:
        for name in _defined(node):
            module.statements.setdefault(name, []).append(whole)


def _imports(node: ast.Import | ast.ImportFrom) -> dict[str, tuple[str, str | None]]:
    if isinstance(node, ast.Import):
        return {
            a.asname or a.name.partition(".")[0]: (a.name if a.asname else a.name.partition(".")[0], None)
            for a in node.names
        }
    return {a.asname or a.name: (node.module or "", a.name) for a in node.names}


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign | ast.AugAssign):
        targets = [node.target]
    return [n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]


@dataclass(frozen=True)
class Sources:
    """Where modules lie.

    Attributes
    ----------
    root
        Folder of the package `asmsim`.
    others
        Files that belong to no package, by a name of the caller's.
    """

    root: Path = PACKAGE_ROOT
    others: Mapping[str, Path] = field(default_factory=dict)

    @cached_property
    def _modules(self) -> dict[str, Module | None]:
        return {}

    def module(self, name: str) -> Module | None:
        """A module by dotted name, or None where there is none of ours."""
        if name not in self._modules:
            path = self.path(name)
            self._modules[name] = None if path is None else parse_module(path.read_text(encoding="utf-8"))
        return self._modules[name]

    def path(self, name: str) -> Path | None:
        """The file of a module."""
        if name in self.others:
            return self.others[name]
        first, _, rest = name.partition(".")
        if first != "asmsim":
            return None
        base = self.root.joinpath(*rest.split(".")) if rest else self.root
        return next((p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()), None)

    def definition(self, module: str, name: str) -> Reference | str:
        """Where a name of a module is defined; the dotted name where that is beyond the sources."""
        seen = set()
        while (module, name) not in seen:
            seen.add((module, name))
            found = self.module(module)
            if found is None or name in found.statements:
                break
            if name in found.imports:
                there, member = found.imports[name]
                if member is None:
                    return there
                if self.path(f"{there}.{member}") is not None:
                    return f"{there}.{member}"  # a module
                module, name = there, member
            else:
                return name  # a builtin
        return (module, name) if self.path(module) is not None else f"{module}.{name}"


def syntax_id(
    entries: Iterable[str], follow: Callable[[str], bool], sources: Sources | None = None, texts: bool = True
) -> str:
    """Hash what entry points do, with all that they use.

    Parameters
    ----------
    entries
        `module:name` of each.
    follow
        Whether the definitions of a module are followed.
    texts
        Whether string constants count; in compiled code only types of columns do.

    Returns
    -------
    str
        16 hexadecimal digits.

    Raises
    ------
    LookupError
        An entry point that is not there.
    """
    sources = sources or Sources()
    order: dict[Reference, int] = {}
    waiting: list[Reference] = []

    def number(reference: Reference) -> int:
        if reference not in order:
            order[reference] = len(order)
            waiting.append(reference)
        return order[reference]

    for entry in entries:
        module, _, name = entry.partition(":")
        found = sources.definition(module, name)
        if isinstance(found, str):
            raise LookupError(f"{entry}: no such definition")
        number(found)
    digest = hashlib.sha256()
    while waiting:
        module, name = waiting.pop(0)
        writer = _Writer(module, name, sources, follow, number, texts)
        for statement in sources.module(module).statements[name]:  # type: ignore[union-attr]
            writer.write(statement, frozenset())
        digest.update("".join(writer.parts).encode() + b"\0")
    return digest.hexdigest()[:16]


class _Writer:
    """One definition as text in which references are numbers."""

    def __init__(
        self,
        module: str,
        name: str,
        sources: Sources,
        follow: Callable[[str], bool],
        number: Callable[[Reference], int],
        texts: bool,
    ) -> None:
        self.module, self.name, self.texts = module, name, texts
        self._sources, self._follow, self._number = sources, follow, number
        self.parts: list[str] = []

    def write(self, node: Any, local: frozenset[str]) -> None:
        """Append a node; `local` are names that are no references here."""
        if isinstance(node, list):
            for item in node:
                self.write(item, local)
            return
        if node is None:  # the key of a mapping that is unpacked
            self._put("None")
            return
        special = getattr(self, f"_{type(node).__name__}", None)
        if special is not None:
            special(node, local)
            return
        self._put(type(node).__name__)
        for _, value in ast.iter_fields(node):
            if isinstance(value, ast.AST | list):
                self.write(value, local)
            elif value is not None:
                self._put(repr(value))
        self._put(")")

    def _put(self, text: str) -> None:
        self.parts.append(text + " ")

    # what counts for nothing

    def _Load(self, node: ast.Load, local: frozenset[str]) -> None:
        pass

    _Store = _Del = _Load

    def _Import(self, node: ast.Import | ast.ImportFrom, local: frozenset[str]) -> None:
        pass

    _ImportFrom = _Import

    def _Expr(self, node: ast.Expr, local: frozenset[str]) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):
            self.write(node.value, local)

    def _Raise(self, node: ast.Raise, local: frozenset[str]) -> None:
        self._put("Raise")
        if node.exc is not None:
            self.write(node.exc.func if isinstance(node.exc, ast.Call) else node.exc, local)

    def _Assert(self, node: ast.Assert, local: frozenset[str]) -> None:
        self._put("Assert")
        self.write(node.test, local)

    def _keyword(self, node: ast.keyword, local: frozenset[str]) -> None:
        self._put(f"keyword {node.arg}")
        if node.arg not in WORDS:
            self.write(node.value, local)

    def _Constant(self, node: ast.Constant, local: frozenset[str]) -> None:
        if not isinstance(node.value, str) or self.texts or DTYPE.match(node.value):
            self._put(repr(node.value))

    # what opens a scope

    def _FunctionDef(self, node: ast.FunctionDef, local: frozenset[str]) -> None:
        self.write(node.decorator_list, local)
        self._put("def" if node.name == self.name else f"def {node.name}")
        self._function(node, node.body, local)

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda, local: frozenset[str]) -> None:
        self._put("lambda")
        self._function(node, [node.body], local)

    def _function(self, node: Any, body: list[Any], local: frozenset[str]) -> None:
        a = node.args
        names = [
            *a.posonlyargs,
            *a.args,
            *([a.vararg] if a.vararg else []),
            *a.kwonlyargs,
            *([a.kwarg] if a.kwarg else []),
        ]
        self._put(f"({len(a.posonlyargs)} {len(a.args)} {a.vararg is not None} {','.join(n.arg for n in names)}")
        self.write([*a.defaults, *[d for d in a.kw_defaults if d is not None]], local)
        imported = {
            k: v for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom) for k, v in _imports(n).items()
        }
        outer = self._imported
        self._imported = {**outer, **imported}
        self.write(body, (local | {n.arg for n in names} | _stored(body)) - imported.keys())
        self._imported = outer
        self._put(")")

    _imported: Mapping[str, tuple[str, str | None]] = {}

    def _ClassDef(self, node: ast.ClassDef, local: frozenset[str]) -> None:
        self.write([*node.decorator_list, *node.bases, *node.keywords], local)
        self._put("class")
        own = frozenset(name for statement in node.body for name in _defined(statement))
        for statement in node.body:
            self.write(statement, local if isinstance(statement, ast.FunctionDef) else local | own)
        self._put(")")

    def _comprehension(self, node: ast.comprehension, local: frozenset[str]) -> None:
        self._put("for")
        self.write([node.target, node.iter, *node.ifs], local)

    def _comprehended(self, node: Any, local: frozenset[str]) -> None:
        self._put(type(node).__name__)
        inner = local | _stored([g.target for g in node.generators])
        self.write(node.generators, inner)
        self.write([node.key, node.value] if isinstance(node, ast.DictComp) else node.elt, inner)
        self._put(")")

    _ListComp = _SetComp = _GeneratorExp = _DictComp = _comprehended

    # what is assigned, and what is referred to

    def _AnnAssign(self, node: ast.AnnAssign, local: frozenset[str]) -> None:
        self._put("Assign")
        self.write([node.target, *([node.value] if node.value else [])], local)
        self._put(")")

    def _Name(self, node: ast.Name, local: frozenset[str]) -> None:
        if node.id in local:
            self._put(node.id)
        elif isinstance(node.ctx, ast.Store):
            self._put("self" if node.id == self.name else "other")
        else:
            self._refer(self._target(node.id))

    def _Attribute(self, node: ast.Attribute, local: frozenset[str]) -> None:
        module = self._module_of(node.value, local)
        if module is not None:
            self._refer(self._member(module, node.attr))
            return
        self._put(f".{node.attr}")
        self.write(node.value, local)

    def _module_of(self, node: ast.expr, local: frozenset[str]) -> str | None:
        """The module that an expression names, or None."""
        found: Reference | str | None = None
        if isinstance(node, ast.Name) and node.id not in local:
            found = self._target(node.id)
        elif isinstance(node, ast.Attribute):
            outer = self._module_of(node.value, local)
            found = None if outer is None else self._member(outer, node.attr)
        return found if isinstance(found, str) and self._sources.path(found) is not None else None

    def _member(self, module: str, name: str) -> Reference | str:
        inner = f"{module}.{name}"
        return inner if self._sources.path(inner) is not None else self._sources.definition(module, name)

    def _target(self, name: str) -> Reference | str:
        if name in self._imported:
            module, member = self._imported[name]
            return module if member is None else self._member(module, member)
        return self._sources.definition(self.module, name)

    def _refer(self, found: Reference | str) -> None:
        if isinstance(found, str):
            self._put(found)
        elif self._follow(found[0]):
            self._put(f"#{self._number(found)}")
        else:
            self._put(f"{found[0].rpartition('.')[2]}.{found[1]}")


def _stored(nodes: Collection[ast.AST]) -> frozenset[str]:
    """Names that some nodes assign to, in whatever scope inside them."""
    return frozenset(_stored_in(nodes))


def _stored_in(nodes: Collection[ast.AST]) -> Iterator[str]:
    for inner in (inner for node in nodes for inner in ast.walk(node)):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id
        elif isinstance(inner, ast.arg):
            yield inner.arg
        elif isinstance(inner, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler) and inner.name:
            yield inner.name
