"""Write results to a folder named by content: tables, figures, report, provenance.  Nothing is overwritten."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asmsim.analysis import figures
from asmsim.analysis.paired import Comparison
from asmsim.analysis.report import render_brief, render_comparison, render_run, write_resolved
from asmsim.analysis.style import apply_style, save_svg
from asmsim.analysis.summary import measure_pathways, summarise, tabulate_observed
from asmsim.config.language import find_language, use_language
from asmsim.config.paths import expand_path
from asmsim.model.own_outcomes import list_reported
from asmsim.sweeps.codebook import CODEBOOK, describe_columns, make_codebook
from asmsim.sweeps.replicates import Replicates
from asmsim.sweeps.store.targets import to_csv, whole_file, whole_folder

Step = Callable[[str], None]
MANIFEST = "manifest.json"


def _json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _csv(table: Any, path: Path) -> None:
    path.write_text(to_csv(table), encoding="utf-8")


def _figures(folder: Path, drawn: dict[str, Any]) -> dict[str, str]:
    """Save each figure as PNG and SVG; returns the SVG texts."""
    svgs = {}
    for name, figure in drawn.items():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, drawn twice
        figure.savefig(folder / f"{name}.png", dpi=130, metadata={"Software": None}, pil_kwargs={"compress_level": 2})
        svgs[name] = save_svg(figure, folder / f"{name}.svg")
    return svgs


def readable_name(text: str, most: int = 100) -> str:
    """A name that is safe in a path and can still be read."""
    kept = re.sub(r"[^A-Za-z0-9_=.+-]+", "_", text.replace(", changed: ", "-").replace(", ", "-"))
    return kept.strip("_.-")[:most].rstrip("_.-") or "run"


def name_folder(run: Replicates) -> str:
    """Context, policy and what was changed from it."""
    context = run.scenario.context.name
    return readable_name(run.name if run.name.startswith(context) else f"{context}-{run.name}")


def run_folder(run: Replicates, out: Path) -> Path:
    """Where a run's results go: what it is called, and content id."""
    return out / f"{name_folder(run)}-{run.id}{name_language()}"


def name_language() -> str:
    """The end of a folder's name that says in which language its report is; nothing for English."""
    return "" if find_language() == "en" else f"-{find_language()}"


def list_damage(folder: Path) -> list[str]:
    """What is missing or changed in a results folder, by its manifest; files that somebody added do not count."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        files = {str(name): str(digest) for name, digest in listed.items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return [f"{MANIFEST} missing or unreadable"]
    found = []
    for name, digest in sorted(files.items()):
        if not (folder / name).is_file():
            found.append(f"{name} missing")
        elif _digest(folder / name) != digest:
            found.append(f"{name} changed")
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_manifest(folder: Path) -> None:
    files = {path.name: _digest(path) for path in sorted(folder.iterdir())}
    _json(folder / MANIFEST, {"files": files, "hash": "sha256"})


def choose_place(path: Path, say: Step) -> tuple[Path, bool]:
    """The folder for some results, and whether they are there already, complete and unchanged.

    A folder in which something is missing or changed is left alone; the next number is taken.
    """
    tried, n = path, 1
    while tried.exists():
        wrong = list_damage(tried)
        if not wrong:
            say(f"These results were there already and are kept: {tried}")
            return tried, True
        n += 1
        following = path.with_name(f"{path.name}-{n}")
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        say(f"{tried} is left as it is, but not complete ({', '.join(wrong[:3])}{more}); see {following.name}")
        tried = following
    return tried, False


def write(done: Replicates | Comparison, out: str | Path | None = None) -> Path:
    """Write the results folder of a run or a comparison, as the command line does.

    Parameters
    ----------
    out
        Folder under which results are written; by default `results/runs` or `results/compare`.

    Returns
    -------
    Path
        The folder, named by content; results that are there already are kept.
    """
    if isinstance(done, Comparison):
        return write_comparison(done, expand_path(out or "results/compare"))
    return write_run(done, expand_path(out or "results/runs"))


def write_run(run: Replicates, out: Path, say: Step = lambda _: None) -> Path:
    """Write a run's folder; if it is there already, complete and unchanged, it is kept.

    Files: scenario.yaml, provenance.json, series.parquet, summary.csv, summary.json, observed.csv where the
    context has observations, codebook.csv, figures as PNG and SVG, report.html, and manifest.json with the hash of each.
    """
    path, there = choose_place(run_folder(run, out), say)
    if there:
        return path
    with whole_folder(path) as folder, apply_style():
        with use_language("en"):  # what programs read
            _write_run_tables(folder, run)
        svgs = _figures(folder, figures.draw_run_figures(run))
        (folder / "report.html").write_text(render_run(run, svgs), encoding="utf-8")
        _write_manifest(folder)
    return path


def _write_run_tables(folder: Path, run: Replicates) -> None:
    _write_scenario(folder, run)
    names = [o.name for o in list_reported()]
    run.series().write_parquet(folder / "series.parquet", compression="zstd", metadata=describe_columns(names))
    table = summarise(run)
    _csv(table, folder / "summary.csv")
    _json(folder / "summary.json", {"pathways": measure_pathways(run), "rows": table.to_dicts()})
    observed = tabulate_observed(run)
    if observed.height:
        _csv(observed, folder / "observed.csv")
    _csv(make_codebook(names), folder / CODEBOOK)


def _write_scenario(folder: Path, run: Replicates, name: str = "scenario") -> None:
    (folder / f"{name}.yaml").write_text(write_resolved(run), encoding="utf-8")
    _json(
        folder / ("provenance.json" if name == "scenario" else f"{name}.provenance.json"),
        run.provenance,
    )


def write_comparison(comparison: Comparison, out: Path, say: Step = lambda _: None) -> Path:
    """Write a comparison's folder: the same files, differences, and figures of values and differences."""
    context = comparison.reference.scenario.context.name
    together = ", ".join(["-vs-".join(comparison.names), *comparison.shared])
    path, there = choose_place(out / f"{readable_name(f'{context}-{together}')}-{comparison.id}{name_language()}", say)
    if there:
        return path
    with whole_folder(path) as folder, apply_style():
        with use_language("en"):  # what programs read
            _write_comparison_tables(folder, comparison)
        svgs = _figures(folder, figures.draw_comparison_figures(comparison))
        (folder / "report.html").write_text(render_comparison(comparison, svgs), encoding="utf-8")
        _write_manifest(folder)
    return path


def _write_comparison_tables(folder: Path, comparison: Comparison) -> None:
    names = [o.name for o in list_reported()]
    for n, (run, name) in enumerate(zip(comparison.runs, comparison.names, strict=True), 1):
        file = f"{n}-{readable_name(name, 60)}"
        _write_scenario(folder, run, file)
        run.series().write_parquet(folder / f"{file}.parquet", compression="zstd", metadata=describe_columns(names))
    _csv(make_codebook(names), folder / CODEBOOK)
    table = comparison.differences()
    _csv(table, folder / "differences.csv")
    _json(folder / "differences.json", table.to_dicts())


def write_brief(done: Replicates | Comparison, folder: Path, path: Path) -> None:
    """Write one page in plain words as HTML, with the figure of a results folder that is there already."""
    with whole_file(path) as work:
        work.write_text(render_brief(done, (folder / "headline.svg").read_text(encoding="utf-8")), encoding="utf-8")
