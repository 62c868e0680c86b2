"""A gateway of several workers, seen from outside: who they are, and which of them has a connection."""
import contextlib
import http.client
import json
import os
import pathlib
from patience import eventually
import re
import select
import signal

from gateway import Gateway

SECONDS = 60
SOCKET = re.compile(r"socket:\[(\d+)\]")


class Lost(Exception):
    """The worker that took the connection died before it was known which one that was."""


class Client:
    """One connection, kept open, and the worker that has it."""

    def __init__(self, group):
        self.group = group
        self.host = http.client.HTTPConnection(group.address, timeout=SECONDS)
        self.host.connect()
        self.worker = None
        eventually(self._is_taken, "a worker takes the connection")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.host.close()

    def ask(self, method, path, body=None):
        """Status, text, headers."""
        self.host.request(method, path, json.dumps(body) if body is not None else None)
        answer = self.host.getresponse()
        return answer.status, answer.read().decode(), answer.headers

    def status(self, method, path, body=None):
        return self.ask(method, path, body)[0]

    def _is_taken(self):
        if self._is_over():
            raise Lost()
        inode = self._inode()
        for pid in self.group.workers():
            with contextlib.suppress(OSError):
                if inode in inodes(pid):
                    self.worker = pid
        return self.worker is not None

    def _is_over(self):
        """Nothing was asked: whatever comes is the end."""
        return bool(select.select([self.host.sock], [], [], 0)[0])

    def _inode(self):
        """Of the gateway's end."""
        mine = self.host.sock.getsockname()[1]
        with open("/proc/net/tcp") as table:
            for line in list(table)[1:]:
                row = line.split()
                here, there = (int(row[i].rpartition(":")[2], 16) for i in (1, 2))
                if (here, there) == (self.group.port, mine):
                    return row[9]
        return None


def inodes(pid):
    found = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            match = SOCKET.match(os.readlink(f"/proc/{pid}/fd/{fd}"))
            found |= {match[1]} if match else set()
    return found


class Group(Gateway):
    """`count` workers under a supervisor, whose pid is that of `process`."""

    def __init__(self, folder, env, count=2, arguments=(), **more):
        super().__init__(folder, env | {"VECGATE_WORKERS": str(count)}, arguments, **more)
        self.count = count
        self.headers = {}  # of who asks for metrics

    def start(self):
        super().start()
        eventually(lambda: len(self.workers()) == self.count, "all workers are there")
        eventually(lambda: self.metric("workers") == self.count, "all workers serve")
        return self

    def workers(self):
        pid = self.process.pid
        with contextlib.suppress(OSError):
            return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def one_at_each(self):
        """A client at each worker."""
        clients = {}
        while len(clients) < self.count:
            client = Client(self)
            if client.worker in clients:
                client.close()
            clients.setdefault(client.worker, client)
        return list(clients.values())

    def kill_worker(self, pid):
        """As a crash would; answers when another one serves in its place."""
        deaths = self.metric("worker_deaths_total")
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: self.metric("worker_deaths_total") > deaths, "its death is seen")
        eventually(lambda: self.metric("workers") == self.count, "another one serves")
        assert pid not in self.workers()

    def metric(self, name, labels=""):
        """Summed over what has these labels. Asked by a connection of its own, of any worker."""
        return value(self.metrics(), name, labels)

    def metrics(self):
        with contextlib.closing(self.connect(SECONDS)) as host:
            host.request("GET", "/metrics", headers=self.headers)
            return host.getresponse().read().decode()


def value(text, name, labels=""):
    rows = re.findall(rf"^vecgate_{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
    return sum(float(number) for words, number in rows if labels in words)
