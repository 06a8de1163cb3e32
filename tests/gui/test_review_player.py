"""The playhead on a real video with uneven frame times."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from comodo_app.session.player import SPEEDS, Player
from comodo_app.session.session import Session
from tests.gui.review_project import TICKS, write_video

TIMES_S = [float(ticks) / 1000.0 for ticks in TICKS.tolist()]
END_S = TIMES_S[-1] + 0.033


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("video") / "walk.mp4")


@pytest.fixture
def player(session: Session, qtbot: QtBot, video: Path) -> Player:
    made = session.player
    made.open((0.0, END_S), video)
    qtbot.waitUntil(lambda: made.frame is not None)
    return made


def shown(player: Player) -> float:
    assert player.frame is not None
    return player.frame.time_s


def test_a_step_shows_the_exact_next_frame_and_the_playhead_stands_on_it(
    player: Player, qtbot: QtBot
) -> None:
    for number in (1, 2, 3):
        player.step(1)
        qtbot.waitUntil(lambda n=number: shown(player) == pytest.approx(TIMES_S[n], abs=1e-9))
        assert player.position_s == shown(player)
    player.step(-1)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(TIMES_S[2], abs=1e-9))
    assert player.position_s == shown(player)


def test_steps_that_come_faster_than_frames_are_all_made(player: Player, qtbot: QtBot) -> None:
    for _ in range(7):
        player.step(1)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(TIMES_S[7], abs=1e-9))
    for _ in range(5):
        player.step(-1)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(TIMES_S[2], abs=1e-9))


def test_steps_stop_at_both_ends(player: Player, qtbot: QtBot) -> None:
    player.step(-1)
    qtbot.wait(60)
    assert shown(player) == 0.0
    player.seek(END_S)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(TIMES_S[-1], abs=1e-9))
    player.step(1)
    qtbot.wait(60)
    assert shown(player) == pytest.approx(TIMES_S[-1], abs=1e-9)


@pytest.mark.parametrize("time_s", [0.0201, 3.3331, 1.5, 11.001, 0.99])
def test_a_seek_shows_the_frame_that_is_shown_then(
    player: Player, qtbot: QtBot, time_s: float
) -> None:
    player.seek(time_s)
    right = max(t for t in TIMES_S if t <= time_s + 1e-9)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(right, abs=1e-9))
    assert player.position_s == time_s


def test_a_scrub_ends_at_its_last_place(player: Player, qtbot: QtBot) -> None:
    for step in range(100):
        player.seek(0.1 * step)
    right = max(t for t in TIMES_S if t <= 9.9 + 1e-9)
    qtbot.waitUntil(lambda: shown(player) == pytest.approx(right, abs=1e-9))


def test_playing_follows_the_clock_and_shows_frames_in_order(player: Player, qtbot: QtBot) -> None:
    seen: list[float] = []
    player.frame_changed.connect(lambda frame: seen.append(frame.time_s))
    player.play()
    qtbot.waitUntil(lambda: player.position_s > 0.6)
    player.pause()
    assert player.n_shown > 5
    assert seen == sorted(seen)
    assert all(min(abs(s - t) for t in TIMES_S) < 1e-9 for s in seen)


def test_playing_stops_at_the_end_and_starts_from_the_beginning_again(
    player: Player, qtbot: QtBot
) -> None:
    player.seek(END_S - 0.1)
    player.play()
    qtbot.waitUntil(lambda: not player.playing)
    assert player.position_s == END_S
    player.play()
    assert player.position_s == 0.0
    player.pause()


def test_a_loop_comes_back_to_its_start(player: Player, qtbot: QtBot) -> None:
    player.loop((1.0, 1.2))
    assert player.position_s == 1.0
    turns: list[float] = []
    player.moved.connect(turns.append)
    player.play()
    qtbot.waitUntil(lambda: sum(b < a for a, b in pairwise(turns)) >= 2)
    assert all(1.0 <= t <= 1.2 for t in turns)
    player.pause()


def test_without_a_video_the_clock_alone_moves_the_playhead(session: Session, qtbot: QtBot) -> None:
    player = session.player
    player.open((2.0, 30.0))
    assert player.position_s == 2.0
    player.set_speed(4.0)
    player.play()
    qtbot.waitUntil(lambda: player.position_s > 3.0)
    player.pause()
    assert player.frame is None


def test_speeds_go_up_and_down_and_stop_at_the_ends(session: Session) -> None:
    player = session.player
    for speed in SPEEDS[SPEEDS.index(1.0) + 1 :]:
        player.change_speed(1)
        assert player.speed == speed
    player.change_speed(1)
    assert player.speed == 4.0
    for _ in range(20):
        player.change_speed(-1)
    assert player.speed == 0.1


def test_a_file_that_is_no_video_says_so_and_playing_still_works(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a video" * 100)
    with qtbot.waitSignal(session.player.video_failed) as failed:
        session.player.open((0.0, 5.0), broken)
    assert "cannot be opened" in failed.args[0] or "not a video" in failed.args[0]
    session.player.play()
    qtbot.waitUntil(lambda: session.player.position_s > 0.05)
    session.player.pause()


def test_another_recording_shows_its_own_frames(
    player: Player, qtbot: QtBot, tmp_path: Path
) -> None:
    other = write_video(tmp_path / "work.mp4", width_px=48)
    player.seek(10.0)  # an answer of the old video is on its way
    player.open((0.0, END_S), other)
    assert player.frame is None
    qtbot.waitUntil(lambda: player.frame is not None)
    assert player.frame is not None
    assert player.frame.width_px == 48
    assert shown(player) == 0.0
