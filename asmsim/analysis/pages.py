"""Pages as HTML: the templates of this package, which share one style and open from disk without network."""

from importlib.resources import files
from typing import Any

from asmsim.config.characters import show_controls


def render_template(name: str, **fields: Any) -> str:
    """Return a page of this package's template `name`, from its fields; one that is missing is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(template: str) -> str:
        return (files("asmsim.analysis") / template).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: show_controls(value) if isinstance(value, str) else value,
    )
    return environment.get_template(name).render(**fields)
