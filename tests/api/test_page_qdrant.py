"""docs/backends/qdrant.md: its commands and files do what is said, each credential suffices for what is said and for
nothing else, and what it quotes is said. Behind the gateway is Qdrant's API, spoken by a second one, and before that a
guard that knows keys and tokens as Qdrant's documentation has them ("Table of access")."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import http.server
import json
import math
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from gateway import OURS, ROOT, Gateway, binary, closed_port
from native import Native
from pages import Page, can_be_said, is_said, path_of, sentences, shell
from rounds import Round, Stopped

PAGE = Page("docs/backends/qdrant.md")
SECONDS = 60
KEY = "the-key-of-all-keys"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # of Debian's ca-certificates


# ---- who answers in Qdrant's place ----


class Server:
    """Answers (status, content type, body) to (method, path, headers, body)."""

    def __init__(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, kind, text = answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

            do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = handle_one

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


OPEN = re.compile(r"/(|healthz|livez|readyz)$")
MANAGES = [("PUT|PATCH|DELETE", r"/collections/[^/]+$")]
WRITES = [
    ("PUT|DELETE", r"/collections/[^/]+/index"),
    ("PUT", r"/collections/[^/]+/points"),
    ("POST", r"/collections/[^/]+/points/(delete|payload|vectors/delete|batch)"),
]


def right_of(method, path):
    """What Qdrant wants for it: m, rw or r."""
    for right, rows in (("m", MANAGES), ("rw", WRITES)):
        if any(re.fullmatch(methods, method) and re.match(place, path.split("?")[0]) for methods, place in rows):
            return right
    return "r"


def unpad(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def access_of(credential):
    """What it may, as the claim of a token; None: it is not known."""
    if credential == KEY:
        return "m"
    with contextlib.suppress(ValueError, TypeError):
        head, claims, sign = credential.split(".")
        good = hmac.new(KEY.encode(), f"{head}.{claims}".encode(), hashlib.sha256).digest()
        claims = json.loads(unpad(claims))
        if hmac.compare_digest(unpad(sign), good) and claims.get("exp", math.inf) > time.time():
            return claims["access"]
    return None


def may(access, method, path):
    right = right_of(method, path)
    if isinstance(access, str):
        return access == "m" or right == "r"
    place = re.match(r"/collections/([^/?]+)", path)
    if place is None:
        return right == "r"  # the list, of which it sees its own
    return any(row["collection"] == place[1] and (right == "r" or right == row["access"] == "rw") for row in access)


def denied(status, text):
    return status, "application/json", json.dumps({"status": {"error": text}, "time": 0}).encode()


@pytest.fixture(scope="module")
def guarded(embedded):
    """Qdrant with a key. What comes through goes to the second vecgate."""

    def answer(method, path, headers, body):
        if not OPEN.match(path):
            access = access_of(headers.get("api-key", ""))
            if access is None:
                return 401, "text/plain", b"Invalid API key or JWT"
            if not may(access, method, path):
                return denied(403, "Forbidden: Access to this operation is required")
        with contextlib.closing(http.client.HTTPConnection(embedded.address, timeout=SECONDS)) as host:
            host.request(method, path, body, {"content-type": "application/json"} if body else {})
            answer = host.getresponse()
            return answer.status, answer.getheader("content-type"), answer.read()

    with Server(answer) as server:
        yield server


def before(folder, url, key=None):
    env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": url} | ({"QDRANT_API_KEY": key} if key else {})
    return Gateway(folder, env, ready="/livez")


# ---- commands and files ----


def test_it_is_set_up_in_a_minute(guarded, tmp_path):
    *lines, last = PAGE.blocks["quick"].splitlines()
    command, flag, address = last.rsplit(" ", 2)
    assert (command, flag) == ("vecgate serve", "--listen")
    text = "\n".join(lines).replace("http://127.0.0.1:6333", guarded.url).replace("the-key", KEY)
    said = shell(f"{text}\nenv -0", tmp_path, PATH=path_of(tmp_path, binary()))
    good, _, env = said.partition("\n")
    assert good.startswith("the configuration is good: backend qdrant,")
    env = dict(line.split("=", 1) for line in env.split("\0") if line.startswith(OURS))
    assert len(env) == 3
    with Gateway(tmp_path / "gate", env) as gate:
        health, collections = PAGE.blocks["health"].replace(address, gate.address).splitlines()
        assert f"`{shell(health, tmp_path).strip()}` is the first answer" in PAGE.text
        assert json.loads(shell(collections, tmp_path))["status"] == "ok"
        Round(gate, "minute").whole()


def test_the_file_is_as_good(guarded, tmp_path):
    (tmp_path / "key").write_text(KEY + "\n")
    text = PAGE.blocks["file"].replace("/run/secrets/qdrant", str(tmp_path / "key"))
    text = text.replace("https://qdrant.internal:6333", guarded.url).replace("/etc/ssl/private-ca.pem", AUTHORITIES)
    (tmp_path / "vecgate.yaml").write_text(text)
    assert shell("vecgate check --config vecgate.yaml", tmp_path, PATH=path_of(tmp_path, binary()))
    with Gateway(tmp_path / "gate", arguments=["--config", tmp_path / "vecgate.yaml"]) as gate:
        Round(gate, "file").whole()


# ---- tenants ----


def keyed(gate, name):
    """One collection with one point, by one tenant's key, and what it then sees."""

    def call(method, path, body=None):
        with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=SECONDS)) as host:
            host.request(method, path, body and json.dumps(body), {"api-key": f"the-key-of-the-{name}"})
            answer = json.loads(host.getresponse().read())
            assert answer["status"] == "ok", answer
            return answer["result"]

    call("PUT", "/collections/page", {"vectors": {"size": 2, "distance": "Dot"}, "sparse_vectors": {"s": {}}})
    call("PUT", "/collections/page/points?wait=true", {"points": [{"id": 1, "vector": [1, 0], "payload": {"of": name}}]})
    return call


@pytest.mark.parametrize("isolation", ["filter", "collection"])
def test_tenants_are_kept_apart_as_is_said(embedded, tmp_path, isolation):
    text = PAGE.blocks["tenants"].replace("https://qdrant.internal:6333", embedded.url)
    text = text.replace("isolation: filter", f"isolation: {isolation}")
    (tmp_path / "vecgate.yaml").write_text(text)
    env = {"SHOP_KEY": "the-key-of-the-shop", "WIKI_KEY": "the-key-of-the-wiki"}
    with Gateway(tmp_path / "gate", env, ["--config", tmp_path / "vecgate.yaml"], ready="/livez") as gate:
        tenants = {name: keyed(gate, name) for name in ("shop", "wiki")}
        for name, call in tenants.items():
            page = call("POST", "/collections/page/points/scroll", {"with_payload": True})
            assert [(p["id"], p["payload"]) for p in page["points"]] == [(1, {"of": name})]
        there = Native(embedded).good("GET", "/collections")["result"]["collections"]
        own = [c["name"] for c in there if re.fullmatch(r"vg~own\..*\.page", c["name"])]
        assert isolation == "collection" or any(c["name"].startswith("vg~shared.") for c in there)
        assert sorted(own) == ([] if isolation == "filter" else ["vg~own.shop.page", "vg~own.wiki.page"])
        for call in tenants.values():
            call("DELETE", "/collections/page")


def test_what_is_said_of_shared_collections_can_be():
    refusal = re.search(r"refused: `([^`]+)`", PAGE.text)[1]
    assert can_be_said(refusal, list(sentences("adapters/vector/qdrant")))
    for key in re.findall(r"`(vg-\w+)`", PAGE.text):
        assert key in (ROOT / "adapters/vector/qdrant/shared.h").read_text()


# ---- rights ----


def token(claims):
    part = lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")  # noqa: E731
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (text + b"." + part(hmac.new(KEY.encode(), text, hashlib.sha256).digest())).decode()


# what each row of the page's table suffices for: the round's steps, of which another may stop it
SUFFICES = {
    '"m"': {"make", "fill", "look", "change", "drop"},
    '[{"collection": "docs", "access": "rw"}]': {"fill", "look", "change"},
    '[{"collection": "docs", "access": "r"}]': {"look"},
    '"r"': {"look"},
}


@pytest.mark.parametrize("access", SUFFICES)
def test_a_credential_suffices_for_what_is_said(guarded, embedded, tmp_path, access):
    assert [row[1].strip("`") for row in PAGE.tables["rights"]] == list(SUFFICES)
    with before(tmp_path, guarded.url, token({"access": json.loads(access)})) as gate:
        assert Native(gate).good("GET", "/v1/health")["status"] == "ok"
        for step in ("make", "fill", "look", "change", "drop"):
            if step in SUFFICES[access]:
                getattr(Round(gate), step)()
                continue
            with pytest.raises(Stopped) as stopped:
                getattr(Round(gate), step)()
            assert is_said("Qdrant refused the gateway's api_key with 403", stopped.value.said)
            assert stopped.value.status == 500
            getattr(Round(embedded), step)()  # by somebody who may
    assert Native(embedded).call("GET", "/collections/docs").status == 404


def test_the_token_of_the_page_is_one(guarded, embedded, tmp_path):
    made = subprocess.run([sys.executable, "-c", PAGE.blocks["token"]], env={"QDRANT_SECRET": KEY}, capture_output=True, text=True)
    assert (made.returncode, made.stderr) == (0, "")
    assert access_of(made.stdout.strip()) == json.loads(list(SUFFICES)[1])
    Round(embedded).make()
    with before(tmp_path, guarded.url, made.stdout.strip()) as gate:
        Round(gate).fill().look().change()
        assert made.stdout.strip() not in gate.log()
    Round(embedded).drop()


@pytest.mark.parametrize("key", [None, "another", token({"access": "m", "exp": 1})], ids=["none", "wrong", "expired"])
def test_a_credential_that_is_not_good_makes_it_unready(guarded, tmp_path, key):
    with before(tmp_path, guarded.url, key) as gate:
        answer = Native(gate).call("GET", "/v1/health")
        assert (answer.status, answer.json["status"]) == (503, "unauthorised")
        assert is_said("Qdrant refused the gateway's api_key with 401", answer.json["detail"])


# ---- trouble ----

CHECKED = {
    "is where this gateway itself listens": {},
    "port 6334 is where Qdrant speaks gRPC": {"QDRANT_URL": "http://qdrant.internal:6334"},
    "is a blank or a control character": {"QDRANT_URL": "http://qdrant.internal:6333", "QDRANT_API_KEY": "a key"},
}


@pytest.mark.parametrize("saying", CHECKED)
def test_what_cannot_be_is_told(saying):
    env = {"PATH": os.environ["PATH"], "VECTOR_BACKEND": "qdrant"} | CHECKED[saying]
    done = subprocess.run([binary(), "check"], env=env, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1 and saying in done.stderr


def page(status, text, ready=200):
    """Somebody else's answer, to everything but whether it is ready."""
    return lambda method, path, headers, body: (ready if path == "/readyz" else status, "text/html", text)


MET = {
    "there is no such path: is `url` that of a Qdrant, 1.10 or newer?": page(404, b"<html>not here</html>", 404),
    "it does not say its version; is `url` that of a Qdrant?": page(200, b"{}"),
    "Qdrant … is too old": page(200, b'{"title":"qdrant - vector search engine","version":"1.9.7"}'),
    "Qdrant is up but not ready: some shards are not loaded": page(200, b"", 503),
    "Qdrant answered 502": page(502, b"<html>bad gateway</html>"),
    "Qdrant's answer is not JSON": page(200, b"<html>hello</html>"),
}
UNREACHED = {
    "the backend's name could not be looked up": "http://nowhere.invalid:6333",
    "the backend could not be connected to": "http://127.0.0.1:{}",
    "no secure connection to the backend could be made": "https",
}


@pytest.mark.parametrize("saying", MET)
def test_trouble_is_told(tmp_path, saying):
    with Server(MET[saying]) as server, before(tmp_path, server.url) as gate:
        answer = Native(gate).call("GET", "/v1/health")
        assert answer.status == 503 and is_said(saying, answer.json["detail"]), answer


@pytest.mark.parametrize("saying", UNREACHED)
def test_who_is_not_reached_is_told(guarded, tmp_path, saying):
    url = UNREACHED[saying].format(closed_port())
    with before(tmp_path, guarded.url.replace("http", "https") if url == "https" else url) as gate:
        answer = Native(gate).call("GET", "/v1/health")
        assert answer.status == 503 and is_said(saying, answer.json["detail"]), answer


def test_all_trouble_that_is_told_can_be():
    known = list(sentences("adapters/vector/qdrant", "src/transport", "src/call", "src/config"))
    sayings = PAGE.sayings("trouble")
    assert [saying for saying in sayings if not can_be_said(saying, known)] == []
    assert {*CHECKED, *MET, *UNREACHED} <= set(sayings)
    assert not can_be_said("this is said by nobody", known)


def test_what_is_to_be_watched_is_there():
    assert "`vecgate_breaker_state`" in PAGE.text and PAGE.metrics_that_are_none() == []
