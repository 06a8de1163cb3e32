"""Every architecture: a checkpoint of the library's own class, loaded by us, gives its numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.teachers.architectures import ARCHITECTURES, read_outline
from comodo_app.teachers.video_model import VideoModel, load_video_model
from tests.unit.teachers import checkpoints
from tests.unit.teachers.checkpoints import rewrite_json, rewrite_weights

CLOSE = {"rtol": 0.0, "atol": 1e-5}


def clips_for(model: VideoModel, n: int = 2) -> NDArray[np.float32]:
    clip = model.clip
    shape = (n, clip.n_frames, 3, clip.height_px, clip.width_px)
    return np.random.default_rng(3).normal(size=shape).astype(np.float32)


def embedded(model: VideoModel, clips: NDArray[np.float32]) -> NDArray[np.float32]:
    with torch.inference_mode():
        rows: NDArray[np.float32] = model.module(torch.from_numpy(clips)).numpy()
    return rows


def theirs(compute: Callable[[torch.Tensor], torch.Tensor], clips: NDArray[np.float32]) -> Any:
    with torch.inference_mode():
        return compute(torch.from_numpy(clips)).numpy()


@pytest.fixture(params=["as published", "with today's names"])
def videomae(request, tmp_path):
    published = request.param == "as published"
    make = checkpoints.videomae if published else checkpoints.renamed_videomae
    return make(tmp_path), load_video_model(tmp_path)


def test_videomae_is_the_classifiers_normed_mean(videomae):
    library, model = videomae
    clips = clips_for(model)

    def vector(x):
        return library.fc_norm(library.videomae(pixel_values=x).last_hidden_state.mean(1))

    np.testing.assert_allclose(embedded(model, clips), theirs(vector, clips), **CLOSE)
    assert (model.dim, model.clip.n_frames, model.architecture) == (32, 4, "videomae")


def test_videomaes_labels_and_their_scores_are_the_librarys(videomae):
    library, model = videomae
    clips = clips_for(model)
    expected = theirs(lambda x: library(pixel_values=x).logits.softmax(-1), clips)
    np.testing.assert_allclose(model.label_scores(clips), expected, **CLOSE)
    assert model.labels == ("juggling balls", "washing dishes", "tying knots")


def test_videomae_without_mean_pooling_is_the_mean_of_normed_tokens(tmp_path):
    library = checkpoints.videomae(tmp_path, use_mean_pooling=False)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    expected = theirs(lambda x: library.videomae(pixel_values=x).last_hidden_state.mean(1), clips)
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)


def test_a_bare_videomae_is_the_mean_of_its_tokens(tmp_path):
    library = checkpoints.videomae(tmp_path, bare=True)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    expected = theirs(lambda x: library(pixel_values=x).last_hidden_state.mean(1), clips)
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)
    with pytest.raises(UsageError, match="no labels"):
        model.label_scores(clips)


def test_the_decoder_of_a_pretraining_checkpoint_is_left_out(tmp_path):
    from transformers import VideoMAEConfig, VideoMAEForPreTraining

    config = VideoMAEConfig(
        **checkpoints.SMALL, image_size=32, patch_size=16, num_frames=4, use_mean_pooling=False,
        decoder_hidden_size=32, decoder_num_attention_heads=2, decoder_num_hidden_layers=1,
        decoder_intermediate_size=32,
    )  # fmt: skip
    library = checkpoints.save(
        VideoMAEForPreTraining(config), tmp_path, checkpoints.VIDEOMAE_PROCESSOR
    )
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    expected = theirs(lambda x: library.videomae(pixel_values=x).last_hidden_state.mean(1), clips)
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)


@pytest.mark.parametrize("bare", [False, True])
@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_timesformer_is_the_mean_of_normed_tokens_or_the_class_token(tmp_path, bare, pooling):
    library = checkpoints.timesformer(tmp_path, bare=bare)
    model = load_video_model(tmp_path, options={"pooling": pooling})
    clips = clips_for(model)
    encoder = library if bare else library.timesformer
    tokens = theirs(lambda x: encoder(pixel_values=x).last_hidden_state, clips)
    assert tokens.shape[1] == 1 + 4 * 4
    expected = tokens.mean(1) if pooling == "mean" else tokens[:, 0]
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)
    if not bare:
        scores = theirs(lambda x: library(pixel_values=x).logits.softmax(-1), clips)
        np.testing.assert_allclose(model.label_scores(clips), scores, **CLOSE)


def test_vjepa2_is_the_mean_of_the_encoders_tokens_and_has_no_predictor(tmp_path):
    library = checkpoints.vjepa2(tmp_path)
    model = load_video_model(tmp_path, options={"n_frames": 4})
    clips = clips_for(model)
    assert clips.shape[1] == 4

    def vector(x):
        out = library(pixel_values_videos=x, skip_predictor=True)
        return out.last_hidden_state.mean(1)

    np.testing.assert_allclose(embedded(model, clips), theirs(vector, clips), **CLOSE)
    assert not any("predictor" in name for name, _ in model.module.named_parameters())


def test_vjepa2_sees_as_many_frames_as_it_was_trained_on_unless_told(tmp_path):
    checkpoints.vjepa2(tmp_path)
    assert read_outline(tmp_path)[0].n_frames == 8
    with pytest.raises(UsageError, match="multiple of 2"):
        read_outline(tmp_path, options={"n_frames": 5})


def test_a_vjepa2_classifier_keeps_its_labels(tmp_path):
    library = checkpoints.vjepa2(tmp_path, classifier=True)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    scores = theirs(lambda x: library(pixel_values_videos=x).logits.softmax(-1), clips)
    np.testing.assert_allclose(model.label_scores(clips), scores, **CLOSE)

    def vector(x):
        return library.vjepa2(pixel_values_videos=x, skip_predictor=True).last_hidden_state.mean(1)

    np.testing.assert_allclose(embedded(model, clips), theirs(vector, clips), **CLOSE)


def test_videoprism_lvt_is_the_global_vector(tmp_path):
    library = checkpoints.videoprism(tmp_path)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    expected = theirs(lambda x: library.get_video_features(x).pooler_output, clips).reshape(2, -1)
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)
    np.testing.assert_allclose(np.linalg.norm(expected, axis=1), 1.0, atol=1e-4)


def test_videoprism_reads_text_into_the_same_space(tmp_path):
    from transformers import AutoTokenizer

    library = checkpoints.videoprism(tmp_path)
    model = load_video_model(tmp_path)
    texts = ["a person washing dishes", "Tying knots"]
    inputs = AutoTokenizer.from_pretrained(tmp_path)(
        texts, padding="max_length", max_length=8, return_tensors="pt"
    )
    with torch.inference_mode():
        expected = library.get_text_features(
            input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]
        ).pooler_output.numpy()
    assert model.reads_text
    np.testing.assert_allclose(model.embed_texts(texts), expected, **CLOSE)
    assert model.embed_texts([]).shape == (0, 32)


@pytest.mark.parametrize("kind", ["vision", "classifier"])
def test_videoprism_without_text_is_the_mean_of_its_tokens(tmp_path, kind):
    library = checkpoints.videoprism(tmp_path, kind)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    encoder = library if kind == "vision" else library.vision_model
    expected = theirs(lambda x: encoder(pixel_values_videos=x).last_hidden_state.mean(1), clips)
    np.testing.assert_allclose(embedded(model, clips), expected, **CLOSE)
    if kind == "classifier":
        scores = theirs(lambda x: library(pixel_values_videos=x).logits.softmax(-1), clips)
        np.testing.assert_allclose(model.label_scores(clips), scores, **CLOSE)
    else:
        with pytest.raises(UsageError, match="text"):
            model.embed_texts(["a"])


@pytest.mark.parametrize("vision_only", [False, True])
def test_siglip2_is_the_mean_of_its_frames(tmp_path, vision_only):
    library = checkpoints.siglip2(tmp_path, vision_only=vision_only)
    model = load_video_model(tmp_path, options={"n_frames": 3})
    clips = clips_for(model)

    def vector(x):
        frames = [
            library(pixel_values=x[:, i]) if vision_only else library.get_image_features(x[:, i])
            for i in range(3)
        ]
        return torch.stack([frame.pooler_output for frame in frames]).mean(0)

    np.testing.assert_allclose(embedded(model, clips), theirs(vector, clips), **CLOSE)
    assert model.reads_text is not vision_only


def test_siglip2_reads_text_in_lower_case(tmp_path):
    from transformers import AutoTokenizer

    library = checkpoints.siglip2(tmp_path)
    model = load_video_model(tmp_path)
    inputs = AutoTokenizer.from_pretrained(tmp_path)(
        ["tying knots"], padding="max_length", max_length=8, return_tensors="pt"
    )
    with torch.inference_mode():
        pooled = library.get_text_features(input_ids=inputs["input_ids"]).pooler_output
        expected = torch.nn.functional.normalize(pooled, dim=-1).numpy()
    np.testing.assert_allclose(model.embed_texts(["Tying KNOTS"]), expected, **CLOSE)


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (checkpoints.videomae, {}),
        (checkpoints.timesformer, {"pooling": "cls"}),
        (checkpoints.vjepa2, {"n_frames": 4}),
        (checkpoints.videoprism, {}),
        (checkpoints.siglip2, {"n_frames": 3}),
    ],
)
def test_every_architecture_is_the_same_as_a_graph(tmp_path, make, options):
    from comodo_app.teachers.onnx_backend import OnnxBackend
    from comodo_app.teachers.onnx_export import export_onnx, quantise

    make(tmp_path)
    model = load_video_model(tmp_path, options=options)
    assert model.exportable
    full, small = tmp_path / "full.onnx", tmp_path / "small.onnx"
    export_onnx(model, full)
    quantise(full, small)
    clips = clips_for(model, 3)
    rows = embedded(model, clips)
    np.testing.assert_allclose(OnnxBackend(full).embed(clips), rows, **CLOSE)
    eight_bits = OnnxBackend(small, "int8").embed(clips)
    lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(eight_bits, axis=1)
    assert ((rows * eight_bits).sum(1) / lengths).min() > 0.99


def test_half_precision_files_are_computed_in_full_precision(tmp_path):
    checkpoints.videomae(tmp_path)
    before = load_video_model(tmp_path)
    rewrite_weights(tmp_path, lambda s: s.update({k: v.half() for k, v in s.items()}))
    model = load_video_model(tmp_path)
    assert {p.dtype for p in model.module.parameters()} == {torch.float32}
    clips = clips_for(model)
    np.testing.assert_allclose(embedded(model, clips), embedded(before, clips), atol=0.02)


def test_loading_leaves_the_random_numbers_of_others_alone(tmp_path):
    checkpoints.videomae(tmp_path)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_video_model(tmp_path)
    assert torch.equal(torch.rand(3), expected)


def test_a_missing_an_unknown_and_a_misshapen_tensor_are_named(tmp_path):
    checkpoints.videomae(tmp_path)

    def spoil(state):
        del state["videomae.encoder.layer.1.layernorm_after.weight"]
        state["videomae.surprise"] = torch.zeros(2)
        state["fc_norm.weight"] = torch.ones(31)

    rewrite_weights(tmp_path, spoil)
    with pytest.raises(UnreadableFile) as caught:
        load_video_model(tmp_path)
    said = str(caught.value)
    assert "1 tensors are missing: videomae.encoder.layer.1.layernorm_after.weight" in said
    assert "1 tensors are not known: videomae.surprise" in said
    assert "fc_norm.weight is 31 instead of 32" in said


@pytest.mark.parametrize("make", [checkpoints.vjepa2, checkpoints.siglip2, checkpoints.videoprism])
def test_what_is_left_out_knowingly_hides_no_unknown_tensor(tmp_path, make):
    make(tmp_path)
    rewrite_weights(tmp_path, lambda state: state.update({"encoder.surprise": torch.zeros(2)}))
    with pytest.raises(UnreadableFile, match=r"not known: .*surprise"):
        load_video_model(tmp_path)


def test_without_its_norm_a_classifier_is_refused(tmp_path):
    checkpoints.videomae(tmp_path)
    rewrite_weights(tmp_path, lambda state: state.pop("fc_norm.weight"))
    with pytest.raises(UnreadableFile, match=r"missing: fc_norm\.weight"):
        load_video_model(tmp_path)


def test_a_folder_without_configuration_is_no_model(tmp_path):
    checkpoints.videomae(tmp_path)
    (tmp_path / "config.json").unlink()
    with pytest.raises(UnreadableFile, match=r"no config\.json"):
        load_video_model(tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("num_attention_heads", 7, "No network can be built"),
        ("hidden_act", "own", "No network can be built"),
        ("tubelet_size", 0, "No network can be built"),
        ("layer_norm_eps", "small", "does not fit the model"),
        ("num_frames", "many", "num_frames is 'many'"),
        ("image_size", 0, "image_size is 0"),
    ],
)
def test_a_configuration_with_impossible_values_is_refused(tmp_path, name, value, said):
    checkpoints.videomae(tmp_path)
    rewrite_json(tmp_path / "config.json", **{name: value})
    with pytest.raises(UnreadableFile, match=rf"config\.json: .*{said}"):
        load_video_model(tmp_path)


def test_labels_that_do_not_name_every_output_are_refused(tmp_path):
    checkpoints.videomae(tmp_path)
    rewrite_json(tmp_path / "config.json", id2label={"0": "a", "1": "b", "5": "c"})
    with pytest.raises(UnreadableFile, match="id2label"):
        load_video_model(tmp_path)


def test_an_unknown_model_type_is_refused_and_the_known_ones_named(tmp_path):
    checkpoints.videomae(tmp_path)
    rewrite_json(tmp_path / "config.json", model_type="vivit")
    with pytest.raises(UnreadableFile, match=r"'vivit'.*Known: .*timesformer, videomae"):
        load_video_model(tmp_path)


def test_a_model_that_needs_its_own_code_is_refused_and_the_code_never_run(tmp_path):
    checkpoints.videomae(tmp_path)
    trap = tmp_path / "trap"
    (tmp_path / "modeling_own.py").write_text(f"open({str(trap)!r}, 'w').close()\n")
    own = {"AutoModel": "modeling_own.Own", "AutoConfig": "modeling_own.OwnConfig"}
    rewrite_json(tmp_path / "config.json", model_type="own", auto_map=own)
    with pytest.raises(UnreadableFile, match="code in its folder, which is never run"):
        load_video_model(tmp_path)
    assert not trap.exists()


def test_code_beside_a_native_model_is_ignored(tmp_path):
    checkpoints.videomae(tmp_path)
    expected = load_video_model(tmp_path)
    trap = tmp_path / "trap"
    (tmp_path / "modeling_own.py").write_text(f"open({str(trap)!r}, 'w').close()\n")
    own = {"AutoModelForVideoClassification": "modeling_own.Own"}
    rewrite_json(tmp_path / "config.json", auto_map=own)
    rewrite_json(tmp_path / "preprocessor_config.json", auto_map=own)
    model = load_video_model(tmp_path)
    clips = clips_for(model)
    np.testing.assert_array_equal(embedded(model, clips), embedded(expected, clips))
    assert not trap.exists()


def test_another_architecture_than_the_catalogues_is_refused(tmp_path):
    checkpoints.videomae(tmp_path)
    with pytest.raises(UnreadableFile, match=r"'videomae'.*Known: timesformer"):
        load_video_model(tmp_path, architecture="timesformer")
    with pytest.raises(UsageError, match="'mantis'"):
        load_video_model(tmp_path, architecture="mantis")


def test_an_unknown_option_is_refused(tmp_path):
    checkpoints.timesformer(tmp_path)
    with pytest.raises(UsageError, match="no option 'layers'"):
        load_video_model(tmp_path, options={"layers": 3})
    with pytest.raises(UsageError, match="no pooling 'max'"):
        load_video_model(tmp_path, options={"pooling": "max"})


def test_a_processor_that_makes_other_sizes_than_the_model_sees_is_refused(tmp_path):
    checkpoints.videomae(tmp_path)
    rewrite_json(
        tmp_path / "preprocessor_config.json",
        crop_size={"height": 48, "width": 48},
        size={"shortest_edge": 48},
    )
    with pytest.raises(UnreadableFile, match="48×48, the model looks at 32×32"):
        load_video_model(tmp_path)


def test_naflex_siglip2_is_refused(tmp_path):
    checkpoints.siglip2(tmp_path)
    rewrite_json(tmp_path / "config.json", model_type="siglip2")
    with pytest.raises(UnreadableFile, match="own shape"):
        load_video_model(tmp_path)


def test_outlines_need_no_weights_and_default_to_the_librarys_values(tmp_path):
    import transformers

    # Files leave out what is the class's default: the published V-JEPA 2 and VideoPrism do.
    expected = {
        "videomae": ("VideoMAEConfig", checkpoints.VIDEOMAE_PROCESSOR, 224),
        "timesformer": ("TimesformerConfig", checkpoints.TIMESFORMER_PROCESSOR, 224),
        "vjepa2": ("VJEPA2Config", checkpoints.VJEPA2_PROCESSOR, 256),
        "videoprism": ("VideoPrismConfig", checkpoints.VIDEOPRISM_PROCESSOR, 288),
        "siglip": ("SiglipConfig", checkpoints.SIGLIP2_PROCESSOR, 224),
    }
    for model_type, (name, processor, side) in expected.items():
        folder = tmp_path / model_type
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
        size = {"height": side, "width": side}
        wide = {"size": size, "crop_size": size}
        if "shortest_edge" in processor["size"]:
            wide["size"] = {"shortest_edge": side}
        (folder / "preprocessor_config.json").write_text(json.dumps({**processor, **wide}))
        clip, dim = read_outline(folder)
        config = getattr(transformers, name)()
        config = getattr(config, "vision_config", config)
        frames = getattr(config, "num_frames", getattr(config, "frames_per_clip", 8))
        their_side = getattr(config, "image_size", getattr(config, "crop_size", 0))
        assert (clip.n_frames, clip.height_px, dim) == (frames, their_side, config.hidden_size)


def test_there_is_an_architecture_for_each_teacher_of_the_catalogue():
    from comodo_app.weights.catalog import Kind, catalog

    for entry in catalog():
        if entry.kind is Kind.TEACHER:
            architecture = ARCHITECTURES[entry.architecture]
            assert set(entry.options) <= set(architecture.options)
            assert set(entry.model_types) <= set(architecture.model_types)


def test_a_graph_says_beside_it_how_it_wants_to_see_a_window(tmp_path):
    checkpoints.videomae(tmp_path)
    clip, dim = read_outline(tmp_path)
    graph: Path = tmp_path / "own.onnx"
    graph.write_bytes(b"not read here")
    with pytest.raises(UnreadableFile, match=r"own\.json is missing"):
        read_outline(graph)
    beside = tmp_path / "own.json"
    beside.write_text(json.dumps({"dim": dim, "clip": clip.to_json()}))
    assert read_outline(graph) == (clip, dim)
    for broken in ({"dim": dim}, {"dim": dim, "clip": {**clip.to_json(), "resize": "pad"}}, [3]):
        beside.write_text(json.dumps(broken))
        with pytest.raises(UnreadableFile, match="does not describe a clip"):
            read_outline(graph)
