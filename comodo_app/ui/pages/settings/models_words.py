"""What a model's card says, in words: pure functions of what the session knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from comodo_app.jobs.model_cards import ModelCard
from comodo_app.session.jobs import JobState
from comodo_app.session.models import OWN, Models, Trouble, Work
from comodo_app.ui.model_words import naming, parameters, short_input, speed
from comodo_app.ui.numbers import THIN_SPACE, size
from comodo_app.weights.catalog import Kind

_WHEN_MEASURED = "Measured on this computer on its first use, or by Measure."
OWN_PART = "Part of COMODO"


@dataclass(frozen=True, slots=True)
class CardWords:
    """All that a card shows. `actions` are keys of `models_card.BUTTONS`, the usual one first.

    `state` is label, tone and icon of its chip; `progress` a share (None: unknown) and a line.
    """

    title: str
    summary: str
    kind: Kind
    licence: str
    non_commercial: bool
    state: tuple[str, str, str]
    facts: tuple[tuple[str, str, str], ...]  # name, value, tooltip
    actions: tuple[str, ...] = ()
    continue_label: str = ""
    progress: tuple[float | None, str] | None = None
    trouble: str = ""
    trouble_details: str = ""
    can_retry: bool = False
    hint: str = ""
    details: tuple[tuple[str, str], ...] = ()
    folder: str = ""

    @property
    def searched(self) -> str:
        """What a search looks through."""
        values = " ".join(value for _, value, _ in self.facts)
        commercial = "non-commercial" if self.non_commercial else ""
        return f"{self.title} {self.summary} {self.licence} {commercial} {values} {self.state[0]}"


def words_of(card: ModelCard, models: Models) -> CardWords:
    """What the card of a model says now."""
    entry, model_id = card.entry, card.entry.id
    work, trouble = models.work.get(model_id), models.troubles.get(model_id)
    return CardWords(
        title=entry.title,
        summary=entry.summary,
        kind=entry.kind,
        licence=entry.licence or "Licence not known",
        non_commercial=entry.non_commercial,
        state=_state(card, work, trouble, models.checked.get(model_id)),
        facts=_facts(card),
        actions=_actions(card, work, trouble, offline=models.offline),
        continue_label=continue_label(card),
        progress=_progress(work),
        trouble=trouble.error.removeprefix(f"{entry.title}: ") if trouble is not None else "",
        trouble_details=trouble.details if trouble is not None else "",
        can_retry=trouble is not None and not trouble.damaged,
        hint=_hint(card, work, offline=models.offline),
        details=_details(card),
        folder=str(card.installed.folder) if card.installed is not None else "",
    )


def own_words(models: Models) -> CardWords | None:
    """The card of a folder of one's own on its way in; None if there is none."""
    work, trouble = models.work.get(OWN), models.troubles.get(OWN)
    folder = work.folder if work is not None else trouble.folder if trouble is not None else None
    if folder is None:
        return None
    state = _doing(work) if work is not None else ("Not imported", "err", "error")
    return CardWords(
        title=folder.name,
        summary="A folder of your own.",
        kind=Kind.TEACHER,
        licence="Licence not known",
        non_commercial=False,
        state=state,
        facts=(),
        actions=("stop",) if work is not None else ("forget",),
        progress=_progress(work),
        trouble=trouble.error if trouble is not None else "",
        trouble_details=trouble.details if trouble is not None else "",
        can_retry=trouble is not None,
    )


def continue_label(card: ModelCard) -> str:
    """ "Continue (312 of 344 MB here)"; what is here may be a little more than the weights."""
    here, whole = card.partial_bytes, max(card.entry.size_bytes, card.partial_bytes)
    first, second = size(here), size(whole)
    if first.split(" ")[1] == second.split(" ")[1]:
        first = first.split(" ")[0]
    return f"Continue ({first} of {second} here)"


def transfer_line(work: Work) -> str:
    """ "37 MB of 88 MB · model.safetensors · 2.1 MB/s · 24 s left"."""
    progress = work.progress
    if work.state is JobState.QUEUED:
        return "Waits for another download." if work.what == "get" else "Waits for other jobs."
    parts = [f"{size(progress.done)} of {size(progress.total)}"] if progress.total else []
    note = progress.note.removeprefix("fetching ").removeprefix("copying ")
    parts += [part for part in note.split(", ") if part]
    return " · ".join(parts)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{THIN_SPACE}%"


_DOING = {
    "get": "Downloading",
    "import": "Copying",
    "verify": "Checking",
    "measure": "Measuring",
    "remove": "Removing",
    "discard": "Removing",
}


def _doing(work: Work) -> tuple[str, str, str]:
    share = work.share
    if work.state is JobState.PAUSED:
        return (f"Paused at {_percent(share or 0.0)}", "warn", "pause")
    if work.state is JobState.STOPPING:
        return ("Stopping…", "plain", "clock")
    if work.state is JobState.QUEUED:
        return ("Waits", "plain", "clock")
    doing = _DOING[work.what]
    icon = "download" if work.what in ("get", "import") else "clock"
    return (f"{doing} {_percent(share)}" if share is not None else f"{doing}…", "info", icon)


def _state(
    card: ModelCard, work: Work | None, trouble: Trouble | None, checked: datetime | None
) -> tuple[str, str, str]:
    if work is not None:
        return _doing(work)
    if trouble is not None and trouble.damaged:
        return ("Damaged", "err", "error")
    if card.installed is not None:
        when = checked or local_time(card.installed.fetched_at)
        return (f"Here, verified {day(when)}", "ok", "check-circle")
    if card.partial_bytes:
        return ("Interrupted", "warn", "warn")
    return ("Not here", "plain", "")


def _facts(card: ModelCard) -> tuple[tuple[str, str, str], ...]:
    entry = card.entry
    exact = card.installed.size_bytes if card.installed is not None else 0
    facts = [
        ("Size", size(exact or entry.size_bytes), "" if exact else "About: the hub tells exactly."),
        ("Parameters", parameters(entry.n_parameters), ""),
        ("Input", short_input(entry.preprocessing), entry.preprocessing),
    ]
    if entry.kind is Kind.TEACHER:
        facts.append(
            (
                "Names activities",
                naming(entry),
                "What it can say of itself. It makes no suggestions yet: names are yours.",
            )
        )
    fast = card.fast_path or _WHEN_MEASURED
    facts.append(("Speed here", speed(card), fast))
    return tuple(facts)


def _actions(
    card: ModelCard, work: Work | None, trouble: Trouble | None, *, offline: bool
) -> tuple[str, ...]:
    if work is not None:
        if work.what != "get":
            return ("stop",) if work.what != "remove" else ()
        if work.state is JobState.STOPPING:
            return ()
        if work.state is JobState.QUEUED:
            return ("stop",)
        return ("resume" if work.state is JobState.PAUSED else "pause", "stop")
    if card.installed is not None:
        unknown = card.entry.kind is Kind.TEACHER and card.speed_per_s is None
        return ("measure", "verify", "remove") if unknown else ("verify", "remove")
    if card.is_local:
        return ()
    fetch = ("continue",) if card.partial_bytes else ("get",)
    if trouble is not None and trouble.damaged:
        fetch = ("again",)
    leftovers = ("discard",) if card.partial_bytes else ()
    return ("import", *leftovers) if offline else (*fetch, "import", *leftovers)


def _progress(work: Work | None) -> tuple[float | None, str] | None:
    return None if work is None else (work.share, transfer_line(work))


def _hint(card: ModelCard, work: Work | None, *, offline: bool) -> str:
    if offline and work is None and card.installed is None:
        return "No network: import from a folder."
    return ""


def _details(card: ModelCard) -> tuple[tuple[str, str], ...]:
    entry, here = card.entry, card.installed
    rows = [("Input", entry.preprocessing), ("Output", f"{entry.embedding_dim} numbers")]
    if here is not None:
        came = "fetched" if here.source == "hub" else "imported from a folder"
        rows += [
            ("On this disk", str(here.folder)),
            ("Revision", here.revision),
            ("Hash of the weights", here.digest),
            ("Came", f"{came} {moment(here.fetched_at)}"),
            ("Licence accepted", moment(here.accepted_at) if here.accepted_at else "not asked"),
        ]
    if card.fast_path:
        rows.append(("How it runs here", card.fast_path))
    if entry.repo:
        rows.append(("Published as", entry.repo))
    rows.append(("How far it is checked", entry.verified))
    return tuple(rows)


def local_time(iso: str) -> datetime:
    """A time of a manifest, on the clock of this computer."""
    return datetime.fromisoformat(iso).astimezone()


def moment(iso: str) -> str:
    """ "25 Nov 2026, 14:02"."""
    when = local_time(iso)
    return f"{when.day} {when:%b %Y, %H:%M}"


def day(when: datetime) -> str:
    """ "25 Nov", with the year if it is another one."""
    year = "" if when.year == datetime.now().year else f" {when.year}"
    return f"{when.day} {when:%b}{year}"


def _part(title: str, summary: str, kind: Kind, *facts: tuple[str, str, str]) -> CardWords:
    ready = (OWN_PART, "ok", "check-circle")
    return CardWords(title, summary, kind, "Apache-2.0", False, ready, facts)


BUILTIN_TEACHER = _part(
    "Built-in, motion and appearance",
    "Head motion, other motion and surroundings, from optical flow and colour.",
    Kind.TEACHER,
    ("Size", "no weights", "It has learned nothing: it measures."),
    ("Input", "frames of about 128×96", "Scaled down; the shape of the video stays."),
    ("Names activities", "no", "You name them."),
)
OWN_STUDENTS = (
    _part(
        "Convolutional (TCN)",
        "Convolutions over time, trained here from nothing; small and fast on a CPU.",
        Kind.STUDENT,
        ("Size", "no weights", "It is trained from nothing."),
        ("Input", "6 channels, any window and rate", ""),
    ),
    _part(
        "Transformer",
        "Attention over short patches, trained here from nothing.",
        Kind.STUDENT,
        ("Size", "no weights", "It is trained from nothing."),
        ("Input", "6 channels, any window and rate", ""),
    ),
)
