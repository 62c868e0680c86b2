"""Memory while a scroll over everything, with payloads and vectors, is read slowly: by one client, and by
four at a time."""
import http.client
import json
import re
import socket
import statistics
import threading
import time

from harness.process import cpu_seconds, memory
from harness.report import figure
from harness.servers import Client, Vecgate, Wrong
from harness.words import COLLECTION

NAME = "slow"
TITLE = "Memory while a scroll is read slowly"
CASES = ((1, "512MiB"), (4, "512MiB"), (4, "2GiB"))  # clients, and `memory.total`: as it is by default, and more
CHUNK = 64 * 1024
RATE = 8 * 2**20  # bytes a second that each client takes
SAMPLE_SECONDS = 0.1
SETTLE_SECONDS = 1
MIB = 2**20
ARENAS = re.compile(rb"^vecgate_arena_bytes(?:\{[^}]*\})? (\d+)", re.M)
ID = b'"id":'


def measure(bench, section):
    words = bench.words(bench.sizes[-1])
    body = json.dumps({"limit": words.count, "with_payload": True, "with_vector": True}).encode()
    folder, rows = bench.fresh_folder(), []
    with Vecgate(folder) as gate:
        words.store(gate.address, payloads=True)
    for many, total in CASES:
        with Vecgate(folder, {"VECGATE_MEMORY_TOTAL": total}) as gate:  # fresh: nothing is left of the case before
            rows += [[many, total, *line] for line in watch(section, gate, body, words.count, many)]
    head = ["clients", "memory.total", "when", "RSS MiB", "PSS MiB", "arenas MiB", "answer MiB", "first byte s",
            "whole answer s", "refused", "failures", "CPU s"]
    section.table(head, rows)
    section.say(
        f"`limit` {words.count}, all payloads, vectors of 100 numbers as JSON. Each client takes {RATE / MIB:.0f} MiB "
        f"a second, {CHUNK // 1024} KiB at a time, through a receive buffer of that size. Sampled every "
        f"{SAMPLE_SECONDS:.1f} s, `/metrics` for the arenas among them; *reading* is the largest sample from the first "
        "request to the last byte, *median* the one in the middle, *after* a second later. Mapped files count in RSS "
        "and PSS: the store's pages are among them. *Refused* clients were told 503, as all requests together would "
        "have held more than `memory.total`. A gateway of its own for each case."
    )


class Watch(threading.Thread):
    """Samples (RSS, PSS, arenas) of a gateway until told to end."""

    def __init__(self, gate):
        super().__init__()
        self.gate, self.samples, self.ended, self.error = gate, [], threading.Event(), None

    def run(self):
        try:
            while not self.ended.wait(SAMPLE_SECONDS):
                self.samples.append(sample(self.gate))
        except (OSError, http.client.HTTPException, Wrong) as error:
            self.error = error

    def end(self):
        self.ended.set()
        self.join()
        if self.error or not self.samples:
            raise Wrong(f"memory was not seen: {self.error}")


class Reader(threading.Thread):
    """Asks once and takes its time over the answer."""

    def __init__(self, gate, body):
        super().__init__()
        self.gate, self.body, self.error, self.refused = gate, body, None, False
        self.size = self.points = 0
        self.first = self.whole = 0.0

    def run(self):
        try:
            self._read()
        except (OSError, http.client.HTTPException, Wrong) as error:
            self.error = error

    def _read(self):
        begin, tail = time.perf_counter(), b""
        with self._connect() as plug:
            answer = http.client.HTTPResponse(plug)
            answer.begin()
            self.refused = answer.status == 503
            if answer.status != 200:
                raise Wrong(f"scroll: {answer.status} {answer.read(300)!r}")
            while data := answer.read(CHUNK):
                self.first = self.first or time.perf_counter() - begin
                self.size += len(data)
                self.points += (tail + data).count(ID)
                tail = data[-len(ID) + 1 :]
                time.sleep(max(0.0, begin + self.first + self.size / RATE - time.perf_counter()))
        self.whole = time.perf_counter() - begin

    def _connect(self):
        plug = socket.socket()
        plug.settimeout(60)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, CHUNK)
        host, port = self.gate.address.split(":")
        plug.connect((host, int(port)))
        head = (f"POST /collections/{COLLECTION}/points/scroll HTTP/1.1\r\nHost: {self.gate.address}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(self.body)}\r\n\r\n")
        plug.sendall(head.encode() + self.body)
        return plug


def sample(gate):
    with Client(gate.address) as client:
        found = ARENAS.findall(client.ask("GET", "/metrics"))
    if not found:
        raise Wrong("/metrics has no vecgate_arena_bytes")
    return (*memory(gate.pid, ("Rss", "Pss")), sum(map(int, found)))


def watch(section, gate, body, count, many):
    """The lines of one case: before, while it is read, after."""
    time.sleep(SETTLE_SECONDS)
    before, cpu, watched = sample(gate), cpu_seconds(gate.pid), Watch(gate)
    readers = [Reader(gate, body) for _ in range(many)]
    for thread in (watched, *readers):
        thread.start()
    for reader in readers:
        reader.join()
    watched.end()
    cpu = cpu_seconds(gate.pid) - cpu
    time.sleep(SETTLE_SECONDS)
    after = sample(gate)
    refused = sum(reader.refused for reader in readers)
    failed = [reader for reader in readers if not reader.refused and (reader.error or reader.points != count)]
    for reader in failed:
        section.fault(f"one of {many} clients got {reader.points} of {count} points: {reader.error}")
    columns = list(zip(*watched.samples))
    answer = [figure(max(reader.size for reader in readers) / MIB), figure(max(reader.first for reader in readers)),
              figure(max(reader.whole for reader in readers)), refused, len(failed), figure(cpu)]
    return [
        row("before", before, [""] * 6),
        row("reading", map(max, columns), answer),
        row("median", map(statistics.median, columns), [""] * 6),
        row("after", after, [""] * 6),
    ]


def row(when, figures, rest):
    return [when, *(figure(each / MIB) for each in figures), *rest]
