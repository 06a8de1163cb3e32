"""What the tests of the timeline look at: a small recording, a model of it, and pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from comodo_app.activities.agreement import compare
from comodo_app.activities.model import Segment, State, Timeline
from comodo_app.recordings.pyramid import Pyramid, build_pyramid
from comodo_app.ui.timeline import LaneModel, TimelineModel, TimelineView

SPAN_S = (0.0, 100.0)
HEAD_PX, LANES_PX, TRACES_PX = 148, 42 + 26, 42 + 26 + 60 + 46
UNKNOWN, NO_DATA = 0, -1


def timeline(
    *parts: tuple[float, int] | tuple[float, int, float], end_s: float = 100.0
) -> Timeline:
    """Segments from (start, activity or UNKNOWN or NO_DATA, confidence)."""
    segments = []
    ends = [*(part[0] for part in parts[1:]), end_s]
    for (start_s, code, *sure), stop_s in zip(parts, ends, strict=True):
        confidence = sure[0] if sure else 0.9
        if code > 0:
            segments.append(Segment(start_s, stop_s, State.ACTIVITY, code, confidence))
        elif code == UNKNOWN:
            segments.append(Segment(start_s, stop_s, State.UNKNOWN, None, 0.3))
        else:
            segments.append(Segment(start_s, stop_s, State.NO_DATA))
    return Timeline(tuple(segments))


TEACHER = timeline((0, 1), (30, 2), (60, 3))
STUDENT = timeline((0, 1), (31, 2), (60, 1), (80, UNKNOWN), (90, NO_DATA))


def pyramid(gaps: Sequence[tuple[float, float]] = (), rate_hz: float = 100.0) -> Pyramid:
    """Waves of six heights around gravity; nothing inside the gaps."""
    times_s = np.arange(0.0, 100.0, 1.0 / rate_hz)
    for start_s, end_s in gaps:
        times_s = times_s[(times_s <= start_s) | (times_s >= end_s)]
    waves = np.sin(2 * np.pi * times_s)[:, None] * np.array([4, 2, 1, 1.5, 0.7, 0.3])
    waves[:, 0] += 9.81
    return build_pyramid(times_s, waves.astype(np.float32), gaps=gaps)


def model(
    teacher: Timeline = TEACHER, student: Timeline = STUDENT, track: Pyramid | None = None
) -> TimelineModel:
    """Teacher and an editable student."""
    lanes = (
        LaneModel("teacher", "Teacher", teacher, "video", "film", "teacher"),
        LaneModel("student", "Student", student, "IMU only", "wave", "student", editable=True),
    )
    return TimelineModel(
        SPAN_S,
        lanes,
        {1: "Walking", 2: "Standing still", 3: "Sitting"},
        pyramid=track if track is not None else pyramid(),
        agreement=compare(teacher, student),
    )


def with_lanes(old: TimelineModel, student: Timeline) -> TimelineModel:
    """The same with another student."""
    lanes = tuple(
        replace(lane, timeline=student) if lane.key == "student" else lane for lane in old.lanes
    )
    return replace(old, lanes=lanes)


def shown(qtbot: object, content: TimelineModel | None = None, width: int = 1148) -> TimelineView:
    """A view on the screen, 1000 px of time."""
    view = TimelineView()
    qtbot.addWidget(view)
    view.resize(width, 470)
    view.set_model(content if content is not None else model())
    view.show()
    QApplication.processEvents()
    return view


def place(view: TimelineView, time_s: float, row: str) -> QPoint:
    """A point on the surface at a time: on "overview", "ruler", "teacher", "student", "traces"."""
    bands = view.surface.bands
    tops = {
        "overview": 16,
        "ruler": bands.ruler + 12,
        "teacher": bands.lanes + 15,
        "student": bands.lanes + 45,
        "agreement": bands.agreement + 10,
        "traces": bands.traces + 60,
    }
    x = view.overview.at_px(time_s) if row == "overview" else view.axis.x(time_s)
    return QPoint(round(x), tops[row])


def wheel(
    widget: QWidget, at: QPoint, notches: int, keys: Qt.KeyboardModifier | None = None
) -> None:
    """Turn the wheel over a point."""
    event = QWheelEvent(
        QPointF(at),
        QPointF(widget.mapToGlobal(at)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys or Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def picture(widget: QWidget, rect: QRect | None = None) -> QImage:
    """What is painted."""
    image = widget.grab().toImage()
    return image if rect is None else image.copy(rect)


def colours(image: QImage) -> set[str]:
    """All colours of a picture."""
    return {
        QColor(image.pixel(x, y)).name()
        for x in range(image.width())
        for y in range(image.height())
    }
