"""COMODO: activity recognition from wearable IMUs, taught by video, without labels."""

from __future__ import annotations

__version__ = "0.1.0"
