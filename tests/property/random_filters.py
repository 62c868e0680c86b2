"""Random payloads, payload indexes and filters that meet often.

Values come from small pools, so that filters find something; keys and paths have dots, quotes,
brackets and letters of other scripts; now and then a value is of the wrong kind, null, or an array
in an array.
"""

UUIDS = ["550e8400-e29b-41d4-a716-446655440000", "00000000-0000-0000-0000-000000000001"]
TEXTS = ["red", "Red", "green", "", "röd", "it's", 'say "hi"', "a.b[]", "红色", "😀", "1", "nul\0l", "%_"]
WORDS = ["red", "Red", "green", "blue", "röd", "RÖD", "红色", "ab", "abc", "x1", "don't", "a", "😀"]
NUMBERS = [0, 1, -1, 2, 3, 1.0, 1.5, -0.5, 2.0, 1e3, 0.1, 10**12, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 1e300]
WHOLES = [0, 1, -1, 2, 3, 1000, 10**12, 2**53, 2**53 + 1, 2**63 - 1, -(2**63)]
BOUNDS = [0, 1, -1, 2, 3, 0.5, 1.5, -0.5, 1000, 2**53, 2.0**53 + 2, 1e19, -1e19]
DATES = ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00+00:00", "2024-02-29 12:00:00", "2024-02-29 12:00",
         "2024-02-29", "2024-02-29T14:00:00+0200", "2024-02-29T10:00:00-02", "2024-02-29T12:00:00.5Z",
         "2024-02-29T12:00:00.123456", "2024-03-01T00:00:00", "1969-12-31T23:59:59.999999Z", "1970-01-01",
         "2024-02-30", "2024-02-29T12:00", "29.02.2024", "2024-02-29t12:00:00z", "2024-02-29T12:00:00.1234567Z",
         "2024-2-29", "soon"]
MOMENTS = ["2024-02-29T12:00:00Z", "2024-02-29T12:00:00.500000Z", "2024-02-29T13:30:00+01:00", "2024-02-29T00:00:00Z",
           "1970-01-01T00:00:00Z", "2030-01-01T00:00:00+00:00"]
PLACES = [(13.4, 52.5), (13.5, 52.4), (-0.1, 51.5), (179.5, -18.0), (-179.5, -18.0), (0.0, 0.0), (10.0, 50.0),
          (5.0, 5.0), (180.0, 10.0), (-180.0, 10.0), (0, 90), (20, 60)]
NAMES = ["", "a", "b", "c"]

# What a payload has, and the kind of value that is usual there.
FIELDS = {"s": "text", "n": "number", "w": "whole", "b": "bool", "t": "words", "d": "date", "g": "geo",
          "u": "uuid", "x.y": "text", "a b": "number", "ключ": "text", "o": "objects", "m": "any", "q": "object"}
# Paths and the kind of value that is usual at their end.
PATHS = {"s": "text", "n": "number", "w": "whole", "b": "bool", "t": "words", "d": "date", "g": "geo", "u": "uuid",
         '"x.y"': "text", '"a b"': "number", "ключ": "text", "m": "any", "m[]": "any", "m[0]": "any", "m[1]": "any",
         "s[]": "text", "n[0]": "number", "q.s": "text", "q.n": "number", "q.q.s": "text", "o[].s": "text",
         "o[].n": "number", "o[0].w": "whole", "o[].t": "words", "o[].g": "geo", "o[].o[].s": "text", "o.s": "text",
         "x.y": "text", "gone": "any", "o[].d": "date", "o": "any", "q": "any", "m[][]": "any", "o[7].s": "text"}
KINDS = {"text": "keyword", "uuid": "uuid", "number": "float", "whole": "integer", "bool": "bool", "date": "datetime",
         "geo": "geo", "words": "text"}
LEAVES = ["text", "number", "whole", "bool", "words", "date", "geo", "uuid", "null", "list", "object"]


class Maker:
    def __init__(self, chance):
        self.chance = chance
        self.pick = chance.choice

    def is_lucky(self, percent):
        return self.chance.random() * 100 < percent

    # ---- payloads ----

    def scalar(self, kind):
        if kind == "text":
            return self.pick(TEXTS)
        if kind == "uuid":
            return self.pick(UUIDS + [UUIDS[0].upper(), "none"])
        if kind == "number":
            return self.pick(NUMBERS)
        if kind == "whole":
            return self.pick(WHOLES if self.is_lucky(75) else NUMBERS)
        if kind == "bool":
            return self.is_lucky(50)
        if kind == "words":
            return self.words(5)
        if kind == "date":
            return self.pick(DATES)
        return self.place()

    def words(self, most):
        separators = [" ", " ", ", ", "-", "\u3000", ""]
        return "".join(self.pick(WORDS) + self.pick(separators) for _ in range(self.chance.randint(0, most)))

    def place(self):
        lon, lat = self.pick(PLACES)
        place = {"lon": lon, "lat": lat}
        if self.is_lucky(6):
            place[self.pick(["lon", "lat"])] = self.pick([200, -91.5, "x", None, True])
        if self.is_lucky(4):
            del place[self.pick(["lon", "lat"])]
        return place

    def value(self, kind, depth=0):
        if kind == "any" or self.is_lucky(8):
            kind = self.pick(LEAVES)
        if kind == "null" or self.is_lucky(4):
            return None
        if kind == "objects":
            return [self.payload(depth + 1) for _ in range(self.chance.randint(0, 3))]
        if kind == "object":
            return self.payload(depth + 1) if depth < 3 else {}
        if kind == "list" or (depth < 3 and self.is_lucky(25)):
            inner = kind if kind != "list" else "any"
            return [self.value(inner, depth + 1 if inner != "any" else depth + 2)
                    for _ in range(self.chance.randint(0, 3))] if depth < 4 else []
        return self.scalar(kind)

    def payload(self, depth=0):
        keys = [key for key in FIELDS if depth < 2 or key not in ("o", "q", "m")]
        some = self.chance.sample(keys, self.chance.randint(0, min(len(keys), 9 if depth == 0 else 4)))
        return {key: self.value(FIELDS[key], depth) for key in some}

    def points(self, count):
        ids = self.chance.sample(list(range(1, 9)) + [2**64 - 1] + UUIDS, count)
        return [{"id": one, "payload": self.payload(),
                 "vectors": [name for name in NAMES[:3] if self.is_lucky(50)]} for one in ids]

    # ---- indexes ----

    def index(self, path):
        kind = KINDS.get(PATHS[path]) if self.is_lucky(85) else None
        schema = {"type": kind or self.pick(list(KINDS.values()))}
        if schema["type"] == "text":
            schema["tokenizer"] = self.pick(["word", "word", "whitespace", "prefix", "multilingual"])
            if self.is_lucky(30):
                schema["min_token_len"] = self.pick([1, 2])
            if self.is_lucky(30):
                schema["max_token_len"] = self.pick([2, 3, 4])
            if self.is_lucky(30):
                schema["lowercase"] = False
            if self.is_lucky(50):
                schema["phrase_matching"] = True
        if schema["type"] == "integer" and self.is_lucky(20):
            schema.update(self.pick([{"lookup": False, "range": True}, {"lookup": True, "range": False}]))
        return {"field_name": path, "field_schema": schema}

    def indexes(self):
        paths = self.chance.sample(sorted(PATHS), self.chance.randint(3, 12))
        return [self.index(path) for path in paths]

    # ---- filters ----

    def bounds(self, pool, least=1):
        names = self.chance.sample(["lt", "gt", "lte", "gte"], self.pick([least, 1, 1, 2, 2, 3]))
        return {name: self.pick(pool) for name in names}

    def match_any(self, kind):
        pool = {"number": WHOLES, "whole": WHOLES, "uuid": UUIDS, "words": WORDS}.get(kind, TEXTS)
        if self.is_lucky(5):
            return []
        return self.chance.sample(pool, self.chance.randint(1, min(4, len(pool))))

    def match(self, kind):
        how = self.pick(["value", "value", "value", "any", "any", "except"])
        if kind == "words" and self.is_lucky(85) or self.is_lucky(8):
            return {self.pick(["text"] * 5 + ["phrase"]): self.words(2) if self.is_lucky(70) else self.pick(WORDS)}
        if how != "value":
            return {how: self.match_any(kind)}
        if kind == "bool" or self.is_lucky(5):
            return {"value": self.is_lucky(50)}
        return {"value": self.pick(self.match_any(kind) or [1])}

    def geo(self):
        def at(lon, lat):
            return {"lon": lon, "lat": lat}

        how = self.pick(["box", "box", "radius", "polygon"])
        lon, lat = self.pick(PLACES)
        if how == "radius":
            return {"geo_radius": {"center": at(lon, lat), "radius": self.pick([0.0, 1.0, 2e4, 1e6, 2e7, 3e7])}}
        if how == "box":
            west, east = self.pick([(lon - 1, lon + 1), (170, -170), (-180, 180), (0, 20), (lon, 20), (13.4, 13.5)])
            top, bottom = self.pick([(lat + 1, lat - 1), (90, -90), (60, 0), (52.5, 52.4)])
            return {"geo_bounding_box": {"top_left": at(max(-180, min(180, west)), max(-90, min(90, top))),
                                         "bottom_right": at(max(-180, min(180, east)), max(-90, min(90, bottom)))}}
        rings = [[(0, 0), (20, 0), (20, 60), (0, 60), (0, 0)], [(13, 52), (14, 52), (13.5, 53), (13, 52)],
                 [(-180, -90), (180, -90), (180, 90), (-180, 90), (-180, -90)]]
        holes = [[(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)], [(5, 5), (10, 50), (5, 50), (5, 5)]]
        polygon = {"exterior": {"points": [at(*one) for one in self.pick(rings)]}}
        if self.is_lucky(50):
            polygon["interiors"] = [{"points": [at(*one) for one in hole]}
                                    for hole in self.chance.sample(holes, self.chance.randint(1, 2))]
        return {"geo_polygon": polygon}

    def field_test(self, kind):
        if kind == "any" or self.is_lucky(10):
            kind = self.pick(list(KINDS))
        if self.is_lucky(8):
            return {"values_count": self.bounds([0, 1, 2, 3])}
        if kind == "geo":
            return self.geo()
        if kind == "date" and self.is_lucky(85):
            return {"range": self.bounds(MOMENTS)}
        if kind in ("number", "whole") and self.is_lucky(50):
            return {"range": self.bounds(BOUNDS)}
        return {"match": self.match(kind)}

    def condition(self, paths, depth):
        luck = self.chance.random() * 100
        path = self.pick(paths)
        if luck < 5:
            return {self.pick(["is_empty", "is_null"]): {"key": path}}
        if luck < 6:
            return {"key": path, self.pick(["is_empty", "is_null"]): self.is_lucky(50)}
        if luck < 9:
            ids = list(range(1, 6)) + [2**64 - 1] + UUIDS + [UUIDS[0].upper()]
            return {"has_id": self.chance.sample(ids, self.chance.randint(1, 5))}
        if luck < 12:
            return {"has_vector": self.pick(NAMES)}
        if luck < 22 and depth < 3:
            key = self.pick(["o", "o", "o", "o[]", "o[]", "o[].o", "q.o", "q", "m", "s"])
            inner = [one for one in PATHS if not one.startswith(("m[", "x"))]
            return {"nested": {"key": key, "filter": self.filter(inner, depth + 1)}}
        if luck < 30 and depth < 3:
            return self.filter(paths, depth + 1)
        return {"key": path, **self.field_test(PATHS[path])}

    def conditions(self, paths, depth):
        some = [self.condition(paths, depth) for _ in range(self.pick([1, 1, 1, 2, 2, 3]))]
        return some[0] if len(some) == 1 and self.is_lucky(30) else some

    def filter(self, paths=None, depth=0):
        paths = paths or sorted(PATHS)
        made = {}
        for name in self.chance.sample(["must", "should", "must_not", "min_should"], self.pick([1, 1, 1, 1, 2, 3])):
            if name == "min_should":
                some = [self.condition(paths, depth) for _ in range(self.chance.randint(1, 4))]
                made[name] = {"conditions": some, "min_count": self.chance.randint(0, len(some))}
            else:
                made[name] = [] if self.is_lucky(2) else self.conditions(paths, depth)
        return made
