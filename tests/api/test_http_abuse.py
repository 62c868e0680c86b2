"""The wire as a hostile or a clumsy client uses it, against the whole program. Whatever a client does,
it gets a clear answer or an end, and everybody else is served as before. What does not need half a connection to be
closed is done over TLS, too."""
import contextlib
import gzip
import json
import random
import re
import socket
import ssl

import pytest

from certs import Authority
from gateway import Gateway

PATIENCE_SECONDS = 30
HOST = b"Host: localhost\r\n"
HEALTHZ = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    """A vecgate on its own embedded store, with TLS."""
    authority = Authority(tmp_path_factory.mktemp("ca"))
    options = authority.issue("here", "IP:127.0.0.1").options()
    with Gateway(tmp_path_factory.mktemp("secure"), options, tls=ssl.create_default_context(cafile=authority.cert)) as gate:
        yield gate


@pytest.fixture(params=["embedded", "secure"], ids=["plain", "TLS"])
def either(request):
    return request.getfixturevalue(request.param)


@contextlib.contextmanager
def peer(gate):
    with socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENCE_SECONDS) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.nullcontext(sock) if gate.tls is None else gate.tls.wrap_socket(sock, server_hostname="127.0.0.1") as end:
            yield end


class Answer:
    """One answer off a buffered socket; `status` is None at the end of the connection."""

    def __init__(self, stream, has_body=True):
        line = stream.readline()
        self.status = int(line.split()[1]) if line else None
        self.headers = {}
        while line and (line := stream.readline().strip()):
            name, _, value = line.partition(b":")
            self.headers[name.decode().lower()] = value.strip().decode()
        self.body = stream.read(int(self.headers.get("content-length", 0))) if has_body else b""


def talk(gate, sent):
    """All answers to these bytes, until the gateway ends the connection or has answered all."""
    with peer(gate) as sock:
        with contextlib.suppress(ConnectionError):  # it may end before it has read all
            sock.sendall(sent)
            if gate.tls is None:
                sock.shutdown(socket.SHUT_WR)
        answers = []
        with sock.makefile("rb") as stream, contextlib.suppress(ConnectionResetError):
            while (answer := Answer(stream)).status is not None:
                answers.append(answer)
        return answers


def is_well(gate):
    with peer(gate) as sock, sock.makefile("rb") as stream:
        sock.sendall(HEALTHZ)
        return Answer(stream).body == b"healthz check passed"


def request(method, path, *headers, body=b""):
    length = [b"Content-Length: %d\r\n" % len(body)] if body else []
    return b"".join([method, b" ", path, b" HTTP/1.1\r\n", HOST, *headers, *length, b"\r\n", body])


REFUSED = {
    "no host": (b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /healthz HTTP/1.1\r\n" + HOST + HOST + b"\r\n", 400),
    "both lengths": (request(b"POST", b"/healthz", CHUNKED, b"Content-Length: 4\r\n") + b"0\r\n\r\n" + HEALTHZ, 400),
    "two lengths": (
        request(b"POST", b"/healthz", b"Content-Length: 4\r\nContent-Length: 49\r\n") + b"abcd" + HEALTHZ,
        400,
    ),
    "obscured coding": (request(b"POST", b"/x", b"Transfer-Encoding: \x0bchunked\r\n") + b"0\r\n\r\n" + HEALTHZ, 400),
    "doubled coding": (request(b"POST", b"/x", CHUNKED + CHUNKED) + b"0\r\n\r\n" + HEALTHZ, 501),
    "unknown coding": (request(b"POST", b"/x", b"Transfer-Encoding: zip\r\n") + HEALTHZ, 501),
    "bare CR": (b"GET /x HTTP/1.1\r\n" + HOST + b"A: b\rContent-Length: 49\r\n\r\n" + HEALTHZ, 400),
    "bare LF": (b"GET /x HTTP/1.1\n" + HOST + b"\r\n" + HEALTHZ, 400),
    "folded field": (b"GET /x HTTP/1.1\r\n" + HOST + b"A: b\r\n c\r\n\r\n" + HEALTHZ, 400),
    "blank before a colon": (b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length : 49\r\n\r\n" + HEALTHZ, 400),
    "climbing path": (request(b"GET", b"/collections/../../etc/passwd") + HEALTHZ, 400),
    "escaped climbing path": (request(b"GET", b"/collections/%2e%2e/x") + HEALTHZ, 400),
    "control byte": (b"GET /x HTTP/1.1\r\n" + HOST + b"A: \x00\r\n\r\n" + HEALTHZ, 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + HEALTHZ, 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HEALTHZ, 505),
    "HTTP/3.0": (b"GET / HTTP/3.0\r\n\r\n" + HEALTHZ, 505),
    "tunnel": (request(b"CONNECT", b"example.com:80") + HEALTHZ, 501),
    "another expectation": (request(b"PUT", b"/x", b"Expect: tea\r\n", body=b"{}") + HEALTHZ, 417),
    "large head": (request(b"GET", b"/x", b"A: " + b"a" * 40_000 + b"\r\n") + HEALTHZ, 431),
    "many fields": (request(b"GET", b"/x", *[b"A%d: b\r\n" % i for i in range(150)]) + HEALTHZ, 431),
    "long target": (request(b"GET", b"/" + b"a" * 40_000) + HEALTHZ, 414),
}


@pytest.mark.parametrize("sent,status", REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_trusted_is_refused_and_nothing_behind_it_is_answered(either, sent, status):
    answers = talk(either, sent)
    assert [a.status for a in answers] == [status]
    assert answers[0].headers["connection"] == "close"
    assert is_well(either)


@pytest.mark.parametrize(
    "chunks",
    [b"x\r\n", b"-1\r\nx", b"fffffffffffffffff1\r\nx\r\n", b"1\r\nxy\r\n0\r\n\r\n", b"1\nx\n0\n\n", b"3\r\nabc0\r\n\r\n"],
)
def test_broken_chunks_are_refused(either, chunks):
    answers = talk(either, request(b"PUT", b"/collections/x/points", CHUNKED) + chunks + HEALTHZ)
    assert [a.status for a in answers] == [400]
    assert is_well(either)


def test_each_api_refuses_in_its_own_words(either):
    (qdrant,) = talk(either, b"GET /collections HTTP/1.1\r\n\r\n")
    assert "error" in json.loads(qdrant.body)["status"]
    (native,) = talk(either, b"GET /v1/collections HTTP/1.1\r\n\r\n")
    assert json.loads(native.body)["status"] == 400


def test_a_body_announced_too_large_is_told_as_each_api_tells_it(either):
    length = b"Content-Length: 999999999999\r\n"
    (qdrant,) = talk(either, request(b"PUT", b"/collections/x", length))
    assert qdrant.status == 400
    assert re.search(r"larger than allowed \(limit: \d+ bytes\)", json.loads(qdrant.body)["status"]["error"])
    (native,) = talk(either, request(b"POST", b"/v1/collections", length, b"Content-Type: application/json\r\n"))
    assert native.status == 413


def test_an_unknown_content_coding_is_told_as_each_api_tells_it(either):
    br = b"Content-Encoding: br\r\n"
    (qdrant,) = talk(either, request(b"PUT", b"/collections/x", br, body=b"{}"))
    assert qdrant.status == 400
    (native,) = talk(either, request(b"POST", b"/v1/collections", br, body=b"{}"))
    assert native.status == 415


def test_a_bomb_does_not_go_off(either):
    bomb = gzip.compress(b" " * (30 << 20))
    (answer,) = talk(either, request(b"PUT", b"/collections/x", b"Content-Encoding: gzip\r\n", body=bomb))
    assert answer.status == 400
    assert is_well(either)


def test_a_compressed_body_is_read(either, fresh_name):
    body = gzip.compress(b'{"vectors":{"size":3,"distance":"Dot"}}')
    path = f"/collections/{fresh_name}".encode()
    with peer(either) as sock, sock.makefile("rb") as stream:
        sock.sendall(request(b"PUT", path, b"Content-Encoding: gzip\r\n", body=body))
        answer = Answer(stream)
    assert answer.status == 200, answer.body


def test_a_request_may_come_byte_by_byte(either):
    with peer(either) as sock, sock.makefile("rb") as stream:
        for byte in HEALTHZ:
            sock.sendall(bytes([byte]))
        assert Answer(stream).body == b"healthz check passed"


def test_a_pipeline_is_answered_in_order(either):
    paths = [b"/healthz", b"/nowhere", b"/livez", b"/v1/nowhere"] * 50
    with peer(either) as sock, sock.makefile("rb") as stream:
        sock.sendall(b"".join(request(b"GET", path) for path in paths))
        statuses = [Answer(stream).status for _ in paths]
    assert statuses == [200, 404, 200, 404] * 50


def test_head_is_get_without_its_body(either):
    with peer(either) as sock, sock.makefile("rb") as stream:
        sock.sendall(request(b"HEAD", b"/healthz") + HEALTHZ)
        head = Answer(stream, has_body=False)
        assert (head.status, head.headers["content-length"]) == (200, "20")
        assert Answer(stream).body == b"healthz check passed"


def test_clients_that_leave_half_way_harm_nobody(either):
    whole = request(b"PUT", b"/collections/x/points", body=b'{"points":[{"id":1,"vector":[1,2,3]}]}')
    for cut in range(1, len(whole)):
        with peer(either) as sock:
            sock.sendall(whole[:cut])
    assert is_well(either)


def test_rubbish_harms_nobody(embedded):
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    good = request(b"POST", b"/collections/x/points/query", CHUNKED) + b"2\r\n{}\r\n0\r\n\r\n"
    for _ in range(300):
        sent = bytearray(good)
        for _ in range(chance.randrange(1, 6)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        answers = talk(embedded, bytes(sent))
        assert all(100 <= a.status < 600 for a in answers), bytes(sent)
    assert is_well(embedded)


def test_slow_clients_do_not_keep_others_waiting(either):
    with contextlib.ExitStack() as many:
        for _ in range(200):
            many.enter_context(peer(either)).sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
        for _ in range(20):
            assert is_well(either)
