"""Fetching from a hub that behaves, and from one that does not."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import namedtuple
from dataclasses import replace

import pytest

from comodo_app.errors import DownloadFailed, StorageError, UsageError
from comodo_app.weights import store
from comodo_app.weights.download import fetch
from tests.unit.weights.conftest import videomae_files, videomae_weights
from tests.unit.weights.hub_server import COMMIT, FakeProxy, proxied, served

WEIGHTS = "model.safetensors"
WAY_OUT = "comodo models import FOLDER --as videomae-b"


def get(entry, connection, seen=None):
    seen = [] if seen is None else seen
    return fetch(entry, connection, seen.append, accepted_at="2026-01-01T00:00:00+00:00")


def assert_resumed(hub, ranges):
    """The only request asked for the rest; a reset may lose what the system had not handed on."""
    (asked,) = ranges
    begin = int(asked.removeprefix("bytes=").removesuffix("-"))
    assert 0 < begin <= len(hub.files[WEIGHTS]) // 2


def assert_nothing_usable(entry):
    assert store.find(entry.id) is None
    assert store.installed() == ()


def test_a_fetched_model_holds_the_wanted_files_and_nothing_else(videomae, hub, connection):
    seen = []
    model = get(videomae, connection, seen)
    assert store.find("videomae-b") == model
    names = sorted(path.name for path in model.folder.iterdir())
    assert names == ["config.json", "manifest.json", WEIGHTS, "preprocessor_config.json"]
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert model.revision == COMMIT  # "main" of the catalogue is pinned
    assert (model.source, model.licence) == ("hub", "CC-BY-NC-4.0")
    manifest = json.loads((model.folder / "manifest.json").read_text())
    assert manifest["files"][WEIGHTS]["sha256"] == hashlib.sha256(hub.files[WEIGHTS]).hexdigest()
    assert manifest["accepted_at"] == "2026-01-01T00:00:00+00:00"
    assert seen[-1].done_bytes == seen[-1].total_bytes == model.size_bytes
    assert not any("README" in path or path.endswith((".py", ".bin")) for path in hub.asked)


def test_progress_never_goes_back_nor_past_the_end(videomae, connection):
    seen = []
    get(videomae, connection, seen)
    done = [step.done_bytes for step in seen if step.total_bytes]
    assert done == sorted(done)
    assert all(step.done_bytes <= step.total_bytes for step in seen)


def test_a_model_that_is_here_is_not_fetched_again(videomae, hub, connection):
    first = get(videomae, connection)
    n_before = len(hub.asked)
    assert get(videomae, replace(connection, offline=True)) == first
    assert len(hub.asked) == n_before


@pytest.mark.parametrize("fault", ["reset", "close", "short", "stall", "busy"])
def test_a_broken_transfer_goes_on_where_it_broke(videomae, hub, connection, fault):
    hub.faults[WEIGHTS] = [fault]
    model = get(videomae, connection)
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    first, *rest = hub.ranges(WEIGHTS)
    assert first == ""
    if fault == "busy":
        assert rest == []
    else:
        assert_resumed(hub, rest)


@pytest.mark.parametrize("fault", ["all", "elsewhere"])
def test_a_server_that_ignores_the_range_starts_the_file_again(videomae, hub, connection, fault):
    hub.faults[WEIGHTS] = ["reset", fault]
    model = get(videomae, connection)
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_a_server_that_always_stalls_is_given_up_and_what_came_is_kept(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["stall", *["silent"] * 9]
    with pytest.raises(DownloadFailed, match="sent nothing for") as caught:
        get(videomae, replace(connection, stall_s=0.2, n_tries=2))
    assert WAY_OUT in str(caught.value)
    assert_nothing_usable(videomae)
    part = store.partial_folder(videomae.id, COMMIT) / f"{WEIGHTS}.part"
    begun = part.read_bytes()
    assert hub.files[WEIGHTS].startswith(begun)
    assert store.partial_bytes(videomae.id) >= len(begun) > 0


def test_cancelled_within_a_moment_while_the_server_is_silent_and_resumed(
    videomae, hub, connection
):
    class Cancelled(Exception):
        pass

    def report(transfer):
        if hub.begun.is_set() and transfer.doing == "waiting for the server":
            raise Cancelled

    hub.faults[WEIGHTS] = ["stall"]
    slow = replace(connection, stall_s=30.0)
    with pytest.raises(Cancelled):
        fetch(videomae, slow, report, accepted_at="")
    assert_nothing_usable(videomae)
    hub.requests.clear()
    model = get(videomae, slow)
    assert hub.ranges(WEIGHTS) == [f"bytes={len(hub.files[WEIGHTS]) // 2}-"]
    assert hub.ranges("config.json") == []  # it was complete
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]


def test_a_file_that_changes_midway_is_started_again_and_never_mixed(videomae, hub, connection):
    hub.swapped[WEIGHTS] = videomae_weights(seed=7)
    hub.faults[WEIGHTS] = ["swap"]
    model = get(videomae, connection)
    assert (model.folder / WEIGHTS).read_bytes() == hub.swapped[WEIGHTS]
    assert "" in hub.ranges(WEIGHTS)[1:]


def test_a_file_that_changed_between_two_downloads_is_started_again(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["reset"] * 9
    hub.without_checksums = True  # as some mirrors: only the etag can tell
    with pytest.raises(DownloadFailed):
        get(videomae, replace(connection, n_tries=1))
    hub.files = videomae_files(seed=5)
    hub.faults.clear()
    model = get(videomae, connection)
    assert (model.folder / WEIGHTS).read_bytes() == videomae_weights(seed=5)


def test_a_branch_that_moved_on_keeps_the_bytes_that_are_the_same(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["reset"] * 9
    with pytest.raises(DownloadFailed):
        get(videomae, replace(connection, n_tries=1))
    hub.commit = "a" * 40
    hub.files["config.json"] = hub.files["config.json"].replace(b"juggling", b"throwing")
    hub.faults.clear()
    hub.requests.clear()
    model = get(videomae, connection)
    assert model.revision == "a" * 40
    assert_resumed(hub, hub.ranges(WEIGHTS))
    assert (model.folder / "config.json").read_bytes() == hub.files["config.json"]


def test_a_repository_that_was_renamed_is_followed_and_resumed(videomae, hub, connection):
    hub.renamed_from, hub.repo = videomae.repo, "OpenGVLab/videomae"
    hub.faults[WEIGHTS] = ["close"]
    model = get(videomae, connection)
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert_resumed(hub, hub.ranges(WEIGHTS)[1:])


def test_a_wrong_checksum_throws_the_file_away_and_says_so(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["corrupt"]
    with pytest.raises(
        DownloadFailed, match=r"checksum of model.safetensors is wrong.*thrown away"
    ):
        get(videomae, connection)
    assert_nothing_usable(videomae)
    assert not list(store.models_folder().rglob("model.safetensors*"))
    assert get(videomae, connection)  # once more, and it is right


def test_a_small_file_is_checked_too(videomae, hub, connection):
    hub.faults["config.json"] = ["corrupt"]
    with pytest.raises(DownloadFailed, match=r"checksum of config.json"):
        get(videomae, connection)


def test_a_server_that_answers_with_another_commit_is_not_believed(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["other commit"] * 9
    with pytest.raises(DownloadFailed, match="keeps being another file"):
        get(videomae, connection)
    assert_nothing_usable(videomae)


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (401, {"X-Error-Code": "GatedRepo"}, "let in only who asked"),
        (403, {"X-Error-Code": "GatedRepo"}, "let in only who asked"),
        (401, {}, "is not on"),
        (404, {"X-Error-Code": "RepoNotFound"}, "is not on"),
        (404, {}, "is not on"),
        (403, {}, r"refuses .* \(403\)"),
        (407, {}, "proxy .* refused"),
        (500, {}, "error 500"),
    ],
)
def test_each_refusal_has_its_own_words_and_the_way_out(
    videomae, hub, connection, status, headers, said
):
    hub.refusal = (status, headers)
    with pytest.raises(DownloadFailed, match=said) as caught:
        get(videomae, connection)
    assert WAY_OUT in str(caught.value)


def test_a_wrong_revision_is_named(videomae, connection):
    with pytest.raises(DownloadFailed, match="no revision v9"):
        get(replace(videomae, revision="v9"), connection)


def test_a_file_that_is_gone_is_named(videomae, hub, connection):
    hub.faults[WEIGHTS] = ["gone"]
    with pytest.raises(DownloadFailed, match="A file is no longer in"):
        get(videomae, connection)


def test_a_login_page_instead_of_the_listing_is_recognised(videomae, hub, connection):
    hub.page = b"<html>Please log in to the guest network</html>"
    with pytest.raises(DownloadFailed, match="proxy or login page"):
        get(videomae, connection)


def test_a_repository_without_safetensors_is_refused(videomae, hub, connection):
    del hub.files[WEIGHTS]
    with pytest.raises(DownloadFailed, match="holds no safetensors"):
        get(videomae, connection)
    assert not any(path.endswith(".bin") for path in hub.asked)


def test_a_repository_with_another_model_is_refused(videomae, hub, connection):
    hub.files["config.json"] = b'{"model_type": "vivit"}'
    with pytest.raises(DownloadFailed, match=r"not what the catalogue means.*'vivit'"):
        get(videomae, connection)
    assert_nothing_usable(videomae)


def test_no_network_is_said_at_once(videomae, connection):
    closed = replace(connection, endpoint="http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match=r"127.0.0.1:9 cannot be reached") as caught:
        get(videomae, closed)
    assert WAY_OUT in str(caught.value)


def test_offline_by_setting_or_environment_asks_nobody(videomae, hub, connection, monkeypatch):
    with pytest.raises(DownloadFailed, match="offline"):
        get(videomae, replace(connection, offline=True))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DownloadFailed, match="offline"):
        get(videomae, connection)
    assert hub.asked == []


def test_the_endpoint_of_the_environment_is_used(videomae, connection, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", connection.endpoint + "/")
    assert get(videomae, replace(connection, endpoint="")).revision == COMMIT


@pytest.mark.parametrize("by", ["setting", "environment"])
def test_through_a_proxy_and_resumed_through_it(videomae, hub, connection, monkeypatch, by):
    proxy = FakeProxy(connection.endpoint, password="secret")
    # Through a proxy that buffers, a break of the hub arrives as a whole but shorter answer.
    hub.faults[WEIGHTS] = ["short"]
    with proxied(proxy) as place:
        address = f"http://me:secret@{place}"
        if by == "environment":
            monkeypatch.setenv("HTTP_PROXY", address)
        chosen = address if by == "setting" else ""
        model = get(videomae, replace(connection, endpoint="http://hub.invalid", proxy=chosen))
    assert (model.folder / WEIGHTS).read_bytes() == hub.files[WEIGHTS]
    assert proxy.n_requests >= 5
    assert hub.ranges(WEIGHTS)[1:] == [f"bytes={len(hub.files[WEIGHTS]) // 2}-"]


def test_a_proxy_that_refuses_is_named_without_its_password(videomae, connection):
    with proxied(FakeProxy(connection.endpoint, password="secret")) as place:
        wrong = replace(connection, endpoint="http://hub.invalid", proxy=f"http://me:wrong@{place}")
        with pytest.raises(DownloadFailed, match=f"proxy {place} refused") as caught:
            get(videomae, wrong)
    assert "wrong" not in str(caught.value)


def test_a_proxy_that_is_not_there_is_named(videomae, connection):
    dead = replace(connection, endpoint="http://hub.invalid", proxy="http://127.0.0.1:9")
    with pytest.raises(DownloadFailed, match=r"through the proxy 127.0.0.1:9"):
        get(videomae, dead)


@pytest.mark.parametrize("wish", [{"proxy": "nonsense"}, {"endpoint": "ftp://hub"}])
def test_a_setting_that_cannot_be_an_address_is_refused(videomae, connection, wish):
    with pytest.raises(UsageError):
        get(videomae, replace(connection, **wish))


@pytest.mark.parametrize("value", ["nonsense", "ftp://host:21"])
def test_a_proxy_of_the_environment_that_cannot_be_one_is_named(
    videomae, connection, monkeypatch, value
):
    import huggingface_hub.utils

    huggingface_hub.utils.close_session()
    monkeypatch.setenv("HTTP_PROXY", value)
    with pytest.raises((UsageError, DownloadFailed), match=r"proxy.*(nonsense|host:21)"):
        get(videomae, replace(connection, endpoint="http://hub.invalid"))


def test_room_on_the_disk_is_made_sure_of_before_the_first_byte(
    videomae, hub, connection, monkeypatch
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 30_000_000))
    with pytest.raises(StorageError, match="needs 65 MB, the disk has 30 MB left"):
        get(videomae, connection)
    assert hub.requests == []


def test_a_full_disk_in_the_middle_keeps_what_came(videomae, hub, connection, monkeypatch):
    import errno

    from comodo_app.weights import transfer

    real = transfer.write_json

    def full(path, value):
        if WEIGHTS in str(value):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        real(path, value)

    def on_a_full_disk(path, value):
        with transfer.storage_errors(path):
            full(path, value)

    monkeypatch.setattr(transfer, "write_json", on_a_full_disk)
    with pytest.raises(StorageError, match="disk is full"):
        get(videomae, connection)
    assert_nothing_usable(videomae)
    monkeypatch.setattr(transfer, "write_json", real)
    assert get(videomae, connection)


def test_two_downloads_of_one_model_at_once_are_refused(videomae, connection):
    with store.changing(videomae.id), pytest.raises(UsageError, match="already"):
        get(videomae, connection)


def test_a_pinned_commit_is_asked_for_and_another_one_here_does_not_count(
    videomae, hub, connection
):
    get(videomae, connection)
    hub.commit = "b" * 40
    pinned = replace(videomae, revision="b" * 40)
    assert get(pinned, connection).revision == "b" * 40
    assert any(path.endswith("b" * 40) for path in hub.asked)


def test_a_damaged_model_is_mended_by_fetching_only_the_damaged_file(videomae, hub, connection):
    model = get(videomae, connection)
    with (model.folder / "config.json").open("ab") as file:
        file.write(b" ")
    assert store.find(videomae.id) is None  # not used any more
    store.set_aside(model)
    hub.requests.clear()
    again = get(videomae, connection)
    assert [name for name, _ in hub.requests] == ["config.json"]
    assert again.digest == model.digest


def test_the_hub_is_used_by_its_real_address_form(videomae, hub):
    with served(hub) as address:
        from comodo_app.weights.hub import Connection, Hub

        with Hub(videomae, Connection(endpoint=address)) as opened:
            url = opened.url(WEIGHTS, COMMIT)
    assert url == f"{address}/{videomae.repo}/resolve/{COMMIT}/{WEIGHTS}"
