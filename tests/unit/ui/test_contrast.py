"""The tokens keep their promises: contrast after WCAG 2.2, computed here anew."""

from __future__ import annotations

from itertools import product

import pytest

from comodo_app.ui.theme.tokens import N_SLOTS, Theme, tokens

GROUNDS = ("bg.surface", "bg.raised", "bg.canvas")
TEXTS = ("text.primary", "text.secondary", "text.tertiary", "ok", "warn", "err", "accent.text")


def luminance(css):
    channels = [int(css[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("name", "text", "ground"), list(product(("dark", "light"), TEXTS, GROUNDS))
)
def test_text_has_a_contrast_of_at_least_4_5(name, text, ground):
    theme = Theme(name)
    assert contrast(theme.css(text), theme.css(ground)) >= 4.5


@pytest.mark.parametrize("name", ("dark", "light"))
@pytest.mark.parametrize("tone", ("ok", "warn", "err", "info", "teacher", "student"))
def test_a_chip_can_be_read_on_its_tint(name, tone):
    theme = Theme(name)
    assert contrast(theme.css(tone), theme.css(f"{tone}.tint")) >= 4.5


@pytest.mark.parametrize("name", ("dark", "light"))
@pytest.mark.parametrize("colour", range(1, N_SLOTS + 1))
def test_an_activity_stands_out_and_its_label_can_be_read(name, colour):
    theme = Theme(name)
    look = theme.activity(colour)
    assert contrast(look.fill, look.ink) >= 4.5
    assert contrast(look.fill, theme.css("plot.bg")) >= 3.0


@pytest.mark.parametrize("name", ("dark", "light"))
def test_forty_activities_have_forty_looks(name):
    theme = Theme(name)
    looks = {(theme.activity(i).fill, theme.activity(i).pattern) for i in range(1, 41)}
    assert len(looks) == 40


def test_both_themes_have_the_same_tokens():
    assert tokens()["color"]["dark"].keys() == tokens()["color"]["light"].keys()
