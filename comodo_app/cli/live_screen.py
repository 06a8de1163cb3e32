"""How live looks in a terminal: one calm block that is redrawn, plain lines in a pipe, or JSON."""

from __future__ import annotations

import json
from typing import Any

import typer
from rich.console import Group
from rich.live import Live
from rich.text import Text

from comodo_app.cli import console
from comodo_app.jobs.live_values import LiveBegun, LiveResult, LiveUpdate
from comodo_app.live.model import Chip, SourceState
from comodo_app.live.predictions import LivePrediction, Say

_BAR = 24
_MOST_BARS = 8
_REDRAWN_PER_S = 8.0
_CHIP_STYLE = {
    Chip.WAITING: "dim",
    Chip.HEALTHY: "green",
    Chip.UNSTEADY: "yellow",
    Chip.LOST: "bold red",
}


class _Shown:
    """What both ways of showing know: names, the newest update and prediction."""

    def __init__(self) -> None:
        self.begun: LiveBegun | None = None
        self.labels: dict[int, str] = {}
        self.newest: LiveUpdate | None = None
        self.last: LivePrediction | None = None

    def take(self, value: object) -> None:
        if isinstance(value, LiveBegun):
            self.begun = value
            self.labels = {activity.id: activity.label for activity in value.activities}
        elif isinstance(value, LiveUpdate):
            self.newest = value
            if value.predictions:
                self.last = value.predictions[-1]

    def now_text(self) -> str:
        """The large line."""
        update = self.newest
        if update is None or self.begun is None:
            return "…"
        ago_s = update.health.last_data_ago_s
        if update.health.chip is Chip.LOST and ago_s is not None:
            return f"No data for {ago_s:.0f} s"
        if update.status.state in (SourceState.CONNECTING, SourceState.WRONG_FORMAT):
            return update.status.text
        if not self.begun.activities:
            return "No model: traces and recording only"
        now = update.now
        if now is None:
            return f"Needs {self.begun.window_s:g} s of data, {update.have_s:.1f} s so far"
        if now.say is Say.NO_DATA:
            return "No data"
        name = self.labels[now.activity_id] if now.activity_id else f"Unknown, {now.why}"
        since_s = max(0.0, update.live_s - now.since_s)
        return f"{name}  for {_clock(since_s)}"


class Screen(_Shown):
    """Redraws one block where there is a terminal; elsewhere a line for each change."""

    def __init__(self) -> None:
        super().__init__()
        self._live = Live(
            get_renderable=self._draw, console=console.out, refresh_per_second=_REDRAWN_PER_S
        )
        self._is_terminal = console.out.is_terminal
        self._said = ""

    def __enter__(self) -> Screen:
        if self._is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_terminal:
            self._live.stop()

    def __call__(self, value: object) -> None:
        self.take(value)
        if isinstance(value, LiveBegun) and value.address:
            console.out.print(f"Send to: {value.address}", highlight=False, markup=False)
        if isinstance(value, LiveUpdate):
            if value.trouble:
                console.err.print(value.trouble, markup=False, highlight=False)
            if not self._is_terminal:
                self._say_change(value)

    def finish(self, result: LiveResult) -> None:
        """Say how it was."""
        at = result.latency
        parts = [f"{_clock(result.duration_s)} of data"]
        if at.n:
            parts.append(
                f"{at.n} predictions, {1e3 * at.median_s:.0f} ms after their last sample "
                f"(95 %: {1e3 * at.p95_s:.0f} ms)"
            )
        console.out.print(". ".join(parts) + ".", highlight=False)
        for recorded in result.recorded:
            console.out.print(f"Recorded: {recorded.path}", markup=False, soft_wrap=True)
            if recorded.trouble:
                console.err.print(recorded.trouble, markup=False)

    def _say_change(self, update: LiveUpdate) -> None:
        if not update.predictions and update.health.chip is not Chip.LOST:
            return
        what = self.now_text().split("  for ")[0]
        what = "No data" if what.startswith("No data") else what
        if what != self._said:
            self._said = what
            typer.echo(f"{_clock(update.live_s)}  {what}")

    def _draw(self) -> Group:
        update = self.newest
        if update is None:
            return Group(Text("opening …", style="dim"))
        lines = [Text(self.now_text(), style="bold")]
        if self.last is not None and self.last.smoothed:
            lines += self._bars(self.last)
        lines.append(_health_line(update))
        wrong = [c for c in update.checks if c.fits is False]
        lines += [Text(f"{c.what}: {c.text}", style="yellow") for c in wrong]
        notes = update.stream.notes if update.stream is not None else ()
        lines += [Text(note.line, style="yellow") for note in notes]
        lines += [Text(f"{n.text}: {n.count}", style="dim") for n in update.status.counted]
        if update.recording is not None:
            at = update.recording
            text = f"● {_clock(at.duration_s)}  {at.n_bytes / 1e6:.1f} MB  {at.path}"
            lines.append(Text(f"{text}  {at.trouble}".rstrip(), style="red"))
        return Group(*lines)

    def _bars(self, prediction: LivePrediction) -> list[Text]:
        ranked = sorted(
            zip(prediction.smoothed, self.labels.values(), strict=True), key=lambda pair: -pair[0]
        )[:_MOST_BARS]
        width = min(24, max(len(label) for _, label in ranked))
        return [
            Text.assemble(
                f"{label[:width]:<{width}} ",
                (f"{'█' * round(share * _BAR):<{_BAR}}", "cyan"),
                f" {share:4.0%}",
            )
            for share, label in ranked
        ]


class JsonLines(_Shown):
    """One JSON object a line: ``begun``, ``prediction``, ``health`` when it changes, ``ended``."""

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Any, ...] = ()

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def __call__(self, value: object) -> None:
        self.take(value)
        if isinstance(value, LiveBegun):
            _line("begun", value)
        if not isinstance(value, LiveUpdate):
            return
        for prediction in value.predictions:
            plain = console.to_plain(prediction)
            for name in ("probabilities", "smoothed"):
                plain[name] = dict(zip(self.labels.values(), plain[name], strict=False))
            label = self.labels.get(prediction.activity_id, "")
            _line("prediction", {"activity": label, **plain})
        state = (value.health.chip, value.status.state, value.differs, value.trouble)
        if state != self._said:
            self._said = state
            _line(
                "health",
                {
                    "live_s": value.live_s,
                    "differs": value.differs,
                    "trouble": value.trouble,
                    "health": value.health,
                    "status": value.status,
                    "stream": value.stream,
                    "checks": value.checks,
                },
            )

    def finish(self, result: LiveResult) -> None:
        """The last line."""
        _line("ended", result)


def _line(kind: str, value: Any) -> None:
    plain = console.to_plain(value)
    typer.echo(json.dumps({"kind": kind, **plain}, ensure_ascii=False, separators=(",", ":")))


def _health_line(update: LiveUpdate) -> Text:
    health = update.health
    line = Text(health.chip.value, style=_CHIP_STYLE[health.chip])
    counts = health.counts
    facts = [f"{health.rate_hz:.1f} Hz", f"delay {1e3 * health.delay_s:.0f} ms"]
    facts.append(f"lost {health.lost_share:.1%}")
    for name in ("out_of_order", "duplicated", "late", "not_finite", "clock_jumps", "rate_changes"):
        number = getattr(counts, name)
        if number:
            facts.append(f"{name.replace('_', ' ')} {number}")
    if update.predict_ms:
        facts.append(f"{update.predict_ms:.1f} ms a window")
    return line.append("  " + "  ".join(facts), style="dim")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"
