"""The catalogue of models that can be fetched: ``models/catalog.toml``, read strictly."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from comodo_app.errors import UsageError

SCHEMA = 1


class Kind(Enum):
    """What a model is for: looking at video, or at the IMU."""

    TEACHER = "teacher"
    STUDENT = "student"


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One model of the catalogue.

    Attributes
    ----------
    id : str
        Short name in commands, settings and cache keys.
    architecture : str
        Which class of the app reads its weights.
    revision : str
        A commit, or a branch that is resolved to a commit when the model is fetched.
    files : tuple of str
        Names or patterns in the repository's top folder; nothing else is fetched.
    size_bytes : int
        About; the true size comes from the hub before the first byte.
    embedding_dim : int
        Teacher: numbers per window. Student: numbers per channel, pooled as `options` say.
    preprocessing, naming, verified : str
        In words, for the card: what it sees, how it can name activities ("" if it cannot), and how
        far its results were checked.
    options : mapping
        Options of the architecture, such as a layer or a pooling.
    model_types : tuple of str
        What ``config.json`` may say as ``model_type``; empty for models that say none.
    expects_keys : tuple of str
        Patterns of tensor names that the weights must hold.
    """

    id: str
    kind: Kind
    title: str
    summary: str
    architecture: str
    repo: str
    revision: str
    files: tuple[str, ...]
    size_bytes: int
    licence: str
    licence_url: str
    non_commercial: bool
    embedding_dim: int
    n_parameters: int
    preprocessing: str
    naming: str
    verified: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    model_types: tuple[str, ...] = ()
    expects_keys: tuple[str, ...] = ()

    @property
    def licence_line(self) -> str:
        """The licence as it is shown before the first byte."""
        return f"{self.licence} (non-commercial use only)" if self.non_commercial else self.licence


def catalog() -> tuple[CatalogEntry, ...]:
    """All models of the catalogue, teachers first, in the order of the file.

    Raises
    ------
    UsageError
        If the catalogue is missing or an entry is not as it must be; says which and what.
    """
    return read_catalog(catalog_path())


def entry(model_id: str) -> CatalogEntry:
    """The model called `model_id`.

    Raises
    ------
    UsageError
        If there is none; the known ones are listed.
    """
    known = catalog()
    for each in known:
        if each.id == model_id:
            return each
    raise UsageError(
        f"There is no model called {model_id!r}.",
        hint=f"Known: {', '.join(each.id for each in known)}.",
    )


def catalog_path() -> Path:
    """``models/catalog.toml`` beside the package, or where an installation put it."""
    beside = Path(__file__).resolve().parents[2] / "models" / "catalog.toml"
    installed = Path(sys.prefix) / "share" / "comodo" / "models" / "catalog.toml"
    for path in (beside, installed):
        if path.is_file():
            return path
    raise UsageError(
        "The catalogue of models is missing.", where=str(beside), hint="Install the app again."
    )


@cache
def read_catalog(path: Path) -> tuple[CatalogEntry, ...]:
    """Read one catalogue file; see `catalog`."""
    try:
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The catalogue cannot be read: {error}", where=str(path)) from error
    schema = stored.pop("schema", None)
    if schema != SCHEMA:
        raise UsageError(f"The catalogue's schema is {schema!r}, not {SCHEMA}.", where=str(path))
    unknown = sorted(set(stored) - {kind.value for kind in Kind})
    if unknown:
        raise UsageError(f"The catalogue knows no kind {unknown[0]!r}.", where=str(path))
    entries: list[CatalogEntry] = []
    for kind in Kind:
        group = stored.get(kind.value, {})
        if not isinstance(group, dict):
            raise UsageError(f"[{kind.value}] is no table of models.", where=str(path))
        for model_id, table in group.items():
            if any(each.id == model_id for each in entries):
                raise UsageError(f"{model_id} is there twice.", where=str(path))
            entries.append(_entry(path, kind, model_id, table))
    return tuple(entries)


_TEXT = ("title", "summary", "architecture", "repo", "revision", "licence", "licence_url",
         "preprocessing", "naming", "verified")  # fmt: skip
_MAY_BE_EMPTY = ("naming",)
_COUNT = ("size_bytes", "embedding_dim", "n_parameters")
_OPTIONAL = ("options", "model_types", "expects_keys")


def _entry(path: Path, kind: Kind, model_id: str, table: object) -> CatalogEntry:
    def bad(what: str) -> UsageError:
        return UsageError(f"{what}.", where=f"{path}: [{kind.value}.{model_id}]")

    if not isinstance(table, dict):
        raise bad("This is no table")
    if not model_id or not all(c.isascii() and (c.isalnum() or c in "-_.") for c in model_id):
        raise bad("An id is made of letters, digits, '-', '_' and '.'")
    if model_id.startswith((".", "local-")):
        raise bad("An id begins neither with '.' nor with 'local-'")
    wanted = {each.name for each in fields(CatalogEntry)} - {"id", "kind"}
    for name in sorted(set(table) - wanted):
        raise bad(f"{name} is not known")
    for name in sorted(wanted - set(table) - set(_OPTIONAL)):
        raise bad(f"{name} is missing")
    values: dict[str, Any] = dict(table)
    for name in _TEXT:
        if not isinstance(values[name], str) or not (values[name] or name in _MAY_BE_EMPTY):
            raise bad(f"{name} must be a text")
    for name in _COUNT:
        if isinstance(values[name], bool) or not isinstance(values[name], int) or values[name] < 1:
            raise bad(f"{name} must be a whole number above 0")
    if not isinstance(values["non_commercial"], bool):
        raise bad("non_commercial must be true or false")
    for name in ("files", "model_types", "expects_keys"):
        texts = values.get(name, [])
        if not isinstance(texts, list) or not all(isinstance(t, str) and t for t in texts):
            raise bad(f"{name} must be a list of texts")
        values[name] = tuple(texts)
    if not values["files"]:
        raise bad("files must name at least one file")
    for name in values["files"]:
        if "/" in name or "\\" in name or name.startswith(".") or name.endswith(".py"):
            raise bad(f"files: {name!r} is not a data file of the top folder")
    if values["repo"].count("/") != 1:
        raise bad("repo must be OWNER/NAME")
    if not isinstance(values.get("options", {}), dict):
        raise bad("options must be a table")
    values["options"] = MappingProxyType(dict(values.get("options", {})))
    return CatalogEntry(id=model_id, kind=kind, **values)
