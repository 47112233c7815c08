"""The command `workshop`: the what-if page for a room, on this machine and without a network."""

import socket
import threading
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from asmsim.cli.options import Commands, ConfigDir
from asmsim.cli.terminal import announce_compile, bars, print_line, say

if TYPE_CHECKING:
    from asmsim.workshop.pairing import Engine

PORT = 8760
PORTS_TRIED = 20
WARM_RUNS = 4
"""Runs of the first preset's baseline before the page opens; the others follow behind it."""


def workshop_command(
    preset: Annotated[
        str | None, typer.Argument(help="Question to open with, such as mongolia_2005; the first by default.")
    ] = None,
    host: Annotated[
        str,
        typer.Option("--host", help="IPv4 address to listen on; another than 127.0.0.1 lets others in the network in."),
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Port (8760, or the next that is free).")
    ] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Print the address and open nothing.")] = False,
    config_dir: ConfigDir = None,
) -> None:
    """Open the what-if page: move a lever, and see what changes, how sure it is, and why.

    Everything runs on this machine. Ctrl-C ends it.

    Examples:

      asmsim workshop

      asmsim workshop when_the_donor_leaves

      asmsim workshop own_ghana --config-dir my_configs
    """
    from asmsim.config.extras import require_extra

    require_extra("starlette", "asmsim workshop")
    require_extra("uvicorn", "asmsim workshop")
    require_extra("websockets", "asmsim workshop")
    announce_compile()
    from asmsim.workshop.pairing import Engine
    from asmsim.workshop.preset import find_preset, list_presets
    from asmsim.workshop.server import Address, make_app, make_token, serve

    presets = list_presets(config_dir)
    first = find_preset(preset, presets).name if preset else next(iter(presets))
    engine = Engine(presets)
    bound = bind_port(host, port)
    address = Address(host, bound.getsockname()[1], make_token())
    warm_up(engine, first)
    bound.listen()  # a browser that comes before the server is up waits instead of being refused
    url = address.url + (f"&preset={first}" if preset else "")
    print_line(f"The what-if page: {url}")
    if host != "127.0.0.1":
        say(
            f"Whoever can reach {host} and has this address can use the page, and what is sent is not encrypted: use it in "
            "a room's own network only."
        )
    say("Ctrl-C ends it.")
    if not no_browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
    threading.Thread(target=warm_rest, args=(engine, first), daemon=True).start()
    with suppress(KeyboardInterrupt):  # which the server gives on when it has closed
        serve(make_app(engine, address), host, [bound])
    say("Ended.")


def bind_port(host: str, port: int | None) -> socket.socket:
    """Bind a socket to a port, or to the next that is free where none was named.

    Raises
    ------
    ConfigError
        Not an IPv4 address of this machine, or the port is in use.
    """
    from ipaddress import AddressValueError, IPv4Address

    from asmsim.config.errors import ConfigError

    try:
        if IPv4Address(host).is_unspecified:
            raise ConfigError(f"--host {host}: name one address of this machine, so that only that one is answered")
    except AddressValueError as error:
        raise ConfigError(f"--host {host}: an IPv4 address is needed, such as 127.0.0.1") from error
    for tried in [port] if port is not None else [*range(PORT, PORT + PORTS_TRIED), 0]:
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((host, tried))
            return bound
        except OSError as error:
            bound.close()
            if port is not None:
                raise ConfigError(f"--host {host} --port {port}: {error.strerror}; choose another port") from error
            reason = error.strerror
    raise ConfigError(f"--host {host}: {reason}; name an address of this machine")


def warm_up(engine: "Engine", first: str) -> None:
    """Compile or load the model, read the presets, and run the first of the baseline that is shown."""
    from asmsim.workshop.page_data import list_page_presets
    from asmsim.workshop.preset import WorkshopState

    with bars(WARM_RUNS + len(engine.presets), "Warming up") as advance:
        sample = engine.find_sample(WorkshopState(preset=first))
        sample.grow(WARM_RUNS, pool=engine.pool)
        advance(WARM_RUNS)
        list_page_presets(engine)
        advance(len(engine.presets))


def warm_rest(engine: "Engine", first: str) -> None:
    """Run the rest of the baseline in the background, in small parts, so that a room that is quicker goes first."""
    from concurrent.futures import CancelledError

    from asmsim.workshop.preset import RUNS, WorkshopState

    state: Any = WorkshopState(preset=first)
    try:
        for runs in range(WARM_RUNS, RUNS + 1, 8):
            engine.find_sample(state).grow(runs, pool=engine.pool)
    except (RuntimeError, CancelledError):  # the server has ended, and its threads with it
        return


COMMANDS: Commands = {"workshop": workshop_command}
