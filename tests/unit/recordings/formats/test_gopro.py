"""GoPro files: telemetry found by content, counted, at its own times."""

import numpy as np
import pytest
import telemetry_parser

from comodo_app.errors import NoTelemetry
from comodo_app.recordings.formats import gopro
from comodo_app.recordings.formats.gopro import GoProImporter, has_gpmf, own_times
from comodo_app.recordings.sources import ReadOptions, Source
from tests.unit.recordings.imu_files import shared_file, write_video


def read(path):
    return GoProImporter().read(Source("gopro", (path,)), ReadOptions())


def parsed(path):
    rows = telemetry_parser.Parser(str(path)).normalized_imu()
    return np.array([row["timestamp_ms"] for row in rows]) / 1000.0, rows


def test_both_sensors_at_one_rate_are_taken_as_they_are():
    path = shared_file("gopro/max-heromode.mp4")
    got = read(path)
    times_s, rows = parsed(path)
    track = got.recording.imu
    assert got.notes == ()
    assert len(track.times_s) == len(rows) == 2082
    assert np.array_equal(track.times_s, times_s)
    truth = np.array([[*row["accl"], *np.deg2rad(row["gyro"])] for row in rows])
    assert np.allclose(track.samples, truth, atol=1e-5)
    assert track.sample_rate_hz == pytest.approx(2081 / (times_s[-1] - times_s[0]))
    assert got.recording.video.n_frames == 315


def test_a_slower_accelerometer_is_put_on_the_gyroscopes_times_and_that_is_said():
    path = shared_file("gopro/karma.mp4")
    got = read(path)
    times_s, rows = parsed(path)
    track = got.recording.imu
    assert len(track.times_s) == len(rows) == 4795
    assert np.array_equal(track.times_s, times_s)
    assert track.gaps == ()
    (note,) = got.notes
    assert note.code == "interpolated_acc" and note.count == 4795
    assert note.text == "acc interpolated from 198.7 Hz to 397.5 Hz"
    assert np.allclose(track.samples[:, 3:], np.deg2rad([row["gyro"] for row in rows]), atol=1e-5)


def test_accelerations_stand_at_their_own_place_in_the_payload():
    """Checked against the payloads themselves: the k-th of n samples at k/n of the payload."""
    path = shared_file("gopro/karma.mp4")
    track = read(path).recording.imu
    times_s, rows = parsed(path)
    flat = [row["accl"] for row in rows if row["accl"] is not None]
    first_gyro = first_acc = 0
    for payload in telemetry_parser.Parser(str(path)).telemetry():
        n_gyro, n_acc = len(payload["Gyroscope"]["Data"]), len(payload["Accelerometer"]["Data"])
        for k in range(0, n_acc, 7):
            row = first_gyro + k * n_gyro / n_acc
            time = np.interp(row, np.arange(len(times_s)), times_s)
            here = [np.interp(time, track.times_s, track.samples[:, axis]) for axis in range(3)]
            around = np.array(flat[max(0, first_acc + k - 1) : first_acc + k + 2])
            assert np.all(here <= around.max(axis=0) + 1e-4)
            assert np.all(here >= around.min(axis=0) - 1e-4)
            if row == int(row):
                assert np.allclose(here, flat[first_acc + k], atol=1e-4)
        first_gyro, first_acc = first_gyro + n_gyro, first_acc + n_acc
    assert (first_gyro, first_acc) == (4795, 2397)


def packed(n_payloads, n_rows, n_samples):
    """Times of the rows, which of them hold a sample, and when the samples really were."""
    times_s = np.arange(n_payloads * n_rows) * 0.0025
    has = np.tile(np.arange(n_rows) < n_samples, n_payloads)
    place = np.tile(np.arange(n_samples) * n_rows / n_samples, n_payloads)
    row = np.repeat(np.arange(n_payloads) * n_rows, n_samples) + place
    return times_s, has, row * 0.0025


@pytest.mark.parametrize("n_samples", [400, 399, 200, 199, 25])
def test_packed_samples_are_spread_over_their_payload(n_samples):
    times_s, has, truth = packed(5, 400, n_samples)
    assert np.allclose(own_times(times_s, has), truth, atol=1e-12)


def test_alternating_samples_stay_where_they_are():
    times_s, has, _ = packed(500, 2, 1)
    assert np.allclose(own_times(times_s, has), times_s[has])


def test_a_payload_without_samples_is_not_filled_from_the_one_before():
    times_s, has, truth = packed(5, 400, 200)
    has[800:1200] = False
    kept = np.r_[0:400, 600:1000]
    assert np.allclose(own_times(times_s, has), truth[kept])


def test_telemetry_is_found_by_content_not_by_name(tmp_path):
    renamed = tmp_path / "clip.dat"
    renamed.write_bytes(shared_file("gopro/max-heromode.mp4").read_bytes())
    plain = write_video(tmp_path / "GX010001.MP4", duration_s=1.0)
    assert has_gpmf(renamed) and not has_gpmf(plain)
    sources = GoProImporter().claims([plain, renamed, tmp_path, tmp_path / "nowhere"])
    assert [source.paths for source in sources] == [(renamed,)]


def rows_of(n, **sensors):
    return [
        {"timestamp_ms": i * 5.0, **{k: (1.0, 2.0, 9.0) if v else None for k, v in sensors.items()}}
        for i in range(n)
    ]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "empty"),
        (rows_of(400, accl=True, gyro=False), "no gyroscope samples"),
        (rows_of(400, accl=False, gyro=True), "no accelerometer samples"),
        (rows_of(400, accl=False, gyro=False), "no accelerometer and no gyroscope"),
        (rows_of(20, accl=True, gyro=True), "Too few usable samples"),
    ],
)
def test_a_telemetry_track_without_motion_is_refused(tmp_path, monkeypatch, rows, said):
    class Parser:
        def __init__(self, path):
            assert isinstance(path, str)

        def normalized_imu(self):
            return rows

    monkeypatch.setattr(telemetry_parser, "Parser", Parser)
    path = write_video(tmp_path / "a.mp4", duration_s=1.0)
    with pytest.raises(NoTelemetry, match=said) as caught:
        read(path)
    assert caught.value.where == str(path)


class PanicException(BaseException):
    """What a panic in a Rust library looks like in Python."""


@pytest.mark.parametrize("error", [ValueError("No metadata"), OSError("odd"), PanicException("oh")])
def test_a_parser_that_fails_or_panics_is_a_refusal_in_words(tmp_path, monkeypatch, error):
    def fail(path):
        raise error

    monkeypatch.setattr(telemetry_parser, "Parser", fail)
    with pytest.raises(NoTelemetry, match=str(error)):
        gopro._parsed(tmp_path / "a.mp4")


def test_an_interrupt_is_not_taken_for_damage(tmp_path, monkeypatch):
    def interrupt(path):
        raise KeyboardInterrupt

    monkeypatch.setattr(telemetry_parser, "Parser", interrupt)
    with pytest.raises(KeyboardInterrupt):
        gopro._parsed(tmp_path / "a.mp4")


def test_long_holes_in_the_acceleration_are_gaps_not_straight_lines(tmp_path, monkeypatch):
    rows = rows_of(2000, accl=True, gyro=True)
    for row in rows[600:1000]:
        row["accl"] = None
    monkeypatch.setattr(gopro, "_parsed", lambda path: rows)
    got = read(write_video(tmp_path / "a.mp4", duration_s=1.0))
    (gap,) = got.recording.imu.gaps
    assert gap.start_s == pytest.approx(3.0, abs=0.2) and gap.end_s == pytest.approx(5.0, abs=0.2)
    counts = {note.code: note.count for note in got.notes}
    assert counts["nonfinite_rows"] == 2000 - len(got.recording.imu.times_s) > 300
