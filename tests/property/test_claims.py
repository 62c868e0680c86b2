"""Who is restricted to some points of a collection is answered as if there were no others: random queries of every
kind by a token with Qdrant's `payload`, and by a key that may do all on a second collection that has only those
points. What names a point as an example is refused instead (FACTS 12)."""
import base64
import hashlib
import hmac
import json
import os
import random

import pytest
from gateway import Gateway
from qdrant_client import QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from query_calls import ask, make
from query_oracle import inputs
from random_queries import Maker

SEED = int(os.environ.get("VG_SEED", 0))
CASES = int(os.environ.get("VG_CASES", 3000 if os.environ.get("CI") == "true" else 600))
QUERIES, CHUNKS = 30, 5
PROGRAMS = max(1, CASES // CHUNKS // QUERIES)  # of a chunk
KEY, SECRET = "the-key-that-may-do-all", "what all tokens of this test are signed with"


def encoded(what):
    return base64.urlsafe_b64encode(what if isinstance(what, bytes) else json.dumps(what).encode()).rstrip(b"=").decode()


def token(**claims):
    text = f"{encoded({'alg': 'HS256'})}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())}"


MINE = token(access=[{"collection": "main", "access": "r", "payload": {"whose": "mine"}}, {"collection": "away", "access": "r"}])


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    env = {"VECGATE_CREDENTIALS_API_KEY": KEY, "VECGATE_JWT_SECRET": SECRET}
    with Gateway(tmp_path_factory.mktemp("claims"), env) as gate:
        yield gate.url


class Plain(Maker):
    """Weights of words (idf) are those of the whole collection, whoever asks: such vectors are left out."""

    def vector(self, name, kind):
        made = super().vector(name, kind)
        made.has_idf = False
        return made

    def edit(self, made):
        pass

    def example(self, vector, place):
        """Few points: they are refused."""
        return self.value(vector) if self.is_lucky(75) else super().example(vector, place)


def names_points(body):
    """Does it have a point of the collection as an example?"""
    queries = [one.get("query", one) for one in [body, *body.get("prefetch", [])] if "lookup_from" not in one]
    return any(isinstance(one, (int, str)) for query in queries for one in inputs(query))


def plain(call, answer):
    """Without versions, which count the changes of a collection."""
    if call in ("pairs", "offsets"):
        return answer.model_dump()
    if call.endswith("groups"):
        return [(group.id, plain("query", group.hits), group.lookup and group.lookup.model_dump()) for group in answer.groups]
    return [hit.model_dump(exclude={"version"}) for hit in answer]


def ids_of(call, answer):
    if call == "pairs":
        return {id for pair in answer.pairs for id in (pair.a, pair.b)}
    if call == "offsets":
        return set(answer.ids)
    if call.endswith("groups"):
        return {hit.id for group in answer.groups for hit in group.hits}
    return {hit.id for hit in answer}


def is_random(call, body):
    return call in ("pairs", "offsets") or "sample" in json.dumps(body.get("query"))


class World:
    """One collection with all points, one with those of whom is restricted, and where lookups go."""

    def __init__(self, url, chance):
        self.maker = Plain(chance)
        self.full = QdrantClient(url=url, api_key=KEY, timeout=60, check_compatibility=False)
        self.restricted = QdrantClient(url=url, api_key=MINE, timeout=60, check_compatibility=False)
        main, away = (one.values() for one in self.maker.program())
        for point in main["points"]:
            point["payload"]["whose"] = chance.choice(["mine", "others"])
        mine = [point for point in main["points"] if point["payload"]["whose"] == "mine"] or main["points"][:1]
        mine[0]["payload"]["whose"] = "mine"
        self.ids = {point["id"] for point in mine}
        for name, values in (("main", main), ("only", main | {"points": mine}), ("away", away)):
            self.full.delete_collection(name)
            make(self.full, name, values)

    def close(self):
        self.full.close()
        self.restricted.close()

    def check(self, call, body):
        """What became of it."""
        if names_points(body):
            with pytest.raises(UnexpectedResponse) as refused:
                ask(self.restricted, "main", call, body)
            assert refused.value.status_code == 403 and b"restriction is present" in refused.value.content
            return "refused"
        got, want = (self.answer(*which, call, body) for which in ((self.restricted, "main"), (self.full, "only")))
        if isinstance(got, str) or isinstance(want, str):
            assert got == want
            return "wrong"
        assert ids_of(call, got) <= self.ids
        if is_random(call, body):
            return "random"
        assert plain(call, got) == plain(call, want)
        return "same"

    def answer(self, client, collection, call, body):
        """A text: why there is none."""
        try:
            return ask(client, collection, call, body)
        except UnexpectedResponse as why:
            return f"{why.status_code} {why.structured()['status']['error']}"


@pytest.mark.filterwarnings("ignore:Api key")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_restricted_see_what_is_theirs_and_nothing_else(chunk, url):
    counts = {}
    for number in range(PROGRAMS):
        chance = random.Random(f"{SEED} {chunk} {number}")
        world = World(url, chance)
        for _ in range(QUERIES):
            call, body = world.maker.query()
            try:
                what = world.check(call, body)
            except AssertionError as why:
                pytest.fail(f"VG_SEED={SEED}: {call} {json.dumps(body)}: {why}", pytrace=False)
            counts[what] = counts.get(what, 0) + 1
        world.close()
    print(counts)
    assert counts["same"] > QUERIES * PROGRAMS / 3 and counts["refused"] > 0, counts
