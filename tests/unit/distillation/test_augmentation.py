from __future__ import annotations

import numpy as np
import pytest
import torch

from comodo_app.distillation.augmentation import augment, random_rotations, rotate, warp_time


def test_rotations_are_proper_and_have_the_asked_spread():
    turns = random_rotations(4000, sd_deg=15.0, generator=torch.Generator().manual_seed(0))
    identity = turns @ turns.transpose(1, 2)
    assert torch.allclose(identity, torch.eye(3).expand_as(identity), atol=1e-5)
    assert torch.allclose(torch.linalg.det(turns), torch.ones(4000), atol=1e-5)
    cos = ((turns.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2).clamp(-1, 1)
    # the angle is |N(0, 15°)|: its root mean square is 15°
    assert float(torch.rad2deg(torch.arccos(cos)).square().mean().sqrt()) == pytest.approx(15, 0.05)


def test_both_sensors_turn_by_the_same_rotation():
    windows = torch.randn(3, 20, 6)
    turns = random_rotations(3, sd_deg=40.0, generator=torch.Generator().manual_seed(1))
    turned = rotate(windows, turns)
    for i in range(3):
        for t in (0, 7, 19):
            for part in (slice(0, 3), slice(3, 6)):
                expected = turns[i] @ windows[i, t, part]
                assert torch.allclose(turned[i, t, part], expected, atol=1e-5)


def test_warping_by_one_changes_nothing_and_by_two_doubles_a_frequency():
    t = torch.arange(200) / 50.0
    windows = torch.sin(2 * torch.pi * 1.5 * t).reshape(1, 200, 1).repeat(2, 1, 6)
    warped = warp_time(windows, torch.tensor([1.0, 2.0]))
    assert torch.allclose(warped[0], windows[0], atol=1e-5)
    peak = np.abs(np.fft.rfft(warped[1, :, 0].numpy()))[1:].argmax() + 1
    assert np.fft.rfftfreq(200, 1 / 50)[peak] == pytest.approx(3.0, abs=0.3)


def test_strength_zero_is_the_identity_and_the_generator_decides():
    windows = torch.randn(4, 50, 6)
    off = {"rotation_deg": 0.0, "time_warp": 0.0, "acc_bias_mps2": 0.0, "gyro_bias_radps": 0.0}
    assert augment(windows, **off, generator=torch.Generator()) is windows
    on = {"rotation_deg": 15.0, "time_warp": 0.1, "acc_bias_mps2": 0.1, "gyro_bias_radps": 0.01}
    one, two, other = (
        augment(windows, **on, generator=torch.Generator().manual_seed(seed)) for seed in (5, 5, 6)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
