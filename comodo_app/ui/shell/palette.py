"""The palette: type a few letters, go to a recording, an activity or a time, or run an action."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QSettings,
    Qt,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from comodo_app.project.settings import settings_path
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.shell.job_words import clock
from comodo_app.ui.shell.matching import score, time_of
from comodo_app.ui.shell.palette_list import ROW_PX, Hit, HitDelegate, Hits
from comodo_app.ui.shell.sheet import Cover
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import text
from comodo_app.ui.widgets.search import Glass

N_LAST = 5
_WIDTH, _MOST_ROWS = 560, 10


class Palette(Cover):
    """A field and the list of what matches, under the header's search field."""

    def __init__(self, window: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(window, "Search or run", 10)
        self._session, self._actions = session, actions
        self.field = QLineEdit()
        self.field.setPlaceholderText("Action, recording, activity, or a time like 12:41")
        self.field.setAccessibleName("Search or run")
        Glass(self.field)
        self.head = text("", "caption", "tertiary")
        self.head.setContentsMargins(16, 4, 0, 2)
        self.model = Hits(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(HitDelegate(self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setMouseTracking(True)
        self.list.setStyleSheet("background: transparent;")
        self.list.setAccessibleName("What matches")
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(1, 10, 1, 6)
        column.setSpacing(4)
        row = QVBoxLayout()
        row.setContentsMargins(10, 0, 10, 0)
        row.addWidget(self.field)
        column.addLayout(row)
        column.addWidget(self.head)
        column.addWidget(self.list, 1)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._run_index)
        self.list.entered.connect(self.list.setCurrentIndex)

    def open(self, first: QWidget | None = None) -> None:
        """Show it with an empty query; a second time closes it."""
        if self.is_open:
            self.dismiss()
            return
        self.field.clear()
        self._search("")
        super().open(self.field)

    def hits(self, query: str) -> list[Hit]:
        """What matches, the best first; for an empty query the last five that were used."""
        everything = self._everything()
        if not query.strip():
            by_key = {hit.key: hit for hit in everything}
            return [by_key[key] for key in self.last_used() if key in by_key][:N_LAST]
        rated = [(score(query, hit.title, f"{hit.detail} {hit.keys}"), hit) for hit in everything]
        found = [hit for points, hit in sorted(rated, key=lambda r: -r[0]) if points > 0]
        return [*self._times(query), *found]

    def last_used(self) -> list[str]:
        """Keys of what was used, the latest first."""
        kept = self._store().value("palette_used", [])
        return [str(key) for key in kept] if isinstance(kept, list) else [str(kept)]

    def place(self) -> None:
        """Stand under the search field, as high as what matches."""
        super().place()
        theme = themes().current
        n_rows = min(len(self.model.hits), _MOST_ROWS)
        self.list.setFixedHeight(n_rows * theme.px(ROW_PX) + (4 if n_rows else 0))
        width = min(theme.px(_WIDTH), self.width() - 16)
        height = self.panel.sizeHint().height()
        search = self._over.findChild(QWidget, "search")
        left, top = (self.width() - width) // 2, theme.px(60)
        if search is not None and search.isVisible():
            corner = search.mapTo(self._over, QPoint(search.width(), search.height()))
            left, top = corner.x() - width, corner.y() + 6
        self.panel.setGeometry(max(8, min(left, self.width() - width - 8)), top, width, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field's arrows move in the list, Enter runs."""
        if watched is self.field and isinstance(event, QKeyEvent):
            return event.type() == QEvent.Type.KeyPress and self._take_key(event)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The key that opened it closes it."""
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control and event.key() == Qt.Key.Key_K:
            self.dismiss()
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside it closes it."""
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing is painted over the page."""

    def _take_key(self, event: QKeyEvent) -> bool:
        n, key = len(self.model.hits), event.key()
        step = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: _MOST_ROWS,
            Qt.Key.Key_PageUp: -_MOST_ROWS,
        }.get(Qt.Key(key))
        if step is not None and n:
            row = self.list.currentIndex().row() + step
            row = row % n if abs(step) == 1 else max(0, min(n - 1, row))
            self.list.setCurrentIndex(self.model.index(row))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run_index(self.list.currentIndex())
        else:
            return False
        return True

    def _search(self, query: str) -> None:
        hits = self.hits(query)
        asked = bool(query.strip())
        self.model.show(hits)
        if hits:
            self.list.setCurrentIndex(self.model.index(0))
        nothing = "Nothing matches" if asked else "Type to search"
        self.head.setText("" if asked and hits else "Last used" if hits else nothing)
        self.head.setVisible(bool(self.head.text()))
        self.place()

    def _run_index(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        hit = self.model.hits[index.row()]
        self.dismiss()  # first: what it runs may open something that wants the focus
        if not hit.key.startswith("time:"):
            others = [key for key in self.last_used() if key != hit.key]
            self._store().setValue("palette_used", [hit.key, *others][: 2 * N_LAST])
        hit.run()

    def _everything(self) -> list[Hit]:
        page = str(getattr(self._over, "page_name", ""))
        actions = self._actions
        found = [
            Hit(
                f"action:{spec.id}",
                spec.text,
                "" if spec.page else spec.menu,
                actions.key(spec.id),
                spec.icon or "arrow-right",
                partial(actions.run, spec.id),
            )
            for spec in actions.offered(page)
            if spec.id != "view.palette"
        ]
        review = self._session.review
        for row in self._session.library.rows:
            found.append(
                Hit(
                    f"recording:{row.id}",
                    row.name,
                    f"Recording · {clock(row.duration_s)}",
                    "",
                    "film" if row.video is not None else "wave",
                    partial(self._open_recording, row.id),
                )
            )
        for activity in review.activities:
            found.append(
                Hit(
                    f"activity:{activity.id}",
                    activity.name or f"Activity {activity.id}",
                    f"Activity {activity.id}" if activity.name else "no name yet",
                    "",
                    "activities",
                    lambda: actions.run("go.activities"),
                )
            )
        return found

    def _times(self, query: str) -> list[Hit]:
        at_s, player = time_of(query), self._session.player
        if at_s is None or not player.span_s[0] <= at_s <= player.span_s[1]:
            return []
        title = f"Go to {query.strip()}"
        return [Hit(f"time:{at_s}", title, "Time", "", "clock", lambda: player.seek(at_s))]

    def _open_recording(self, recording_id: int) -> None:
        self._session.review.open(recording_id)
        self._actions.run("go.review")

    @staticmethod
    def _store() -> QSettings:
        path = settings_path().with_name("window.ini")
        return QSettings(str(path), QSettings.Format.IniFormat)
