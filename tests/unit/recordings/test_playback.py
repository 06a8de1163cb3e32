from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.playback import FrameReader
from comodo_app.recordings.video import frame_times

BOX = (64, 48)


def write(path, ticks, *, width_px=64, height_px=48, gop=12, rotate=0):
    """One frame per tick (ms); the picture's brightness is 16 + its number."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        stream.options = {"g": str(gop), "bf": "2", "qp": "0"}
        for number, tick in enumerate(ticks):
            image = np.full((height_px, width_px, 3), 16 + number, np.uint8)
            image[: height_px // 2, : width_px // 2] = 250
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = int(tick)
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


@pytest.fixture(scope="module")
def ticks():
    random = np.random.default_rng(3)
    return np.cumsum(np.r_[0, random.integers(15, 60, 119)])


@pytest.fixture(scope="module", params=["uneven.mp4", "uneven.mkv"])
def video(request, tmp_path_factory, ticks):
    return write(tmp_path_factory.mktemp("video") / request.param, ticks)


def picture(frame):
    rows = np.frombuffer(frame.pixels, np.uint8).reshape(-1, frame.stride_bytes)
    return rows[: frame.height_px, : frame.width_px * 4].reshape(frame.height_px, -1, 4)


def number_of(frame):
    """Which frame it is, by its brightness."""
    return round(float(picture(frame)[-8:, -8:, 0].mean())) - 16


def test_going_on_from_frame_to_frame_visits_every_one(video, ticks):
    with FrameReader(video) as reader:
        frame = reader.at(0.0, BOX)
        seen = [frame.time_s]
        while frame.next_s is not None:
            frame = reader.at(frame.next_s, BOX)
            assert frame.skipped == 0
            seen.append(frame.time_s)
    assert seen == frame_times(video).tolist()
    assert len(seen) == len(ticks)


def test_going_back_from_the_end_visits_every_one(video):
    times = frame_times(video)
    with FrameReader(video) as reader:
        frame = reader.at(1e9, BOX)
        seen = [frame.time_s]
        while frame.time_s > 0:
            frame = reader.before(frame.time_s, BOX)
            seen.append(frame.time_s)
        assert reader.before(0.0, BOX).time_s == 0.0
    assert seen == times[::-1].tolist()


def test_any_time_shows_the_frame_that_is_shown_then_and_its_picture(video):
    times = frame_times(video)
    with FrameReader(video) as reader:
        for time_s in np.random.default_rng(0).uniform(-0.5, times[-1] + 1.0, 60):
            frame = reader.at(float(time_s), BOX)
            right = max(int(np.searchsorted(times, time_s, side="right")) - 1, 0)
            assert frame.time_s == times[right]
            assert abs(number_of(frame) - right) <= 2  # the codec's rounding of brightness


def test_frames_that_were_jumped_over_are_counted(video):
    times = frame_times(video)
    with FrameReader(video) as reader:
        reader.at(float(times[3]), BOX)
        assert reader.at(float(times[9]), BOX).skipped == 5


def test_a_picture_fits_the_box_and_is_never_enlarged(video):
    with FrameReader(video) as reader:
        small = reader.at(0.0, (16, 48))
        assert (small.width_px, small.height_px) == (16, 12)
        large = reader.at(0.0, (6400, 4800))
        assert (large.width_px, large.height_px) == (64, 48)
        assert picture(large)[4, 4, 0] > 200  # the bright corner is at the top left
        assert (picture(large)[:, :, 3] == 255).all()


def test_what_is_no_video_says_so(tmp_path):
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"\0" * 4096)
    with pytest.raises(UnreadableFile):
        FrameReader(path)


def test_a_video_that_was_cut_off_shows_what_is_there(tmp_path, ticks):
    whole = write(tmp_path / "whole.mkv", ticks)
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    with FrameReader(cut) as reader:
        last = reader.at(1e9, BOX)
        assert 0.0 < last.time_s < ticks[-1] / 1000.0
        assert reader.at(0.0, BOX).time_s == 0.0
