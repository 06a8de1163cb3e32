"""Settings, Privacy and data: where everything lies, how large it is, what can be forgotten."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices

from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.session.upkeep import Upkeep
from comodo_app.ui.numbers import size
from comodo_app.ui.pages.settings.rows import Row, Section
from comodo_app.ui.widgets import button, text


class DataSection(Section):
    """The project's folder and its sizes, measured when the section is looked at."""

    def __init__(self, session: Session, upkeep: Upkeep) -> None:
        super().__init__("data", "Privacy and data")
        self._session, self._upkeep = session, upkeep
        self.add(
            Row(
                "Nothing leaves this computer",
                "COMODO opens no connection by itself: no account, no telemetry, no update check. "
                "Only a model that you click Get for is fetched. Videos and sensor files stay "
                "where they are and are only read.",
            )
        )
        self.open_button = button("Open folder", self._open, small=True, icon_name="folder")
        self.folder = self.add(Row("Project folder", "", self.open_button))
        self.sizes = self.add(Row("On the disk", ""))
        self.clear_button = button("Clear…", self._ask, small=True)
        self.question = text("The next run watches the videos again.", "small", "secondary")
        self.keep = button("Keep", self._do_not, small=True)
        self.sure = button("Clear embeddings", self._clear, kind="danger", small=True)
        self.embeddings = self.add(
            Row(
                "Teacher embeddings",
                "",
                self.question,
                self.keep,
                self.sure,
                self.clear_button,
            )
        )
        self.add(
            Row(
                "Thumbnails and pictures of windows",
                "Decoded anew when they are looked at and kept in memory only: there is nothing "
                "to clear.",
            )
        )
        self._asking = False
        upkeep.changed.connect(self.refresh)
        session.project_changed.connect(self._project_changed)
        self.refresh()

    def came_into_view(self) -> None:
        """Measure the folders."""
        self._upkeep.measure()

    def refresh(self) -> None:
        """Show what is known."""
        folder, sizes = self._session.folder, self._upkeep.sizes
        self.folder.say(str(folder) if folder else "No project is open.")
        self.open_button.setVisible(folder is not None)
        waiting = "Measuring…" if folder else "No project is open."
        if sizes is None:
            self.sizes.say(waiting)
            self.embeddings.say(waiting)
        else:
            parts = (
                ("students", sizes.students),
                ("checkpoints", sizes.checkpoints),
                ("sensor tracks", sizes.tracks),
                ("database", sizes.database),
                ("backups", sizes.backups),
            )
            listed = ", ".join(f"{name} {size(n)}" for name, n in parts)
            self.sizes.say(f"{size(sizes.total)} in all: {listed}, embeddings below.")
            self.embeddings.say(
                f"{size(sizes.embeddings)}. What the teacher saw, kept so that no video is "
                "watched twice; can be computed again."
            )
        clearing = self._upkeep.clearing
        can = sizes is not None and sizes.embeddings > 0 and not clearing
        self._asking = self._asking and can
        self.clear_button.setText("Clearing…" if clearing else "Clear…")
        self.clear_button.setEnabled(can)
        self.clear_button.setVisible(folder is not None and not self._asking)
        for part in (self.question, self.keep, self.sure):
            part.setVisible(self._asking)

    def _project_changed(self) -> None:
        self.refresh()
        if self.isVisible():
            self._upkeep.measure()

    def _ask(self) -> None:
        self._asking = True
        self.refresh()
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _do_not(self) -> None:
        self._asking = False
        self.refresh()

    def _clear(self) -> None:
        self._asking = False
        self._upkeep.clear()

    def _open(self) -> None:
        folder = self._session.folder
        if folder is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self._session.say(Notice(f"The project lies in {folder}.", details=str(folder)))
