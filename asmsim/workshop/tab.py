"""One tab of the page: what it asked for last, and what it is sent.

A tab has one request of each kind pending; a newer one takes its place, and a computation that nobody waits for any
more stops.  Only the first estimate of a run is never given up for a newer one, so that the page moves while a lever is
dragged.  A frame is sent only after the last was acknowledged, so that a slow page never has a queue.
"""

import asyncio
import contextlib
import functools
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.workshop.drawer import describe_lever
from asmsim.workshop.frames import SINGLE_RUNS, list_singles, make_frame, map_districts, summarise_pair
from asmsim.workshop.no_effect import list_idle_changes
from asmsim.workshop.page_data import check_outcome
from asmsim.workshop.pairing import CHUNKS, MAPPED, Engine, Stopped
from asmsim.workshop.preset import LONGEST_TEXT, RUNS, WorkshopState, read_state
from asmsim.workshop.reasons import explain

MOST_BYTES_IN = 64_000
TOO_LARGE = 1009
"""Code with which a socket is closed for a message that is too large."""
KINDS = ("run", "outcome", "drawer", "singles", "map", "why")
"""Requests in the order in which they are answered."""
RUNS_OF = {"outcome": RUNS, "singles": SINGLE_RUNS, "map": MAPPED}
T = TypeVar("T")
Message = dict[str, Any]


class Tab:
    """A tab that is connected.

    Parameters
    ----------
    workers
        Threads for combinations of levers, which all tabs share.
    limiter
        How many tabs compute at a time.
    """

    def __init__(
        self, socket: WebSocket, engine: Engine, workers: ThreadPoolExecutor, limiter: anyio.CapacityLimiter
    ) -> None:
        self._socket, self._engine, self._workers, self._limiter = socket, engine, workers, limiter
        self._pending: dict[str, Message] = {}
        self._wake = asyncio.Event()
        self._stop = threading.Event()
        self._frame: Message | None = None
        self._frames = 0
        self._message: Message = {}
        self._estimating = False
        self._awaited: tuple[Any, int] | None = None
        self._preset = ""
        self._sending = asyncio.Lock()

    async def serve(self) -> None:
        """Answer until the tab closes; then nothing of it goes on."""
        working = asyncio.create_task(self._work())
        try:
            while True:
                text = await self._socket.receive_text()
                if len(text.encode()) > MOST_BYTES_IN:
                    await self._socket.close(TOO_LARGE)
                    return
                await self._take(text)
        except (WebSocketDisconnect, KeyError):  # KeyError: bytes where text is expected
            pass
        finally:
            self._stop.set()
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            if self._socket.application_state is WebSocketState.CONNECTED:
                await self._close()

    async def _close(self) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect, OSError):  # it has gone already
            await self._socket.close()

    async def _take(self, text: str) -> None:
        """Take a message: an acknowledgement, or a request that replaces the one of its kind."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            message = None
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "ack":
            self._awaited = None
            await self._send_frame()
        elif kind in KINDS and isinstance(message.get("id"), int | str):
            if kind == "run":
                self._frame = None
                if not self._estimating:
                    self._stop.set()  # what is computed now is of no use any more
            self._pending[kind] = message
            self._wake.set()
        else:
            await self._send({"type": "error", "text": "This message cannot be read: reload the page."})

    async def _work(self) -> None:
        """Answer what is pending, the newest run first."""
        while True:
            await self._wake.wait()
            kind = next((kind for kind in KINDS if kind in self._pending), None)
            if kind is None:
                self._wake.clear()
                continue
            try:
                await (self._run() if kind == "run" else self._answer(kind))
            except Stopped:
                if kind != "run":
                    self._pending.setdefault(kind, self._message)  # a run came between: it is answered after that
            except AsmsimError as error:
                await self._fail(str(error))
            except ValueError as error:
                await self._fail(f"This request cannot be answered: {error}")
            except Exception:  # a defect must not leave the room without an answer
                logging.getLogger(__name__).exception("A request of the what-if page failed")
                await self._fail("The server could not answer; what is shown is the last result.")

    def _begin(self, kind: str) -> Message:
        """Take what is pending of a kind as what is answered now."""
        self._message = self._pending.pop(kind)
        self._stop = threading.Event()
        return self._message

    async def _fail(self, text: str) -> None:
        await self._send({"type": "error", "id": self._message["id"], "field": "state", "text": text})

    async def _compute(self, work: Callable[..., T], *arguments: Any) -> T:
        """Do work in a thread; if the tab closes meanwhile, it stops after the runs under way."""
        call = functools.partial(work, *arguments)
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._limiter)

    async def _run(self) -> None:
        """Send estimates from more and more runs, until there is a newer request."""
        async with self._limiter:
            message = self._begin("run")  # the newest, after waiting for other tabs
            state, most = _read_run(message)
            self._preset = state.preset
            stop = self._stop.is_set
            steps = [*(n for n in CHUNKS if n < most), most]
            self._estimating = True
            try:
                estimate = functools.partial(self._estimate, state, steps[0], stop)
                frame = await anyio.to_thread.run_sync(estimate, abandon_on_cancel=True)
            finally:
                self._estimating = False
        await self._show(frame, message["id"], steps[0] == most)
        for runs in steps[1:]:
            if "run" in self._pending:
                return
            frame = await self._compute(self._estimate, state, runs, stop)
            if stop():
                return
            await self._show(frame, message["id"], runs == most)

    async def _show(self, frame: Message, request: int | str, final: bool) -> None:
        """Make a frame the newest, and send it as soon as may be."""
        self._frames += 1
        self._frame = {"type": "frame", "id": request, "frame": self._frames, **frame, "final": final}
        await self._send_frame()

    def _estimate(self, state: WorkshopState, runs: int, stop: Callable[[], bool]) -> Message:
        """Return the frame of so many runs; runs that are there already cost nothing."""
        preset = self._engine.find_preset(state)
        pair = self._engine.find_pair(state)
        for sample in pair:
            sample.grow(runs, stop, self._engine.pool)
        frame = make_frame(preset, state, pair, runs)
        return frame | {"notes": list_idle_changes(preset, state, pair[1].made) if runs > CHUNKS[0] else []}

    async def _answer(self, kind: str) -> None:
        """Answer any other request."""
        message = self._begin(kind)
        stop = self._stop.is_set
        if kind == "drawer":
            key, preset = message.get("key"), message.get("preset", self._preset)
            if not isinstance(key, str) or not isinstance(preset, str):
                raise ConfigError("A drawer needs the key of a lever.")
            found = await self._compute(describe_lever, self._engine, preset, key, stop)
        else:
            state = read_state(message.get("state"))
            preset = self._engine.find_preset(state)
            outcome = message.get("outcome", "")
            if not isinstance(outcome, str):
                raise ConfigError("The outcome must be a name.")
            name = check_outcome(state, preset, outcome)
            found = await self._compute(self._look, kind, state, name, stop)
        await self._send({"type": kind, "id": message["id"], **found})

    def _look(self, kind: str, state: WorkshopState, name: str, stop: Callable[[], bool]) -> Message:
        """Return why, single runs, the map, or the fans of an outcome that a frame lacks."""
        if kind == "why":
            return explain(self._engine, state, name, stop, self._workers)
        pair = self._engine.find_pair(state)
        for sample in pair:
            sample.grow(RUNS_OF[kind], stop, self._engine.pool)
        if kind == "outcome":
            return {"name": name, "summary": summarise_pair(pair, name, RUNS)}
        return list_singles(pair, name) if kind == "singles" else map_districts(pair)

    async def _send_frame(self) -> None:
        """Send the newest frame, if the last was acknowledged."""
        if self._frame is not None and self._awaited is None:
            frame, self._frame = self._frame, None
            self._awaited = (frame["id"], frame["frame"])
            await self._send(frame)

    async def _send(self, message: Message) -> None:
        async with self._sending:
            if self._socket.application_state is WebSocketState.CONNECTED:
                await self._socket.send_text(json.dumps(message, allow_nan=False))


def _read_run(message: Message) -> tuple[WorkshopState, int]:
    """Return the state of a request for runs, and how many it wants.

    Raises
    ------
    ConfigError
        It cannot be read.
    """
    state, wanted = read_state(message.get("state")), message.get("runs", RUNS)
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        raise ConfigError(f"runs = {str(wanted)[:LONGEST_TEXT]!r}: a whole number from 1 is needed.")
    return state, min(wanted, RUNS)
