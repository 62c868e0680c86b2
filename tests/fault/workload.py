"""Writers that change a gateway and know what must be there after it was cut down at any moment.

A writer has points, payload indexes, settings, aliases and collections that nobody else touches, and one
operation under way at a time. So after a crash its part of the world is exactly what it was after the last
acknowledged operation, or what the one under way makes of it: anything else is a loss, a half-applied
batch or something shown that nobody wrote. All writers share collections, the writer's queue of the store,
its commits, and the catalog.

The state of a writer is a dict of things, never changed, only replaced:

    "shared-a"                                     {id: (payload, {vector's name: numbers})}
    ("vectors", "own-1")                           names and sizes, when there is not only one without a name
    ("index", "shared-a", "mark")                  (kind, parameters)
    ("setting", "own-1", "hnsw_config.m")          its value, when it is not the default
    ("alias", "alias-1-0")                         the collection

What it does is in operations.py, how the world is looked at in looking.py.
"""
import http.client
import json
import threading
import traceback
from dataclasses import dataclass, field

NAMED = "shared-named"  # has the vectors a, b and c
SHARED = ("shared-a", "shared-b", NAMED)
SHAPE = (("", 2),)  # of all others, unless they say so
STRIDE = 1000  # of the ids of one writer and the next
ALIASES = 4  # of each writer
SECONDS = 30  # for one answer
MISSED = (OSError, http.client.HTTPException)  # no answer: the gateway is gone

# Section and setting: what a collection's update changes, and a default that no writer sets.
SETTINGS = [("hnsw_config", "ef_construct"), ("hnsw_config", "full_scan_threshold"), ("hnsw_config", "m"),
            ("optimizers_config", "vacuum_min_vector_number"), ("optimizers_config", "indexing_threshold"),
            ("optimizers_config", "flush_interval_sec")]


class Wrong(AssertionError):
    """What was promised is not so."""


class Api:
    """One connection to a gateway, Qdrant's REST API unless the path says otherwise."""

    def __init__(self, address, key=None):
        self.host = http.client.HTTPConnection(address, timeout=SECONDS)
        self.headers = {"content-type": "application/json"} | ({"api-key": key} if key else {})

    def call(self, method, path, body=None):
        """(status, what the JSON says); raises one of MISSED when there is no answer."""
        self.host.request(method, path, None if body is None else json.dumps(body), self.headers)
        answer = self.host.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def good(self, method, path, body=None):
        status, answer = self.call(method, path, body)
        if status != 200:
            raise Wrong(f"{method} {path}: {status} {answer}")
        return answer["result"]

    def close(self):
        self.host.close()


def is_good(status):
    """Qdrant's API answers 200; ours also 201 to a creation and 204 to a deletion."""
    return status in (200, 201, 204)


@dataclass
class Step:
    """One request, and the state that it leaves behind: that, when it is acknowledged; that or the one before,
    when it is not. All or nothing, whatever it is."""

    method: str
    path: str
    body: object
    state: dict


@dataclass
class Span:
    """A state, and between which moments a crash may leave it (`until` None: it holds still)."""

    state: dict
    since: int
    until: int = None
    request: str = "the beginning"


def put(state, name, points):
    """The state with these points in that collection; a value of None takes one away."""
    there = dict(state[name])
    for number, point in points.items():
        there.pop(number, None)
        if point is not None:
            there[number] = point
    return state | {name: there}


def without_collection(state, name):
    """Without it and all that is of it, aliases too."""
    return {thing: value for thing, value in state.items()
            if thing != name and name not in thing[1:2] and not (thing[0] == "alias" and value == name)}


def collections_of(state):
    return [thing for thing in state if isinstance(thing, str)]


def is_shared(name):
    return name in SHARED


@dataclass
class Writer:
    number: int
    random: object
    operations: dict  # operations.py
    state: dict = field(default_factory=lambda: {name: {} for name in SHARED})
    mark: int = 0
    key: str = None  # its tenant's, where there are several
    spans: list = field(default_factory=list)
    under_way: Step = None
    acknowledged: int = 0
    refused: list = field(default_factory=list)

    def __post_init__(self):
        self.spans.append(Span(self.state, 0))

    @property
    def own(self):
        return f"own-{self.number}"

    @property
    def first_id(self):
        return self.number * STRIDE

    @property
    def aliases(self):
        return [f"alias-{self.number}-{n}" for n in range(ALIASES)]

    def next_mark(self):
        self.mark += 1
        return self.mark

    def some_collection(self):
        return self.random.choice(collections_of(self.state))

    def next_step(self):
        """None: the operation that chance wanted has nothing to work on now."""
        name = self.random.choices(list(self.operations), [row[0] for row in self.operations.values()])[0]
        return self.operations[name][1](self)

    # --- running

    def do(self, api, step, now):
        """Sends it. `now` tells the moment. Raises one of MISSED and leaves it under way."""
        began = now()
        self.under_way = step
        request = f"{step.method} {step.path}"
        self.spans.append(Span(step.state, began, None, request))
        status, answer = api.call(step.method, step.path, step.body)
        if is_good(status):
            self.settle(step.state, now())
            self.acknowledged += 1
        else:
            self.refused.append((request, status, answer))
        return status, answer

    def settle(self, state, now):
        """From now on this is the state, and no other that was possible."""
        for span in self.spans:
            if span.until is None and span.state is not state:
                span.until = now
        self.state = state
        self.under_way = None

    def run(self, address, stop, now):
        api = Api(address, self.key)
        try:
            while not stop.is_set():
                step = self.next_step()
                if step and not is_good(self.do(api, step, now)[0]):
                    return
        except MISSED:
            return
        except Exception:  # the writer's own mistake: nobody sees how a thread ends
            self.refused.append(("a mistake in the test", None, traceback.format_exc()))
        finally:
            api.close()

    # --- judging

    def candidates(self):
        return [self.state] + ([self.under_way.state] if self.under_way else [])

    def judge(self, seen, now):
        """After a restart: `seen` is what a reader finds of this writer's. Goes on from there: what is
        shown is as safe as what was acknowledged."""
        found = next((state for state in self.candidates() if state == seen), None)
        if found is None:
            raise Wrong(f"writer {self.number}: {differences(self.candidates(), seen, self.under_way)}")
        self.settle(found, now)

    def judge_cut(self, seen, cut):
        """After a power loss at that moment of a recording."""
        allowed = [s for s in self.spans if s.since <= cut and (s.until is None or cut < s.until)]
        if all(span.state != seen for span in allowed):
            step = Step("", ", or ".join(span.request for span in allowed), None, None)
            raise Wrong(f"writer {self.number}: {differences([s.state for s in allowed], seen, step)}")


def differences(candidates, seen, step):
    """A few words on how `seen` is none of the candidates."""
    lines = [f"under way: {step.method} {step.path} {str(step.body)[:300]}" if step else "nothing was under way"]
    for candidate in candidates:
        said = []
        for thing in sorted(candidate.keys() | seen.keys(), key=str):
            have, want = seen.get(thing), candidate.get(thing)
            if have is None or want is None or not isinstance(have, dict):
                said += [f"{thing}: {brief(have)} not {brief(want)}"] if have != want else []
                continue
            said += [f"{thing}/{i}: {brief(have.get(i))} not {brief(want.get(i))}"
                     for i in sorted(have.keys() | want.keys()) if have.get(i) != want.get(i)]
        lines.append(f"{len(said)} differ: " + "; ".join(said[:6]))
    return "\n  ".join(lines)


def brief(value):
    if isinstance(value, dict):
        return f"{len(value)} points"
    return "none" if value is None else str(value)[:160]


def start_writers(writers, address, stop, now=lambda: 0):
    threads = [threading.Thread(target=w.run, args=(address, stop, now), daemon=True) for w in writers]
    for thread in threads:
        thread.start()
    return threads
