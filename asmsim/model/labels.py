"""What people read instead of a code name: the label of an outcome, a parameter, a lever or one of its doses."""

from typing import Any

from asmsim.config.language import tr
from asmsim.model.levers import all_levers
from asmsim.model.own_outcomes import list_outcomes
from asmsim.model.parameters import parameter_table


def find_label(name: str) -> str:
    """Return the label of a name or dotted key in the language in use; of what has none, its last part in words.

    Examples
    --------
    >>> find_label("licensed_share"), find_label("parameters.fine"), find_label("market.buying_centres")
    ('Licensed share of miners', 'Fine', 'Local buying centres')
    """
    return tr(_find_english_label(name))


def _find_english_label(name: str) -> str:
    known = {o.name: o.label for o in list_outcomes()}
    if name in known:
        return known[name]
    short = name.removeprefix("parameters.")
    if short in parameter_table():
        return parameter_table()[short].label
    levers = all_levers()
    if name in levers:
        return levers[name].label
    path, _, key = name.rpartition(".")
    if path in levers and key in levers[path].model_fields:
        return dose_label(levers[path], key)
    return name.rpartition(".")[2].replace("_", " ").capitalize()


def dose_label(lever: Any, key: str) -> str:
    """Return the label of a lever's dose: its own, or the lever's with the beginning of what the dose means."""
    info = lever.model_fields[key]
    own = dict(info.json_schema_extra or {}).get("label")
    meaning = (info.description or key.replace("_", " ")).partition(";")[0].partition(",")[0]
    return str(own) if own else f"{lever.label}: {meaning}"
