"""Fetch a published model, import one from a folder, verify it, remove it."""

from __future__ import annotations

from comodo_app.jobs.model_cards import ModelCard, list_models, model_card

__all__ = ["ModelCard", "list_models", "model_card"]
