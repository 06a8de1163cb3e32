"""From a name that a person types to a student: architectures, and models of the catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from comodo_app.errors import UsageError
from comodo_app.students.spec import PER_CHANNEL, StudentSpec
from comodo_app.weights.catalog import CatalogEntry, Kind, catalog
from comodo_app.weights.store import find

OWN = ("tcn", "transformer")


def student_names() -> tuple[str, ...]:
    """Everything that `student_named` understands, our own architectures first."""
    return (*OWN, *(entry.id for entry in _entries()))


def student_named(
    name: str, *, sample_rate_hz: float = 50.0, window_s: float = 5.0, random_init: bool = False
) -> StudentSpec:
    """The student called `name`, with the layer and pooling that suit its published weights.

    A model of the catalogue starts from its published weights, which must have been fetched by
    the time a run begins (`with_digest`); `random_init` trains the same network from scratch.

    Raises
    ------
    UsageError
        If there is none of that name; the known ones are listed.
    """
    if name in OWN:
        return StudentSpec(name, sample_rate_hz, window_s)
    for entry in _entries():
        if entry.id == name:
            layer = entry.options.get("layer")
            return StudentSpec(
                entry.architecture,
                sample_rate_hz,
                window_s,
                embedding_dim=0,
                layer=None if layer is None else int(layer),
                pooling=str(entry.options.get("pooling", "")),
                pretrained="" if random_init else entry.id,
            )
    raise UsageError(f"There is no student called {name!r}.", hint=f"Known students: {_listed()}.")


def with_digest(spec: StudentSpec) -> StudentSpec:
    """`spec` pinned to the weights that lie here now; unchanged if it starts from random ones.

    Raises
    ------
    UsageError
        If the weights are not here, or are others than those that the spec was pinned to.
    """
    if not spec.pretrained:
        return spec
    digest = weights_of(spec)[1]
    if spec.pretrained_digest not in ("", digest):
        raise UsageError(
            f"The weights of {spec.pretrained} are not those that this run began with "
            f"({digest}, not {spec.pretrained_digest}).",
            hint="Fetch the revision that it began with, or start a new run.",
        )
    return replace(spec, pretrained_digest=digest)


def weights_of(spec: StudentSpec) -> tuple[Path, str]:
    """The folder of the weights that a pretrained student starts from, and their digest.

    Raises
    ------
    UsageError
        If they have not been fetched; says how to, and how to do without.
    """
    model = find(spec.pretrained)
    if model is None:
        raise UsageError(
            f"The weights of {spec.pretrained} are not on this computer.",
            hint=f"Fetch them with `comodo models get {spec.pretrained}`, or train the same "
            "network from scratch with --random-init.",
        )
    return model.folder, model.digest


def _entries() -> list[CatalogEntry]:
    return [e for e in catalog() if e.kind is Kind.STUDENT and e.architecture in PER_CHANNEL]


def _listed() -> str:
    return ", ".join(student_names())
