from __future__ import annotations

import time

import numpy as np
import pytest

from comodo_app.errors import UnreadableFile, UsageError, memory_was_full
from comodo_app.jobs import compute, device_choice
from comodo_app.jobs.careful import Careful
from comodo_app.jobs.compute import Way, batch_size, check_device, choose, torch_ways
from comodo_app.jobs.device_choice import Choice, known_choice, remember_choice

CLIPS = np.random.default_rng(0).normal(size=(4, 2, 3, 4, 4)).astype(np.float32)


class Plain:
    """The mean of each clip; slow by `s_per_clip`, full above `room` clips."""

    precision, dim = "fp32", 1

    def __init__(self, name="plain", s_per_clip=0.0, room=1000, error=MemoryError) -> None:
        self.name, self._s, self._room, self._error = name, s_per_clip, room, error
        self.batches: list[int] = []

    def embed(self, clips):
        self.batches.append(len(clips))
        time.sleep(self._s * len(clips))
        if len(clips) > self._room:
            raise self._error("CUDA out of memory. Tried to allocate")
        return clips.mean(axis=(1, 2, 3, 4))[:, None]


def way(backend, name=None):
    return Way(name or backend.name, "cpu", "fp32", lambda: backend)


def test_the_fastest_way_is_chosen_and_all_are_told():
    told = []
    backend, choice = choose(
        [way(Plain("slow", 0.01)), way(Plain("fast", 0.001))], CLIPS, tell=told.append
    )
    assert backend.name == choice.backend == "fast"
    assert choice.per_s > 300
    assert "slow" in choice.reason and "fast" in choice.reason
    assert told == ["measuring slow", "measuring fast"]


def test_a_way_that_cannot_run_is_left_out_and_said():
    def broken():
        raise UnreadableFile("no such graph")

    ways = [Way("graph", "cpu", "fp32", broken), way(Plain("full", room=0)), way(Plain())]
    backend, choice = choose(ways, CLIPS)
    assert backend.name == "plain"
    assert "graph cannot be used: no such graph" in choice.reason
    assert "full cannot be used" in choice.reason
    with pytest.raises(UnreadableFile, match="no such graph"):
        choose(ways[:2], CLIPS)
    with pytest.raises(UsageError, match="Not even one window"):
        choose(ways[1:2], CLIPS)


def test_a_faster_way_that_says_something_else_is_refused():
    class Coarse(Plain):
        dim = 2

        def embed(self, clips):
            turned = [1.0, 0.0] if self.name == "exact" else [0.9, 0.5]
            time.sleep(0.01 if self.name == "exact" else 0.0)
            return np.tile(np.array(turned, np.float32), (len(clips), 1))

    backend, choice = choose([way(Coarse("exact")), way(Coarse("coarse"))], CLIPS)
    assert backend.name == "exact"
    assert "coarse differs from full precision (cosine 0.874)" in choice.reason


def test_a_mistake_of_the_model_is_not_taken_for_a_full_memory():
    def broken():
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        choose([Way("x", "cpu", "fp32", broken), way(Plain())], CLIPS)


@pytest.mark.parametrize(("room", "expected"), [(3, 3), (1, 1), (100, 7)])
def test_every_clip_is_answered_in_order_whatever_fits(room, expected):
    backend = Plain(room=room, error=RuntimeError)
    careful = Careful(backend, most=7)
    clips = np.random.default_rng(0).normal(size=(11, 1, 3, 2, 2)).astype(np.float32)
    rows = careful.embed(clips)
    np.testing.assert_allclose(rows, clips.mean(axis=(1, 2, 3, 4))[:, None])
    assert careful.most == expected
    notes = careful.take_notes()
    assert bool(notes) == (room < 7)
    if notes:
        assert notes[0].code == "out_of_memory"
        assert f"now hold {expected}" in notes[0].text
    assert careful.take_notes() == ()
    tried = len(backend.batches)
    careful.embed(clips)
    assert max(backend.batches[tried:]) <= expected


def test_one_clip_that_does_not_fit_says_what_to_do():
    with pytest.raises(UsageError, match="--device cpu"):
        Careful(Plain(room=0), most=4).embed(CLIPS)


def test_other_errors_pass_through():
    assert not memory_was_full(RuntimeError("bad shape"))
    assert not memory_was_full(ValueError("out of memory"))
    assert memory_was_full(RuntimeError("MPS backend out of memory"))
    assert memory_was_full(MemoryError())


def test_a_batch_is_what_memory_holds_and_about_a_second_of_work(monkeypatch):
    peaks = {1: 500, 2: 700}
    monkeypatch.setattr(compute, "_peak", lambda backend, clips, device: peaks[len(clips)])
    clip = CLIPS[:1, :1, :, :1, :1]
    for room, per_s, expected in ((2000, 100, 5), (2000, 3, 3), (100, 100, 1), (10**9, 100, 8)):
        monkeypatch.setattr(compute, "_room", lambda device, room=room: room)
        choice = Choice("torch-cpu-fp32", "fp32", "cpu", per_s, 1)
        assert batch_size(Plain(), clip, choice) == expected
    assert batch_size(Plain(), clip, Choice("x", "fp32", "cpu", 0.4, 1)) == 1
    # 8-bit scales are those of the batch: alone, a window's row is the same in every pass.
    assert batch_size(Plain(), clip, Choice("x", "int8", "cpu", 100, 1)) == 1


def test_what_one_clip_more_needs_is_measured():
    class Hungry(Plain):
        def embed(self, clips):
            held = np.ones((len(clips), 40_000_000), np.uint8)
            time.sleep(0.05)
            return super().embed(clips) + 0 * held[:, :1]

    one, two = (compute._peak(Hungry(), CLIPS[:n], "cpu") for n in (1, 2))
    if one:  # 0 where the system does not tell
        assert two - one == pytest.approx(40e6, rel=0.2)


def test_a_choice_is_remembered_per_model_version_and_device():
    choice = Choice("torch-cpu-fp32", "fp32", "cpu", 2.5, 2, "because")
    remember_choice("m", "1", "auto", choice)
    remember_choice("m", "1", "cpu", Choice("other", "int8", "cpu", 5.0, 1))
    assert known_choice("m", "1") == choice
    assert known_choice("m", "1", "cpu").backend == "other"
    assert known_choice("m", "2") is None
    assert known_choice("n", "1") is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"schema": 9}', '{"schema": 1, "choices": 3}'])
def test_a_damaged_memory_of_choices_is_no_obstacle(text):
    remember_choice("m", "1", "auto", Choice("a", "fp32", "cpu", 1.0, 1))
    (device_choice.data_folder() / device_choice.FILE_NAME).write_text(text)
    assert known_choice("m", "1") is None
    remember_choice("m", "1", "auto", Choice("b", "fp32", "cpu", 1.0, 1))
    assert known_choice("m", "1").backend == "b"


def test_devices_that_are_not_there_are_refused():
    with pytest.raises(UsageError, match="auto, cpu, cuda, mps"):
        check_device("tpu")
    import torch

    if not torch.cuda.is_available():
        with pytest.raises(UsageError, match="cuda"):
            torch_ways("cuda")
    assert torch_ways("cpu") == (("cpu", "fp32"),)
    assert torch_ways("auto")


def test_what_was_measured_before_a_faster_library_came_no_longer_holds(monkeypatch):
    monkeypatch.setattr(device_choice, "this_machine", lambda: "a processor, no openvino")
    remember_choice("m", "1", "auto", Choice("torch-cpu-fp32", "fp32", "cpu", 1.0, 1))
    assert known_choice("m", "1") is not None
    monkeypatch.setattr(device_choice, "this_machine", lambda: "a processor, openvino 2026.4")
    assert known_choice("m", "1") is None
