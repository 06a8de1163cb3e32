"""Settings, Models: cards of what is here and what can be had, driven by hand against a hub."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from comodo_app.session.notices import Notice, Tone
from comodo_app.session.session import Session
from comodo_app.ui.actions import Actions
from comodo_app.ui.pages.settings import SettingsPage
from comodo_app.ui.pages.settings.models import ModelsSection
from comodo_app.ui.pages.settings.models_card import ModelPanel
from comodo_app.ui.pages.settings.models_licence import LicenceSheet, allows
from comodo_app.ui.shell.main_window import MainWindow
from comodo_app.ui.widgets.confirm import Confirm
from comodo_app.weights import store
from comodo_app.weights.catalog import catalog
from tests.gui.hands import click_at, press
from tests.gui.model_store import WEIGHTS, hub_of, published_folder
from tests.gui.parts import bare_window
from tests.unit.teachers.checkpoints import videomae
from tests.unit.weights.hub_server import FakeHub


@pytest.fixture(autouse=True)
def own_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HF_ENDPOINT", "HF_HUB_OFFLINE", "HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COMODO_MODELS", str(tmp_path / "models"))


@pytest.fixture
def hub(session: Session) -> Iterator[FakeHub]:
    with hub_of(session) as made:
        yield made


@pytest.fixture
def section(session: Session, qtbot: QtBot) -> ModelsSection:
    host = QWidget()
    page = SettingsPage(session, Actions(host))
    bare_window(qtbot, page, host)
    page.show_section("models")
    qtbot.waitUntil(lambda: session.models.loaded)
    made = page.sections["models"]
    assert isinstance(made, ModelsSection)
    return made


def sheet_of(section: ModelsSection) -> LicenceSheet:
    found = section.window().findChild(LicenceSheet)
    assert found is not None and found.is_open
    return found


def accept(section: ModelsSection) -> None:
    sheet = sheet_of(section)
    click_at(sheet.box, sheet.box.rect().topLeft() + sheet.box.rect().center() / 8)
    if not sheet.box.isChecked():
        sheet.box.click()
    click_at(sheet.go_on)


def shown_actions(panel: ModelPanel) -> list[str]:
    return [key for key, made in panel.buttons.items() if made.isVisible()]


def settled(section: ModelsSection, model_id: str, qtbot: QtBot) -> None:
    """Nothing is being done with a model, and its card is of now."""
    models = section._session.models
    qtbot.waitUntil(lambda: model_id not in models.work, timeout=20_000)
    qtbot.waitUntil(lambda: not section._session.models._list_job, timeout=20_000)


def test_every_model_of_the_catalogue_has_a_card_among_its_kind(section: ModelsSection) -> None:
    for entry in catalog():
        panel = section.panels[entry.id]
        assert section.groups[entry.kind].isAncestorOf(panel)
        assert panel.name.text() == entry.title
        assert panel.state.label == "Not here"
        assert shown_actions(panel) == ["get", "import"]
    assert section.panels["Convolutional (TCN)"].state.label == "Part of COMODO"


def test_non_commercial_is_said_on_the_card_and_before_the_first_byte(
    section: ModelsSection, hub: FakeHub
) -> None:
    panel = section.panels["videomae-b"]
    assert panel.licence.label == "CC-BY-NC-4.0 · non-commercial"
    assert panel.licence.tone == "warn"
    click_at(panel.buttons["get"])
    sheet = sheet_of(section)
    assert "not commercially" in sheet.allows.text()
    assert sheet.box.text() == "I accept CC-BY-NC-4.0, non-commercial use only"
    assert not sheet.go_on.isEnabled()
    press(sheet, "Esc")
    assert not sheet.is_open
    assert hub.asked == []


def test_the_licence_is_opened_only_by_a_click(
    section: ModelsSection, hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toString()) or True
    )
    click_at(section.panels["videomae-b"].buttons["get"])
    assert opened == []
    click_at(sheet_of(section).link)
    assert opened == ["https://creativecommons.org/licenses/by-nc/4.0/"]


def test_every_licence_of_the_catalogue_has_its_line() -> None:
    assert [e.licence for e in catalog() if "no summary" in allows(e.licence)] == []


def test_an_accepted_model_comes_is_checked_and_says_where_it_is(
    section: ModelsSection, session: Session, hub: FakeHub, qtbot: QtBot
) -> None:
    said: list[Notice] = []
    session.notified.connect(said.append)
    panel = section.panels["videomae-b"]
    click_at(panel.buttons["get"])
    accept(section)
    assert shown_actions(panel) in (["stop"], ["pause", "stop"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")
    assert panel.state.label.startswith("Here, verified ")
    assert shown_actions(panel) == ["measure", "verify", "remove"]
    assert said[-1].tone is Tone.OK
    click_at(panel.more)
    here = store.find("videomae-b")
    assert here is not None
    details = dict(panel.words.details)
    assert details["On this disk"] == str(here.folder)
    assert (details["Revision"], details["Hash of the weights"]) == (here.revision, here.digest)
    assert panel.details.isVisible() and panel.show_folder.isVisible()


def test_a_stopped_download_offers_to_continue_and_goes_on_where_it_was(
    section: ModelsSection, session: Session, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.faults[WEIGHTS] = ["stall"]
    panel = section.panels["videomae-b"]
    click_at(panel.buttons["get"])
    accept(section)
    qtbot.waitUntil(lambda: "Downloading 5" in panel.state.label, timeout=10_000)
    assert "0.4 MB of 0.8 MB" in panel.progress_words.text()
    assert panel.bar.isVisible() and 0.4 < panel.bar.share < 0.6
    click_at(panel.buttons["stop"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.label == "Interrupted")
    assert panel.buttons["continue"].text() == "Continue (0.4 of 346 MB here)"
    assert store.find("videomae-b") is None
    click_at(panel.buttons["continue"])  # its licence was accepted in this window
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")
    assert hub.ranges(WEIGHTS)[-1].startswith("bytes=")


def test_what_an_interrupted_download_left_can_be_discarded(
    section: ModelsSection, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.faults[WEIGHTS] = ["stall"]
    panel = section.panels["videomae-b"]
    click_at(panel.buttons["get"])
    accept(section)
    qtbot.waitUntil(hub.begun.is_set, timeout=10_000)
    click_at(panel.buttons["stop"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.label == "Interrupted")
    click_at(panel.buttons["discard"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.label == "Not here")
    assert store.partial_bytes("videomae-b") == 0


def test_a_paused_download_says_so_and_goes_on(
    section: ModelsSection, session: Session, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.faults[WEIGHTS] = ["stall"]
    panel = section.panels["videomae-b"]
    click_at(panel.buttons["get"])
    accept(section)
    qtbot.waitUntil(lambda: "Downloading 5" in panel.state.label, timeout=10_000)
    click_at(panel.buttons["pause"])
    assert panel.state.label.startswith("Paused at 5")
    assert shown_actions(panel) == ["stop", "resume"] or "resume" in shown_actions(panel)
    hub.ended.set()  # the server's connection is gone by the time it goes on
    click_at(panel.buttons["resume"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")


def test_an_error_stands_in_the_card_with_what_to_do_and_retry_mends_it(
    section: ModelsSection, hub: FakeHub, qtbot: QtBot
) -> None:
    hub.refusal = (404, {"X-Error-Code": "RepoNotFound"})
    panel = section.panels["videomae-b"]
    click_at(panel.buttons["get"])
    accept(section)
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(panel.trouble.isVisible)
    assert "import" in panel.trouble_words.text()
    assert not panel.trouble_words.text().startswith("VideoMAE-B")
    click_at(panel.copy)
    assert "Traceback" in QApplication.clipboard().text()
    hub.refusal = None
    click_at(panel.retry)
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")
    assert not panel.trouble.isVisible()


def test_without_a_network_a_folder_is_offered_instead(
    section: ModelsSection, session: Session, tmp_path: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    click_at(section.offline.toggle)
    panel = section.panels["videomae-b"]
    assert session.settings.offline
    assert panel.hint.text() == "No network: import from a folder."
    assert shown_actions(panel) == ["import"]
    folder = published_folder(tmp_path / "stick" / "videomae")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(folder))
    click_at(panel.buttons["import"])
    accept(section)
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")
    here = store.find("videomae-b")
    assert here is not None and here.source == "folder" and here.accepted_at


def test_a_folder_of_ones_own_becomes_a_card_of_its_own(
    section: ModelsSection, session: Session, tmp_path: Path, qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    folder = published_folder(tmp_path / "lab-model")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(folder))
    click_at(section.own)
    qtbot.waitUntil(lambda: "local-lab-model" in section.panels, timeout=20_000)
    panel = section.panels["local-lab-model"]
    assert panel.name.text() == "lab-model"
    assert shown_actions(panel) == ["measure", "verify", "remove"]
    assert section.own_panel is None


def test_a_folder_that_is_no_model_says_why_and_can_be_closed(
    section: ModelsSection, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "holiday").mkdir()
    chosen = str(tmp_path / "holiday")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: chosen)
    click_at(section.own)
    qtbot.waitUntil(lambda: section.own_panel is not None and section.own_panel.trouble.isVisible())
    panel = section.own_panel
    assert panel is not None
    assert panel.state.label == "Not imported"
    assert "config.json" in panel.trouble_words.text() or "safetensors" in panel.words.trouble
    click_at(panel.buttons["forget"])
    assert section.own_panel is None


def got(section: ModelsSection, tmp_path: Path, qtbot: QtBot) -> ModelPanel:
    """VideoMAE-B, imported."""
    folder = published_folder(tmp_path / "published")
    section._session.models.import_folder("videomae-b", folder, licence_accepted=True)
    panel = section.panels["videomae-b"]
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.tone == "ok")
    return panel


def test_removing_asks_with_the_size_and_what_will_not_work(
    section: ModelsSection, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = got(section, tmp_path, qtbot)
    click_at(panel.buttons["remove"])
    question = section.window().findChild(Confirm)
    assert question is not None
    words = " ".join(label.text() for label in question.findChildren(type(panel.name)))
    assert "0.8 MB are freed" in words and "Runs that used it stay" in words
    assert [b.text() for b in question.buttons] == ["Keep it", "Remove 0.8 MB"]
    click_at(question.buttons[0])
    assert session.models.is_here("videomae-b")
    click_at(panel.buttons["remove"])
    again = section.window().findChildren(Confirm)[-1]
    click_at(again.buttons[1])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.label == "Not here")
    assert store.find("videomae-b") is None


def test_a_changed_file_is_found_and_the_model_no_longer_used(
    section: ModelsSection, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = got(section, tmp_path, qtbot)
    click_at(panel.buttons["verify"])
    settled(section, "videomae-b", qtbot)
    assert panel.state.tone == "ok"
    here = store.find("videomae-b")
    assert here is not None
    data = bytearray((here.folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (here.folder / WEIGHTS).write_bytes(bytes(data))
    click_at(panel.buttons["verify"])
    settled(section, "videomae-b", qtbot)
    qtbot.waitUntil(lambda: panel.state.label == "Damaged")
    assert WEIGHTS in panel.trouble_words.text()
    assert not panel.retry.isVisible() and "again" in shown_actions(panel)
    assert store.find("videomae-b") is None


def test_the_search_leaves_what_matches_and_an_empty_one_can_be_cleared(
    section: ModelsSection,
) -> None:
    QTest.keyClicks(section.search, "non-commercial")
    shown = {key for key, panel in section.panels.items() if panel.isVisible()}
    assert shown == {e.id for e in catalog() if e.non_commercial}
    section.search.clear()
    QTest.keyClicks(section.search, "zzqq")
    assert section.nothing.isVisible()
    assert section.nothing.sentence.text() == "No model matches “zzqq”."
    click_at(section.nothing.link)
    assert not section.nothing.isVisible()
    assert section.panels["videomae-b"].isVisible()


def test_only_what_is_here_can_be_shown(
    section: ModelsSection, tmp_path: Path, qtbot: QtBot
) -> None:
    got(section, tmp_path, qtbot)
    section.shown.choose("here")
    shown = {key for key, panel in section.panels.items() if panel.isVisible()}
    assert "videomae-b" in shown and "vjepa2-l" not in shown
    assert "Built-in, motion and appearance" in shown
    section.shown.choose("missing")
    shown = {key for key, panel in section.panels.items() if panel.isVisible()}
    assert "videomae-b" not in shown and "vjepa2-l" in shown


def test_an_address_that_is_none_is_refused_under_its_field(
    section: ModelsSection, session: Session
) -> None:
    section.proxy.field.setText("proxy:3128")
    section.proxy.field.editingFinished.emit()
    assert session.settings.proxy == ""
    assert "was not kept" in section.proxy.meaning.text()
    section.proxy.field.setText("http://proxy:3128")
    section.proxy.field.editingFinished.emit()
    assert session.settings.proxy == "http://proxy:3128"
    assert "was not kept" not in section.proxy.meaning.text()


def test_a_model_that_was_removed_elsewhere_is_not_shown_as_here(
    section: ModelsSection, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    panel = got(section, tmp_path, qtbot)
    shutil.rmtree(store.models_folder() / "videomae-b")
    section.came_into_view()
    qtbot.waitUntil(lambda: panel.state.label == "Not here")


def test_drawer_and_status_bar_tell_of_a_download_and_lead_to_it(
    window: MainWindow, qtbot: QtBot
) -> None:
    session = window.session
    with hub_of(session) as hub:
        hub.faults[WEIGHTS] = ["stall"]
        assert window.status.network.text() == "Local only · no network"
        window.actions_.run("app.models")
        qtbot.waitUntil(lambda: session.models.loaded)
        assert window.page_name == "settings"
        window.toggle_jobs()
        session.models.get("videomae-b", licence_accepted=True)
        assert window.status.network.text() == "Downloading 1 model"
        qtbot.waitUntil(hub.begun.is_set, timeout=10_000)
        job_id = session.models.work["videomae-b"].job_id
        qtbot.waitUntil(lambda: window.drawer.rows[job_id].amount.text() == "0.4 MB of 0.8 MB")
        row = window.drawer.rows[job_id]
        assert row.stop.isVisible() and not row.cancel.isVisible()
        window.go("recordings")
        click_at(window.status.network)
        assert window.page_name == "settings"
        click_at(row.stop)
        qtbot.waitUntil(lambda: not session.models.work, timeout=20_000)
        assert window.status.network.text() == "Local only · no network"


def test_closing_the_window_keeps_what_came(window: MainWindow, qtbot: QtBot) -> None:
    with hub_of(window.session) as hub:
        hub.faults[WEIGHTS] = ["stall"]
        window.session.models.get("videomae-b", licence_accepted=True)
        qtbot.waitUntil(hub.begun.is_set, timeout=10_000)
        window.close()
        assert store.find("videomae-b") is None
        assert store.partial_bytes("videomae-b") > 0


def test_a_teachers_speed_is_measured_on_a_click(
    section: ModelsSection, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    videomae(tmp_path / "lab")
    session.models.import_folder(None, tmp_path / "lab")
    qtbot.waitUntil(lambda: "local-lab" in section.panels, timeout=20_000)
    panel = section.panels["local-lab"]
    assert panel.words.facts[-1][:2] == ("Speed here", "not measured")
    click_at(panel.buttons["measure"])
    qtbot.waitUntil(lambda: "local-lab" not in session.models.work, timeout=60_000)
    qtbot.waitUntil(lambda: not panel.buttons["measure"].isVisible(), timeout=20_000)
    card = session.models.card("local-lab")
    assert card is not None and card.speed_per_s is not None and card.speed_per_s > 0
    assert panel.words.facts[-1][1].endswith(" windows/s")
