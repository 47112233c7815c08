"""Write results to a folder named by content: tables, figures, report, provenance.  Nothing is overwritten."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asmsim.analysis import figures
from asmsim.analysis.paired import Comparison
from asmsim.analysis.report import comparison_page, run_page
from asmsim.analysis.style import styled
from asmsim.analysis.summary import pathway_shares, summary
from asmsim.config.errors import AsmsimError
from asmsim.config.provenance import content_id, provenance
from asmsim.model.scenarios import to_yaml
from asmsim.sweep.replicates import Replicates

Step = Callable[[str], None]


class _Folder:
    """A folder that appears only when it is complete."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.work = path.with_name(f".{path.name}.part-{os.getpid()}")

    def __enter__(self) -> Path:
        shutil.rmtree(self.work, ignore_errors=True)
        try:
            self.work.mkdir(parents=True)
        except OSError as error:
            raise AsmsimError(f"--out {self.path.parent}: cannot write there ({error.strerror})") from error
        return self.work

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is not None or self.path.exists():
            shutil.rmtree(self.work, ignore_errors=True)
        else:
            os.replace(self.work, self.path)


def _json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, indent=1, sort_keys=True, default=str) + "\n", encoding="utf-8")


def _figures(folder: Path, drawn: dict[str, Any]) -> dict[str, str]:
    """Save each figure as PNG and SVG; returns the SVG texts."""
    svgs = {}
    for name, figure in drawn.items():
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once, drawn twice
        figure.savefig(folder / f"{name}.png", dpi=130, metadata={"Software": None}, pil_kwargs={"compress_level": 2})
        path = folder / f"{name}.svg"
        figure.savefig(path, metadata={"Date": None})
        svgs[name] = path.read_text(encoding="utf-8")
    return svgs


def slug(text: str) -> str:
    """A name that is safe in a path."""
    return "".join(c if c.isalnum() else "_" for c in text).strip("_")[:60] or "run"


def run_folder(run: Replicates, out: Path) -> Path:
    """Where a run's results go: policy and content id."""
    return out / f"{slug(run.name)}-{content_id(run.scenario.dump(), run.seeds)}"


def write_run(run: Replicates, out: Path, step: Step = lambda _: None) -> Path:
    """Write a run's folder; if it is there already it is left as it is.

    Files: scenario.yaml, provenance.json, series.parquet, summary.csv, summary.json, figures as PNG and
    SVG, report.html.
    """
    path = run_folder(run, out)
    if path.is_dir():
        return path
    with _Folder(path) as folder, styled():
        step("tables")
        _write_scenario(folder, run)
        run.series().write_parquet(folder / "series.parquet", compression="zstd")
        table = summary(run)
        table.write_csv(folder / "summary.csv")
        _json(folder / "summary.json", {"pathways": pathway_shares(run), "rows": table.to_dicts()})
        step("figures")
        svgs = _figures(folder, figures.run_figures(run))
        step("report")
        (folder / "report.html").write_text(run_page(run, svgs), encoding="utf-8")
    return path


def _write_scenario(folder: Path, run: Replicates, name: str = "scenario") -> None:
    (folder / f"{name}.yaml").write_text(to_yaml(run.scenario), encoding="utf-8")
    _json(
        folder / ("provenance.json" if name == "scenario" else f"{name}.provenance.json"),
        provenance(run.scenario.dump(), run.seeds),
    )


def write_comparison(comparison: Comparison, out: Path, step: Step = lambda _: None) -> Path:
    """Write a comparison's folder: the same files, differences, and figures of values and differences."""
    seeds = comparison.reference.seeds
    ids = content_id([r.scenario.dump() for r in comparison.runs], seeds)
    path = out / f"{'-vs-'.join(slug(n) for n in comparison.names)[:80]}-{ids}"
    if path.is_dir():
        return path
    with _Folder(path) as folder, styled():
        step("tables")
        for run, name in zip(comparison.runs, comparison.names, strict=True):
            _write_scenario(folder, run, slug(name))
            run.series().write_parquet(folder / f"{slug(name)}.parquet", compression="zstd")
        table = comparison.differences()
        table.write_csv(folder / "differences.csv")
        _json(folder / "differences.json", table.to_dicts())
        step("figures")
        drawn = {"values": figures.compared(comparison, False), "differences": figures.compared(comparison, True)}
        svgs = _figures(folder, drawn)
        step("report")
        (folder / "report.html").write_text(comparison_page(comparison, svgs), encoding="utf-8")
    return path
