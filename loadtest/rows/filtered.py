"""Filtered count and filtered scroll over REST, with and without payload indexes; beside them plain SQLite,
which holds the same points in a table of its own and is asked from C, without a server."""
import dataclasses
import json
import random

from harness import load
from harness.plain import PlainSqlite
from harness.report import figure, percent
from harness.servers import Client

NAME = "filter"
TITLE = "Filtered count and scroll over REST"
QUESTIONS = 20  # of each kind, in turn
PAGE = 10
FRACTION = 0.2  # of a round: there are twenty-four cases
COLLECTIONS = {False: "words", True: "words-indexed"}  # by whether it has the indexes
INDEXES = {"initial": "keyword", "word": "keyword", "rank": "integer"}


@dataclasses.dataclass
class Kind:
    """A kind of question. `choose` takes a payload and answers the parameters of one question about it."""

    says: str
    choose: object
    condition: object  # of the parameters: a condition of the filter
    where: str  # the same in SQL, ?1 and so on being the parameters
    holds: object  # the same in Python, of parameters and a payload


EXTRACT = "json_extract(payload,'$.{}')".format
KINDS = {
    "word": Kind("one point", lambda payload: [payload["word"]],
                 lambda word: {"key": "word", "match": {"value": word}}, f"{EXTRACT('word')}=?1",
                 lambda word, payload: payload["word"] == word),
    "rank": Kind("a range of 1 000, in the order of ids", lambda payload: [payload["rank"], payload["rank"] + 1000],
                 lambda first, end: {"key": "rank", "range": {"gte": first, "lt": end}},
                 f"{EXTRACT('rank')}>=?1 AND {EXTRACT('rank')}<?2",
                 lambda first, end, payload: first <= payload["rank"] < end),
    "initial": Kind("many", lambda payload: [payload["initial"]],
                    lambda initial: {"key": "initial", "match": {"value": initial}}, f"{EXTRACT('initial')}=?1",
                    lambda initial, payload: payload["initial"] == initial),
}


class Asked:
    """The questions of one kind and operation, for both servers, and the true answers."""

    def __init__(self, bench, kind_name, what, matches):
        chance, kind = random.Random(7), KINDS[kind_name]
        self.what, self.where, self.bodies, self.parameters, self.truth = what, kind.where, [], [], []
        for given, ids in matches:
            self._add({"must": [kind.condition(*given)]}, given, ids, chance)
        self.bodies_file = bench.folder / f"filter-{kind_name}-{what}.txt"
        self.bodies_file.write_text("\n".join(self.bodies) + "\n", encoding="utf-8")

    def _add(self, condition, given, ids, chance):
        if self.what == "count":
            body, parameters, truth = {"filter": condition}, given, [len(ids)]
        else:
            at = chance.randrange(max(1, len(ids) - PAGE))
            body = {"filter": condition, "limit": PAGE, "offset": ids[at]}
            parameters, truth = [*given, ids[at]], ids[at : at + PAGE + 1]
        self.bodies.append(json.dumps(body, ensure_ascii=False))
        self.parameters.append(parameters)
        self.truth.append(truth)

    @property
    def sql(self):
        """One row more than a page tells where the next begins, as vecgate tells it."""
        if self.what == "count":
            return f"SELECT count(*) FROM points WHERE {self.where}"
        offset = len(self.parameters[0])
        return f"SELECT id,payload FROM points WHERE {self.where} AND id>=?{offset} ORDER BY id LIMIT {PAGE + 1}"

    def answers(self, address, collection):
        with Client(address) as client:
            path = f"/collections/{collection}/points/{self.what}"
            return [self._answer(client.ask("POST", path, body.encode())) for body in self.bodies]

    def _answer(self, result):
        if self.what == "count":
            return [result["count"]]
        after = [] if result["next_page_offset"] is None else [result["next_page_offset"]]
        return [point["id"] for point in result["points"]] + after


def measure(bench, section):
    words, rounds = bench.words(bench.sizes[-1]), 1 if bench.quick else bench.rounds
    matches = {kind: find_matches(words.payloads, KINDS[kind]) for kind in KINDS}
    asked = {(kind, what): Asked(bench, kind, what, matches[kind]) for kind in KINDS for what in ("count", "scroll")}
    with bench.vecgate() as gate:
        for indexed, collection in COLLECTIONS.items():
            words.store(gate.address, collection, payloads=True)
            if indexed:
                make_indexes(gate.address, collection)
        plains = {indexed: PlainSqlite(bench.fresh_folder(), words, INDEXES if indexed else ())
                  for indexed in COLLECTIONS}
        check(section, asked, gate, plains)
        cases = {
            (kind, what, indexed, server): case
            for (kind, what), one in asked.items()
            for indexed in COLLECTIONS
            for server, case in both(bench, one, gate, plains, indexed).items()
        }
        loads = load.alternate(rounds, cases)
    head = ["filter on", "operation", "index", "server", "answers/s", "spread", "over SQLite's", "p50 us", "p99 us",
            "CPU us of an answer", "failures", "CPU s"]
    section.table(head, [line(name, one, loads) for name, one in loads.items()])
    section.failures(loads)
    say(bench, section, words, asked, rounds)


def find_matches(payloads, kind):
    """For each question its parameters and the ids of all points that it matches."""
    chance = random.Random(3)
    questions = [kind.choose(chance.choice(payloads)) for _ in range(QUESTIONS)]
    return [(given, [i + 1 for i, payload in enumerate(payloads) if kind.holds(*given, payload)])
            for given in questions]


def make_indexes(address, collection):
    with Client(address) as client:
        for field, schema in INDEXES.items():
            body = {"field_name": field, "field_schema": schema}
            client.ask("PUT", f"/collections/{collection}/index?wait=true", body)


def check(section, asked, gate, plains):
    """Every question once to everybody: an answer that is not the true one, and no figure counts."""
    for (kind, what), one in asked.items():
        for indexed, collection in COLLECTIONS.items():
            given = {"vecgate": one.answers(gate.address, collection),
                     "SQLite": plains[indexed].answers(one.sql, one.parameters)}
            for server, answers in given.items():
                wrong = sum(answer != true for answer, true in zip(answers, one.truth, strict=True))
                if wrong:
                    section.fault(f"{server} gave {wrong} wrong answers: {kind}, {what}, index {indexed}")


def both(bench, one, gate, plains, indexed):
    seconds, url = bench.part(FRACTION), f"{gate.url}/collections/{COLLECTIONS[indexed]}/points/{one.what}"
    return {
        "vecgate": lambda: load.run(url, seconds, 1, "search.lua", [one.bodies_file], [gate.pid]),
        "SQLite": plains[indexed].case(one.sql, one.parameters, seconds / 2),
    }


def line(name, one, loads):
    kind, what, indexed, server = name
    beside = f"{one.rate / loads[kind, what, indexed, 'SQLite'].rate:.2f}" if server == "vecgate" else ""
    return [kind, what, "yes" if indexed else "no", server, figure(one.rate), percent(one.spread), beside,
            figure(one.p50_us), figure(one.p99_us), figure(one.cpu_us()), one.failures, figure(one.cpu[0])]


def say(bench, section, words, asked, rounds):
    found = {kind: sum(count for (count,) in asked[kind, "count"].truth) / QUESTIONS for kind in KINDS}
    matches = ", ".join(f"`{kind}` {KINDS[kind].says} ({figure(each)} on average)" for kind, each in found.items())
    section.say(
        f"{words.count} words with vector and payload; a filter matches: {matches}. {QUESTIONS} questions of each "
        f"kind in turn, one connection, {rounds} rounds of {bench.part(FRACTION)} s; a page is {PAGE} points with "
        "payload from some matching id on. Every answer was checked once against the words themselves.\n\n"
        "SQLite is called from C (`plain_sqlite.c`), without HTTP, JSON of its own or a second thread: its statement "
        "is prepared once, its table has the same payload text and vector in a row, its index is on `json_extract` "
        "of the field, ANALYZE has run, and mapped memory and page cache are those of vecgate's readers."
    )
