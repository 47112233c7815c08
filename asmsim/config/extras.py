"""Optional packages: one answer where one is missing."""

from importlib.util import find_spec

from asmsim.config.errors import ConfigError

PACKAGES = {
    "SALib": "analysis",
    "pymoo": "analysis",
    "sklearn": "analysis",
    "distributed": "cluster",
    "solara": "viz",
    "xarray": "export",
    "xlsxwriter": "export",
    "starlette": "workshop",
    "uvicorn": "workshop",
    "websockets": "workshop",
}
"""Module: the extra that installs it."""


def require_extra(module: str, what: str) -> None:
    """Check that an optional package is there.

    Raises
    ------
    ConfigError
        It is not; says what needs it and how to install it.
    """
    if find_spec(module) is None:
        extra = PACKAGES[module]
        raise ConfigError(f'{what} needs the extra "{extra}": pip install "asmsim[{extra}]"')
