"""A row of choices of which one is on, each perhaps with a count."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QTabBar


class Segmented(QTabBar):
    """`chosen` is emitted with the key of the choice when a person or `choose` changes it."""

    chosen = Signal(str)

    def __init__(self, choices: Sequence[tuple[str, str]], name: str = "") -> None:
        super().__init__()
        self.setProperty("role", "segmented")
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setDrawBase(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        self._keys = [key for key, _ in choices]
        self._labels = [label for _, label in choices]
        for label in self._labels:
            self.addTab(label)
        self.currentChanged.connect(lambda index: self.chosen.emit(self._keys[index]))

    @property
    def key(self) -> str:
        """The key of the choice that is on."""
        return self._keys[self.currentIndex()]

    def choose(self, key: str) -> None:
        """Turn a choice on."""
        self.setCurrentIndex(self._keys.index(key))

    def set_count(self, key: str, count: int) -> None:
        """Show a count beside a choice."""
        index = self._keys.index(key)
        self.setTabText(index, f"{self._labels[index]}  {count}")
