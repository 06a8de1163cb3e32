from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.jobs.dataset import choose_roles
from comodo_app.project.rows import ImuSummary, RecordingRow
from comodo_app.recordings.model import VideoTrack

VIDEO = VideoTrack(Path("v.mp4"), 64, 48, 300, 30.0, 10.0, "h264")
IMU = ImuSummary(1000, 100.0, 0.0, 10.0, 0, 0.0)


def row(number, *, wearer="", train=True, video=VIDEO, imu=IMU):
    return RecordingRow(
        id=number, name=f"r{number}", wearer=wearer, session="", content_key=str(number),
        video=video, imu=imu, offset_s=0.0, skew_ppm=0.0, notes=(), importer="x",
        options_json="{}", sources=(), use_for_training=train, added_at="",
    )  # fmt: skip


@given(
    wearers=st.lists(st.sampled_from(["", "a", "b", "c", "d"]), min_size=1, max_size=30),
    seed=st.integers(0, 50),
)
def test_roles_never_split_a_wearer_and_always_leave_somebody_to_teach(wearers, seed):
    rows = [row(i + 1, wearer=wearer) for i, wearer in enumerate(wearers)]
    roles = choose_roles(rows, seed=seed)
    assert sorted((*roles.train, *roles.validation)) == [r.id for r in rows]
    assert roles.train
    owners = {r.id: r.wearer or f"alone {r.id}" for r in rows}
    assert not {owners[i] for i in roles.train} & {owners[i] for i in roles.validation}


def test_recordings_left_out_of_training_only_test():
    rows = [row(i, train=i > 2) for i in range(1, 8)]
    roles = choose_roles(rows, seed=0)
    assert roles.test == (1, 2)
    assert not {1, 2} & {*roles.train, *roles.validation}
    assert len(roles.validation) == 1


@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_recordings_all_teach(n):
    roles = choose_roles([row(i + 1) for i in range(n)], seed=0)
    assert len(roles.train) == n
    assert roles.validation == ()


def test_recordings_without_video_or_imu_have_no_role():
    roles = choose_roles([row(1), row(2, video=None), row(3, imu=None)], seed=0)
    assert roles.train == (1,)
    assert roles.test == ()
