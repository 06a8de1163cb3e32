"""Words to token numbers, by the tokenizer that lies beside a model; imports transformers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comodo_app.errors import UnreadableFile

if TYPE_CHECKING:
    from torch import Tensor


def tokenized(texts: Sequence[str], folder: Path, *, length: int) -> tuple[Tensor, Tensor]:
    """Token numbers and which of them are words, both (n, length), padded and cut to `length`.

    Raises
    ------
    UnreadableFile
        If the folder has no tokenizer, or one that would need code or a further library.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, ImportError, KeyError, TypeError) as error:
        reason = (str(error) or type(error).__name__).strip().splitlines()[0][:200]
        raise UnreadableFile(
            f"The model's tokenizer cannot be read ({reason}).",
            where=str(folder),
            hint="Get the whole model again: tokenizer.json is published beside its weights.",
        ) from error
    made = tokenizer(
        list(texts),
        padding="max_length",
        truncation=True,
        max_length=length,
        return_tensors="pt",
        return_attention_mask=True,
    )
    return made["input_ids"], made["attention_mask"]
