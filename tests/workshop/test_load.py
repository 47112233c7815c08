"""Twenty tabs at once, one of them killed: answers go on, nothing goes on for those who left, and memory stays."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import websockets

PRESET = "at_once_or_gradually"
TABS, MOVES = 20, 10


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "asmsim", "workshop", PRESET, "--no-browser", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    made = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
    yield made
    made.terminate()
    made.wait(20)


async def move(origin: str, token: str, tab: int, moves: int, killed_at: int | None = None) -> int:
    """Move two levers so often, each time as soon as there is an estimate; return how many were answered."""
    address = f"{origin.replace('http', 'ws')}/socket?token={token}"
    async with websockets.connect(address, origin=websockets.Origin(origin), max_size=None) as socket:
        for n in range(1, moves + 1):
            levers = {"legalisation.fee_usd": (37 * n + 11 * tab) % 400, "legalisation.signoffs": 1 + (n + tab) % 12}
            state = {"preset": PRESET, "levers": levers}
            await socket.send(json.dumps({"type": "run", "id": n, "state": state, "runs": 200}))
            while True:
                message: dict[str, Any] = json.loads(await socket.recv())
                assert message["type"] == "frame", message
                await socket.send(json.dumps({"type": "ack", "id": message["id"], "frame": message["frame"]}))
                if message["id"] == n:
                    break
            if n == killed_at:
                socket.transport.abort()
                return n
    return moves


def read_megabytes(process: int) -> float:
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) / 1e3


def read_ticks(process: int) -> int:
    return sum(map(int, Path(f"/proc/{process}/stat").read_text().split()[13:15]))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read as Linux shows it")
def test_twenty_tabs_leave_nothing_behind(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    found = re.search(r"(http://[\d.:]+)/\?token=([^&\s]+)", process.stdout.readline())
    assert found is not None
    origin, token = found[1], found[2]

    async def run_all() -> list[int]:
        return await asyncio.gather(*(move(origin, token, k, MOVES, 4 if k == 3 else None) for k in range(TABS)))

    for _ in range(200):  # until it answers
        try:
            asyncio.run(move(origin, token, 0, 60))
            break
        except OSError:
            time.sleep(0.05)
    before = read_megabytes(process.pid)
    assert asyncio.run(run_all()) == [4 if k == 3 else MOVES for k in range(TABS)]
    time.sleep(3)
    ticks = read_ticks(process.pid)
    time.sleep(1)
    assert read_ticks(process.pid) - ticks <= 20, "nothing is computed for tabs that have gone"
    assert read_megabytes(process.pid) - before < 50
