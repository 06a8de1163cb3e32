from __future__ import annotations

import pytest

from comodo_app.errors import UsageError
from comodo_app.jobs.recipe_settings import parse_settings


def test_values_get_the_types_of_the_recipe():
    text = ["epochs=3", "cosine_weight=0.5", "keep_best=no", "schedule=published"]
    assert parse_settings(text) == {
        "epochs": 3, "cosine_weight": 0.5, "keep_best": False, "schedule": "published",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["epochs", "nothing=3", "epochs=three", "keep_best=perhaps"])
def test_what_cannot_be_meant_is_refused(text):
    with pytest.raises(UsageError):
        parse_settings([text])
