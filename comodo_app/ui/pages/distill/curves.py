"""Loss and agreement side by side, with what they are now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from comodo_app.session.run_view import RunView
from comodo_app.ui.pages.distill.agreement_plot import AgreementPlot
from comodo_app.ui.pages.distill.loss_plot import LossPlot
from comodo_app.ui.pages.distill.plots import Shown, pen, smoothed
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import IconButton, Panel, text

EXPLAINED = (
    "How often the student, from IMU alone, puts a window of a recording it was not trained on "
    "into the same group as the teacher does from video. Chance is what two independent sayers "
    "would reach; before training is the same student without distillation."
)
ABOUT_LOSS = (
    "How far the student is from the teacher: thin each step, thick their running mean. Held out "
    "is the same on recordings that are not trained on; it stays higher."
)
LOW_AGREEMENT = 0.3  # after a third of the steps: worth a calm word


class Legend(QWidget):
    """What the lines of the loss plot are."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        themes().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """One line."""
        theme = themes().current
        return QSize(theme.px(160), theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Two strokes and two words."""
        theme = themes().current
        painter = QPainter(self)
        painter.setFont(theme.font("caption"))
        x, y = 0, self.height() // 2
        for words, token, style in (
            ("training", "student", Qt.PenStyle.SolidLine),
            ("held out", "text.primary", Qt.PenStyle.DashLine),
        ):
            painter.setPen(pen(theme.color(token), 2, style))
            painter.drawLine(x, y, x + theme.px(18), y)
            painter.setPen(theme.color("text.secondary"))
            wide = painter.fontMetrics().horizontalAdvance(words)
            room = QRectF(x + theme.px(24), 0, wide + 4, self.height())
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), words)
            x += theme.px(24) + wide + theme.px(14)


class Curves(QWidget):
    """Both plots of one run, or of several."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.loss, self.agreement = LossPlot(), AgreementPlot()
        self.legend = Legend()
        self.loss_now, self.agreement_now = text("", "h2"), text("", "h2")
        explain = IconButton("info", EXPLAINED, size_px=16)
        about = IconButton("info", ABOUT_LOSS, size_px=16)
        left = Panel("Loss", "log scale", self.legend, self.loss_now, about, padding=14)
        left.body.addWidget(self.loss, 1)
        self.right = Panel(
            "Teacher–student agreement", "held out", self.agreement_now, explain, padding=14
        )
        self.right.body.addWidget(self.agreement, 1)
        self.note = text("", "small", "warn")
        self.note.setWordWrap(True)
        self.note.hide()
        self.right.body.addWidget(self.note)
        row.addWidget(left, 1)
        row.addWidget(self.right, 1)

    def show_run(self, view: RunView) -> None:
        """Show one run in its own colours."""
        self._draw((Shown(view),))
        self.legend.show()
        self.loss_now.setText(f"{smoothed(view.losses)[-1]:.2f}" if view.losses else "")
        made = view.evaluations
        self.agreement_now.setText(f"{made[-1].agreement:.2f}" if made else "")
        self.note.setText(self._word(view))
        self.note.setVisible(bool(self.note.text()))

    def show_runs(self, views: Sequence[RunView]) -> None:
        """Show several, each in a colour of the palette."""
        self._draw([Shown(view, index + 1) for index, view in enumerate(views)])
        self.legend.hide()
        self.loss_now.setText("")
        self.agreement_now.setText("")
        self.note.hide()

    def _draw(self, shown: Sequence[Shown]) -> None:
        self.loss.show_runs(shown)
        self.agreement.show_runs(shown)

    @staticmethod
    def _word(view: RunView) -> str:
        if view.n_held_out_windows == 0 and view.step:
            return "Nothing is held out: agreement needs at least four recordings to train on."
        made = view.evaluations
        if made and view.step > view.n_steps / 3 and made[-1].agreement < LOW_AGREEMENT:
            return "The IMU may not see these activities."
        return ""
