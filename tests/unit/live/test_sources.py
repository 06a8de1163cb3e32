import json

import pytest

from comodo_app.errors import UsageError
from comodo_app.live.lines import LineSource
from comodo_app.live.lsl import LslSource
from comodo_app.live.phone import PhoneSource
from comodo_app.live.replay import ReplaySource
from comodo_app.live.sources import SourceWish, make_source
from tests.unit.live.signals import motion
from tests.unit.recordings.imu_files import write_table


@pytest.mark.parametrize(
    ("address", "made", "name"),
    [
        ("lsl:head", LslSource, ""),
        ("lsl", LslSource, ""),
        ("phone:0", PhoneSource, "http://127.0.0.1:0/"),
        ("http:0/secret", PhoneSource, "http://127.0.0.1:0/secret"),
        ("udp:9999", LineSource, "udp:127.0.0.1:9999"),
        ("tcp:9999", LineSource, "tcp:127.0.0.1:9999"),
        ("tcp-listen:localhost:9999", LineSource, "tcp:localhost:9999"),
        ("tcp:sensor.local:9999", LineSource, "tcp:sensor.local:9999"),
        ("serial:/dev/ttyUSB0@9600", LineSource, "serial:/dev/ttyUSB0"),
        ("serial:COM3", LineSource, "serial:COM3"),
    ],
)
def test_an_address_makes_its_source(address, made, name):
    source = make_source(SourceWish(address))
    assert isinstance(source, made)
    assert source.status.address.startswith(name)


def test_a_file_is_replayed(tmp_path):
    table = write_table(tmp_path / "walk.csv", samples=motion(4.0)[1].astype(float))
    source = make_source(SourceWish(f"replay:{table}", speed=2.0))
    assert isinstance(source, ReplaySource)
    assert source.info.name == "walk"


@pytest.mark.parametrize(
    "address",
    ["", "gopro:1", "replay:", "udp:", "udp:many", "udp:70000", "serial:COM3@fast", "project:x",
     "tcp:host:", "phone:99999"],
)  # fmt: skip
def test_what_is_no_source_is_said(address):
    with pytest.raises(UsageError):
        make_source(SourceWish(address))


@pytest.mark.parametrize(
    "address", ["udp:0.0.0.0:9999", "phone:192.168.1.5:8765", "tcp-listen:::9"]
)
def test_others_may_send_only_if_the_user_allows_it(address):
    with pytest.raises(UsageError, match="other devices"):
        SourceWish(address).check()
    assert SourceWish(address, allow_network=True).check()


def test_allowed_it_listens_on_all_addresses_and_gives_one_that_others_can_reach():
    source = make_source(SourceWish("phone:0", allow_network=True))
    assert "0.0.0.0" not in source.status.address
    assert json.dumps(source.status.address)
