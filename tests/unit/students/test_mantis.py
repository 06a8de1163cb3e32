from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from comodo_app.errors import UnreadableFile
from comodo_app.students import mantis, mantis_v2
from comodo_app.students.mantis import MantisV1
from comodo_app.students.mantis_tokens import SCALES, ScalarEncoder, StreamTokens, TokenGenerator
from comodo_app.students.mantis_v2 import MantisV2, rotary, rotated
from tests.unit.students.published import drawn, mantis_v1_shapes, mantis_v2_shapes

HERE = Path("model.safetensors")
BOTH = pytest.mark.parametrize("kind", [MantisV1, MantisV2])
SHAPES = {MantisV1: mantis_v1_shapes(), MantisV2: mantis_v2_shapes()}


def series(n=4, length=512, *, seed=0):
    """Gravity, a still sensor, a busy one, a step: (n, 1, L) in absolute units."""
    x = torch.randn(n, 1, length, generator=torch.Generator().manual_seed(seed))
    x = x * torch.tensor([1.0, 1e-3, 20.0, 0.1])[:n].view(-1, 1, 1)
    x[0] += 9.81
    x[-1, :, length // 3 :] += 5.0
    return x


def loaded(kind, *, layer=1, pooling="cls+mean", seed=0):
    encoder = kind(layer=layer, pooling=pooling).eval()
    encoder.load_published(drawn(SHAPES[kind], seed=seed), where=HERE)
    return encoder


# Names and shapes


@pytest.mark.parametrize(
    "kind, all_layers, upto, published",
    [
        (MantisV1, 8_037_632, {0: 1_473_792, 1: 2_786_560, 2: 4_099_328}, 8_103_936),
        (MantisV2, 4_122_368, {2: 2_147_840}, 4_188_672),
    ],
)
def test_parameters_are_as_many_as_published(kind, all_layers, upto, published):
    def count(module):
        return sum(parameter.numel() for parameter in module.parameters())

    assert count(kind()) == all_layers
    for layer, n in upto.items():
        assert count(kind(layer=layer)) == n
    constants = ("scales", "pe")
    stored = sum(math.prod(s) for n, s in SHAPES[kind].items() if not n.endswith(constants))
    assert stored == published == all_layers + 66_304  # prj


@pytest.mark.parametrize(
    "known, written",
    [
        (mantis.published_shapes(), mantis_v1_shapes("transf_unit")),
        (mantis_v2.published_shapes(), mantis_v2_shapes()),
    ],
    ids=["v1", "v2"],
)
def test_the_module_knows_every_published_tensor(known, written):
    assert known == {name: s for name, s in written.items() if not name.startswith("prj.")}


@BOTH
def test_every_published_number_of_the_used_layers_reaches_the_module(kind):
    tensors = drawn(SHAPES[kind])
    encoder = kind()
    encoder.load_published(tensors, where=HERE)
    dropped = [
        name for name in tensors if name.startswith("prj") or name.endswith(("scales", "pe"))
    ]
    theirs = torch.cat([t.flatten() for n, t in tensors.items() if n not in dropped]).sort().values
    ours = torch.cat([t.flatten() for t in encoder.state_dict().values()]).sort().values
    assert torch.equal(ours, theirs)


def test_files_of_both_names_of_the_transformer_load_to_the_same_encoder():
    old = drawn(mantis_v1_shapes("vit_unit"))
    new = {name.replace("vit_unit", "transf_unit"): tensor for name, tensor in old.items()}
    one, two = MantisV1(layer=0).eval(), MantisV1(layer=0).eval()
    one.load_published(old, where=HERE)
    two.load_published(new, where=HERE)
    assert torch.equal(one(series()), two(series()))


@BOTH
@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda t: t.pop("tokgen_unit.convs.1.conv.bias"), "missing: tokgen_unit.convs.1"),
        (lambda t: t.update({"ibot.mask": torch.zeros(3)}), "not known: ibot.mask"),
        (
            lambda t: t.update({"tokgen_unit.convs.0.conv.weight": torch.zeros(256, 1, 9)}),
            "another shape",
        ),
        (
            lambda t: t.update({"tokgen_unit.scalar_encoders.0.scales": torch.ones(9)}),
            "other numbers",
        ),
    ],
    ids=["missing", "extra", "shape", "constant"],
)
def test_a_file_that_is_not_all_as_published_is_refused(kind, damage, said):
    tensors = drawn(SHAPES[kind])
    damage(tensors)
    with pytest.raises(UnreadableFile, match=said):
        kind(layer=0).load_published(tensors, where=HERE)


# Formulas as loops, in the published order of operations


def plain_stream(stream, x):
    """Convolution at every sample, layer norm over channels, mean per patch."""
    maps = stream.conv(x.unsqueeze(1)).transpose(1, 2)  # (B, L, 256)
    normed = nn.functional.layer_norm(
        maps, (256,), stream.norm.weight, stream.norm.bias, stream.norm.eps
    )
    return normed.view(len(x), 32, -1, 256).mean(dim=2)


def plain_scalar(encoder, x):
    out = torch.zeros(*x.shape, 32)
    for index in torch.cartesian_prod(*(torch.arange(n) for n in x.shape)).tolist():
        value = float(x[tuple(index)])
        closeness = [abs(1 / math.log(abs(value) / k + 1.1)) for k in SCALES]
        for i, k in enumerate(SCALES):
            z = value * encoder.slope[i] + k * encoder.offset[i]
            normed = (z - z.mean()) / torch.sqrt(z.var(correction=0) + 1e-15)
            normed = normed * encoder.norm_weight[i] + encoder.norm_bias[i]
            out[tuple(index)] += closeness[i] / sum(closeness) * normed
    return out


@pytest.mark.parametrize("kernel", [17, 41])
@pytest.mark.parametrize("length", [64, 512, 640])
def test_averaging_samples_first_gives_the_published_tokens_and_gradients(kernel, length):
    torch.manual_seed(0)
    stream = StreamTokens(kernel)
    nn.init.normal_(stream.norm.weight)
    x = torch.randn(3, length)
    target = torch.randn(3, 32, 256)
    both = []
    for tokens in (stream(x), plain_stream(stream, x)):
        stream.zero_grad()
        ((tokens - target) ** 2).mean().backward()
        both.append((tokens.detach(), [p.grad.clone() for p in stream.parameters()]))
    (ours, our_gradients), (theirs, their_gradients) = both
    assert (ours - theirs).abs().max() < 1e-5
    for got, expected in zip(our_gradients, their_gradients, strict=True):
        assert (got - expected).abs().max() < 1e-4 * expected.abs().max()


def test_tokens_follow_the_kernel_after_a_step_of_the_optimiser_and_after_loading():
    torch.manual_seed(0)
    stream, x = StreamTokens(17), torch.randn(2, 128)
    optimiser = torch.optim.AdamW(stream.parameters(), lr=0.1)
    with torch.inference_mode():
        stream(x)
    stream(x).square().mean().backward()
    optimiser.step()
    with torch.inference_mode():
        assert (stream(x) - plain_stream(stream, x)).abs().max() < 1e-5
        stream.load_state_dict(StreamTokens(17).state_dict())
        assert (stream(x) - plain_stream(stream, x)).abs().max() < 1e-5


def test_smooth_kernels_whose_outputs_nearly_cancel_lose_no_digits():
    torch.manual_seed(0)
    stream, x = StreamTokens(41), torch.randn(2, 512)
    with torch.no_grad():  # nearly the same kernel in all channels: the norm divides by almost 0
        stream.conv.weight.copy_(torch.ones(256, 1, 41) + 1e-3 * torch.randn(256, 1, 41))
        exact = StreamTokens(41).double()
        exact.load_state_dict({k: v.double() for k, v in stream.state_dict().items()})
        expected = plain_stream(exact, x.double())
        ours = (stream(x) - expected).abs().max()
        published = (plain_stream(stream, x) - expected).abs().max()
    assert ours <= published + 1e-6


def test_scalar_encoder_is_the_mixture_of_nine_normed_lines():
    torch.manual_seed(0)
    encoder = ScalarEncoder()
    nn.init.normal_(encoder.norm_weight)
    nn.init.normal_(encoder.norm_bias)
    x = torch.tensor([[0.0, 1e-5, -0.02, 0.5], [9.81, -300.0, 2e4, 1.0]])
    with torch.no_grad():
        assert (encoder(x) - plain_scalar(encoder, x)).abs().max() < 1e-5


def test_token_parts_come_in_the_published_order():
    torch.manual_seed(0)
    tokens, x = TokenGenerator(17), series(3)
    flat = x.squeeze(1)
    step = torch.zeros_like(flat)
    step[:, :-1] = flat.diff(dim=1)

    def standard(values):
        deviation = values.std(dim=1, keepdim=True)
        return (values - values.mean(dim=1, keepdim=True)) / (deviation + 1e-5)

    patches = flat.view(3, 32, 16)
    with torch.no_grad():
        joined = torch.cat(
            [
                plain_stream(tokens.difference, standard(step)),
                plain_stream(tokens.shape, standard(flat)),
                tokens.mean(patches.mean(dim=2)),
                tokens.deviation(patches.std(dim=2)),
            ],
            dim=2,
        )
        assert (tokens(x) - tokens.norm(tokens.join(joined))).abs().max() < 1e-5


def test_rotation_turns_pairs_and_scales_queries_against_keys():
    table, x = rotary(33), torch.randn(1, 1, 33, 32)
    q, k = rotated(x, table[0], table[1]), rotated(x, table[2], table[3])
    for t in (0, 5, 32):
        for pair in range(16):
            a, b = (float(v) for v in x[0, 0, t, 2 * pair : 2 * pair + 2])
            angle = t / 10000 ** (2 * pair / 32)
            turned = (
                a * math.cos(angle) - b * math.sin(angle),
                b * math.cos(angle) + a * math.sin(angle),
            )
            for j, value in enumerate(turned):
                place = 2 * pair + j
                # The published quirk: the sixteen scales run through the dimension twice.
                base = (2 * (place % 16) + 0.4 * 32) / (1.4 * 32)
                scale = base ** ((t - 16) / 512)
                assert float(q[0, 0, t, place]) == pytest.approx(value * scale, abs=1e-5)
                assert float(k[0, 0, t, place]) == pytest.approx(value / scale, abs=1e-5)


def test_packed_queries_keys_and_values_are_unpacked_heads_fastest():
    tensors = drawn(mantis_v2_shapes())
    encoder = MantisV2(layer=0)
    encoder.load_published(tensors, where=HERE)
    packed = tensors["transf_unit.transformer.layers.0.attention.wQKV.weight"]
    ours = encoder.layers[0].qkv.weight
    for part, d, head in ((0, 0, 0), (0, 5, 3), (1, 31, 7), (2, 1, 6)):
        theirs = packed[part * 256 + d * 8 + head]
        assert torch.equal(ours[part * 256 + head * 32 + d], theirs)


# Layers, poolings, lengths


@BOTH
def test_poolings_are_parts_of_one_another_and_layers_differ(kind):
    x = series()
    with torch.inference_mode():
        both, cls, mean = (loaded(kind, pooling=p)(x) for p in ("cls+mean", "cls", "mean"))
        other = loaded(kind, layer=2)(x)
    assert torch.equal(both, torch.cat([cls, mean], dim=1))
    assert both.shape == (4, 512) and not torch.allclose(both, other)


@BOTH
@pytest.mark.parametrize("length", [64, 96, 512, 1024])
def test_any_multiple_of_32_runs(kind, length):
    with torch.inference_mode():
        out = loaded(kind)(series(length=length))
    assert out.shape == (4, 512) and torch.isfinite(out).all()


@BOTH
def test_other_lengths_are_refused(kind):
    for length in (32, 500, 1000):
        with pytest.raises(ValueError, match=f"not of {length}"):
            kind(layer=0)(torch.zeros(1, 1, length))


@BOTH
def test_absolute_scale_and_offset_matter_and_constants_are_finite(kind):
    encoder, x = loaded(kind), series()
    with torch.inference_mode():
        out = encoder(x)
        assert (encoder(9.81 * x) - out).abs().max() > 0.01
        assert (encoder(x + 9.81) - out).abs().max() > 0.01
        assert torch.isfinite(encoder(torch.full((1, 1, 512), 9.81))).all()


# Masks


@BOTH
@pytest.mark.parametrize("pooling", ["cls", "mean", "cls+mean"])
def test_a_full_mask_changes_nothing(kind, pooling):
    encoder, x = loaded(kind, pooling=pooling), series()
    with torch.inference_mode():
        difference = encoder(x, torch.ones(4, 512, dtype=torch.bool)) - encoder(x)
    assert difference.abs().max() < 1e-5


@BOTH
@pytest.mark.parametrize("pooling", ["cls", "mean", "cls+mean"])
@pytest.mark.parametrize("filler", [0.0, 1e4, math.nan])
def test_what_stands_in_missing_samples_has_no_influence(kind, pooling, filler):
    encoder, x = loaded(kind, pooling=pooling), series()
    mask = torch.ones(4, 512, dtype=torch.bool)
    mask[0, :100] = False
    mask[1, 200:203] = False
    mask[2, -40:] = False
    mask[3, ::2] = False  # no patch is whole
    with torch.inference_mode():
        expected = encoder(torch.where(mask.unsqueeze(1), x, 3.0), mask)
        got = encoder(torch.where(mask.unsqueeze(1), x, filler), mask)
    assert torch.isfinite(expected).all()
    assert torch.equal(got, expected)


@BOTH
def test_patches_that_are_not_whole_are_neither_attended_to_nor_averaged(kind):
    encoder = loaded(kind)
    x, mask = series(), torch.ones(4, 512, dtype=torch.bool)
    mask[:, 37] = False  # one sample: patch 2
    observed = torch.ones(32, dtype=torch.bool)
    observed[2] = False
    with torch.inference_mode():
        tokens = encoder.tokens(x, mask)[:, observed]
        cls = encoder.cls.expand(4, 1, -1)
        if kind is MantisV1:
            places = torch.cat([torch.ones(1, dtype=torch.bool), observed])
            rest = torch.cat([cls, tokens], dim=1) + encoder.positions[places]
            for layer in encoder.layers:
                rest = layer(rest, None)
            cls, patches = rest[:, 0], rest[:, 1:]
        else:
            places = torch.cat([observed, torch.ones(1, dtype=torch.bool)])
            rest = torch.cat([tokens, cls], dim=1)
            for layer in encoder.layers:
                rest = layer(rest, encoder.rotation[:, places], None)
            cls, patches = rest[:, -1], rest[:, :-1]
        expected = torch.cat([cls, patches.mean(dim=1)], dim=1)
        assert (encoder(x, mask) - expected).abs().max() < 1e-5


def test_weights_changed_without_a_sign_are_used_as_they_are_now():
    torch.manual_seed(0)
    changed, loaded = StreamTokens(17), StreamTokens(17)
    series = torch.randn(2, 512)
    with torch.inference_mode():
        changed(series)
    changed.conv.weight.data.mul_(3)  # counts no change
    loaded.load_state_dict(changed.state_dict())
    with torch.inference_mode():
        torch.testing.assert_close(changed(series), loaded(series))
