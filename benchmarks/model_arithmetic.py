"""What each model computes per window, counted and not timed: the same on every computer.

    python benchmarks/model_arithmetic.py     # some seconds, no weights, no pictures

Networks have the published shape; teachers without any weights (torch's meta device), students with
random ones, cut off after the layer that the catalogue recommends. Counted are the operations of
matrix products, attention and convolutions, a multiplication with its addition as two.
"""

from __future__ import annotations

import torch
import transformers
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from comodo_app.students.encoder import build_student
from comodo_app.students.named import student_named, student_names


def teachers() -> dict[str, tuple[nn.Module, dict[str, Tensor | bool]]]:
    """Networks of the catalogue's teachers, and one window for each."""
    small = {"hidden_size": 384, "num_attention_heads": 6, "intermediate_size": 1536}
    frames_16 = torch.zeros(1, 16, 3, 224, 224)
    return {
        "timesformer-b": (
            transformers.TimesformerModel(transformers.TimesformerConfig()),
            {"pixel_values": frames_16[:, :8]},
        ),
        "videomae-b": (
            transformers.VideoMAEModel(transformers.VideoMAEConfig()),
            {"pixel_values": frames_16},
        ),
        "videomae-s": (
            transformers.VideoMAEModel(transformers.VideoMAEConfig(**small)),
            {"pixel_values": frames_16},
        ),
        "vjepa2-l": (
            transformers.VJEPA2Model(transformers.VJEPA2Config()),
            {"pixel_values_videos": torch.zeros(1, 16, 3, 256, 256), "skip_predictor": True},
        ),
        "videoprism-lvt-b": (
            transformers.VideoPrismVideoModel(transformers.VideoPrismVisionConfig()),
            {"pixel_values_videos": torch.zeros(1, 16, 3, 288, 288)},
        ),
        "siglip2-b": (
            transformers.SiglipVisionModel(transformers.SiglipVisionConfig(image_size=224)),
            {"pixel_values": torch.zeros(8, 3, 224, 224)},
        ),
    }


def operations(network: nn.Module, inputs: dict[str, Tensor | bool]) -> int:
    """Of one forward pass in evaluation mode."""
    network.eval().requires_grad_(False)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(**inputs)
    return int(counter.get_total_flops())


def main() -> None:
    """Count all and print a table."""
    torch.backends.mha.set_fastpath_enabled(False)  # its one fused operation is not counted
    print(f"{'model':<18}{'10⁹ operations':>16}{'10⁶ parameters':>16}")
    with torch.device("meta"):
        rows = teachers()
    for name in student_names():
        spec = student_named(name, random_init=True)
        rows[name] = (build_student(spec, seed=0), {"windows": torch.zeros(1, spec.n_samples, 6)})
    for name, (network, inputs) in rows.items():
        count = sum(p.numel() for p in network.parameters())
        print(f"{name:<18}{operations(network, inputs) / 1e9:>16.3f}{count / 1e6:>16.2f}")


if __name__ == "__main__":
    main()
