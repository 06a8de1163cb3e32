import socket
import time

import numpy as np
import pytest

from comodo_app.errors import UsageError
from comodo_app.live.arrival_clock import ArrivalClock
from comodo_app.live.lines import LineReader, LineSource
from comodo_app.live.model import SourceState
from comodo_app.live.repair import Repair
from comodo_app.live.wires import SerialWire, TcpWire, UdpWire
from comodo_app.recordings.sources import ReadOptions
from tests.unit.live.signals import motion, run

NAMED = "time_s,acc_x (m/s^2),acc_y (m/s^2),acc_z (m/s^2),gx (rad/s),gy (rad/s),gz (rad/s)\n"


def text_of(times, samples):
    return "".join(
        ",".join(repr(float(v)) for v in (t, *row)) + "\n"
        for t, row in zip(times, samples, strict=True)
    )


def collect(source, n, *, timeout_s=5.0):
    out, end = [], time.monotonic() + timeout_s
    while sum(len(c.times_s) for c in out) < n and time.monotonic() < end:
        out += source.poll(0.05)
    return out


@pytest.fixture
def reader():
    return LineReader(options=ReadOptions(), where="udp")


def test_lines_in_pieces_give_the_sent_samples(reader):
    times, samples = motion(2.0)
    content = (NAMED + text_of(times, samples)).encode()
    parts = []
    for i in range(0, len(content), 37):
        parts += reader.feed(content[i : i + 37], i / len(content))
    got = run(Repair(), parts)
    np.testing.assert_array_equal(got.samples, samples)
    np.testing.assert_array_equal(got.times_s, times)
    assert reader.notes == ()


def test_units_without_a_name_are_guessed_and_said(reader):
    times, samples = motion(3.0)
    samples = samples.astype(float)
    sent = np.hstack([samples[:, :3] / 9.80665, np.rad2deg(samples[:, 3:]) * 5])
    parts = []
    for i in range(0, 300, 10):
        parts += reader.feed(text_of(times[i : i + 10] * 1e3, sent[i : i + 10]).encode(), i / 100)
    got = run(Repair(), parts)
    codes = {note.code for note in reader.notes}
    assert codes == {
        "assumed_channels", "assumed_acc_unit", "assumed_gyro_unit", "assumed_time_unit"
    }  # fmt: skip
    np.testing.assert_allclose(got.samples[:, :3], samples[:, :3], atol=1e-5)
    np.testing.assert_allclose(got.samples[:, 3:], samples[:, 3:] * 5, atol=1e-5)
    np.testing.assert_allclose(got.times_s, times, atol=1e-9)


def test_what_is_no_sample_is_counted_and_survived(reader):
    times, samples = motion(1.0)
    good = text_of(times, samples)
    reader.feed(NAMED.encode(), 0.0)
    bad = b"1,2,3\n,,,x,,,1\n\xff\xfe\x00\n# remark\n" + b"9" * 100_000 + b"\n"
    parts = [*reader.feed(bad, 0.0), *reader.feed(good.encode(), 0.1)]
    assert reader.counted["malformed"] == 3
    assert reader.counted["long"] == 1
    assert len(run(Repair(), parts)) == 100
    assert reader.trouble == ""


def test_values_that_fit_no_unit_are_said_and_nothing_comes(reader):
    times, samples = motion(3.0)
    parts = []
    for i in range(0, 300, 10):
        parts += reader.feed(
            text_of(times[i : i + 10], samples[i : i + 10] * 2000).encode(), i / 100
        )
    assert parts == []
    assert "raw counts" in reader.trouble


def test_a_long_line_without_an_end_takes_no_memory(reader):
    for _ in range(100):
        reader.feed(b"1" * 65536, 0.0)
    assert len(reader._rest) <= 4096


def test_times_of_arrival_lose_their_jitter():
    rng = np.random.default_rng(0)
    clock, true, got = ArrivalClock(100.0), np.arange(1, 6001) * 0.01, []
    for i in range(0, 6000, 5):
        got.append(clock.stamp(5, float(true[i + 4]) + rng.uniform(0, 0.02)))
    times = np.concatenate(got)
    assert (np.diff(times) > 0).all()
    late = times[3000:] - true[3000:]
    assert np.ptp(late) < 0.004  # the way's jitter was 0.02
    assert abs(np.diff(times)[3000:].mean() - 0.01) < 1e-5


def test_a_pause_stays_a_gap_where_times_are_those_of_arrival():
    clock = ArrivalClock(100.0)
    before = np.concatenate([clock.stamp(10, 0.1 * i) for i in range(1, 20)])
    after = clock.stamp(10, 8.0)
    assert after[0] - before[-1] > 5.0


def test_udp_datagrams_become_chunks():
    times, samples = motion(1.0)
    source = LineSource(UdpWire("127.0.0.1", 0))
    source.open()
    try:
        assert source.status.state is SourceState.CONNECTING
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            place = ("127.0.0.1", source._wire.port)
            sender.sendto(NAMED.encode(), place)
            for i in range(100):
                sender.sendto(text_of(times[i : i + 1], samples[i : i + 1]).encode(), place)
        got = run(Repair(hold_s=source._wire.hold_s), collect(source, 100))
        np.testing.assert_array_equal(got.samples, samples)
        assert source.status.state is SourceState.LIVE
        assert source.info.hold_s > 0
    finally:
        source.close()


def test_udp_listens_to_one_sender_and_counts_the_others():
    times, samples = motion(0.5)
    source = LineSource(UdpWire("127.0.0.1", 0))
    source.open()
    senders = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(30)]
    parts = []
    try:
        for i in range(50):
            for n, sender in enumerate(senders):
                line = text_of(times[i : i + 1] + 1000 * n, samples[i : i + 1])
                content = (NAMED + line) if i == 0 else line
                sender.sendto(content.encode(), ("127.0.0.1", source._wire.port))
            # The system keeps only some hundred datagrams that nobody reads.
            parts += collect(source, 1)
        got = run(Repair(hold_s=0.05), parts)
        np.testing.assert_array_equal(got.samples, samples)
        assert source._wire.counted["refused"] > 100
    finally:
        for sender in senders:
            sender.close()
        source.close()


def test_tcp_half_a_line_of_a_lost_sender_is_no_sample_and_another_sender_may_come():
    times, samples = motion(2.0)
    source = LineSource(TcpWire("127.0.0.1", 0, listen=True))
    source.open()
    try:
        place = ("127.0.0.1", source._wire.port)
        with socket.create_connection(place) as sender:
            sender.sendall((NAMED + text_of(times[:100], samples[:100])).encode())
            sender.sendall(text_of(times[100:101], samples[100:101]).encode()[:-12])
            first = collect(source, 100)
            with socket.create_connection(place) as other:
                source.poll(0.1)
                assert other.recv(1) == b""  # one sender at a time
        end = time.monotonic() + 5
        while source._wire.is_connected and time.monotonic() < end:
            source.poll(0.05)
        assert source.status.state is SourceState.SILENT
        with socket.create_connection(place) as sender:
            sender.sendall((NAMED + text_of(times[101:], samples[101:])).encode())
            second = collect(source, 99)
        got = run(Repair(), first + second)
        np.testing.assert_array_equal(got.samples, np.delete(samples, 100, axis=0))
        counted = {note.code: note.count for note in source.status.counted}
        assert counted == {"malformed": 1, "refused": 1}
    finally:
        source.close()


def test_tcp_waits_for_a_sender_that_is_not_there_yet():
    times, samples = motion(0.5)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    source = LineSource(TcpWire("127.0.0.1", port))
    source.open()
    try:
        assert source.poll(0.01) == ()
        with socket.create_server(("127.0.0.1", port)) as server:
            server.settimeout(5)
            while not source._wire.is_connected:
                source.poll(0.05)
            peer, _ = server.accept()
            with peer:
                peer.sendall((NAMED + text_of(times, samples)).encode())
                assert len(run(Repair(), collect(source, 50))) == 50
    finally:
        source.close()


def test_a_port_in_use_is_an_error_with_advice():
    first = UdpWire("127.0.0.1", 0)
    first.open()
    try:
        with pytest.raises(UsageError, match="Another program"):
            UdpWire("127.0.0.1", first.port).open()
    finally:
        first.close()


def test_a_serial_port_gives_lines():
    pytest.importorskip("serial", reason="pyserial is not installed")
    wire = SerialWire("loop://")
    source = LineSource(wire)
    source.open()
    try:
        times, samples = motion(0.15)  # the loop holds no more
        wire._device.write((NAMED + text_of(times, samples)).encode())
        np.testing.assert_array_equal(run(Repair(), collect(source, 15)).samples, samples)
    finally:
        source.close()


def test_a_serial_port_that_is_not_there_is_an_error_with_advice():
    pytest.importorskip("serial", reason="pyserial is not installed")
    with pytest.raises(UsageError, match="cannot be opened"):
        SerialWire("/dev/no-such-port").open()
