from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from comodo_app.distillation.checkpoints import checkpoint_bytes, resume
from comodo_app.distillation.objective import CrossModal
from comodo_app.distillation.recipes import COMODO_PLUS, PAPER, Recipe
from comodo_app.distillation.training import Trainer, TrainingWindows
from comodo_app.errors import UsageError
from comodo_app.students.named import with_digest
from comodo_app.students.spec import StudentSpec
from comodo_app.weights.catalog import entry
from comodo_app.weights.importing import import_folder
from comodo_app.weights.store import remove
from tests.unit.students.published import drawn, mantis_v2_shapes

SMALL = {"batch_size": 8, "head_hidden": 16}
QUICK = COMODO_PLUS.with_settings(min_steps=0, epochs=2, **SMALL)
QUICK_PAPER = PAPER.with_settings(epochs=2, head_dim=8, **SMALL)
SPEC = StudentSpec("mantis-v2", 25.0, 2.0, embedding_dim=16, layer=0)


@pytest.fixture
def spec(monkeypatch, tmp_path):
    """A Mantis that starts from weights which were imported."""
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))
    folder = tmp_path / "published"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    save_file(drawn(mantis_v2_shapes()), folder / "model.safetensors")
    import_folder(folder, entry("mantis-v2"), lambda *_: None)
    return with_digest(
        StudentSpec("mantis-v2", 25.0, 2.0, embedding_dim=16, layer=0, pretrained="mantis-v2")
    )


def make_trainer(recipe, spec, *, from_checkpoint=False):
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, 40)
    t = np.arange(spec.n_samples) / spec.sample_rate_hz
    rate = np.array([1.0, 4.0])[kind]
    windows = np.sin(2 * np.pi * rate[:, None, None] * t[None, :, None])
    windows = (windows + 0.1 * rng.standard_normal((40, spec.n_samples, 6))).astype(np.float32)
    targets = np.eye(8, dtype=np.float32)[kind]
    objective = CrossModal(
        recipe, targets=targets[:30], held_out_targets=targets[30:], n_clusters=2, seed=0
    )
    data = TrainingWindows(windows[:30], windows[30:])
    return Trainer(recipe, spec, data, objective, seed=1, from_checkpoint=from_checkpoint)


@pytest.mark.parametrize("recipe", [QUICK, QUICK_PAPER], ids=["comodo+", "paper"])
def test_a_resumed_run_equals_an_unbroken_one_without_the_weights_it_began_with(
    recipe, spec, tmp_path
):
    unbroken = make_trainer(recipe, spec)
    expected = [report.loss for report in unbroken.run()]
    first, losses = make_trainer(recipe, spec), []
    for report in first.run():
        losses.append(report.loss)
        torch.rand(7)  # what other code draws must not matter
        if report.step == len(expected) // 2:
            break
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(first, data="d", losses=losses))

    remove("mantis-v2")
    with pytest.raises(UsageError, match="comodo models get mantis-v2"):
        make_trainer(recipe, spec)
    second = make_trainer(recipe, spec, from_checkpoint=True)
    losses = resume(second, path, data="d") + [report.loss for report in second.run()]
    assert losses == pytest.approx(expected, rel=1e-4)
    for name, value in unbroken.result().state_dict().items():
        assert torch.allclose(second.result().state_dict()[name], value, atol=1e-4), name


@pytest.mark.parametrize("recipe, published", [(QUICK, 3e-4), (QUICK_PAPER, 3e-4)])
def test_published_weights_learn_at_the_published_rate_the_rest_at_the_recipe_s(
    recipe, published, spec
):
    trainer = make_trainer(recipe, spec)
    next(trainer.run())
    rest, body = trainer.optimiser.param_groups
    assert body["lr"] == pytest.approx(rest["lr"] * recipe.pretrained_rate)
    assert recipe.learning_rate * recipe.pretrained_rate == pytest.approx(published)
    encoder = {id(p) for p in trainer.student.encoder.parameters()}
    assert {id(p) for p in body["params"]} == encoder
    assert not encoder & {id(p) for p in rest["params"]}


def test_the_same_network_from_scratch_has_one_rate():
    trainer = make_trainer(QUICK, SPEC)
    assert len(trainer.optimiser.param_groups) == 1


def test_settings_that_came_later_do_not_invalidate_old_checkpoints(tmp_path):
    plain = StudentSpec("tcn", 25.0, 2.0, embedding_dim=16)
    trainer = make_trainer(QUICK, plain)
    next(trainer.run())
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(trainer, data="d", losses=[0.0]))
    with safe_open(path, framework="pt") as file:
        meta = json.loads(file.metadata()["checkpoint"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    del meta["recipe"]["pretrained_rate"]
    for name in ("layer", "pooling", "pretrained", "pretrained_digest"):
        del meta["student"][name]
    save_file(tensors, path, metadata={"checkpoint": json.dumps(meta)})
    assert Recipe.from_json(meta["recipe"]) == QUICK
    again = make_trainer(QUICK, StudentSpec.from_json(meta["student"]))
    assert resume(again, path, data="d") == [0.0] and again.step == 1
