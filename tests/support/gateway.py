#!/usr/bin/env python3
"""Starts a vecgate for a test, a benchmark or the demo, on a free port with a folder of its own.

As a module:

    with Gateway(folder, env={"VECTOR_BACKEND": "qdrant"}) as gate:
        ... gate.url ...        # leaving asserts a clean end

As a program: runs a command with a fresh vecgate beside it, whose address is in $VECGATE_URL.

    gateway.py COMMAND [ARGUMENT...]

The binary is $VECGATE, or build/vecgate.
"""
import contextlib
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY_SECONDS = 60  # a sanitizer build on a busy machine
STOP_SECONDS = 70  # a drain may take 30
POLL_SECONDS = 0.02

# What a sanitizer prints when it has found something.
REPORT = re.compile(r"(Address|Leak|Thread|Memory|UndefinedBehavior)Sanitizer|runtime error: ")

# Options that the caller's environment must not slip into a test.
OURS = ("VECGATE_", "VECTOR_", "QDRANT_", "PGVECTOR_", "OTEL_")


class GatewayError(Exception):
    """vecgate did not start, did not answer, or did not end as it should; with its last words."""


def binary():
    path = pathlib.Path(os.environ.get("VECGATE", "build/vecgate"))
    path = path if path.is_absolute() else ROOT / path
    if not os.access(path, os.X_OK):
        raise GatewayError(f"no vecgate at {path}: build it, or set VECGATE")
    return path


unheard = []  # bound, and never listening


def closed_port():
    """A port that nobody listens on, nor will as long as this process lives."""
    unheard.append(socket.socket())
    unheard[-1].bind(("127.0.0.1", 0))
    return unheard[-1].getsockname()[1]


def free_port():
    """A port nobody listens on now. Somebody may take it before we do: the starter tries again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


unheard = []  # bound, and never listening


def closed_port():
    """A port that nobody listens on, nor will as long as this process lives."""
    unheard.append(socket.socket())
    unheard[-1].bind(("127.0.0.1", 0))
    return unheard[-1].getsockname()[1]


def listens(process, port):
    """Does this process listen there itself? Another may have got the port before it, and answer in its place."""
    rows = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()]
    sockets = {f"socket:[{row[9]}]" for row in rows if row[1] == f"0100007F:{port:04X}" and row[3] == "0A"}
    with contextlib.suppress(OSError):  # it has just ended, or closed one
        return any(os.readlink(one) in sockets for one in pathlib.Path(f"/proc/{process.pid}/fd").iterdir())
    return False


class Gateway:
    """One running vecgate. `folder` (made if need be) keeps its data and what it writes to stderr."""

    def __init__(self, folder, env=None, arguments=(), ready="/readyz", tls=None):
        """`ready`: what is answered 200 when it may be used; "/livez" if its backend is not there.
        `tls`: the ssl.SSLContext to ask with, if it serves HTTPS."""
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.stderr = self.folder / "stderr.txt"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | (env or {})
        self.arguments = list(arguments)
        self.ready = ready
        self.tls = tls
        self.process = None
        self.port = None

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.address}"

    def connect(self, timeout=READY_SECONDS):
        """A fresh http.client connection."""
        if self.tls:
            return http.client.HTTPSConnection(self.address, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection(self.address, timeout=timeout)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind is None:
            self.stop()
        else:
            self.kill()  # the test's own error is the one to show

    def start(self):
        """Starts it and returns once it says that it is ready. A port lost to another is replaced."""
        self.data.mkdir(parents=True, exist_ok=True)
        for attempt in range(3):
            self.port = free_port()
            self._spawn()
            if self._wait_until_ready():
                return self
            if self.process.poll() is None or "in use" not in self.log():
                break
        said = f"ended with {self.process.returncode}" if self.process.poll() is not None else "is silent"
        self.kill()
        raise GatewayError(f"vecgate {said}, not ready at {self.url}\n{self.log()}")

    def stop(self):
        """Asks it to end, as an operator would, and asserts that it did so cleanly."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise GatewayError(f"vecgate went on for {STOP_SECONDS} s after SIGTERM\n{self.log()}") from None
        self.process = None
        if code != 0:
            raise GatewayError(f"vecgate ended with {code} after SIGTERM\n{self.log()}")
        if REPORT.search(self.log()):
            raise GatewayError(f"a sanitizer complained\n{self.log()}")

    def kill(self):
        """Ends it and its workers at once, as a power cut would. Its data stay; start() continues them."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # the group it leads holds only its workers
            self.process.wait()
            self.process = None

    def log(self, most=1 << 24):
        """What it wrote to stderr, and of very much the end: a line that is waited for may have many behind it."""
        return self.stderr.read_text(errors="replace")[-most:] if self.stderr.exists() else ""

    def line(self, *parts):
        """The first line of its log that has all of these; it is written soon after the answer was sent."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            for line in self.log().splitlines():
                if all(part in line for part in parts):
                    return line
            time.sleep(POLL_SECONDS)
        raise GatewayError(f"no line has {parts}\n{self.log(20_000)}")

    def _spawn(self):
        command = [binary(), "serve", "--data", self.data, "--listen", self.address, *self.arguments]
        with open(self.stderr, "ab") as stderr:
            self.process = subprocess.Popen(
                command,
                env=self.env,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,
            )

    def _wait_until_ready(self):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                with contextlib.closing(self.connect()) as host:
                    host.request("GET", self.ready)
                    answer = host.getresponse()
                    answer.read()
                    if answer.status == 200 and listens(self.process, self.port):
                        return True
            time.sleep(POLL_SECONDS)
        return False


def main(command):
    if not command:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="vecgate-") as folder:
        try:
            with Gateway(folder) as gate:
                return subprocess.run(command, env=os.environ | {"VECGATE_URL": gate.url}).returncode
        except GatewayError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
