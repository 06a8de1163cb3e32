from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from comodo_app.errors import UnreadableFile
from comodo_app.students.moment import (
    MomentEncoder,
    dims_of,
    load_moment,
    observed_patches,
    standardised,
)
from comodo_app.students.moment_t5 import MomentDims

DIMS = MomentDims(width=32, n_layers=3, n_heads=2, head_width=8, hidden=48, n_positions=200)
VOCABULARY = 32128


def published_shapes(dims: MomentDims) -> dict[str, tuple[int, ...]]:
    """Every tensor of the published file, as momentfm 0.1.4 names them."""
    inner = dims.n_heads * dims.head_width
    shapes: dict[str, tuple[int, ...]] = {
        "patch_embedding.value_embedding.weight": (dims.width, dims.patch),
        "patch_embedding.mask_embedding": (dims.width,),
        "patch_embedding.position_embedding.pe": (1, dims.n_positions, dims.width),
        "encoder.embed_tokens.weight": (VOCABULARY, dims.width),
        "encoder.final_layer_norm.weight": (dims.width,),
        "head.linear.weight": (dims.patch, dims.width),
        "head.linear.bias": (dims.patch,),
        "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight": (
            dims.n_buckets,
            dims.n_heads,
        ),
    }
    for i in range(dims.n_layers):
        start = f"encoder.block.{i}."
        for name in ("layer.0.layer_norm", "layer.1.layer_norm"):
            shapes[f"{start}{name}.weight"] = (dims.width,)
        for letter in "qkv":
            shapes[f"{start}layer.0.SelfAttention.{letter}.weight"] = (inner, dims.width)
        shapes[start + "layer.0.SelfAttention.o.weight"] = (dims.width, inner)
        for name in ("wi_0", "wi_1"):
            shapes[f"{start}layer.1.DenseReluDense.{name}.weight"] = (dims.hidden, dims.width)
        shapes[start + "layer.1.DenseReluDense.wo.weight"] = (dims.width, dims.hidden)
    return shapes


def published(dims: MomentDims = DIMS, seed: int = 0) -> dict[str, Tensor]:
    made = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in published_shapes(dims).items():
        scale = 1.0 if "norm" in name or "bias" in name else shape[-1] ** -0.5
        tensors[name] = scale * torch.randn(shape, generator=made)
    return tensors


def by_hand(tensors: dict[str, Tensor], series: Tensor, mask: Tensor, dims: MomentDims) -> Tensor:
    """MOMENT in loops over windows and patches, with the library's T5; (B, L) → (B, D)."""
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        d_model=dims.width,
        num_layers=dims.n_layers,
        num_heads=dims.n_heads,
        d_kv=dims.head_width,
        d_ff=dims.hidden,
        feed_forward_proj="gated-gelu",
        vocab_size=VOCABULARY,
    )
    stack = T5EncoderModel(config).get_encoder().eval()
    stack.load_state_dict(
        {n.removeprefix("encoder."): t for n, t in tensors.items() if n.startswith("encoder.")}
    )
    weight = tensors["patch_embedding.value_embedding.weight"]
    outputs = []
    for row, observed in zip(series, mask, strict=True):
        seen = row[observed]
        mean = sum(seen.tolist()) / len(seen)
        deviation = math.sqrt(sum((v - mean) ** 2 for v in seen.tolist()) / len(seen))
        standard = (row - mean) / (deviation + 1e-5)
        tokens, whole = [], []
        for start in range(0, len(row) - 7, 8):
            whole.append(bool(observed[start : start + 8].all()))
            tokens.append(
                weight @ standard[start : start + 8]
                if whole[-1]
                else tensors["patch_embedding.mask_embedding"]
            )
        x = torch.stack(tokens) + tensors["patch_embedding.position_embedding.pe"][0, : len(tokens)]
        out = stack(inputs_embeds=x[None], attention_mask=torch.tensor([whole]).long())
        outputs.append(out.last_hidden_state[0, torch.tensor(whole)].mean(0))
    return torch.stack(outputs)


@pytest.mark.parametrize("length", [512, 1003, 256])
def test_the_published_weights_say_what_the_paper_describes(length):
    tensors = published()
    encoder = load_moment(tensors)
    made = torch.Generator().manual_seed(length)
    series = 9.81 + 2 * torch.randn(3, length, generator=made)
    mask = torch.rand(3, length, generator=made) > 0.03
    with torch.inference_mode():
        masked = by_hand(tensors, series, mask, DIMS)
        plain = by_hand(tensors, series, torch.ones_like(mask), DIMS)
        said = encoder(series.unsqueeze(1), mask)
        assert not torch.allclose(masked, plain, atol=1e-2)
        torch.testing.assert_close(said, masked, atol=1e-5, rtol=0)
        torch.testing.assert_close(encoder(series.unsqueeze(1)), plain, atol=1e-5, rtol=0)


def test_no_mask_is_a_mask_of_ones():
    encoder = load_moment(published())
    series = torch.randn(2, 1, 512)
    whole = encoder(series, torch.ones(2, 512, dtype=torch.bool))
    torch.testing.assert_close(encoder(series), whole, atol=1e-6, rtol=0)


def test_missing_samples_have_no_say_whatever_stands_there():
    encoder = load_moment(published())
    series = torch.randn(3, 1, 512)
    mask = torch.ones(3, 512, dtype=torch.bool)
    mask[0, 100:300] = False
    mask[1, 5::16] = False  # every second patch has a hole
    mask[2, 40:] = False
    said = encoder(series, mask)
    for nonsense in (0.0, 1e6, math.nan, math.inf):
        other = torch.where(mask.unsqueeze(1), series, nonsense)
        assert torch.equal(encoder(other, mask), said)


def test_a_padded_window_is_pooled_over_its_observed_patches_only():
    encoder = load_moment(published())
    short = torch.randn(2, 1, 160)
    padded = torch.nn.functional.pad(short, (0, 352))
    mask = torch.arange(512).expand(2, -1) < 160
    torch.testing.assert_close(encoder(padded, mask), encoder(short), atol=1e-5, rtol=0)


def test_a_window_without_any_observed_patch_is_zero_and_spoils_no_neighbour():
    encoder = load_moment(published())
    series = torch.randn(2, 1, 512)
    mask = torch.ones(2, 512, dtype=torch.bool)
    mask[0] = False
    said = encoder(series, mask)
    assert torch.equal(said[0], torch.zeros(DIMS.width))
    torch.testing.assert_close(said[1:], encoder(series[1:]), atol=1e-5, rtol=0)


def test_a_patch_counts_only_if_all_its_samples_were_observed():
    mask = torch.ones(1, 30, dtype=torch.bool)
    mask[0, 9] = False
    assert observed_patches(mask).tolist() == [[True, False, True]]


def test_standardising_follows_the_formula_in_loops():
    made = np.random.default_rng(0)
    series = made.normal(3.0, [[2.0], [1e-3], [40.0]], (3, 70)).astype(np.float32)
    mask = made.random((3, 70)) > 0.3
    found = standardised(torch.from_numpy(series), torch.from_numpy(mask)).numpy()
    for row, observed, said in zip(series, mask, found, strict=True):
        seen = [float(v) for v, ok in zip(row, observed, strict=True) if ok]
        mean = sum(seen) / len(seen)
        deviation = (sum((v - mean) ** 2 for v in seen) / len(seen)) ** 0.5
        for value, ok, standard in zip(row, observed, said, strict=True):
            wanted = (float(value) - mean) / (deviation + 1e-5) if ok else 0.0
            assert standard == pytest.approx(wanted, abs=2e-4)


def test_what_is_no_number_becomes_the_mean_and_leaves_the_rest_alone():
    series = torch.tensor([[1.0, math.nan, 3.0, math.inf, -math.inf]])
    found = standardised(series, None)
    torch.testing.assert_close(found, torch.tensor([[-1.0, 0.0, 1.0, 0.0, 0.0]]), atol=1e-4, rtol=0)


def test_a_still_sensor_gives_numbers_and_gradients():
    encoder = MomentEncoder(DIMS)
    series = torch.full((2, 1, 512), 9.5, requires_grad=True)
    encoder(series).square().sum().backward()
    assert torch.isfinite(series.grad).all()
    assert all(torch.isfinite(p.grad).all() for p in encoder.encoder.parameters())


def test_moment_small_has_the_published_number_of_parameters():
    encoder = MomentEncoder()
    used = sum(p.numel() for p in encoder.parameters())
    vocabulary, head = VOCABULARY * 512, 8 * 512 + 8
    assert used + vocabulary + head == 35_341_512
    assert used == 18_887_872
    assert (encoder.dim, encoder.input_length) == (512, 512)
    assert encoder.positions.shape == (1, 64, 512)


def test_the_positions_are_sines_in_even_columns_and_cosines_in_odd_ones():
    table = MomentEncoder(DIMS).positions[0]
    for row in (0, 1, 63, 199):
        for column in range(0, DIMS.width, 2):
            angle = row / 10000 ** (column / DIMS.width)
            assert table[row, column] == pytest.approx(math.sin(angle), abs=1e-4)
            assert table[row, column + 1] == pytest.approx(math.cos(angle), abs=1e-4)


@pytest.mark.parametrize(
    "dims",
    [
        DIMS,
        MomentDims(width=24, n_layers=1, n_heads=3, head_width=4, hidden=16, n_positions=90),
        MomentDims(width=16, n_layers=12, n_heads=1, head_width=16, hidden=8, n_buckets=16),
    ],
)
def test_the_sizes_come_from_the_file(dims):
    encoder = load_moment(published(dims))
    assert encoder.dims == dims
    assert encoder(torch.randn(2, 1, 512)).shape == (2, dims.width)


def test_the_first_layers_alone_come_from_the_same_file():
    tensors = published()
    encoder = MomentEncoder(DIMS, layer=0).eval()
    encoder.load_published(tensors, where=Path("x"))
    first = MomentDims(**{**{f: getattr(DIMS, f) for f in DIMS.__slots__}, "n_layers": 1})
    shorter = {n: t for n, t in tensors.items() if "block.1." not in n and "block.2." not in n}
    series = torch.randn(2, 1, 512)
    assert torch.equal(encoder(series), load_moment(shorter)(series))
    assert dims_of(shorter, where=Path("x")) == first


def test_a_student_keeps_the_rows_of_positions_that_it_needs():
    tensors = published()
    dims = MomentDims(**{**{f: getattr(DIMS, f) for f in DIMS.__slots__}, "n_positions": 64})
    encoder = MomentEncoder(dims).eval()
    encoder.load_published(tensors, where=Path("x"))
    series = torch.randn(2, 1, 512)
    assert torch.equal(encoder(series), load_moment(tensors)(series))


@pytest.mark.parametrize("length", [7, 0, 1608])
def test_a_series_of_impossible_length_is_refused(length):
    with pytest.raises(ValueError, match="must have 8 to 1600 samples"):
        MomentEncoder(DIMS)(torch.zeros(1, 1, length))


BLOCK_2 = "encoder.block.2.layer.0.SelfAttention.q.weight"


def without(name: str):
    return lambda tensors: tensors.pop(name)


def instead(name: str, *shape: int):
    return lambda tensors: tensors.update({name: torch.zeros(shape)})


@pytest.mark.parametrize(
    "harm, said",
    [
        (without(BLOCK_2), "1 tensors are missing: encoder.block.2"),
        (without("patch_embedding.mask_embedding"), "mask_embedding"),
        (instead("decoder.block.0.weight", 3), "1 tensors are not known: decoder"),
        (instead("encoder.block.900000.layer.0.layer_norm.weight", 32), "not known: .*900000"),
        (instead(BLOCK_2, 3, 4), "another shape: .* is 3×4 instead of 16×32"),
        (instead("patch_embedding.position_embedding.pe", 1, 200, 31), "another shape"),
        (without("patch_embedding.position_embedding.pe"), "not those of a MOMENT model"),
        (instead("patch_embedding.value_embedding.weight", 4), "not those of a MOMENT model"),
    ],
)
def test_weights_that_do_not_fit_are_refused_with_what_and_where(harm, said, tmp_path):
    tensors = published()
    harm(tensors)
    with pytest.raises(UnreadableFile, match=said) as refused:
        load_moment(tensors, where=tmp_path)
    assert refused.value.where == str(tmp_path)


def test_weights_of_another_size_are_refused_before_any_is_taken():
    encoder = MomentEncoder(MomentDims(width=16, n_layers=3, n_heads=2, head_width=8, hidden=48))
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    with pytest.raises(UnreadableFile, match="another shape"):
        encoder.load_published(published(), where=Path("x"))
    assert all(torch.equal(before[n], t) for n, t in encoder.state_dict().items())


def test_training_reaches_every_weight_but_the_one_that_nobody_sees():
    torch.manual_seed(0)
    encoder = MomentEncoder(DIMS)
    series, mask = torch.randn(4, 1, 512), torch.rand(4, 512) > 0.02
    encoder(series, mask).square().sum().backward()
    still = {n for n, p in encoder.named_parameters() if p.grad is None or not p.grad.any()}
    assert still == {"mask_embedding"}  # stands where missing patches are, which nobody attends to
    assert not torch.equal(encoder(series), encoder(series))  # dropout
    encoder.eval()
    assert torch.equal(encoder(series), encoder(series))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.filterwarnings("ignore:You are using the legacy TorchScript:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:The feature will be removed:DeprecationWarning")
def test_the_exported_graph_says_the_same_for_any_batch(masked):
    import onnxruntime

    encoder = load_moment(published())
    names = ["series", "mask"] if masked else ["series"]
    inputs = (torch.randn(2, 1, 512), torch.rand(2, 512) > 0.02)[: len(names)]
    buffer = io.BytesIO()
    torch.onnx.export(
        encoder,
        inputs,
        buffer,
        input_names=names,
        output_names=["y"],
        dynamic_axes={name: {0: "B"} for name in [*names, "y"]},
        opset_version=17,
        dynamo=False,
    )
    session = onnxruntime.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
    for n in (1, 5):
        series = 9.81 + torch.randn(n, 1, 512)
        mask = torch.rand(n, 512) > 0.02
        mask[:, 64:128] = False
        given = (series, mask)[: len(names)]
        (said,) = session.run(None, {k: v.numpy() for k, v in zip(names, given, strict=True)})
        with torch.inference_mode():
            expected = encoder(*given).numpy()
        assert np.abs(said - expected).max() <= 1e-5
