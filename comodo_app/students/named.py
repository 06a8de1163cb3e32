"""From a name that a person types to a student: architectures, and models of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from comodo_app.errors import UsageError
from comodo_app.students.spec import PER_CHANNEL, StudentSpec
from comodo_app.weights.catalog import Kind, catalog
from comodo_app.weights.store import find, installed, read_manifest

OWN = ("tcn", "transformer")


def student_names() -> tuple[str, ...]:
    """Everything that `student_named` understands, our own architectures first."""
    return (*OWN, *_published())


def student_named(
    name: str, *, sample_rate_hz: float = 50.0, window_s: float = 5.0, random_init: bool = False
) -> StudentSpec:
    """The student called `name`, with the layer and pooling that suit its published weights.

    A model of the catalogue starts from its published weights, which must have been fetched by
    the time a run begins (`with_digest`), an imported one from its own; `random_init` trains the
    same network from scratch.

    Raises
    ------
    UsageError
        If there is none of that name; the known ones are listed.
    """
    if name in OWN:
        return StudentSpec(name, sample_rate_hz, window_s)
    published = _published()
    if name not in published:
        raise UsageError(
            f"There is no student called {name!r}.",
            hint=f"Known students: {', '.join(student_names())}.",
        )
    architecture, options = published[name]
    layer = options.get("layer")
    return StudentSpec(
        architecture,
        sample_rate_hz,
        window_s,
        layer=None if layer is None else int(layer),
        pooling=str(options.get("pooling", "")),
        pretrained="" if random_init else name,
    )


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


def _published() -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Architecture and options by id: students of the catalogue, and imported ones."""
    entries = [entry for entry in catalog() if entry.kind is Kind.STUDENT]
    found = {entry.id: (entry.architecture, entry.options) for entry in entries}
    for model in installed():
        manifest = read_manifest(model.folder)
        if manifest is not None and model.id not in found:
            found[model.id] = (manifest.architecture, {})
    return {name: about for name, about in found.items() if about[0] in PER_CHANNEL}
