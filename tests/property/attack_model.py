"""What a tenant has, as it must be: collections with their points, their other names, their declared fields. A few
dozen points at most, so that every search is a comparison with all of them."""
import uuid


class Point:
    def __init__(self, vectors, payload):
        self.vectors, self.payload = vectors, payload


class Collection:
    """Vectors by name, each of DIMENSION whole numbers and compared by dot product: scores are whole."""

    DIMENSION = 3

    def __init__(self, vectors):
        self.vectors = list(vectors)
        self.points = {}
        self.fields = {}  # path: type
        self.settings = {}

    @property
    def is_plain(self):
        return self.vectors == [""]

    def matching(self, condition):
        return [id for id, point in self.points.items() if matches(condition, id, point.payload)]


class Tenant:
    def __init__(self, name, canary):
        self.name, self.canary = name, canary
        self.collections, self.aliases = {}, {}
        self.called = set()  # each name that it ever gave

    def find(self, name):
        return self.collections.get(self.aliases.get(name, name))

    def aliases_of(self, name):
        return sorted(alias for alias, of in self.aliases.items() if of == name)


# ---- ids ----

def canonical(id):
    """As it is answered: UUIDs in any form are one."""
    try:
        return str(uuid.UUID(id)) if isinstance(id, str) else id
    except ValueError:
        return id


def is_id(value):
    """Could a payload's value be the id of a point of Qdrant's?"""
    if isinstance(value, int):
        return not isinstance(value, bool) and value >= 0
    return canonical(value) != value or len(value) == 36 and value.count("-") == 4


# ---- filters ----

def value_at(payload, path):
    key = path[1:-1] if path.startswith('"') else path
    return payload.get(key)


def elements(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def equal(value, other):
    return type(value) is type(other) and value == other


def meets(condition, id, payload):
    if "has_id" in condition:
        return id in map(canonical, condition["has_id"])
    if "is_empty" in condition:
        return not elements(value_at(payload, condition["is_empty"]["key"]))
    if "key" not in condition:
        return matches(condition, id, payload)
    values = elements(value_at(payload, condition["key"]))
    if "range" in condition:
        low, high = condition["range"]["gte"], condition["range"]["lt"]
        return any(isinstance(value, int) and low <= value < high for value in values)
    match = condition["match"]
    wanted = match["any"] if "any" in match else [match["value"]]
    return any(equal(value, one) for value in values for one in wanted)


def matches(filter_, id, payload):
    if filter_ is None:
        return True
    must, should, must_not = (filter_.get(name) or [] for name in ("must", "should", "must_not"))
    return (all(meets(one, id, payload) for one in must) and (not should or any(meets(one, id, payload) for one in should))
            and not any(meets(one, id, payload) for one in must_not))


# ---- scores ----

def dot(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


def squash(x):
    return x / (1 + abs(x))


class Absent(Exception):
    """An example is not there: the id, and whether only its vector is not."""

    def __init__(self, what):
        super().__init__(what)


def example(one, collection, using):
    """A vector, or that of a point."""
    if isinstance(one, list):
        return one
    point = collection.points.get(canonical(one))
    if point is None:
        raise Absent("No point with id")
    if using not in point.vectors:
        raise Absent("Vector with name")
    return point.vectors[using]


def average(vectors):
    return [sum(column) / len(vectors) for column in zip(*vectors)]


def scores(question, collection, using, away=None):
    """Score of each point that has the vector and is no example; `away`: (collection, vector) that ids are of."""
    held, name = away or (collection, using)

    def of(one):
        return example(one, held, name)

    examples = [*question.get("nearest", []), *question.get("positive", []), *question.get("negative", []), *question.get("target", [])]
    for pair in question.get("context", []):
        examples += pair.values()
    vectors = {id: point.vectors[using] for id, point in collection.points.items() if using in point.vectors}
    if held is collection:
        for one in examples:
            if not isinstance(one, list):
                of(one)
                vectors.pop(canonical(one), None)
    if "nearest" in question:
        target = of(question["nearest"][0])
        return {id: dot(vector, target) for id, vector in vectors.items()}
    if "target" in question:
        target = of(question["target"][0])
        pairs = [(of(pair["positive"]), of(pair["negative"])) for pair in question["context"]]

        def discover(vector):
            ranks = sum((dot(vector, good) > dot(vector, bad)) - (dot(vector, good) < dot(vector, bad)) for good, bad in pairs)
            return ranks + (squash(dot(vector, target)) + 1) / 2

        return {id: discover(vector) for id, vector in vectors.items()}
    positive = average([of(one) for one in question["positive"]])
    negative = [of(one) for one in question.get("negative", [])]
    target = [2 * p - n for p, n in zip(positive, average(negative))] if negative else positive
    return {id: dot(vector, target) for id, vector in vectors.items()}
