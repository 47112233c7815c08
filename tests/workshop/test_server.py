"""Who may use the server, what it refuses, and that tabs do not see each other."""

import json
import re
import time
from typing import Any

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from asmsim.workshop import server
from asmsim.workshop.pairing import Engine
from asmsim.workshop.preset import WorkshopState
from asmsim.workshop.server import make_app
from asmsim.workshop.tab import MOST_BYTES_IN
from tests.workshop.conftest import ADDRESS, ORIGIN

SOCKET = f"ws://127.0.0.1:8760/socket?token={ADDRESS.token}"
OWN = {"origin": ORIGIN}
STATE: dict[str, Any] = {"preset": "small", "levers": {"legalisation.signoffs": 14}, "assumptions": {}, "seed": 1}


def receive(socket: Any, kind: str, number: int) -> dict[str, Any]:
    """The last frame, or the answer, to a request; frames are acknowledged."""
    while True:
        message: dict[str, Any] = socket.receive_json()
        if message["type"] == "frame":
            socket.send_json({"type": "ack", "id": message["id"], "frame": message["frame"]})
        answers = message["type"] == "error" or (message["type"], message["id"]) == (kind, number)
        if answers and message.get("final", True):
            return message


@pytest.mark.parametrize("path", ["/", "/presets.json", "/words.json", "/nothing"])
@pytest.mark.parametrize("token", ["", "wrong", ADDRESS.token[:-1]])
def test_without_the_token_nothing_is_given(client: TestClient, path: str, token: str) -> None:
    assert client.get(path, params={"token": token}, headers={"x-token": ""}).status_code == 403


@pytest.mark.parametrize("query", ["", "?token=of-an-earlier-launch", "?preset=small"])
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_an_address_without_the_token_gets_a_page_that_says_what_to_do(
    client: TestClient, query: str, language: str
) -> None:
    accepted = {"x-token": "", "accept-language": f"de;q=0.9, {language}-XX, en"}
    answer = client.get(f"/{query}", headers=accepted, follow_redirects=False)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert f'<html lang="{language}">' in answer.text
    assert answer.text.count("<li>") == 4
    assert "token=" in answer.text
    assert ADDRESS.token not in answer.text, "whoever reaches the port would have it"
    assert "script" not in answer.text
    assert answer.headers["content-security-policy"] == ADDRESS.policy


def test_what_a_browser_says_of_its_languages_leaves_no_mark(client: TestClient) -> None:
    headers = {"x-token": "", "accept-language": '"><script>,../..,' + "x" * 5000}
    answer = client.get("/", headers=headers)
    assert (answer.status_code, answer.text.count('<html lang="en">')) == (403, 1)
    assert "script" not in answer.text


def test_the_token_in_the_address_opens_the_page(client: TestClient) -> None:
    answer = client.get("/", params={"token": ADDRESS.token}, headers={"x-token": ""})
    assert answer.status_code == 200
    assert "<html" in answer.text


def test_files_of_the_page_need_no_token(client: TestClient) -> None:
    assert client.get("/static/index.html", headers={"x-token": ""}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2fserver.py", "/static/"]
)
def test_no_other_file_is_given(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 405)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8760", ""])
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/static/index.html", headers={"host": host}).status_code == 400
    with pytest.raises(WebSocketDenialResponse), client.websocket_connect(SOCKET, headers={**OWN, "host": host}):
        pass


FOREIGN = [
    "http://evil.example",
    "http://127.0.0.1",
    "http://127.0.0.1:8761",
    "https://127.0.0.1:8760",
    "null",
    f"{ORIGIN}.evil.example",
]


@pytest.mark.parametrize("origin", FOREIGN)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    assert client.get("/presets.json", headers={"origin": origin}).status_code == 403
    assert client.post("/table.csv", json=STATE, headers={"origin": origin}).status_code == 403
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET, headers={"origin": origin}):
        pass


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_socket_without_origin_or_token_is_refused(client: TestClient, token: str) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(SOCKET):
        pass
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"ws://127.0.0.1:8760/socket?token={token}", headers={**OWN, "x-token": token}),
    ):
        pass


def test_the_handler_of_the_socket_checks_the_token_itself(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("ws://127.0.0.1:8760/socket", headers={**OWN, "x-token": ADDRESS.token}),
    ):
        pass


def test_nothing_changes_state_by_get(client: TestClient) -> None:
    for path in ("/table.csv", "/report.html"):
        assert client.get(path).status_code == 405


def test_what_is_too_large_or_no_json_is_refused(client: TestClient) -> None:
    large = json.dumps(STATE | {"outcome": "x" * MOST_BYTES_IN})
    kind = {"content-type": "application/json"}
    assert client.post("/table.csv", content=large, headers=kind).status_code == 413
    assert client.post("/table.csv", content="preset=small", headers={"content-type": "text/plain"}).status_code == 415
    assert client.post("/table.csv", content="{", headers=kind).status_code == 400
    assert client.post("/table.csv", content="[" * 60_000, headers=kind).status_code == 400
    assert client.get(f"/words.json?lang={'x' * 20_000}").status_code == 414


def test_a_malformed_state_gets_a_sentence(client: TestClient) -> None:
    answer = client.post("/report.html", json={"preset": "small", "levers": {"legalisation.signofs": 1}})
    assert answer.status_code == 400
    assert "did you mean 'signoffs'" in answer.text
    assert "Traceback" not in answer.text


def test_every_answer_has_the_headers(client: TestClient) -> None:
    answers = [client.get("/static/index.html"), client.get("/"), client.get("/", headers={"x-token": "no"})]
    for answer in answers:
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'")
        assert "unsafe" not in policy


def test_presets_and_words_are_whole(client: TestClient) -> None:
    found = client.get("/presets.json").json()
    small = next(p for p in found["presets"] if p["name"] == "small")
    assert [c["key"] for c in small["levers"]] == [
        "legalisation.signoffs",
        "rights.rights_information.reach",
        "legalisation.pace",
    ]
    assert small["levers"][0]["whole"]
    assert small["levers"][0]["value"] == 6
    assert small["levers"][2]["choices"] == ["none", "gradual", "at_once"]
    assert all(
        c["low"] <= c["value"] <= c["high"] and c["step"] > 0
        for c in small["more"] + small["assumptions"]
        if "low" in c
    )
    assert found["outcomes"]["licensed_share"]["label"] == "Licensed share of miners"
    fitted = next(p for p in found["presets"] if p["name"] == "fitted")
    assert fitted["posterior"] == {"name": "mongolia", "draws": 40}
    assert client.get("/words.json?lang=xx").status_code == 400


def test_frames_grow_to_the_last(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_json({"type": "run", "id": 1, "state": STATE, "runs": 40})
        runs = []
        while True:
            frame = socket.receive_json()
            runs.append(frame["runs"])
            socket.send_json({"type": "ack", "id": 1, "frame": frame["frame"]})
            if frame["final"]:
                break
        assert runs == sorted(runs)
        assert runs[-1] == 40
        assert frame["outcomes"]["licensed_share"]["headline"]["year"] == 2012
        assert len(frame["years"]) == len(frame["outcomes"]["mercury"]["difference"]["q95"]) == 8


def test_nothing_more_is_sent_until_the_last_frame_was_acknowledged(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_json({"type": "run", "id": 1, "state": STATE, "runs": 40})
        first = socket.receive_json()
        for number in range(2, 8):  # the newest replaces those that wait
            socket.send_json(
                {
                    "type": "run",
                    "id": number,
                    "state": {**STATE, "levers": {"legalisation.signoffs": number}},
                    "runs": 16,
                }
            )
        time.sleep(0.5)
        socket.send_json({"type": "ack", "id": 1, "frame": first["frame"]})
        frame = socket.receive_json()
        assert frame["id"] == 7, "frames of scenarios that nobody waits for are never sent"


def test_answers_come_while_a_lever_is_dragged(client: TestClient) -> None:
    """The first estimate is never given up, however fast moves come; what is refined is."""
    moves = 60
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_json({"type": "run", "id": 0, "state": {"preset": "small"}, "runs": 4})
        receive(socket, "frame", 0)
        for n in range(1, moves + 1):
            levers = {"legalisation.signoffs": 1 + n % 12, "legalisation.fee_usd": 5.0 * n}
            socket.send_json({"type": "run", "id": n, "state": {"preset": "small", "levers": levers}, "runs": 200})
            socket.send_json({"type": "ack", "id": n, "frame": 0})
            time.sleep(0.005)
        seen = []
        while not seen or seen[-1] < moves:
            message = socket.receive_json()
            assert message["type"] == "frame"
            socket.send_json({"type": "ack", "id": message["id"], "frame": message["frame"]})
            assert message["id"] == moves or message["runs"] == 4
            seen.append(message["id"])
    assert seen == sorted(seen)
    assert len(set(seen)) >= 5, seen


def test_errors_keep_the_socket_open(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        for bad in ("{", "[]", '{"type": "run"}', '{"type": "other", "id": 1}', "7"):
            socket.send_text(bad)
            assert socket.receive_json()["type"] == "error"
        socket.send_json(
            {"type": "run", "id": 2, "state": {"preset": "small", "levers": {"legalisation.signoffs": 99}}}
        )
        assert "legalisation.signoffs" in receive(socket, "frame", 2)["text"]
        socket.send_json({"type": "why", "id": 3, "state": STATE, "outcome": "licenced_share"})
        assert "did you mean" in receive(socket, "why", 3)["text"]
        socket.send_json({"type": "drawer", "id": 4, "key": "market.nothing.number"})
        assert receive(socket, "drawer", 4)["type"] == "error"
        socket.send_json({"type": "run", "id": 5, "state": STATE, "runs": 4})
        assert receive(socket, "frame", 5)["runs"] == 4


def test_a_message_that_is_too_large_closes_the_socket(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_text("x" * (MOST_BYTES_IN + 1))
        with pytest.raises(WebSocketDisconnect) as caught:
            socket.receive_json()
        assert caught.value.code == 1009


def test_other_requests_are_answered(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_json({"type": "why", "id": 1, "state": STATE})
        why = receive(socket, "why", 1)
        assert [part["key"] for part in why["parts"]] == ["legalisation.signoffs"]
        assert why["parts"][0]["value"] + why["overlap"] == pytest.approx(why["total"])
        socket.send_json({"type": "singles", "id": 2, "state": STATE, "outcome": "miners"})
        assert len(receive(socket, "singles", 2)["yours"]) == 20
        socket.send_json({"type": "map", "id": 3, "state": STATE})
        assert len(receive(socket, "map", 3)["districts"]) == 4
        socket.send_json({"type": "outcome", "id": 5, "state": STATE, "outcome": "gold_smuggled"})
        summary = receive(socket, "outcome", 5)["summary"]
        assert set(summary) == {"unit", "baseline", "yours", "difference", "headline"}
        socket.send_json({"type": "run", "id": 6, "state": {**STATE, "outcome": "gold_smuggled"}})
        assert receive(socket, "frame", 6)["outcomes"]["gold_smuggled"] == summary
        socket.send_json({"type": "drawer", "id": 4, "key": "legalisation.signoffs", "preset": "small"})
        drawer = receive(socket, "drawer", 4)
        assert drawer["fails"]
        assert drawer["evidence"]
        assert {effect["outcome"] for effect in drawer["effects"]["worse"]} or drawer["effects"]["better"]


def test_two_tabs_do_not_see_each_other(client: TestClient) -> None:
    with client.websocket_connect(SOCKET, headers=OWN) as one, client.websocket_connect(SOCKET, headers=OWN) as other:
        one.send_json({"type": "run", "id": 1, "state": STATE, "runs": 16})
        other.send_json(
            {"type": "run", "id": 1, "state": {**STATE, "levers": {"legalisation.pace": "none"}}, "runs": 16}
        )
        a, b = receive(one, "frame", 1), receive(other, "frame", 1)
        assert a["outcomes"]["licensed_share"]["baseline"] == b["outcomes"]["licensed_share"]["baseline"]
        assert a["outcomes"]["licensed_share"]["yours"] != b["outcomes"]["licensed_share"]["yours"]
        assert max(b["outcomes"]["licensed_share"]["yours"]["q95"]) == 0.0


def test_nothing_goes_on_when_a_tab_closes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(engine, ADDRESS)
    state = WorkshopState(preset="small", levers={"legalisation.signoffs": 11})
    client = TestClient(app, base_url=ORIGIN, headers={"x-token": ADDRESS.token})
    with client.websocket_connect(SOCKET, headers=OWN) as socket:
        socket.send_json({"type": "run", "id": 1, "state": state.model_dump(), "runs": 200})
        socket.receive_json()
    deadline = time.monotonic() + 5
    while app.state.tabs and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not app.state.tabs
    sample = engine.find_sample(state)
    with sample.lock:
        reached = len(sample.values)
    time.sleep(0.3)
    assert len(sample.values) == reached < 200


def test_there_is_a_most_of_tabs(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_TABS", 1)
    client = TestClient(make_app(engine, ADDRESS), base_url=ORIGIN, headers={"x-token": ADDRESS.token})
    with (
        client.websocket_connect(SOCKET, headers=OWN),
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(SOCKET, headers=OWN),
    ):
        pass


def test_the_policy_names_no_other_place() -> None:
    places = re.findall(r"[a-z]+://[^ ;]+", ADDRESS.policy)
    assert set(places) == {"ws://127.0.0.1:8760", "ws://localhost:8760"}
