"""What another tenant has is answered as what nobody has: each request twice, once for a thing of the other's and once
for one that is not there at all; the two answers may differ in that thing's name alone, and in time."""
import json
import random
import re

from attack_run import ROUTES, Over, Turn, expect

HERE, THERE = 0, 1
PASSING = ("x-request-id", "date", "content-length", "x-ratelimit-remaining", "x-ratelimit-reset")
VECTOR = [1, 2, 3]
OWN_ID, FOREIGN_ID, NO_ID = 1, 7001, 7002


def normal(answer, *things):
    """What must be alike: without the time that it took, and the thing itself."""
    text = re.sub(r'"time": ?[0-9.e-]+', '"time":0', answer.body.decode(errors="replace"))
    for thing in things:
        text = text.replace(str(thing), "THING")
    return answer.status, sorted(f"{name}: {value}" for name, value in answer.headers if name.lower() not in PASSING), text


def same(what, one, other, things):
    expect(normal(one, *things) == normal(other, *things), f"{what} tells that another tenant has it", one, other)


class Twins:
    """Collections: one that only the other has, one that nobody has, and one that each has, with points of its own."""

    def __init__(self, attack):
        stem = f"twin{attack.chance.randrange(16**8):08x}"
        self.attack, self.chance = attack, attack.chance
        self.foreign, self.nowhere, self.own = (f"{stem}-{end}" for end in "abc")
        self.make(THERE, self.foreign, OWN_ID, FOREIGN_ID)
        self.make(THERE, self.own, FOREIGN_ID)
        self.make(HERE, self.own, OWN_ID)
        self.send(THERE, "POST", "/collections/aliases", self.alias(f"{stem}-d", self.foreign))
        self.aliases = f"{stem}-d", f"{stem}-e"

    @staticmethod
    def alias(alias, name):
        return {"actions": [{"create_alias": {"alias_name": alias, "collection_name": name}}]}

    def send(self, who, method, target, body=None):
        answer = self.attack.send(who, method, target, body)
        expect(answer.status == 200, "not made", answer)

    def make(self, who, name, *ids):
        self.send(who, "PUT", f"/collections/{name}", {"vectors": {"size": 3, "distance": "Dot"}})
        payload = {"tag": self.attack.tenants[who].canary, "n": ids[0]}
        points = [{"id": id, "vector": VECTOR, "payload": payload} for id in ids]
        self.send(who, "PUT", f"/collections/{name}/points?wait=true", {"points": points})

    # ---- every route, by a name ----

    def turn(self, template, name, seed):
        turn = Turn(self.attack, HERE, template)
        turn.forced, turn.chance = name, random.Random(seed)
        try:
            ROUTES[template](turn)
        except Over:
            pass
        return self.attack.last

    def by_name(self, template, names):
        seed = self.chance.randrange(2**32)
        one, other = (self.turn(template, name, seed) for name in names)
        same(template, one, other, names)

    # ---- things that are named within a body ----

    def in_a_body(self, names):
        yield "an alias of it", "POST", "/collections/aliases", lambda name: self.alias("twin-alias", name), names
        yield "a rename of it", "POST", "/v1/aliases", lambda name: {"actions": [{"rename": {"from": name, "to": "twin-alias"}}]}, self.aliases
        yield "looking up in it", "POST", f"/collections/{self.own}/points/query", lambda name: {"query": OWN_ID, "lookup_from": {"collection": name}}, names
        yield "groups with it", "POST", f"/collections/{self.own}/points/query/groups", lambda name: {"query": VECTOR, "group_by": "n", "with_lookup": name}, names
        yield "jobs of it", "GET", "/v1/jobs?collection=", None, names

    def by_id(self):
        path, native = f"/collections/{self.own}", f"/v1/collections/{self.own}"
        wait = "?wait=true"
        for method, target, body in (
            ("GET", f"{path}/points/", None),
            ("GET", f"{native}/points/", None),
            ("POST", f"{path}/points", lambda id: {"ids": [id, OWN_ID]}),
            ("POST", f"{path}/points/count", lambda id: {"filter": {"must": [{"has_id": [id]}]}}),
            ("POST", f"{path}/points/query", lambda id: {"query": id}),
            ("POST", f"{path}/points/recommend", lambda id: {"positive": [id], "limit": 3}),
            ("POST", f"{path}/points/discover", lambda id: {"target": id, "context": [], "limit": 3}),
            ("POST", f"{native}/points/search", lambda id: {"recommend": {"negative": [id], "strategy": "best_score"}}),
            ("POST", f"{path}/points/payload{wait}", lambda id: {"points": [id], "payload": {"x": 1}}),
            ("POST", f"{path}/points/payload/clear{wait}", lambda id: {"points": [id]}),
            ("PUT", f"{path}/points/vectors{wait}", lambda id: {"points": [{"id": id, "vector": VECTOR}]}),
            ("POST", f"{native}/points/delete", lambda id: {"ids": [id]}),
        ):
            yield f"{method} {target} of an id", method, target, body, (FOREIGN_ID, NO_ID)

    def check(self):
        create = "PUT /collections/{collection}"
        names = self.foreign, self.nowhere
        for template in [one for one in ROUTES if "{collection}" in one and one != create]:
            self.by_name(template, names)
            self.by_name(template, self.aliases)
        for row in [*self.in_a_body(names), *self.by_id()]:
            self.pair(*row)
        self.by_name(create, names)
        self.is_whole()
        self.forget()

    def forget(self):
        """The models know nothing of it."""
        for who, tenant in enumerate(self.attack.tenants):
            for name in (self.foreign, self.nowhere, self.own):
                self.send(who, "DELETE", f"/collections/{name}")
                tenant.collections.pop(name, None)

    def is_whole(self):
        """Nothing of it came to the other's things."""
        for name, ids in ((self.foreign, [OWN_ID, FOREIGN_ID]), (self.own, [FOREIGN_ID])):
            answer = self.attack.send(THERE, "POST", f"/collections/{name}/points/scroll", {"with_vector": True})
            points = answer.json["result"]["points"]
            expect(sorted(one["id"] for one in points) == ids, "what the other had", points)
            payload = {"tag": self.attack.tenants[THERE].canary, "n": ids[0]}
            expect(all(one["payload"] == payload and one["vector"] == VECTOR for one in points), "as it was", points)

    def pair(self, what, method, target, body, things):
        answers = []
        for thing in things:
            written = body(thing) if body else None
            answers.append(self.attack.send(HERE, method, target if body else f"{target}{thing}", written))
        numbers = re.compile(r'"operation_id": ?\d+')
        for answer in answers:
            answer.body = numbers.sub('"operation_id":0', answer.body.decode()).encode()
        same(f"{what} ({json.dumps(written)})", *answers, things)


def check_twins(attack):
    Twins(attack).check()
