from __future__ import annotations

import json
import os
from dataclasses import fields

import pytest

from comodo_app.errors import StorageError, UsageError
from comodo_app.project import settings as module
from comodo_app.project.settings import (
    MAX_RECENT_PROJECTS,
    Settings,
    load_settings,
    save_settings,
    settings_path,
)


@pytest.fixture(autouse=True)
def config(tmp_path, monkeypatch):
    folder = tmp_path / "config"
    monkeypatch.setenv("COMODO_CONFIG_DIR", str(folder))
    return folder


def test_without_a_file_all_is_default_and_none_is_made(config):
    assert load_settings() == Settings()
    assert not config.exists()


def test_settings_come_back(config):
    settings = Settings(
        theme="dark",
        ui_scale=1.25,
        patterns="strong",
        reduced_motion=True,
        window_s=4.0,
        stride_s=1.0,
        threads=2,
        recent_projects=("/a/ä.comodo",),
        shortcuts={"edit.undo": ("Ctrl+U", "F3"), "view.jobs": ()},
    )
    save_settings(settings)
    assert load_settings() == settings
    assert [p.name for p in config.iterdir()] == ["settings.json"]


def test_only_what_differs_is_written(config):
    save_settings(Settings(threads=3))
    assert json.loads(settings_path().read_text()) == {"schema": 1, "threads": 3}
    save_settings(Settings())
    assert json.loads(settings_path().read_text()) == {"schema": 1}


def test_every_setting_has_its_check():
    assert {field.name for field in fields(Settings)} == set(module._CHECKS)


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ({"theme": "pink", "threads": 2}, Settings(threads=2)),
        ({"window_s": "5", "threads": 2}, Settings(threads=2)),
        ({"window_s": -1, "threads": 2}, Settings(threads=2)),
        ({"window_s": True, "threads": 2}, Settings(threads=2)),
        ({"stride_s": float("nan"), "threads": 2}, Settings(threads=2)),
        ({"threads": 1.5, "theme": "dark"}, Settings(theme="dark")),
        ({"reduced_motion": 1, "theme": "dark"}, Settings(theme="dark")),
        ({"recent_projects": ["a", 1], "theme": "dark"}, Settings(theme="dark")),
        ({"patterns": "loud", "theme": "dark"}, Settings(theme="dark")),
        ({"shortcuts": ["Ctrl+U"], "theme": "dark"}, Settings(theme="dark")),
        ({"shortcuts": {"edit.undo": "Ctrl+U"}, "theme": "dark"}, Settings(theme="dark")),
        ({"of a newer version": 1, "theme": "dark"}, Settings(theme="dark")),
    ],
)
def test_a_bad_value_falls_back_alone_with_a_warning_and_a_copy(config, caplog, stored, kept):
    config.mkdir()
    text = json.dumps({"schema": 1, **stored})
    settings_path().write_text(text)
    assert load_settings() == kept
    assert next(iter(stored)) in caplog.text
    assert (config / "settings.json.bak").read_text() == text


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b"null", b"[" * 100_000])
def test_a_file_that_cannot_be_read_means_defaults_and_is_kept(config, caplog, content):
    config.mkdir()
    settings_path().write_bytes(content)
    assert load_settings() == Settings()
    assert "default" in caplog.text
    assert (config / "settings.json.bak").read_bytes() == content


def test_another_schema_is_reported_and_its_good_values_are_used(config, caplog):
    config.mkdir()
    settings_path().write_text('{"schema": 9, "theme": "dark"}')
    assert load_settings().theme == "dark"
    assert "schema is 9" in caplog.text


def test_the_app_starts_even_if_nothing_can_be_read_or_kept(config, caplog):
    settings_path().mkdir(parents=True)  # a folder in the file's place
    assert load_settings() == Settings()
    assert "cannot be read" in caplog.text


def test_a_value_out_of_range_is_not_saved(config):
    with pytest.raises(UsageError, match="window_s must be between"):
        save_settings(Settings(window_s=0.0))
    with pytest.raises(UsageError, match="theme must be one of"):
        save_settings(Settings(theme="pink"))
    assert not config.exists()


def test_a_full_disk_keeps_the_old_settings(monkeypatch):
    save_settings(Settings(threads=1))

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(StorageError, match="full"):
        save_settings(Settings(threads=2))
    assert load_settings().threads == 1


def test_recent_projects_are_few_unique_and_latest_first(tmp_path):
    settings = Settings()
    for i in range(MAX_RECENT_PROJECTS + 3):
        settings = settings.with_recent_project(tmp_path / str(i))
    settings = settings.with_recent_project(tmp_path / "5")
    assert settings.recent_projects[0] == str(tmp_path / "5")
    assert len(settings.recent_projects) == MAX_RECENT_PROJECTS
    assert len(set(settings.recent_projects)) == MAX_RECENT_PROJECTS


def test_the_system_has_its_place_for_settings(monkeypatch):
    monkeypatch.delenv("COMODO_CONFIG_DIR")
    assert settings_path().name == "settings.json"
    assert "comodo" in settings_path().parts


def test_a_path_can_be_given(tmp_path):
    save_settings(Settings(threads=7), tmp_path / "x" / "mine.json")
    assert load_settings(tmp_path / "x" / "mine.json").threads == 7
