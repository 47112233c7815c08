"""The server of the what-if page: routes, and who may use them.

It listens on this machine alone unless another address is named.  That is no boundary: other pages in the same browser
reach it too.  So the host and the origin of a request must be its own, and everything but the files of the page needs
the token of this launch, which stands in the address that is opened.
"""

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from asmsim.config.errors import AsmsimError, ConfigError
from asmsim.workshop.exported import write_csv, write_report
from asmsim.workshop.page_data import list_page_presets, read_words
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import WorkshopState, read_state
from asmsim.workshop.tab import MOST_BYTES_IN, Tab

STATIC = Path(__file__).resolve().parent / "static"
MOST_BYTES_OF_ADDRESS = 16_000
MOST_TABS, TABS_AT_A_TIME = 64, 4
REFUSED = 1008
"""Code with which a socket is refused that may not be here."""
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Address:
    """Where the page is, and the token of this launch."""

    host: str
    port: int
    token: str

    @property
    def hosts(self) -> list[str]:
        """Names under which requests may come."""
        return list(dict.fromkeys(["127.0.0.1", "localhost", self.host]))

    @property
    def origins(self) -> list[str]:
        """Origins of pages that may ask."""
        port = "" if self.port == 80 else f":{self.port}"
        return [f"http://{host}{port}" for host in self.hosts]

    @property
    def url(self) -> str:
        """What the browser opens."""
        return f"http://{self.host}:{self.port}/?token={self.token}"

    @property
    def policy(self) -> str:
        """The content security policy: nothing from elsewhere, and nothing inline."""
        sockets = " ".join(origin.replace("http://", "ws://") for origin in self.origins)
        return (
            f"default-src 'self'; connect-src 'self' {sockets}; img-src 'self' data: blob:; object-src 'none'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )


def make_token() -> str:
    """Make the token of a launch."""
    return secrets.token_urlsafe(24)


def write_entry_page(languages: str) -> str:
    """Return the page that says how to get the right address, in the first of the accepted languages that there is.

    It does not lead there: whoever can reach this port, such as another user of this machine, would then have the token.
    """
    wanted = [part.partition(";")[0].strip()[:2].lower() for part in languages.split(",")]
    known = {each["code"] for each in read_words("en")["languages"] if not each["draft"]}
    words = read_words(next((code for code in wanted if code in known), "en"))
    entry = words["entry"]
    steps = "".join(f"<li>{escape(step)}</li>" for step in entry["steps"])
    return (
        f'<!doctype html><html lang="{words["language"]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>asmsim: {escape(entry['title'])}</title>"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml"><link rel="stylesheet" href="/static/page.css">'
        f'</head><body class="entry"><main><h1>{escape(entry["title"])}</h1><p>{escape(entry["text"])}</p>'
        f"<ol>{steps}</ol><pre>asmsim workshop</pre></main></body></html>"
    )


class Guard:
    """Pure ASGI middleware: headers of every answer, and what is refused before any route sees it."""

    def __init__(self, app: ASGIApp, address: Address) -> None:
        self._app, self._address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers set."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Content-Security-Policy", self._address.policy)
            await send(message)

        refusal = self._refuse(scope)
        if refusal is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": REFUSED})  # before it is accepted: 403
        else:
            await refusal(scope, receive, send_with_headers)

    def _refuse(self, scope: Scope) -> Response | None:
        """Return the refusal of a request, or None."""
        headers = Headers(scope=scope)
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MOST_BYTES_OF_ADDRESS:
            return PlainTextResponse("The address is too long.", 414)
        origin = headers.get("origin")
        if (origin is None and scope["type"] == "websocket") or (
            origin is not None and origin not in self._address.origins
        ):
            return PlainTextResponse("This page may not ask here.", 403)
        if scope["path"].startswith("/static/"):
            return None
        query = QueryParams(scope["query_string"])
        given = headers.get("x-token") or query.get("token") or ""
        if not secrets.compare_digest(given.encode(), self._address.token.encode()):
            if scope["type"] == "http" and scope["path"] == "/":
                return HTMLResponse(write_entry_page(headers.get("accept-language", "")), 403)
            return PlainTextResponse(
                "This address lacks the token of this launch: open the one that asmsim workshop printed.", 403
            )
        return None


def make_app(engine: Engine, address: Address) -> Starlette:
    """Return the application."""
    workers = ThreadPoolExecutor(engine.threads, "why")
    limiter = anyio.CapacityLimiter(TABS_AT_A_TIME)
    tabs: set[Tab] = set()

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "index.html", media_type="text/html")

    async def presets(request: Request) -> Response:
        return JSONResponse(await anyio.to_thread.run_sync(list_page_presets, engine))

    async def words(request: Request) -> Response:
        return JSONResponse(read_words(request.query_params.get("lang", "en")))

    async def table(request: Request) -> Response:
        state = await _read_body(request)
        text = await anyio.to_thread.run_sync(write_csv, engine, state)
        return _offer(text, "text/csv", "asmsim-what-if.csv")

    async def report(request: Request) -> Response:
        state = await _read_body(request)
        language = request.query_params.get("lang", "en")
        text = await anyio.to_thread.run_sync(write_report, engine, state, language, STATIC)
        return _offer(text, "text/html", "asmsim-what-if.html")

    async def socket(websocket: WebSocket) -> None:
        given = websocket.query_params.get("token", "")  # again, here: whatever stands before this
        if not secrets.compare_digest(given.encode(), address.token.encode()) or len(tabs) >= MOST_TABS:
            await websocket.close(REFUSED)
            return
        await websocket.accept()
        tab = Tab(websocket, engine, workers, limiter)
        tabs.add(tab)
        try:
            await tab.serve()
        finally:
            tabs.discard(tab)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        workers.shutdown(wait=False, cancel_futures=True)
        engine.close()

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/presets.json", presets),
            Route("/words.json", words),
            Route("/table.csv", table, methods=["POST"]),
            Route("/report.html", report, methods=["POST"]),
            WebSocketRoute("/socket", socket),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=address.hosts, www_redirect=False),
            Middleware(Guard, address=address),
        ],
        exception_handlers={AsmsimError: _say_error},
        lifespan=lifespan,
    )
    app.state.tabs = tabs
    return app


async def _say_error(request: Request, error: Exception) -> Response:
    """Answer a mistake with its text alone."""
    return PlainTextResponse(str(error), 400)


async def _read_body(request: Request) -> WorkshopState:
    """Return the state in a request's body.

    Raises
    ------
    HTTPException
        The body is not JSON, or larger than the limit.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise HTTPException(415, "JSON is needed.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES_IN:
            raise HTTPException(413, "The request is too large.")
    try:
        return read_state(json.loads(body))
    except (ValueError, RecursionError) as error:
        raise ConfigError("The request is not JSON.") from error


def _offer(text: str, kind: str, name: str) -> Response:
    """A file to be saved."""
    return Response(text, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def serve(app: Any, host: str, sockets: Sequence[Any]) -> None:
    """Serve until Ctrl-C."""
    config = uvicorn.Config(
        app,
        host=host,
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=MOST_BYTES_IN,
        ws_max_queue=32,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    uvicorn.Server(config).run(sockets=list(sockets))
