"""Commands about published models: list, show, get, import, verify, measure, remove."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from comodo_app.cli import console
from comodo_app.cli.options import DeviceOption, Json, app, chosen_device, or_exit

if TYPE_CHECKING:
    from comodo_app.jobs.model_cards import ModelCard

models = typer.Typer(
    help="Teachers and students that others trained: what there is, getting it, removing it.",
    no_args_is_help=True,
)
app.add_typer(models, name="models")

ModelArg = Annotated[str, typer.Argument(metavar="MODEL", help="Id as in comodo models list.")]
Accept = Annotated[
    bool, typer.Option("--accept-licence", help="Accept the licence without being asked.")
]


@models.command("list")
def list_(as_json: Json = False) -> None:
    """List every model that there is, and which are on this disk."""
    from comodo_app.jobs.model_cards import list_models

    cards = or_exit(list_models)
    if as_json:
        console.print_json(cards)
        return
    from comodo_app.cli.tables import show

    show(
        "Models",
        ("id", "kind", ">size", "licence", "here"),
        (
            (
                card.entry.id,
                card.entry.kind.value,
                _size(card.installed.size_bytes if card.installed else card.entry.size_bytes),
                _licence(card),
                _state(card),
            )
            for card in cards
        ),
    )


@models.command("show")
def show_(model: ModelArg, as_json: Json = False) -> None:
    """Show all that is known of one model."""
    from comodo_app.jobs.model_cards import model_card

    card = or_exit(lambda: model_card(model))
    if as_json:
        console.print_json(card)
        return
    for name, value in _facts(card):
        console.out.print(
            f"{name:<14}{value}", markup=False, highlight=False, soft_wrap=True, style=None
        )


@models.command()
def get(
    model: ModelArg,
    accept_licence: Accept = False,
    endpoint: Annotated[
        str, typer.Option(help="Hub or mirror to fetch from; the settings' if omitted.")
    ] = "",
    proxy: Annotated[
        str, typer.Option(help="Proxy, like http://host:3128; the settings' if omitted.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Fetch a model, after its licence was shown and accepted; goes on where it was stopped."""
    from dataclasses import replace

    from comodo_app.jobs.get_model import GetModelRequest, connection_of, get_model
    from comodo_app.project.settings import load_settings
    from comodo_app.weights.catalog import entry
    from comodo_app.weights.store import find

    wanted = or_exit(lambda: entry(model))
    here = find(model)
    accepted = accept_licence or (here is None and not as_json and _asks(model))
    connection = connection_of(load_settings())
    connection = replace(
        connection, endpoint=endpoint or connection.endpoint, proxy=proxy or connection.proxy
    )
    request = GetModelRequest(wanted.id, accepted, connection)
    got = console.run(get_model, request, quiet=as_json)
    if as_json:
        console.print_json(got)
        return
    state = "is here already" if here == got else "is here"
    console.out.print(
        f"{wanted.title} {state}: {_size(got.size_bytes)}, revision {got.revision[:12]}.",
        markup=False,
        highlight=False,
    )
    console.out.print(str(got.folder), markup=False, highlight=False, soft_wrap=True)


@models.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(help="Folder with config.json and .safetensors.")],
    as_id: Annotated[
        str | None,
        typer.Option("--as", metavar="MODEL", help="Model of the catalogue that it is."),
    ] = None,
    accept_licence: Accept = False,
    as_json: Json = False,
) -> None:
    """Copy a model from a folder, for computers without a network; one's own without --as."""
    from comodo_app.jobs.get_model import ImportModelRequest, import_model

    request = ImportModelRequest(as_id, folder, accept_licence)
    got = console.run(import_model, request, quiet=as_json)
    if as_json:
        console.print_json(got)
        return
    console.out.print(
        f"Imported as {got.id}: {_size(got.size_bytes)}, weights {got.digest}.",
        markup=False,
        highlight=False,
    )


@models.command()
def verify(model: ModelArg, as_json: Json = False) -> None:
    """Hash a model's files again; a damaged one is taken out of use."""
    from comodo_app.jobs.get_model import VerifyModelRequest, verify_model

    result = console.run(verify_model, VerifyModelRequest(model), quiet=as_json)
    if as_json:
        console.print_json(result)
    else:
        for problem in result.problems:
            console.out.print(f"[red]✗[/] {problem}", highlight=False)
        if result.problems:
            again = "Import it again." if result.model.source == "folder" else (
                f"It is no longer used; comodo models get {model} fetches what is damaged."
            )  # fmt: skip
            console.out.print(again, markup=False, highlight=False)
        else:
            console.out.print(f"{model}: every file is as it came.", highlight=False)
    if result.problems:
        raise typer.Exit(console.SOME_FAILED)


@models.command()
def measure(
    model: ModelArg,
    device: DeviceOption = None,
    again: Annotated[bool, typer.Option("--again", help="Forget what was decided before.")] = False,
    as_json: Json = False,
) -> None:
    """Find the fastest verified way to run a teacher on this computer."""
    from comodo_app.jobs.measure_model import MeasureModelRequest, measure_model

    request = MeasureModelRequest(model, chosen_device(device), again)
    card = console.run(measure_model, request, quiet=as_json)
    if as_json:
        console.print_json(card)
        return
    console.out.print(
        f"{card.speed_per_s:.2f} windows/s. {card.fast_path}", markup=False, highlight=False
    )


@models.command()
def remove(
    model: ModelArg,
    leftovers: Annotated[
        bool,
        typer.Option("--leftovers", help="Only what interrupted downloads and older copies left."),
    ] = False,
) -> None:
    """Remove a model from this disk."""
    from comodo_app.jobs.get_model import RemoveModelRequest, remove_model

    freed = console.run(remove_model, RemoveModelRequest(model, leftovers), quiet=True)
    console.out.print(f"Removed; {_size(freed)} are free again.", highlight=False)


def _asks(model: str) -> bool:
    """Show the licence and ask for it; no answer is no."""
    from comodo_app.weights.catalog import entry

    wanted = entry(model)
    console.err.print(
        f"{wanted.title} by {wanted.repo.partition('/')[0]}, about {_size(wanted.size_bytes)}.\n"
        f"Licence: {wanted.licence_line}\n{wanted.licence_url}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    try:
        return typer.confirm("Do you accept this licence?", default=False, err=True)
    except typer.Abort:  # no terminal to ask at
        console.err.print("")
        return False


def _licence(card: ModelCard) -> str:
    restricted = ", non-commercial" if card.entry.non_commercial else ""
    return (card.entry.licence or "–") + restricted


def _state(card: ModelCard) -> str:
    if card.installed is not None:
        return f"yes, from a {card.installed.source}" if card.is_local else "yes"
    return f"{_size(card.partial_bytes)} of it" if card.partial_bytes else ""


def _facts(card: ModelCard) -> list[tuple[str, str]]:
    entry, here = card.entry, card.installed
    facts = [
        ("Model", f"{entry.title} ({entry.id})"),
        ("Kind", f"{entry.kind.value}, architecture {entry.architecture}"),
        ("Good for", entry.summary),
        ("Sees", entry.preprocessing),
        ("Names", entry.naming or "none of its own"),
        ("Size", f"{_size(entry.size_bytes)}, {entry.n_parameters / 1e6:.1f} M parameters, "
                 f"{entry.embedding_dim} numbers per "
                 f"{'window' if entry.kind.value == 'teacher' else 'channel'}"),
        ("Licence", f"{entry.licence_line or 'not known'} {entry.licence_url}".strip()),
        ("Verified", entry.verified),
    ]  # fmt: skip
    if entry.repo:
        facts.append(("Published at", f"{entry.repo}, revision {entry.revision}"))
    if here is not None:
        facts.append(("Here", f"{here.folder}, {_size(here.size_bytes)}, {here.fetched_at[:10]}"))
        facts.append(("Revision", f"{here.revision}, weights {here.digest}"))
        if here.accepted_at:
            facts.append(("Accepted", f"licence {here.licence}, {here.accepted_at[:10]}"))
    if card.speed_per_s is not None:
        facts.append(("Speed", f"{card.speed_per_s:.2f} windows/s here. {card.fast_path}".strip()))
    if card.partial_bytes:
        facts.append(("Left over", f"{_size(card.partial_bytes)}: comodo models remove "
                                   f"{entry.id} --leftovers"))  # fmt: skip
    return facts


def _size(n_bytes: int) -> str:
    if n_bytes >= 1e9:
        return f"{n_bytes / 1e9:.2f} GB"
    return f"{n_bytes / 1e6:.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.1f} kB"
