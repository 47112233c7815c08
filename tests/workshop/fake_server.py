"""A made-up server of the what-if page: the shapes of the contract, invented numbers, no model.

It serves the real static files and catalogues, so that the page is driven in a browser without a simulation.
`python -m tests.workshop.fake_server 8123` serves it on 127.0.0.1.
"""

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

WORKSHOP = Path(__file__).resolve().parent.parent.parent / "asmsim" / "workshop"
CATALOGUES = WORKSHOP / "catalogues"
VERSION = "0.1.0"
TOKEN = "token"
YEARS = list(range(2005, 2028))
CHUNKS = (10, 40, 100, 200)
POLICY = "default-src 'self'"


def lever(
    key: str, word: str, unit: str, low: float, high: float, step: float, value: float, **more: Any
) -> dict[str, Any]:
    whole = unit in ("count", "signatures", "centres", "plants")
    return {
        "key": key, "group": key.split(".")[0], "word": word, "label": word, "unit": unit, "low": low, "high": high,
        "step": step, "value": value, "whole": whole, "meaning": f"{word}, in a sentence.", **more,
    }  # fmt: skip


LEVERS = [
    lever("legalisation.signoffs", "Signatures a licence needs", "signatures", 1, 12, 1, 6),
    lever("legalisation.fee_usd", "Fee for a licence", "USD", 0, 300, 10, 40),
    lever("governance.political_engagement.share", "Officials engaged", "share", 0, 1, 0.05, 0.5),
    lever("rights.rights_information.reach", "Miners visited each year", "share", 0, 1, 0.02, 0.12),
    lever("rights.regularisation_support.plots", "More land for miners", "share", 0, 3, 0.1, 0.3),
    lever("rights.enterprise_support.facilitators", "Facilitators in each district", "persons", 0, 2, 0.05, 0.35),
    lever("knowledge.outreach_local.reach", "Neighbours met each month", "share", 0, 0.5, 0.02, 0.1),
    lever("market.royalty_and_tax.taxes", "Taxes at the window from 2014", "share", 0, 0.1, 0.005, 0),
    lever("market.buying_centres.number", "Buying centres from 2018", "centres", 0, 12, 1, 2),
    lever("market.processing_centres.number", "Processing plants", "plants", 0, 30, 1, 4),
    lever("donor.programme.duration_years", "Length of the programme", "years", 0, 17, 0.2, 14.6),
    lever("enforcement.policing.raids", "Sites raided each month", "share", 0, 0.3, 0.01, 0.02),
]
MORE = [
    lever("market.buying_centres.cash_usd_month", "Cash a centre can pay out", "USD/month", 0, 5e6, 1e5, 5e6),
    lever("market.buying_centres.days", "Days until paid in full", "days", 0, 60, 1, 2),
    lever("knowledge.knowledge_hub.coverage", "Knowledge hub", "share", 0, 1, 0.1, 0.4),
    lever(
        "knowledge.international_exchange.intensity",
        "International exchange: share of officials in exchange",
        "share",
        0,
        1,
        0.1,
        0.2,
    ),
]
PACE = lever("legalisation.pace", "How the law comes", "", 0, 1, 1, 0) | {
    "choices": ["none", "gradual", "at_once"],
    "value": "gradual",
}
ASSUMPTIONS = [
    lever("parameters.taste_trust", "Weight of trust in the choice of status", "months", 0, 6, 0.1, 1.5, group=""),
    lever("parameters.taste_stigma", "Weight of stigma in the choice of status", "months", 0, 4, 0.1, 0.6, group=""),
    lever("parameters.entry_base", "Rate of entry into mining", "1/month", 0, 0.3, 0.005, 0.03, group=""),
]
OUTCOMES = {
    "licensed_share": ("Licensed share of miners", "share", 0.03, 0.09),
    "official_share": ("Share of gold sold officially", "share", 0.2, 0.41),
    "mercury": ("Mercury used", "kg/month", 640.0, 410.0),
    "income_low": ("Income of the poorest fifth", "USD/month", 96.0, 118.0),
    "violations": ("Rights violations", "per 1,000 miners and month", 4.2, 2.6),
    "will": ("Political will", "1", 0.3, 0.52),
    "gold_smuggled": ("Gold smuggled", "kg/month", 200.0, 120.0),
    "stigma": ("Stigma", "1", 0.5, 0.3),
}
SHOWN = list(OUTCOMES)[:6]
EFFECTS = {item["key"]: rank for rank, item in enumerate([*LEVERS, *MORE, PACE])}
PRESETS = [
    {
        "name": "mongolia_2005", "title": "Mongolia 2005", "context": "mongolia", "scale": 40,
        "story": "Text of the story.", "questions": ["A question?"], "watch": ["The licensed share."],
        "posterior": {"name": "mongolia", "draws": 64}, "resolution": {"licensed_share": 0.004}, "outcomes": SHOWN,
        "levers": LEVERS, "more": MORE, "assumptions": ASSUMPTIONS,
    },
    {
        "name": "at_once_or_gradually", "title": "At once or gradually?", "context": "generic", "scale": 40,
        "story": "Text of the story.", "questions": ["A question?"], "watch": ["The licensed share."],
        "posterior": None, "resolution": {}, "outcomes": SHOWN,
        "levers": [PACE, *LEVERS[:9]], "more": MORE, "assumptions": ASSUMPTIONS,
    },
]  # fmt: skip


NOTES = [
    {"template": "idle", "levers": [{"key": "legalisation.fee_usd", "label": "Fee for a licence"}]},
    {"template": "unpaid", "levers": [{"key": "knowledge.knowledge_hub", "label": "Knowledge hub"}]},
]
PRICES = [
    {"key": "market.buying_centres.usd_centre_month", "label": "running a centre", "unit": "USD/month", "value": 3000.0}
]


def merge(base: Any, over: Any) -> Any:
    """Lay one mapping over another, key by key."""
    if isinstance(base, dict) and isinstance(over, dict):
        return {k: merge(base.get(k), over.get(k)) for k in [*base, *(k for k in over if k not in base)]}
    return base if over is None else over


def catalogue(code: str) -> dict[str, Any]:
    """The words of a language over English, and the languages there are."""
    every = {p.stem: yaml.safe_load(p.read_text(encoding="utf-8")) for p in sorted(CATALOGUES.glob("*.yaml"))}
    order = sorted(every, key=lambda c: (every[c]["draft"], every[c]["name"]))
    languages = [{"code": c, "name": every[c]["name"], "draft": every[c]["draft"]} for c in order]
    return {**merge(every["en"], every.get(code)), "languages": languages}


def effect(state: dict[str, Any], name: str) -> float:
    """What the changed levers do to an outcome, in shares of its baseline; mercury is moved by market levers alone."""
    known = {item["key"]: item for item in [*LEVERS, *MORE, PACE]}
    moved = 0.0
    for key, value in state["levers"].items():
        item = known[key]
        if name == "mercury" and not key.startswith(("market", "rights")):
            continue
        size = 0.6 if isinstance(value, str) else (value - item["value"]) / (item["high"] - item["low"] or 1)
        moved += size * (0.4 + 0.1 * (EFFECTS[key] % 5)) * (-0.5 if name in ("mercury", "violations") else 1.0)
    return moved


def worlds(state: dict[str, Any], name: str, runs: int) -> tuple[Any, Any]:
    """(runs, years) of the baseline and of yours, paired on the seed."""
    _, _, first, last = OUTCOMES[name]
    rng = np.random.default_rng([state["seed"], sum(map(ord, name))])
    grow = np.linspace(0, 1, len(YEARS)) ** 1.4
    tuned = 1 + sum(
        0.1 * (v - next(a["value"] for a in ASSUMPTIONS if a["key"] == k)) for k, v in state["assumptions"].items()
    )
    noise = 1 + 0.13 * rng.standard_normal((200, 1)) * grow + 0.02 * rng.standard_normal((200, len(YEARS)))
    baseline = (first + (last - first) * grow) * tuned * noise
    own = 1 + effect(state, name) * grow * (1 + 0.35 * rng.standard_normal((200, 1)))
    chance = 0.004 * last * rng.standard_normal((200, len(YEARS)))
    yours = baseline * own + chance if effect(state, name) else baseline
    return baseline[:runs], yours[:runs]


def bands(rows: Any) -> dict[str, list[float]]:
    quantiles = {f"q{q:02d}": np.quantile(rows, q / 100, axis=0).tolist() for q in (5, 25, 50, 75, 95)}
    return {"mean": rows.mean(0).tolist(), **quantiles}


def make_frame(state: dict[str, Any], request: int, number: int, runs: int) -> dict[str, Any]:
    outcomes = {}
    for name in dict.fromkeys([*SHOWN, state.get("outcome") or SHOWN[0]]):
        unit = OUTCOMES[name][1]
        baseline, yours = worlds(state, name, runs)
        last = (yours - baseline)[:, -1]
        low, high = np.quantile(last, [0.05, 0.95])
        outcomes[name] = {
            "unit": unit, "baseline": bands(baseline), "yours": bands(yours), "difference": bands(yours - baseline),
            "headline": {"year": YEARS[-1], "baseline": baseline[:, -1].mean(), "yours": yours[:, -1].mean(), "difference": last.mean(),
                         "low": low, "high": high, "clear": bool(low * high > 0)},
        }  # fmt: skip
    markers = [
        {"year": 2010.9, "what": "law"},
        {"year": 2020.0, "what": "exit"},
        *({"year": y + 0.5, "what": "election"} for y in range(2008, 2027, 4)),
    ]
    return {
        "type": "frame", "id": request, "frame": number, "runs": runs, "of": 200, "years": YEARS, "markers": markers, "outcomes": outcomes,
        "notes": NOTES if len(state["levers"]) > 2 else [], "cost": {"donor": 1.7e6 * len(state["levers"]), "state": -2.1e5 * len(state["levers"])},
        "resolution": {"licensed_share": 0.004}, "final": runs == CHUNKS[-1],
    }  # fmt: skip


def reasons(state: dict[str, Any], request: int, name: str) -> dict[str, Any]:
    headline = make_frame({**state, "outcome": name}, 0, 0, 200)["outcomes"][name]["headline"]
    labels = {item["key"]: item["label"] for item in [*LEVERS, *MORE, PACE]}
    alone = {k: effect({**state, "levers": {k: v}}, name) for k, v in state["levers"].items()}
    every = sum(alone.values()) or 1.0
    parts = [
        {"key": k, "label": labels[k], "value": 1.1 * headline["difference"] * v / every} for k, v in alone.items()
    ]
    return {
        "type": "why", "id": request, "parts": parts, "total": headline["difference"],
        "overlap": headline["difference"] - sum(p["value"] for p in parts),
        "sentences": [
            {"template": "applied", "values": {"yours": 41200, "baseline": 33800, "change": 7400, "of": 100000, "year": 2027}},
            {"template": "gave_up", "values": {"yours": 14000, "baseline": 20100, "change": -6100, "of": 100000, "year": 2027}},
        ],
    }  # fmt: skip


def check(state: Any) -> str | None:
    known = {item["key"] for p in PRESETS for item in [*p["levers"], *p["more"]]}
    if not isinstance(state, dict) or state.get("preset") not in {p["name"] for p in PRESETS}:
        return "This scenario names no question that is here. Choose one at the top left."
    strange = [k for k in state["levers"] if k not in known]
    return f"There is no lever {strange[0]}." if strange else None


class Fake:
    """The application, and what the tests want to know about it."""

    def __init__(self, delay: float = 0.02) -> None:
        self.delay = delay
        self.states: list[dict[str, Any]] = []
        self.app = Starlette(
            routes=[
                Route("/", lambda _: FileResponse(WORKSHOP / "static" / "index.html")),
                Mount("/static", StaticFiles(directory=WORKSHOP / "static")),
                Route("/presets.json", self.presets),
                Route("/words.json", self.words),
                Route("/table.csv", self.file, methods=["POST"]),
                Route("/report.html", self.file, methods=["POST"]),
                WebSocketRoute("/socket", self.socket),
            ]
        )

    async def presets(self, _: Request) -> Response:
        outcomes = {name: {"label": o[0], "unit": o[1]} for name, o in OUTCOMES.items()}
        return JSONResponse({"version": VERSION, "presets": PRESETS, "outcomes": outcomes})

    async def words(self, request: Request) -> Response:
        return JSONResponse(catalogue(request.query_params.get("lang", "en")))

    async def file(self, request: Request) -> Response:
        state = await request.json()
        if request.headers.get("X-Token") != TOKEN or check(state):
            return PlainTextResponse("refused", 403)
        return PlainTextResponse(f"{request.url.path} {json.dumps(state)}")

    async def socket(self, socket: WebSocket) -> None:
        if socket.query_params.get("token") != TOKEN:
            await socket.close(4403)
            return
        await socket.accept()
        inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        heard = asyncio.create_task(self.hear(socket, inbox))
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                message = await self.next(heard, inbox)
                while message and message["type"] == "run":
                    message = await self.run(socket, heard, inbox, message)
                if message:
                    await self.answer(socket, message)
        heard.cancel()

    async def hear(self, socket: WebSocket, inbox: asyncio.Queue[dict[str, Any]]) -> None:
        while True:
            inbox.put_nowait(await socket.receive_json())

    async def next(self, heard: "asyncio.Task[None]", inbox: asyncio.Queue[dict[str, Any]]) -> dict[str, Any]:
        waiting = asyncio.create_task(inbox.get())
        await asyncio.wait({waiting, heard}, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        raise WebSocketDisconnect

    async def run(self, socket: WebSocket, heard: Any, inbox: Any, message: dict[str, Any]) -> dict[str, Any] | None:
        """Frames of one run, each after the last was acknowledged; returns what interrupts it."""
        wrong = check(message["state"])
        if wrong:
            await socket.send_json({"type": "error", "id": message["id"], "text": wrong})
            return None
        self.states.append(message["state"])
        for number, runs in enumerate(CHUNKS, 1):
            await asyncio.sleep(self.delay)
            await socket.send_json(make_frame(message["state"], message["id"], number, runs))
            while True:
                reply = await self.next(heard, inbox)
                if reply["type"] == "run":
                    return reply
                if reply["type"] != "ack":
                    await self.answer(socket, reply)
                elif (reply["id"], reply["frame"]) == (message["id"], number):
                    break
        return None

    async def answer(self, socket: WebSocket, message: dict[str, Any]) -> None:
        kind, request = message["type"], message.get("id")
        if kind == "why":
            await socket.send_json(reasons(message["state"], request, message["outcome"]))
        elif kind == "outcome":
            name = message["outcome"]
            summary = make_frame({**message["state"], "outcome": name}, 0, 0, 200)["outcomes"][name]
            await socket.send_json({"type": kind, "id": request, "name": name, "summary": summary})
        elif kind == "singles":
            baseline, yours = worlds(message["state"], message["outcome"], 20)
            await socket.send_json(
                {
                    "type": kind,
                    "id": request,
                    "outcome": message["outcome"],
                    "years": YEARS,
                    "baseline": baseline.tolist(),
                    "yours": yours.tolist(),
                }
            )
        elif kind == "map":
            rng = np.random.default_rng(1)
            districts = [
                {"name": f"District {k + 1}", "x": float(x), "y": float(y)}
                for k, (x, y) in enumerate(rng.uniform([88, 42], [119, 52], (80, 2)))
            ]
            values = rng.uniform(0, 0.2, (80, 1)) * np.linspace(0.2, 1, len(YEARS))
            outcomes = {
                n: {"unit": u, "baseline": (values * s).tolist(), "yours": (values * s * 1.5).tolist()}
                for n, u, s in [("licensed_share", "share", 1), ("mercury_kg", "kg/month", 60), ("stigma", "1", 4)]
            }
            await socket.send_json(
                {"type": kind, "id": request, "years": YEARS, "districts": districts, "outcomes": outcomes}
            )
        elif kind == "drawer":
            await socket.send_json(
                {
                    "type": kind,
                    "id": request,
                    "key": message["key"],
                    "what": "It pays for what is planned.",
                    "evidence": [{"id": "MN185", "text": "Two laboratories bought gold from October 2018."}],
                    "cost": {"payer": "donor", "prices": PRICES},
                    "effects": {
                        "better": [{"outcome": "official_share", "unit": "share", "change": 0.081}],
                        "worse": [{"outcome": "mercury", "unit": "kg/month", "change": 12.0}],
                    },
                    "fails": "Without cash the centre cannot pay.",
                }
            )


class Policed:
    """The strict content security policy on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def policed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", POLICY.encode())]
            await send(message)

        await self.app(scope, receive, policed if scope["type"] == "http" else send)


class Running:
    """A server in a thread of its own, which can be stopped at once and started again on its port."""

    def __init__(self, fake: Fake, port: int = 0) -> None:
        self.fake = fake
        with socket.socket() as free:
            free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            free.bind(("127.0.0.1", port))
            self.port = int(free.getsockname()[1])
        self.start()

    def start(self) -> None:
        config = uvicorn.Config(
            Policed(self.fake.app), host="127.0.0.1", port=self.port, log_level="critical", timeout_graceful_shutdown=0
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 10
        while not self.server.started and time.monotonic() < until:
            time.sleep(0.01)

    def stop(self) -> None:
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(10)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/?token={TOKEN}"


@contextlib.contextmanager
def serve(delay: float = 0.02) -> Iterator[Running]:
    running = Running(Fake(delay))
    try:
        yield running
    finally:
        running.stop()


if __name__ == "__main__":
    uvicorn.run(Policed(Fake(0.15).app), host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8123)
