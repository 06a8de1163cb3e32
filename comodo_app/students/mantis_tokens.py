"""What both generations of Mantis share: 32 tokens from a series, the cls token's room, pooling.

Source: arXiv 2502.15637 (Mantis), scalar encoders from arXiv 2310.07402 (NuTime). The published
order of operations is a convolution to 256 channels at every sample, a layer norm over the
channels, and the mean over the samples of a patch. All three are linear but for one number per
sample, the norm's deviation, and that is a quadratic form of the few samples under the kernel. So
we compute that number, average the *samples* with it, and convolve once per patch: the same
result (to rounding) from a fourteenth of the memory. `ScalarEncoder` is folded likewise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

WIDTH = 256
N_PATCHES = 32
SCALES = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 1e1, 1e2, 1e3, 1e4)
_SCALAR = 32
_EPS = 1e-5
_TINY = 1e-15  # of the published norms of scalars and tokens; 0 in half precision


class _Energy(torch.autograd.Function):
    """|R [u, 1]|² per row of u (N, K), where RᵀR is the Gram matrix that gets the gradient.

    Forward through the factor loses no digits where the kernel's outputs almost cancel; backward
    through the Gram matrix needs no derivative of a factorisation.
    """

    @staticmethod
    def forward(ctx: Any, u: Tensor, gram: Tensor, factor: Tensor) -> Tensor:
        ctx.save_for_backward(u, gram)
        return _energy(u, factor)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, Tensor, None]:
        u, gram = ctx.saved_tensors
        weighted = u * grads[0].unsqueeze(1)  # (N, K)
        cross = weighted.sum(0).unsqueeze(1)  # (K, 1)
        top = torch.cat([u.T @ weighted, cross], dim=1)
        bottom = torch.cat([cross.T, grads[0].sum().reshape(1, 1)], dim=1)
        to_u = None
        if ctx.needs_input_grad[0]:
            to_u = 2 * (weighted @ gram[:-1, :-1] + grads[0].unsqueeze(1) * gram[-1, :-1])
        return to_u, torch.cat([top, bottom]), None


def _energy(u: Tensor, factor: Tensor) -> Tensor:
    return (u @ factor[:, :-1].T + factor[:, -1]).square().sum(1)


class StreamTokens(nn.Module):
    """(B, L) standardised series → (B, 32, 256): convolution, layer norm, mean per patch."""

    factor: Tensor

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, WIDTH, kernel, padding=kernel // 2)
        self.norm = nn.LayerNorm(WIDTH, eps=_EPS)
        self.register_buffer("factor", torch.zeros(kernel + 1, kernel + 1), persistent=False)
        self.register_load_state_dict_post_hook(  # type: ignore[no-untyped-call]
            lambda module, _: module._refactor()
        )
        self._refactor()

    def _centred(self) -> Tensor:
        """Kernel and bias less their mean over the channels, (256, K + 1)."""
        assert self.conv.bias is not None
        both = torch.cat([self.conv.weight.squeeze(1), self.conv.bias.unsqueeze(1)], dim=1)
        return both - both.mean(dim=0)

    def _refactor(self) -> None:
        """Bring `factor` up to date with the kernel; a traced graph takes it as a constant.

        At every call, for a fraction of a millisecond: what changes weights does not always tell
        (fused optimisers, averaging, edits of ``.data``).
        """
        with torch.inference_mode(False), torch.no_grad():
            exact = torch.linalg.qr(self._centred().cpu().double(), mode="r").R
            self.factor = exact.to(self.factor)

    def forward(self, series: Tensor) -> Tensor:
        """Convolve (B, L), normalise each sample's channels, average per patch."""
        if torch.onnx.is_in_onnx_export():
            return self._exported(series)
        self._refactor()
        kernel = self.conv.kernel_size[0]
        padded = nn.functional.pad(series, (kernel // 2, kernel // 2))
        under = padded.unfold(1, kernel, 1).contiguous()  # (B, L, K): the samples under the kernel
        centred = self._centred()
        rows = under.view(-1, kernel)
        if torch.is_grad_enabled():
            energy = _Energy.apply(rows, centred.T @ centred, self.factor)  # type: ignore[no-untyped-call]
        else:
            energy = _energy(rows, self.factor)
        shrink = (energy / WIDTH + _EPS).rsqrt().view(len(series), N_PATCHES, 1, -1)
        return self._convolved(shrink, under.view(len(series), N_PATCHES, -1, kernel))

    def _convolved(self, shrink: Tensor, samples: Tensor) -> Tensor:
        """Tokens from (B, 32, 1, P) factors and the (B, 32, P, K) samples that they belong to."""
        centred = self._centred()
        mean = torch.matmul(shrink, samples).squeeze(2) / samples.shape[2]  # (B, 32, K)
        raw = product(mean, centred[:, :-1].T) + shrink.mean(dim=3) * centred[:, -1]
        tokens: Tensor = raw * self.norm.weight + self.norm.bias
        return tokens

    def _exported(self, series: Tensor) -> Tensor:
        """`forward` for ONNX, which cannot unfold: one convolution gives all that it needs."""
        kernel = self.conv.kernel_size[0]
        weight = torch.cat([self.factor[:, :-1], torch.eye(kernel)]).unsqueeze(1)
        bias = torch.cat([self.factor[:, -1], torch.zeros(kernel)])
        maps = nn.functional.conv1d(series.unsqueeze(1), weight, bias, padding=kernel // 2)
        energy = maps[:, : kernel + 1].square().sum(dim=1)  # (B, L)
        n = series.shape[0]
        shrink = (energy / WIDTH + _EPS).rsqrt().view(n, N_PATCHES, 1, -1)
        samples = maps[:, kernel + 1 :].reshape(n, kernel, N_PATCHES, -1).permute(0, 2, 3, 1)
        return self._convolved(shrink, samples)


class ScalarEncoder(nn.Module):
    """(B, 32) numbers of any size → (B, 32, 32): nine scales, mixed by closeness to the number.

    For scale k the published encoder is LayerNorm(x w + k b); its parts for all nine scales are
    held together, and the sum over the scales is one product.
    """

    scales: Tensor

    def __init__(self) -> None:
        super().__init__()
        n = len(SCALES)
        self.slope = nn.Parameter(torch.rand(n, _SCALAR))
        self.offset = nn.Parameter(torch.rand(n, _SCALAR))
        self.norm_weight = nn.Parameter(torch.ones(n, _SCALAR))
        self.norm_bias = nn.Parameter(torch.zeros(n, _SCALAR))
        self.register_buffer("scales", torch.tensor(SCALES), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Encode each number of (B, 32)."""
        x = x.unsqueeze(-1)  # (B, 32, 1)
        share = 1 / torch.log(x.abs() * (1 / self.scales) + 1.1)
        share = share / share.sum(dim=-1, keepdim=True)  # (B, 32, 9)
        slope = self.slope - self.slope.mean(dim=1, keepdim=True)
        offset = self.offset - self.offset.mean(dim=1, keepdim=True)
        # The variance over the 32 as a sum of squares, so that nothing cancels.
        power = slope.square().mean(dim=1).clamp_min(1e-30)
        lean = (slope * offset).mean(dim=1) / power
        rest = (offset - lean.unsqueeze(1) * slope).square().mean(dim=1)
        variance = power * (x + self.scales * lean).square() + self.scales.square() * rest
        weight = share * (variance + _TINY).rsqrt()
        parts = torch.cat([weight * x, weight * self.scales, share], dim=-1)  # (B, 32, 27)
        matrix = torch.cat([slope * self.norm_weight, offset * self.norm_weight, self.norm_bias])
        return product(parts, matrix)


class TokenGenerator(nn.Module):
    """(B, 1, L) raw series → (B, 32, 256) tokens; L a multiple of 32, at least 64.

    Tokens join a patch's difference, its shape, its mean and its deviation. Shape and difference
    are standardised over the whole series, mean and deviation carry the absolute scale.
    """

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.difference = StreamTokens(kernel)
        self.shape = StreamTokens(kernel)
        self.mean = ScalarEncoder()
        self.deviation = ScalarEncoder()
        self.join = nn.Linear(2 * WIDTH + 2 * _SCALAR, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=_TINY)

    def forward(self, series: Tensor, mask: Tensor | None = None) -> Tensor:
        """Tokens of (B, 1, L); samples where `mask` (B, L) is false have no influence."""
        x = series.squeeze(1)
        if mask is not None:
            x = torch.where(mask, x, 0.0)
        patches = x.view(x.shape[0], N_PATCHES, -1)
        # As slices and not torch.diff, which ONNX does not know; one 0 at the end, as published.
        step = torch.cat([x[:, 1:] - x[:, :-1], torch.zeros_like(x[:, :1])], dim=1)
        both = None
        if mask is not None:
            both = mask & torch.cat([mask[:, 1:], mask[:, -1:]], dim=1)
        parts = [
            self.difference(_standardised(step, both)),
            self.shape(_standardised(x, mask)),
            self.mean(patches.mean(dim=2)),
            self.deviation(patches.std(dim=2)),
        ]
        tokens: Tensor = self.norm(self.join(torch.cat(parts, dim=2)))
        return tokens


def product(x: Tensor, matrix: Tensor) -> Tensor:
    """(B, T, I) times (I, O). As a convolution in ONNX: int8 must leave the tokens' parts alone."""
    if torch.onnx.is_in_onnx_export():
        by_channel = nn.functional.conv1d(x.transpose(1, 2), matrix.T.unsqueeze(2))
        return by_channel.transpose(1, 2)
    return x @ matrix


def _standardised(x: Tensor, mask: Tensor | None) -> Tensor:
    """(B, L) to mean 0 and deviation 1 over the observed samples; the others become 0."""
    if mask is None:
        return (x - x.mean(dim=1, keepdim=True)) / (x.std(dim=1, keepdim=True) + _EPS)
    n = mask.sum(dim=1, keepdim=True)
    mean = (x * mask).sum(dim=1, keepdim=True) / n.clamp_min(1)
    off = (x - mean) * mask
    deviation = (off.square().sum(dim=1, keepdim=True) / (n - 1).clamp_min(1)).sqrt()
    return off / (deviation + _EPS)


def check_length(series: Tensor) -> None:
    """Raise a `ValueError` unless (B, 1, L) can be cut into 32 patches of two samples or more."""
    if torch.onnx.is_in_onnx_export():  # lengths are part of the graph then
        return
    length = series.shape[-1]
    if length % N_PATCHES or length < 2 * N_PATCHES:
        raise ValueError(f"Mantis takes series of 64, 96, 128 … samples, not of {length}.")


def observed_patches(mask: Tensor) -> Tensor:
    """(B, L) → (B, 32): whether every sample of a patch was observed."""
    return mask.view(len(mask), N_PATCHES, -1).all(dim=2)


def pooled(cls: Tensor, patches: Tensor, observed: Tensor | None, pooling: str) -> Tensor:
    """One vector from cls (B, D) and patches (B, 32, D): "cls", "mean", or "cls+mean" (2 D).

    The mean is over the `observed` (B, 32) patches; of none it is 0.
    """
    if pooling == "cls":
        return cls
    if observed is None:
        mean = patches.mean(dim=1)
    else:
        weight = observed.to(patches.dtype).unsqueeze(2)
        mean = (patches * weight).sum(dim=1) / weight.sum(dim=1).clamp_min(1)
    return mean if pooling == "mean" else torch.cat([cls, mean], dim=1)


def published_token_shapes(kernel: int) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published tensors of the token generator."""
    shapes: dict[str, tuple[int, ...]] = {}
    for i in (0, 1):
        shapes[f"tokgen_unit.convs.{i}.conv.weight"] = (WIDTH, 1, kernel)
        shapes[f"tokgen_unit.convs.{i}.conv.bias"] = (WIDTH,)
        encoder = f"tokgen_unit.scalar_encoders.{i}"
        shapes[f"{encoder}.scales"] = (len(SCALES),)
        for k in range(len(SCALES)):
            shapes[f"{encoder}.encoders.{k}.w"] = shapes[f"{encoder}.encoders.{k}.b"] = (1, _SCALAR)
            for part in ("weight", "bias"):
                shapes[f"{encoder}.encoders.{k}.layer_norm.{part}"] = (_SCALAR,)
        for part in ("weight", "bias"):
            shapes[f"tokgen_unit.layer_norms.{i}.{part}"] = (WIDTH,)
    shapes["tokgen_unit.linear_encoder.linear.weight"] = (WIDTH, 2 * WIDTH + 2 * _SCALAR)
    shapes["tokgen_unit.linear_encoder.linear.bias"] = (WIDTH,)
    for part in ("weight", "bias"):
        shapes[f"tokgen_unit.linear_encoder.layer_norm.{part}"] = (WIDTH,)
    return shapes


def published_layer_shapes(
    layer: nn.Module, names: Mapping[str, str], n_layers: int
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the published tensors of the transformer; `names`: theirs to ours."""
    ours = {name: tuple(tensor.shape) for name, tensor in layer.state_dict().items()}
    return {
        f"transf_unit.transformer.layers.{i}.{theirs}": ours[name]
        for i in range(n_layers)
        for theirs, name in names.items()
    }


def token_state(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Our state dict of the token generator from the published tensors."""
    unit = "tokgen_unit"
    state = {}
    for part in ("weight", "bias"):
        for i, stream in enumerate(("difference", "shape")):
            state[f"{stream}.conv.{part}"] = tensors[f"{unit}.convs.{i}.conv.{part}"]
            state[f"{stream}.norm.{part}"] = tensors[f"{unit}.layer_norms.{i}.{part}"]
        state[f"join.{part}"] = tensors[f"{unit}.linear_encoder.linear.{part}"]
        state[f"norm.{part}"] = tensors[f"{unit}.linear_encoder.layer_norm.{part}"]
    ours = {"w": "slope", "b": "offset", "layer_norm.weight": "norm_weight",
            "layer_norm.bias": "norm_bias"}  # fmt: skip
    for i, scalar in enumerate(("mean", "deviation")):
        for theirs, name in ours.items():
            start = f"{unit}.scalar_encoders.{i}.encoders"
            rows = [tensors[f"{start}.{k}.{theirs}"].reshape(-1) for k in range(len(SCALES))]
            state[f"{scalar}.{name}"] = torch.stack(rows)
    return state
