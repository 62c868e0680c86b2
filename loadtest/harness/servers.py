"""What is measured: vecgate, and nginx as its peer. Each on the servers' core and a port of its own,
stopped by whoever started it."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
from gateway import Gateway, GatewayError, binary, free_port  # noqa: E402,F401: also for the rows

from .process import HERE, SERVER_CORE, on_core  # noqa: E402

ANSWER_SECONDS = 60  # an answer that takes longer is a failure


class Wrong(Exception):
    """A server said something it should not have, or nothing at all."""


class Vecgate(Gateway):
    """A vecgate on the servers' core."""

    @property
    def pid(self):
        return self.process.pid

    @property
    def pids(self):
        return [self.pid]

    def _spawn(self):
        with on_core(SERVER_CORE):
            super()._spawn()

    def start_and_time(self, asks):
        """Starts it and answers the seconds until `asks(address)` is true; not ready before does not matter."""
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        begin = time.perf_counter()
        self._spawn()
        try:
            while not asks(self.address):
                if self.process.poll() is not None or time.perf_counter() - begin > ANSWER_SECONDS:
                    raise GatewayError(f"vecgate gave no answer\n{self.log()}")
                time.sleep(0.0002)
        except BaseException:
            self.kill()
            raise
        return time.perf_counter() - begin


class Elsewhere:
    """A server that somebody else runs; what it takes of its machine is not seen."""

    def __init__(self, url):
        self.url = url.rstrip("/")
        self.address = urllib.parse.urlsplit(url).netloc
        self.pids = []


class Nginx:
    """nginx with a configuration of loadtest/peers, writing to `folder` only."""

    def __init__(self, folder, conf):
        self.folder = pathlib.Path(folder)
        self.conf = HERE / "peers" / conf
        self.process = None
        self.port = free_port()

    @staticmethod
    def program():
        return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")

    @property
    def pid(self):
        return self.process.pid

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        conf = self.folder / "nginx.conf"
        conf.write_text(self.fill(self.conf.read_text()))
        with open(self.folder / "stderr.txt", "wb") as stderr, on_core(SERVER_CORE):
            self.process = subprocess.Popen(
                self.command(conf), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr)
        self._wait()
        return self

    def command(self, conf):
        return [self.program(), "-p", self.folder, "-c", conf]

    def fill(self, text):
        return text.replace("@FOLDER@", str(self.folder)).replace("@PORT@", str(self.port))

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _wait(self):
        end = time.monotonic() + 10
        while time.monotonic() < end and self.process.poll() is None:
            if answers(self.address):
                return
            time.sleep(0.01)
        self.__exit__()
        raise Wrong(f"{self.conf.name}: did not start\n{(self.folder / 'stderr.txt').read_text()}")


def answers(address, path="/healthz"):
    """Does it answer 200 now?"""
    with contextlib.suppress(OSError, http.client.HTTPException):
        host = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
        with contextlib.closing(host):
            host.request("GET", path)
            answer = host.getresponse()
            answer.read()
            return answer.status == 200
    return False


class Client:
    """Qdrant's REST API over one kept connection; whatever is not a 200 is raised."""

    def __init__(self, address, headers=None):
        self.host = http.client.HTTPConnection(address, timeout=ANSWER_SECONDS)
        self.headers = headers or {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.host.close()

    def ask(self, method, path, body=None):
        """`body` is a value, or text that is JSON already."""
        said = self.ask_plainly(method, path, body)
        return said["result"] if isinstance(said, dict) else said

    def ask_plainly(self, method, path, body=None):
        """Without the wrapper that Qdrant's answers have."""
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        self.host.request(method, path, text, self.headers | ({"Content-Type": "application/json"} if text else {}))
        answer = self.host.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise Wrong(f"{method} {path}: {answer.status} {data[:300]!r}")
        return json.loads(data) if data[:1] == b"{" else data

    def create(self, name, dimensions, **settings):
        self.ask("PUT", f"/collections/{name}", {"vectors": {"size": dimensions, "distance": "Cosine"}} | settings)

    def drop(self, name):
        self.ask("DELETE", f"/collections/{name}")

    def count(self, name):
        return self.ask("POST", f"/collections/{name}/points/count", {"exact": True})["count"]
