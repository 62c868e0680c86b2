"""The instruments of a proxied request: the backend that needs no time, the even pace, the scripts that look at
answers, and the attribution of instructions."""
import json
import socket
import sys
import threading

import pytest

from gateway import ROOT, Gateway

sys.path.insert(0, str(ROOT / "loadtest"))
from harness import callgrind, carriers, paced, report, stub  # noqa: E402
from harness.servers import Client, Wrong  # noqa: E402

ANSWERS = 'GET /healthz fine\nPOST /collections/x/points/query {"result":{"points":[{"id":1}]},"status":"ok"}\n'
SECONDS = 1


class Questions:
    def __init__(self, folder, needle='"points":[{"id":', size=200):
        self.needle, self.requests_file = needle, folder / "requests.txt"
        body = "x" * size
        one = f"POST /collections/x/points/query HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n{body}".encode()
        self.requests_file.write_bytes((b"%d\n" % len(one) + one) * 3)


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    with stub.Stub(tmp_path_factory.mktemp("stub"), ANSWERS) as running:
        yield running


def say(address, *pieces):
    """What comes back for these bytes, sent one after the other, until the backend has no more to say."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as one:
        for piece in pieces:
            one.sendall(piece)
        one.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: one.recv(65536), b""))


ASK = b"POST /collections/x/points/query?timeout=3 HTTP/1.1\r\ncontent-length: 70000\r\n\r\n"


def test_the_backend_reads_bodies_whole_and_counts_them(backend):
    before = backend.counted()
    unfinished = say(backend.address, ASK, b"x" * 69999)
    assert unfinished == b""
    answer = say(backend.address, ASK[:20], ASK[20:], b"x" * 100, b"x" * 69900)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and answer.count(b"HTTP/1.1") == 1
    assert answer.endswith(b'"status":"ok"}')
    assert backend.counted() == before + 2


def test_the_backend_answers_each_of_many_in_one_piece(backend):
    small = ASK.replace(b"70000", b"3")
    answer = say(backend.address, (small + b"abc") * 5 + b"GET /nowhere HTTP/1.1\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 OK") == 5
    assert answer.endswith(b"HTTP/1.1 404 Not Found\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n")


def test_the_backend_ends_what_it_cannot_read(backend):
    assert say(backend.address, b"POST /collections/x/points/query HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n") == b""


@pytest.mark.parametrize("size", [200, 17500])
def test_every_request_of_an_even_pace_is_answered(backend, tmp_path, size):
    one = paced.run(backend, Questions(tmp_path, size=size), 400, SECONDS, 7, idle=20)
    assert one.failures == 0
    assert one.answered == 400 * SECONDS
    assert 0 < one.p50_us <= one.p99_us <= one.p999_us <= one.max_us


def test_an_answer_of_another_shape_is_a_failure(backend, tmp_path):
    one = paced.run(backend, Questions(tmp_path, needle="no such text"), 100, SECONDS, 2)
    assert one.answered == 0
    assert one.failures == 150, "those of the warm-up, too"


class Rude:
    """Answers the first request on a connection, and closes with the second."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=[one], daemon=True).start()

    def answer(self, one):
        with one:
            one.recv(65536)
            one.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n"points":[{"id":1')
            one.recv(65536)


def test_connections_that_are_closed_are_failures(tmp_path):
    with Rude() as rude:
        one = paced.run(rude, Questions(tmp_path), 40, SECONDS, 3)
    assert one.answered == 0, "three were, in the warm-up"
    assert one.failures == 60 - 3, "three that were lost, and all for which no connection was left"


def test_what_a_binary_says_of_its_carriers_is_read():
    row = ("| `vector.qdrant.http.carrier` | one of auto, curl, direct | `auto` | `VECGATE_VECTOR_QDRANT_HTTP_CARRIER` |"
           " restart | what carries requests |")
    assert carriers.ROW.findall(row) == [("auto, curl, direct", "VECGATE_VECTOR_QDRANT_HTTP_CARRIER")]
    with pytest.raises(Wrong, match="no carrier by_pigeon"):
        carriers.chosen(["by_pigeon"])


def test_the_backend_knows_what_a_gateway_asks(tmp_path):
    """Both APIs through a gateway before it, as `compare` sends them."""
    with Gateway(tmp_path / "real") as real:
        lines = stub.learn(real, 16)
    with stub.Stub(tmp_path / "stub", lines) as running, Gateway(tmp_path / "gate", carriers.settings(running)) as gate:
        for questions in (stub.rest_questions(tmp_path, 16), stub.native_questions(tmp_path, 16)):
            before = running.counted()
            with Client(gate.address) as client:
                said = json.dumps(client.ask_plainly("POST", questions.path, questions.bodies[0]), separators=(",", ":"))
            assert questions.needle in said
            assert running.counted() == before + 1


TEXT = """events: Ir
ob=(1) /x/vecgate
fl=(1) /x/src/front/read.c
fn=(1) read_query
10 100
fi=(2) /x/src/base/slice.c
+2 7
fe=(1)
cob=(2) /lib/libc.so.6
cfi=(3) string.c
cfn=(2) memcpy
calls=3 0
12 50
cfi=(4) /x/src/base/json_read.c
cfn=(3) vg_json_read
calls=1 5
+1 230

fl=(4)
fn=(3)
5 200
cob=(2)
cfi=(3)
cfn=(2)
calls=1 0
5 30

ob=(2)
fl=(3)
fn=(2)
0 80

ob=(3) /lib/libcurl.so.4.8.0
fl=(5) ???
fn=(4) 0x1234
0 11
"""


def test_what_a_layer_calls_of_tools_is_charged_to_it():
    profile = callgrind.Profile(TEXT)
    assert profile.total == 100 + 7 + 200 + 80 + 11
    layers = profile.layers()
    assert layers["front"] == (107, 280), "its own with what is inlined; memcpy, and JSON with its memcpy"
    assert layers["libcurl"] == (11, 0)
    assert sum(map(sum, layers.values())) == profile.total
    assert profile.tools == {("front", "memcpy"): 50, ("front", "vg_json_read"): 230}


def test_a_section_is_replaced_and_the_rest_stays():
    page = report.put("before\n", "one", "first", "this")
    page = report.put(page + "after\n", "one", "second \\1", "this")
    assert page == "before\n\n<!-- one: made by this -->\nsecond \\1\n<!-- one: end -->\nafter\n"
