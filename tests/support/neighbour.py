"""A second tenant beside the one under test: its neighbour has collections and aliases of the same names, and points of
the same ids, which pass the same filters and are nearer to whatever is asked for. Every one has a canary in its payload
and its vectors, so a leak is a point too many or a canary in an answer, and a change that reaches too far is missed by
the neighbour.

Kept cheap, since every collection of every test has one: a request to make it, two to fill it, one to look, one to drop.
"""
import http.client
import json
import threading
import time
import urllib.parse
import weakref

SECONDS = 60  # a sanitizer build on a busy machine
RESTED_SECONDS = 30  # a gateway ends a connection that nobody used for 75
TESTED, KEY = "tested-tenants-key-0123456789", "neighbours-key-0123456789-abc"
ROWS = [
    {"name": "tested", "key": TESTED, "rights": "manage"},
    # Nearly the same name, for who does not look closely
    {"name": "neighbour", "key": KEY, "rights": "manage", "tenant": "Default"},
]
ENV = {"VECGATE_CREDENTIALS_KEYS": json.dumps(ROWS)}

WORD, NUMBER = "kanarienvogel", 81409172635
VALUE = 31232  # in halves and in bfloat16 it is the same
CANARIES = [WORD.encode(), str(NUMBER).encode(), f"{VALUE}.0".encode()]
# Those that the tests have, and those that they miss
IDS = [*range(6), 7, 9, 10, 77, 99, 4711, 2**53 + 1, 2**64 - 1, "550e8400-e29b-41d4-a716-446655440000"]
WIDE = 1000  # dimensions, from which one point must do
# The tests' keys. Beside the canary each has what their filters ask for.
PAYLOAD = {
    "a": {"b": 1, "c": WORD},
    "at": ["2024-01-01T00:00:00Z", WORD],
    "city": ["Rome", "Oslo", WORD],
    "deep": {"x": 1, "city": ["Rome", WORD]},
    "even": [True, WORD],
    "group": [10, 20, NUMBER],
    "mark": WORD,
    "n": [1, 2, 7, NUMBER],
    "ok": [True, False, WORD],
    "place": {"lat": 41.9, "lon": 12.5, "of": WORD},
    "rows": [{"a": 1, "b": 2, "c": WORD}],
    "tags": ["a", "old", "x", WORD],
    "text": f"the old bridge {WORD}",
    "title": WORD,
}
ALL = {"limit": 100, "with_payload": True, "with_vector": True}
KEPT = ("dot", "euclid", "manhattan")  # with these a vector comes back as it was

known = weakref.WeakKeyDictionary()
knows = threading.Lock()


def speak(host, key, method, path, body=None):
    """`body`: what becomes JSON, or a text as it is. Answers status, headers, body. A connection that rested is made
    anew: the gateway may end it just now, and who asks then gets no answer."""
    if time.monotonic() - getattr(host, "asked", 0) >= RESTED_SECONDS:
        host.close()
    host.asked = time.monotonic()
    if body is not None and not isinstance(body, str):
        body = json.dumps(body)
    headers = ({} if key is None else {"api-key": key}) | ({} if body is None else {"content-type": "application/json"})
    host.request(method, path, body and body.encode(), headers)
    answer = host.getresponse()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def of(gate):
    """The neighbour at this gateway, if it has one."""
    if gate.env.get("VECGATE_CREDENTIALS_KEYS") != ENV["VECGATE_CREDENTIALS_KEYS"]:
        return None
    with knows:
        return known.setdefault(gate, Neighbour(gate))


def quote(name):
    return f"/collections/{urllib.parse.quote(name, safe='')}"


def created(method, path, body):
    """The name of the collection that this request makes, or None."""
    if not isinstance(body, dict):
        return None
    if (method, path) == ("POST", "/v1/collections"):
        return body["name"] if isinstance(body.get("name"), str) else None
    parts = path.split("/")
    return urllib.parse.unquote(parts[2]) if method == "PUT" and len(parts) == 3 else None


def dropped(method, path):
    parts = path.removeprefix("/v1").split("/")
    return urllib.parse.unquote(parts[2]) if method == "DELETE" and len(parts) == 3 and parts[1] == "collections" else None


def vector_of(config):
    """Of length one where lengths are lost, and else as long as can be. In either API's words."""
    size = config.get("size") or config["dimension"]
    metric = config.get("distance") or config.get("metric", "cosine")
    vector = [VALUE] * size if metric.lower() in KEPT else [1] + [0] * (size - 1)
    return [vector] if "multivector_config" in config else vector


def vectors_of(body):
    """What a point of a collection that was made so may have."""
    if "dimension" in body:
        return vector_of(body)
    vectors = body.get("vectors", {})
    if "size" in vectors:
        return vector_of(vectors)
    sparse = {name: {"indices": [1], "values": [VALUE]} for name in body.get("sparse_vectors", {})}
    return {name: vector_of(config) for name, config in vectors.items()} | sparse


def points_of(body):
    vector = vectors_of(body)
    is_wide = isinstance(vector, list) and len(vector) > WIDE
    return [{"id": i, "payload": PAYLOAD, "vector": vector} for i in (IDS[1:2] if is_wide else IDS)]


class Neighbour:
    """At one gateway, for all who ask it for the tenant under test; over its restarts, too."""

    def __init__(self, gate):
        self.gate = weakref.proxy(gate)
        self.process = self.host = None
        self.lock = threading.Lock()
        self.has_its_own = False  # a collection whose name is seen when names are told
        self.points = {}  # of each of its collections, by id
        self.late = {}  # points of these that are still to come
        self.aliases = {}  # alias: collection
        self.gone = set()  # what the other has dropped and may not find again

    def ask(self, method, path, body=None):
        if self.process is not self.gate.process:
            self.process = self.gate.process
            self.host = http.client.HTTPConnection(self.gate.address, timeout=SECONDS)
        status, _, text = speak(self.host, KEY, method, path, body)
        return status, text

    def good(self, method, path, body=None):
        status, text = self.ask(method, path, body)
        assert status in (200, 201), f"the neighbour's {method} {path}: {status} {text[:2000]!r}"
        return json.loads(text).get("result")

    def precede(self, method, path, body):
        """Does before the other what it shall find done."""
        with self.lock:
            if name := created(method, path, body):
                self.make(name, method, path, body)
            elif path in ("/collections/aliases", "/v1/aliases") and isinstance(body, dict):
                self.name_alike(body["actions"])
            elif name := dropped(method, path):
                self.gone.add(name)

    def follow(self, method, path, body):
        """Half of the points come when the other's collection is made: that clears nothing away that can be seen."""
        with self.lock:
            if self.late and (name := created(method, path, body)):
                self.put(name, self.late.pop(name, []))

    def make(self, name, method, path, body):
        """What is refused the other will be refused as well, which is the test's to see."""
        self.gone.discard(name)
        if not self.has_its_own:
            status, text = self.ask("PUT", quote(WORD), {"vectors": {"size": 2, "distance": "Dot"}})
            assert status in (200, 409), text  # by another gateway before the same backend
            self.has_its_own = True
        if name not in self.points and self.ask(method, path, body)[0] in (200, 201):
            points = points_of(body)
            self.points[name] = {p["id"]: p for p in points}
            self.put(name, points[1::2])
            self.late[name] = points[::2]

    def have(self, name):
        """One that the other has not."""
        made = ("PUT", quote(name), {"vectors": {"size": 2, "distance": "Dot"}})
        self.precede(*made)
        self.follow(*made)
        self.gone.add(name)

    def put(self, name, points):
        if points:
            self.good("PUT", f"{quote(name)}/points?wait=true", {"points": points})

    def name_alike(self, actions):
        for action in actions:
            made = action.get("create_alias") or action.get("create") or {}  # in either API's words
            collection, alias = made.get("collection_name", made.get("collection")), made.get("alias_name", made.get("alias"))
            if collection in self.points and alias not in self.aliases:
                action = {"create_alias": {"collection_name": collection, "alias_name": alias}}
                if self.ask("POST", "/collections/aliases", {"actions": [action]})[0] == 200:
                    self.aliases[alias] = collection

    def settle(self):
        """All of it is there as it was; what the other has dropped it drops then, too. What it misses it says once."""
        missed = []
        with self.lock:
            for name in list(self.points):
                said = list(self.looked_at(name))
                missed += [f"{name}: {what}" for what in said]
                if name in self.gone or said:
                    self.drop(name)
            self.gone.clear()
            if self.host:
                self.host.close()  # the next test may be a while
        assert not missed, f"the neighbour misses: {missed}"

    def looked_at(self, name):
        """What is not as it was."""
        status, text = self.ask("POST", f"{quote(name)}/points/scroll", ALL)
        if status != 200:
            yield f"{status} {text[:2000]!r}"
            return
        found = json.loads(text)["result"]["points"]
        others = [p for p in found if p != self.points[name].get(p["id"])]
        if others:
            yield f"points are changed or not its own: {others[:3]}"
        if len(found) != len(self.points[name]):
            yield f"of {len(self.points[name])} points there are {[p['id'] for p in found]}"
        mine = {alias for alias, collection in self.aliases.items() if collection == name}
        if mine and (told := self.names_of(name)) != mine:
            yield f"the aliases {mine} are {told}"

    def names_of(self, name):
        return {row["alias_name"] for row in self.good("GET", f"{quote(name)}/aliases")["aliases"]}

    def drop(self, name):
        self.points.pop(name)
        self.aliases = {alias: collection for alias, collection in self.aliases.items() if collection != name}
        self.ask("DELETE", quote(name))


def look_for(text, asked):
    """An answer to the other has nothing of the neighbour's."""
    for canary in CANARIES:
        assert canary not in text, f"{canary!r} of the neighbour is in the answer to {asked}: {text[:2000]!r}"
