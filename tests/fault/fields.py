"""The payload fields of the writers' points, one for each kind of payload index: how values are made, how the field
is declared, a condition on it in both APIs' grammar, and what that condition means.

The conditions are those whose answer does not depend on an index (FACTS 7), so that the model knows it.
"""
WORDS = ("alpha", "bravo", "charlie", "delta")  # none is part of another
DAYS = 28


def day(number):
    return f"2024-02-{1 + number % DAYS:02}T00:00:00Z"


def uuid(number):
    return f"00000000-0000-4000-8000-{number % 5:012x}"


class Field:
    """`make(random, mark)`: a value. `schemas`: its declarations. `ask(random)`: (condition without its key, whether a
    value that is there meets it). `order_by`, `facet`: what an index of any of these schemas can do."""

    def __init__(self, schemas, make, ask, order_by=False, facet=False):
        self.schemas, self.make, self.ask = schemas, make, ask
        self.order_by, self.facet = order_by, facet


def ask_mark(random):
    least = random.randrange(200)
    return {"range": {"gte": least}}, lambda value: value >= least


def ask_word(random):
    word = random.choice(WORDS)
    return {"match": {"value": word}}, lambda value: word in value


def ask_real(random):
    most = random.randrange(100) + 0.25
    return {"range": {"lt": most}}, lambda value: value < most


def ask_yes(random):
    return {"match": {"value": True}}, lambda value: value


def ask_when(random):
    least = day(random.randrange(DAYS))
    return {"range": {"gte": least}}, lambda value: value >= least


def ask_uuid(random):
    wanted = uuid(random.randrange(5))
    return {"match": {"value": wanted}}, lambda value: value == wanted


def ask_place(random):
    north, east = random.randint(10, 80), random.randint(10, 80)
    box = {"top_left": {"lat": north, "lon": 0}, "bottom_right": {"lat": 0, "lon": east}}
    return {"geo_bounding_box": box}, lambda value: 0 < value["lat"] < north and 0 < value["lon"] < east


def ask_text(random):
    word = random.choice(WORDS)
    return {"match": {"text": word}}, lambda value: word in value.split()


FIELDS = {
    "mark": Field(["integer", {"type": "integer", "lookup": False, "range": True}, "float"],
                  lambda random, mark: mark, ask_mark, order_by=True),
    "words": Field(["keyword"], lambda random, mark: random.sample(WORDS, random.randint(0, 3)), ask_word, facet=True),
    "real": Field(["float", {"type": "float", "is_principal": True}], lambda random, mark: mark / 2, ask_real,
                  order_by=True),
    "yes": Field(["bool"], lambda random, mark: random.random() < 0.5, ask_yes, facet=True),
    "when": Field(["datetime"], lambda random, mark: day(mark), ask_when, order_by=True),
    "uuid": Field(["uuid", "keyword"], lambda random, mark: uuid(mark), ask_uuid, facet=True),
    "place": Field(["geo"], lambda random, mark: {"lat": mark % 90, "lon": mark % 89 + 0.5}, ask_place),
    "text": Field(["text", {"type": "text", "tokenizer": "whitespace", "min_token_len": 2}],
                  lambda random, mark: " ".join(random.choice(WORDS) for _ in range(random.choice((1, 5, 40)))), ask_text),
}


def shown(schema):
    """(kind, parameters or None): a declaration as a collection's description shows it."""
    return (schema, None) if isinstance(schema, str) else (schema["type"], schema)


def values(payload, key):
    """The values of that field that an index has: [] for a field that is missing or an empty array."""
    value = payload.get(key)
    return value if isinstance(value, list) else [] if value is None else [value]


def meets(payload, key, holds):
    return payload.get(key) is not None and holds(payload[key])


def make_payload(random, mark, writer):
    payload = {"mark": mark, "writer": writer}
    payload |= {key: field.make(random, mark) for key, field in FIELDS.items() if key != "mark" and random.random() < 0.4}
    if random.random() < 0.1:
        payload["ballast"] = "x" * random.choice((300, 3000))
    return payload
