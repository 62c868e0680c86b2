"""No secret is in any log: each secret option of the option table and each header that bears one is thrown at a gateway
whose logs tell all they can, through requests that are good, wrong and failing, on backends that are well, refuse and are
not there. Then its bytes are looked for, as they are and as they would be written.

A new secret option is thrown as it stands in the table, without a line here."""
import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import urllib.parse

import pytest

from certs import Authority, openssl
from gateway import Gateway, binary, closed_port, free_port
from group import Group, eventually
from native import segment
from postgres import PASSWORD, Postgres
from test_access import token

SECONDS = 30
PASSPHRASE = "tls.passphrase"
LOUD = ["--set", "log.level=debug", "--set", "log.slow=1ms"]


def canary(what):
    """A secret that nothing else has, and that looks different however it is written."""
    return f"{what.replace(' ', '-')}+/%{secrets.token_hex(12)}=@~"


def forms(secret):
    """Its bytes, and those that any way to write it leaves of it."""
    plain = secret.encode()
    found = {plain, plain.hex().encode(), plain.hex().upper().encode(), json.dumps(secret)[1:-1].encode()}
    found |= {urllib.parse.quote(secret, safe=safe).encode() for safe in ["", "/", "/@=~", "@"]}
    found.add(urllib.parse.quote_plus(secret).encode())
    for shift in range(3):  # inside of something longer: but for its ends, which depend on what is beside it
        for encode in [base64.b64encode, base64.urlsafe_b64encode]:
            found.add(encode(b"\0" * shift + plain)[4 if shift else 0 : -4])
    return found


class Watch:
    """The secrets of a test, and the logs that none of them may be in."""

    def __init__(self):
        self.secrets, self.logs = {}, []

    def secret(self, what):
        return self.secrets.setdefault(what, canary(what.rpartition(".")[2].replace("_", "")))

    def known(self, what, value):
        self.secrets[what] = value
        return value

    def check(self):
        for log in self.logs:
            text = log.read_bytes()
            assert text, f"{log} has nothing: what was looked for could not be there"
            for what, secret in self.secrets.items():
                for form in forms(secret):
                    at = text.find(form)
                    assert at < 0, f"{what} is in {log.name}: …{text[max(0, at - 200) : at + 100]!r}"


def secret_options(folder):
    """Of the option table, as the command itself writes it: name and variable."""
    subprocess.run([binary(), "docs", folder], check=True, timeout=SECONDS)
    rows = re.findall(r"^\| `([^`]+)` \| secret \|[^|]*\| `([^`]+)`", next(pathlib.Path(folder).rglob("options.md")).read_text(), re.M)
    assert len(rows) >= 12
    return dict(rows)


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    return secret_options(tmp_path_factory.mktemp("docs"))


@pytest.fixture
def watch():
    watch = Watch()
    yield watch
    watch.check()


def test_what_is_looked_for_would_be_found():
    secret = canary("x")
    for text in [f"key={secret}", urllib.parse.quote(secret, safe=""), base64.b64encode(f"user:{secret}".encode()).decode(),
                 base64.urlsafe_b64encode(f"ab{secret}c".encode()).decode(), secret.encode().hex(), json.dumps({"a": secret})]:
        assert any(form in text.encode() for form in forms(secret)), text


# ---- what is thrown ----


# What a secret must look like to be one
SHAPES = {"traces.headers": lambda secret: f"x-key={urllib.parse.quote(secret, safe='')}"}


def value(watch, name):
    return SHAPES.get(name, str)(watch.secret(name))


def values(watch, options, **given):
    """A value for each secret option but that of TLS, which needs a key to open: what is given, else a canary."""
    assert PASSPHRASE in options
    return {variable: given.get(name.replace(".", "_")) or value(watch, name) for name, variable in options.items() if name != PASSPHRASE}


def headers(watch, key=None):
    """One set of headers after the other, each with secrets; the good key among them."""
    basic = base64.b64encode(f"user:{watch.secret('basic')}".encode()).decode()
    signed = token(watch.secret("jwt.secret"), sub="alice")
    watch.known("a good token", signed.rpartition(".")[2])
    wrong = token(watch.secret("another signature"), sub="alice")
    watch.known("a wrong token", wrong.rpartition(".")[2])
    always = {"cookie": f"session={watch.secret('cookie')}", "proxy-authorization": f"Basic {basic}",
              "x-api-key": watch.secret("x-api-key"), "x-auth-token": watch.secret("x-auth-token")}
    yield always
    yield always | {"api-key": watch.secret("a wrong key")}
    yield always | {"authorization": f"Bearer {watch.secret('a wrong bearer')}"}
    yield always | {"authorization": f"Basic {basic}"}
    yield always | {"authorization": f"Digest {watch.secret('digest')}"}
    yield always | {"authorization": f"Bearer {wrong}"}
    yield always | {"authorization": f"Bearer {signed}"}
    yield always | {"api-key": signed[:-2]}
    if key:
        yield always | {"api-key": key}
        yield always | {"api-key": key, "authorization": f"Bearer {watch.secret('beside it')}"}
        yield always | {"authorization": f"Bearer {key}"}


def requests(watch):
    query = urllib.parse.urlencode({"api-key": watch.secret("query key"), "token": watch.secret("query token"),
                                    "access_token": watch.secret("query access token")})
    raw = "api_key=" + watch.secret("raw query key").replace("%", "%25")
    point = {"points": [{"id": 1, "vector": [1, 0]}]}
    return [
        ("GET", "/v1/collections", None),
        ("GET", f"/v1/collections?{query}", None),
        ("GET", f"/collections?{raw}", None),
        ("POST", "/v1/collections", {"name": "shelf", "dimension": 2, "metric": "cosine"}),
        ("POST", f"/v1/collections?{query}", {"name": "shelf", "dimensoin": 2}),
        ("PUT", f"/v1/collections/shelf/points?{query}", point),
        ("PUT", "/collections/shelf/points", {"points": [{"id": 1, "vector": [1]}]}),
        ("POST", f"/v1/collections/shelf/points/search?explain=true&{query}", {"vector": [1, 0]}),
        ("POST", "/v1/collections/shelf/points/search?explain=true", {"vector": [1, 0]}),
        ("POST", "/collections/shelf/points/query", {"query": "no vector"}),
        ("POST", "/v1/aliases", {"actions": [{"create": {"alias": "other", "collection": "shelf"}}]}),
        ("DELETE", f"/v1/collections/none?{raw}", None),
        ("DELETE", "/collections/shelf", None),
        ("GET", f"/nothing/here?{query}", None),
        ("BREW", "/v1/collections", None),
        ("GET", f"/metrics?{query}", None),
        ("GET", "/v1/health", None),
    ]


def ask(gate, method, path, body, head):
    with contextlib.closing(gate.connect(SECONDS)) as host:
        text = None if body is None else json.dumps(body)
        host.request(method, path, text, head | ({"content-type": "application/json"} if text else {}))
        answer = host.getresponse()
        answer.read()
        return answer.status


def malformed(gate, watch):
    """What never becomes a request: secrets where only bytes are read."""
    lines = [
        f"GET /v1/collections HTTP/1.1\r\nhost: x\r\napi-key : {watch.secret('blank before the colon')}\r\n\r\n",
        f"GET /v1/collections HTTP/9.9\r\nhost: x\r\nauthorization: Bearer {watch.secret('wrong version')}\r\n\r\n",
        f"GET /v1/coll\x01ections?token={watch.secret('control byte')} HTTP/1.1\r\nhost: x\r\n\r\n",
        f"GET / HTTP/1.1\r\nhost: x\r\ncookie: {watch.secret('too long')}{'x' * 40000}\r\n\r\n",
        f"GET /v1/collections HTTP/1.1\r\nhost: x\r\napi-key: {watch.secret('one key')}\r\napi-key: {watch.secret('another key')}\r\n\r\n",
        f"POST /v1/collections HTTP/1.1\r\nhost: x\r\napi-key: {watch.secret('cut off')}\r\ncontent-length: 100\r\n\r\n{{",
    ]
    for line in lines:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", gate.port), timeout=SECONDS) as peer:
            peer.sendall(line.encode())
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(65536):
                pass


def throw_all(gate, watch, key=None):
    """Everything; answers how often each status came."""
    statuses = set()
    for head in headers(watch, key):
        statuses |= {ask(gate, *request, head) for request in requests(watch)}
    if not gate.tls:
        malformed(gate, watch)
    return statuses


# ---- who it is thrown at ----


@contextlib.contextmanager
def loud(folder, watch, env, form, kind=Gateway, arguments=(), **more):
    gate = kind(folder, env | {"VECGATE_LOG_FORM": form}, arguments=[*LOUD, *arguments], **more)
    watch.logs.append(gate.stderr)
    with gate:
        yield gate


FORMS = ["json", "text"]


@pytest.mark.parametrize("form", FORMS)
def test_on_its_own_store(tmp_path, watch, options, form):
    env = values(watch, options)
    with loud(tmp_path, watch, env, form) as gate:
        statuses = throw_all(gate, watch, env["VECGATE_CREDENTIALS_API_KEY"])
        assert {200, 201, 400, 401, 404} <= statuses
        assert ask(gate, "POST", "/v1/collections", {"name": "x", "dimension": 2}, {"api-key": env["VECGATE_CREDENTIALS_READ_ONLY_KEY"]}) == 403


def test_in_a_file_and_as_a_list_of_keys(tmp_path, watch):
    rows = [{"name": name, "key": watch.secret(name), "rights": "manage"} for name in ["one", "two"]]
    log = tmp_path / "log"
    watch.logs.append(log)
    with loud(tmp_path, watch, {"VECGATE_CREDENTIALS_KEYS": json.dumps(rows)}, "json", arguments=["--set", f"log.file={log}"]) as gate:
        assert 200 in throw_all(gate, watch, rows[1]["key"])


@pytest.mark.parametrize("how, form", [("well", "text"), ("refusing", "json"), ("away", "json"), ("behind a proxy that is away", "json")])
def test_before_qdrant(tmp_path, watch, options, how, form):
    theirs = watch.secret("their key")
    behind = loud(tmp_path / "behind", watch, {"VECGATE_CREDENTIALS_API_KEY": theirs}, form)
    with behind as backend:
        ours = theirs if how == "well" else watch.secret("not their key")
        url = f"http://127.0.0.1:{closed_port()}" if how == "away" else backend.url
        quoted = urllib.parse.quote(watch.secret("proxy"), safe="")
        proxy = f"http://user:{quoted}@127.0.0.1:{closed_port()}" if "proxy" in how else None
        env = values(watch, options, vector_qdrant_api_key=ours, vector_qdrant_proxy=proxy)
        if not proxy:
            del env[options["vector.qdrant.proxy"]]
        env |= {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": url}
        with loud(tmp_path, watch, env, form, ready="/livez") as gate:
            statuses = throw_all(gate, watch, env["VECGATE_CREDENTIALS_API_KEY"])
    assert statuses & ({200} if how == "well" else {500, 502, 503})


@pytest.mark.parametrize("how", ["well", "refusing", "away"])
def test_before_postgres(tmp_path, watch, options, how):
    password = watch.known("their password", PASSWORD)
    quoted = urllib.parse.quote(password, safe="")
    with Postgres() as server:
        if how == "refusing":
            quoted = urllib.parse.quote(watch.secret("not their password"), safe="")
        port = closed_port() if how == "away" else server.port
        url = f"postgresql://gate:{quoted}@127.0.0.1:{port}/postgres"
        given = {f"vector_pgvector_{name}": url for name in ["connection_string", "direct_url", "replicas"]}
        env = values(watch, options, **given)
        del env[options["vector.pgvector.password"]]
        env |= {"VECTOR_BACKEND": "pgvector"}
        with loud(tmp_path, watch, env, "json", ready="/livez") as gate:
            statuses = throw_all(gate, watch, env["VECGATE_CREDENTIALS_API_KEY"])
        if how == "well":  # with the password beside the URL
            env |= {name: f"postgresql://gate@127.0.0.1:{port}/postgres" for name in map(options.get, map("vector.pgvector.{}".format, ["connection_string", "direct_url", "replicas"]))}
            env[options["vector.pgvector.password"]] = password
            with loud(tmp_path / "beside", watch, env, "text") as gate:
                assert 200 in throw_all(gate, watch, env["VECGATE_CREDENTIALS_API_KEY"])
    assert statuses & ({200} if how == "well" else {500, 502, 503})


def test_workers_and_a_reload(tmp_path, watch, options, embedded):
    """A configuration is read again with other secrets, and with wrong ones: what has changed is told, not to what."""
    file = tmp_path / "vecgate.yaml"

    def write(key, more=""):
        file.write_text(f"log: {{level: debug, form: json, slow: 1ms}}\ncredentials:\n  api_key: {json.dumps(watch.secret(key))}\n{more}"
                        f"vector:\n  backend: qdrant\n  qdrant: {{url: {embedded.url}}}\n")

    write("first key")
    gate = Group(tmp_path, {}, arguments=["--config", str(file)], ready="/livez")
    gate.metric = lambda *_: gate.count  # of no concern here, and /metrics wants a key
    watch.logs.append(gate.stderr)
    with gate:
        head = {"api-key": watch.secret("first key")}
        assert ask(gate, "GET", "/v1/collections", None, head) == 200
        write("second key", "  read_only_key: short\n")
        watch.known("short key", "a-key-that-is-not-short")
        os.kill(gate.process.pid, signal.SIGHUP)
        gate.line("read_only_key")
        write("second key")
        os.kill(gate.process.pid, signal.SIGHUP)
        head = {"api-key": watch.secret("second key")}
        eventually(lambda: all(ask(gate, "GET", "/v1/collections", None, head) == 200 for _ in range(8)), "the second key is good")
        throw_all(gate, watch, watch.secret("second key"))


@pytest.mark.parametrize("is_right", [True, False])
def test_a_key_that_is_encrypted(tmp_path, watch, is_right):
    authority = Authority(tmp_path / "ca")
    phrase = watch.secret("passphrase")
    key = tmp_path / "locked.key"
    openssl("pkcs8", "-topk8", "-in", authority.own.key, "-out", key, "-passout", f"pass:{phrase}")
    given = phrase if is_right else watch.secret("wrong passphrase")
    log = tmp_path / "start.txt"
    watch.logs.append(log)
    process = subprocess.Popen(
        [binary(), "serve", "--data", tmp_path / "data", "--listen", f"127.0.0.1:{free_port()}", *LOUD],
        env=os.environ | {"VECGATE_TLS_CERTIFICATE": str(authority.cert), "VECGATE_TLS_KEY": str(key), "VECGATE_TLS_PASSPHRASE": given},
        stdout=log.open("wb"), stderr=subprocess.STDOUT,
    )
    if is_right:
        eventually(lambda: "serves https" in log.read_text(), "it serves")
        process.terminate()
    assert process.wait(SECONDS) == (0 if is_right else 1)
