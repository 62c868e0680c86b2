"""Random turns of tenants at the routes of one gateway, each answer compared with the model of the tenant whose turn
it is. A turn is one of the functions behind `route`: it asks, checks, and changes the model."""
import http.client
import json
import pathlib
import random
import re
from urllib.parse import unquote

from attack_model import Collection, Tenant
from attack_words import IDS, KEYS, NAMES, NO_NAMES, ODD_KEYS, TAGS, TEXT_IDS, VECTORS, header_tricks, path_of, segment

SECONDS = 60  # a sanitizer build on a busy machine
ROUTES = {}
ADMITTED = 0.15  # of turns: with headers that want to be somebody else
TOLD = 40  # of a trace, the last
REFUSALS = (401, 403)


class Mismatch(AssertionError):
    """An answer that may not be given."""


class Over(Exception):
    """There is no more to check in this turn."""


def route(*templates):
    def keep(function):
        for template in templates:
            ROUTES[template] = function
        return function
    return keep


def expect(holds, what, *values):
    if not holds:
        raise Mismatch(": ".join([what, *(repr(value)[:1500] for value in values)]))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def said(self):
        """The sentence of a refusal, in either API's form, or plain."""
        try:
            answer = self.json
        except ValueError:
            return self.body.decode(errors="replace")
        return answer["detail"] if "detail" in answer else answer["status"]["error"] if isinstance(answer.get("status"), dict) else str(answer)

    @property
    def bytes(self):
        return b"\n".join(f"{name}: {value}".encode("latin-1") for name, value in self.headers) + b"\n\n" + self.body

    def __repr__(self):
        return f"{self.status} {self.body[:1000]!r}"


class Client:
    """One tenant's connection. Targets and headers go out as they are."""

    def __init__(self, address, key):
        self.address, self.key = address, key
        self.host = http.client.HTTPConnection(address, timeout=SECONDS)

    def call(self, method, target, body=None, headers=()):
        self.host.putrequest(method, target, skip_accept_encoding=True)
        if self.key:
            self.host.putheader("api-key", self.key)
        for name, value in headers:
            self.host.putheader(name, value.encode())
        text = None if body is None else json.dumps(body).encode()
        if text is not None:
            self.host.putheader("content-type", "application/json")
            self.host.putheader("content-length", str(len(text)))
        self.host.endheaders(text)
        answer = self.host.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())


class Attack:
    """`keys`: (tenant's name, key) of each; `can`: what the backend says of itself."""

    def __init__(self, address, keys, seed, can):
        self.chance = random.Random(seed)
        self.can = can
        self.tenants = [Tenant(name, f"canary{self.chance.randrange(16**12):012x}") for name, _ in keys]
        self.clients = [Client(address, key) for _, key in keys]
        self.keys = [key for _, key in keys if key]
        self.names = self.chance.sample(NAMES, 8) + [f"docs-{tenant.canary}" for tenant in self.tenants]
        self.vectors = self.chance.sample(VECTORS, 2)
        self.payload_keys = self.chance.sample(KEYS, 4) + ["tag", "n"]
        self.ids = IDS + (TEXT_IDS if can["supports_text_ids"] else [])
        self.heard = []  # (who, what was answered)
        self.trace = []
        self.done = {}
        self.last = None

    def other(self, who):
        return (who + 1) % len(self.tenants)

    def send(self, who, method, target, body=None, headers=()):
        self.trace.append({"tenant": self.tenants[who].name, "ask": f"{method} {target}", "headers": list(headers), "body": body})
        answer = self.clients[who].call(method, target, body, headers)
        self.last = answer
        self.trace[-1]["answer"] = repr(answer)[:300]
        self.heard.append((who, answer.bytes))
        expect(answer.status < 500, "a failure", answer)
        self.look_for_canaries(who, json.dumps([unquote(target), body, list(headers)], ensure_ascii=False), answer)
        return answer

    def look_for_canaries(self, who, asked, answer):
        """What the request says itself may be said again."""
        for tenant in self.tenants:
            if tenant is not self.tenants[who] and tenant.canary not in asked:
                expect(tenant.canary.encode() not in answer.bytes, f"a word of {tenant.name!r}", answer.bytes)
        for key in self.keys:
            expect(key.encode() not in answer.bytes, "a key", answer.bytes)

    def play(self, template, who=None, name=None):
        who = self.chance.randrange(len(self.tenants)) if who is None else who
        turn = Turn(self, who, template)
        turn.forced = name
        try:
            ROUTES[template](turn)
        except Over:
            pass
        self.done[template] = self.done.get(template, 0) + 1

    def run(self, templates, steps):
        """Each route once, and then whatever comes; writes more often, for there to be something to read."""
        writes = [one for one in templates if one.split(" ", 1)[1].endswith("/points") and one.startswith("PUT") or one.endswith("/collections")
                  or one == "PUT /collections/{collection}"]
        order = writes * 3 + self.chance.sample(templates, len(templates))
        order += [self.chance.choice(writes if self.chance.random() < 0.2 else templates) for _ in range(max(0, steps - len(order)))]
        for number, template in enumerate(order):
            try:
                self.play(template)
            except Exception as why:
                raise Mismatch(f"step {number}, {template}: {type(why).__name__}: {why}\n{self.told()}") from why

    def told(self):
        return "\n".join(json.dumps(one, ensure_ascii=False)[:2000] for one in self.trace[-TOLD:])

    def write(self, folder):
        """The whole trace, for a replay by hand."""
        file = pathlib.Path(folder) / "attack.jsonl"
        file.write_text("\n".join(map(json.dumps, self.trace)))
        return file


class Turn:
    """One tenant at one route."""

    def __init__(self, attack, who, template):
        self.attack, self.who, self.chance = attack, who, attack.chance
        self.method, self.template = template.split(" ")
        self.native = self.template.startswith("/v1")
        self.tenant = attack.tenants[who]
        self.other = attack.tenants[attack.other(who)]
        self.forced = None  # a name that has to be asked for
        self.name = None

    # ---- asking ----

    def target(self, query, params):
        def value(match):
            return segment(str(params.get(match[1], self.name)), self.chance)
        return re.sub(r"{(\w+)}", value, self.template) + ("?" + query if query else "")

    def ask(self, body=None, query="", **params):
        tricks = header_tricks(self.other.name, self.chance) if self.chance.random() < ADMITTED else []
        answer = self.attack.send(self.who, self.method, self.target(query, params), body, tricks)
        if tricks and answer.status in REFUSALS:
            raise Over
        return answer

    def good(self, answer, status=200):
        """The native answer's JSON, or the `result` of Qdrant's."""
        expect(answer.status == status, f"not {status}", answer)
        if self.native or not answer.body:
            return answer.json if answer.body else None
        expect(answer.json["status"] == "ok", "not ok", answer)
        return answer.json["result"]

    def wrong(self, answer, status, said=""):
        expect(answer.status == status and said in answer.said, f"not {status} {said}", answer)
        raise Over

    def reach(self, body, query="", **params):
        """The result of a request to the collection that was picked, which is checked to be there or not."""
        answer = self.ask(body, query, **params)
        self.there(answer)
        return self.good(answer)

    def there(self, answer):
        if self.name in NO_NAMES:
            expect(answer.status in (400, 404, 422), "no name", answer)
            raise Over
        if self.tenant.find(self.name) is None:
            self.wrong(answer, 404, f"Collection `{self.name}` doesn't exist!")

    # ---- choosing ----

    def names(self):
        """That it may give: a name with the other's word in it would be found in its own lists."""
        return [name for name in self.attack.names if self.tenant is self.other or self.other.canary not in name]

    def any_name(self):
        own = sorted({*self.tenant.collections, *self.tenant.aliases})
        foreign = sorted({*self.other.collections, *self.other.aliases})
        lists = [own] * 12 + [foreign] * 2 + [self.attack.names] * 2 + [NO_NAMES]
        return self.chance.choice(self.chance.choice(lists) or self.attack.names)

    def pick(self):
        """The name of a collection, or of none, and the collection: one that looks like any, when there is none."""
        self.name = self.any_name() if self.forced is None else self.forced
        found = self.tenant.find(self.name)
        return found if found is not None else Collection([""])

    def some(self, things, most=3):
        things = list(things)
        return self.chance.sample(things, min(len(things), self.chance.randint(1, most)))

    def nameable(self, ids):
        """Those that this API can name."""
        return [id for id in ids if self.native or id not in TEXT_IDS]

    def any_id(self, collection, is_there=0.7):
        there = self.nameable(collection.points)
        if there and self.chance.random() < is_there:
            return self.chance.choice(there)
        return self.chance.choice(self.nameable(self.attack.ids))

    def any_ids(self, collection, most=4, is_there=0.7):
        return list(dict.fromkeys(self.any_id(collection, is_there) for _ in range(self.chance.randint(1, most))))

    def vector(self):
        return [self.chance.randint(-3, 3) for _ in range(Collection.DIMENSION)]

    def vectors(self, collection):
        some = [name for name in collection.vectors if self.chance.random() < 0.9]
        return {name: self.vector() for name in some}

    def payload(self):
        made = {}
        for key in self.some(self.attack.payload_keys, 5):
            made[key] = self.chance.choice(TAGS) if key != "n" else self.chance.randint(-2, 6)
        if self.chance.random() < 0.2:
            made["tag"] = self.some(TAGS, 2)
        if self.chance.random() < 0.2:
            made[self.chance.choice(ODD_KEYS)] = {"a": [None, True, {"b": self.chance.choice(TAGS)}]}
        made["secret"] = f"{self.tenant.canary} {self.chance.choice(TAGS)[:20]}"
        return made

    def condition(self, collection):
        key = self.chance.choice(self.attack.payload_keys)
        low = self.chance.randint(-2, 6)
        return self.chance.choice([
            {"key": path_of(key), "match": {"value": self.chance.choice(TAGS) if key != "n" else low}},
            {"key": "tag", "match": {"any": self.some(TAGS, 4)}},
            {"key": "secret", "match": {"value": f"{self.other.canary} red"}} if self.chance.random() < 0.3 else {"is_empty": {"key": path_of(key)}},
            {"key": "n", "range": {"gte": low, "lt": low + 3}},
            {"has_id": self.any_ids(collection, 6)},
        ])

    def filter(self, collection, always=False):
        if not always and self.chance.random() < 0.4:
            return None
        clause = self.chance.choice(["must", "should", "must_not"])
        made = {clause: [self.condition(collection) for _ in range(self.chance.randint(1, 2))]}
        if self.chance.random() < 0.2:
            made.setdefault("should", []).append({"must": [self.condition(collection)]})
        return made
