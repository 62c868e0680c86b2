"""What a fault matrix is made of: the classes of operations, a gateway whose backend can be broken and mended, and what
is seen of one operation under one fault."""
import contextlib
import http.client
import itertools
import json
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

SECONDS = 90  # for what comes by itself; a breaker rests a moment, a machine may be slow
PAUSE = 0.03
JOB_SECONDS = 3
MOST_ASKS = 10  # each is an exchange at least: more than the breaker needs
MOST_TRIALS = 8  # of one cell
MANY = 200
SUCCESSES = 4  # beside which the tries of one operation do not open the breaker
SHORT = "400ms"  # the deadline where nothing comes before it

numbers = itertools.count(1)


@dataclass(frozen=True)
class Operation:
    """`ask`: method, path and body, for a collection and a number that no other cell has."""

    metric: str  # its label
    ask: callable
    writes: bool = False
    is_done: callable = None  # asked of the backend itself: (eye, collection, number)


def point(number):
    return {"id": number, "vector": [1, 0], "payload": {"n": number}}


OPERATIONS = {
    "search": Operation("search", lambda c, n: ("POST", f"/collections/{c}/points/query", {"query": [1, 0]})),
    "scroll": Operation("scroll", lambda c, n: ("POST", f"/collections/{c}/points/scroll", {})),
    "count": Operation("count", lambda c, n: ("POST", f"/collections/{c}/points/count", {})),
    "health": Operation("health_check", lambda c, n: ("GET", "/v1/health", None)),
    "upsert": Operation(
        "upsert",
        lambda c, n: ("PUT", f"/collections/{c}/points?wait=true", {"points": [point(n)]}),
        True,
        lambda eye, c, n: eye.has_point(c, n),
    ),
    "delete": Operation(
        "delete",
        lambda c, n: ("POST", f"/collections/{c}/points/delete?wait=true", {"points": [2]}),
        True,
        lambda eye, c, n: not eye.has_point(c, 2),
    ),
    "set payload": Operation(
        "set_payload",
        lambda c, n: ("POST", f"/collections/{c}/points/payload?wait=true", {"payload": {"seen": n}, "points": [1]}),
        True,
        lambda eye, c, n: eye.seen(c) == n,
    ),
    "create collection": Operation(
        "create_collection",
        lambda c, n: ("PUT", f"/collections/{c}-{n}", {"vectors": {"size": 2, "distance": "Dot"}}),
        True,
        lambda eye, c, n: eye.has_collection(f"{c}-{n}"),
    ),
}


ALL = tuple(OPERATIONS)


@dataclass(frozen=True)
class Fault:
    by: object  # what the wire is told
    env: dict = field(default_factory=dict)
    tls: bool = False
    url: str = None  # the wire's, if None
    is_mended: bool = True
    clear: tuple = ()  # operations of which it says that nothing was done
    passes: tuple = ()  # operations that it does nothing to
    meets: tuple = ALL  # what it is tried with
    deed: callable = None  # what is done to a server while it lasts, as its module says
    server: str = "shared"  # with the other faults; `own`; `bare`: one that lacks what is needed
    is_slow: bool = False  # it takes requests, and answers none before the deadline


def options(backend):
    """So that a breaker is seen to open and to close, in little time."""
    resilience = f"VECGATE_VECTOR_{backend.upper()}_RESILIENCE_"
    return {
        f"{resilience}BREAKER_LEAST": "8",  # more than one operation's exchanges and those of a check or a job
        f"{resilience}BREAKER_CONNECTS": "8",
        f"{resilience}BREAKER_FAILURES": "40",  # a creation looks first, with success; and so may a check beside it
        f"{resilience}BREAKER_OPEN": "100ms",
        f"{resilience}BREAKER_SLOW": "50ms",
        f"{resilience}RETRY_WAIT": "5ms",
        f"{resilience}RETRY_THROTTLED_WAIT": "10ms",
        f"{resilience}RETRY_THROTTLED_MOST": "1",
        f"{resilience}RETRY_BUDGET_LEAST": "100000",  # the budget has tests of its own
        f"VECGATE_VECTOR_{backend.upper()}_MAX_REPLY_BYTES": "64KiB",
    }


def patient(backend):
    """All cells see the breaker closed, although nothing succeeds."""
    resilience = f"VECGATE_VECTOR_{backend.upper()}_RESILIENCE_"
    return {f"{resilience}BREAKER_LEAST": f"{MANY}", f"{resilience}BREAKER_CONNECTS": f"{MANY}"}


LATE = {"VECGATE_DEADLINE": SHORT}


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


def call(gate, method, path, body, key=None):
    """Each on a connection of its own, as a client that has just come."""
    host = http.client.HTTPConnection(gate.address, timeout=SECONDS)
    with contextlib.closing(host):
        host.request(method, path, json.dumps(body) if body is not None else None, {"api-key": key} if key else {})
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
    def __init__(self, gate, key=None):
        text = call(gate, "GET", "/metrics", None, key)[2].decode()
        rows = [LINE.match(line).groups() for line in text.splitlines() if line and line[0] != "#"]
        self.rows = [row for row in rows if 'backend="sqlite"' not in (row[1] or "")]  # the metadata's is never ill

    def sum(self, name, *labels):
        return sum(float(v) for n, l, v in self.rows if n == name and all(label in (l or "") for label in labels))

    def exchanges(self, operation):
        return int(self.sum("vecgate_exchanges_total", f'operation="{operation.metric}"'))

    def ended(self, operation):
        return int(self.sum("vecgate_operations_total", f'operation="{operation.metric}"'))

    @property
    def jobs(self):
        return self.sum("vecgate_jobs", 'state="waiting"') + self.sum("vecgate_jobs", 'state="running"')

    @property
    def in_flight(self):
        return self.sum("vecgate_exchanges_in_flight")

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


class Blind(Exception):
    """The backend is not there to be looked into."""


# --- one fault ------------------------------------------------------------------------------------


class Bench:
    """A gateway, a wire that can be broken, and the backend behind it.

    `eye` sees what is in the backend: has_point(collection, number), seen(collection): the payload's `seen` of point
    1, has_collection(name)."""

    def __init__(self, fault, wire, eye):
        self.fault, self.wire, self.eye = fault, wire, eye
        self.gate = None
        self.lock = threading.Lock()  # of the eye
        self.collection = f"fault-{next(numbers)}"

    def begin(self, operation):
        """The fault begins, for one that goes by a wire."""
        self.wire.break_by(self.fault.by)

    def end(self):
        self.wire.mend()

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
        for _ in range(MOST_TRIALS):
            found = self.try_once(operation)
            if isinstance(found, Cell):
                return found
        raise AssertionError(f"{operation.metric}: something came between in each of {MOST_TRIALS} trials: {found}")

    def try_once(self, operation):
        number = next(numbers) + 1000
        if operation is OPERATIONS["health"]:
            self.await_own_check(operation)
        elif operation is OPERATIONS["create collection"]:
            self.await_jobs()
        before = Metrics(self.gate)
        self.begin(operation)
        status, headers, body = self.ask(operation, number)
        after = Metrics(self.gate)
        reached = self.wire.reached
        was_done = self.was_done(operation, number)
        passes = operation in map(OPERATIONS.get, self.fault.passes)
        opens = self.fault.is_mended and not passes and self.provokes(operation)
        recovered = self.fault.is_mended and self.recover(operation, number)
        disturbance = what_came_between(operation, before, after) or self.why_void(operation, reached)
        if disturbance:
            return disturbance
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

    def why_void(self, operation, reached):
        """Why what was seen is not the fault's doing; None: it is."""
        if self.fault.is_slow and reached == 0:
            return "the deadline came before the fault"
        if self.wire.lost_to_check and operation is not OPERATIONS["health"]:
            return "a check of its own met the server's end first"
        return None

    def was_done(self, operation, number):
        with contextlib.suppress(Blind), self.lock:
            return bool(operation.is_done and operation.is_done(self.eye, self.collection, number))
        return False

    def await_own_check(self, operation):
        """The gateway asks for itself every five seconds, every second while it is not ready: that has just been."""
        if self.fault.is_mended:
            until("ready", lambda: call(self.gate, "GET", "/readyz", None)[0] == 200)
        ended = Metrics(self.gate).ended(operation)
        until("a check of its own", lambda: Metrics(self.gate).ended(operation) > ended)
        for _ in range(SUCCESSES if self.fault.is_mended else 0):
            self.ask(OPERATIONS["count"], 0)

    def await_jobs(self):
        """What is left to be done of earlier trials would meet the fault, too. It may be long until it is tried again."""
        end = time.monotonic() + JOB_SECONDS
        while Metrics(self.gate).jobs > 0 and time.monotonic() < end:
            time.sleep(PAUSE)

    def provokes(self, operation, most=MOST_ASKS):
        """Does it open the breaker, if many go on asking?"""
        most += SUCCESSES if operation is OPERATIONS["health"] else 0
        with ThreadPoolExecutor(MOST_ASKS) as pool:
            list(pool.map(lambda number: self.ask(operation, number), [next(numbers) + 1000 for _ in range(most)]))
        return not Metrics(self.gate).is_closed

    def recover(self, operation, number):
        """It succeeds again, by itself, and the breaker closes; what was done then is done."""
        self.end()
        until(f"{operation.metric} after it was over", lambda: self.ask(operation, number)[0] in (200, 409))
        assert not operation.writes or operation.is_done(self.eye, self.collection, number)
        self.fill()
        return True

    def run(self):
        if self.fault.is_mended:
            cells = {name: self.try_one(OPERATIONS[name]) for name in self.fault.meets}
        else:  # it is the same all the time
            with ThreadPoolExecutor(len(self.fault.meets)) as pool:
                cells = dict(zip(self.fault.meets, pool.map(lambda name: self.try_one(OPERATIONS[name]), self.fault.meets)))
            opens = self.provokes(OPERATIONS[self.fault.meets[0]], MANY)
            for cell in cells.values():
                cell.opens, cell.opened = opens, int(opens)
        until("nothing is under way", lambda: Metrics(self.gate).in_flight == 0)
        return cells, Metrics(self.gate).sum("vecgate_loop_turn_max_seconds")


def what_came_between(operation, before, after):
    """What the gateway asked by itself, where that made a difference; None: nothing did."""
    if after.opened != before.opened or not after.is_closed:
        return "the breaker opened"
    if operation is not OPERATIONS["health"]:
        return None
    if any(m.in_flight for m in (before, after)):
        return "others were under way"
    ended = after.ended(operation) - before.ended(operation)
    return f"{ended} checks ended" if ended != 1 else None


def make_certificate(folder, name):
    path = folder / f"{name}.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=vecgate".split()
    files = ["-keyout", path, "-out", folder / f"{name}.crt", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + (folder / f"{name}.crt").read_bytes())
    return path
