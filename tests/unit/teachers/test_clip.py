"""Frames are made as each model's own processor makes them; what cannot be honoured is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil
from transformers.models.videomae.image_processing_pil_videomae import VideoMAEImageProcessorPil

from comodo_app.errors import UnreadableFile
from comodo_app.teachers.clip import ClipSpec, preprocess_frame, resized_shape
from comodo_app.teachers.processor_config import read_clip_spec
from tests.unit.teachers import checkpoints

PROCESSORS = {
    "videomae": (VideoMAEImageProcessorPil, checkpoints.VIDEOMAE_PROCESSOR, 32),
    "timesformer": (VideoMAEImageProcessorPil, checkpoints.TIMESFORMER_PROCESSOR, 32),
    "siglip2": (SiglipImageProcessorPil, checkpoints.SIGLIP2_PROCESSOR, 32),
}


def picture(height_px: int, width_px: int, seed: int = 0) -> NDArray[np.uint8]:
    """Noise over gradients: every level, and detail at every scale."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height_px, 0:width_px]
    smooth = np.stack([x * 255 / width_px, y * 255 / height_px, (x + y) % 256], axis=-1)
    noise = rng.integers(0, 256, size=smooth.shape)
    return np.where(rng.random(smooth.shape) < 0.3, noise, smooth).astype(np.uint8)


def written(folder: Path, values: dict[str, Any], name: str = "preprocessor_config.json") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(values))
    return folder


def spec_of(folder: Path, side: int = 32, n_frames: int = 4) -> ClipSpec:
    return read_clip_spec(folder, n_frames=n_frames, height_px=side, width_px=side)


def their_frame(kind: Any, folder: Path, image: NDArray[np.uint8]) -> NDArray[np.float32]:
    made = kind.from_pretrained(folder)([image], return_tensors="np")["pixel_values"]
    frame: NDArray[np.float32] = np.asarray(made).reshape(-1, *np.asarray(made).shape[-3:])[0]
    return frame


@pytest.mark.parametrize("name", sorted(PROCESSORS))
@settings(max_examples=25)
@given(height=st.integers(33, 300), width=st.integers(33, 300))
def test_frames_are_exactly_those_of_the_models_own_processor(
    name, tmp_path_factory, height, width
):
    kind, values, side = PROCESSORS[name]
    folder = written(tmp_path_factory.mktemp("processor"), values)
    image = picture(height, width, seed=height)
    ours = preprocess_frame(image, spec_of(folder, side))
    np.testing.assert_array_equal(ours, their_frame(kind, folder, image))


@pytest.mark.parametrize("shape", [(480, 848), (1080, 1920), (848, 480), (224, 224), (240, 224)])
def test_published_sizes_are_exactly_those_of_the_models_own_processor(tmp_path, shape):
    size = {"height": 224, "width": 224}
    image = picture(*shape)
    values = {**checkpoints.VIDEOMAE_PROCESSOR, "crop_size": size, "size": {"shortest_edge": 224}}
    folder = written(tmp_path / "videomae", values)
    np.testing.assert_array_equal(
        preprocess_frame(image, spec_of(folder, 224)),
        their_frame(VideoMAEImageProcessorPil, folder, image),
    )
    folder = written(tmp_path / "siglip", {**checkpoints.SIGLIP2_PROCESSOR, "size": size})
    np.testing.assert_array_equal(
        preprocess_frame(image, spec_of(folder, 224)),
        their_frame(SiglipImageProcessorPil, folder, image),
    )


@pytest.mark.parametrize(
    "values",
    [
        {"image_processor_type": "VideoMAEImageProcessor"},
        {"image_processor_type": "VideoMAEImageProcessor", "do_normalize": False},
        {"image_processor_type": "VideoMAEImageProcessor", "do_rescale": False},
        {"image_processor_type": "VideoMAEImageProcessor", "resample": 3},
        {"image_processor_type": "SiglipImageProcessor"},
        {"image_processor_type": "SiglipImageProcessor", "rescale_factor": 0.01},
    ],
)
def test_what_a_file_leaves_out_is_the_classs_default(tmp_path, values):
    folder = written(tmp_path, values)
    kind = SiglipImageProcessorPil if "Siglip" in str(values) else VideoMAEImageProcessorPil
    image = picture(240, 320)
    np.testing.assert_array_equal(
        preprocess_frame(image, spec_of(folder, 224)), their_frame(kind, folder, image)
    )


@pytest.mark.parametrize(
    ("values", "side", "resized"),
    [
        (checkpoints.VJEPA2_PROCESSOR, 32, (36, 48)),
        (checkpoints.VIDEOPRISM_PROCESSOR, 36, (36, 36)),
    ],
)
def test_video_processors_resize_levels_as_tensors_and_fold_the_scale(
    tmp_path, values, side, resized
):
    spec = spec_of(written(tmp_path, values, "video_preprocessor_config.json"), side)
    assert spec.engine == "tensor"
    image = picture(120, 160)
    assert resized_shape(120, 160, spec) == resized
    # As written in the library: resize, crop, then one normalisation with the scale folded in.
    small = torch.nn.functional.interpolate(
        torch.from_numpy(image).permute(2, 0, 1).contiguous()[None],
        size=resized,
        mode=spec.resample,
        align_corners=False,
        antialias=True,
    )[0]
    top, left = int((resized[0] - side) / 2.0), int((resized[1] - side) / 2.0)
    small = small[:, top : top + side, left : left + side]
    if values["do_normalize"]:
        factor = 1.0 / values["rescale_factor"]
        mean, std = (torch.tensor(values[k]) * factor for k in ("image_mean", "image_std"))
        expected = small.float().sub(mean[:, None, None]).div(std[:, None, None])
    else:
        expected = small * values["rescale_factor"]
    np.testing.assert_array_equal(preprocess_frame(image, spec), expected.numpy())


def test_vjepa2s_size_follows_from_its_crop_whatever_the_file_says(tmp_path):
    size = {"height": 256, "width": 256}
    values = {**checkpoints.VJEPA2_PROCESSOR, "crop_size": size, "size": {"shortest_edge": 300}}
    spec = spec_of(written(tmp_path, values), 256)
    assert (spec.shortest_px, spec.height_px) == (292, 256)


def test_videoprisms_own_processor_squashes_to_288_and_does_not_normalise(tmp_path):
    inner = {**checkpoints.VIDEOPRISM_PROCESSOR, "do_normalize": True}
    values = {"processor_class": "VideoPrismProcessor", "video_processor": inner}
    spec = spec_of(written(tmp_path, values, "processor_config.json"), 288)
    assert (spec.resize, spec.height_px, spec.mean, spec.std) == (
        "exact", 288, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0),
    )  # fmt: skip


def test_the_video_processors_file_goes_before_the_image_processors(tmp_path):
    written(tmp_path, checkpoints.VIDEOMAE_PROCESSOR)
    written(tmp_path, checkpoints.VJEPA2_PROCESSOR, "video_preprocessor_config.json")
    assert spec_of(tmp_path).engine == "tensor"


def test_read_only_pictures_are_fine_and_stay_as_they_are(tmp_path):
    image = picture(60, 80)
    image.flags.writeable = False
    before = image.copy()
    for values in (checkpoints.VIDEOMAE_PROCESSOR, checkpoints.VJEPA2_PROCESSOR):
        preprocess_frame(image, spec_of(written(tmp_path, values)))
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"do_resize": False}, "do_resize is off"),
        ({"do_resize": "yes"}, "do_resize is 'yes'"),
        ({"resample": 1}, "resample is 1"),
        ({"do_center_crop": False}, "not cut"),
        ({"size": {"longest_edge": 224}}, "longest_edge"),
        ({"size": {"height": 40, "width": 40}}, "squashes to"),
        ({"size": {"shortest_edge": 16}}, "with crop"),
        ({"image_std": [0.2, 0.2, 0.0]}, "std"),
        ({"image_mean": [0.5, 0.5]}, "image_mean is"),
        ({"rescale_factor": "1/255"}, "rescale_factor is"),
        ({"do_pad": True}, "do_pad is True"),
        ({"crop_pct": 0.9}, "crop_pct is 0.9"),
        ({"crop_size": {"height": 32}}, "crop_size is"),
        ({"image_processor_type": "OtherImageProcessor", "feature_extractor_type": None}, "Other"),
    ],
)
def test_what_cannot_be_honoured_is_refused_and_named(tmp_path, change, said):
    folder = written(tmp_path, {**checkpoints.VIDEOMAE_PROCESSOR, **change})
    with pytest.raises(UnreadableFile, match=r"cannot be prepared") as caught:
        spec_of(folder)
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["{", "[1, 2]", "\x00"])
def test_a_damaged_file_is_refused(tmp_path, text):
    (tmp_path / "preprocessor_config.json").write_text(text)
    with pytest.raises(UnreadableFile, match=r"preprocessor_config\.json"):
        spec_of(tmp_path)


def test_a_folder_that_does_not_say_how_frames_are_made_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"no preprocessor_config\.json"):
        spec_of(tmp_path)


def test_a_name_tells_apart_whatever_changes_a_frame(tmp_path):
    spec = spec_of(written(tmp_path, checkpoints.VIDEOMAE_PROCESSOR))
    others = [
        {"n_frames": 8}, {"height_px": 16}, {"shortest_px": 40}, {"resample": "bicubic"},
        {"engine": "tensor"}, {"scale": 1.0}, {"mean": [0.5, 0.5, 0.5]}, {"std": [1, 1, 1]},
        {"resize": "exact", "shortest_px": 0},
    ]  # fmt: skip
    specs = [spec, *(ClipSpec.from_json({**spec.to_json(), **other}) for other in others)]
    assert len({each.name() for each in specs}) == len(specs)
    assert ClipSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


def test_impossible_clips_cannot_be_described(tmp_path):
    values = spec_of(written(tmp_path, checkpoints.VIDEOMAE_PROCESSOR)).to_json()
    for change in ({"n_frames": 0}, {"resize": "pad"}, {"shortest_px": 8}, {"std": [0, 1, 1]},
                   {"mean": 3}, {"surprise": 1}):  # fmt: skip
        with pytest.raises(ValueError, match="clip"):
            ClipSpec.from_json({**values, **change})
