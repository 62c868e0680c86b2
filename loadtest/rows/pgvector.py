"""Searches and upserts in PostgreSQL with pgvector through the gateway. Beside it pgbench, which sends PostgreSQL
the statements that the gateway sends, and the program that one writes instead of a gateway. PostgreSQL has the
servers' core, which the gateway or the program shares; wrk or pgbench has the other."""
import contextlib
import json
import re

from harness import filling, load, points
from harness.database import Database, Pgbench
from harness.fastapi import FastApi
from harness.report import figure, percent
from harness.servers import Client, Vecgate
from harness.words import K, right

NAME = "pgvector"
TITLE = "The pgvector backend"
COLLECTION = "loadtest-pgvector"
DIMENSIONS, QUESTIONS, FIELDS = 384, 100, ("tenth", "hundredth")
CLIENTS = 16  # and so many connections to PostgreSQL
M, EF_CONSTRUCT, EF = 16, 100, 64
FILTERS = {"none": None, "10 %": "tenth", "1 %": "hundredth"}
WANTED = 3  # the value of the field
FRACTION = 0.6  # of a round: there are thirteen cases
UPSERTED, BATCH, BATCHES = "loadtest-upserts", 100, 64
TYPES = {"INSERT INTO": "text,bytea[],json[],vector[]"}
PGBENCH, GATEWAY, NATIVE, PROGRAM = "pgbench", "vecgate", "vecgate, native API", "FastAPI"
WITH_NUMPY = "FastAPI, numpy"


def measure(bench, section):
    a_set = points.of_clusters(bench.folder, 10_000 if bench.quick else 100_000, DIMENSIONS, QUESTIONS, fields=FIELDS)
    folder = bench.fresh_folder()
    with contextlib.closing(Database()) as database:
        with database.on_all_cores(), gateway(database, folder) as gate:
            built = store(gate, a_set)
        database.start()
        with stage(bench, database, folder, a_set) as servers:
            cases, recall = make_cases(bench, database, a_set, *servers)
            loads = load.alternate(bench.rounds, cases)
        with upsert_cases(bench, database, folder, a_set) as cases:
            upserts = load.alternate(bench.rounds, cases)
    report(section, loads, recall)
    report_upserts(section, upserts)
    section.say(
        f"{a_set}, {K} nearest, {CLIENTS} clients and as many connections to PostgreSQL; HNSW with m {M}, "
        f"ef_construction {EF_CONSTRUCT}, built in {built:.0f} s; ef_search {EF} everywhere; {QUESTIONS} questions in "
        f"turn (pgbench: by chance), {bench.rounds} rounds of {bench.part(FRACTION)} s. Filters are `match` on an "
        "integer. PostgreSQL, alone or with what stands before it, has one core, so rates are those of both together. "
        "pgbench sends the statements that PostgreSQL's log had of the gateway, prepared, in one round trip as the "
        "gateway, their values as text. FastAPI has uvicorn, psycopg's pool and orjson, and the shortest statement "
        "that does, its plan left to PostgreSQL; *with numpy* pgvector's package as well, so that vectors go in binary "
        "form. Recall is of the answers of each against `brute_force.c`."
    )


def gateway(database, folder):
    env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": database.url(),
           "VECGATE_VECTOR_PGVECTOR_MIN_CONNECTIONS": str(CLIENTS), "VECGATE_VECTOR_PGVECTOR_HNSW_EF_SEARCH": str(EF)}
    return Vecgate(folder, env)


def store(gate, a_set):
    """All points, and then the graph at once, which is sooner. Answers how many seconds that took."""
    with Client(gate.address) as client:
        client.create(COLLECTION, DIMENSIONS, hnsw_config={"m": 0})
        for field in FIELDS:
            body = {"field_name": field, "field_schema": "integer"}
            client.ask("PUT", f"/collections/{COLLECTION}/index?wait=true", body)
        put = filling.put_points(gate.address, a_set, COLLECTION)
        client.ask("PATCH", f"/collections/{COLLECTION}", {"hnsw_config": {"m": M, "ef_construct": EF_CONSTRUCT}})
        return filling.wait_until_indexed(client, COLLECTION, a_set.count) - put["ended"]


@contextlib.contextmanager
def stage(bench, database, folder, a_set):
    """What the gateway sends for each kind of question; a gateway that runs, and the program, or None."""
    database.psql("VACUUM ANALYZE")
    with telling(database, folder) as client:
        sent = {name: database.sent_for(lambda body: points.search(client, COLLECTION, body), bodies(a_set, field),
                                        f'"c_{COLLECTION}" p WHERE') for name, field in FILTERS.items()}
    table = re.search(r' FROM ("\S+"\."\S+") p ', sent["none"][0][-1].sql)[1]
    with all_of_them(bench, database, folder, table) as servers:
        yield sent, servers


@contextlib.contextmanager
def telling(database, folder):
    """A client of a gateway whose statements are in PostgreSQL's log."""
    database.tell_statements()
    with gateway(database, folder) as gate, Client(gate.address) as client:
        yield client
    database.tell_statements(False)


@contextlib.contextmanager
def all_of_them(bench, database, folder, table):
    """The gateway and, if they are installed, both forms of the program; all run, one at a time is asked."""
    with contextlib.ExitStack() as stack:
        servers = {GATEWAY: stack.enter_context(gateway(database, folder))}
        for who, uses in ((PROGRAM, 0), (WITH_NUMPY, 1)):
            program = FastApi(bench.fresh_folder(), database.url(), table, connections=CLIENTS, ef_search=EF,
                              uses_numpy=uses)
            if FastApi.is_there():
                servers[who] = stack.enter_context(program)
        yield servers


def bodies(a_set, field, vector="query"):
    rest = {"limit": K} | ({"filter": {"must": [{"key": field, "match": {"value": WANTED}}]}} if field else {})
    tail = json.dumps(rest, separators=(",", ":"))[1:]
    return [f'{{"{vector}":{question},{tail}' for question in a_set.spelled]


def make_cases(bench, database, a_set, sent, servers):
    cases, recall, seconds = {}, {}, bench.part(FRACTION)
    for name, field in FILTERS.items():
        passing = [i for i in range(a_set.count) if field is None or getattr(a_set, field)[i] == WANTED]
        truth, asked = a_set.brute_truth(passing), bodies(a_set, field)
        plain = Pgbench(database, bench.fresh_folder(), sent[name])
        recall[name, PGBENCH] = share_right(map(hits, plain.answers()), truth)
        cases[name, PGBENCH] = plain.case(CLIENTS, seconds)
        for who, server in servers.items():
            recall[name, who] = a_set.recall(server, COLLECTION, asked, truth)
            url = f"{server.url}/collections/{COLLECTION}/points/query"
            cases[name, who] = searches(bench, url, asked, seconds, [database.pid, server.pid])
        if field is None:
            gate = servers[GATEWAY]
            url, asked = f"{gate.url}/v1/collections/{COLLECTION}/points/search", bodies(a_set, field, "vector")
            recall[name, NATIVE] = share_right(native_answers(gate, asked), truth)
            cases[name, NATIVE] = searches(bench, url, asked, seconds, [database.pid, gate.pid])
    return cases, recall


def searches(bench, url, asked, seconds, pids, method="POST"):
    path = bench.fresh_folder().with_suffix(".txt")
    path.write_text("\n".join(asked) + "\n")
    return lambda: load.run(url, seconds, CLIENTS, "search.lua", [path, method], pids)


@contextlib.contextmanager
def upsert_cases(bench, database, folder, a_set):
    """The same batches of points over and over, into a collection without a graph, whose upkeep is all PostgreSQL's."""
    asked = [batch_of(a_set, first) for first in range(1, BATCHES * BATCH, BATCH)]
    path = f"/collections/{UPSERTED}/points"
    with telling(database, folder) as client:
        client.create(UPSERTED, DIMENSIONS, hnsw_config={"m": 0})
        sent = database.sent_for(lambda body: client.ask("PUT", f"{path}?wait=true", body), asked,
                                 f'"c_{UPSERTED}" AS p')
    table = re.search(r'INSERT INTO ("\S+"\."\S+") AS p ', sent[0][-1].sql)[1]
    plain, seconds = Pgbench(database, bench.fresh_folder(), sent, TYPES), bench.part(FRACTION) + 1
    with all_of_them(bench, database, folder, table) as servers:
        cases = {PGBENCH: plain.case(CLIENTS, seconds)}
        for who, server in servers.items():
            url, pids = f"{server.url}{path}?wait=true", [database.pid, server.pid]
            cases[who] = searches(bench, url, asked, seconds, pids, "PUT")
        yield cases


def batch_of(a_set, first):
    points_of_it = (f'{{"id":{i},"vector":[{",".join(map("%.9g".__mod__, a_set.row(i - 1)))}],"payload":{{"n":{i}}}}}'
                    for i in range(first, first + BATCH))
    return f'{{"points":[{",".join(points_of_it)}]}}'


def report_upserts(section, loads):
    head = ["upserts", "points/s", "spread", "over pgbench's", "p50 us", "p99 us", "its own CPU us of a point",
            "PostgreSQL's CPU us of a point", "failures", "CPU s"]
    section.table(head, [[who, figure(BATCH * one.rate), percent(one.spread), f"{one.rate / loads[PGBENCH].rate:.2f}",
                          figure(one.p50_us), figure(one.p99_us),
                          figure(one.cpu_us(1) / BATCH) if len(one.cpu) > 1 else "", figure(one.cpu_us() / BATCH),
                          one.failures, figure(sum(one.cpu))] for who, one in loads.items()])
    section.failures({("upserts", who): one for who, one in loads.items()})
    section.say(
        f"Upserts are batches of {BATCH} points, {BATCHES} batches over and over, {CLIENTS} clients, into a collection "
        "without a graph; PostgreSQL does not wait for its disk (`fsync` off). The gateway sends its values in binary "
        "form, pgbench the same as text, which PostgreSQL reads longer."
    )


def hits(rows):
    """Of the columns that the gateway asks for: id, version, distance."""
    return [{"id": int(key[len(r"\x00"):], 16), "score": -float(distance)} for key, _, distance in rows]


def native_answers(gate, asked):
    with Client(gate.address) as client:
        for body in asked:
            yield client.ask_plainly("POST", f"/v1/collections/{COLLECTION}/points/search", body)["points"]


def share_right(answers, truth):
    return sum(right(found, true) for found, true in zip(answers, truth, strict=True)) / (K * len(truth))


def report(section, loads, recall):
    head = ["filter", "who", "q/s", "spread", "over pgbench's", "p50 us", "p99 us", "its own CPU us",
            "PostgreSQL's CPU us", f"recall@{K}", "failures", "CPU s"]
    section.table(head, [line(*name, one, loads[name[0], PGBENCH], recall[name]) for name, one in loads.items()])
    section.failures(loads)
    for name in FILTERS:
        if recall[name, GATEWAY] < recall[name, PGBENCH]:
            section.fault(f"recall falls from {recall[name, PGBENCH]} to {recall[name, GATEWAY]} on the way")
    plain = loads["none", GATEWAY].rate
    section.goal(f"recall@{K} through vecgate", recall["none", GATEWAY], least=0.95)
    section.goal("q/s over pgbench's with the same statements", plain / loads["none", PGBENCH].rate, least=0.9)
    if ("none", PROGRAM) in loads:
        section.goal("q/s over those of FastAPI and psycopg's pool", plain / loads["none", PROGRAM].rate, least=2)
        faster = loads["none", WITH_NUMPY]
        section.say(f"- q/s over those of FastAPI with numpy and pgvector's package, too: {plain / faster.rate:.2f}; of "
                    f"the program's CPU a search took {faster.cpu_us(1) / loads['none', GATEWAY].cpu_us(1):.1f} times "
                    "the gateway's")
    else:
        section.say("FastAPI is not installed (loadtest/peers/setup.sh): that peer was not measured.")


def line(name, who, one, plain, recall):
    own = figure(one.cpu_us(1)) if len(one.cpu) > 1 else ""
    return [name, who, figure(one.rate), percent(one.spread), f"{one.rate / plain.rate:.2f}", figure(one.p50_us),
            figure(one.p99_us), own, figure(one.cpu_us()), f"{recall:.4f}", one.failures, figure(sum(one.cpu))]
