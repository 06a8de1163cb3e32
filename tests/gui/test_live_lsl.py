"""An LSL outlet of another process drives the page, is killed, and comes back."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from comodo_app.session.session import Session
from tests.gui.hands import click_at
from tests.gui.live_parts import shown_page
from tests.unit.live.packages import write_package

pytest.importorskip("pylsl", reason="pylsl is not installed: pip install comodo-app[live]")

SENDER = Path(__file__).parents[1] / "unit" / "live" / "lsl_sender.py"


@contextmanager
def outlet(name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that sends; killed at the end."""
    command = [sys.executable, str(SENDER), name, name, "100", "g"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_stream_is_found_chosen_killed_in_the_middle_and_goes_on_when_it_returns(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    name = f"head {uuid.uuid4().hex[:8]}"
    session.live.students.add_package(write_package(tmp_path / "small"))
    page = shown_page(session, qtbot)
    heard = lambda: session.live.heard  # noqa: E731
    with outlet(name):
        click_at(page.source.scan)
        qtbot.waitUntil(lambda: f"lsl:{name}" in page.source.rows, timeout=15_000)
        click_at(page.source.rows[f"lsl:{name}"])
        click_at(page.header.toggle)
        qtbot.waitUntil(lambda: heard().newest_s is not None, timeout=15_000)
        qtbot.waitUntil(lambda: bool(heard().said.spans), timeout=15_000)
        assert page.source.rows[f"lsl:{name}"].chip == ("Live", "ok")
        _, samples = heard().ring.rows(0)
        assert np.abs(samples[:, 2] - 9.80665).max() < 1e-3  # sent in g
    killed_s = time.monotonic()
    qtbot.waitUntil(lambda: session.live.lost, timeout=5_000)
    assert time.monotonic() - killed_s < 1.5  # the kill itself takes a moment
    assert page.source.rows[f"lsl:{name}"].chip == ("Silent", "warn")
    n_before = heard().ring.n_seen
    with outlet(name):
        qtbot.waitUntil(lambda: heard().ring.n_seen > n_before + 100, timeout=20_000)
        assert not session.live.lost
        assert session.live.running
        session.live.stop()
    delays_s = heard().shown_after_s
    assert len(delays_s) > 0
    assert max(delays_s) < 1.0
