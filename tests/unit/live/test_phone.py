import http.client
import json
import socket
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comodo_app.live import http_push, sensor_logger
from comodo_app.live.health import HealthMeter
from comodo_app.live.http_push import MAX_BODY, PushServer, Refused
from comodo_app.live.model import SourceState
from comodo_app.live.phone import PhoneSource
from comodo_app.live.repair import Repair
from comodo_app.live.sensor_logger import HOLD_S, Message, MessageOrder, read_message
from comodo_app.live.six_axes import SixAxes
from tests.unit.live.signals import motion, run

EPOCH_NS = 1_790_000_000_123_456_789


def readings(name, times, values, fields="xyz"):
    return [
        {
            "name": name,
            "time": EPOCH_NS + round(float(t) * 1e9),
            "values": {f: float(v) for f, v in zip(fields, row, strict=True)},
        }
        for t, row in zip(times, values, strict=True)
    ]


def body(number, payload, *, device="phone", session="s1", **more):
    said = {"messageId": number, "sessionId": session, "deviceId": device, "payload": payload}
    return json.dumps(said | more).encode()


def session(times, samples, *, batch_s=0.2, sensors=("totalacceleration", "gyroscope"), **more):
    """The messages of a recording session, in order; every sensor's readings in each."""
    size = round(batch_s * len(times) / (times[-1] - times[0] + times[1] - times[0]))
    out = []
    for number in range(-(-len(times) // size)):
        rows = slice(number * size, (number + 1) * size)
        payload = []
        for sensor in sensors:
            columns = samples[rows][:, 3:] if sensor == "gyroscope" else samples[rows][:, :3]
            payload += readings(sensor, times[rows], columns)
        payload.append({"name": "battery", "time": EPOCH_NS, "values": {"batteryLevel": 0.5}})
        out.append(body(number, payload, **more))
    return out


def post(source, content, *, token=None, headers=None):
    server = source.server if isinstance(source, PhoneSource) else source
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    try:
        connection.request("POST", f"/{token or server.token}", content, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def phone():
    source = PhoneSource()
    source.open()
    yield source
    source.close()


def counted(source):
    return {note.code: note.count for note in source.status.counted}


def test_posted_out_of_order_twice_in_bursts_and_with_loss_the_traces_equal_what_was_sent(phone):
    times, samples = motion(12.0)
    messages = session(times, samples)
    rng = np.random.default_rng(1)
    order = np.argsort(np.arange(len(messages)) + rng.uniform(0, 4, len(messages)))
    order = [n for n in order if n != 30]  # never comes
    order[10:10] = [order[3]]  # comes twice
    repair, parts = Repair(), []
    for i, number in enumerate(order):
        assert post(phone, messages[number])[0] == 200
        if i % 7 == 0:  # in between they pile up
            parts += phone.poll(0.0)
    end = time.monotonic() + HOLD_S + 1
    while time.monotonic() < end and sum(len(p.times_s) for p in parts) < 1180:
        parts += phone.poll(0.1)
    got = run(repair, parts)
    there = (times < 5.995) | (times >= 6.195)
    np.testing.assert_array_equal(got.samples, samples[there])
    np.testing.assert_allclose(got.times_s, times[there], atol=1e-9)
    said = counted(phone)
    assert said["missing"] == 1
    assert said["duplicated"] == 1
    assert said["out_of_order"] > 0
    assert phone.info.source_id == "phone"


def test_gravity_is_added_where_the_accelerometer_lacks_it():
    times, samples = motion(1.0)
    gravity = np.tile([0.0, 0.0, 9.80665], (100, 1))
    payload = [
        *readings("accelerometer", times, samples[:, :3] - gravity),
        *readings("gravity", times, gravity),
        *readings("gyroscope", times, samples[:, 3:]),
    ]
    chunk = SixAxes().add(read_message(body(0, payload)), 1.0)
    np.testing.assert_allclose(chunk.samples, samples, atol=1e-6)


def test_a_gyroscope_with_other_times_is_read_between_its_neighbours():
    times, samples = motion(2.0)
    own = times + 0.004
    ramp = np.stack([own, 2 * own, -own], axis=1)
    axes = SixAxes()
    payload = readings("totalacceleration", times, samples[:, :3])
    chunk = axes.add(read_message(body(0, payload + readings("gyroscope", own, ramp))), 2.0)
    at = np.isin(times.round(3), (chunk.times_s + times[1]).round(3))
    np.testing.assert_allclose(chunk.samples[:, 3], times[at], atol=1e-6)
    np.testing.assert_array_equal(chunk.samples[:, :3], samples[at, :3])


@pytest.mark.parametrize("standard", [False, True])
def test_a_watch_gives_g_or_mps2_and_both_are_understood(standard):
    times, samples = motion(1.0)
    fields = [f"{n}{a}" for n in ("acceleration", "gravity", "rotationRate") for a in "XYZ"]
    gravity = np.tile([0.0, 0.0, 9.80665], (100, 1))
    unit = 1.0 if standard else 1 / 9.80665
    values = np.hstack([(samples[:, :3] - gravity) * unit, gravity * unit, samples[:, 3:]])
    payload = readings("wristMotion", times, values, fields)
    chunk = SixAxes().add(read_message(body(0, payload)), 1.0)
    np.testing.assert_allclose(chunk.samples, samples, atol=1e-5)


def test_values_may_stand_in_the_reading_itself():
    payload = [
        {"name": name, "time": EPOCH_NS, "x": 1.0, "y": 2, "z": 3.0}
        for name in ("totalacceleration", "gyroscope")
    ]
    chunk = SixAxes().add(read_message(body(0, payload)), 0.0)
    assert chunk.samples.tolist() == [[1, 2, 3, 1, 2, 3]]


def test_a_sensor_that_is_switched_off_is_said(phone):
    times, samples = motion(5.0)
    for message in session(times, samples, sensors=("totalacceleration",)):
        post(phone, message)
        phone.poll(0.0)
    assert phone.status.state is SourceState.WRONG_FORMAT
    assert "gyroscope" in phone.status.text


@given(st.permutations(range(12)), st.integers(0, 3))
def test_messages_in_any_order_within_the_hold_come_out_by_number(order, first):
    line = MessageOrder()
    out = []
    for i, number in enumerate(order):
        out += line.add(Message(first + number, "s", "d", {}), 0.01 * i)
    if first:  # nobody knows that there are none before
        out += line.due(HOLD_S)
    assert [m.number for m in out] == sorted(first + n for n in range(12))
    assert line.counted["late"] == 0


def test_a_new_session_of_the_phone_begins_anew(phone):
    times, samples = motion(1.0)
    parts = []
    for name in ("s1", "s2"):
        for message in session(times, samples, session=name):
            post(phone, message)
        parts += phone.poll(0.1)
    assert [p.restarted for p in parts].count(True) == 1
    repair = Repair()
    assert len(run(repair, parts)) == 200
    assert repair.counts.clock_jumps == 1


def test_one_device_at_a_time_and_the_hundred_others_are_counted(phone):
    times, samples = motion(0.2)
    for i in range(100):
        for message in session(times, samples, device=f"phone {i}"):
            while post(phone, message)[0] == 429:
                time.sleep(0.05)
        phone.poll(0.0)
    assert counted(phone)["other_device"] >= 99
    assert phone.info.source_id == "phone 0"


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[1,2]", 400),
        (b'{"payload": 3}', 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe\x00", 400),
        (body(0, [None, 3, {"name": "gyroscope"}, {"name": "gyroscope", "time": "now"}]), 200),
        (b'{"payload":[{"name":"gyroscope","time":1e999,"values":{"x":1,"y":1,"z":1}}]}', 200),
        (b'{"payload":[{"name":"gyroscope","time":' + b"9" * 400 + b',"x":1,"y":1,"z":1}]}', 200),
        (b'{"payload":[{"name":"gyroscope","time":5,"x":NaN,"y":1,"z":1}],"messageId":-5}', 200),
    ],
)
def test_nonsense_is_answered_and_counted_and_the_next_message_is_read(phone, content, status):
    assert post(phone, content)[0] == status
    assert phone.poll(0.05) == ()
    assert sum(counted(phone).values()) >= 1
    times, samples = motion(0.2)
    post(phone, session(times, samples)[0])
    assert len(phone.poll(1.0)[0].times_s) == 20


def test_a_wrong_token_is_refused_and_counted(phone):
    assert post(phone, b"{}", token="guess")[0] == 403
    assert phone.poll(0.0) == ()
    assert counted(phone) == {"wrong_token": 1}


def test_each_session_has_its_own_token_and_only_this_computer_can_reach_it():
    one, other = PhoneSource(), PhoneSource()
    assert one.server.token != other.server.token
    assert len(one.server.token) >= 16
    one.open()
    try:
        assert one.status.address.startswith("http://127.0.0.1:")
        assert one.status.address.endswith(one.server.token)
    finally:
        one.close()


def test_a_body_of_50_mb_is_refused_without_reading_it(phone):
    with socket.create_connection(("127.0.0.1", phone.server.port), timeout=5) as sender:
        sender.sendall(
            f"POST /{phone.server.token} HTTP/1.1\r\nContent-Length: 52428800\r\n\r\n".encode()
        )
        assert b" 413 " in sender.recv(1000)
    assert counted(phone) == {"too_large": 1}
    times, samples = motion(0.2)
    assert post(phone, session(times, samples)[0])[0] == 200


def test_a_body_just_within_the_limit_is_read(phone):
    content = body(0, [], filler="x" * (MAX_BODY - 200))
    assert post(phone, content)[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        b"",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: -4\r\n",
        b"Content-Length: many\r\n",
    ],
)
def test_a_body_without_a_length_is_refused(phone, headers):
    with socket.create_connection(("127.0.0.1", phone.server.port), timeout=5) as sender:
        sender.sendall(f"POST /{phone.server.token} HTTP/1.1\r\n".encode() + headers + b"\r\n")
        assert b" 411 " in sender.recv(1000)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD"])
def test_only_post_is_a_push(phone, method):
    connection = http.client.HTTPConnection("127.0.0.1", phone.server.port, timeout=5)
    connection.request(method, f"/{phone.server.token}")
    assert connection.getresponse().status == 405
    connection.close()


def test_senders_that_never_finish_do_not_keep_others_out(monkeypatch):
    monkeypatch.setattr(http_push, "MAX_CONNECTIONS", 3)
    monkeypatch.setattr(http_push._Handler, "timeout", 0.3)
    server = PushServer(lambda content: content)
    server.open()
    slow = []
    head = f"POST /{server.token} HTTP/1.1\r\nContent-Length: 100\r\n\r\nx".encode()
    try:
        for _ in range(5):
            sender = socket.create_connection(("127.0.0.1", server.port), timeout=5)
            sender.sendall(head)
            slow.append(sender)
        end = time.monotonic() + 5
        status = 0
        while status != 200 and time.monotonic() < end:
            try:
                status, _ = post(server, b"hello")
            except (http.client.HTTPException, OSError):
                time.sleep(0.05)
        assert status == 200
        assert server.counted["too_many"] >= 2
        assert server.counted["broken"] >= 1
    finally:
        for sender in slow:
            sender.close()
        server.close()


def test_too_many_requests_are_told_to_slow_down(monkeypatch):
    monkeypatch.setattr(http_push, "MAX_PER_S", 5.0)
    server = PushServer(lambda content: content)
    server.open()
    try:
        answers = [post(server, b"hello")[0] for _ in range(20)]
        assert answers[0] == 200
        assert 429 in answers
    finally:
        server.close()


def test_what_nobody_takes_is_bounded(monkeypatch):
    monkeypatch.setattr(http_push, "MAX_QUEUED_BYTES", 1000)
    server = PushServer(lambda content: content)
    server.open()
    try:
        assert post(server, b"x" * 600)[0] == 200
        assert post(server, b"x" * 600)[0] == 503
        assert len(server.take(0.0)) == 1
        assert post(server, b"x" * 600)[0] == 200
    finally:
        server.close()


def test_an_error_of_the_check_reaches_the_phone():
    def check(content):
        raise Refused(499, "Switch on the gyroscope.", "malformed")

    server = PushServer(check)
    server.open()
    try:
        assert post(server, b"{}") == (499, "Switch on the gyroscope.")
    finally:
        server.close()


def test_closing_leaves_no_thread_and_frees_the_port():
    before = set(threading.enumerate())
    source = PhoneSource()
    source.open()
    port = source.server.port
    source.close()
    source.close()
    assert set(threading.enumerate()) <= before
    again = PhoneSource(port=port)
    again.open()
    again.close()


def test_a_silent_phone_is_silent_and_healthy_again_when_it_returns(phone):
    meter, repair = HealthMeter(), Repair()
    times, samples = motion(1.0)
    for message in session(times, samples):
        post(phone, message)
    for chunk in phone.poll(0.5):
        meter.feed(chunk, repair.push(chunk), repair.counts)
    assert phone.status.state is SourceState.LIVE
    assert meter.read(phone.now_s() + 3.0).chip.value == "Lost"


def test_the_most_readings_of_a_message_are_bounded(monkeypatch):
    monkeypatch.setattr(sensor_logger, "MOST_READINGS", 3)
    with pytest.raises(Refused, match="smaller batches"):
        read_message(body(0, [{}] * 4))
