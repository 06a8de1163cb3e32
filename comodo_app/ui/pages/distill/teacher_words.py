"""What the options of the teacher sheet say: pure functions of what the session knows."""

from __future__ import annotations

from pathlib import Path

from comodo_app.jobs.model_cards import ModelCard
from comodo_app.jobs.teacher_sources import BUILTIN_TEACHER
from comodo_app.session.model_choice import ModelChoice
from comodo_app.ui.model_words import licence_chip, naming, parameters, short_input
from comodo_app.ui.numbers import size
from comodo_app.ui.pages.distill.format import about
from comodo_app.ui.pages.distill.teacher_option import OptionWords


def builtin_words(choice: ModelChoice) -> OptionWords:
    """The built-in teacher."""
    return OptionWords(
        "Built-in, motion and appearance",
        "Head motion, other motion and surroundings, from optical flow and colour. No weights.",
        ("Apache-2.0", "ok", "check"),
        "Does not name activities",
        effort(choice, BUILTIN_TEACHER),
        choice.failures.get(BUILTIN_TEACHER, ""),
    )


def own_words(choice: ModelChoice, path: str) -> OptionWords:
    """A folder or an ONNX file of one's own."""
    return OptionWords(
        Path(path).name,
        f"Of your own: {path}",
        ("Licence not known", "plain", "info"),
        "",
        effort(choice, path),
        choice.failures.get(path, ""),
    )


def words_of(choice: ModelChoice, card: ModelCard) -> OptionWords:
    """A model of the catalogue, or an imported one."""
    entry = card.entry
    licence = licence_chip(
        entry.licence or "Licence not known", non_commercial=entry.non_commercial
    )
    n_bytes = card.installed.size_bytes if card.installed is not None else entry.size_bytes
    input_ = short_input(entry.preprocessing)
    facts = f"{size(n_bytes)} · {parameters(entry.n_parameters)} parameters · {input_}"
    names = naming(entry)
    spoken = f"Names activities: {names}" if names != "no" else "Does not name activities"
    if card.installed is None:
        return OptionWords(entry.title, entry.summary, licence, facts, spoken)
    failure = choice.failures.get(entry.id, "")
    work = " · ".join(part for part in (effort(choice, entry.id, card), spoken) if part)
    return OptionWords(entry.title, entry.summary, licence, facts, work, failure)


def effort(choice: ModelChoice, teacher: str, card: ModelCard | None = None) -> str:
    """How fast a teacher is here, and how long it would look at this project's videos."""
    made = choice.estimates.get(teacher)
    if made is None:
        return "" if teacher in choice.failures else "Estimating…"
    per_s = made.teacher_per_s
    if per_s is None and card is not None:
        per_s = card.speed_per_s
    if not made.n_recordings:
        return f"{per_s:.1f} windows/s" if per_s is not None else ""
    if made.uncached_video_s <= 0:
        return "Has seen all videos of this project"
    if made.video_per_s is not None:
        seconds = made.uncached_video_s / made.video_per_s
    elif per_s is not None:
        seconds = made.uncached_video_s / made.grid.stride_s / per_s
    else:
        return "Speed here not measured yet"
    speed = f"{per_s:.1f} windows/s · " if per_s is not None else ""
    return f"{speed}{about(seconds)} for this project"
