"""The districts in Mesa's viewer."""

import pytest

from asmsim.config import extras
from asmsim.config.errors import ConfigError
from asmsim.extension.viz import draw_districts, make_viewer
from asmsim.model.model import FormalisationModel

TINY = "context=generic policy=five_ingredients model.scale=100"


def test_the_map_shows_every_district_as_it_stands_now() -> None:
    model = FormalisationModel(TINY, seed=3)
    for months in (0, 13):
        for _ in range(months):
            model.step()
        axes = draw_districts(model).axes[0]
        dots = axes.collections[0]
        assert len(dots.get_offsets()) == len(model.native.state.places)
        assert dots.get_array().tolist() == (100 * model.native.state.places["licensed_share"]).tolist()
        assert model.date in axes.get_title()


def test_without_the_extra_the_viewer_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r'pip install "asmsim\[viz\]"'):
        make_viewer(TINY)


def test_the_viewer_renders() -> None:
    solara = pytest.importorskip("solara", reason='needs the extra "viz", which brings a web server')
    box, context = solara.render(make_viewer(TINY), handle_error=False)
    assert box.children
    context.close()
