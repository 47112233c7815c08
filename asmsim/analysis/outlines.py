"""The outline of a country for maps: public-domain shapes at 1:110 million that the package countryinfo ships."""

from functools import cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
MOST_APART = 1.0
"""Degrees that a place may lie beyond the outline's rectangle: outlines are coarse."""


@cache
def read_outline(country: str) -> tuple[Floats, ...]:
    """Return the (corner, [longitude, latitude]) rings of a country by its name; none where it is not known."""
    from countryinfo import CountryInfo, CountryNotFoundError

    try:
        shapes = CountryInfo(country).geo_json().get("features", [])
    except CountryNotFoundError:
        return ()
    rings = []
    for shape in shapes:
        geometry = shape["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        rings += [np.array(ring, float)[:, :2] for part in parts for ring in part]
    return tuple(rings)


def find_outline(country: str, lon: Floats, lat: Floats) -> tuple[Floats, ...]:
    """Return the rings of a country in which most of some places lie; none where they do not, as in a made-up country."""
    rings = read_outline(country)
    if not rings:
        return ()
    corners = np.concatenate(rings)
    low, high = corners.min(0) - MOST_APART, corners.max(0) + MOST_APART
    inside = (lon > low[0]) & (lon < high[0]) & (lat > low[1]) & (lat < high[1])
    return rings if inside.mean() > 0.5 else ()
