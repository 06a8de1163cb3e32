"""Facts of a model as every page writes them."""

from __future__ import annotations

import re

from comodo_app.jobs.model_cards import ModelCard
from comodo_app.weights.catalog import CatalogEntry


def licence_chip(licence: str, *, non_commercial: bool) -> tuple[str, str, str]:
    """Label, tone and icon of the chip of a licence; long remarks stay in the tooltip."""
    name = licence.partition(" (")[0]
    if non_commercial:
        return f"{name} · non-commercial", "warn", "warn"
    if licence.startswith(("MIT", "Apache", "BSD")):
        return name, "ok", "check"
    return name, "plain", "info"


def parameters(n: int) -> str:
    """ "86.5 M"."""
    return f"{n / 1e6:.1f} M" if n >= 1e5 else f"{n / 1e3:.0f} k"


def short_input(preprocessing: str) -> str:
    """ "16 frames, 224×224" of "16 frames, shortest side 224, centre 224×224"."""
    short = re.sub(r", shortest side \d+, centre (?=\d)", ", ", preprocessing)
    return re.sub(r", squashed to (?=\d)", ", ", short)


def naming(entry: CatalogEntry) -> str:
    """How a teacher can name activities by itself."""
    if entry.naming == "text":
        return "by your own words"
    return entry.naming[:1].upper() + entry.naming[1:] if entry.naming else "no"


def speed(card: ModelCard) -> str:
    """ "3.1 windows/s"."""
    if card.speed_per_s is None:
        return "not measured"
    return f"{card.speed_per_s:.{0 if card.speed_per_s >= 100 else 1}f} windows/s"
