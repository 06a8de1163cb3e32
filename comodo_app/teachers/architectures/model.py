"""What an architecture is to the app, and what they share: configuration, weights, pooling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comodo_app.errors import UnreadableFile, UsageError
from comodo_app.weights.checking import read_config as read_config
from comodo_app.weights.reading import account_for_keys

if TYPE_CHECKING:
    from torch import Tensor, nn

Config = Mapping[str, Any]
Options = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """What a model looks at and gives, as its configuration says: no weights are needed for it."""

    n_frames: int
    height_px: int
    width_px: int
    dim: int


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A model with its weights.

    `module` maps (B, F, 3, h, w) to (B, D), `logits` to (B, L) for the L `labels`; `texts` maps n
    texts to (n, D).
    """

    module: nn.Module
    labels: tuple[str, ...] = ()
    logits: Callable[[Tensor], Tensor] | None = None
    texts: Callable[[Sequence[str]], Tensor] | None = None


@dataclass(frozen=True, slots=True)
class Architecture:
    """One family of models.

    Attributes
    ----------
    key : str
        Its name in the catalogue.
    model_types : tuple of str
        What config.json's ``model_type`` may be.
    options : tuple of str
        Names of the options that it takes.
    outline : callable
        ``(config, options, folder)`` → `Outline`; imports nothing heavy.
    build : callable
        ``(config, tensors, options, folder)`` → `Built`, every tensor accounted for.
    exportable : bool
        Whether its module can be written as an ONNX graph.
    """

    key: str
    model_types: tuple[str, ...]
    options: tuple[str, ...]
    outline: Callable[[Config, Options, Path], Outline]
    build: Callable[[Config, Mapping[str, Tensor], Options, Path], Built]
    exportable: bool = True


def whole(config: Config, name: str, default: int, folder: Path) -> int:
    """A positive whole number of a configuration; files leave out what is the default."""
    value = config.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UnreadableFile(
            f"{name} is {value!r}, not a positive whole number.", where=str(folder / "config.json")
        )
    return value


def image_size(config: Config, default: int, folder: Path) -> tuple[int, int]:
    """Height and width of the pictures that a model was made for."""
    value = config.get("image_size")
    if isinstance(value, list | tuple) and len(value) == 2:
        sizes = {"height": value[0], "width": value[1]}
        return whole(sizes, "height", 0, folder), whole(sizes, "width", 0, folder)
    side = whole(config, "image_size", default, folder)
    return side, side


def frames_outline(
    config: Config, folder: Path, *, n_frames: int, side_px: int, dim: int = 768
) -> Outline:
    """`Outline` of a model of whole frames, with what its class takes for missing values."""
    height, width = image_size(config, side_px, folder)
    return Outline(
        n_frames=whole(config, "num_frames", n_frames, folder),
        height_px=height,
        width_px=width,
        dim=whole(config, "hidden_size", dim, folder),
    )


def part(config: Config, name: str, folder: Path) -> Config:
    """A table inside a configuration; empty if all of it is the default."""
    value = config.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise UnreadableFile(f"{name} is no table.", where=str(folder / "config.json"))
    return value


def frames_option(options: Options, default: int, *, multiple_of: int = 1) -> int:
    """The option "n_frames".

    Raises
    ------
    UsageError
        If it is not a positive multiple of `multiple_of`.
    """
    value = options.get("n_frames", default)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1 or value % multiple_of:
        wanted = f"a multiple of {multiple_of}" if multiple_of > 1 else "a whole number"
        raise UsageError(f"n_frames is {value!r}, it must be {wanted} above 0.")
    return value


def pooling_option(options: Options, known: Sequence[str]) -> str:
    """The option "pooling"; the first of `known` unless it is given.

    Raises
    ------
    UsageError
        If it is none of `known`.
    """
    value = options.get("pooling", known[0])
    if value not in known:
        raise UsageError(f"There is no pooling {value!r}.", hint=f"Known: {', '.join(known)}.")
    return str(value)


def read_labels(config: Config, n_labels: int, folder: Path) -> tuple[str, ...]:
    """Names of a classifier's outputs, in order.

    Raises
    ------
    UnreadableFile
        If there is not one name for each of them.
    """
    names = config.get("id2label") or {str(i): f"LABEL_{i}" for i in range(n_labels)}
    if not isinstance(names, dict) or {str(i) for i in range(n_labels)} != set(map(str, names)):
        raise UnreadableFile(
            f"id2label does not name the classifier's {n_labels} outputs.",
            where=str(folder / "config.json"),
        )
    by_id = {int(i): str(name) for i, name in names.items()}
    return tuple(by_id[i] for i in range(n_labels))


def made_config(config_class: Any, config: Config, folder: Path) -> Any:
    """The library's own configuration object.

    Raises
    ------
    UnreadableFile
        If a value is of a kind that the library refuses.
    """
    from huggingface_hub.errors import StrictDataclassError

    values = {name: value for name, value in config.items() if name != "auto_map"}
    try:
        return config_class.from_dict(values)
    except (StrictDataclassError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise UnreadableFile(
            f"The configuration does not fit the model: {_first_line(error)}.",
            where=str(folder / "config.json"),
            hint="Get the model again.",
        ) from error


def made_network(network_class: Any, config: Any, folder: Path) -> nn.Module:
    """The library's own network, its weights not set yet.

    Attention is torch's fused one where the class has it: 0.4 s instead of 0.9 s per clip for
    VideoMAE-S on two cores.
    """
    from transformers.initialization import no_init_weights

    try:
        with no_init_weights():
            network: nn.Module = network_class._from_config(
                config,
                attn_implementation="sdpa" if network_class._supports_sdpa else "eager",
            )
    except (TypeError, ValueError, KeyError, RuntimeError, ZeroDivisionError) as error:
        raise UnreadableFile(
            f"No network can be built from the configuration: {_first_line(error)}.",
            where=str(folder / "config.json"),
            hint="Get the model again.",
        ) from error
    return network.eval().requires_grad_(False)


def fill(
    network: nn.Module,
    tensors: Mapping[str, Tensor],
    folder: Path,
    *,
    ignore: Sequence[str] = (),
) -> None:
    """Put tensors into a network; half-precision files become float32.

    Parameters
    ----------
    ignore : sequence of str
        Patterns of names that the file may hold besides; they are knowingly not used.

    Raises
    ------
    UnreadableFile
        If a tensor is missing, unknown, or of another shape.
    """
    state = network.state_dict()
    # Tables that the class computes itself; some versions of the library stored them.
    computed = {name for name, _ in network.named_buffers()} - set(tensors)
    wanted = {name: tuple(t.shape) for name, t in state.items() if name not in computed}
    found = {name: tuple(t.shape) for name, t in tensors.items()}
    account_for_keys(wanted, found, ignore=(*ignore, "*.position_ids"), where=folder)
    for name in wanted:
        state[name].copy_(tensors[name])


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return ": ".join(lines[:2])[:200] or type(error).__name__
