"""comodo models …, against a hub on this computer."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import comodo_app.cli  # noqa: F401  registers the commands
from comodo_app.cli.options import app
from comodo_app.weights import store
from tests.unit.weights.conftest import (  # noqa: F401  fixtures
    clean_environment,
    connection,
    hub,
    videomae,
    videomae_files,
)


def comodo(*words, answer=None):
    return CliRunner().invoke(app, ["models", *map(str, words)], input=answer)


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    for name, data in videomae_files().items():
        if "/" not in name:
            (folder / name).write_bytes(data)
    return folder


def test_the_list_fits_a_terminal_and_names_licences():
    result = comodo("list")
    assert result.exit_code == 0
    for words in ("videoprism-lvt-b", "moment-small", "CC-BY-NC-4.0, non-commercial", "346.0 MB"):
        assert words in result.output
    assert "…" not in result.output


def test_the_list_as_json_holds_every_card():
    cards = json.loads(comodo("list", "--json").stdout)
    assert [card["entry"]["id"] for card in cards][:2] == ["timesformer-b", "videomae-b"]
    assert cards[0]["installed"] is None
    assert cards[3]["entry"]["options"] == {"n_frames": 16}


def test_showing_a_model_says_licence_and_how_it_was_verified():
    result = comodo("show", "videomae-b")
    assert "CC-BY-NC-4.0 (non-commercial use only)" in result.output
    assert "published weights not run here" in result.output
    assert comodo("show", "resnet").exit_code == 2


def test_get_shows_the_licence_and_takes_no_for_an_answer(hub, connection):  # noqa: F811
    for answer in ("n\n", "\n", ""):
        result = comodo("get", "videomae-b", "--endpoint", connection.endpoint, answer=answer)
        assert result.exit_code == 2
        assert "Licence: CC-BY-NC-4.0 (non-commercial use only)" in result.output
        assert "Do you accept this licence? [y/N]" in result.output
    assert hub.asked == []


def test_get_fetches_after_a_yes_and_the_second_time_has_it_already(connection):  # noqa: F811
    words = ("get", "videomae-b", "--endpoint", connection.endpoint)
    result = comodo(*words, answer="y\n")
    assert result.exit_code == 0, result.output
    assert "is here:" in result.output
    again = comodo(*words)
    assert again.exit_code == 0
    assert "is here already" in again.output
    assert "accept" not in again.output


def test_scripts_accept_the_licence_by_option(connection):  # noqa: F811
    words = ("get", "videomae-b", "--endpoint", connection.endpoint, "--json")
    assert comodo(*words).exit_code == 2  # a script is not asked
    result = comodo(*words, "--accept-licence")
    assert json.loads(result.stdout)["id"] == "videomae-b"


def test_a_refusal_of_the_hub_is_an_error_that_the_user_can_fix(hub, connection):  # noqa: F811
    hub.refusal = (401, {"X-Error-Code": "GatedRepo"})
    result = comodo("get", "videomae-b", "--endpoint", connection.endpoint, "--accept-licence")
    assert result.exit_code == 2
    assert "let in only who asked" in " ".join(result.output.split())


def test_import_verify_show_and_remove_a_folder(published):
    result = comodo("import", published, "--as", "videomae-b")
    assert result.exit_code == 0, result.output
    assert "Imported as videomae-b" in result.output
    assert "every file is as it came" in comodo("verify", "videomae-b").output
    assert str(store.models_folder()) in comodo("show", "videomae-b").output
    assert "yes" in comodo("list").output
    assert "are free again" in comodo("remove", "videomae-b").output
    assert comodo("remove", "videomae-b").exit_code == 2


def test_a_folder_of_ones_own_is_listed_by_its_name(published):
    assert "Imported as local-own" in comodo("import", published).output
    assert "local-own" in comodo("list").output
    assert "A folder of your own" in comodo("show", "local-own").output


def test_a_damaged_model_ends_with_one_and_says_what_to_do(published):
    comodo("import", published, "--as", "videomae-b")
    path = store.find("videomae-b").folder / "config.json"
    path.write_bytes(path.read_bytes().replace(b"juggling", b"JUGGLING"))
    result = comodo("verify", "videomae-b")
    assert result.exit_code == 1
    assert "config.json is not as it was" in result.output
    assert "Import it again" in result.output


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    result = comodo("import", tmp_path, "--as", "videomae-b")
    assert result.exit_code == 2
    assert "no config.json" in " ".join(result.output.split())


@pytest.mark.parametrize("command", ["list", "show", "get", "import", "verify", "remove"])
def test_every_command_explains_itself(command):
    assert "Usage" in comodo(command, "--help").output
