"""What a knowledgeable colleague would say on reading a plan, before it is run: each remark with the number that tells.

Nothing is simulated.  Capacity is reckoned from the same rules as in a run (M4, M6), for the first year in which
licences can be had, at full doses.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import numpy.typing as npt

from asmsim.config.language import localise_number, mark, tr
from asmsim.config.schema import month_name, month_number
from asmsim.model.handles import H
from asmsim.model.levers.governance import Legalisation
from asmsim.model.parameters import complete_parameters
from asmsim.model.plan import merge
from asmsim.model.scenario import Scenario
from asmsim.model.without_effect import list_without_effect

Floats = npt.NDArray[np.float64]
Weight = Literal["look at this", "for your information"]
WEIGHTS = mark("look at this"), mark("for your information")
APPLY = 0.2
"""Share of miners whose files an office is held against."""
YEARS_TO_SERVE = 5.0
"""Years that their files may take before it is remarked on."""
LEAST_ROOM = 0.1
"""Share of miners for whom there are plots, below which it is remarked on."""
LEAST_YEARS = 8.0
"""Years of a policy below which it is remarked on: in Mongolia licences took seven from the law to a tenth of miners (MN085)."""
MOST_SHOWN = 200
"""Letters of a scenario's name that are shown."""
FAR = 2.0
"""Factor beyond every known country from which a number is remarked on."""
PLACEHOLDER = "your source"
"""What a starter writes where a source is to stand."""


WORDS = {
    "miners_a_district": mark("miners in a district"),
    "outside_income": mark("a month of other work in USD"),
    "taxes": mark("royalty and taxes as a share of value"),
    "window_hours": mark("hours to the official window"),
    "window_days": mark("days until the window pays"),
    "company_land": mark("share of gold land that companies hold"),
}
"""What a country is held beside others by."""


@dataclass(frozen=True)
class Remark:
    """One line: how much it weighs, what is seen, and what to type about it.

    Attributes
    ----------
    plain
        Whether `seen` does without names of settings.
    """

    weight: Weight
    seen: str
    remedy: str = ""
    plain: bool = True

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self.seen} {self.remedy}".rstrip()


def check_plan(scenario: Scenario) -> list[Remark]:
    """Return every remark on a scenario, those that weigh most first."""
    found = [Remark("look at this", text, plain=False) for text in list_without_effect(scenario)]
    if scenario.model.institutions:
        found += [*check_land(scenario), *check_offices(scenario), *check_horizon(scenario)]
    found += [*check_sources(scenario), *check_known(scenario)]
    return sorted(found, key=lambda remark: remark.weight == "for your information")


def list_concerns(scenario: Scenario, plain: bool = False) -> list[str]:
    """Return what is to be looked at in a scenario before it is run; or only what is seen, without names of settings."""
    found = [remark for remark in check_plan(scenario) if remark.weight == "look at this"]
    return [remark.seen for remark in found if remark.plain] if plain else [remark.text for remark in found]


def list_in_several(scenarios: Iterable[tuple[str, Scenario]], plain: bool = False) -> list[str]:
    """Remarks to look at on several scenarios by name, each once; where it does not hold in all, it says in which.

    They are looked at one by one and not kept, since plans are large.  `plain` is that of `list_concerns`.
    """
    where: dict[str, list[str]] = {}
    number = 0
    for name, scenario in scenarios:
        number += 1
        for line in list_concerns(scenario, plain):
            where.setdefault(line, []).append(name)
    return [
        line if len(names) == number else f"{line} ({tr('In {names}.', names=_join(names))})"
        for line, names in where.items()
    ]


def name_scenarios(scenarios: Iterable[Scenario]) -> Iterator[tuple[str, Scenario]]:
    """Scenarios with their names, which are made distinct."""
    seen: set[str] = set()
    for each in scenarios:
        name = each.name or each.policy
        name = name if name not in seen else f"{name} ({len(seen) + 1})"
        seen.add(name)
        yield name, each


def _join(names: list[str]) -> str:
    """One name, or the first and how many others."""
    first = names[0][:MOST_SHOWN]
    return first if len(names) == 1 else tr("{first} and {number} others", first=first, number=len(names) - 1)


def planned(scenario: Scenario, handle: H) -> Floats:
    """(month, district) of a handle at full doses, whoever pays."""
    plan = scenario.plan
    values = plan.base[:, :, handle]
    for lever in plan.levers:
        if lever.funder == "donor":
            for write in lever.plan(plan.grid):
                if write.handle is handle:
                    values = merge(handle.combine, values, write.values)
    return np.asarray(values)


def find_open_year(scenario: Scenario) -> slice | None:
    """Months of the first year in which a planned law holds in every district that it ever reaches; none without such a law."""
    if scenario.legalisation is None or scenario.legalisation.pace == "none":
        return None
    law = planned(scenario, H.in_force) * planned(scenario, H.phase_open)
    open_ = (law > 0.5).sum(1)
    if not open_.any():
        return None
    first = int(np.argmax(open_ == open_.max()))
    return slice(first, min(first + 12, len(open_)))


def check_land(scenario: Scenario) -> Iterator[Remark]:
    """Plots that offices can allot, against the miners who would dig on them (M4)."""
    year = find_open_year(scenario)
    if year is None or planned(scenario, H.individual_licences)[year].mean() > 0.5:
        return
    p = complete_parameters(scenario.plan.rules[0], scenario.model.scale)
    world = scenario.world
    free = 1.0 - world.company_land * (1.0 - np.minimum(1.0, 12 * planned(scenario, H.holder_consent)[year].mean(0)))
    goodwill = min(2.0, p["attitude_base"] / p["attitude_reference"])
    terms = (H.plots, H.new_land, H.declared, H.province_agrees)
    may = np.prod([planned(scenario, handle)[year].mean(0) for handle in terms], axis=0)
    plots = float((p["plots_per_office"] * goodwill * may * free).sum())
    years = (p["plot_life_low"] + p["plot_life_high"]) / 24.0
    members = p["crew_slots"] / scenario.context.population.slots
    people, held = float(world.miners.sum()), plots * years * members
    if held < LEAST_ROOM * people:
        yield Remark(
            "look at this",
            tr(
                "Land: the offices of {districts} districts allot {plots} plots a year, on which at a time {share} of {people} miners can "
                "dig; more licences than that cannot be had.",
                districts=len(world.names), plots=localise_number(f"{plots:,.0f}"),
                share=localise_number(f"{min(1.0, held / people):.1%}"), people=localise_number(f"{people:,.0f}"),
            ),
            tr(
                "If that is not your country: more districts, parameters.plots_per_office, or rights.regularisation_support."
            ),
        )  # fmt: skip


def check_offices(scenario: Scenario) -> Iterator[Remark]:
    """Sign-offs that officials can give, against the files of one miner in five (M6)."""
    year = find_open_year(scenario)
    if year is None:
        return
    p = complete_parameters(scenario.plan.rules[0], scenario.model.scale)
    people = float(scenario.world.miners.sum())
    persons = planned(scenario, H.individual_licences)[year].mean() > 0.5
    applicants = APPLY * people if persons else APPLY * people / (p["crew_slots"] / scenario.context.population.slots)
    signoffs = float((planned(scenario, H.signoffs) * (1.0 - planned(scenario, H.joint_signoffs)))[year].mean())
    staff = p["office_staff"] * people / 1000.0 + float(planned(scenario, H.staff_funded)[year].mean(0).sum())
    staff += p["department_staff"] * float(planned(scenario, H.asm_department)[year].mean(0).sum())
    served = staff * p["signoffs_per_official"] * 12.0 / float(planned(scenario, H.hassle)[year].mean()) / signoffs
    years = applicants / max(served, 1e-9)
    if years > YEARS_TO_SERVE:
        kind = tr("persons") if persons else tr("groups")
        yield Remark(
            "look at this",
            tr(
                "Offices: {staff} officials can answer {served} files a year of {signoffs} sign-offs each; if one miner in five applied "
                "({applicants} files of {kind}) that would take {years} years.",
                staff=localise_number(f"{staff:,.0f}"), served=localise_number(f"{served:,.0f}"),
                signoffs=localise_number(f"{signoffs:.3g}"), applicants=localise_number(f"{applicants:,.0f}"), kind=kind,
                years=localise_number(f"{years:,.0f}"),
            ),
            tr(
                "If that is not your country: parameters.office_staff (officials for each 1,000 miners), legalisation.signoffs, or "
                "governance.asm_department."
            ),
        )  # fmt: skip


def check_horizon(scenario: Scenario) -> Iterator[Remark]:
    """Years in which a policy can show what it does; what goes on beyond them; from when phases count."""
    context = scenario.context
    years = (month_number(context.end) + 1 - month_number(context.policy_start)) / 12
    licences = scenario.legalisation is not None and scenario.legalisation.pace != "none"
    if licences and years < LEAST_YEARS:
        yield Remark(
            "look at this",
            tr(
                "Horizon: the policy begins in {start} and the run ends in {end}, {years} years later. Licences took seven years from the "
                "law to a tenth of miners in Mongolia (MN085).",
                start=context.policy_start, end=context.end, years=localise_number(f"{years:.3g}"),
            ),
            tr("Set context.end later before you conclude that it does nothing."),
        )  # fmt: skip
    programme = scenario.donor.programme
    if programme is not None:
        first, last = programme.span(scenario.plan.grid)
        asked = first + round(12 * programme.duration_years)
        if asked > scenario.context.months and last >= scenario.context.months:
            cut = (asked - scenario.context.months) / 12
            yield Remark(
                "look at this",
                tr(
                    "Programme: the donor's programme lasts {years} years, of which {cut} lie beyond {end}: nothing can be seen of what is "
                    "left after its end.",
                    years=localise_number(f"{programme.duration_years:g}"), cut=localise_number(f"{cut:.3g}"), end=context.end,
                ),
                tr("Set context.end later, or a shorter programme."),
            )  # fmt: skip
    law = scenario.legalisation
    if isinstance(law, Legalisation) and law.pace == "gradual" and law.phases > 1:
        first, _ = law.span(scenario.plan.grid)
        start = month_number(context.start) + first
        dates = [month_name(start + n * law.months_a_phase) for n in (0, law.phases - 1)]
        yield Remark(
            "for your information",
            tr(
                "Phases are counted from {first}, when the first districts get temporary contracts; the last open in {last}.",
                first=dates[0],
                last=dates[1],
            ),
        )


def check_sources(scenario: Scenario) -> Iterator[Remark]:
    """Numbers of a starter that nobody has looked at."""
    context = scenario.context
    left = [f"context.series.{path}" for path, series in context.series.items() if series.source == PLACEHOLDER]
    left += ["context.population"] if context.population.source == PLACEHOLDER else []
    left += [f"context.sources.{key}" for key, source in context.sources.items() if source == PLACEHOLDER]
    if left:
        yield Remark(
            "look at this",
            tr(
                "Starter values: {number} of the country's numbers still have {placeholder!r} as source.",
                number=len(left),
                placeholder=PLACEHOLDER,
            ),
            tr("Put your own and where it is from: {names}.", names=", ".join(left)),
        )


@cache
def read_known() -> dict[str, tuple[str, float, float]]:
    """By measure, what it is called, and the least and the largest of the shipped countries (all but the trial's)."""
    text = (files("asmsim.data") / "known_countries.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["measure"]: (row["words"], float(row["least"]), float(row["most"])) for row in rows}


def measure_country(scenario: Scenario) -> dict[str, float]:
    """Numbers by which a country is held beside those that are known, over the months that are reported."""
    context, world, plan = scenario.context, scenario.world, scenario.plan
    months = slice(month_number(context.recorded) - month_number(context.start), None)
    weight = world.miners / world.miners.sum()

    def mean(handle: H) -> float:
        return float((plan.base[months, :, handle] @ weight).mean())

    return {
        "miners_a_district": float(world.miners.sum() / len(world.names)),
        "outside_income": mean(H.outside_income),
        "taxes": mean(H.royalty) + mean(H.window_taxes),
        "window_hours": mean(H.window_hours),
        "window_days": mean(H.window_days),
        "company_land": float(world.company_land @ weight),
    }


def check_known(scenario: Scenario) -> Iterator[Remark]:
    """Numbers far beyond those of every country that is shipped."""
    for measure, value in measure_country(scenario).items():
        words, least, most = read_known()[measure]
        if value > FAR * most or value < least / FAR:
            yield Remark(
                "look at this",
                tr(
                    "Far from every known country: {words} {value}; from {least} to {most} in those that are shipped.",
                    words=tr(words),
                    value=localise_number(f"{value:,.3g}"),
                    least=localise_number(f"{least:,.3g}"),
                    most=localise_number(f"{most:,.3g}"),
                ),
            )


def tabulate_known(scenarios: Iterable[Scenario]) -> str:
    """Return `known_countries.csv` of some countries."""
    measured = [measure_country(each) for each in scenarios]
    lines = ["measure,words,least,most"]
    for measure, words in WORDS.items():
        values = [each[measure] for each in measured]
        lines.append(f"{measure},{words},{min(values):.6g},{max(values):.6g}")
    return "\n".join(lines) + "\n"
