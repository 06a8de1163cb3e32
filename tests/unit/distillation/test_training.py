from __future__ import annotations

import numpy as np
import pytest
import torch

from comodo_app.distillation.checkpoints import checkpoint_bytes, fingerprint, resume
from comodo_app.distillation.objective import CrossModal, HeldOut
from comodo_app.distillation.recipes import COMODO_PLUS, PAPER
from comodo_app.distillation.training import Trainer, TrainingWindows
from comodo_app.errors import UnreadableFile
from comodo_app.students.spec import StudentSpec

SPEC = StudentSpec(sample_rate_hz=25.0, window_s=2.0, embedding_dim=32)
QUICK = COMODO_PLUS.with_settings(min_steps=0, epochs=4, batch_size=16, head_hidden=32)
QUICK_PAPER = PAPER.with_settings(epochs=3, batch_size=16, head_hidden=32, head_dim=8)


def movements(n, *, seed):
    """Windows that oscillate at one of four rates, and a target vector per rate."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 4, n)
    t = np.arange(SPEC.n_samples) / SPEC.sample_rate_hz
    phase = rng.uniform(0, 2 * np.pi, (n, 1, 6))
    rate = np.array([0.5, 1.5, 3.0, 5.0])[kind]
    windows = np.sin(2 * np.pi * rate[:, None, None] * t[None, :, None] + phase)
    windows += 0.1 * rng.standard_normal(windows.shape)
    targets = np.eye(8)[kind] + 0.05 * rng.standard_normal((n, 8))
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    return windows.astype(np.float32), targets.astype(np.float32)


def make_trainer(recipe, *, seed=3, n=90, n_held_out=40):
    windows, targets = movements(n, seed=0)
    held_out, held_out_targets = movements(n_held_out, seed=1)
    objective = CrossModal(
        recipe, targets=targets, held_out_targets=held_out_targets, n_clusters=6, seed=0
    )
    return Trainer(recipe, SPEC, TrainingWindows(windows, held_out), objective, seed=seed)


@pytest.mark.parametrize("recipe", [QUICK, QUICK_PAPER], ids=["comodo+", "paper"])
def test_a_resumed_run_equals_an_unbroken_one(recipe, tmp_path):
    unbroken = make_trainer(recipe)
    expected = [report.loss for report in unbroken.run()]

    first = make_trainer(recipe)
    losses = []
    for report in first.run():
        losses.append(report.loss)
        if report.step == len(expected) // 2:
            break
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(first, data="d", losses=losses))

    second = make_trainer(recipe)
    losses = resume(second, path, data="d") + [report.loss for report in second.run()]
    assert losses == pytest.approx(expected, rel=1e-5)
    assert second.best_step == unbroken.best_step
    for name, value in unbroken.result().state_dict().items():
        assert torch.allclose(second.result().state_dict()[name], value, atol=1e-5), name


def test_distilling_makes_the_student_agree_with_the_teacher_on_held_out_windows():
    trainer = make_trainer(QUICK.with_settings(epochs=12), n=200)
    before = trainer.evaluate()
    for _ in trainer.run():
        pass
    after = trainer.evaluate()
    assert after.similarity > before.similarity + 0.3
    assert after.agreement > 2 * after.chance


def test_the_queue_windows_sit_out_the_first_epoch_of_the_published_recipe():
    trainer = make_trainer(QUICK_PAPER)
    reports = list(trainer.run())
    per_epoch = np.bincount([report.epoch for report in reports])
    assert per_epoch[0] == 4  # (90 - 30 in the queue) windows in batches of 16, a rest of 12
    assert per_epoch[1] == per_epoch[2] == 6
    assert len(reports) == trainer.n_steps
    assert trainer.best_step == trainer.n_steps  # the last is kept


class Scripted(CrossModal):
    """Learns as usual, but what it says of the held-out windows is written down beforehand."""

    script: tuple[HeldOut, ...] = ()

    def held_out(self, projected):
        self.turn = getattr(self, "turn", -1) + 1
        return self.script[min(self.turn, len(self.script) - 1)]


def scripted_trainer(*similarities, agreements):
    windows, targets = movements(90, seed=0)
    held_out, held_out_targets = movements(40, seed=1)
    recipe = QUICK.with_settings(epochs=20)
    objective = Scripted(
        recipe, targets=targets, held_out_targets=held_out_targets, n_clusters=6, seed=0
    )
    objective.script = tuple(
        HeldOut(agreement, 0.1, similarity, 0.02, 40)
        for agreement, similarity in zip(agreements, similarities, strict=True)
    )
    trainer = Trainer(recipe, SPEC, TrainingWindows(windows, held_out), objective, seed=0)
    evaluated = [report.step for report in trainer.run() if report.held_out is not None]
    return trainer, evaluated


def test_a_lucky_agreement_of_a_hardly_trained_student_does_not_make_it_the_best():
    trainer, evaluated = scripted_trainer(0.2, 0.4, 0.5, agreements=(0.9, 0.2, 0.3))
    assert trainer.best_step == evaluated[-1]


def test_a_later_student_is_kept_unless_it_is_clearly_less_similar_to_the_teacher():
    trainer, evaluated = scripted_trainer(0.2, 0.5, 0.495, 0.3, agreements=(0.3,) * 4)
    assert trainer.best_step == evaluated[2]


def test_the_same_seed_gives_the_same_numbers_and_another_seed_others():
    def run(seed):
        return [r.loss for r in make_trainer(QUICK, seed=seed).run()]

    assert run(3) == run(3)
    assert run(3) != run(4)


def test_a_checkpoint_of_other_data_settings_or_seed_is_refused(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(make_trainer(QUICK), data="d", losses=[]))
    with pytest.raises(UnreadableFile, match="other data"):
        resume(make_trainer(QUICK), path, data="e")
    with pytest.raises(UnreadableFile, match="other seed"):
        resume(make_trainer(QUICK, seed=9), path, data="d")
    with pytest.raises(UnreadableFile, match="other recipe"):
        resume(make_trainer(QUICK.with_settings(epochs=5)), path, data="d")


def test_a_damaged_checkpoint_is_refused_with_a_reason(tmp_path):
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(make_trainer(QUICK), data="d", losses=[])[:5000])
    with pytest.raises(UnreadableFile, match="cannot be read"):
        resume(make_trainer(QUICK), path, data="d")


def test_stopping_before_the_first_evaluation_still_gives_a_student():
    trainer = make_trainer(QUICK)
    next(trainer.run())
    trained = trainer.student.state_dict()
    assert all(torch.equal(v, trained[k]) for k, v in trainer.result().state_dict().items())


def test_fingerprints_differ_by_content_shape_and_type():
    a = np.zeros((2, 3), np.float32)
    assert fingerprint(a) == fingerprint(a.copy())
    assert len({fingerprint(a), fingerprint(a.T), fingerprint(a + 1), fingerprint(a > 0)}) == 4


class SmallMemory:
    """An objective that has room for `room` windows at a time, and remembers what it saw."""

    def __init__(self, inner, room):
        self.inner, self.room, self.sizes = inner, room, []
        self.dim, self.state = inner.dim, inner.state
        self.held_out, self.held_out_loss = inner.held_out, inner.held_out_loss

    def loss(self, projected, rows):
        if len(rows) > self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        self.sizes.append(len(rows))
        return self.inner.loss(projected, rows)


def test_a_full_memory_halves_what_goes_through_together_and_keeps_the_steps(tmp_path):
    trainer = make_trainer(QUICK)
    trainer.objective = SmallMemory(trainer.objective, room=8)
    reports = list(trainer.run())
    assert len(reports) == make_trainer(QUICK).n_steps
    assert trainer.n_parts == 2 and max(trainer.objective.sizes) == 8
    assert len(trainer.objective.inner.queue) == min(30, len(reports) * 16)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(trainer, data="d", losses=[]))
    again = make_trainer(QUICK)
    resume(again, path, data="d")
    assert again.n_parts == 2


def test_memory_for_less_than_a_part_of_eight_is_a_failure():
    trainer = make_trainer(QUICK)
    trainer.objective = SmallMemory(trainer.objective, room=4)
    with pytest.raises(RuntimeError, match="out of memory"):
        next(trainer.run())


def test_a_checkpoint_keeps_the_evaluations_made_so_far(tmp_path):
    trainer = make_trainer(QUICK)
    trainer.evaluate()
    for _ in trainer.run():
        pass
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(checkpoint_bytes(trainer, data="d", losses=[]))
    again = make_trainer(QUICK)
    resume(again, path, data="d")
    assert [e.step for e in again.history] == [0, 20, trainer.n_steps]
    assert again.history == trainer.history
