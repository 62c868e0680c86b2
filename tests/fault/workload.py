"""Writers that change a gateway and know what must be there after it was cut down at any moment.

A writer has points, payloads and collections that nobody else touches, and one operation under way at
a time. So after a crash its part of the world is exactly what it was after the last acknowledged
operation, or what the one under way makes of it: anything else is a loss, a half-applied batch or
something shown that nobody wrote. All writers share collections, the writer's queue of the store and
its commits.

An operation is a function in OPERATIONS that makes a `Step` from a writer's state; the state is
{collection: {id: (payload, vector)}} and is never changed, only replaced.
"""
import http.client
import json
import threading
from dataclasses import dataclass, field

SHARED = ("shared-a", "shared-b", "shared-c")
IDS = 60  # of each writer in each collection
STRIDE = 1000
SECONDS = 30  # for one answer
MISSED = (OSError, http.client.HTTPException)  # no answer: the gateway is gone


class Wrong(AssertionError):
    """What was promised is not so."""


class Api:
    """One connection to a gateway, Qdrant's REST API unless the path says otherwise."""

    def __init__(self, address):
        self.host = http.client.HTTPConnection(address, timeout=SECONDS)

    def call(self, method, path, body=None):
        """(status, what the JSON says); raises one of MISSED when there is no answer."""
        self.host.request(method, path, None if body is None else json.dumps(body), {"content-type": "application/json"})
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
    """One request, and the states that it may leave behind: the last one when it is acknowledged, any
    of them, or none, when it is not. One state means: all or nothing."""

    method: str
    path: str
    body: object
    states: list


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


@dataclass
class Writer:
    number: int
    random: object
    able: set = field(default_factory=set)  # names of OPERATIONS that the gateway takes
    state: dict = field(default_factory=lambda: {name: {} for name in SHARED})
    mark: int = 0
    spans: list = field(default_factory=list)
    under_way: Step = None
    acknowledged: int = 0
    refused: list = field(default_factory=list)

    def __post_init__(self):
        self.spans.append(Span(self.state, 0))

    @property
    def own(self):
        return f"own-{self.number}"

    def next_mark(self):
        self.mark += 1
        return self.mark

    def some_ids(self, most=IDS):
        wanted = min(most, self.random.choice((1, 3, 10, 40)))
        return [self.number * STRIDE + n for n in self.random.sample(range(IDS), wanted)]

    def there(self, name, most=IDS):
        """Some ids that the collection has."""
        ids = list(self.state[name])
        return self.random.sample(ids, min(len(ids), self.random.choice((1, 5, most)))) if ids else []

    def some_collection(self):
        return self.random.choice(list(self.state))

    def next_step(self):
        """None: the operation that chance wanted has nothing to work on now."""
        names = [name for name in OPERATIONS if name in self.able]
        name = self.random.choices(names, [OPERATIONS[n][0] for n in names])[0]
        return OPERATIONS[name][1](self)

    # --- running

    def do(self, api, step, now):
        """Sends it. `now` tells the moment. Raises one of MISSED and leaves it under way."""
        began = now()
        self.under_way = step
        request = f"{step.method} {step.path}"
        self.spans += [Span(state, began, None, request) for state in step.states]
        status, answer = api.call(step.method, step.path, step.body)
        if is_good(status):
            self.settle(step.states[-1], now())
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
        api = Api(address)
        try:
            while not stop.is_set():
                step = self.next_step()
                if step and not is_good(self.do(api, step, now)[0]):
                    return
        except MISSED:
            return
        finally:
            api.close()

    # --- judging

    def candidates(self):
        return [self.state] + (self.under_way.states if self.under_way else [])

    def judge(self, seen, now):
        """After a restart: `seen` is what a reader finds of this writer's. Goes on from there. What was
        under way and is found is not yet safe from a power loss: that comes with the next answer."""
        found = next((state for state in self.candidates() if state == seen), None)
        if found is None:
            raise Wrong(f"writer {self.number}: {differences(self.candidates(), seen, self.under_way)}")
        if found is self.state:
            self.settle(found, now)
        self.state = found
        self.under_way = None

    def judge_cut(self, seen, cut):
        """After a power loss at that moment of a recording."""
        allowed = [s for s in self.spans if s.since <= cut and (s.until is None or cut < s.until)]
        if all(span.state != seen for span in allowed):
            step = Step("", ", or ".join(span.request for span in allowed), None, [])
            raise Wrong(f"writer {self.number}: {differences([s.state for s in allowed], seen, step)}")


def differences(candidates, seen, step):
    """A few words on how `seen` is none of the candidates."""
    lines = [f"under way: {step.method} {step.path} {str(step.body)[:200]}" if step else "nothing was under way"]
    for candidate in candidates:
        said = []
        for name in sorted(candidate.keys() | seen.keys()):
            have, want = seen.get(name), candidate.get(name)
            if have is None or want is None:
                said.append(f"{name}: {'gone' if have is None else 'there'}")
                continue
            said += [f"{name}/{i}: {short(have.get(i))} not {short(want.get(i))}"
                     for i in sorted(have.keys() | want.keys()) if have.get(i) != want.get(i)]
        lines.append(f"{len(said)} differ: " + "; ".join(said[:6]))
    return "\n  ".join(lines)


def short(point):
    return "none" if point is None else f"mark {point[0].get('mark')} vector {point[1]}"


# --- operations: name: (weight, what makes a step, what to probe the gateway with)

def payload_of(writer, mark):
    payload = {"mark": mark, "writer": writer.number}
    if writer.random.random() < 0.3:
        payload["text"] = "x" * writer.random.choice((10, 300, 3000))
    return payload


def points_path(name, rest=""):
    return f"/collections/{name}/points{rest}"


def upsert(writer):
    name, mark = writer.some_collection(), writer.next_mark()
    points = {i: (payload_of(writer, mark), [float(mark), float(i)]) for i in writer.some_ids()}
    body = {"points": [{"id": i, "payload": p, "vector": v} for i, (p, v) in points.items()]}
    wait = writer.random.choice(("true", "false"))
    return Step("PUT", points_path(name, f"?wait={wait}"), body, [put(writer.state, name, points)])


def delete(writer):
    name = writer.some_collection()
    ids = writer.some_ids(10)
    return Step("POST", points_path(name, "/delete?wait=true"), {"points": ids},
                [put(writer.state, name, dict.fromkeys(ids))])


def native_path(name, rest=""):
    return f"/v1/collections/{name}/points{rest}"


def native_upsert(writer):
    step = upsert(writer)
    name = step.path.split("/")[2]
    return Step("PUT", native_path(name), step.body, step.states)


def native_delete(writer):
    step = delete(writer)
    name = step.path.split("/")[2]
    return Step("POST", native_path(name, "/delete"), {"ids": step.body["points"]}, step.states)


def create(writer):
    if writer.own in writer.state:
        return None
    return Step("PUT", f"/collections/{writer.own}", {"vectors": {"size": 2, "distance": "Dot"}},
                [writer.state | {writer.own: {}}])


def native_create(writer):
    step = create(writer)
    body = {"name": writer.own, "dimension": 2, "metric": "dot"}
    return step and Step("POST", "/v1/collections", body, step.states)


def native_drop(writer):
    step = drop(writer)
    return step and Step("DELETE", f"/v1/collections/{writer.own}", None, step.states)


def drop(writer):
    if writer.own not in writer.state:
        return None
    rest = {name: points for name, points in writer.state.items() if name != writer.own}
    return Step("DELETE", f"/collections/{writer.own}", None, [rest])


def change_payload(writer, merges):
    name = writer.some_collection()
    ids, mark = writer.there(name), writer.next_mark()
    if not ids:
        return None
    new = payload_of(writer, mark)
    there = writer.state[name]
    points = {i: ((there[i][0] | new) if merges else new, there[i][1]) for i in ids}
    return {"payload": new, "points": ids}, name, put(writer.state, name, points)


def set_payload(writer):
    made = change_payload(writer, True)
    return made and Step("POST", points_path(made[1], "/payload?wait=true"), made[0], [made[2]])


def overwrite_payload(writer):
    made = change_payload(writer, False)
    return made and Step("PUT", points_path(made[1], "/payload?wait=true"), made[0], [made[2]])


def delete_by_filter(writer):
    name = writer.some_collection()
    before = writer.mark - writer.random.randrange(20)
    gone = {i: None for i, (payload, _) in writer.state[name].items() if payload["mark"] < before}
    test = {"must": [{"key": "writer", "match": {"value": writer.number}}, {"key": "mark", "range": {"lt": before}}]}
    return Step("POST", points_path(name, "/delete?wait=true"), {"filter": test}, [put(writer.state, name, gone)])


def batch(writer):
    """Operations that run in order, each whole: a crash may leave the first of them."""
    name, mark = writer.some_collection(), writer.next_mark()
    first, second = writer.some_ids(10), writer.some_ids(10)
    points = {i: (payload_of(writer, mark), [float(mark), float(i)]) for i in first}
    one = put(writer.state, name, points)
    two = put(one, name, dict.fromkeys(second))
    operations = [
        {"upsert": {"points": [{"id": i, "payload": p, "vector": v} for i, (p, v) in points.items()]}},
        {"delete": {"points": second}},
    ]
    return Step("POST", points_path(name, "/batch?wait=true"), {"operations": operations}, [one, two])


PROBE = "probe"
OPERATIONS = {
    "upsert": (10, upsert, None),
    "delete": (3, delete, None),
    "create": (2, create, None),
    "drop": (1, drop, None),
    "native_upsert": (2, native_upsert, None),
    "native_delete": (1, native_delete, None),
    "native_create": (1, native_create, None),
    "native_drop": (1, native_drop, None),
    "set_payload": (3, set_payload, ("POST", "/payload", {"payload": {"a": 1}, "points": [1]})),
    "overwrite_payload": (2, overwrite_payload, ("PUT", "/payload", {"payload": {"a": 1}, "points": [1]})),
    "delete_by_filter": (1, delete_by_filter,
                         ("POST", "/delete", {"filter": {"must": [{"key": "a", "match": {"value": 1}}]}})),
    "batch": (3, batch, ("POST", "/batch", {"operations": [{"delete": {"points": [1]}}]})),
}


def able(api):
    """The operations that this gateway takes: one that is not built is refused with 400 or 404."""
    api.good("PUT", f"/collections/{PROBE}", {"vectors": {"size": 2, "distance": "Dot"}})
    api.good("PUT", points_path(PROBE, "?wait=true"), {"points": [{"id": 1, "vector": [1, 1]}]})
    taken = set()
    for name, (_, _, probe) in OPERATIONS.items():
        if probe is None or api.call(probe[0], points_path(PROBE, probe[1]), probe[2])[0] == 200:
            taken.add(name)
    api.good("DELETE", f"/collections/{PROBE}")
    return taken


def create_shared(api):
    for name in SHARED:
        api.good("PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})


# --- looking

def split(collections, count):
    """{collection: {id: (payload, vector)}} as each of `count` writers knows it."""
    parts = [{name: {} for name in collections if name in SHARED or name == f"own-{n}"} for n in range(count)]
    for name, points in collections.items():
        for number, point in points.items():
            if name not in parts[number // STRIDE]:
                raise Wrong(f"{name}: point {number} is nobody's")
            parts[number // STRIDE][name][number] = point
    return parts


def read_collection(api, name):
    page = api.good("POST", points_path(name, "/scroll"),
                    {"limit": 100000, "with_payload": True, "with_vector": True})
    counted = api.good("POST", points_path(name, "/count"), {"exact": True})["count"]
    points = {p["id"]: (p["payload"], p["vector"]) for p in page["points"]}
    if page["next_page_offset"] is not None or counted != len(points):
        raise Wrong(f"{name}: {len(points)} points, counted {counted}")
    return points


def read_world(api, names):
    """What a client finds; each of the names, and what is listed, must be wholly there or wholly not."""
    listed = {c["name"] for c in api.good("GET", "/collections")["collections"]}
    world = {}
    for name in sorted(listed | set(names)):
        exists = api.good("GET", f"/collections/{name}/exists")["exists"]
        status, _ = api.call("GET", f"/collections/{name}")
        if exists != (name in listed) or status != (200 if exists else 404):
            raise Wrong(f"{name}: listed {name in listed}, exists {exists}, described with {status}")
        if exists:
            world[name] = read_collection(api, name)
    return world


def start_writers(writers, address, stop, now=lambda: 0):
    threads = [threading.Thread(target=w.run, args=(address, stop, now), daemon=True) for w in writers]
    for thread in threads:
        thread.start()
    return threads
