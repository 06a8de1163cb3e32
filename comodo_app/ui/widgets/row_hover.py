"""The row under the mouse: tables of rows light up whole rows, not the cell."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject
from PySide6.QtWidgets import QAbstractItemView


class RowHover(QObject):
    """Follows the mouse over a view; its delegate asks for `row`, -1 while there is none."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view, self.row = view, -1
        view.setMouseTracking(True)
        view.entered.connect(self._enter)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that the mouse has left."""
        if event.type() == QEvent.Type.Leave:
            self._show(-1)
        return False

    def _enter(self, index: QModelIndex) -> None:
        self._show(index.row())

    def _show(self, row: int) -> None:
        if row != self.row:
            self.row = row
            self._view.viewport().update()
