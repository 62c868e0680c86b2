"""Random collections and queries of every kind over them (FACTS 8), as JSON values (query_calls.py).

Collections are small and of all shapes: one unnamed vector, several named ones, sparse ones with and without
idf, multivectors; every metric. Numbers are random ones, or multiples of 1/8, whose sums are exact in float32 and
meet in ties. Payloads are clean: what filters make of others is test_filters.py's matter.
"""
from dataclasses import dataclass, field, replace

METRICS = ["Cosine", "Dot", "Euclid", "Manhattan"]
CITIES = ["Berlin", "Lagos", "Suva", "Apia", "Quito", "Oslo"]
WORDS = ["river", "stone", "light", "garden"]
INDEXES = {"n": "integer", "f": "float", "d": "datetime", "ns": "integer"}
SELECTORS = [True, False, ["city"], ["q.s", "n"], {"include": ["q"]}, {"exclude": ["n", "q.s"]}, {"exclude": ["o"]}, ["gone"]]
VOCABULARY = 12


@dataclass
class Vector:
    """A vector's name, and what its values look like."""
    name: str
    kind: str  # dense, multi, sparse
    size: int = 0
    distance: str = "Dot"
    datatype: str | None = None
    is_grid: bool = False
    has_idf: bool = False
    is_overlapping: bool = False  # sparse: all have index 0

    def params(self):
        if self.kind == "sparse":
            return {"modifier": "idf"} if self.has_idf else {}
        made = {"size": self.size, "distance": self.distance}
        if self.kind == "multi":
            made["multivector_config"] = {"comparator": "max_sim"}
        return made | ({"datatype": self.datatype} if self.datatype else {})


@dataclass
class Collection:
    vectors: list
    points: list = field(default_factory=list)
    edits: list = field(default_factory=list)
    state: dict = field(default_factory=dict)  # id: (names of its vectors, payload), after the edits

    def values(self):
        """As query_calls.make() takes it."""
        return {"vectors": {one.name: one.params() for one in self.vectors if one.kind != "sparse"},
                "sparse_vectors": {one.name: one.params() for one in self.vectors if one.kind == "sparse"},
                "indexes": INDEXES, "points": self.points, "edits": self.edits}

    def holders(self, name):
        """Ids of points with that vector."""
        return [id for id, (names, _) in self.state.items() if name in names]


class Maker:
    def __init__(self, chance):
        self.chance = chance
        self.pick = chance.choice

    def is_lucky(self, percent):
        return self.chance.random() * 100 < percent

    def some(self, pool, least, most):
        return self.chance.sample(pool, min(len(pool), self.chance.randint(least, most)))

    # ---- vectors ----

    def vector(self, name, kind):
        if kind == "sparse":
            return Vector(name, kind, has_idf=self.is_lucky(50), is_overlapping=self.is_lucky(85))
        made = Vector(name, kind, self.chance.randint(2, 7), self.pick(METRICS), is_grid=self.is_lucky(30))
        if made.is_grid and made.distance != "Cosine" and kind == "dense" and self.is_lucky(40):
            made.datatype = self.pick(["float16", "uint8", "float32"])
        return made

    def shape(self):
        kinds = self.pick([{"": "dense"}, {"": "dense"}, {"a": "dense", "b": "dense"}, {"a": "dense", "b": "dense", "s": "sparse"},
                           {"": "dense", "s": "sparse"}, {"a": "dense", "m": "multi"}, {"": "multi"}, {"s": "sparse"},
                           {"a": "dense", "m": "multi", "s": "sparse", "t": "sparse"}])
        return [self.vector(name, kind) for name, kind in kinds.items()]

    def number(self, vector):
        if vector.datatype == "uint8":
            return float(self.chance.randint(0, 9))
        if vector.is_grid:
            return self.chance.randint(-12, 12) / 8
        return self.chance.uniform(-1, 1)

    def numbers(self, vector):
        row = [self.number(vector) for _ in range(vector.size)]
        return row if any(row) else row[:-1] + [1.0]

    def value(self, vector):
        if vector.kind == "dense":
            return self.numbers(vector)
        if vector.kind == "multi":
            return [self.numbers(vector) for _ in range(self.chance.randint(1, 3))]
        indices = self.some(range(1, VOCABULARY), 1, 5) + ([0] if vector.is_overlapping else [])
        self.chance.shuffle(indices)
        return {"indices": indices, "values": [self.chance.uniform(0.1, 2) * self.pick([1, 1, 1, -1]) for _ in indices]}

    # ---- collections ----

    def ids(self, count):
        kind = self.pick(["numbers", "numbers", "uuids", "both"])
        numbers = self.chance.sample(range(1, 10 * count), count)
        texts = [f"{self.chance.getrandbits(32):08x}-0000-4000-8000-{number:012x}" for number in numbers]
        if kind == "both":
            return [self.pick(pair) for pair in zip(numbers, texts)]
        return numbers if kind == "numbers" else texts

    def payload(self):
        made = {
            "city": self.pick(CITIES) if self.is_lucky(80) else self.some(CITIES, 0, 3),
            "n": self.chance.randint(-3, 9),
            "f": self.chance.uniform(-5, 5),
            "d": f"20{self.chance.randint(10, 24)}-0{self.chance.randint(1, 9)}-1{self.chance.randint(0, 9)}T0{self.chance.randint(0, 9)}:00:00Z",
            "ns": [self.chance.randint(0, 20) for _ in range(self.chance.randint(0, 3))],
            "owner": self.chance.randint(1, 8),
            "b": self.is_lucky(50),
            "q": {"s": self.pick(WORDS), "n": self.chance.randint(0, 5)},
            "o": [{"s": self.pick(WORDS), "n": self.chance.randint(0, 5)} for _ in range(self.chance.randint(0, 2))],
        }
        return {key: value for key, value in made.items() if self.is_lucky(85)}

    def point(self, id, vectors, is_whole):
        held = [one for one in vectors if is_whole or one.kind == "multi" or self.is_lucky(85)]
        values = {one.name: self.value(one) for one in held}
        if list(values) == [""] and self.is_lucky(50):
            values = values[""]
        return {"id": id, "vector": values, "payload": self.payload()}

    def collection(self, vectors, count, ids=None):
        made = Collection(vectors)
        ids = ids or self.ids(count)
        # The in-process client makes room for a vector with the next point that has it.
        made.points = [self.point(id, vectors, id == ids[-1] or len(vectors) == 1) for id in ids]
        for point in made.points:
            names = point["vector"] if isinstance(point["vector"], dict) else [""]
            made.state[point["id"]] = (set(names), point["payload"])
        self.edit(made)
        return made

    def edit(self, made):
        """Replaces, changes, deletes a few points."""
        ids = list(made.state)
        for id in self.some(ids, 0, 4):
            point = self.point(id, made.vectors, False)
            made.edits.append(["upsert", [point]])
            made.state[id] = (set(point["vector"] if isinstance(point["vector"], dict) else [""]), point["payload"])
        for id in self.some(ids, 0, 3):
            made.edits.append(["set_payload", {"n": 4, "city": "Oslo"}, [id]])
            made.state[id][1].update(n=4, city="Oslo")
        dense = [one for one in made.vectors if one.kind == "dense"]
        for id in self.some(ids, 0, 3) if dense else []:
            one = self.pick(dense)
            made.edits.append(["update_vectors", [{"id": id, "vector": {one.name: self.value(one)}}]])
            made.state[id][0].add(one.name)
        if any(one.has_idf for one in made.vectors):
            return  # the in-process client goes on counting what is deleted
        for id in self.some(ids, 0, 3) if dense else []:
            made.edits.append(["delete_vectors", [dense[0].name], [id]])
            made.state[id][0].discard(dense[0].name)
        for id in self.some(ids, 0, 3):
            made.edits.append(["delete", [id]])
            del made.state[id]

    def program(self):
        """A collection to ask, and another one that examples and groups are looked up in."""
        vectors = self.shape()
        self.main = self.collection(vectors, self.chance.randint(20, 90))
        away = list(vectors)
        if vectors[0].kind != "sparse" and vectors[0].name:
            away.append(replace(vectors[0], name="spare"))
        self.away = self.collection(away, 8, ids=list(range(1, 9)))
        return self.main, self.away

    # ---- filters ----

    def test(self):
        return self.pick([
            lambda: {"key": "city", "match": {"value": self.pick(CITIES)}},
            lambda: {"key": "city", "match": {"any": self.some(CITIES, 1, 4)}},
            lambda: {"key": "n", "range": {"gte": self.chance.randint(-3, 5)}},
            lambda: {"key": "n", "range": {"lt": self.chance.randint(0, 9), "gt": -3}},
            lambda: {"key": "f", "range": {self.pick(["gt", "lte"]): self.chance.uniform(-4, 4)}},
            lambda: {"key": "b", "match": {"value": True}},
            lambda: {"key": "d", "range": {"gte": "2016-01-01T00:00:00Z"}},
            lambda: {"key": "q.s", "match": {"value": self.pick(WORDS)}},
            lambda: {"key": "ns", "values_count": {"gte": 1}},
            lambda: {"nested": {"key": "o", "filter": {"must": [{"key": "s", "match": {"value": self.pick(WORDS)}},
                                                               {"key": "n", "range": {"gte": 1}}]}}},
            lambda: {"is_empty": {"key": self.pick(["city", "ns", "o"])}},
            lambda: {"has_id": self.some(list(self.main.state), 3, 30)},
            lambda: {"has_vector": self.pick(self.main.vectors).name},
        ])()

    def filter(self):
        made = {}
        for clause in self.some(["must", "should", "must_not"], 1, 2):
            made[clause] = [self.test() for _ in range(self.pick([1, 1, 2, 3] if clause == "should" else [1, 1, 2]))]
        if self.is_lucky(8):
            made["min_should"] = {"conditions": [self.test() for _ in range(3)], "min_count": self.chance.randint(1, 2)}
        return made

    # ---- examples ----

    def place(self, vector, body):
        """Where ids of examples are looked up: their collection and the vector's name there."""
        if not self.is_lucky(12):
            return self.main, vector.name
        body["lookup_from"] = {"collection": "away"}
        if any(one.name == "spare" for one in self.away.vectors) and vector is self.main.vectors[0] and self.is_lucky(60):
            body["lookup_from"]["vector"] = "spare"
            return self.away, "spare"
        return self.away, vector.name

    def example(self, vector, place):
        ids = place[0].holders(place[1])
        return self.pick(ids) if ids and self.is_lucky(55) else self.value(vector)

    def examples(self, vector, place, least=0):
        return [self.example(vector, place) for _ in range(self.chance.randint(least, 3))]

    def pairs(self, vector, place, least=0):
        return [{"positive": self.example(vector, place), "negative": self.example(vector, place)}
                for _ in range(self.chance.randint(least, 3))]

    def recommendation(self, vector, place):
        strategy = self.pick([None, "average_vector", "best_score", "sum_scores"])
        if vector.datatype and strategy in (None, "average_vector"):
            strategy = "sum_scores"  # an average need not be of that type
        is_average = strategy in (None, "average_vector")
        made = {"positive": self.examples(vector, place, 1 if is_average else 0)}
        if not made["positive"] or self.is_lucky(60):
            made["negative"] = self.examples(vector, place, 0 if made["positive"] else 1)
        return made | ({"strategy": strategy} if strategy else {})

    def scored(self, body):
        """A query that compares with vectors; says in the body which."""
        vector = self.pick(self.main.vectors)
        if vector.name:
            body["using"] = vector.name
        place = self.place(vector, body)
        how = self.pick(["nearest", "nearest", "recommend", "recommend", "discover", "context"])
        if how == "nearest":
            return {"nearest": self.example(vector, place)}
        if how == "recommend":
            return {"recommend": self.recommendation(vector, place)}
        if how == "context":
            return {"context": self.pairs(vector, place, 1)}
        return {"discover": {"target": self.example(vector, place), "context": self.pairs(vector, place)}}

    def order(self, can_repeat=True):
        key = self.pick(["n", "f", "d", "ns"] if can_repeat else ["f"])
        if self.is_lucky(30):
            return {"order_by": key}
        made = {"key": key}
        if self.is_lucky(70):
            made["direction"] = self.pick(["asc", "desc"])
        if self.is_lucky(40):
            made["start_from"] = "2017-05-05T00:00:00Z" if key == "d" else self.pick([0, 2, 5])
        return {"order_by": made}

    # ---- queries ----

    def threshold(self, vector, query):
        is_nearest = "nearest" in query or "recommend" in query and query["recommend"].get("strategy") in (None, "average_vector")
        if is_nearest and vector.distance in ("Euclid", "Manhattan"):
            return self.chance.uniform(0.3, 6)
        return self.chance.uniform(-1, 1) if self.is_lucky(70) else self.chance.uniform(-8, 2)

    def using(self, body):
        return next(one for one in self.main.vectors if one.name == body.get("using", ""))

    def with_threshold(self, body, percent):
        if self.is_lucky(percent):
            body["score_threshold"] = self.threshold(self.using(body), body["query"])

    def prefetch(self):
        body = {"limit": self.pick([1, 3, 5, 10, 15, 25])}
        luck = self.chance.random() * 100
        if luck < 85:
            body["query"] = self.scored(body)
            self.with_threshold(body, 10)
        elif luck < 95:
            body["query"] = self.order(False)
        if self.is_lucky(25):
            body["filter"] = self.filter()
        return body

    def root(self, is_grouped):
        """A query and what it looks at."""
        body = {}
        luck = self.chance.random() * 100
        if is_grouped and 59 <= luck < 69:
            luck = 0  # groups in no order, or in that of a field, are nobody's wish
        if luck < 55:
            body["query"] = self.scored(body)
            self.with_threshold(body, 15)
        elif luck < 59:
            pass  # all points by id
        elif luck < 65:
            body["query"] = self.order()
        elif luck < 69:
            body["query"] = {"sample": "random"}
        elif luck < 85:
            body["query"] = {"fusion": self.pick(["rrf", "dbsf"])}
            if self.is_lucky(10):
                body["score_threshold"] = self.chance.uniform(0.05, 0.9)
        else:
            body["query"] = self.scored(body) if is_grouped or self.is_lucky(80) else self.pick([self.order(), {"sample": "random"}])
        if luck >= 69:
            body["prefetch"] = [self.prefetch() for _ in range(self.pick([1, 2, 2, 3]))]
        if self.is_lucky(40):
            body["filter"] = self.filter()
        return body

    def selectors(self, body):
        if self.is_lucky(40):
            body["with_payload"] = self.pick(SELECTORS)
        if self.is_lucky(30):
            body["with_vector"] = self.pick([True, False, [one.name for one in self.main.vectors if self.is_lucky(60)]])

    def page(self, body):
        if self.is_lucky(85):
            body["limit"] = self.pick([1, 2, 3, 5, 8, 13, 40, 200])
        if self.is_lucky(25):
            body["offset"] = self.pick([0, 1, 2, 5, 15, 300])

    def settings(self, body):
        if self.is_lucky(10) and "prefetch" not in body:
            body["params"] = self.pick([{"exact": True}, {"hnsw_ef": 200}, {"exact": False, "hnsw_ef": 128}])

    def grouping(self, body):
        body["group_by"] = self.pick(["city", "n", "owner", "ns", "q.s", "o[].n"])
        body["limit"] = self.pick([1, 2, 4, 10])
        body["group_size"] = self.pick([1, 2, 3, 10])
        if self.is_lucky(30):
            body["with_lookup"] = self.pick(["away", {"collection": "away", "with_payload": ["n", "city"], "with_vectors": True},
                                             {"collection": "away", "with_payload": False}])

    def named(self, vector, value):
        if vector.kind == "sparse" or vector.name:
            return {"name": vector.name, "vector": value}
        return value

    def search(self):
        vector = self.pick([one for one in self.main.vectors if one.kind != "multi"])
        body = {"vector": self.named(vector, self.value(vector)), "limit": 10}
        if self.is_lucky(20):
            body["score_threshold"] = self.threshold(vector, {"nearest": 0})
        return body

    def recommend(self):
        vector = self.pick(self.main.vectors)
        body = {"limit": 10} | ({"using": vector.name} if vector.name else {})
        place = self.place(vector, body)
        while True:
            body |= self.recommendation(vector, place)
            # these calls know no multivectors but those of points
            if not any(isinstance(one, list) and isinstance(one[0], list) for one in body.get("positive", []) + body.get("negative", [])):
                return body

    def discover(self):
        vector = self.pick([one for one in self.main.vectors if one.kind != "multi"])
        body = {"limit": 10} | ({"using": vector.name} if vector.name else {})
        place = self.place(vector, body)
        if self.is_lucky(70):
            body["target"] = self.example(vector, place)
        body["context"] = self.pairs(vector, place, 0 if "target" in body else 1)
        return body

    def matrix(self):
        body = {"sample": self.pick([2, 5, 10, 500]), "limit": self.pick([1, 3, 500])}
        vector = self.pick(self.main.vectors)
        return body | ({"using": vector.name} if vector.name else {})

    def can_use_old_calls(self):
        return any(one.kind != "multi" for one in self.main.vectors)

    def query(self):
        """A call and its body."""
        call = self.pick(["query"] * 14 + ["query groups"] * 3 + ["pairs", "offsets"])
        if self.can_use_old_calls() and self.is_lucky(22):
            call = self.pick(["search", "recommend", "discover", "search groups", "recommend groups"])
        if call in ("pairs", "offsets"):
            body = self.matrix()
        elif call.startswith("query"):
            body = self.root(call.endswith("groups"))
        else:
            body = getattr(self, call.split()[0])()
        if self.is_lucky(30) and "filter" not in body:
            body["filter"] = self.filter()
        if call in ("pairs", "offsets"):
            return call, body
        self.settings(body)
        self.selectors(body)
        if call.endswith("groups"):
            self.grouping(body)
        else:
            self.page(body)
        return call, body
