"""Weights as Mantis's authors publish them: names and shapes written down here, numbers drawn."""

from __future__ import annotations

import torch
from torch import Tensor

from comodo_app.students.mantis_tokens import SCALES


def mantis_v1_shapes(unit: str = "vit_unit") -> dict[str, tuple[int, ...]]:
    """All 8 103 936 parameters and three constants of Mantis-8M; newer files say transf_unit."""
    shapes = _tokens(17) | {
        f"{unit}.cls_token": (256,),
        f"{unit}.pos_encoder.pe": (33, 1, 256),
        "prj.0.weight": (256,), "prj.0.bias": (256,),
        "prj.1.weight": (256, 256), "prj.1.bias": (256,),
    }  # fmt: skip
    for i in range(6):
        layer = f"{unit}.transformer.layers.{i}"
        shapes |= {
            f"{layer}.0.norm.weight": (256,), f"{layer}.0.norm.bias": (256,),
            f"{layer}.0.fn.to_qkv.weight": (3072, 256),
            f"{layer}.0.fn.to_out.0.weight": (256, 1024), f"{layer}.0.fn.to_out.0.bias": (256,),
            f"{layer}.1.norm.weight": (256,), f"{layer}.1.norm.bias": (256,),
            f"{layer}.1.fn.net.0.weight": (512, 256), f"{layer}.1.fn.net.0.bias": (512,),
            f"{layer}.1.fn.net.3.weight": (256, 512), f"{layer}.1.fn.net.3.bias": (256,),
        }  # fmt: skip
    return shapes


def mantis_v2_shapes() -> dict[str, tuple[int, ...]]:
    """All 4 188 672 parameters and two constants of MantisV2; rotations are not stored."""
    shapes = _tokens(41) | {
        "transf_unit.cls_token": (256,),
        "prj.0.weight": (256,), "prj.0.bias": (256,),
        "prj.1.weight": (256, 256), "prj.1.bias": (256,),
    }  # fmt: skip
    for i in range(6):
        layer = f"transf_unit.transformer.layers.{i}"
        shapes |= {
            f"{layer}.norm1.scale": (256,), f"{layer}.norm2.scale": (256,),
            f"{layer}.attention.wQKV.weight": (768, 256), f"{layer}.attention.wQKV.bias": (768,),
            f"{layer}.attention.wO.weight": (256, 256), f"{layer}.attention.wO.bias": (256,),
            f"{layer}.mlp.0.weight": (1024, 256), f"{layer}.mlp.0.bias": (1024,),
            f"{layer}.mlp.2.weight": (256, 512), f"{layer}.mlp.2.bias": (256,),
        }  # fmt: skip
    return shapes


def _tokens(kernel: int) -> dict[str, tuple[int, ...]]:
    unit = "tokgen_unit"
    shapes: dict[str, tuple[int, ...]] = {
        f"{unit}.linear_encoder.linear.weight": (256, 576),
        f"{unit}.linear_encoder.linear.bias": (256,),
        f"{unit}.linear_encoder.layer_norm.weight": (256,),
        f"{unit}.linear_encoder.layer_norm.bias": (256,),
    }
    for i in (0, 1):
        shapes |= {
            f"{unit}.convs.{i}.conv.weight": (256, 1, kernel),
            f"{unit}.convs.{i}.conv.bias": (256,),
            f"{unit}.layer_norms.{i}.weight": (256,), f"{unit}.layer_norms.{i}.bias": (256,),
            f"{unit}.scalar_encoders.{i}.scales": (9,),
        }  # fmt: skip
        for k in range(9):
            encoder = f"{unit}.scalar_encoders.{i}.encoders.{k}"
            shapes |= {
                f"{encoder}.w": (1, 32), f"{encoder}.b": (1, 32),
                f"{encoder}.layer_norm.weight": (32,), f"{encoder}.layer_norm.bias": (32,),
            }  # fmt: skip
    return shapes


def drawn(shapes: dict[str, tuple[int, ...]], *, seed: int = 0) -> dict[str, Tensor]:
    """Random tensors of these shapes, of a size that keeps activations sane; true constants."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in shapes.items():
        spread = shape[-1] ** -0.5 if len(shape) > 1 else 0.1
        value = torch.randn(shape, generator=generator) * spread
        if "norm" in name and name.endswith(("weight", "scale")):
            value += 1.0
        tensors[name] = value
        if name.endswith(".scales"):
            tensors[name] = torch.tensor(SCALES)
        if name.endswith(".pe"):
            tensors[name] = _positions().unsqueeze(1)
    return tensors


def _positions() -> Tensor:
    """Sinusoids as loops: sine at even places, cosine at odd ones."""
    table = torch.zeros(33, 256, dtype=torch.float64)
    for t in range(33):
        for i in range(0, 256, 2):
            angle = torch.tensor(t / 10000 ** (i / 256), dtype=torch.float64)
            table[t, i], table[t, i + 1] = torch.sin(angle), torch.cos(angle)
    return table.float()
