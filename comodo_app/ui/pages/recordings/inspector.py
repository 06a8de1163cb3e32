"""What is known of the selected recording, and what can be changed about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFrame,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from comodo_app.jobs.check import Checked
from comodo_app.project.rows import RecordingRow
from comodo_app.session.session import Session
from comodo_app.ui.numbers import grouped, size
from comodo_app.ui.pages.recordings import words
from comodo_app.ui.pages.recordings.check_row import CheckRow
from comodo_app.ui.pages.recordings.model import Line
from comodo_app.ui.pages.recordings.preview import PreviewPicture, SignalOverview
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import Chip, Toggle, button, flow_row, text
from comodo_app.ui.widgets import Line as Hairline

WIDTH_PX = 344
_MAX_OFFSET_MS = 3_600_000.0


class Inspector(QFrame):
    """Follows the selection; every change goes to the library."""

    review_wished = Signal(int)
    relink_wished = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAccessibleName("Inspector")
        self._session = session
        self._lines: tuple[Line, ...] = ()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(15, 15, 15, 12)
        self._column.setSpacing(9)
        scroll.setWidget(inside)
        outer.addWidget(scroll, 1)
        self._build()
        foot = flow_row(self.review, self.relink, self.remove)
        foot.setContentsMargins(15, 0, 15, 14)
        outer.addLayout(foot)
        themes().changed.connect(self._resize)
        self._resize()

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show one recording, or the sum of several."""
        self._lines = tuple(lines)
        one = lines[0] if len(lines) == 1 else None
        for widget in self._only_one:
            widget.setVisible(one is not None)
        several = len(lines) > 1
        self.setEnabled(bool(lines))
        self.review.setVisible(not several)
        self.relink.setVisible(not several)
        self.remove.setVisible(several)
        self._show_people()
        self.picture.show_recording(one.row if one else None)
        self._show_training()
        if one is None:
            total = sum(line.row.duration_s for line in lines)
            self.name.setText(f"{len(lines)} recordings" if lines else "Nothing selected")
            self.name.setReadOnly(True)
            self.dates.setText(f"{words.length(total)} together" if lines else "")
            return
        self._show_one(one)

    def focus_name(self) -> None:
        """Put the cursor into the name."""
        self.name.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.name.selectAll()

    def _build(self) -> None:
        add = self._column.addWidget
        self.picture = PreviewPicture(self._session)
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the recording")
        self.name.editingFinished.connect(self._rename)
        self.dates = text("", "small", "tertiary")
        self.state = Chip("Ready", "ok")
        self.kind = Chip("", "plain")
        self.sync = Chip("", "plain")
        add(self.picture)
        add(self.name)
        add(self.dates)
        chips = QWidget()
        chips.setLayout(flow_row(self.state, self.kind, None, spacing=6))
        add(chips)
        self.notes = text("", "small", "secondary")
        self.notes.setWordWrap(True)
        self.overview = SignalOverview()
        self.overview.seek_wished.connect(self._seek)
        self.picture.moved.connect(self.overview.mark)
        self.checks = {
            name: CheckRow(name) for name in ("At rest", "Turning", "Rate", "Gaps", "Range")
        }
        self.offset = QDoubleSpinBox()
        self.offset.setRange(-_MAX_OFFSET_MS, _MAX_OFFSET_MS)
        self.offset.setDecimals(1)
        self.offset.setSuffix(" ms")
        self.offset.setKeyboardTracking(False)
        self.offset.lineEdit().setTextMargins(8, 0, 0, 0)
        self.offset.setAccessibleName("Offset of the sensor against the video, in milliseconds")
        self.offset.valueChanged.connect(self._set_offset)
        self.drift = text("", "small", "tertiary")
        self.wearer, self.occasion = (self._field(n) for n in ("Wearer", "Session"))
        self.train = Toggle("Use for training")
        self.train.clicked.connect(self._train)
        self.train_fact = text("", "small", "tertiary")
        sections: list[QWidget] = []

        def section(title: str, *content: QWidget, beside: QWidget | None = None) -> None:
            box = QWidget()
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(7)
            column.addWidget(Hairline())
            head = flow_row(text(title, "small", "secondary"), None, beside or QWidget())
            column.addLayout(head)
            for widget in content:
                column.addWidget(widget)
            sections.append(box)
            add(box)

        section("Files", self.notes)
        section("Signals", self.overview)
        section("Signal check", *self.checks.values())
        row = QWidget()
        row.setLayout(flow_row(text("Offset", "small", "secondary"), self.offset, None, self.drift))
        section("Sync", row, beside=self.sync)
        people = QWidget()
        people.setLayout(flow_row(self.wearer, self.occasion))
        section("Who and when", people)
        self._only_one = [self.picture, chips, *sections[:-1]]
        add(Hairline())
        use = QWidget()
        use.setLayout(flow_row(text("Use for training", "body_medium"), None, self.train))
        add(use)
        add(self.train_fact)
        self._column.addStretch(1)
        self.review = button("Open in Review", self._open, icon_name="review")
        self.relink = button("Relink…", self._relink)
        self.remove = button("Remove from project", self._remove, kind="danger", icon_name="trash")

    def _field(self, name: str) -> QLineEdit:
        made = QLineEdit()
        made.setPlaceholderText(name)
        made.setAccessibleName(name)
        made.setToolTip("Keeps people and occasions apart when the student is tested")
        made.editingFinished.connect(self._set_person)
        return made

    def _show_one(self, line: Line) -> None:
        row, found = line.row, line.found
        self.name.setReadOnly(False)
        if not self.name.hasFocus():
            self.name.setText(row.name)
        n_bytes = sum(max(0, s.size_bytes) for s in row.sources)
        added = datetime.fromisoformat(row.added_at).astimezone()
        self.dates.setText(f"Added {added:%d %b %Y, %H:%M} · {size(n_bytes)}")
        attention = line.attention
        self.state.set(*(("Look at this", "warn") if attention else ("Ready", "ok")))
        self.state.setToolTip("\n".join(attention))
        self.kind.set(words.source(row).rpartition(" · ")[2] or "recording", "plain")
        lines = [*(f"{s.path.name}  {'missing' if s.missing else ''}" for s in row.sources)]
        lines += [f"· {words.note(note.line)}" for note in row.notes]
        self.notes.setText("\n".join(lines))
        self.notes.setToolTip("\n".join(str(s.path) for s in row.sources))
        sync = words.sync(row, found)
        self.sync.set(sync.label, sync.tone, sync.icon)
        self._quietly(self.offset, lambda: self.offset.setValue(1000 * row.offset_s))
        self.offset.setEnabled(row.video is not None and row.imu is not None)
        self.drift.setText(f"drift {row.skew_ppm:.1f} ppm")
        self._show_found(row, found)

    def _show_found(self, row: RecordingRow, found: Checked | None) -> None:
        self.overview.show_overview(found.overview if found else None, row.duration_s)
        imu = row.imu
        for check in self.checks.values():
            check.setVisible(imu is not None)
        if imu is None:
            return
        self.checks["Rate"].set(f"{imu.sample_rate_hz:.1f} Hz", not words.low_rate(row))
        gaps = f"{imu.n_gaps} · {imu.gap_s:.1f} s in total" if imu.n_gaps else "none"
        self.checks["Gaps"].set(gaps, imu.gap_s < 0.05 * max(imu.duration_s, 1e-9))
        if found is None:
            return
        rest, turn = found.rest_mps2, found.turn_radps
        self.checks["At rest"].set(f"{rest:.2f} m/s²", 8.8 <= rest <= 10.8)
        self.checks["Turning"].set(f"up to {turn:.1f} rad/s", 0.0 < turn < 35.0)
        clipped = found.n_clipped
        self.checks["Range"].set(f"{clipped} samples clipped" if clipped else "kept", not clipped)

    def _show_training(self) -> None:
        able = [line for line in self._lines if line.can_train]
        self.train.setEnabled(bool(able))
        self.train.setChecked(bool(able) and all(x.row.use_for_training for x in able))
        if not able:
            self.train_fact.setText("Needs video and sensor." if self._lines else "")
            return
        found = [line.found for line in able if line.found is not None]
        dropped = sum(x.n_dropped for x in found)
        kept = sum(x.n_windows for x in found) - dropped
        lost = f", {grouped(dropped)} dropped at gaps" if dropped else ""
        self.train_fact.setText(f"{grouped(kept)} windows{lost}." if found else "Looking…")

    def _ids(self) -> list[int]:
        return [line.row.id for line in self._lines]

    def _rename(self) -> None:
        if len(self._lines) == 1 and self.name.text() != self._lines[0].row.name:
            self._session.library.rename(self._lines[0].row.id, self.name.text())

    def _show_people(self) -> None:
        """What all of them have in common; empty where they differ."""
        rows = [line.row for line in self._lines]
        for field, said in (
            (self.wearer, {row.wearer for row in rows}),
            (self.occasion, {row.session for row in rows}),
        ):
            if not field.hasFocus():
                field.setText(said.pop() if len(said) == 1 else "")
            field.setModified(False)

    def _set_person(self) -> None:
        """Leaving a field that nobody typed into changes nothing."""
        typed = [field for field in (self.wearer, self.occasion) if field.isModified()]
        if typed and self._lines:
            wearer, occasion = (
                field.text().strip() if field in typed else None
                for field in (self.wearer, self.occasion)
            )
            for field in typed:
                field.setModified(False)
            self._session.library.set_person(self._ids(), wearer, occasion)

    def _set_offset(self, milliseconds: float) -> None:
        if len(self._lines) == 1:
            self._session.library.set_offset(self._lines[0].row.id, milliseconds / 1000)

    def _train(self) -> None:
        able = [line.row.id for line in self._lines if line.can_train]
        self._session.library.set_training(able, self.train.isChecked())

    def _seek(self, at_s: float) -> None:
        self.overview.mark(at_s)
        self.picture.seek(at_s)

    def _remove(self) -> None:
        self._session.library.remove(self._ids())

    def _open(self) -> None:
        if self._lines:
            self.review_wished.emit(self._lines[0].row.id)

    def _relink(self) -> None:
        if self._lines:
            self.relink_wished.emit(self._lines[0].row.id)

    @staticmethod
    def _quietly(widget: QWidget, change: Callable[[], None]) -> None:
        blocked = widget.blockSignals(True)
        change()
        widget.blockSignals(blocked)

    def _resize(self) -> None:
        self.setFixedWidth(themes().current.px(WIDTH_PX))
