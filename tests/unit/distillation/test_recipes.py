from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.distillation.recipes import (
    COMODO_PLUS,
    PAPER,
    Recipe,
    learning_rate,
    published_total_steps,
    recipe_named,
)
from comodo_app.errors import NotEnoughData, UsageError


def test_published_total_counts_queue_samples_as_batches():
    # ml.md: MMEA with K 2 048, 20 epochs schedules about 39 000 steps where 704 are made.
    assert published_total_steps(first_epoch_batches=38, queue_size=2048, epochs=20) == 39_672


def test_published_schedule_never_leaves_warm_up_on_small_data():
    rates = [learning_rate(PAPER, step=s, n_steps=700, published_steps=39_672) for s in range(700)]
    assert rates == sorted(rates)
    assert max(rates) < 0.2 * PAPER.learning_rate


def test_cosine_schedule_warms_up_peaks_and_ends_near_zero():
    rates = [learning_rate(COMODO_PLUS, step=s, n_steps=600, published_steps=0) for s in range(600)]
    assert rates.index(max(rates)) in (29, 30)
    assert max(rates) == pytest.approx(1e-3)
    assert rates[-1] < 1e-7
    assert rates[:30] == sorted(rates[:30])
    assert rates[30:] == sorted(rates[30:], reverse=True)


@given(n=st.integers(16, 5000))
def test_a_recipe_fits_itself_to_any_number_of_windows(n):
    for recipe in (PAPER, COMODO_PLUS):
        batch = recipe.fitted_batch_size(n)
        assert 8 <= batch <= recipe.batch_size
        assert 2 * batch <= n or batch == 8
        assert 1 <= recipe.fitted_queue_size(n) <= n // 3
    steps = COMODO_PLUS.steps_per_epoch(n) * COMODO_PLUS.fitted_epochs(n)
    assert steps >= COMODO_PLUS.min_steps


def test_too_few_windows_are_refused_with_the_least_number():
    with pytest.raises(NotEnoughData, match="16 is the least"):
        PAPER.fitted_batch_size(15)


def test_settings_that_do_not_exist_or_make_no_sense_are_refused():
    with pytest.raises(UsageError, match="learning_rate"):
        COMODO_PLUS.with_settings(lr=1.0)
    with pytest.raises(UsageError, match="negative"):
        COMODO_PLUS.with_settings(epochs=-1)
    with pytest.raises(UsageError, match="loss"):
        COMODO_PLUS.with_settings(comodo_weight=0.0, cosine_weight=0.0)
    with pytest.raises(UsageError, match="Known recipes: comodo"):
        recipe_named("nothing")


def test_recipes_survive_json():
    assert Recipe.from_json(PAPER.to_json()) == PAPER
