"""A process that records until it is killed: python recording_process.py FILE."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from comodo_app.live.recorder import Recorder
from tests.unit.live.signals import motion


def main() -> None:
    recorder = Recorder(Path(sys.argv[1]), {"stream": {"name": "head"}})
    times, samples = motion(60.0, rate_hz=200.0)
    start, sent = time.monotonic(), 0
    while True:
        now_s = time.monotonic() - start
        due = min(len(times), int(now_s * 200))
        recorder.add(times[sent:due], samples[sent:due])
        recorder.tick()
        sent = due
        print(f"{now_s:.3f}", flush=True)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
