"""What there is to choose from, as tables; and starters for a user's own files."""

import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from asmsim.config.compose import options, read_yaml
from asmsim.config.errors import ConfigError, nearest

Rows = tuple[str, list[str], list[list[str]]]


def rows_of(what: str, name: str | None, config_dir: Path | None) -> Rows:
    """Title, header and rows of a catalogue, or of one entry in it.

    Raises
    ------
    ConfigError
        No such catalogue or entry.
    """
    tables: dict[str, Callable[[str | None, Path | None], Rows]] = {
        "contexts": lambda n, d: _configs("context", n, d),
        "policies": lambda n, d: _configs("policy", n, d),
        "levers": lambda n, _: _levers(n),
        "outcomes": lambda n, _: _outcomes(n),
        "parameters": lambda n, _: _parameters(n),
        "handles": lambda n, _: _handles(n),
    }
    if what not in tables:
        raise ConfigError(f"show {what}: no such table{nearest(what, tables)}; known: {', '.join(tables)}")
    return tables[what](name, config_dir)


def _only(rows: list[list[str]], name: str | None, what: str) -> list[list[str]]:
    """Rows whose name holds `name`; an error if there are none."""
    if name is None:
        return rows
    found = [r for r in rows if name in r[0]]
    if not found:
        raise ConfigError(f"show {what} {name}: nothing of that name{nearest(name, [r[0] for r in rows])}")
    return found


def _comment(path: Path) -> str:
    """The leading comment of a YAML file, without package lines."""
    lines = [line.lstrip("# ").strip() for line in path.read_text(encoding="utf-8").splitlines()[:4] if line[:1] == "#"]
    return " ".join(line for line in lines if not line.startswith("@"))


def _flat(data: Any, prefix: str = "") -> list[list[str]]:
    if isinstance(data, dict):
        return [row for key, value in data.items() for row in _flat(value, f"{prefix}.{key}" if prefix else str(key))]
    return [[prefix, str(data)]]


def _configs(group: str, name: str | None, config_dir: Path | None) -> Rows:
    known = options(group, config_dir)
    if name is None:
        return f"{group}=...", ["name", "what it is", "file"], [[n, _comment(p), p.name] for n, p in known.items()]
    if name not in known:
        raise ConfigError(f"show: no {group} {name!r}{nearest(name, known)}; known: {', '.join(known)}")
    return f"{group}={name}: {_comment(known[name])}", ["key", "value"], _flat(read_yaml(known[name]))


def _bound(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _levers(name: str | None) -> Rows:
    from asmsim.model.levers import all_levers

    known = all_levers()
    if name in known:
        kind = known[name]
        rows = []
        for key, info in kind.model_fields.items():
            extra: dict[str, Any] = dict(info.json_schema_extra or {})  # type: ignore[arg-type]
            limits = {type(m).__name__: m for m in info.metadata}
            low = _bound(getattr(limits.get("Ge"), "ge", None))
            high = _bound(getattr(limits.get("Le"), "le", None))
            default = "" if info.default is None else str(info.default)
            span = f"{low} to {high}" if low or high else ""
            rows.append(
                [key, str(extra.get("unit", "")), default, span, str(extra.get("source", "")), info.description or ""]
            )
        title = f"{name}: {(kind.__doc__ or '').splitlines()[0]} Acts on {kind.acts_on}. Fails when: {kind.fails}."
        return title, ["field", "unit", "default", "range", "source", "meaning"], rows
    rows = []
    for path, kind in known.items():
        expects = kind.expects
        arrow = "raises" if expects.sign > 0 else "lowers"
        dose = ", ".join(f"{k}={v}" for k, v in expects.dose.items() if k != "funder")
        fails = "; ".join(f"{k}={v}" for k, v in expects.fails_when.items())
        first = (kind.__doc__ or "").splitlines()[0]
        rows.append(
            [path, first, kind.acts_on, f"{arrow} {expects.measure} at {dose}", f"{kind.fails} (tested: {fails})"]
        )
    header = ["lever", "what it is", "acts on", "expected effect (tested)", "fails when"]
    return "Levers of policy", header, _only(rows, name, "levers")


def _outcomes(name: str | None) -> Rows:
    from asmsim.model.outcomes import O

    rows = [[o.name, o.group, o.unit, o.meaning] for o in O]
    return "Outcomes, monthly", ["outcome", "group", "unit", "meaning"], _only(rows, name, "outcomes")


def _parameters(name: str | None) -> Rows:
    from asmsim.model.parameters import table

    rows = [
        [
            p.name,
            p.symbol,
            p.unit,
            f"{p.value:g}",
            f"{p.low:g} to {p.high:g}",
            p.grade,
            p.source,
            p.mechanism,
            p.meaning,
        ]
        for p in table().values()
    ]
    header = ["parameter", "symbol", "unit", "value", "range", "grade", "source", "mechanism", "meaning"]
    return "Parameters of behaviour", header, _only(rows, name, "parameters")


def _handles(name: str | None) -> Rows:
    from asmsim.model.handles import H

    rows = [[h.path, h.unit, f"{h.default:g}", f"{h.low:g} to {h.high:g}", h.combine.name, h.meaning] for h in H]
    header = ["handle", "unit", "default", "range", "several writers", "meaning"]
    return "Handles: what context, events and levers write", header, _only(rows, name, "handles")


def write_starter(what: str, name: str, folder: Path) -> Path:
    """Write a commented starter; never over an existing file.

    Raises
    ------
    ConfigError
        Unknown kind, unfit name, or the file is there already.
    """
    kinds = {"context": "starter_context.yaml", "policy": "starter_policy.yaml"}
    if what not in kinds:
        raise ConfigError(f"new {what}: no such kind{nearest(what, kinds)}; known: {', '.join(kinds)}")
    if not re.fullmatch(r"[A-Za-z]\w{0,60}", name):
        raise ConfigError(f"new {what} {name!r}: a name is letters, digits and underscores, and begins with a letter")
    path = folder / what / f"{name}.yaml"
    if path.exists():
        raise ConfigError(f"{path} is there already; nothing was written")
    text = (files("asmsim.data") / kinds[what]).read_text(encoding="utf-8").replace("NAME", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
