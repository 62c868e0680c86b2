"""`vecgate check --isolation`: it finds nothing on every backend, beside a gateway that is in use, and takes away what it
made; and it finds a backend that forgets whose points are meant."""
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/contract"), str(ROOT / "tests/support")]
from backends import BACKENDS, Servers  # noqa: E402
from gateway import OURS, Gateway, binary  # noqa: E402

SECONDS = 120
PROBES = 21


@pytest.fixture(scope="session")
def servers():
    with Servers() as servers:
        yield servers


def check(folder, env):
    """Its exit status, and the verdicts by what was asked; the last line comes by itself."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | env
    done = subprocess.run([binary(), "check", "--isolation", "--data", folder], env=own, capture_output=True, text=True, timeout=SECONDS)
    lines = done.stdout.splitlines()[1:]
    return done.returncode, [line.split("  ", 1)[0] for line in lines[:-1]], done.stdout + done.stderr


@pytest.mark.xdist_group("isolation")
@pytest.mark.parametrize("name", BACKENDS)
def test_nothing_is_found_and_nothing_is_left(name, servers, tmp_path):
    with BACKENDS[name](tmp_path / "behind", servers) as place, contextlib.ExitStack() as used:
        env = place()
        if name != "embedded":  # its store belongs to one process
            used.enter_context(Gateway(tmp_path / "used", env))
        for _ in range(2):
            status, verdicts, said = check(tmp_path / "data", env)
            assert (status, verdicts) == (0, ["ok"] * PROBES), said
        left = tmp_path / "data" / "tenants"
        assert not left.exists() or not list(left.iterdir()), "stores of tenants"
        if "QDRANT_URL" in env:
            assert points_left(env["QDRANT_URL"]) == 0


def ask(address, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(address, timeout=SECONDS)) as host:
        host.request(method, path, body)
        answer = host.getresponse()
        return answer.status, answer.read()


def points_left(url):
    address = url.removeprefix("http://")
    names = json.loads(ask(address, "GET", "/collections")[1])["result"]["collections"]
    counts = [json.loads(ask(address, "POST", f"/collections/{one['name']}/points/count", "{}")[1])["result"]["count"] for one in names]
    return sum(counts)


def test_a_store_that_is_in_use_is_said(tmp_path):
    with Gateway(tmp_path) as gate:
        status, _, said = check(gate.data, {})
    assert status == 1 and str(gate.data) in said, said


@contextlib.contextmanager
def forgetful(upstream):
    """A Qdrant that reads every point, whatever filter is given."""

    class Forgetful(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            if body and self.path.split("?")[0].endswith(("/query", "/scroll", "/count")):
                body = json.dumps({name: value for name, value in json.loads(body).items() if name != "filter"}).encode()
            status, text = ask(upstream.address, self.command, self.path, body or None)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = do

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Forgetful) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_backend_that_forgets_is_found(tmp_path):
    with Gateway(tmp_path / "upstream") as upstream, forgetful(upstream) as url:
        status, verdicts, said = check(tmp_path / "data", {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": url})
    assert status == 1 and "LEAK       how many points\n" in said and "\nqdrant: tenants see what others have\n" in said, said
    assert verdicts.count("LEAK") == 2 and "could not" in verdicts, said
