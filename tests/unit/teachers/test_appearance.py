from __future__ import annotations

import cv2
import numpy as np
import pytest

from comodo_app.teachers.appearance import N_ORIENTATIONS, SIZE, look


def _cells(features: np.ndarray) -> np.ndarray:
    return features.reshape(9, SIZE // 9)


def test_colours_and_contrast_are_the_cells_own_loop():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (36, 48, 3), dtype=np.uint8)
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB).astype(float)
    cells = _cells(look(image).features)
    for row in range(3):
        for column in range(3):
            part = lab[row * 12 : (row + 1) * 12, column * 16 : (column + 1) * 16]
            mean = part.reshape(-1, 3).mean(axis=0)
            cell = cells[row * 3 + column]
            np.testing.assert_allclose(cell[:3] * 255, mean - [0, 128, 128], atol=1e-3)
            assert cell[3] * 255 == pytest.approx(part[..., 0].std(), rel=1e-4)


@pytest.mark.parametrize("orientation", range(N_ORIENTATIONS))
def test_stripes_fall_into_their_orientation(orientation):
    angle = (orientation + 0.5) * np.pi / N_ORIENTATIONS
    y, x = np.mgrid[:60, :60]
    wave = 128 + 100 * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 0.6)
    image = np.repeat(wave[..., None], 3, axis=2).astype(np.uint8)
    shares = _cells(look(image).features)[4, 4 : 4 + N_ORIENTATIONS]
    assert shares.argmax() == orientation
    assert shares[orientation] > 0.7


@pytest.mark.parametrize("level", [0, 255])
def test_flat_frames_are_finite(level):
    seen = look(np.full((90, 120, 3), level, np.uint8))
    assert np.isfinite(seen.features).all()
    assert seen.texture.max() == 0.0


def test_frames_smaller_than_the_grid_are_finite():
    assert np.isfinite(look(np.zeros((2, 2, 3), np.uint8)).features).all()
