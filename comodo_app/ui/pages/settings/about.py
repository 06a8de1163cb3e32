"""Settings: what is not there yet, diagnostics, and what COMODO is made of."""

from __future__ import annotations

import os
import platform
import re
import sys
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from PySide6.QtCore import QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QApplication

from comodo_app import __version__
from comodo_app.session.notices import Notice
from comodo_app.session.session import Session
from comodo_app.ui.pages.plain_tables import PlainModel, plain_view
from comodo_app.ui.pages.plain_tables import Row as Cells
from comodo_app.ui.pages.settings.rows import Row, Section
from comodo_app.ui.shell.crash import log_path
from comodo_app.ui.theme import themes
from comodo_app.ui.widgets import button

APP = "comodo-app"
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)(.*)$")
_LONGEST = 60  # some packages put a whole licence into the field for its name


@dataclass(frozen=True, slots=True)
class Part:
    """An installed package and its licence as the package itself states it."""

    name: str
    version: str
    licence: str


class NotYetSection(Section):
    """Live and updates."""

    def __init__(self) -> None:
        super().__init__("live", "Live and updates")
        self.add(
            Row(
                "Live recognition",
                "Sources are chosen on the Live page. Nothing listens before it is started there, "
                "and whether other devices may send is asked each time the app runs.",
            )
        )
        self.add(
            Row(
                "Updates",
                "COMODO does not look for new versions. Install a newer one when you want it.",
            )
        )


class DiagnosticsSection(Section):
    """The log, and a report that can be pasted into a question."""

    def __init__(self, session: Session) -> None:
        super().__init__("diagnostics", "Diagnostics")
        self._session = session
        self.open_button = button("Open folder", self._open, small=True, icon_name="folder")
        self.add(Row("Log", str(log_path()), self.open_button))
        self.copy_button = button("Copy report", self._copy, small=True, icon_name="copy")
        self.add(
            Row(
                "Report",
                "Versions, operating system, screen, preferences. No names of files, projects or "
                "people.",
                self.copy_button,
            )
        )

    def report(self) -> str:
        """What helps to understand a problem, and nothing that names anybody."""
        settings, screen = self._session.settings, QGuiApplication.primaryScreen()
        size = screen.size()
        lines = [
            f"COMODO {__version__}",
            f"Python {platform.python_version()}, Qt {qVersion()}, {sys.platform}",
            f"System {platform.system()} {platform.release()} {platform.machine()}",
            f"Cores {os.cpu_count()}",
            f"Screen {size.width()}x{size.height()} at {screen.devicePixelRatio():g}, "
            f"{QGuiApplication.platformName()}",
            f"Theme {settings.theme} ({themes().current.name}), scale {settings.ui_scale:g}, "
            f"patterns {settings.patterns}, reduced motion {settings.reduced_motion}",
            f"Project {'open' if self._session.project is not None else 'none'}, "
            f"{len(self._session.library.rows)} recordings, "
            f"{len(self._session.learning.runs)} runs",
            *(f"{part.name} {part.version}" for part in parts()),
        ]
        return "\n".join(lines) + "\n"

    def _copy(self) -> None:
        QApplication.clipboard().setText(self.report())
        self.copy_button.setText("Copied")

    def _open(self) -> None:
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent))):
            self._session.say(Notice(f"The log is {log_path()}.", details=str(log_path())))


class AboutSection(Section):
    """Versions and licences; the table is filled when it is first looked at."""

    def __init__(self) -> None:
        super().__init__("about", "About and licences")
        self.add(
            Row(
                f"COMODO {__version__}",
                "Cross-modal distillation of activities from video to wearable motion sensors. "
                "Apache-2.0. Method: COMODO, arXiv 2503.07259.",
            )
        )
        self.add(Row(f"Qt {qVersion()}", "Window, through PySide6. LGPL-3.0-only."))
        self.add(
            Row(
                "Letters",
                "Inter and JetBrains Mono, SIL Open Font License 1.1; the texts lie beside them "
                "in resources/fonts.",
            )
        )
        self.add(Row("Icons", "Drawn for COMODO. Apache-2.0."))
        self.model = PlainModel(self, ("Package", "Version", "Licence"), left=(0, 1, 2))
        self.view = plain_view(self.model, "Packages and licences", (210, 120, 0), 2)
        self.view.setMinimumHeight(360)
        self.packages = Row("Packages", "What this installation uses, as each package states it.")
        self.packages.below.addWidget(self.view)
        self.add(self.packages)

    def came_into_view(self) -> None:
        """Read the packages' own statements."""
        if not self.model.rows:
            listed = [Cells(i, (p.name, p.version, p.licence)) for i, p in enumerate(parts())]
            self.model.show(listed)


def parts() -> tuple[Part, ...]:
    """The packages that COMODO asks for and that are installed, by name; none is imported."""
    try:
        wanted = distribution(APP).requires or []
    except PackageNotFoundError:
        wanted = []
    found = {}
    for requirement in wanted:
        match = _REQUIREMENT.match(requirement)
        if match is None or "extra ==" in match[2]:
            continue
        try:
            package = distribution(match[1])
        except PackageNotFoundError:
            continue
        name = str(package.metadata["Name"])
        found[name.lower()] = Part(name, package.version, licence(package))
    return tuple(found[name] for name in sorted(found))


def licence(package: Distribution) -> str:
    """What a package says of its licence, shortened; "not stated" if it says nothing."""
    metadata = package.metadata
    classified = [
        c.rpartition("::")[2].strip()
        for c in metadata.get_all("Classifier") or []
        if c.startswith("License ::")
    ]
    whole = "".join(metadata.get_all("License") or [])
    if "\n" in whole.strip():  # the text of the licence in the place of its name
        whole = ", ".join(classified) or whole
    expression = "".join(metadata.get_all("License-Expression") or [])
    for stated in (expression, whole, ", ".join(classified)):
        first = stated.strip().partition("\n")[0].strip()
        if first and first.upper() != "UNKNOWN":
            return first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
    return "not stated"
