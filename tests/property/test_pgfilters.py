"""Random filters over random payloads: PostgreSQL answers their conditions as the evaluator answers them.

The evaluator is asked about the payloads as PostgreSQL gives them back, so that what jsonb does to a number counts
for both. Each condition is answered for all points at once, and must not be NULL; and again by whatever indexes
there are, where it narrows a search: one for equality, and those of the declared fields, of every payload there is. That the evaluator is right is test_filters.py's to show.
"""
import collections
import json
import os
import random
import re
import subprocess

import psycopg
import pytest
from postgres import Postgres
from psycopg import pq
from random_filters import WORDS, Maker

pytestmark = pytest.mark.xdist_group("postgres")  # one server
SEED = int(os.environ.get("VG_SEED", 0))
CASES = int(os.environ.get("VG_CASES", 20000))
CHUNKS = 4
POINTS, FILTERS = 50, 25  # of a line
HOSTILE = '%p" %d'
COLUMNS = {"": 'v_', "a": 'v_a', "b": 'v_b', HOSTILE: 'v_%p" %d'}
# What Python cannot write: numbers that jsonb keeps and that are no float64, or are at its ends.
NUMBERS = ["1e400", "-1e400", "1e-400", "-1e-400", "4.9e-324", "1e-320", "1.7976931348623157e308", "2.50", "1.0", "-0.0", "-0",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
           "9223372036854775807.0", "9007199254740993.0", "0.1000000000000000055511151231257827", "0.99999999999999999999",
           "1000000000000000000000000000000000000000000", "1e-200"]
# Letters of one lower case, letters that stand alone, and what means something in an expression.
MORE_WORDS = ["\u212a", "k", "K", "\u0130", "i", "\u01c5", "\u00df", "STRASSE", "\u0e44\u0e17\u0e22", "\u65e5\u672cx", "a.b", "(a|b)*", "[^a]",
              "\\m", "\u00a0", "\n", "_", "^a$", "***:a", "x" * 40]
RAW = re.compile(r'"@@([^"]*)"')


class PgMaker(Maker):
    """Payloads that jsonb can hold, with more numbers; vectors of more names."""

    def scalar(self, kind):
        if kind in ("number", "whole") and self.is_lucky(15):
            return "@@" + self.pick(NUMBERS)
        made = super().scalar(kind)
        return made.replace("\0", "\u2400") if isinstance(made, str) else made

    def words(self, most):
        some = [self.pick(WORDS if self.is_lucky(60) else MORE_WORDS) for _ in range(self.chance.randint(0, most))]
        return "".join(word + self.pick([" ", " ", " ", ", ", "\u3000", "-", ""]) for word in some)

    def place(self):
        place = super().place()
        if self.is_lucky(10):
            place[self.pick(["lon", "lat"])] = "@@" + self.pick(["1e-200", "-1e-320", "1e400", "1e-400", "180.0", "-90.00", "1e-170"])
        return place

    def points(self, count):
        ids = list(range(1, 9)) + [2**64 - 1] + ["550e8400-e29b-41d4-a716-446655440000", "00000000-0000-0000-0000-000000000001"]
        ids += range(100, 100 + count)
        return [{"id": one, "payload": self.payload(), "vectors": [name for name in COLUMNS if self.is_lucky(50)]}
                for one in ids[:count]]

    def condition(self, paths, depth):
        if self.is_lucky(2):
            return {"has_vector": HOSTILE}
        return super().condition(paths, depth)


def to_text(value):
    return RAW.sub(r"\1", json.dumps(value, ensure_ascii=False))


def id_bytes(one):
    return b"\0" + one.to_bytes(8, "big") if isinstance(one, int) else b"\1" + bytes.fromhex(one.replace("-", ""))


class Database:
    def __init__(self, url):
        self.session = psycopg.connect(url, autocommit=True)
        columns = "".join(', "%s" int' % name.replace('"', '""') for name in COLUMNS.values())
        self.run(f"CREATE TABLE t(n int, id bytea PRIMARY KEY, payload jsonb NOT NULL{columns})")
        self.run("CREATE INDEX t_gin ON t USING gin (payload jsonb_path_ops)")

    def run(self, sql, params=()):
        """What PostgreSQL answers, as texts; params are [hex or None, type, is binary]."""
        values = [None if value is None else bytes.fromhex(value) for value, _, _ in params]
        done = self.session.pgconn.exec_params(sql.encode(), values, [kind for _, kind, _ in params],
                                               [int(binary) for _, _, binary in params])
        assert done.status in (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK), done.error_message.decode()
        return [[done.get_value(row, column) for column in range(done.nfields)] for row in range(done.ntuples)]

    def fill(self, points):
        """Puts them in, and makes of their payloads what comes out."""
        self.run("TRUNCATE t")
        for n, point in enumerate(points):
            held = [str(n) if name in point["vectors"] else None for name in COLUMNS]
            params = [str(n), "\\x" + id_bytes(point["id"]).hex(), to_text(point["payload"]), *held]
            places = ",".join(f"${i + 1}" for i in range(len(params)))
            self.run(f"INSERT INTO t VALUES ({places})",
                     [[None if one is None else one.encode().hex(), 0, False] for one in params])
        for n, payload in self.run("SELECT n, payload::text FROM t"):
            points[int(n)]["payload"] = "@@" + payload.decode().replace('"', "\x01")

    def index(self, made_of):
        """These, and no others."""
        for name, in self.run("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid='t'::regclass AND NOT indisprimary "
                              "AND indexrelid <> 't_gin'::regclass"):
            self.run("DROP INDEX " + name.decode())
        for one in made_of:
            self.run(f"CREATE INDEX ON t USING {one}")

    def answer(self, condition, count):
        """For each point 1, 0 or ?, by looking at all and by looking for it."""
        where, params = condition["sql"], condition["params"]
        said = {int(n): {b"t": "1", b"f": "0"}.get(is_met, "?") for n, is_met in self.run(f"SELECT n, {where} FROM t p", params)}
        found = {int(n) for n, in self.run(f"SELECT n FROM t p WHERE {where}", params)}
        return "".join(said[n] for n in range(count)), "".join("01"[n in found] for n in range(count))


def line_text(line):
    """A line for the program, the stored payloads as they are."""
    stored = re.compile(r'"@@((?:[^"\\]|\\.)*)"')
    text = json.dumps(line, ensure_ascii=False)
    return stored.sub(lambda found: json.loads('"' + found[1] + '"').replace("\x01", '"'), text)


@pytest.fixture(scope="module")
def database():
    with Postgres() as server:
        one = Database(server.url())
        one.run("SET enable_seqscan = off")  # few points: else no index is looked at
        one.run("SET jit = off")  # as the adapter has it (filter.h)
        yield one
        one.session.close()


@pytest.fixture(scope="module")
def ask(program):
    """Lets the program answer one line."""
    with subprocess.Popen([program("pgfilters")], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
        def answer(line):
            running.stdin.write(line_text(line).encode() + b"\n")
            running.stdin.flush()
            said = running.stdout.readline()
            assert said, "the program has ended"
            return json.loads(said)

        yield answer
        running.stdin.close()


def say(says, line, filter_, condition=None, point=None):
    shown = {"points": [point] if point else line["points"], "indexes": line["indexes"], "filters": [filter_]}
    return f"{says} (VG_SEED={SEED})\n{line_text(shown)}\n{condition['sql'] if condition else ''}"


def check(database, line, filter_, condition):
    count = len(line["points"])
    try:
        said, found = database.answer(condition, count)
    except AssertionError as wrong:
        pytest.fail(say(str(wrong), line, filter_, condition))
    for n, (wanted, one, two) in enumerate(zip(condition["eval"], said, found, strict=True)):
        if not wanted == one == two:
            pytest.fail(say(f"evaluator {wanted}, condition {one}, search {two}", line, filter_, condition, line["points"][n]))
    return collections.Counter(condition["eval"])


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_postgres_and_evaluator_agree(chunk, database, ask):
    make = PgMaker(random.Random(SEED + chunk))
    counts = collections.Counter()
    for _ in range(max(1, CASES // CHUNKS // POINTS // FILTERS)):
        points = make.points(POINTS)
        database.fill(points)
        line = {"points": points, "indexes": make.indexes(), "filters": [make.filter() for _ in range(FILTERS)]}
        *said, made_of = ask(line)
        database.index(made_of)
        for filter_, answers in zip(line["filters"], said, strict=True):
            assert len(answers) == 2, say(f"refused: {answers}", line, filter_)
            for condition in answers:
                counts += check(database, line, filter_, condition)
    print(dict(counts))
    assert 0.05 < counts["1"] / counts.total() < 0.95  # neither all nor nothing match


TEXT = {"type": "text", "tokenizer": "word", "phrase_matching": True}
BEGINS = TEXT | {"tokenizer": "prefix"}
LONG, OTHER = "a" * 400 + "B" * 400, "a" * 400 + "b" * 399 + "c"
MANY = " ".join(f"Word{n}" for n in range(900))


def match(key, **how):
    return {"must": {"key": key, "match": how}}


def area(*holes):
    """The square of 10 degrees at 0, without the squares of one degree at (n, n)."""
    def ring(west, south, size):
        corners = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]
        return {"points": [{"lon": west + size * x, "lat": south + size * y} for x, y in corners]}

    return {"must": {"key": "a", "geo_polygon": {"exterior": ring(0, 0, 10), "interiors": [ring(n, n, 1) for n in holes]}}}


def at(lon, lat):
    return {"a": {"lon": lon, "lat": lat}}


# What chance hardly meets: what it says, a payload, the index on "a" or None, a filter, whether it is met.
CASES_BY_HAND = [
    ("a word in any case", {"a": "so Red!"}, TEXT, match("a", text="rED"), True),
    ("in its own where that counts", {"a": "so Red!"}, TEXT | {"lowercase": False}, match("a", text="red"), False),
    ("letters of one lower case", {"a": "2 \u212aELVIN"}, TEXT, match("a", text="kelvin"), True),
    ("letters that have one, in their own case", {"a": "\u212aELV\u0130N"}, TEXT | {"lowercase": False}, match("a", text="\u212aELV\u0130N"), True),
    ("a dotted capital I", {"a": "\u0130z"}, TEXT, match("a", text="\u0130Z"), True),
    ("words of two scripts", {"a": "x\u65e5red"}, TEXT | {"tokenizer": "multilingual"}, match("a", text="red \u65e5"), True),
    ("whatever stands between blanks", {"a": "so-Red! x"}, TEXT | {"tokenizer": "whitespace"}, match("a", text="SO-RED!"), True),
    ("no part of a word", {"a": "scared, reds"}, TEXT, match("a", text="red"), False),
    ("a beginning of a word", {"a": "scared, reds"}, BEGINS, match("a", text="RED"), True),
    ("but not its end", {"a": "scared"}, BEGINS, match("a", text="red"), False),
    ("each word in another element", {"a": ["red", 7, "rose"]}, TEXT, match("a", text="rose red"), True),
    ("a phrase in one", {"a": ["red", "rose"]}, TEXT, match("a", phrase="red rose"), False),
    ("a long word is found", {"a": f"x {LONG} y"}, TEXT, match("a", text=LONG.upper()), True),
    ("to its last letter", {"a": f"x {OTHER} y"}, TEXT, match("a", text=LONG), False),
    ("a long phrase is found", {"a": f"x, {MANY} y"}, TEXT, match("a", phrase=MANY.upper()), True),
    ("in its order", {"a": f"x, {MANY} y"}, TEXT, match("a", phrase=MANY + " z"), False),
    ("a phrase of beginnings", {"a": "one two three"}, BEGINS, match("a", phrase="TW thr"), True),
    ("of words side by side", {"a": "two one three"}, BEGINS, match("a", phrase="tw thr"), False),
    ("a word too long for a token has no beginnings", {"a": "ab" * 8200}, BEGINS, match("a", text="aba"), False),
    ("dropped words do not part a phrase", {"a": "red a rose"}, TEXT | {"min_token_len": 2}, match("a", phrase="red rose"), True),
    ("others do", {"a": "red as rose"}, TEXT | {"min_token_len": 2}, match("a", phrase="red rose"), False),
    ("an index far away leads nowhere", {"a": [1]}, None, match("a[9999999999]", value=1), False),
    ("a scalar has no index 0", {"a": 1}, None, match("a[0]", value=1), False),
    ("numbers as keys do not index", {"a": [7]}, None, match("a.0", value=7), False),
    ("a key with a NUL is in no payload", {"a": 1}, None, {"must": {"is_empty": {"key": '"a\0"'}}}, True),
    ("nor a text", {"a": "x"}, None, match("a", value="x\0"), False),
    ("all but a text with NUL", {"a": "x"}, None, match("a", **{"except": ["x\0"]}), True),
    ("nor part of a text", {"a": "x"}, None, match("a", text="\0"), False),
    ("1.0 is not 1, though contained", {"a": "@@1.0"}, None, match("a", value=1), False),
    ("nor in an array", {"a": ["@@1.0", 2]}, None, match("a", any=[1, 3]), False),
    ("the percent sign means itself", {"%p": {"%d": "%v"}}, None, match('"%p"."%d"', value="%v"), True),
    ("quotes and dollars, too", {"'$1;--": 1}, None, match("\"'$1;--\"", value=1), True),
    ("an array in an array is no element", {"a": [["x"]]}, None, match("a", value="x"), False),
    ("year 0 has a leap day", {"a": "0000-02-29"}, None, {"must": {"key": "a", "range": {"lt": "0000-03-01T00:00:00Z"}}}, True),
    ("1900 has none", {"a": "1900-02-29"}, None, {"must": {"key": "a", "range": {"lt": "2000-03-01T00:00:00Z"}}}, False),
    ("the last second", {"a": "9999-12-31T23:59:60.999999Z"}, None, {"must": {"key": "a", "range": {"gt": "2000-03-01T00:00:00Z"}}}, True),
    ("a place in the area", at(5, 5), None, area(), True),
    ("on its border", at(0, 5), None, area(), False),
    ("on a corner", at(10, 10), None, area(), False),
    ("outside", at(11, 5), None, area(), False),
    ("between its holes", at(3.5, 2.5), None, area(2, 5), True),
    ("in the first", at(2.5, 2.5), None, area(2, 5), False),
    ("in the second", at(5.5, 5.5), None, area(2, 5), False),
    ("on the border of the second", at(5, 5.5), None, area(2, 5), False),
    ("one of two places", {"a": [at(2.5, 2.5)["a"], at(1, 5)["a"], 7]}, None, area(2, 5), True),
    ("no place in any area", {"a": [{"lon": 1}, None, [], "x"]}, None, area(), False),
    ("thousands of values", {"a": 77}, None, {"should": [{"key": "a", "match": {"value": n}} for n in range(5000)]}, True),
    ("hundreds of conditions", {"a": 77}, None, {"should": [{"key": f"a{n}", "range": {"gt": n}} for n in range(300)] +
                                                           [{"key": "a", "range": {"gte": 77.0, "lt": 77.5}}]}, True),
    ("deep filters", {"a": 1}, None, None, True),
    ("deep objects", {"a": 1}, None, None, False),
]


def deep(says):
    """As deep as a body may be: 64 levels."""
    inner = match("a", value=1)
    for _ in range(28 if says == "deep filters" else 14):
        inner = {"must": [inner]} if says == "deep filters" else {"must": {"nested": {"key": "a", "filter": inner}}}
    return inner


@pytest.mark.parametrize("says, payload, index, filter_, is_met", CASES_BY_HAND,
                         ids=lambda one: one.replace(" ", "_")[:40] if isinstance(one, str) else "")
def test_by_hand(says, payload, index, filter_, is_met, database, ask):
    points = [{"id": 1, "payload": payload, "vectors": []}]
    database.fill(points)
    indexes = [{"field_name": "a", "field_schema": index}] if index else []
    line = {"points": points, "indexes": indexes, "filters": [filter_ or deep(says)]}
    condition = ask(line)[0][1]
    assert condition["eval"] == str(int(is_met))
    check(database, line, line["filters"][0], condition)


def test_an_index_answers_equality(database, ask):
    points = [{"id": n + 1, "payload": {"a": {"b": ["x%d" % n, n]}}, "vectors": []} for n in range(200)]
    database.fill(points)
    filters = [match("a.b", value="x7"), match("a.b", any=["x1", "x2"]), match("a.b", value=7),
               {"must": [{"key": "a.b", "match": {"value": "x7"}}, {"key": "a.b", "range": {"gt": 1}}]}]
    line = {"points": points, "indexes": [], "filters": filters}
    for filter_, (condition, _) in zip(filters, ask(line)[:-1], strict=True):
        check(database, line, filter_, condition)
        plan = database.run(f"EXPLAIN SELECT n FROM t p WHERE {condition['sql']}", condition["params"])
        assert any(b"t_gin" in row for row, in plan), say(f"no index: {plan}", line, filter_, condition)
