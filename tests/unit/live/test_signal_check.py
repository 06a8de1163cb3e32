import numpy as np
import pytest

from comodo_app.live.signal_check import InputReference, SignalCheck, mismatch
from tests.unit.live.packages import activity


def windows_of(n=6):
    return np.stack([activity(k % 2, 5.0, seed=k)[1] for k in range(n)])


def check(change, *, rate_hz=100.0, seconds=10.0):
    times, samples = activity(1, seconds, rate_hz=100.0)
    checker = SignalCheck(InputReference.from_windows(windows_of(), 50.0))
    changed = change(samples.copy())
    for i in range(0, len(times), 20):
        checker.feed(times[i : i + 20], changed[i : i + 20])
    checks = checker.read(rate_hz)
    return {c.what: c for c in checks}, mismatch(checks)


def turned(samples):
    samples[:, :3] = samples[:, [2, 0, 1]]
    return samples


def upside_down(samples):
    samples[:, :3] *= -1
    return samples


def in_g(samples):
    samples[:, :3] /= 9.80665
    return samples


def raw(samples):
    samples[:, :3] *= 1000
    return samples


def in_degrees(samples):
    samples[:, 3:] = np.rad2deg(samples[:, 3:]) * 5
    return samples


def without_gravity(samples):
    samples[:, 2] -= 9.80665
    samples[:, :3] *= 0.2
    return samples


def test_a_sensor_like_the_learned_one_fits():
    checks, differs = check(lambda samples: samples)
    assert all(c.fits for c in checks.values())
    assert differs == ""


@pytest.mark.parametrize(
    ("change", "what", "differs"),
    [
        (turned, "axes", "axes differ"),
        (upside_down, "axes", "axes differ"),
        (in_g, "units", "units differ"),
        (raw, "units", "units differ"),
        (in_degrees, "units", "units differ"),
        (without_gravity, "gravity", "gravity differs"),
    ],
)
def test_what_differs_is_said(change, what, differs):
    checks, said = check(change)
    assert checks[what].fits is False
    assert said == differs


def test_a_rate_below_the_students_is_said_and_changes_no_answer():
    checks, differs = check(lambda samples: samples, rate_hz=25.0)
    assert checks["rate"].fits is False
    assert differs == ""


def test_nothing_is_said_in_the_first_seconds():
    checks, differs = check(in_g, seconds=2.0)
    assert all(c.fits is None for c in checks.values())
    assert differs == ""


def test_no_axes_are_judged_where_gravity_pointed_anywhere():
    windows = windows_of(6)
    windows[::2, :, :3] *= -1
    assert InputReference.from_windows(windows, 50.0).down is None
