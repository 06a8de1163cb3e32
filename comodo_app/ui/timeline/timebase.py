"""What can be seen of the time: one axis that all strips of a timeline share."""

from __future__ import annotations

from math import log

from PySide6.QtCore import QObject, Signal

MIN_VISIBLE_S = 0.05  # ten samples at 200 Hz
_FOLLOW_TO = 0.1  # where the playhead stands after the view has moved on


class TimeAxis(QObject):
    """Maps seconds on the recording clock to pixels of a strip; never leaves the recording."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.span_s = (0.0, 1.0)
        self.from_s, self.to_s = self.span_s
        self.width_px = 1

    @property
    def visible_s(self) -> float:
        """How many seconds are shown."""
        return self.to_s - self.from_s

    @property
    def px_per_s(self) -> float:
        """Scale."""
        return self.width_px / self.visible_s

    @property
    def zoom(self) -> float:
        """0 shows all, 1 as little as can be; in between each step is the same factor."""
        whole = self.span_s[1] - self.span_s[0]
        if whole <= MIN_VISIBLE_S:
            return 0.0
        return log(whole / self.visible_s) / log(whole / MIN_VISIBLE_S)

    def x(self, time_s: float) -> float:
        """Pixels from the left."""
        return (time_s - self.from_s) * self.px_per_s

    def s(self, x_px: float) -> float:
        """The time at a pixel."""
        return self.from_s + x_px / self.px_per_s

    def clamp(self, time_s: float) -> float:
        """The nearest time inside the recording."""
        return min(max(time_s, self.span_s[0]), self.span_s[1])

    def set_span(self, span_s: tuple[float, float]) -> None:
        """Another recording: shows all of it. The same span changes nothing."""
        if span_s[1] <= span_s[0]:
            span_s = (span_s[0], span_s[0] + 1.0)
        if span_s != self.span_s:
            self.span_s = span_s
            self.from_s, self.to_s = span_s
            self.changed.emit()

    def set_width(self, width_px: int) -> None:
        """The strips have another width; the same time is shown."""
        if width_px != self.width_px:
            self.width_px = max(1, width_px)
            self.changed.emit()

    def show(self, from_s: float, to_s: float) -> None:
        """Show a span, moved into the recording, cut to it if it is longer."""
        first, last = self.span_s
        visible = min(max(to_s - from_s, min(MIN_VISIBLE_S, last - first)), last - first)
        from_s = max(min(from_s, last - visible), first)  # in this order: sums are rounded
        to_s = last if visible == last - first else min(from_s + visible, last)
        if (from_s, to_s) != (self.from_s, self.to_s):
            self.from_s, self.to_s = from_s, to_s
            self.changed.emit()

    def fit(self) -> None:
        """Show all."""
        self.show(*self.span_s)

    def zoom_at(self, time_s: float, factor: float) -> None:
        """Show `factor` times as much of the time, less than 1 zooms in; `time_s` stays put."""
        visible = self.visible_s * factor
        visible = min(max(visible, MIN_VISIBLE_S), self.span_s[1] - self.span_s[0])
        share = (time_s - self.from_s) / self.visible_s
        self.show(time_s - share * visible, time_s + (1.0 - share) * visible)

    def set_zoom(self, zoom: float, around_s: float | None = None) -> None:
        """Zoom to a place between 0 and 1, see `zoom`; around the middle unless told."""
        whole = self.span_s[1] - self.span_s[0]
        wanted = whole * (MIN_VISIBLE_S / whole) ** min(max(zoom, 0.0), 1.0)
        middle_s = 0.5 * (self.from_s + self.to_s) if around_s is None else around_s
        if not self.from_s <= middle_s <= self.to_s:
            self.show(middle_s - 0.5 * self.visible_s, middle_s + 0.5 * self.visible_s)
        self.zoom_at(middle_s, wanted / self.visible_s)

    def pan(self, by_s: float) -> None:
        """Show later time, earlier if negative."""
        self.show(self.from_s + by_s, self.to_s + by_s)

    def reveal(self, from_s: float, to_s: float, context: float = 0.25) -> None:
        """Move as little as needed to show a span; `context` of the view is left beside it."""
        if from_s >= self.from_s and to_s <= self.to_s:
            return
        room = context * self.visible_s
        if to_s - from_s + 2 * room > self.visible_s:
            self.show(from_s - room, from_s - room + self.visible_s)
        elif from_s < self.from_s:
            self.pan(from_s - room - self.from_s)
        else:
            self.pan(to_s + room - self.to_s)

    def follow(self, time_s: float) -> None:
        """Turn the page when the playhead leaves what is shown: all else would repaint it all."""
        if not self.from_s <= time_s < self.to_s:
            start_s = time_s - _FOLLOW_TO * self.visible_s
            self.show(start_s, start_s + self.visible_s)
