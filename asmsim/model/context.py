"""A context: one country's facts as data, and how they become places and writes (MODEL 8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import numpy as np
from pydantic import BeforeValidator, Field, field_validator, model_validator

from asmsim.config.csv_tables import check_unique, parse_number, read_table
from asmsim.config.errors import ConfigError, nearest
from asmsim.config.paths import config_dir
from asmsim.config.schema import Closed, Month, field, is_month, month_name, month_number
from asmsim.config.yaml_files import find_named_file
from asmsim.model.handles import PATHS, H
from asmsim.model.plan import Floats, Grid, Write, check_bounds, find_handle

SHIPPED = "shipped/"
"""Before the name of a series that comes with asmsim, such as the gold price."""
GRAMS_AN_OUNCE = 31.1034768  # troy, exact
EARTH_KM = 6371.0

Grade = Literal["measured", "experiment", "expert", "assumed"]
GRADES: tuple[str, ...] = get_args(Grade)
Names = Annotated[tuple[str, ...], BeforeValidator(lambda v: (v,) if isinstance(v, str) else v)]
"""Names; one name may stand without brackets."""

# Exact factors from a series' unit to its handle's, applied where the series states the unit.
CONVERSIONS: dict[tuple[str, str], float] = {
    ("USD/oz", "USD/g"): 1 / GRAMS_AN_OUNCE,
    ("USD/kg", "USD/g"): 1e-3,
    ("USD/year", "USD/month"): 1 / 12,
    ("%", "1"): 1e-2,
    ("kg/month", "g/month"): 1e3,
    ("t/year", "kg/year"): 1e3,
}
SAME_UNIT = {"share": "1", "ratio": "1", "USD/ozt": "USD/oz", "USD/ounce": "USD/oz", "percent": "%"}


def check_switch(handle: H, values: Any) -> None:
    """Refuse values between 0 and 1 for a handle that is off or on.

    Raises
    ------
    ValueError
        Names the handle and the value.
    """
    if handle.unit == "0/1":
        for value in np.unique(np.asarray(values, float)):
            if value not in (0.0, 1.0):
                raise ValueError(f"{handle.path} = {value:g}, but it must be 0 or 1 (off or on)")


class Event(Closed):
    """Something that sets, scales or ramps handles over a period, in some districts or everywhere."""

    since: Month | Literal["start"] = Field(alias="from", description="first month; `start` = start of policy")
    until: Month | None = field(None, "first month in which it no longer holds; none = the horizon", "month")
    set: dict[str, float] = field({}, "handle: value")
    scale: dict[str, float] = field({}, "handle: multiplier")
    ramp: dict[str, float] = field({}, "handle: value reached in a straight line at `until`, which then stays")
    province: Names = field((), "provinces; none = all")
    district: Names = field((), "districts; none = all")
    note: str = field("", "what happened, with evidence ids")

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not (self.set or self.scale or self.ramp):
            raise ValueError("an event needs set, scale or ramp, for example set: {law.new_land: 0}")
        if self.province and self.district:
            raise ValueError("give province or district, not both")
        for path, value in (*self.set.items(), *self.scale.items()):
            if path in PATHS:
                check_switch(PATHS[path], value)
        for path in self.ramp:
            if path in PATHS and PATHS[path].unit == "0/1":
                raise ValueError(f"ramp: {path} is off (0) or on (1) and cannot go in a straight line; use set")
        return self


class District(Closed):
    """One row of a context's districts."""

    district: str
    province: str
    lat: float = field(..., "latitude", "degrees", -90, 90)
    lon: float = field(..., "longitude", "degrees", -180, 180)
    miner_weight: float = field(1.0, "relative number of gold miners", "1", 0)
    hard_rock_share: float = field(0.3, "share of gold in hard rock", "share", 0, 1)
    company_land_share: float = field(0.2, "share of gold land held by companies", "share", 0, 1)
    grade: Grade = "assumed"
    source: str = "rule"


class Generated(Closed):
    """Districts laid out by rule: a jittered lattice, rank-size weights (for contexts without a list)."""

    number: int = field(40, "districts", "count", 1, 20_000)
    provinces: int = field(8, "provinces", "count", 1, 1_000)
    span_km: float = field(600, "width of the country", "km", 1, 10_000)
    rank_exponent: float = field(0.7, "exponent of the rank-size rule of miners", "1", 0, 2)
    lat: float = field(10, "latitude of the middle", "degrees", -80, 80)
    lon: float = field(20, "longitude of the middle", "degrees", -180, 180)


class Point(Closed):
    """A place with coordinates, open from and until a month."""

    name: str
    lat: float = field(..., "latitude", "degrees", -90, 90)
    lon: float = field(..., "longitude", "degrees", -180, 180)
    since: Month | None = Field(None, alias="from")
    until: Month | None = None


class Series(Closed):
    """A handle by date: points (month: value), or a value growing from an anchor."""

    points: dict[Month, float] = field({}, "month: value")
    interpolate: Literal["step", "linear", "none"] = field("step", "between points; none = every month is given")
    anchor: Month | None = field(None, "month of `value`, which grows before and after", "month")
    value: float | None = field(None, "value at the anchor")
    growth_a_year: float = field(0.0, "growth", "1/year", -0.5, 1)
    multiply: float = field(1.0, "factor from the series' unit to the handle's")
    unit: str = field("", "unit of points and value; where it is not the handle's, `multiply` is needed")
    source: str = ""
    grade: Grade = "assumed"

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        growing = {"anchor": self.anchor, "value": self.value, "growth_a_year": self.growth_a_year or None}
        idle = [name for name, value in growing.items() if value is not None]
        if self.points and idle:
            raise ValueError(f"give points, or a value that grows from an anchor: {idle[0]} beside points does nothing")
        if (self.anchor is None) != (self.value is None):
            raise ValueError("anchor and value belong together; give both, or points")
        if self.anchor is not None and self.interpolate != "step":
            raise ValueError("interpolate is between points, so it does nothing beside an anchor; leave it out")
        return self

    def monthly(self, start: str, months: int, where: str) -> Floats:
        """(months,) values from `start`.

        Raises
        ------
        ConfigError
            A month that the series does not cover.
        """
        at = np.arange(months) + month_number(start)
        if self.anchor is not None and self.value is not None:
            years = (at - month_number(self.anchor)) / 12
            return np.asarray(self.value * (1 + self.growth_a_year) ** years * self.multiply, float)
        if not self.points:
            raise ConfigError(f"{where}: a series needs `points`, or `anchor` and `value`")
        known = np.array(sorted(month_number(m) for m in self.points))
        values = np.array([self.points[month_name(int(m))] for m in known], float)
        if known[0] > at[0]:
            raise ConfigError(
                f"{where}: missing {month_name(int(at[0]))}; the series begins in {month_name(int(known[0]))}"
            )
        if self.interpolate == "linear":
            if known[-1] < at[-1]:
                raise ConfigError(
                    f"{where}: missing {month_name(int(known[-1]) + 1)}; the series ends in {month_name(int(known[-1]))}"
                )
            return np.asarray(np.interp(at, known, values) * self.multiply)
        if self.interpolate == "none":
            missing = sorted(set(at.tolist()) - set(known.tolist()))
            if missing:
                raise ConfigError(f"{where}: missing {month_name(missing[0])} ({len(missing)} months in all)")
        return np.asarray(values[np.searchsorted(known, at, side="right") - 1] * self.multiply, float)


class Population(Closed):
    """How many people, and how many slots they may fill (persons in the whole population)."""

    miners: float = field(45_000, "gold miners in season, central value", "persons", 1, 1e8, "MN006 MN022")
    low: float = field(20_000, "lowest plausible", "persons", 1, 1e8)
    high: float = field(80_000, "highest plausible", "persons", 1, 1e8)
    at_start: float = field(1.0, "miners in the first month over the central value", "share", 0, 2)
    slots: float = field(1.8, "slots over the central value", "1", 1, 10)
    source: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.miners <= self.high:
            raise ValueError(
                f"miners = {self.miners:g} is outside [low, high] = [{self.low:g}, {self.high:g}] persons; "
                "change miners, low or high"
            )
        return self


class Travel(Closed):
    """Travel by road, as a rule from distance."""

    kmh: float = field(45, "mean speed", "km/h", 1, 200)
    detour: float = field(1.3, "road over straight line", "1", 1, 5)
    reach_km: float = field(100, "how far a crew will move", "km", 0, 5_000)


class Context(Closed):
    """A country's facts."""

    name: str
    title: str
    default_policy: str = field("none", "policy that goes with it where none is named")
    note: str = ""
    start: Month = field("2000-01", "first simulated month")
    recorded: Month = field("2005-01", "first reported month")
    end: Month = field("2022-12", "last month")
    data_until: Month | None = field(
        None, "last month of the country's data; series stay at it afterwards (none = they must reach the end)", "month"
    )
    policy_start: Month = field("2005-01", "month in which levers begin unless they say otherwise")
    burn_in: bool = field(
        True, "before the record begins, series stand at what they are then, so that people, debts and prices settle"
    )
    population: Population = Population()
    districts: tuple[District, ...] | Generated = Generated()
    sites_per_district: int = field(3, "places in a district where gold is dug", "count", 1, 100)
    traders_per_district: int = field(2, "traders in a district", "count", 1, 3)
    capital: Point
    windows: tuple[Point, ...] = field((), "official windows; none = in the capital")
    travel: Travel = Travel()
    season: tuple[float, ...] = field((1.0,) * 12, "yield by calendar month, January first", "1")
    season_open: tuple[int, ...] = field((1,) * 12, "1 = seasonal miners dig, January first", "0/1")
    elections: tuple[Month, ...] = ()
    series: dict[str, Series] = field({}, "handle: values by date")
    handles: dict[str, float] = field({}, "handle: value that stands unless written")
    events: tuple[Event, ...] = ()
    parameters: dict[str, float] = field({}, "behaviour parameters that are facts of this country")
    observed: dict[str, dict[Month, float]] = field({}, "outcome: observed values by month, shown beside the simulated")
    sources: dict[str, str] = field({}, "what supports a key: evidence ids and remarks")

    @field_validator("series", mode="before")
    @classmethod
    def _units(cls, series: Any) -> Any:
        if not isinstance(series, Mapping):
            return series
        return {path: in_handle_unit(str(path), spec) for path, spec in series.items()}

    @field_validator("districts", mode="after")
    @classmethod
    def _distinct(cls, districts: Any) -> Any:
        seen: set[str] = set()
        for row in districts if isinstance(districts, tuple) else ():
            if row.district in seen:
                raise ValueError(f"district {row.district!r} is there twice; give each a name of its own")
            seen.add(row.district)
        return districts

    @field_validator("handles", mode="after")
    @classmethod
    def _switches(cls, handles: dict[str, float]) -> dict[str, float]:
        for path in (p for p in handles if p in PATHS):
            check_switch(PATHS[path], handles[path])
        return handles

    @field_validator("series", mode="after")
    @classmethod
    def _switched(cls, series: dict[str, Series]) -> dict[str, Series]:
        for path in (p for p in series if p in PATHS):
            check_switch(PATHS[path], [v * series[path].multiply for v in series[path].points.values()])
        return series

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        months = [month_number(m) for m in (self.start, self.recorded, self.end)]
        if not months[0] <= months[1] <= months[2]:
            raise ValueError(f"start {self.start}, recorded {self.recorded}, end {self.end} are not in order")
        if not months[0] <= month_number(self.policy_start) <= months[2]:
            raise ValueError(f"policy_start {self.policy_start} is outside {self.start} to {self.end}")
        if len(self.season) != 12 or len(self.season_open) != 12:
            raise ValueError("season and season_open need 12 values, January first")
        return self

    @property
    def months(self) -> int:
        """Number of simulated months."""
        return month_number(self.end) - month_number(self.start) + 1

    @property
    def settles(self) -> int:
        """Months in which entry keeps people as many as are stated: until two years before the record, which run free."""
        return max(0, month_number(self.recorded) - month_number(self.start) - 24) if self.burn_in else 0


def in_handle_unit(path: str, spec: Any) -> Any:
    """A series' raw mapping with the factor to its handle's unit, where it states another unit.

    Raises
    ------
    ValueError
        The units differ and no factor is given or known.
    """
    given = spec.get("unit") if isinstance(spec, Mapping) else None
    if not given or path not in PATHS or "multiply" in spec:
        return spec
    unit, wanted = SAME_UNIT.get(str(given), str(given)), SAME_UNIT.get(PATHS[path].unit, PATHS[path].unit)
    if unit == wanted or {unit, wanted} == {"1", "0/1"}:
        return spec
    if (unit, wanted) in CONVERSIONS:
        return {**spec, "multiply": CONVERSIONS[unit, wanted]}
    raise ValueError(
        f"{path}: unit {given!r} is not the handle's {PATHS[path].unit!r}; add multiply: (factor from the one to the "
        "other), or give the values in the handle's unit"
    )


def read_districts(path: Path) -> list[dict[str, Any]]:
    """Rows of a districts CSV.

    Raises
    ------
    ConfigError
        With file and row.
    """
    columns = list(District.model_fields)
    seen: dict[str, int] = {}
    rows = []
    for number, row in read_table(path, columns[:4], columns[4:]):
        where = f"{path.name}, row {number}"
        check_unique(seen, row["district"], number, path.name, "district")
        grade = row.get("grade", "assumed")
        if grade not in GRADES:
            raise ConfigError(f"{where}: grade {grade!r} is none of {', '.join(GRADES)}{nearest(grade, GRADES)}")
        rows.append(
            {k: parse_number(row, k, where) if District.model_fields[k].annotation is float else row[k] for k in row}
        )
    return rows


def read_series(path: Path) -> dict[str, float]:
    """Month and value of a series CSV with columns `month,value`.

    Raises
    ------
    ConfigError
        With file and row.
    """
    seen: dict[str, int] = {}
    points = {}
    for number, row in read_table(path, ("month", "value"), ("note", "source")):
        where, month = f"{path.name}, row {number}", row["month"][:7]
        if not is_month(row["month"]):
            raise ConfigError(f"{where}: month {row['month']!r} is not a month such as 2010-07")
        check_unique(seen, month, number, path.name, "month")
        points[month] = parse_number(row, "value", where)
    return points


def find_series(folder: Path, name: Any, where: str) -> Path:
    """The file of a series: in the folder of the configuration, or `shipped/NAME.csv`, one of the world's series.

    Raises
    ------
    ConfigError
        No such file.
    """
    if isinstance(name, str) and name.startswith(SHIPPED):
        return find_named_file(config_dir() / "context" / "world", name.removeprefix(SHIPPED), where)
    return find_named_file(folder, name, where)


@dataclass(frozen=True, eq=False)
class World:
    """Places of a context at a scale: where slots, sites and neighbours are.

    Attributes
    ----------
    slots, first_slot, initial
        (district,) slots, first slot and persons at the start, in persons simulated.
    miners
        (district,) persons in a usual year, in the whole population.
    room
        (district,) persons simulated for whom there is room; slots are this in whole bands.
    near, near_hours
        (district, n) districts within reach, itself first, -1 where none; and hours to them.
    """

    names: tuple[str, ...]
    provinces: tuple[str, ...]
    lat: Floats
    lon: Floats
    miners: Floats
    hard_rock: Floats
    company_land: Floats
    slots: np.ndarray[Any, np.dtype[np.int64]]
    room: Floats
    first_slot: np.ndarray[Any, np.dtype[np.int64]]
    initial: np.ndarray[Any, np.dtype[np.int64]]
    near: np.ndarray[Any, np.dtype[np.int64]]
    near_hours: Floats
    capital_hours: Floats


def kilometres(lat: Any, lon: Any, lat0: Any, lon0: Any) -> Floats:
    """Great-circle distance, km."""
    a, b, c, d = (np.radians(np.asarray(x, float)) for x in (lat, lon, lat0, lon0))
    chord = np.sin((a - c) / 2) ** 2 + np.cos(a) * np.cos(c) * np.sin((b - d) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(chord, 0, 1))))


def generate_districts(rule: Generated) -> list[District]:
    """A lattice of districts, jittered by fixed golden-ratio offsets; provinces are vertical strips."""
    side = int(np.ceil(np.sqrt(rule.number)))
    k = np.arange(rule.number)
    jitter = np.modf(np.outer(k + 1, [0.6180339887, 0.7548776662]))[0] - 0.5
    x = (k % side + 0.5 + 0.6 * jitter[:, 0]) / side - 0.5
    y = (k // side + 0.5 + 0.6 * jitter[:, 1]) / side - 0.5
    lat = rule.lat + y * rule.span_km / 111.2
    lon = rule.lon + x * rule.span_km / (111.2 * np.cos(np.radians(rule.lat)))
    lon = np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon)  # across the date line
    lat = np.clip(lat, -90, 90)
    order = np.argsort(np.modf((k + 1) * 0.5698402910)[0], kind="stable")
    rank = np.empty(rule.number)
    rank[order] = k + 1
    strip = np.minimum((x + 0.5) * rule.provinces, rule.provinces - 1).astype(int)
    rock = np.modf((k + 1) * 0.3819660113)[0]
    return [
        District(
            district=f"District {n + 1:02d}",
            province=f"Province {strip[n] + 1}",
            lat=round(float(lat[n]), 3),
            lon=round(float(lon[n]), 3),
            miner_weight=float(rank[n] ** -rule.rank_exponent),
            hard_rock_share=round(float(rock[n]), 2),
            company_land_share=round(float(0.6 * jitter[n, 0] ** 2 * 4), 2),
        )
        for n in range(rule.number)
    ]


def build_world(context: Context, scale: float, crew: int) -> World:
    """Lay out districts, slots in whole bands, and neighbours within reach."""
    rows = list(context.districts) if isinstance(context.districts, tuple) else generate_districts(context.districts)
    weight = np.array([r.miner_weight for r in rows])
    if weight.sum() <= 0:
        raise ConfigError("context.districts: the miner_weight of all districts is zero")
    people = context.population.miners * weight / weight.sum()
    room = people * context.population.slots / scale
    bands = np.maximum(1, np.round(room / crew)).astype("i8")
    slots = bands * crew
    # a place with too few people for a whole band keeps its share of people, not of slots
    initial = np.minimum(np.round(people * context.population.at_start / scale), slots).astype("i8")
    lat, lon = np.array([r.lat for r in rows]), np.array([r.lon for r in rows])
    km = kilometres(lat[:, None], lon[:, None], lat, lon) if len(rows) <= 4000 else None
    near, near_km = neighbours(lat, lon, context.travel.reach_km) if km is None else _near(km, context.travel.reach_km)
    if room.sum() < 1 or (context.population.at_start > 0 and initial.sum() == 0):
        raise ConfigError(
            f"model.scale = {scale:g}: nobody would be simulated, as one person stands for {scale:g} and {people.sum():,.0f} "
            f"are spread over {len(rows)} districts; take a smaller scale"
        )
    hours = context.travel.detour / context.travel.kmh
    capital = kilometres(lat, lon, context.capital.lat, context.capital.lon)
    return World(
        tuple(r.district for r in rows),
        tuple(r.province for r in rows),
        lat,
        lon,
        people,
        np.array([r.hard_rock_share for r in rows]),
        np.array([r.company_land_share for r in rows]),
        slots,
        room,
        np.concatenate([[0], np.cumsum(slots)[:-1]]).astype("i8"),
        initial,
        near,
        near_km * hours,
        capital * hours,
    )


def _near(km: Floats, reach: float, most: int = 6) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]:
    """Nearest districts within reach, itself first, at most `most`."""
    most = min(most, len(km))
    order = np.argsort(km, axis=1, kind="stable")[:, :most]
    distance = np.take_along_axis(km, order, 1)
    return np.where(distance <= reach, order, -1).astype("i8"), distance


def neighbours(lat: Floats, lon: Floats, reach: float) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Floats]:
    """The same for very many districts, without the full matrix."""
    from scipy.spatial import cKDTree

    a, b = np.radians(lat), np.radians(lon)
    points = np.column_stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)]) * EARTH_KM
    distance, order = cKDTree(points).query(points, k=min(6, len(lat)))
    return np.where(distance <= reach, order, -1).astype("i8"), np.asarray(distance, float)


def build_grid(context: Context, world: World) -> Grid:
    """The grid that levers plan on."""
    hours = context.travel.detour / context.travel.kmh
    return Grid(
        context.start,
        context.months,
        context.policy_start,
        world.names,
        world.provinces,
        world.miners,
        world.lat,
        world.lon,
        lambda lat, lon: kilometres(world.lat, world.lon, lat, lon) * hours,
    )


def context_writes(context: Context, world: World, grid: Grid) -> Iterator[Write]:
    """What the country's facts say of each handle, in the order: constants, calendar, series, events."""
    everywhere = np.ones((grid.months, grid.districts))
    for path, value in context.handles.items():
        yield Write(find_handle(path, "context.handles"), everywhere * value)
    calendar = (month_number(context.start) + np.arange(grid.months)) % 12
    yield Write(H.season, everywhere * np.array(context.season)[calendar][:, None])
    yield Write(H.season_open, everywhere * np.array(context.season_open, float)[calendar][:, None])
    votes = np.zeros((grid.months, 1))
    for month in context.elections:
        t = month_number(month) - month_number(context.start)
        if 0 <= t < grid.months:
            votes[t] = 1.0
    yield Write(H.election, everywhere * votes)
    yield Write(H.capital_hours, everywhere * np.clip(world.capital_hours, 0, H.capital_hours.high))
    yield Write(H.window_hours, window_hours(context, world, grid))
    for path, series in context.series.items():
        values = series_values(context, series, f"context.series.{path}")
        write = Write(find_handle(path, "context.series"), everywhere * values[:, None])
        check_bounds(write.handle, write.values, f"context.series.{path}")
        yield write


def series_values(context: Context, series: Series, where: str) -> Floats:
    """(month,) values of a series; after the country's data they stay at the last, in real terms.

    Before the record begins they stand at its first value, unless the country's history is simulated from the start.
    """
    values = read_values(context, series, where)
    if context.burn_in:
        first = month_number(context.recorded) - month_number(context.start)
        values = np.concatenate([np.full(first, values[first]), values[first:]])
    return values


def read_values(context: Context, series: Series, where: str) -> Floats:
    """(month,) values of a series as its points have them; after the country's data they stay at the last."""
    if context.data_until is None:
        return series.monthly(context.start, context.months, where)
    known = month_number(context.data_until) - month_number(context.start) + 1
    values = series.monthly(context.start, min(max(1, known), context.months), where)
    return np.concatenate([values, np.full(context.months - len(values), values[-1])])


def window_hours(context: Context, world: World, grid: Grid) -> Floats:
    """(month, district) travel to the nearest official window that is open, at most the handle's bound."""
    windows = context.windows or (context.capital,)
    hours = np.full((grid.months, grid.districts), H.window_hours.high)
    per_km = context.travel.detour / context.travel.kmh
    for window in windows:
        first = max(0, month_number(window.since) - month_number(context.start)) if window.since else 0
        last = month_number(window.until) - month_number(context.start) if window.until else grid.months
        there = kilometres(world.lat, world.lon, window.lat, window.lon) * per_km
        hours[first:last] = np.minimum(hours[first:last], there)
    return hours


def resolve_files(raw: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A context's raw mapping with CSV files read in, so that it stands alone.

    `districts: {file: x.csv}` and `series: {handle: {file: y.csv, ...}}` are read from `folder`.
    """
    out = dict(raw)
    districts = out.get("districts")
    if isinstance(districts, Mapping) and "file" in districts:
        if len(districts) > 1:
            extra = ", ".join(sorted(set(map(str, districts)) - {"file"}))
            raise ConfigError(
                f"context.districts: {extra} beside file; districts are read from {districts['file']}, so change that "
                "file, or lay them out by rule: context.districts=null first takes the file away"
            )
        out["districts"] = read_districts(find_named_file(folder, districts["file"], "context.districts"))
    series = {}
    all_series = out.get("series") or {}
    if not isinstance(all_series, Mapping):
        raise ConfigError("context.series: a mapping such as {world.gold_price: {points: {2000-01: 40}}} is needed")
    for path, spec in all_series.items():
        if path not in PATHS:
            find_handle(str(path), "context.series")
        if not isinstance(spec, Mapping):
            raise ConfigError(f"context.series.{path}: a mapping such as {{points: {{2000-01: 40}}}} is needed")
        whole = dict(spec)
        if "file" in whole:
            if "points" in whole:
                raise ConfigError(f"context.series.{path}: give file or points, not both")
            whole["points"] = read_series(find_series(folder, whole.pop("file"), f"context.series.{path}"))
        series[path] = whole
    if series:
        out["series"] = series
    return out
