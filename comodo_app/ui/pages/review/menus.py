"""Menus of the Review page: everything that a mouse can do, for every hand."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from comodo_app.activities.corrections import Correction
from comodo_app.session.actions.review import N_PINNED
from comodo_app.session.review import Review
from comodo_app.ui.pages.review.swatch import paint_swatch
from comodo_app.ui.theme import icon, themes
from comodo_app.ui.theme.tokens import N_SLOTS

Span = tuple[float, float]


def swatch_icon(review: Review, activity_id: int | None) -> QIcon:
    """An activity's swatch for menus."""
    side = themes().current.px(16)
    picture = QPixmap(side * 2, side * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_swatch(painter, QRectF(0, 0, side, side), activity_id, review)
    painter.end()
    return QIcon(picture)


def fill_assign_menu(menu: QMenu, review: Review, span_s: Span, ask: QWidget) -> None:
    """All activities, those of most time first with their keys, and a new one."""
    edits = review.edits
    for activity in review.by_time():
        key = f"\t{activity.id}" if activity.id <= N_PINNED else ""
        entry = menu.addAction(swatch_icon(review, activity.id), activity.label + key)
        entry.triggered.connect(lambda _=False, i=activity.id: edits.assign(*span_s, i))
    menu.addSeparator()
    none = menu.addAction(swatch_icon(review, None), "Not an activity\tDel")
    none.triggered.connect(lambda: edits.assign(*span_s, None))
    new = menu.addAction(icon("plus"), "New activity…")
    new.triggered.connect(lambda: ask_new_activity(review, span_s, ask))


def ask_new_activity(review: Review, span_s: Span, parent: QWidget) -> None:
    """Ask for a name and assign it; nothing happens without one."""
    name, chosen = QInputDialog.getText(parent, "New activity", "Name of the activity")
    if chosen and name.strip():
        review.edits.assign_new(*span_s, name)


def segment_menu(
    parent: QWidget,
    review: Review,
    *,
    span_s: Span,
    activity_id: int | None,
    rename: Callable[[], None],
    loop: Callable[[], None],
) -> QMenu:
    """What can be done with a segment or a range."""
    menu = QMenu(parent)
    assign = menu.addMenu(icon("activities"), "Assign")
    fill_assign_menu(assign, review, span_s, parent)
    if any(_overlaps(c, span_s) for c in review.lanes.corrections):
        clear = menu.addAction(icon("reset"), "Clear correction\tShift+Del")
        clear.triggered.connect(lambda: review.edits.clear(*span_s))
    if activity_id is not None:
        menu.addSeparator()
        label = review.label(activity_id)
        menu.addAction(icon("pencil"), f"Rename {label}…\tEnter").triggered.connect(rename)
        fill_colour_menu(
            menu.addMenu(swatch_icon(review, activity_id), "Colour"), review, activity_id
        )
    menu.addSeparator()
    menu.addAction(icon("loop"), "Loop\tCtrl+L").triggered.connect(loop)
    return menu


def fill_colour_menu(menu: QMenu, review: Review, activity_id: int) -> None:
    """The ten colours by name, and the activity's own."""
    from comodo_app.ui.theme.tokens import tokens

    now = (review.colour(activity_id) - 1) % N_SLOTS
    slots = tokens()["activity"][themes().current.name]
    for place in range(N_SLOTS):
        entry = menu.addAction(_colour_icon(place + 1), str(slots[place]["name"]).capitalize())
        entry.setCheckable(True)
        entry.setChecked(place == now)
        entry.triggered.connect(lambda _=False, c=place + 1: review.edits.recolour(activity_id, c))
    menu.addSeparator()
    own = menu.addAction("Its own colour")
    own.triggered.connect(lambda: review.edits.recolour(activity_id, None))


def _colour_icon(colour: int) -> QIcon:
    side = themes().current.px(16)
    picture = QPixmap(side, side)
    picture.fill(themes().current.activity(colour).fill)
    return QIcon(picture)


def _overlaps(correction: Correction, span_s: Span) -> bool:
    return correction.start_s < span_s[1] and correction.end_s > span_s[0]
