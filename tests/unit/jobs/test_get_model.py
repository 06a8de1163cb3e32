"""Fetching, importing, verifying and removing models as jobs."""

from __future__ import annotations

import threading

import pytest

from comodo_app.errors import UsageError
from comodo_app.jobs.core import End, JobContext, run_job
from comodo_app.jobs.get_model import (
    GetModelRequest,
    ImportModelRequest,
    RemoveModelRequest,
    VerifyModelRequest,
    connection_of,
    get_model,
    import_model,
    list_models,
    model_card,
    remove_model,
    verify_model,
)
from comodo_app.project.settings import Settings, load_settings, save_settings
from comodo_app.weights import store
from comodo_app.weights.catalog import Kind, catalog
from tests.unit.weights.conftest import (  # noqa: F401  fixtures
    clean_environment,
    connection,
    hub,
    videomae,
    videomae_files,
)

WEIGHTS = "model.safetensors"


class Watched(JobContext):
    """Keeps every progress; `when` may pause, stop or cancel at the right moment."""

    def __init__(self, when=None):
        self.seen = []
        self.when = when
        super().__init__(self._look)

    def _look(self, progress):
        self.seen.append(progress)
        if self.when is not None:
            self.when(self, progress)


def fetched(connection, context=None):  # noqa: F811
    request = GetModelRequest("videomae-b", licence_accepted=True, connection=connection)
    return run_job(get_model, request, context or Watched())


@pytest.fixture
def published(tmp_path):
    folder = tmp_path / "own"
    folder.mkdir()
    for name, data in videomae_files().items():
        if "/" not in name:
            (folder / name).write_bytes(data)
    return folder


def test_without_an_accepted_licence_nobody_is_asked_for_a_byte(hub, connection):  # noqa: F811
    outcome = run_job(get_model, GetModelRequest("videomae-b", connection=connection), Watched())
    assert outcome.end is End.FAILED
    assert not outcome.bug
    for words in ("CC-BY-NC-4.0 (non-commercial use only)", "creativecommons.org", "not accepted"):
        assert words in outcome.error
    assert hub.asked == []


def test_fetching_reports_bytes_and_the_manifest_says_when_the_licence_was_accepted(
    connection,  # noqa: F811
):
    context = Watched()
    outcome = fetched(connection, context)
    assert outcome.end is End.SUCCEEDED, outcome.details
    model = outcome.result
    assert model.accepted_at[:2] == "20"
    last = context.seen[-1]
    assert last.done == last.total == model.size_bytes
    assert any("fetching model.safetensors" in progress.note for progress in context.seen)


def test_a_cancelled_download_goes_on_with_the_next_one(hub, connection):  # noqa: F811
    half = len(hub.files[WEIGHTS]) // 2

    def cancel(context, progress):
        if hub.begun.is_set() and "waiting" in progress.note:
            context.cancel()

    hub.faults[WEIGHTS] = ["stall"]
    assert fetched(connection, Watched(cancel)).end is End.CANCELLED
    assert store.installed() == ()
    (card,) = [card for card in list_models() if card.partial_bytes]
    assert card.entry.id == "videomae-b"
    assert card.partial_bytes >= half
    assert fetched(connection).end is End.SUCCEEDED
    assert hub.ranges(WEIGHTS) == ["", f"bytes={half}-"]


def test_a_paused_download_waits_and_then_goes_on(hub, connection):  # noqa: F811
    paused = threading.Event()

    def pause(context, progress):
        if progress.done and not paused.is_set():
            context.pause()
            paused.set()

    context = Watched(pause)
    ends = []
    job = threading.Thread(target=lambda: ends.append(fetched(connection, context)))
    job.start()
    assert paused.wait(10)
    n_seen = len(context.seen)
    job.join(0.3)
    assert job.is_alive()
    assert len(context.seen) == n_seen
    context.resume()
    job.join(20)
    assert ends[0].end is End.SUCCEEDED


def test_rate_and_time_left_stand_in_the_note_once_they_are_known(monkeypatch):
    from comodo_app.jobs import get_model as jobs
    from comodo_app.weights.download import Transfer

    moments = iter([0.0, 1.0, 2.0, 100.0, 101.0])
    monkeypatch.setattr(jobs.time, "monotonic", lambda: next(moments))
    context = Watched()
    pace = jobs._Pace(context)
    for done in (0, 5_000_000, 10_000_000, 10_000_000, 20_000_000):
        pace.report(Transfer(done, 400_000_000, "w"))
    notes = [progress.note for progress in context.seen]
    assert notes[0] == "fetching w"
    assert notes[2] == "fetching w, 5.0 MB/s, 1 min left"
    assert notes[3] == "fetching w"  # after a pause the rate is measured anew
    assert notes[4] == "fetching w, 10.0 MB/s, 38 s left"


def test_every_model_of_the_catalogue_has_a_card_and_own_folders_follow(published):
    assert [card.entry for card in list_models()] == list(catalog())
    outcome = run_job(import_model, ImportModelRequest(None, published), Watched())
    assert outcome.end is End.SUCCEEDED, outcome.details
    card = list_models()[-1]
    assert card == model_card("local-own")
    assert card.is_local
    assert card.installed == outcome.result
    assert (card.entry.kind, card.entry.architecture) == (Kind.TEACHER, "videomae")
    assert (card.entry.embedding_dim, card.entry.naming) == (768, "1 labels")


def test_an_import_for_an_entry_shows_on_its_card(published):
    request = ImportModelRequest("videomae-b", published, licence_accepted=True)
    assert run_job(import_model, request, Watched()).end is End.SUCCEEDED
    card = model_card("videomae-b")
    assert card.installed.source == "folder"
    assert card.installed.accepted_at
    assert not card.is_local


def test_an_import_for_an_unknown_entry_names_the_known_ones(published):
    outcome = run_job(import_model, ImportModelRequest("resnet", published), Watched())
    assert "no model called 'resnet'" in outcome.error


def test_a_damaged_model_is_found_taken_out_of_use_and_mended(hub, connection):  # noqa: F811
    model = fetched(connection).result
    verified = run_job(verify_model, VerifyModelRequest("videomae-b"), Watched()).result
    assert verified.problems == ()
    data = bytearray((model.folder / WEIGHTS).read_bytes())
    data[-1] ^= 1
    (model.folder / WEIGHTS).write_bytes(data)
    verified = run_job(verify_model, VerifyModelRequest("videomae-b"), Watched()).result
    assert verified.problems == (f"{WEIGHTS} is not as it was when it was fetched",)
    assert store.find("videomae-b") is None
    hub.requests.clear()
    assert fetched(connection).result.digest == model.digest
    assert [name for name, _ in hub.requests] == [WEIGHTS]


def test_verifying_reports_bytes(published):
    run_job(import_model, ImportModelRequest("videomae-b", published), Watched())
    context = Watched()
    run_job(verify_model, VerifyModelRequest("videomae-b"), context)
    assert context.seen[-1].done == context.seen[-1].total > 0


def test_removing_says_how_much_is_free_again(published):
    run_job(import_model, ImportModelRequest("videomae-b", published), Watched())
    size = store.find("videomae-b").size_bytes
    outcome = run_job(remove_model, RemoveModelRequest("videomae-b"), Watched())
    assert outcome.result >= size
    assert model_card("videomae-b").installed is None


def test_removing_leftovers_keeps_the_model(connection):  # noqa: F811
    fetched(connection)
    leftover = store.partial_folder("videomae-b", "f" * 40)
    leftover.mkdir()
    (leftover / "model.safetensors.part").write_bytes(bytes(500))
    outcome = run_job(remove_model, RemoveModelRequest("videomae-b", True), Watched())
    assert outcome.result == 500
    assert store.find("videomae-b") is not None


@pytest.mark.parametrize("request_type", [VerifyModelRequest, RemoveModelRequest])
def test_what_is_not_here_is_said_to_be_so(request_type):
    job = verify_model if request_type is VerifyModelRequest else remove_model
    with pytest.raises(UsageError, match="not on this disk"):
        job(request_type("videomae-b"), Watched())


def test_the_settings_lead_to_mirror_proxy_and_offline():
    save_settings(
        Settings(proxy="http://p:3128", hub_endpoint="https://mirror.example", offline=True)
    )
    chosen = connection_of(load_settings())
    assert (chosen.proxy, chosen.address, chosen.is_offline) == (
        "http://p:3128", "https://mirror.example", True,
    )  # fmt: skip


@pytest.mark.parametrize("wish", [{"proxy": "host:3128"}, {"hub_endpoint": "mirror.example"}])
def test_an_address_without_its_kind_is_not_taken_into_the_settings(wish):
    with pytest.raises(UsageError, match="must begin with http"):
        save_settings(Settings(**wish))
