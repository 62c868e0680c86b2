"""TLS against the whole program, by clients of other makes: Python's ssl, curl, openssl's own, and Qdrant's client.
Whose certificates: test_tls_certificates.py."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import random
import re
import socket
import ssl
import subprocess
import time

import pytest

from gateway import ROOT, Gateway
from secured import (
    HEALTHZ,
    PATIENCE_SECONDS,
    WELL,
    ask,
    handshakes,
    is_well,
    metric,
    peer,
    plain_peer,
    read_answer,
    s_client,
    s_hello,
    trusting,
)


# ---- versions, suites, protocols ----


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_spoken(secure, authority, version):
    with peer(secure, trusting(authority, version)) as sock:
        sock.sendall(HEALTHZ)
        assert read_answer(sock) == (200, WELL)
        assert sock.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        assert sock.compression() is None
        name, _, bits = sock.cipher()
        assert ("GCM" in name or "CHACHA20" in name) and (name.startswith("TLS_") or name.startswith("ECDHE")), name
        assert bits >= 128


@pytest.mark.parametrize(
    "words",
    [
        ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        ["-tls1_2", "-cipher", "AES128-GCM-SHA256"],  # no forward secrecy
        ["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"],  # not authenticated as one
        ["-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"],
    ],
)
def test_what_is_weak_is_refused(secure, words):
    before = handshakes(secure, "failed")
    code, said = s_client(secure, *words, stdin=b"Q\n")
    assert code != 0, said
    assert handshakes(secure, "failed") == before + 1
    assert is_well(secure)


def test_the_least_version_is_an_option(tmp_path, authority, here):
    with Gateway(tmp_path, here.options() | {"VECGATE_TLS_MIN_VERSION": "1.3"}, tls=trusting(authority)) as gate:
        with pytest.raises(ssl.SSLError), peer(gate, trusting(authority, ssl.TLSVersion.TLSv1_2)):
            pass
        assert is_well(gate)


@pytest.mark.parametrize("offer,chosen", [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (None, None)])
def test_a_protocol_is_agreed_on(secure, authority, offer, chosen):
    context = trusting(authority)
    if offer:
        context.set_alpn_protocols(offer)
    with peer(secure, context) as sock:
        assert sock.selected_alpn_protocol() == chosen
        sock.sendall(HEALTHZ)
        assert read_answer(sock) == (200, WELL)


def test_a_client_with_none_of_our_protocols_is_told(secure, authority):
    context = trusting(authority)
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"), peer(secure, context):
        pass
    assert is_well(secure)


def test_renegotiation_is_refused(secure):
    code, said = s_client(secure, "-tls1_2", stdin=b"R\n")
    assert "no renegotiation" in said or "NO_RENEGOTIATION" in said.upper(), said
    assert is_well(secure)


# ---- sessions ----


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_session_is_resumed(secure, authority, version):
    context = trusting(authority, version)
    before = handshakes(secure, "resumed")
    with peer(secure, context) as sock:
        sock.sendall(HEALTHZ)  # the ticket of 1.3 comes with the answer
        assert read_answer(sock) == (200, WELL)
        assert not sock.session_reused
        session = sock.session
    for _ in range(2):
        with peer(secure, context, session=session) as sock:
            assert sock.session_reused
            sock.sendall(HEALTHZ)
            assert read_answer(sock) == (200, WELL)
    assert handshakes(secure, "resumed") == before + 2


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tickets_can_be_off(tmp_path, authority, here, version):
    with Gateway(tmp_path, here.options() | {"VECGATE_TLS_TICKETS": "false"}, tls=trusting(authority)) as gate:
        context = trusting(authority, version)
        with peer(gate, context) as sock:
            sock.sendall(HEALTHZ)
            assert read_answer(sock) == (200, WELL)
            session = sock.session
        assert session is None or not session.has_ticket
        with peer(gate, context) as sock:
            assert not sock.session_reused


# ---- other clients ----


def test_curl(secure, authority, tmp_path):
    command = ["curl", "-sS", "--fail", "--cacert", authority.cert, "-w", " %{http_version} %{ssl_verify_result}"]
    for words in ([], ["--tls-max", "1.2"], ["--http1.1"]):
        run = subprocess.run([*command, *words, f"https://localhost:{secure.port}/healthz"], capture_output=True, text=True)
        assert run.stdout == WELL.decode() + " 1.1 0", run.stderr


PROGRAM = """
import sys
from qdrant_client import QdrantClient, models
url, ca, name = sys.argv[1:]
client = QdrantClient(url=url, verify=ca, timeout=30, check_compatibility=False)
client.create_collection(name, vectors_config=models.VectorParams(size=4, distance=models.Distance.COSINE))
client.upsert(name, [models.PointStruct(id=i, vector=[i, 1, 0, 0], payload={"n": i}) for i in range(1, 101)], wait=True)
assert client.count(name).count == 100
assert len(client.query_points(name, query=[1, 1, 0, 0], limit=5).points) == 5
client.delete_collection(name)
print("ok")
"""


def test_the_official_client_verifies_us(secure, authority, fresh_name):
    python = ROOT / "build/test-env/newest/bin/python"
    words = [python, "-c", PROGRAM, f"https://localhost:{secure.port}", authority.cert, fresh_name]
    run = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert run.stdout == "ok\n", run.stderr


# ---- the wire ----


def test_large_bodies_go_both_ways(secure, fresh_name):
    path = f"/collections/{fresh_name}"
    assert ask(secure, "PUT", path, b'{"vectors":{"size":1000,"distance":"Dot"}}')[0] == 200
    vector = "[" + ",".join(["0.12345678"] * 1000) + "]"
    points = ",".join(f'{{"id":{i},"vector":{vector},"payload":{{"n":{i}}}}}' for i in range(1, 2601))
    status, body = ask(secure, "PUT", path + "/points?wait=true", f'{{"points":[{points}]}}'.encode())
    assert status == 200, body
    status, body = ask(secure, "POST", path + "/points/scroll", b'{"limit":2600,"with_vector":true,"with_payload":true}')
    assert status == 200 and len(body) > 25 << 20
    found = json.loads(body)["result"]["points"]
    assert [point["payload"]["n"] for point in found] == list(range(1, 2601))
    assert ask(secure, "DELETE", path)[0] == 200


def test_a_pipeline_is_answered_in_order(secure):
    paths = ["/healthz", "/nowhere", "/livez", "/v1/nowhere"] * 50
    with peer(secure) as sock, sock.makefile("rb") as stream:
        sock.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths).encode())
        statuses = []
        for _ in paths:
            head = b"".join(iter(stream.readline, b"\r\n")).decode()
            statuses.append(int(head.split()[1]))
            stream.read(int(re.search(r"content-length: (\d+)", head)[1]))
    assert statuses == [200, 404, 200, 404] * 50


def test_requests_may_come_byte_by_byte(secure):
    with peer(secure) as sock:
        for byte in HEALTHZ:
            sock.sendall(bytes([byte]))  # a record each
        assert read_answer(sock) == (200, WELL)


def shake_hands(sock, context, send):
    """(session, its bytes from and to the wire): `send` says how what the client says goes out."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            session.do_handshake()
            return session, incoming, outgoing
        except ssl.SSLWantReadError:
            send(outgoing.read())
            incoming.write(received(sock))


def received(sock):
    some = sock.recv(65536)
    assert some, "the gateway has ended the connection"
    return some


def is_served(sock, session, incoming):
    got = b""
    while WELL not in got:
        try:
            got += session.read()
        except ssl.SSLWantReadError:
            incoming.write(received(sock))


def test_a_handshake_may_come_byte_by_byte(secure, authority):
    with plain_peer(secure) as sock:

        def send(some):
            for byte in some:
                sock.sendall(bytes([byte]))

        session, incoming, outgoing = shake_hands(sock, trusting(authority), send)
        session.write(HEALTHZ)
        send(outgoing.read())
        is_served(sock, session, incoming)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("cut", range(1, 200, 4))
def test_a_handshake_may_be_cut_within_any_record(secure, authority, version, cut):
    """A record and a part of the next come together, and the rest when these have been looked at."""
    with plain_peer(secure) as sock:

        def send(some):
            sock.sendall(some[:cut])
            time.sleep(0.02)
            sock.sendall(some[cut:])

        session, incoming, outgoing = shake_hands(sock, trusting(authority, version), send)
        session.write(HEALTHZ)
        send(outgoing.read())  # in TLS 1.3 with the end of the handshake before it
        is_served(sock, session, incoming)


def test_a_request_may_come_with_the_end_of_the_handshake(secure, authority):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = trusting(authority, ssl.TLSVersion.TLSv1_3).wrap_bio(incoming, outgoing, server_hostname="localhost")
    with plain_peer(secure) as sock:
        with contextlib.suppress(ssl.SSLWantReadError):
            session.do_handshake()
        sock.sendall(outgoing.read())
        while True:
            incoming.write(sock.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                session.do_handshake()
                break
        session.write(HEALTHZ)
        sock.sendall(outgoing.read())
        got = b""
        while WELL not in got:
            incoming.write(sock.recv(65536))
            with contextlib.suppress(ssl.SSLWantReadError):
                got += session.read()


def test_an_orderly_end_says_so(secure):
    with peer(secure) as sock:
        sock.sendall(HEALTHZ.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert read_answer(sock) == (200, WELL)
        sock.suppress_ragged_eofs = False
        assert sock.recv(100) == b""  # a ragged one would raise


def test_a_client_that_says_that_it_ends_is_answered_in_kind(secure):
    with peer(secure) as sock:
        sock.sendall(HEALTHZ)
        assert read_answer(sock) == (200, WELL)
        under = sock.unwrap()  # sends close_notify, and waits for ours
        assert under.recv(1) == b""


def test_a_body_that_is_cut_off_is_no_request(secure, fresh_name):
    head = f"PUT /collections/{fresh_name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 42\r\n\r\n"
    for end in ("cut", "said"):
        with peer(secure) as sock:
            sock.sendall(head.encode() + b'{"vectors":{"size":3')
            if end == "said":
                with contextlib.suppress(ssl.SSLError, OSError):
                    sock.unwrap()
            else:
                sock.shutdown(socket.SHUT_RDWR)
    assert ask(secure, path=f"/collections/{fresh_name}")[0] == 404


def test_plain_http_is_told_where_it_came_to(secure):
    before = metric(secure, "vecgate_protocol_errors_total"), handshakes(secure, "not_tls")
    with plain_peer(secure) as sock:
        sock.sendall(HEALTHZ)
        status, body = read_answer(sock)
        assert (status, body) == (400, b"this port speaks HTTPS: the request came as plain HTTP instead")
        assert sock.recv(1) == b""
    assert (metric(secure, "vecgate_protocol_errors_total"), handshakes(secure, "not_tls")) == (before[0] + 1, before[1] + 1)


def test_tls_on_a_plain_port_is_a_protocol_error(embedded, authority):
    def errors():
        host = http.client.HTTPConnection(embedded.address, timeout=PATIENCE_SECONDS)
        with contextlib.closing(host):
            host.request("GET", "/metrics")
            text = host.getresponse().read().decode()
        return float(re.search(r"^vecgate_protocol_errors_total (\S+)$", text, re.MULTILINE)[1])

    before = errors()
    with pytest.raises((ssl.SSLError, ConnectionError)), peer(embedded, trusting(authority)):
        pass
    assert errors() == before + 1


def test_rubbish_harms_nobody(secure):
    seed = int(os.environ.get("VG_SEED", random.randrange(1 << 32)))
    print("seed", seed)
    chance = random.Random(seed)
    hello = s_hello()
    for i in range(200):
        sent = bytearray(hello if i % 2 else chance.randbytes(chance.randrange(1, 600)))
        for _ in range(chance.randrange(1, 6)):
            sent[chance.randrange(len(sent))] = chance.randrange(256)
        with plain_peer(secure) as sock, contextlib.suppress(ConnectionError):
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
    assert is_well(secure)


def test_rubbish_inside_a_session_ends_it(secure):
    before = metric(secure, "vecgate_protocol_errors_total")
    with plain_peer(secure) as sock:
        secured = secure.tls.wrap_socket(sock, server_hostname="localhost")
        secured.sendall(HEALTHZ)
        assert read_answer(secured) == (200, WELL)
        raw = socket.socket(fileno=os.dup(secured.fileno()))
        with raw:
            raw.settimeout(PATIENCE_SECONDS)
            raw.sendall(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            with contextlib.suppress(ConnectionError):
                while raw.recv(4096):
                    pass
        secured.close()
    assert metric(secure, "vecgate_protocol_errors_total") == before + 1
    assert is_well(secure)


def test_slow_handshakes_end_and_harm_nobody(tmp_path, authority, here):
    env = here.options() | {"VECGATE_TLS_HANDSHAKE_TIME": "3s"}  # no honest one takes as long
    with Gateway(tmp_path, env, tls=trusting(authority)) as gate, contextlib.ExitStack() as many:
        slow = [many.enter_context(plain_peer(gate)) for _ in range(50)]
        for sock in slow:
            sock.sendall(s_hello()[:50])
        assert all(is_well(gate) for _ in range(20))
        for sock in slow:
            with contextlib.suppress(ConnectionError):
                assert sock.recv(1) == b""
        assert handshakes(gate, "late") == 50


def test_many_handshakes_at_once(secure):
    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        assert all(clients.map(lambda _: is_well(secure), range(200)))
