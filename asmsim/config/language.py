"""The language of what people read: English in the code, other languages from gettext catalogues beside it.

`tr("At the {date} {share} are licensed", date=..., share=...)` looks the sentence up in the catalogue of the language in
use and fills its holes.  Files for programs (CSV, Parquet, YAML) are English whatever the language.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files

from asmsim.config.errors import ConfigError, nearest

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
"""Codes, and what each language calls itself."""
_language: ContextVar[str] = ContextVar("language", default="en")


def find_language() -> str:
    """Return the code of the language in use."""
    return _language.get()


def set_language(code: str) -> str:
    """Use a language from here on; returns its code.

    Raises
    ------
    ConfigError
        No such language.
    """
    if code not in LANGUAGES:
        raise ConfigError(
            f"--language {code!r}: no such language{nearest(code, LANGUAGES)}; one of {', '.join(LANGUAGES)}"
        )
    _language.set(code)
    return code


@contextmanager
def use_language(code: str) -> Iterator[None]:
    """Use a language within."""
    token = _language.set(code)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def read_catalogue(code: str) -> Mapping[str, str]:
    """Return a language's words for English ones; those that are marked as uncertain are left out."""
    from babel.messages.pofile import read_po

    with (files("asmsim") / "languages" / f"{code}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file, locale=code) if m.id and m.string and not m.fuzzy}


def tr(text: str, /, **values: object) -> str:
    """Return a text in the language in use, English where the catalogue lacks it, with its holes filled."""
    code = _language.get()
    found = text if code == "en" else read_catalogue(code).get(text, text)
    return found.format(**values) if values else found


def mark(text: str) -> str:
    """Return an English text as it is, and have it in the catalogues: `tr` is given it later."""
    return text


@cache
def _number_signs(code: str) -> dict[int, str]:
    from babel.numbers import get_decimal_symbol, get_group_symbol

    return str.maketrans({".": get_decimal_symbol(code), ",": get_group_symbol(code)})


def localise_number(text: str) -> str:
    """Return a number as formatted by Python, `1,234.5`, with the signs of the language in use."""
    code = _language.get()
    return text if code == "en" else text.translate(_number_signs(code))
