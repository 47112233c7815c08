"""Twenty tabs at once, one of them killed: answers go on, nothing goes on for those who left, and memory stays."""

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("websockets", reason="the load test needs websockets: pip install -e .[workshop]")
import websockets

from tests.workshop.real_server import SMALL, RealServer, write_small_preset

TABS, MOVES = 20, 300
KILLED, KILLED_AT = 3, 150
PACE = 0.1
"""Seconds between two moves of a tab: as fast as a lever that is dragged is told of."""


@dataclass
class Answers:
    """What one tab was answered: when each frame came, and to which of its moves."""

    times: list[float] = field(default_factory=list)
    moves: list[int] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    killed: float | None = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    made = RealServer(SMALL, write_small_preset(tmp_path))
    yield made
    made.stop()


def make_state(tab: int, move: int) -> dict[str, Any]:
    levers = {"legalisation.fee_usd": (37 * move + 11 * tab) % 400, "legalisation.signoffs": 1 + (move + tab) % 12}
    return {"preset": SMALL, "levers": levers}


async def play(server: RealServer, tab: int, moves: int, killed_at: int | None = None) -> Answers:
    """Move two levers so often, at a room's pace; the newest move wins.  The last move is answered, or the tab is cut off."""
    found = Answers()
    address = f"{server.origin.replace('http', 'ws')}/socket?token={server.token}"
    async with websockets.connect(address, origin=websockets.Origin(server.origin), max_size=None) as socket:

        async def hear() -> None:
            while not found.moves or found.moves[-1] < moves:
                message: dict[str, Any] = json.loads(await socket.recv())
                assert message["type"] == "frame", message
                found.times.append(time.monotonic())
                found.moves.append(message["id"])
                await socket.send(json.dumps({"type": "ack", "id": message["id"], "frame": message["frame"]}))

        hearing = asyncio.create_task(hear())
        for n in range(1, moves + 1):
            await socket.send(json.dumps({"type": "run", "id": n, "state": make_state(tab, n), "runs": 200}))
            found.sent.append(time.monotonic())
            if n == killed_at:
                hearing.cancel()
                socket.transport.abort()
                found.killed = time.monotonic()
                return found
            await asyncio.sleep(PACE * (0.8 + 0.4 * ((7 * n + 3 * tab) % 10) / 10))
        await hearing
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux shows it")
def test_twenty_tabs_leave_nothing_behind(server: RealServer, record_property: Any) -> None:
    async def run_all() -> list[Answers]:
        return await asyncio.gather(*(play(server, k, MOVES, KILLED_AT if k == KILLED else None) for k in range(TABS)))

    asyncio.run(play(server, TABS, 60))  # what the first moves load and compile is no leak
    before = server.megabytes
    began = time.monotonic()
    found = asyncio.run(run_all())
    took = time.monotonic() - began
    others = [tab for k, tab in enumerate(found) if k != KILLED]
    killed = found[KILLED].killed
    assert killed is not None
    assert len(found[KILLED].sent) == KILLED_AT
    for tab in others:
        assert len(tab.sent) == MOVES
        assert tab.moves[-1] == MOVES, "the last move is answered"
        assert tab.moves == sorted(tab.moves), "what is older never comes after what is newer"
        assert sum(at > killed for at in tab.times) >= 10, "answers go on once another tab was killed"
    time.sleep(3)
    ticks = server.ticks
    time.sleep(1)
    grown, idle = server.megabytes - before, server.ticks - ticks
    answers = [len(set(tab.moves)) for tab in others]
    late = max(tab.times[-1] - tab.sent[-1] for tab in others)
    note = (
        f"{TABS} tabs x {MOVES} moves in {took:.0f} s; moves answered by a tab {min(answers)} to {max(answers)}; "
        f"last move answered within {late:.2f} s; memory {before:.0f} MB, then {grown:+.0f} MB"
    )
    print(note)
    record_property("load", note)
    assert idle <= 20, "nothing is computed for tabs that have gone"
    assert grown < 50
