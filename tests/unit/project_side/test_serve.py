"""The layer around MLflow's app, over an app of our own."""

import asyncio
import json
import math
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainstop.project_side import serve
from trainstop.project_side.serve import Exchange, InferenceLog, Layer

BODY = json.dumps({"dataframe_split": {"columns": ["a", "id"], "data": [[1.5, "k"]]}}).encode()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer as MLflow does; a body of `raise` makes the app itself fail."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message["body"]
        if not message["more_body"]:
            break
    if body == b"raise":
        raise RuntimeError("the app failed")
    status, answer = (400, b'{"error_code": "BAD_REQUEST"}') if body == b"bad" else (200, b'{"predictions": [0.25]}')
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": answer})


def ask(
    layer: Layer,
    body: bytes = BODY,
    *,
    path: str = "/invocations",
    method: str = "POST",
    pieces: int = 1,
    **headers: str,
) -> list[dict[str, Any]]:
    """Send one request through the layer and return what it sent back."""
    size = math.ceil(len(body) / pieces) or 1
    parts = [body[start : start + size] for start in range(0, max(len(body), 1), size)]
    messages = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1} for index, part in enumerate(parts)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    raw = [(name.encode(), value.encode()) for name, value in named.items()]
    scope = {"type": "http", "path": path, "method": method, "headers": raw}
    asyncio.run(layer(scope, receive, send))
    return sent


@pytest.fixture
def log(tmp_path: Path) -> InferenceLog:
    made = InferenceLog(tmp_path / "log", 4)
    made.start()
    return made


def lines(log: InferenceLog, folder: Path) -> list[dict[str, Any]]:
    """Wait for the log and return its lines."""
    log.close()
    found = [line for path in sorted((folder / "log").glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in found]


def test_a_request_becomes_one_line(log: InferenceLog, tmp_path: Path) -> None:
    ask(Layer(app, 4, log), pieces=3, x_request_id="r-1")
    (line,) = lines(log, tmp_path)
    assert line.pop("at").endswith("+00:00")
    assert line.pop("seconds") >= 0
    assert line == {
        "schema": 1,
        "request_id": "r-1",
        "version": 4,
        "status": 200,
        "columns": ["a", "id"],
        "rows": [[1.5, "k"]],
        "predictions": [0.25],
    }


def test_the_answer_is_passed_on_as_it_is_and_says_which_version_gave_it(log: InferenceLog) -> None:
    start, body = ask(Layer(app, 4, log))
    assert start["status"] == 200
    assert dict(start["headers"]) == {b"content-type": b"application/json", b"x-trainstop-version": b"4"}
    assert body["body"] == b'{"predictions": [0.25]}'


def test_refused_and_failed_requests_are_logged_with_their_status(log: InferenceLog, tmp_path: Path) -> None:
    layer = Layer(app, 4, log)
    ask(layer, b"bad")
    with pytest.raises(RuntimeError, match="the app failed"):
        ask(layer, b"raise")
    assert [(line["status"], line["predictions"]) for line in lines(log, tmp_path)] == [(400, []), (500, [])]


def test_only_questions_to_the_model_are_logged(log: InferenceLog, tmp_path: Path) -> None:
    layer = Layer(app, 4, log)
    ask(layer, path="/ping", method="GET")
    ask(layer, method="OPTIONS")
    assert lines(log, tmp_path) == []


def test_the_status_page_says_the_version_and_what_became_of_the_log(log: InferenceLog) -> None:
    layer = Layer(app, 4, log)
    ask(layer)
    log.close()
    status = json.loads(ask(layer, path=serve.STATUS_PATH, method="GET")[1]["body"])
    assert status["version"] == 4
    assert status["log"].pop("file").endswith(".jsonl")
    assert status["log"] == {"seen": 1, "written": 1, "dropped": 0, "failed": 0}
    without = json.loads(ask(Layer(app, 4, None), path=serve.STATUS_PATH, method="GET")[1]["body"])
    assert without["log"] is None


def test_without_a_log_requests_are_served_all_the_same() -> None:
    assert ask(Layer(app, 4, None))[0]["status"] == 200


def test_a_full_queue_drops_and_counts_and_never_fails_a_request(tmp_path: Path) -> None:
    log = InferenceLog(tmp_path / "log", 4, entries=2)  # not started: nothing empties the queue
    layer = Layer(app, 4, log)
    assert [ask(layer)[0]["status"] for _ in range(5)] == [200] * 5
    assert (log.counters["seen"], log.counters["dropped"]) == (5, 3)
    log.start()
    assert len(lines(log, tmp_path)) == 2


def test_waiting_requests_have_a_bound_in_bytes_too(tmp_path: Path) -> None:
    log = InferenceLog(tmp_path / "log", 4, queue_bytes=2 * (len(BODY) + 23))
    layer = Layer(app, 4, log)
    for _ in range(5):
        ask(layer)
    assert log.counters["dropped"] == 3
    log.start()
    assert len(lines(log, tmp_path)) == 2
    assert log._waiting_bytes == 0


def test_a_folder_that_cannot_be_written_is_counted_and_never_fails_a_request(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file where the folder should be")
    log = InferenceLog(tmp_path / "log", 4)
    log.start()
    assert ask(Layer(app, 4, log))[0]["status"] == 200
    log.close()
    assert log.counters == {"seen": 1, "written": 0, "dropped": 0, "failed": 1}


def test_a_body_too_long_to_keep_is_served_whole_and_logged_without_its_rows(log: InferenceLog, tmp_path: Path) -> None:
    ask(Layer(app, 4, log), b"[" + b"1," * serve.BODY_BYTES + b"1]", pieces=4)
    (line,) = lines(log, tmp_path)
    assert (line["truncated"], line["rows"], line["status"]) == (True, [], 200)


def test_a_long_log_goes_on_in_another_file(tmp_path: Path) -> None:
    log = InferenceLog(tmp_path / "log", 4, file_bytes=1)
    layer = Layer(app, 4, log)
    log.start()
    for number in range(3):
        ask(layer)
        while log.counters["written"] <= number:
            pass
    assert len(lines(log, tmp_path)) == 3
    assert len(list((tmp_path / "log").glob("4-*.jsonl"))) == 3


def test_many_at_once_lose_nothing(log: InferenceLog, tmp_path: Path) -> None:
    layer = Layer(app, 4, log)
    threads = [threading.Thread(target=lambda: [ask(layer) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = lines(log, tmp_path)
    assert len(found) == 200
    assert len({line["request_id"] for line in found}) == 200


@pytest.mark.parametrize(
    ("payload", "columns", "rows"),
    [
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [2]]}}, ["a"], [[1], [2]]),
        ({"dataframe_records": [{"a": 1}, {"a": 2, "b": 3}]}, ["a", "b"], [[1, None], [2, 3]]),
        ({"inputs": {"a": [1, 2], "b": [3, 4]}}, ["a", "b"], [[1, 3], [2, 4]]),
        ({"instances": [{"a": 1}]}, ["a"], [[1]]),
        ({"inputs": [[1, 2], [3, 4]]}, [], [[1, 2], [3, 4]]),
        ({"inputs": [1, 2]}, [], [[1], [2]]),
        ({"inputs": "text"}, [], [["text"]]),
        ({"inputs": {"a": 1, "b": 2}}, ["a", "b"], [[1, 2]]),
        ({"something": 1}, [], []),
        ([1], [], []),
    ],
)
def test_every_form_of_question_is_read(payload: Any, columns: list[Any], rows: list[Any]) -> None:
    assert serve.table_of(json.dumps(payload).encode(), "application/json") == (columns, rows)


@pytest.mark.parametrize(
    "payload",
    [
        {"dataframe_split": {"columns": ["x"], "data": [[1.0], "x"]}},
        {"dataframe_split": {"columns": ["x"], "data": [[1.0], [1.0, 2.0]]}},
        {"dataframe_split": {"columns": ["x"], "data": {"x": 1}}},
        {"dataframe_split": {"columns": ["x"], "data": "x"}},
        {"dataframe_split": {"columns": ["x"], "data": 5}},
        {"dataframe_split": {"columns": "x", "data": [[1.0]]}},
        {"inputs": {"x": [1], "y": [1, 2]}},
    ],
)
def test_what_is_no_table_is_logged_as_a_request_without_rows(payload: Any) -> None:
    exchange = Exchange([(b"content-type", b"application/json")])
    exchange.received({"type": "http.request", "body": json.dumps(payload).encode()})
    exchange.status = 400
    line = json.loads(serve.line_of(exchange, 4))
    assert (line["columns"], line["rows"], line["status"]) == ([], [], 400)


def test_csv_is_read_as_text() -> None:
    assert serve.table_of(b"a,b\n1,x\n2,y\n", "text/csv; charset=utf-8") == (["a", "b"], [["1", "x"], ["2", "y"]])
    assert serve.table_of(b"a,b\n\n1,x\n", "text/csv") == (["a", "b"], [["1", "x"]])
    assert serve.table_of(b"a,b\n1\n", "text/csv") == ([], [])
    assert serve.table_of(b"", "text/csv") == ([], [])


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_json_does_not_know_become_null(number: str) -> None:
    exchange = Exchange([(b"content-type", b"application/json")])
    exchange.received({"type": "http.request", "body": f'{{"inputs": [[{number}, 1]]}}'.encode()})
    assert json.loads(serve.line_of(exchange, 4))["rows"] == [[None, 1]]


@given(st.binary(max_size=200), st.sampled_from(["application/json", "text/csv", "", "text/csv; charset=x"]))
def test_nothing_a_client_sends_breaks_a_line(body: bytes, content_type: str) -> None:
    exchange = Exchange([(b"content-type", content_type.encode())])
    exchange.received({"type": "http.request", "body": body})
    line = serve.line_of(exchange, 4)
    assert line.count(b"\n") == 1
    assert json.loads(line)["version"] == 4


@pytest.mark.parametrize(
    ("version", "words"), [("2.9.2", "MLflow 2.9.2, and serving needs 3 or newer"), ("3.4.0", "no module; it needs")]
)
def test_an_environment_that_cannot_serve_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, version: str, words: str
) -> None:
    module = type(serve)("mlflow.version")
    module.VERSION = version  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, "mlflow.version", module)
    assert words in serve.missing(ImportError("no module"))


JSON_VALUES: Callable[[], Any] = lambda: st.recursive(  # noqa: E731
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(["dataframe_split", "dataframe_records", "inputs", "instances"]), JSON_VALUES())
def test_no_form_of_a_payload_breaks_a_line(key: str, value: Any) -> None:
    exchange = Exchange([(b"content-type", b"application/json")])
    exchange.received({"type": "http.request", "body": json.dumps({key: value}).encode()})
    try:
        line = serve.line_of(exchange, 4)
    except (TypeError, ValueError):
        return  # counted as failed by the log
    assert json.loads(line)["schema"] == 1


def test_a_port_that_is_taken_gives_way_to_a_free_one() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with serve.bound_socket("127.0.0.1", port) as bound:
            assert bound.getsockname()[1] not in (0, port)


def test_the_port_is_announced_with_whose_it_is(tmp_path: Path) -> None:
    serve.announce(tmp_path / "port.json", 4567)
    said = json.loads((tmp_path / "port.json").read_text())
    assert said["port"] == 4567
    assert said["pid"] > 0
    assert len(list(tmp_path.iterdir())) == 1
