#!/usr/bin/env python3
"""The fault matrix: what becomes of each class of operation under each fault of its backend, as a client and an
operator see it. A backend is a row of MATRICES: who breaks it, and its faults.

    matrix.py           runs it and prints the tables
    matrix.py --fix     writes them into docs/resilience.md
"""
import contextlib
import http.client
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import wire as on  # noqa: E402
from api import Api  # noqa: E402
from gateway import ROOT, Gateway  # noqa: E402
from wire import Wire  # noqa: E402

SECONDS = 90  # for what comes by itself; a breaker rests a moment, a machine may be slow
PAUSE = 0.01
MOST_ASKS = 6  # each is an exchange at least: more than the breaker needs
MOST_TRIALS = 20  # of one cell
MANY = 200
TOGETHER = 8  # faults at a time: most of it is waiting
SHORT = "400ms"  # the deadline where nothing comes before it

numbers = itertools.count(1)


@dataclass(frozen=True)
class Operation:
    """`ask`: method, path and body, for a collection and a number that no other cell has."""

    metric: str  # its label
    ask: callable
    writes: bool = False
    is_done: callable = None  # asked of the backend itself: (api, collection, number)


def point(number):
    return {"id": number, "vector": [1, 0], "payload": {"n": number}}


def has_point(api, collection, number):
    return bool(api.good("POST", f"/collections/{collection}/points", {"ids": [number]}))


def has_seen(api, collection, number):
    return api.good("GET", f"/collections/{collection}/points/1")["payload"].get("seen") == number


OPERATIONS = {
    "search": Operation("search", lambda c, n: ("POST", f"/collections/{c}/points/query", {"query": [1, 0]})),
    "scroll": Operation("scroll", lambda c, n: ("POST", f"/collections/{c}/points/scroll", {})),
    "count": Operation("count", lambda c, n: ("POST", f"/collections/{c}/points/count", {})),
    "health": Operation("health_check", lambda c, n: ("GET", "/v1/health", None)),
    "upsert": Operation(
        "upsert",
        lambda c, n: ("PUT", f"/collections/{c}/points?wait=true", {"points": [point(n)]}),
        True,
        has_point,
    ),
    "delete": Operation(
        "delete",
        lambda c, n: ("POST", f"/collections/{c}/points/delete?wait=true", {"points": [2]}),
        True,
        lambda api, c, n: not has_point(api, c, 2),
    ),
    "set payload": Operation(
        "set_payload",
        lambda c, n: ("POST", f"/collections/{c}/points/payload?wait=true", {"payload": {"seen": n}, "points": [1]}),
        True,
        has_seen,
    ),
    "create collection": Operation(
        "create_collection",
        lambda c, n: ("PUT", f"/collections/{c}-{n}", {"vectors": {"size": 2, "distance": "Dot"}}),
        True,
        lambda api, c, n: api.good("GET", f"/collections/{c}-{n}/exists")["exists"],
    ),
}


@dataclass(frozen=True)
class Fault:
    by: object  # what the wire is told
    env: dict = field(default_factory=dict)
    tls: bool = False
    url: str = None  # the wire's, if None
    is_mended: bool = True
    is_clear: bool = False  # it says that nothing was done


RESILIENCE = "VECGATE_VECTOR_QDRANT_RESILIENCE_"
OPTIONS = {
    f"{RESILIENCE}BREAKER_LEAST": "4",  # more than one operation's exchanges
    f"{RESILIENCE}BREAKER_CONNECTS": "4",
    f"{RESILIENCE}BREAKER_OPEN": "100ms",
    f"{RESILIENCE}BREAKER_SLOW": "50ms",
    f"{RESILIENCE}RETRY_WAIT": "5ms",
    f"{RESILIENCE}RETRY_THROTTLED_WAIT": "10ms",
    f"{RESILIENCE}RETRY_THROTTLED_MOST": "1",
    f"{RESILIENCE}RETRY_BUDGET_LEAST": "100000",  # the budget has tests of its own
    "VECGATE_VECTOR_QDRANT_MAX_REPLY_BYTES": "64KiB",
}
LATE = {"VECGATE_DEADLINE": SHORT}
# All cells see the breaker closed, although nothing succeeds.
PATIENT = {f"{RESILIENCE}BREAKER_LEAST": f"{MANY}", f"{RESILIENCE}BREAKER_CONNECTS": f"{MANY}"}

BUSY = "Rate limiting exceeded: Write rate limit exceeded, retry later"
FAULTS = {
    "no such name": Fault(None, PATIENT, url=f"http://{'x' * 64}.invalid:6333", is_mended=False),
    "connection refused": Fault("refuse"),
    "certificate not to be trusted": Fault("untrusted", tls=True),
    "reset while asking": Fault("reset in request"),
    "reset in the reply": Fault(on.reset_in_reply),
    "reply cut off": Fault(on.truncate),
    "no reply": Fault(on.hang, LATE),
    "reply byte by byte": Fault(on.drip, LATE),
    "no HTTP": Fault(on.say_noise),
    "no JSON": Fault(on.reply_with(200, "OK", "<html>welcome</html>", forwards=True)),
    "reply too large": Fault(on.reply_with(200, "OK", "x" * 70_000, forwards=True)),
    "429, Retry-After: 1": Fault(on.reply_with(429, "Too Many Requests", on.error(BUSY), on.JSON + "retry-after: 1\r\n"), is_clear=True),
    "429": Fault(on.reply_with(429, "Too Many Requests", on.error(BUSY), on.JSON), is_clear=True),
    "500": Fault(on.reply_with(500, "Internal Server Error", on.error("Service internal error: disk on fire"), on.JSON)),
    "502 of a proxy": Fault(on.reply_with(502, "Bad Gateway", on.PAGE, forwards=True)),
    "503": Fault(on.reply_with(503, "Service Unavailable", on.error("Service unavailable: shards are loading"), on.JSON)),
}


@dataclass
class Cell:
    """What was seen of one operation under one fault."""

    status: int
    said: str
    retry_after: str
    tries: int
    opens: bool
    reached: int
    was_done: bool
    opened: int
    recovered: bool


# --- asking ---------------------------------------------------------------------------------------


def call(gate, method, path, body):
    """Each on a connection of its own, as a client that has just come."""
    host = http.client.HTTPConnection(gate.address, timeout=SECONDS)
    with contextlib.closing(host):
        host.request(method, path, json.dumps(body) if body is not None else None)
        answer = host.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def sentence(body):
    with contextlib.suppress(ValueError):
        answer = json.loads(body)
        for path in (("detail",), ("status", "error"), ("status",), ("error",)):
            found = answer
            for name in path:
                found = found.get(name) if isinstance(found, dict) else None
            if isinstance(found, str):
                return found
    return body.decode(errors="replace")


LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')


class Metrics:
    def __init__(self, gate):
        text = call(gate, "GET", "/metrics", None)[2].decode()
        self.rows = [LINE.match(line).groups() for line in text.splitlines() if line and line[0] != "#"]

    def sum(self, name, *labels):
        return sum(float(v) for n, l, v in self.rows if n == name and all(label in (l or "") for label in labels))

    def exchanges(self, operation):
        return int(self.sum("vecgate_exchanges_total", f'operation="{operation.metric}"'))

    def ended(self, operation):
        return int(self.sum("vecgate_operations_total", 'backend="qdrant"', f'operation="{operation.metric}"'))

    @property
    def opened(self):
        return int(self.sum("vecgate_breaker_opened_total"))

    @property
    def is_closed(self):
        return self.sum("vecgate_breaker_state") == 0


def until(what, is_so):
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, f"{what}: not within {SECONDS} s"
        time.sleep(PAUSE)


# --- one fault ------------------------------------------------------------------------------------


class Bench:
    """A gateway, a wire that can be broken, and the backend behind it."""

    def __init__(self, fault, wire, upstream):
        self.fault, self.wire, self.upstream = fault, wire, Api(upstream)
        self.gate = None
        self.collection = f"fault-{next(numbers)}"

    def ask(self, operation, number):
        return call(self.gate, *operation.ask(self.collection, number))

    def prepare(self, gate):
        self.gate = gate
        path = f"/collections/{self.collection}"
        body = {"vectors": {"size": 2, "distance": "Dot"}}
        until("a collection", lambda: call(gate, "PUT", path, body)[0] in (200, 409))
        self.fill()

    def fill(self):
        """Points 1 and 2, through the gateway."""
        body = {"points": [point(1), point(2)]}
        path = f"/collections/{self.collection}/points?wait=true"

        def is_well():
            return call(self.gate, "PUT", path, body)[0] == 200 and Metrics(self.gate).is_closed

        until("two points and a closed breaker", is_well)

    def try_one(self, operation):
        """Until nothing came between: every few seconds the gateway asks for its backend's health by itself."""
        cells = (self.try_once(operation) for _ in range(MOST_TRIALS))
        return next(cell for cell in cells if cell is not None)

    def try_once(self, operation):
        number = next(numbers) + 1000
        if operation is OPERATIONS["health"]:
            self.await_own_check(operation)
        before = Metrics(self.gate)
        self.wire.break_by(self.fault.by)
        status, headers, body = self.ask(operation, number)
        after = Metrics(self.gate)
        reached = self.wire.reached
        was_done = bool(operation.is_done and operation.is_done(self.upstream, self.collection, number))
        opens = self.fault.is_mended and self.provokes(operation)
        recovered = self.fault.is_mended and self.recover(operation, number)
        if not is_alone(operation, before, after):
            return None
        return Cell(
            status=status,
            said=sentence(body),
            retry_after=headers.get("retry-after"),
            tries=after.exchanges(operation) - before.exchanges(operation),
            opens=opens,
            opened=Metrics(self.gate).opened - before.opened,
            reached=reached,
            was_done=was_done,
            recovered=recovered,
        )

    def await_own_check(self, operation):
        """The gateway asks for itself every five seconds, every second while it is not ready: that has just been."""
        if self.fault.is_mended:
            until("ready", lambda: call(self.gate, "GET", "/readyz", None)[0] == 200)
        ended = Metrics(self.gate).ended(operation)
        until("a check of its own", lambda: Metrics(self.gate).ended(operation) > ended)

    def provokes(self, operation, most=MOST_ASKS):
        """Does it open the breaker, if many go on asking?"""
        with ThreadPoolExecutor(MOST_ASKS) as pool:
            list(pool.map(lambda number: self.ask(operation, number), [next(numbers) + 1000 for _ in range(most)]))
        return not Metrics(self.gate).is_closed

    def recover(self, operation, number):
        """It succeeds again, by itself, and the breaker closes; what was done then is done."""
        self.wire.mend()

        until(f"{operation.metric} after it was over", lambda: self.ask(operation, number)[0] in (200, 409))
        assert not operation.writes or operation.is_done(self.upstream, self.collection, number)
        self.fill()
        return True

    def run(self):
        cells = {name: self.try_one(operation) for name, operation in OPERATIONS.items()}
        if not self.fault.is_mended:
            opens = self.provokes(OPERATIONS["search"], MANY)
            for cell in cells.values():
                cell.opens, cell.opened = opens, int(opens)
        until("nothing is under way", lambda: Metrics(self.gate).sum("vecgate_exchanges_in_flight") == 0)
        return cells, Metrics(self.gate).sum("vecgate_loop_turn_max_seconds")


def is_alone(operation, before, after):
    """Did what the gateway asked by itself make no difference?"""
    if after.opened != before.opened or not after.is_closed:
        return False
    checks = OPERATIONS["health"]
    quiet = all(m.sum("vecgate_exchanges_in_flight") == 0 for m in (before, after))
    return operation is not checks or (quiet and after.ended(checks) - before.ended(checks) == 1)


def make_certificate(folder, name):
    path = folder / f"{name}.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vecgate".split()
    files = ["-keyout", path, "-out", folder / f"{name}.crt", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (folder / f"{name}.crt").read_bytes())
    return path


@contextlib.contextmanager
def before_qdrant(folder, fault, upstream):
    """A bench whose gateway has Qdrant's API behind the wire."""
    trusted, untrusted = (make_certificate(folder, n) for n in ("trusted", "untrusted")) if fault.tls else (None, None)
    with Wire(("127.0.0.1", upstream.port), trusted, untrusted) as wire:
        env = OPTIONS | fault.env | {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url}
        if fault.tls:
            env["VECGATE_VECTOR_QDRANT_CA_FILE"] = str(folder / "trusted.crt")
        bench = Bench(fault, wire, upstream)
        with Gateway(folder / "gateway", env) as gate:
            bench.prepare(gate)
            if fault.url is None:
                yield bench
        if fault.url is not None:  # it begins with the next start
            with Gateway(folder / "gateway", env | {"QDRANT_URL": fault.url}, ready="/livez") as gate:
                bench.gate = gate
                yield bench
        assert not wire.complaints, wire.complaints


# backend: who puts a gateway before it, with something between that breaks and mends; its faults
MATRICES = {"qdrant": (before_qdrant, FAULTS)}


def run_fault(folder, backend, name, upstream):
    open_bench, faults = MATRICES[backend]
    folder = folder / re.sub(r"\W+", "-", f"{backend} {name}")
    folder.mkdir()
    with open_bench(folder, faults[name], upstream) as bench:
        return bench.run()


def run_all(folder, backend):
    """{fault: ({operation: Cell}, longest turn of the loop in seconds)}"""
    with Gateway(folder / "upstream") as upstream, ThreadPoolExecutor(TOGETHER) as pool:
        begun = {name: pool.submit(run_fault, folder, backend, name, upstream) for name in MATRICES[backend][1]}
        return {name: done.result() for name, done in begun.items()}


# --- the table ------------------------------------------------------------------------------------

UNKNOWN = re.compile(r"; it is not known whether the write was done, (repeating it is safe|look before repeating it)$")
PREFIX = re.compile(r"^(Service internal error|Shard temporarily unavailable|Timeout|Rate limiting exceeded): ")
DETAIL = re.compile(r"^((?:the backend|the connection|no secure|what the backend sent)[^:]*): .*")  # a library's words
OUTCOMES = {None: "", "repeating it is safe": "unknown, safe to repeat", "look before repeating it": "unknown, look first"}
HEAD = "| fault | operation | status | tries | what is said | of the write | breaker |\n|---|---|---|---|---|---|---|\n"


def outcome(cell):
    found = UNKNOWN.search(cell.said)
    return OUTCOMES[found and found[1]]


def plain(cell):
    return DETAIL.sub(r"\1", PREFIX.sub("", UNKNOWN.sub("", cell.said)))


def rows_of(cells):
    """Operations that fare alike share a row."""
    rows = {}
    for name, cell in cells.items():
        fate = (cell.status, cell.tries, plain(cell), outcome(cell), "opens" if cell.opens else "")
        rows.setdefault(fate, []).append(name)
    return [(", ".join(names), *fate) for fate, names in rows.items()]


def table(found):
    lines = [f"| {name} | {' | '.join(map(str, row))} |\n" for name, (cells, _) in found.items() for row in rows_of(cells)]
    return HEAD + "".join(lines)


PAGE = ROOT / "docs" / "resilience.md"


def place(backend):
    return re.compile(rf"(<!-- faults of {backend}: .*? -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def shown(backend):
    return place(backend).search(PAGE.read_text())[2]


def show(backend, text):
    PAGE.write_text(place(backend).sub(lambda at: at[1] + text + at[3], PAGE.read_text()))


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="vecgate-") as folder:
        for backend in MATRICES:
            text = table(run_all(pathlib.Path(folder), backend))
            print(text)
            if "--fix" in arguments:
                show(backend, text)


if __name__ == "__main__":
    main(sys.argv[1:])
