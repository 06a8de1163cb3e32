"""Recipe settings as text: ``epochs=40`` as typed in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from comodo_app.distillation.recipes import COMODO_PLUS, Recipe
from comodo_app.errors import UsageError


def parse_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """``["epochs=40", "keep_best=no"]`` → values of the types that the recipe has.

    Raises
    ------
    UsageError
        For a pair without "=", an unknown setting, or a value of another type.
    """
    known = {field.name for field in fields(Recipe)} - {"name"}
    values: dict[str, Any] = {}
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or key not in known:
            raise UsageError(
                f"{pair!r} is no setting of a recipe.",
                hint=f"Write --set NAME=VALUE; names: {', '.join(sorted(known))}.",
            )
        values[key] = _value(key, text)
    return values


def _value(key: str, text: str) -> Any:
    default = getattr(COMODO_PLUS, key)
    try:
        if isinstance(default, bool):
            return {"yes": True, "true": True, "no": False, "false": False}[text.lower()]
        return type(default)(text)
    except (KeyError, ValueError) as error:
        kind = {bool: "yes or no", int: "a whole number", float: "a number"}.get(type(default))
        raise UsageError(f"{key} must be {kind}, not {text!r}.") from error
