"""The what-if page as a browser has it: `make bench-workshop` starts the server and times what a room waits for.

Where an absolute time fails on a slow or busy machine, the ratio says how it compares with bare simulation: the same runs
in the same minute, without a server, on the same threads.
"""

import asyncio
import json
import re
import statistics
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter, sleep
from typing import Any

from asmsim.model.simulate import simulate
from asmsim.workshop.pairing import CHUNKS, Engine
from asmsim.workshop.preset import RUNS, WorkshopState, list_presets, read_state
from benchmarks.common import ROOT, Row, show

FIRST, WORST, WHOLE, START = 0.150, 0.300, 3.0, 5.0
CONTRIBUTIONS = {4: 2.0, 8: 5.0}
MOVES = 15


@dataclass
class Page:
    """A page that is connected, as far as time is concerned."""

    socket: Any
    number: int = 0
    presets: dict[str, Any] = field(default_factory=dict)

    async def ask(self, kind: str, state: dict[str, Any], runs: int = RUNS) -> tuple[float, float]:
        """Ask, acknowledge every frame, and return the seconds to the first answer and to the last."""
        self.number += 1
        begin, first = perf_counter(), 0.0
        await self.socket.send(json.dumps({"type": kind, "id": self.number, "state": state, "runs": runs}))
        while True:
            message = json.loads(await self.socket.recv())
            if message["type"] == "error":
                raise RuntimeError(message["text"])
            if message["type"] == "frame":
                await self.socket.send(json.dumps({"type": "ack", "id": message["id"], "frame": message["frame"]}))
            if message["id"] == self.number:
                first = first or perf_counter() - begin
                if message.get("final", True):
                    return first, perf_counter() - begin


def list_moves(preset: dict[str, Any]) -> list[dict[str, Any]]:
    """Return fifteen moves of a preset's levers, one lever at a time."""
    moves: list[dict[str, Any]] = []
    for share in (0.8, 0.35, 0.55):
        for lever in preset["levers"]:
            if "choices" in lever:
                value: Any = lever["choices"][-1]
            else:
                raw = lever["low"] + share * (lever["high"] - lever["low"])
                value = round(raw) if lever["whole"] else raw
            moves.append({lever["key"]: value})
    return moves[:MOVES]


def time_bare(name: str) -> tuple[float, float]:
    """Return seconds of the first chunk and of all runs of one scenario, simulated from the start without a server."""
    engine = Engine(list_presets())
    state = WorkshopState(preset=name)
    sample = engine.find_sample(state)
    sample.prepare(range(RUNS))
    tasks = [sample.find_run(k) for k in range(RUNS)]
    found = []
    with ThreadPoolExecutor(engine.threads) as pool:
        for runs in (CHUNKS[0], RUNS):
            begin = perf_counter()
            list(pool.map(lambda task: simulate(*task), tasks[:runs]))
            found.append(perf_counter() - begin)
    engine.close()
    return found[0], found[1]


async def time_page(url: str) -> list[Row]:
    """Time every preset."""
    import websockets

    origin, token = url.split("/?", maxsplit=1)[0], url.split("token=")[1].split("&", maxsplit=1)[0]
    rows = []
    with urllib.request.urlopen(f"{origin}/presets.json?token={token}") as answer:
        presets = {preset["name"]: preset for preset in json.load(answer)["presets"]}
    address = f"{origin.replace('http', 'ws')}/socket?token={token}"
    async with websockets.connect(address, origin=websockets.Origin(origin), max_size=None) as socket:
        page = Page(socket)
        for name, preset in presets.items():
            await page.ask("run", {"preset": name})  # its baseline
            moves = list_moves(preset)
            bare_first, bare_whole = time_bare(name)
            firsts = [(await page.ask("run", {"preset": name, "levers": move}, CHUNKS[0]))[0] for move in moves]
            middle, worst = statistics.median(firsts), max(firsts)
            ratio = f"{middle / bare_first:.1f} times {CHUNKS[0]} bare runs"
            rows.append(
                Row(
                    f"{name}: lever to first estimate",
                    f"median <= {FIRST} s",
                    f"{middle:.3f} s ({ratio})",
                    middle <= FIRST,
                )
            )
            rows.append(Row(f"{name}: the same, worst of {MOVES}", f"<= {WORST} s", f"{worst:.3f} s", worst <= WORST))
            whole = statistics.median(
                [(await page.ask("run", {"preset": name, "levers": move}))[1] for move in moves[:3]]
            )
            rows.append(
                Row(
                    f"{name}: {RUNS} paired runs",
                    f"<= {WHOLE} s",
                    f"{whole:.2f} s ({whole / bare_whole:.2f} times {RUNS} bare runs)",
                    whole <= WHOLE,
                )
            )
            for levers, target in CONTRIBUTIONS.items():
                changed = {key: value for move in moves[:levers] for key, value in move.items()}
                state = read_state({"preset": name, "levers": changed}).model_dump()
                await page.ask("run", state)
                took = (await page.ask("why", state))[1]
                measured = f"{took:.2f} s ({took / bare_whole:.2f} times {RUNS} bare runs)"
                rows.append(Row(f"{name}: contributions of {levers}", f"<= {target} s", measured, took <= target))
    return rows


def main() -> int:
    """Start the server as a user does, time it, and stop it."""
    begin = perf_counter()
    command = [sys.executable, "-m", "asmsim", "workshop", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        if found is None:
            print("the server did not start", file=sys.stderr)
            return 1
        while True:
            try:
                urllib.request.urlopen(found[0]).close()
                break
            except OSError:
                sleep(0.02)
        started = perf_counter() - begin
        rows = [Row("start to usable page", f"<= {START} s", f"{started:.2f} s", started <= START)]
        try:
            rows += asyncio.run(time_page(found[0]))
        finally:
            process.terminate()
    show(rows, "the what-if page (compare ratios, machines are noisy)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
