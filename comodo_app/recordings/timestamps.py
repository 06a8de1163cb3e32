"""Repair of sensor clocks: what a logger wrote becomes a track with strictly increasing times.

The samples themselves are never changed. Rows are dropped, put in order, or (runs of equal times
only) spread; each of these is counted in a note.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile
from comodo_app.recordings.clocks import in_order
from comodo_app.recordings.model import CHANNELS, GRAVITY_MPS2, Gap, ImuTrack, Note

GAP_S = 0.1
MIN_DURATION_S = 1.0
LOW_RATE_HZ = 50.0
# The notes of `repair` whose counts are rows that are gone: kept + dropped = read.
DROPPING_CODES = frozenset({"nonfinite_rows", "repeated_rows", "far_rows", "duplicate_rows"})

# The smallest ranges that IMUs are built for are ±2 g and ±250 deg/s; a sensor that stays at one
# value below that is merely still.
_CLIP_FROM = np.array([1.9 * GRAVITY_MPS2] * 3 + [np.deg2rad(240.0)] * 3, dtype=np.float32)
_CLIP_RUN = 3
_LONGEST_S = 1e15
_SAME_S = 1e-9  # closer than this is the same moment


def repair(
    times_s: NDArray[np.float64], samples: NDArray[np.floating], *, where: str = ""
) -> tuple[ImuTrack, tuple[Note, ...]]:
    """Make a track out of rows as they were logged.

    In this order: rows that are not finite are dropped; late rows are sorted in, and where
    the clock jumped back the repeated stretch is cut out; equal times are spread over the interval
    up to the next time if the sample rate says that they are samples of their own, else dropped.
    What is missing is not filled but reported as gaps.

    Parameters
    ----------
    times_s : (T,) float64
        Sensor clock in seconds, as logged. Keep it small (subtract an epoch) for precision.
    samples : (T, 6)
        acc in m/s², gyro in rad/s.
    where : str
        The file, for error messages.

    Returns
    -------
    track : ImuTrack
        Gaps are ``[last time before, first time after)`` of holes over 0.1 s, or over three
        sample periods where the rate is below 30 Hz.
    notes : tuple of Note
        ``kept + counts of the DROPPING_CODES = T``. Rows that needed nothing leave no note and
        pass bit for bit.

    Raises
    ------
    UnreadableFile
        If half of the rows or less, or less than one second, is left.
    """
    times = np.asarray(times_s, dtype=np.float64)
    with np.errstate(over="ignore"):
        values = np.asarray(samples, dtype=np.float32)
    if values.shape != (len(times), len(CHANNELS)):
        raise ValueError(f"{times.shape} times and {values.shape} samples")
    notes: list[Note] = []

    # A time beyond all clocks is as good as none, and would overflow in differences.
    finite = (np.abs(times) < _LONGEST_S) & np.isfinite(values).all(axis=1)
    if not finite.all():
        dropped = len(times) - int(finite.sum())
        text = f"rows dropped because a value is missing or not finite: {dropped} of {len(times)}"
        notes.append(Note("nonfinite_rows", dropped, text))
        times, values = times[finite], values[finite]
    _demand(len(times) >= 2 and 2 * len(times) > len(times_s), where, notes)

    order, clock_notes = in_order(times, gap_s=_gap_limit_s(times), where=where)
    notes.extend(clock_notes)
    if order is not None:
        times, values = times[order], values[order]
    if (np.diff(times) <= _SAME_S).any():
        times, values, found = _separate_equal_times(times, values)
        notes.extend(found)
    enough = len(times) >= 2 and times[-1] - times[0] >= MIN_DURATION_S
    _demand(enough and 2 * len(times) > len(times_s), where, notes)

    steps = np.diff(times)
    holes = steps > _gap_limit_s(times)
    gaps = tuple(
        Gap(float(start), float(end))
        for start, end in zip(times[:-1][holes], times[1:][holes], strict=True)
    )
    measured_s = float(steps[~holes].sum())
    _demand(measured_s > 0, where, notes)
    rate_hz = float((~holes).sum()) / measured_s
    track = ImuTrack(times, values, rate_hz, gaps)
    return track, (*notes, *_quality_notes(track))


def _gap_limit_s(times: NDArray[np.float64]) -> float:
    """Steps longer than this are gaps; times may still be in disorder."""
    steps = np.diff(times)
    forward = steps[steps > 0]
    period_s = float(np.median(forward)) if len(forward) else 0.0
    return max(GAP_S, 3.0 * period_s) if period_s > 1 / 30 else GAP_S


def _demand(enough: bool, where: str, notes: list[Note]) -> None:
    if not enough:
        why = "; ".join(note.text for note in notes)
        raise UnreadableFile(
            f"Too few usable samples are left{f' ({why})' if why else ''}.",
            where=where,
            hint="At least one second in which accelerometer and gyroscope share each row, on a "
            "clock that runs forward, is needed.",
        )


def _separate_equal_times(
    times: NDArray[np.float64], values: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float32], list[Note]]:
    """Make sorted times strictly increasing: drop copies, spread or drop the other equal times."""
    notes: list[Note] = []
    n_before = len(times)
    copies = np.zeros(n_before, dtype=bool)
    copies[1:] = (np.diff(times) == 0) & (np.diff(values, axis=0) == 0).all(axis=1)
    times, values = times[~copies], values[~copies]

    starts = np.flatnonzero(np.diff(times, prepend=-np.inf) > _SAME_S)  # first row of each time
    lengths = np.diff(starts, append=len(times))
    distinct = times[starts]
    n_equal = int((lengths - 1).sum())
    period_s = _sample_period_s(distinct, lengths) if len(distinct) > 1 else None
    if n_equal and period_s is not None:
        times = _spread(distinct, lengths, period_s)
        text = (
            "rows with the time of the row before them (a coarse or batched clock), spread up to"
            f" the next time: {n_equal}"
        )
        notes.append(Note("duplicate_times", n_equal, text))
    # What is still not increasing is a second row for the same moment.
    first = np.concatenate(([True], times[1:] > np.maximum.accumulate(times)[:-1] + _SAME_S))
    times, values = times[first], values[first]
    dropped = n_before - len(times)
    if dropped:
        text = f"rows dropped because another row has the same time: {dropped}"
        notes.append(Note("duplicate_rows", dropped, text))
    return times, values, notes


def _sample_period_s(distinct: NDArray[np.float64], lengths: NDArray[np.int64]) -> float | None:
    """Sample period if equal times are samples of their own, None if they are surplus.

    The span outside gaps holds as many periods as there are samples. If the count with the equal
    times fits better than the count without them, they are samples. The period comes from the
    usual step and the usual number of rows per step, so a clock in whole seconds works, too.
    """
    steps = np.diff(distinct)
    usual_step_s, usual_length = float(np.median(steps)), float(np.median(lengths))
    holes = steps > max(GAP_S, 3.0 * usual_step_s)
    period_s = usual_step_s / usual_length
    expected = float(steps[~holes].sum()) / period_s
    n_distinct = int((~holes).sum())
    n_all = int(lengths[:-1][~holes].sum())
    if abs(n_all - expected) > abs(n_distinct - expected):
        return None
    return float(steps[~holes].sum()) / n_all


def _spread(
    distinct: NDArray[np.float64], lengths: NDArray[np.int64], period_s: float
) -> NDArray[np.float64]:
    """Spread each run of equal times over its interval, at most `period_s` apart."""
    room_s = np.append(np.diff(distinct), np.inf)
    step_s = np.minimum(room_s / lengths, period_s)
    place = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    base = distinct.copy()
    # The first run may have begun before the log did: it ends where the next time begins.
    base[0] = max(base[0], base[0] + room_s[0] - lengths[0] * period_s)
    if base[0] > distinct[0]:
        step_s[0] = period_s
    return np.asarray(np.repeat(base, lengths) + place * np.repeat(step_s, lengths))


def _quality_notes(track: ImuTrack) -> list[Note]:
    """What is odd about the samples; nothing is changed."""
    notes: list[Note] = []
    if track.gaps:
        lost_s = sum(gap.end_s - gap.start_s for gap in track.gaps)
        text = f"gaps: {len(track.gaps)}, together {lost_s:.1f} s of {track.duration_s:.1f} s"
        notes.append(Note("gaps", len(track.gaps), text))
    if track.sample_rate_hz < LOW_RATE_HZ:
        text = f"only {track.sample_rate_hz:.1f} Hz; 100 to 200 Hz tell activities apart better"
        notes.append(Note("low_rate", len(track.times_s), text))
    constant = np.ptp(track.samples, axis=0) == 0
    if constant.any():
        names = ", ".join(name for name, still in zip(CHANNELS, constant, strict=True) if still)
        notes.append(Note("constant_channel", int(constant.sum()), f"{names} never changes"))
    clipped = _n_clipped(track.samples) * ~constant
    if clipped.any():
        names = ", ".join(name for name, n in zip(CHANNELS, clipped, strict=True) if n)
        text = f"samples at the end of the sensor's range ({names}): {int(clipped.sum())}"
        notes.append(Note("clipped", int(clipped.sum()), text))
    return notes


def _n_clipped(samples: NDArray[np.float32]) -> NDArray[np.int64]:
    """Samples per channel in runs of three or more at the channel's own extreme, (6,)."""
    counts = np.zeros(samples.shape[1], dtype=np.int64)
    for extreme in (samples.min(axis=0), samples.max(axis=0)):
        at_end = (samples == extreme) & (np.abs(extreme) >= _CLIP_FROM)
        for channel in np.flatnonzero(at_end.any(axis=0)):
            edges = np.diff(np.pad(at_end[:, channel].astype(np.int8), 1))
            lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
            counts[channel] += int(lengths[lengths >= _CLIP_RUN].sum())
    return counts
