"""Turns at the routes that search: by vectors, by points as examples, in groups, and among themselves."""
from attack_model import Absent, elements, scores, value_at
from attack_points import check_hits, lookup_of, near
from attack_run import expect, route

LIMIT = 100


def any_example(turn, collection):
    return turn.vector() if turn.chance.random() < 0.5 else turn.any_id(collection, 0.8)


def any_question(turn, collection, kinds):
    kind = turn.chance.choice(kinds)

    def some(most):
        return [any_example(turn, collection) for _ in range(turn.chance.randint(1, most))]

    if kind == "vector":
        return {"nearest": [turn.vector()]}
    if kind == "nearest":
        return {"nearest": some(1)}
    if kind == "recommend":
        return {"positive": some(2), "negative": some(1) if turn.chance.random() < 0.4 else []}
    pairs = [{"positive": any_example(turn, collection), "negative": any_example(turn, collection)} for _ in range(turn.chance.randint(1, 2))]
    return {"target": some(1), "context": pairs}


def wire_question(turn, question, family):
    if "nearest" in question:
        one = question["nearest"][0]
        return {"query": one} if family == "query" else {"vector": one} if family == "search" or isinstance(one, list) else {"id": one}
    if "positive" in question:
        given = {"positive": question["positive"]} | ({"negative": question["negative"]} if question["negative"] else {})
        return given if family == "recommend" else {"recommend": given} if family == "native" else {"query": {"recommend": given}}
    given = {"target": question["target"][0], "context": question["context"]}
    return given if family == "discover" else {"discover": given} if family == "native" else {"query": {"discover": given}}


class Search:
    """A search and what must come of it."""

    KINDS = {"query": ["nearest", "recommend", "discover"], "native": ["nearest", "recommend", "discover"],
             "search": ["vector"], "recommend": ["recommend"], "discover": ["discover"]}

    def __init__(self, turn, collection, family):
        self.turn, self.collection, self.family = turn, collection, family
        self.question = any_question(turn, collection, self.KINDS[family])
        self.using = turn.chance.choice(collection.vectors)
        self.filter = turn.filter(collection)
        self.limit = turn.chance.choice([1, 3, LIMIT])
        self.away = self.any_away() if self.has_ids() and turn.chance.random() < 0.3 else None
        self.body = wire_question(turn, self.question, family) | {"filter": self.filter, "with_payload": True, "limit": self.limit}
        self.add_using()
        if self.away:
            self.body["lookup_from"] = {"collection": self.away[0], "vector": self.away[1]}

    def any_away(self):
        """The empty name stands for the vector that is searched by: what is looked up in has to have it."""
        name = self.turn.any_name()
        found = self.turn.tenant.find(name)
        vector = self.turn.chance.choice(found.vectors if found else ["", "v"])
        return (name, vector) if not found or vector or not self.using else None

    def add_using(self):
        if self.family == "search":
            if self.using:
                self.body["vector"] = {"name": self.using, "vector": self.body["vector"]}
        elif self.using:
            self.body["using"] = self.using

    def scored(self):
        """What the points that pass score; or why there is no answer."""
        away = None
        if self.away:
            found = self.turn.tenant.find(self.away[0])
            if found is None:
                raise Absent(f"Collection {self.away[0]} not found")
            away = (found, self.away[1])
        passed = self.collection.matching(self.filter)
        return {id: score for id, score in scores(self.question, self.collection, self.using, away).items() if id in passed}

    def has_ids(self):
        pairs = [one for pair in self.question.get("context", []) for one in pair.values()]
        return any(not isinstance(one, list) for name, some in self.question.items() if name != "context" for one in [*some, *pairs])

    def check(self, answer, found):
        """`found`: what of the result the hits are."""
        self.turn.there(answer)
        try:
            scored = self.scored()
        except Absent as why:
            refuse(self.turn, answer, why)
        check_hits(self.turn, found(self.turn.good(answer)), self.collection, scored, self.limit)


def refuse(turn, answer, why):
    """Of several examples that are absent any may be told."""
    expect(answer.status == 404, "not 404", answer)
    is_point = "Collection" not in str(why) and any(text in answer.said for text in ("No point with id", "Vector with name"))
    turn.wrong(answer, 404, str(why) if not is_point and "\0" not in str(why) else "")


def family_of(turn):
    return "native" if turn.native else turn.template.split("/points/")[1].split("/")[0]


def hits_of(turn):
    """Of one answer: where the hits are."""
    return (lambda result: result["points"]) if family_of(turn) in ("native", "query") else lambda result: result


@route("POST /collections/{collection}/points/query", "POST /collections/{collection}/points/search", "POST /collections/{collection}/points/recommend",
       "POST /collections/{collection}/points/discover", "POST /v1/collections/{collection}/points/search")
def search(turn):
    one = Search(turn, turn.pick(), family_of(turn))
    one.check(turn.ask(one.body), hits_of(turn))


@route("POST /collections/{collection}/points/query/batch", "POST /collections/{collection}/points/search/batch",
       "POST /collections/{collection}/points/recommend/batch", "POST /collections/{collection}/points/discover/batch",
       "POST /v1/collections/{collection}/points/search/batch")
def search_batch(turn):
    collection = turn.pick()
    searches = [Search(turn, collection, family_of(turn)) for _ in range(turn.chance.randint(1, 3))]
    answer = turn.ask({"searches": [one.body for one in searches]})
    turn.there(answer)
    try:
        scored = [one.scored() for one in searches]
    except Absent:
        turn.wrong(answer, 404)
    result = turn.good(answer)
    lists = result["answers"] if turn.native else result
    expect(len(lists) == len(searches), "an answer for each", lists)
    for one, hits, passed in zip(searches, lists, scored, strict=True):
        check_hits(turn, hits_of(turn)(hits), collection, passed, one.limit)


# ---- groups ----

def grouped(collection, scored, key):
    groups = {}
    for id, score in scored.items():
        for value in elements(value_at(collection.points[id].payload, key)):
            groups.setdefault(value, {})[id] = score
    return groups


@route("POST /collections/{collection}/points/query/groups", "POST /collections/{collection}/points/search/groups",
       "POST /collections/{collection}/points/recommend/groups", "POST /v1/collections/{collection}/points/search/groups")
def search_groups(turn):
    collection = turn.pick()
    one = Search(turn, collection, family_of(turn))
    key, size, limit = turn.chance.choice(["n", "n", "tag"]), turn.chance.randint(1, 3), turn.chance.choice([1, 2, LIMIT])
    body = one.body | {"group_by": key, "group_size": size, "limit": limit}
    away = turn.any_name() if turn.chance.random() < 0.6 else None
    if away is not None:
        body["with_lookup"] = {"collection": away, "with_payload": True}
    answer = turn.ask(body)
    turn.there(answer)
    if away is not None and turn.tenant.find(away) is None:
        turn.wrong(answer, 404)
    try:
        groups = grouped(collection, one.scored(), key)
    except Absent as why:
        refuse(turn, answer, why)
    check_groups(turn, collection, turn.good(answer)["groups"], groups, (limit, size, turn.tenant.find(away) if away is not None else None))


def check_groups(turn, collection, told, groups, asked):
    limit, size, away = asked
    best = sorted((max(group.values()) for group in groups.values()), reverse=True)[:limit]
    expect(len(told) == len(best) and len({one["id"] for one in told}) == len(told), "groups", told, groups)
    for one, score in zip(told, best, strict=True):
        expect(one["id"] in groups and near(max(groups[one["id"]].values()), score), "the best groups", told, groups)
        check_hits(turn, one["points" if turn.native else "hits"], collection, groups[one["id"]], size)
        lookup_of(turn, one, collection, away)


# ---- among themselves ----

@route("POST /collections/{collection}/points/search/matrix/pairs", "POST /collections/{collection}/points/search/matrix/offsets",
       "POST /v1/collections/{collection}/points/search/matrix")
def matrix(turn):
    collection = turn.pick()
    using, filter_, limit = turn.chance.choice(collection.vectors), turn.filter(collection), turn.chance.randint(1, 4)
    body = {"sample": LIMIT, "limit": limit, "filter": filter_} | ({"using": using} if using else {})
    result = turn.reach(body)
    passed = [id for id in collection.matching(filter_) if using in collection.points[id].vectors]
    if "offsets_row" in result:
        ids = result["ids"]
        pairs = [{"a": ids[row], "b": ids[column], "score": score}
                 for row, column, score in zip(result["offsets_row"], result["offsets_col"], result["scores"], strict=True)]
    else:
        pairs = result["pairs"]
    rows = {}
    for pair in pairs:
        rows.setdefault(pair["a"], []).append((pair["b"], pair["score"]))
    expect(set(rows) <= set(passed) and (len(passed) < 2 or len(rows) == len(passed)), "points", rows, passed)
    for id, row in rows.items():
        vector = collection.points[id].vectors[using]
        others = scores({"nearest": [vector]}, collection, using)
        others = {other: score for other, score in others.items() if other in passed and other != id}
        wanted = sorted(others.values(), reverse=True)[:limit]
        expect(len(row) == len(wanted) and all(near(score, there) and near(others.get(other, 1e9), score)
                                               for (other, score), there in zip(row, wanted, strict=True)), "neighbours", id, row, others)
