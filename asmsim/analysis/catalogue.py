"""What there is to choose from, as tables; and starters for a user's own files."""

import csv
import os
import re
from collections.abc import Callable, Collection
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from asmsim.config.errors import ConfigError, nearest
from asmsim.config.groups import check_name, list_options
from asmsim.config.paths import evidence_dir
from asmsim.config.yaml_files import read_yaml
from asmsim.sweeps.store.targets import check_folder, whole_file, whole_folder

Rows = tuple[str, list[str], list[list[str]]]


def list_rows(what: str, name: str | None, config_dir: Path | None) -> Rows:
    """Title, header and rows of a catalogue, or of one entry in it.

    Raises
    ------
    ConfigError
        No such catalogue or entry.
    """
    tables: dict[str, Callable[[str | None, Path | None], Rows]] = {
        "contexts": _contexts,
        "policies": lambda n, d: _configs("policy", n, d),
        "levers": lambda n, _: _levers(n),
        "outcomes": lambda n, _: _outcomes(n),
        "parameters": lambda n, _: _parameters(n),
        "handles": lambda n, _: _handles(n),
        "evidence": _evidence,
    }
    if what not in tables:
        raise ConfigError(f"show {what}: no such table{nearest(what, tables)}; known: {', '.join(tables)}")
    return tables[what](name, config_dir)


def _only(rows: list[list[str]], name: str | None, what: str) -> list[list[str]]:
    """The row of that name, else the rows whose name holds it; an error if there are none."""
    if name is None:
        return rows
    found = [r for r in rows if r[0] == name] or [r for r in rows if name.lower() in r[0].lower()]
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
    known = list_options(group, config_dir)
    if name is None:
        return f"{group}=...", ["name", "what it is", "file"], [[n, _comment(p), p.name] for n, p in known.items()]
    if name not in known:
        raise ConfigError(f"show: no {group} {name!r}{nearest(name, known)}; known: {', '.join(known)}")
    title = f"{group}={name}: {_comment(known[name])}"
    if group == "policy":
        return title, ["key", "value", "unit", "set by"], _resolved(name, config_dir)
    return title, ["key", "value"], _flat(read_yaml(known[name]))


def _contexts(name: str | None, config_dir: Path | None) -> Rows:
    """Contexts there are, or what one comes to by year."""
    if name is None or name not in list_options("context", config_dir):
        return _configs("context", name, config_dir)
    from asmsim.analysis.context_years import tabulate_context

    return tabulate_context(name, config_dir)


def _resolved(name: str, config_dir: Path | None) -> list[list[str]]:
    """Every dose of a policy: what it sets, and what stands because its levers' defaults are so."""
    from asmsim.analysis.summary import show_plain
    from asmsim.config.compose import compose
    from asmsim.config.settings import make_setting
    from asmsim.model.levers import all_levers

    data = compose([make_setting("policy", name)], config_dir)
    rows = []
    for path, kind in all_levers().items():
        group, _, short = path.partition(".")
        dose = (data.get(group) or {}) if not short else (data.get(group) or {}).get(short)
        if dose is None or (not short and dose.get("pace", "none") == "none"):
            continue
        for key, info in kind.model_fields.items():
            value = dose.get(key, info.get_default(call_default_factory=True))
            if value in (None, (), {}):
                continue
            unit = str(dict(info.json_schema_extra or {}).get("unit", ""))  # type: ignore[arg-type]
            rows.append([f"{path}.{key}", show_plain(value), unit, "policy" if key in dose else "default"])
    rows += [[f"events[{n}]", show_plain(event), "", "policy"] for n, event in enumerate(data.get("events") or [])]
    rows += [[f"parameters.{k}", show_plain(v), "", "policy"] for k, v in (data.get("parameters") or {}).items()]
    return rows or [["(none)", "no lever, no event", "", "policy"]]


def _bound(value: Any) -> str:
    return "" if value is None else f"{value:g}"


def _allowed(info: Any) -> str:
    """Range or values that a field allows."""
    limits = {type(m).__name__: m for m in info.metadata}
    low = _bound(getattr(limits.get("Ge"), "ge", None))
    high = _bound(getattr(limits.get("Le"), "le", None))
    if low or high:
        return f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}"
    if get_origin(info.annotation) is Literal:
        return ", ".join(str(v) for v in get_args(info.annotation))
    return "true, false" if info.annotation is bool else ""


def _grade(source: str) -> str:
    """What a field's value rests on: the grade of each piece of evidence, or that it is assumed."""
    if source in ("", "assumed"):
        return "assumed"
    known = read_evidence()
    grades = [known[i]["grade"] for i in source.split() if i in known]
    return ", ".join(dict.fromkeys(grades))


def _levers(name: str | None) -> Rows:
    from asmsim.analysis.summary import show_plain
    from asmsim.model.levers import all_levers

    known = all_levers()
    if name in known:
        kind = known[name]
        rows = []
        for key, info in kind.model_fields.items():
            extra: dict[str, Any] = dict(info.json_schema_extra or {})  # type: ignore[arg-type]
            default = info.get_default(call_default_factory=True)
            source = str(extra.get("source", ""))
            shown = "" if default in (None, (), {}) else show_plain(default)
            meaning = info.description or ""
            rows.append([key, str(extra.get("unit", "")), shown, _allowed(info), _grade(source), source, meaning])
        title = f"{name} ({kind.label}): {(kind.__doc__ or '').splitlines()[0]} Acts on {kind.acts_on}. Fails when: {kind.fails}."
        return title, ["field", "unit", "default", "range or values", "grade", "source", "meaning"], rows
    rows = []
    for path, kind in known.items():
        expects = kind.expects
        arrow = "raises" if expects.sign > 0 else "lowers"
        dose = ", ".join(f"{k}={v}" for k, v in expects.dose.items() if k != "funder")
        fails = "; ".join(f"{k}={v}" for k, v in expects.fails_when.items())
        first = (kind.__doc__ or "").splitlines()[0]
        rows.append(
            [
                path,
                kind.label,
                first,
                kind.acts_on,
                f"{arrow} {expects.measure} at {dose}",
                f"{kind.fails} (tested: {fails})",
            ]
        )
    header = ["lever", "label", "what it is", "acts on", "expected effect (tested)", "fails when"]
    return "Levers of policy", header, _only(rows, name, "levers")


def _outcomes(name: str | None) -> Rows:
    from asmsim.analysis.report import show_smallest
    from asmsim.model.own_outcomes import list_outcomes

    rows = [[o.name, o.label, o.group, o.unit, o.meaning, show_smallest(o.unit)] for o in list_outcomes()]
    header = ["outcome", "label", "group", "unit", "meaning", "smallest difference named"]
    return "Outcomes, monthly", header, _only(rows, name, "outcomes")


def _parameters(name: str | None) -> Rows:
    from asmsim.model.parameters import parameter_table

    rows = [
        [
            p.name,
            p.label,
            p.symbol,
            p.unit,
            f"{p.value:g}",
            f"{p.low:g} to {p.high:g}",
            p.grade,
            p.source,
            p.mechanism,
            p.meaning,
        ]
        for p in parameter_table().values()
    ]
    header = ["parameter", "label", "symbol", "unit", "value", "range", "grade", "source", "mechanism", "meaning"]
    return "Parameters of behaviour", header, _only(rows, name, "parameters")


def _handles(name: str | None) -> Rows:
    from asmsim.model.handles import H

    rows = [[h.path, h.unit, f"{h.default:g}", f"{h.low:g} to {h.high:g}", h.combine.name, h.meaning] for h in H]
    header = ["handle", "unit", "default", "range", "several writers", "meaning"]
    return "Handles: what context, events and levers write", header, _only(rows, name, "handles")


@cache
def read_evidence() -> dict[str, dict[str, str]]:
    """Rows of the shipped evidence by id, in one form.

    `grade` is the letter that the source was given where it was given one: A measured or official, B reported,
    C weak; otherwise `documented`.
    """
    return _read_evidence_of(evidence_dir())


def read_own_evidence(config_dir: Path) -> dict[str, dict[str, str]]:
    """Rows of `evidence/*.csv` in a folder of one's own, in the same form; `id` and `variable` are needed, the rest may be left out.

    Raises
    ------
    ConfigError
        A needed column is not there, or an id is of the shipped evidence.
    """
    found = _read_evidence_of(config_dir / "evidence")
    taken = sorted(found.keys() & read_evidence().keys())
    if taken:
        raise ConfigError(f"{config_dir}/evidence: {', '.join(taken)} are ids of the shipped evidence; choose others")
    return found


def _read_evidence_of(folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of every table in a folder, by id."""
    found = {}
    optional = ("low", "high", "value", "unit", "note", "source_title", "source_url")
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, given in enumerate(csv.DictReader(file), 2):
                row = dict.fromkeys(optional, "") | {k: v or "" for k, v in given.items() if k}
                if not row.get("id") or not row.get("variable"):
                    raise ConfigError(f"{path}, row {number}: `id` and `variable` are needed")
                letter = re.match(r"\[([A-D](?:/[A-D])?)\]\s*", row["note"])
                found[row["id"]] = {
                    "id": row["id"],
                    "about": row["variable"].replace("_", " "),
                    "country": row.get("country") or path.stem.title(),
                    "value": row["value"],
                    "range": f"{row['low']} to {row['high']}" if row["low"] or row["high"] else "",
                    "unit": row["unit"],
                    "year": row.get("year") or row.get("years") or "",
                    "grade": letter[1] if letter else "documented",
                    "source": row["source_title"],
                    "url": row["source_url"],
                    "note": row["note"][letter.end() :] if letter else row["note"],
                }
    return found


def _evidence(name: str | None, config_dir: Path | None) -> Rows:
    known = read_evidence() | (read_own_evidence(config_dir) if config_dir is not None else {})
    if name in known:
        whole = known[name]
        return "Evidence", list(whole), [list(whole.values())]
    header = ["id", "about", "country", "value", "unit", "year", "grade", "source"]
    rows = [[row[column] for column in header] for row in known.values()]
    if name is not None:
        rows = [r for r in rows if name.lower() in " ".join(r).lower()]
        if not rows:
            raise ConfigError(f"show evidence {name}: nothing of that id or word{nearest(name, known)}")
    return "Evidence that parameters, doses and observations rest on", header, rows


STARTERS = {
    "policy": "starter_policy.yaml",
    "lever": "starter_lever.py",
    "outcome": "starter_outcome.py",
    "experiment": "starter_experiment",
}


EXPERIMENT_FILES = ("README.md", "experiment.yaml", "find.py", "describe.py", "plot.py")


def write_starter(what: str, name: str, folder: Path) -> Path:
    """Write a commented starter; never over an existing file.

    Raises
    ------
    ConfigError
        Unknown kind, unfit name, or the file is there already.
    """
    if what not in STARTERS:
        raise ConfigError(f"new {what}: no such kind{nearest(what, STARTERS)}; known: {', '.join(STARTERS)}")
    check_name(name, f"new {what}")
    if name in _taken_names(what):
        raise ConfigError(f"new {what} {name}: a shipped {what} has that name; choose another, such as my_{name}")
    template = STARTERS[what]
    plugin = template.endswith(".py")
    path = folder / f"{name}.py" if plugin else folder / what / f"{name}.yaml"
    if what == "experiment":
        path = folder / "experiments" / name
    if os.path.lexists(path):
        raise ConfigError(f"{path} is there already; nothing was written")
    check_folder(path.parent, "--config-dir")
    source = files("asmsim.data") / template
    if what == "experiment":
        with whole_folder(path) as work:
            for file in EXPERIMENT_FILES:
                (work / file).write_text(_fill_in(source / file, name), encoding="utf-8")
    else:
        with whole_file(path) as work:
            work.write_text(_fill_in(source, name), encoding="utf-8")
    return path


def _fill_in(template: Traversable, name: str) -> str:
    """A starter with its name in place of the placeholders."""
    text = template.read_text(encoding="utf-8").replace("NAME_CLASS", name.title().replace("_", ""))
    return text.replace("NAME_LABEL", name.replace("_", " ").strip().capitalize()).replace("NAME", name)


def _taken_names(what: str) -> Collection[str]:
    """Names that a starter of one's own cannot have."""
    if what in ("context", "policy"):
        return list_options(what)
    if what == "experiment":
        return ()
    if what == "outcome":
        from asmsim.model.outcomes import O

        return list(O.__members__)
    from asmsim.model.levers import all_levers

    return {path.rpartition(".")[2] for path in all_levers()}
