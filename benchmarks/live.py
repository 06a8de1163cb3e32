"""Live: how late predictions are, what they cost, and whether memory stays flat.

    python benchmarks/live.py latency PACKAGE [--seconds 60] [--rate 200] [--stride 1]
    python benchmarks/live.py soak PACKAGE [--hours 8] [--rate 200]

``latency`` runs an LSL outlet in another process; a prediction's delay is from the LSL time of the
sample that ended its window to the moment when it was published, on the one LSL clock. CPU is that
of the whole listening process, after its start. ``soak`` replays hours as fast as possible, with a
recording, and looks at the resident memory. Both need the extra ``live``; results are JSON.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from comodo_app.jobs.core import JobContext, run_job
from comodo_app.jobs.live import LiveRequest, LiveUpdate, SourceWish, StudentWish, live
from comodo_app.live.replay import AS_FAST_AS_POSSIBLE, ReplaySource
from comodo_app.recordings.model import ImuTrack, Recording

_OUTLET = Path(__file__).with_name("lsl_outlet.py")


def latency(package: Path, seconds: float, rate_hz: float, stride_s: float) -> dict[str, object]:
    """A real stream of another process."""
    import pylsl

    delays: list[float] = []
    begun: list[tuple[float, float]] = []

    def publish(value: object) -> None:
        if isinstance(value, LiveUpdate):
            now_s = pylsl.local_clock()
            delays.extend(now_s - p.end_s for p in value.predictions)
            if value.predictions and not begun:
                begun.append((time.process_time(), time.monotonic()))

    sender = subprocess.Popen([sys.executable, str(_OUTLET), str(rate_hz), "comodo-bench"])
    try:
        request = LiveRequest(
            SourceWish("lsl:comodo-bench"), StudentWish(package), stride_s, for_s=seconds
        )
        outcome = run_job(live, request, JobContext(lambda progress: None, publish))
        cpu_s, wall_s = time.process_time() - begun[0][0], time.monotonic() - begun[0][1]
    finally:
        sender.kill()
        sender.wait()
    late = 1e3 * np.array(delays)
    return {
        "predictions": len(late),
        "median_ms": round(float(np.median(late)), 1),
        "p95_ms": round(float(np.quantile(late, 0.95)), 1),
        "longest_ms": round(float(late.max()), 1),
        "share_of_one_core": round(cpu_s / wall_s, 3),
        "job_p95_ms": round(1e3 * outcome.result.latency.p95_s, 1),
        "missing": outcome.result.health.counts.missing,
    }


def soak(package: Path, hours: float, rate_hz: float) -> dict[str, object]:
    """Hours of a stream, as fast as this computer can."""
    n = round(hours * 3600 * rate_hz)
    minute = np.random.default_rng(0).normal(0, 1, (round(60 * rate_hz), 6)).astype(np.float32)
    minute[:, 2] += 9.81
    track = ImuTrack(np.arange(n) / rate_hz, np.resize(minute, (n, 6)), rate_hz)
    seen: list[tuple[float, float]] = []

    def publish(value: object) -> None:
        if isinstance(value, LiveUpdate) and len(value.times_s):
            hour = float(value.times_s[-1]) / 3600
            if not seen or hour >= seen[-1][0] + hours / 16:
                seen.append((round(hour, 2), _resident_mb()))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "soak.imulog"
        request = LiveRequest(
            SourceWish("project:1", Path("unused"), AS_FAST_AS_POSSIBLE),
            StudentWish(package),
            record_to=path,
        )
        begun_s = time.monotonic()
        outcome = _run_replay(request, Recording("soak", None, track), publish)
        took_s = time.monotonic() - begun_s
        size = path.stat().st_size
    return {
        "hours": hours,
        "took_s": round(took_s, 1),
        "times_real_time": round(hours * 3600 / took_s),
        "resident_mb": seen,
        "log_mb": round(size / 1e6, 1),
        "predictions": outcome.result.latency.n,
        "longest_ms": round(1e3 * outcome.result.latency.longest_s, 1),
    }


def _run_replay(request: LiveRequest, recording: Recording, publish):  # type: ignore[no-untyped-def]
    """The live job over a recording that is in no project."""
    from comodo_app.jobs.live_session import LiveSession
    from comodo_app.jobs.live_student import student_of

    def job(request: LiveRequest, context: JobContext) -> object:
        source = ReplaySource(recording, speed=AS_FAST_AS_POSSIBLE)
        session = LiveSession(request, source, student_of(request.student, context))
        source.open()
        session.record(request.record_to)
        session.run(context)
        session.end()
        return session.result()

    return run_job(job, request, JobContext(lambda progress: None, publish))


def _resident_mb() -> float:
    """Now, not the peak, where the system says it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmRSS"))
        return round(int(line.split()[1]) / 1e3, 1)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("latency", "soak"))
    parser.add_argument("package", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--stride", type=float, default=1.0)
    parser.add_argument("--hours", type=float, default=8.0)
    wanted = parser.parse_args()
    if wanted.what == "latency":
        found = latency(wanted.package, wanted.seconds, wanted.rate, wanted.stride)
    else:
        found = soak(wanted.package, wanted.hours, wanted.rate)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
