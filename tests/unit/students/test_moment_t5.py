from __future__ import annotations

import math

import pytest
import torch

from comodo_app.students.moment_t5 import MomentDims, T5Encoder, bucket_edges, relative_buckets

DIMS = MomentDims(width=32, n_layers=3, n_heads=2, head_width=8, hidden=48)


def bucket_in_words(ahead: int, n_buckets: int, max_distance: int) -> int:
    """T5: half of the buckets per direction, half of those exact, the rest log-spaced."""
    half = n_buckets // 2
    exact = half // 2
    distance = abs(ahead)
    if distance < exact:
        bucket = distance
    else:
        share = math.log(distance / exact) / math.log(max_distance / exact)
        bucket = min(half - 1, exact + int(share * (half - exact) + 1e-9))
    return bucket + (half if ahead > 0 else 0)


def test_every_distance_falls_into_the_bucket_of_the_formula():
    found = relative_buckets(300, torch.tensor(bucket_edges(32)))
    wanted = [[bucket_in_words(key - query, 32, 128) for key in range(300)] for query in range(300)]
    assert found.tolist() == wanted


def test_wide_buckets_begin_where_the_logarithm_says():
    assert bucket_edges(32) == (8, 12, 16, 23, 32, 46, 64, 91)
    assert bucket_edges(16, 64) == (4, 8, 16, 32)


def library_encoder(dims: MomentDims) -> torch.nn.Module:
    from transformers import T5Config, T5EncoderModel

    config = T5Config(
        d_model=dims.width,
        num_layers=dims.n_layers,
        num_heads=dims.n_heads,
        d_kv=dims.head_width,
        d_ff=dims.hidden,
        feed_forward_proj="gated-gelu",
        vocab_size=11,
    )
    encoder: torch.nn.Module = T5EncoderModel(config).get_encoder()
    return encoder.eval()


def take(ours: T5Encoder, theirs: torch.nn.Module) -> None:
    """Give our encoder the library's weights, name by name."""
    blocks = [(theirs.block[i], ours.blocks[i]) for i in range(len(ours.blocks))]
    pairs = [
        (theirs.block[0].layer[0].SelfAttention.relative_attention_bias, ours.relative_bias),
        (theirs.final_layer_norm, ours.norm),
    ]
    for there, here in blocks:
        attention, dense = there.layer[0].SelfAttention, there.layer[1].DenseReluDense
        pairs += [(there.layer[0].layer_norm, here.norm1), (there.layer[1].layer_norm, here.norm2)]
        pairs += [(getattr(attention, name), getattr(here.attention, name)) for name in "qkvo"]
        pairs += [
            (dense.wi_0, here.feed_forward.gate),
            (dense.wi_1, here.feed_forward.value),
            (dense.wo, here.feed_forward.out),
        ]
    with torch.no_grad():
        for there, here in pairs:
            here.weight.copy_(there.weight)


@pytest.mark.parametrize("n_tokens", [1, 64, 125])
def test_the_stack_says_what_the_librarys_own_t5_says(n_tokens):
    torch.manual_seed(n_tokens)
    theirs = library_encoder(DIMS)
    with torch.no_grad():
        for weight in theirs.parameters():  # norms that are not one, positions that matter
            weight.add_(0.5 * weight.shape[-1] ** -0.5 * torch.randn_like(weight))
    ours = T5Encoder(DIMS, DIMS.n_layers).eval()
    take(ours, theirs)
    tokens = torch.randn(3, n_tokens, DIMS.width)
    seen = torch.rand(3, n_tokens) > 0.3
    seen[:, 0] = True
    with torch.inference_mode():
        plain = theirs(inputs_embeds=tokens).last_hidden_state
        masked = theirs(inputs_embeds=tokens, attention_mask=seen.long()).last_hidden_state
        torch.testing.assert_close(ours(tokens), plain, atol=1e-5, rtol=0)
        torch.testing.assert_close(ours(tokens, seen), masked, atol=1e-5, rtol=0)


def test_the_first_layers_end_with_the_norm():
    torch.manual_seed(0)
    out = T5Encoder(DIMS, 1).eval()(torch.randn(2, 9, DIMS.width) * 50)
    assert torch.allclose(out.square().mean(-1), torch.ones(2, 9), atol=1e-4)


def test_a_row_that_sees_nothing_is_still_a_number_in_half_precision():
    encoder = T5Encoder(DIMS, 2).eval().to(torch.bfloat16)
    tokens = torch.randn(2, 9, DIMS.width, dtype=torch.bfloat16)
    assert torch.isfinite(encoder(tokens, torch.zeros(2, 9, dtype=torch.bool))).all()
