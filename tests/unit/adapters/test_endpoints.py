import http.server
import json
import math
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from trainstop.adapters.endpoints import HttpEndpoints, body_of


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by what is asked: `status`, `raw`, `wait`, `cut`."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, asked, time.monotonic()))
        time.sleep(asked.get("wait", 0))
        if asked.get("cut"):
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        content = asked.get("raw", json.dumps({"predictions": [0.5]})).encode()
        self.send_response(asked.get("status", 200))
        self.send_header("content-length", str(len(content)))
        self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("x-trainstop-version", asked.get("version", "7"))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.asked = []
    made.address = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_rows_are_sent_as_a_split_frame_and_predictions_come_back(server: Any) -> None:
    answer = HttpEndpoints().predict(server.address + "/", ["a"], [(1,), (math.nan,)])
    assert server.asked[0][:2] == ("/invocations", {"dataframe_split": {"columns": ["a"], "data": [[1], [None]]}})
    assert (answer.status, list(answer.predictions), answer.version) == (200, [0.5], 7)
    assert answer.seconds > 0


@pytest.mark.parametrize("raw", ["", "<html>", "[1]", '{"predictions": 1}', "[" * 5000])
def test_an_answer_of_another_form_has_no_predictions(server: Any, raw: str) -> None:
    answer = HttpEndpoints().post(server.address, {"raw": raw})
    assert (answer.status, list(answer.predictions)) == (200, [])


def test_an_error_has_its_text_and_no_predictions(server: Any) -> None:
    answer = HttpEndpoints().post(server.address, {"status": 400, "raw": "x" * 5000, "version": "none"})
    assert (answer.status, len(answer.text), answer.version, list(answer.predictions)) == (400, 500, None, [])


def test_a_redirect_is_not_followed(server: Any) -> None:
    assert HttpEndpoints().post(server.address, {"status": 307}).status == 307


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "nonsense", "http://[::bad"])
def test_what_cannot_be_reached_is_an_answer_too(address: str) -> None:
    answer = HttpEndpoints().post(address, {})
    assert answer.status == 0
    assert answer.text


def test_a_question_is_never_repeated(server: Any) -> None:
    assert HttpEndpoints().post(server.address, {"cut": True}).status == 0
    assert HttpEndpoints(timeout=0.2).post(server.address, {"wait": 0.5}).status == 0
    assert len(server.asked) == 2


def test_bytes_are_sent_as_they_are(server: Any) -> None:
    HttpEndpoints().post(server.address, b'{"wait": 0}')
    assert server.asked[0][1] == {"wait": 0}


def test_a_load_sends_what_was_stated_in_turn(server: Any) -> None:
    answers = HttpEndpoints().load(server.address, [{"n": 0}, {"n": 1}, {"n": 2}], rate=100, duration=0.3)
    assert [answer.status for answer in answers] == [200] * 30
    assert sorted(asked["n"] for _, asked, _ in server.asked) == [0] * 10 + [1] * 10 + [2] * 10
    times = sorted(at for *_, at in server.asked)
    assert 0.25 < times[-1] - times[0] < 2


def test_a_slow_server_does_not_slow_the_load_down(server: Any) -> None:
    answers = HttpEndpoints().load(server.address, [{"wait": 0.5}], rate=40, duration=0.5)
    times = sorted(at for *_, at in server.asked)
    assert times[-1] - times[0] < 1.5  # one after the other would take 10 s
    assert min(answer.seconds for answer in answers) >= 0.5


def test_failures_under_load_are_counted_and_not_raised(server: Any) -> None:
    answers = HttpEndpoints(timeout=1).load(server.address, [{"cut": True}, {"status": 503}], rate=20, duration=0.2)
    assert {answer.status for answer in answers} == {0, 503}
    assert all(answer.text for answer in answers if answer.status == 0)
    nobody = HttpEndpoints().load("http://127.0.0.1:1", [{}], rate=10, duration=0.1)
    assert [answer.status for answer in nobody] == [0]


def test_nothing_to_send_is_no_load() -> None:
    assert HttpEndpoints().load("http://127.0.0.1:1", [], rate=10, duration=1) == ()


def test_a_body_holds_only_what_json_knows() -> None:
    assert json.loads(body_of({"a": [1.0, math.inf, (math.nan, "x")], "b": {"c": -math.inf}})) == {
        "a": [1.0, None, [None, "x"]],
        "b": {"c": None},
    }
