"""What the window and the terminal show of every model: in the catalogue, on this disk, or both."""

from __future__ import annotations

from dataclasses import dataclass, replace

from comodo_app.errors import UsageError
from comodo_app.weights import store
from comodo_app.weights.catalog import CatalogEntry, Kind, catalog
from comodo_app.weights.store import InstalledModel


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model, with what is known of it on this computer.

    Attributes
    ----------
    entry : CatalogEntry
        From the catalogue; for a folder of one's own made from its manifest, without a repository.
    installed : InstalledModel or None
        None while it is not on this disk.
    speed_per_s : float or None
        Windows per second as measured on this computer; None if it was never measured.
    fast_path : str
        How it runs here and why, in a sentence: which way was verified as faster, or why none.
    partial_bytes : int
        What an interrupted download has left.
    """

    entry: CatalogEntry
    installed: InstalledModel | None
    speed_per_s: float | None = None
    fast_path: str = ""
    partial_bytes: int = 0

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of one's own that no catalogue knows."""
        return not self.entry.repo


def list_models() -> tuple[ModelCard, ...]:
    """The catalogue in its order, then imported folders of one's own."""
    here = {model.id: model for model in store.installed()}
    known = catalog()
    cards = [
        _with_speed(ModelCard(each, here.get(each.id), partial_bytes=store.partial_bytes(each.id)))
        for each in known
    ]
    own = [model for model_id, model in here.items() if model_id.startswith(store.LOCAL)]
    return (*cards, *(_with_speed(ModelCard(local_entry(model), model)) for model in own))


def _with_speed(card: ModelCard) -> ModelCard:
    """The card with what was measured on this computer."""
    from comodo_app.jobs.device_choice import known_choice

    if card.installed is None:
        return card
    choice = known_choice(card.entry.id, card.installed.digest)
    if choice is None:
        return card
    return replace(card, speed_per_s=choice.per_s, fast_path=choice.reason)


def model_card(model_id: str) -> ModelCard:
    """The card of one model.

    Raises
    ------
    UsageError
        If no such model is in the catalogue or on this disk; the known ones are listed.
    """
    cards = list_models()
    for card in cards:
        if card.entry.id == model_id:
            return card
    raise UsageError(
        f"There is no model called {model_id!r}.",
        hint=f"Known: {', '.join(card.entry.id for card in cards)}.",
    )


def local_entry(model: InstalledModel) -> CatalogEntry:
    """What the manifest of an imported folder says, in the catalogue's words."""
    manifest = store.read_manifest(model.folder)
    about = manifest.about if manifest is not None else {}
    return CatalogEntry(
        id=model.id,
        kind=Kind(about.get("kind", Kind.TEACHER.value)),
        title=str(about.get("title", model.id)),
        summary="A folder of your own.",
        architecture=manifest.architecture if manifest is not None else "",
        repo="",
        revision=model.revision,
        files=tuple(manifest.files) if manifest is not None else (),
        size_bytes=model.size_bytes,
        licence=model.licence,
        licence_url="",
        non_commercial=False,
        embedding_dim=int(about.get("embedding_dim", 0)),
        n_parameters=int(about.get("n_parameters", 0)),
        preprocessing="as its own preprocessor_config.json says",
        naming=str(about.get("naming", "")),
        verified="not checked by the app's makers",
    )
