"""Indexes of PostgreSQL that are built while a collection is used: as a job, told of in the collection's info, gone
on with by the gateway after the one that was killed, ended by /v1/jobs.

A build waits for the transactions that write to its table, so a transaction here holds it where it is wanted.
"""
import contextlib
import random
import time

import psycopg
import pytest

import neighbour
from api import Api, Collection, ids
from gateway import Gateway

SECONDS = 120  # a build of a sanitizer's gateway on a busy machine; it waits for PostgreSQL most of the time
PAUSE = 0.02
POINTS, DIMENSIONS = 1200, 16
# small enough that every search is answered by an index where there is one; a lease that a machine which stands still for a
# moment does not lose, for then the build is ended and begun again
OPTIONS = {
    "VECGATE_VECTOR_PGVECTOR_HNSW_FULL_SCAN_SIZE": "0",
    "VECGATE_VECTOR_PGVECTOR_HNSW_MAX_SCAN_TUPLES": "1",
    "VECGATE_JOBS_LEASE": "6s",
}


def until(what, is_so):
    end = time.monotonic() + SECONDS
    while not (found := is_so()):
        assert time.monotonic() < end, f"{what}: not within {SECONDS} s"
        time.sleep(PAUSE)
    return found


class Place:
    """A gateway before a database of its own, and what PostgreSQL knows of it. `name`: the collection's."""

    def __init__(self, server, database, gate, name):
        self.session = psycopg.connect(server.url(database), autocommit=True)
        self.url, self.gate, self.name = server.url(database), gate, name
        self.api = Api(gate)
        self.collection = Collection(self.api, name)

    def close(self):
        self.api.close()
        self.session.close()

    def start_again(self):
        self.api.close()
        self.gate.start()
        self.api = Api(self.gate)
        self.collection = Collection(self.api, self.name)

    def ask(self, sql):
        return self.session.execute(sql).fetchall()

    @property
    def graphs(self):
        """name: (oid, valid?, settings)"""
        found = self.ask(
            "SELECT i.relname, i.oid, x.indisvalid, array_to_string(i.reloptions, ',') FROM pg_index x JOIN pg_class i "
            "ON i.oid = x.indexrelid JOIN pg_am a ON a.oid = i.relam WHERE a.amname = 'hnsw'"
        )
        return {name: rest for name, *rest in found}

    @property
    def build(self):
        """(pid, phase) of the build under way."""
        found = self.ask("SELECT pid, phase FROM pg_stat_progress_create_index WHERE datname = current_database()")
        return found[0] if found else None

    def await_phase(self, phase):
        return until(phase, lambda: self.build if self.build and self.build[1] == phase else None)[0]

    @contextlib.contextmanager
    def writing(self):
        """A transaction that has written to the table, or to those of that name of all tenants, and goes on."""
        tables = self.ask("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE tablename LIKE 'c\\_%'")
        with psycopg.connect(self.url) as other:
            for [table] in tables:
                other.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
            yield
            other.rollback()

    @property
    def info(self):
        return self.api.good("GET", self.collection.path)

    @property
    def state(self):
        return self.info["status"], self.info["indexed_vectors_count"]

    @property
    def trouble(self):
        return self.api.good("GET", f"/v1{self.collection.path}").get("trouble", "")

    def jobs(self, state=None):
        return self.api.good("GET", "/v1/jobs?kind=index" + (f"&state={state}" if state else ""))["jobs"]

    def change(self, **settings):
        assert self.api.good("PATCH", self.collection.path, settings) is True

    def await_green(self):
        until("green", lambda: self.info["status"] == "green")
        until("no job left", lambda: all(job["state"] not in ("waiting", "running") for job in self.jobs()))

    def looks_right(self):
        """Of some points each finds itself, by whatever there is."""
        for i in random.Random(1).sample(range(POINTS), 20):
            assert self.nearest(i) == i

    def nearest(self, i):
        return ids(self.collection.query(self.vectors[i], limit=10))[0]

    def walks(self):
        """A search's are counted sooner or later."""
        self.nearest(0)
        return int(self.ask("SELECT coalesce(sum(s.idx_scan), 0) FROM pg_stat_user_indexes s JOIN pg_class i ON "
                            "i.oid = s.indexrelid JOIN pg_am a ON a.oid = i.relam WHERE a.amname = 'hnsw'")[0][0])

    def fill(self, **settings):
        chance = random.Random(7)
        self.collection.make(vectors={"size": DIMENSIONS, "distance": "Cosine"}, **settings)
        self.vectors = [[chance.gauss(0, 1) for _ in range(DIMENSIONS)] for _ in range(POINTS)]
        for start in range(0, POINTS, 300):
            self.collection.put(*({"id": i, "vector": self.vectors[i]} for i in range(start, start + 300)))


@contextlib.contextmanager
def open_place(servers, folder, name, env):
    server, database = servers.postgres, servers.make_database()
    env = OPTIONS | {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url(database)} | env
    with Gateway(folder, env) as gate:
        place = Place(server, database, gate, name)
        yield place
        place.close()


@pytest.fixture
def place(servers, tmp_path, fresh_name):
    with open_place(servers, tmp_path, fresh_name, {}) as place:
        yield place


@pytest.fixture
def place_of_two(servers, tmp_path, fresh_name):
    """Its neighbour has a collection of that name, too."""
    with open_place(servers, tmp_path, fresh_name, neighbour.ENV) as place:
        yield place


def test_of_a_new_collection_nothing_is_to_be_built(place):
    place.fill()
    assert place.state == ("green", POINTS)
    assert place.jobs() == [], "it was made with its index"
    [(_, is_valid, settings)] = place.graphs.values()
    assert is_valid and settings == "m=16,ef_construction=100"
    place.looks_right()
    place.session.execute("ANALYZE")
    until("graphs are looked into", place.walks)


def test_of_equal_hits_the_lower_id_is_first(place):
    """Whatever order they have in the graph."""
    place.fill()
    place.session.execute("ANALYZE")
    equal = [POINTS + i for i in (7, 3, 9, 1, 5)]
    for i in equal:
        place.collection.put({"id": i, "vector": place.vectors[0]})
    until("graphs are looked into", place.walks)
    assert ids(place.collection.query(place.vectors[0], limit=10))[:6] == [0, *sorted(equal)]


def test_a_filter_that_few_pass_finds_them_all(place):
    """However far they are: a graph is walked for a while, and then all is looked at."""
    place.fill()
    few = sorted(range(POINTS), key=lambda i: sum(a * b for a, b in zip(place.vectors[0], place.vectors[i])))[:8]
    place.collection.write("POST", "/payload", {"payload": {"few": True}, "points": few})
    place.session.execute("ANALYZE")
    until("graphs are looked into", place.walks)
    filter = {"must_not": [{"is_empty": {"key": "few"}}]}
    assert sorted(ids(place.collection.query(place.vectors[0], filter=filter))) == sorted(few)


@pytest.mark.parametrize("without,then", [
    ({"hnsw_config": {"m": 0}}, {"hnsw_config": {"m": 8}}),
    ({"optimizers_config": {"indexing_threshold": 0}}, {"optimizers_config": {"indexing_threshold": 10}}),
])
def test_an_index_is_built_beside_the_searches(place, without, then):
    """Filled first and indexed then, as Qdrant's guide has it for many points."""
    place.fill(**without)
    assert place.graphs == {} and place.state == ("green", 0), "none was wanted"
    place.looks_right()
    with place.writing():
        place.change(**then)
        place.await_phase("waiting for writers before build")
        assert place.state == ("yellow", 0)
        [job] = until("a job at work", lambda: place.jobs("running"))
        assert job["collection"] == place.name and job["kind"] == "index"
        place.looks_right()
        place.collection.put({"id": POINTS, "vector": [1] * DIMENSIONS})
        holding = contextlib.ExitStack()
        holding.enter_context(place.writing())
    with holding:
        place.await_phase("waiting for writers before validation")
        assert "blocks are read" in place.trouble
        told = until("progress", lambda: [j for j in place.jobs("running") if j.get("total", 0) > 0])[0]
        assert 0 < told["done"] <= told["total"]
        place.looks_right()
    place.await_green()
    assert place.state == ("green", POINTS + 1) and place.trouble == ""
    [(_, is_valid, settings)] = place.graphs.values()
    assert is_valid and settings == f"m={then.get('hnsw_config', {}).get('m', 16)},ef_construction=100"
    [job] = place.jobs("done")
    place.looks_right()
    until("graphs are looked into", place.walks)


def test_a_new_index_takes_the_place_of_the_old_one(place):
    place.fill()
    [[old, *_]] = place.graphs.values()
    with place.writing():
        place.change(hnsw_config={"m": 24, "ef_construct": 48})
        place.await_phase("waiting for writers before build")
        assert sorted(is_valid for _, is_valid, _ in place.graphs.values()) == [False, True], "the old one is there"
        place.looks_right()
    place.await_green()
    [(name, (oid, is_valid, settings))] = place.graphs.items()
    assert is_valid and oid != old and settings == "m=24,ef_construction=48"
    assert place.state == ("green", POINTS)


@pytest.mark.parametrize("build", ["cut short", "went on"])
def test_the_next_gateway_goes_on_with_a_build(place, build):
    """kill -9. PostgreSQL may go on with what it was asked for; or it was cut short, and an index that is not valid
    is left, which is dropped and built again."""
    place.fill(hnsw_config={"m": 0})
    with place.writing():
        place.change(hnsw_config={"m": 16})
        pid = place.await_phase("waiting for writers before build")
        [[first, *_]] = place.graphs.values()
        place.gate.kill()
        if build == "cut short":
            place.ask(f"SELECT pg_terminate_backend({pid})")
            until("it was cut short", lambda: place.build is None)
            [(_, is_valid, _)] = place.graphs.values()
            assert not is_valid
        place.start_again()
        assert place.state == ("yellow", 0)
        place.looks_right()
    place.await_green()
    [(oid, is_valid, _)] = place.graphs.values()
    assert is_valid and (oid == first) == (build == "went on")
    assert place.state == ("green", POINTS)
    assert len(place.jobs("done")) == 1, "the job that was begun by the one before"
    place.looks_right()


def test_a_build_is_ended_and_begun_again(place):
    place.fill(hnsw_config={"m": 0})
    with place.writing():
        place.change(hnsw_config={"m": 16})
        place.await_phase("waiting for writers before build")
        [job] = until("a job at work", lambda: place.jobs("running"))
        assert place.api.good("DELETE", f"/v1/jobs/{job['id']}", status=202)["cancelling"] is True
        until("cancelled", lambda: place.api.good("GET", f"/v1/jobs/{job['id']}")["state"] == "cancelled")
        until("PostgreSQL has stopped", lambda: place.build is None)
        [(_, is_valid, _)] = place.graphs.values()
        assert not is_valid and place.state == ("yellow", 0)
        assert "not valid: all is scanned" in place.trouble
        place.looks_right()
    place.change(hnsw_config={"m": 16})
    place.await_green()
    [(_, is_valid, _)] = place.graphs.values()
    assert is_valid and place.state == ("green", POINTS)
    assert sorted(job["state"] for job in place.jobs()) == ["cancelled", "done"]


def test_a_collection_goes_while_its_index_is_built(place):
    """A build may take hours; a drop ends it."""
    place.fill(hnsw_config={"m": 0})
    with psycopg.connect(place.url) as other:
        other.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT 1")
        place.change(hnsw_config={"m": 16})
        place.await_phase("waiting for old snapshots")
        assert place.api.good("DELETE", place.collection.path) is True
        until("PostgreSQL has stopped", lambda: place.build is None)
        assert place.graphs == {} and place.ask("SELECT FROM pg_tables WHERE tablename LIKE 'c\\_%'") == []
        place.fill()
        assert place.state == ("green", POINTS)


def test_what_one_tenant_builds_is_not_the_others(place_of_two):
    place = place_of_two
    place.fill(hnsw_config={"m": 0})
    path, other = place.collection.path, place.api.neighbour

    def seen_by_the_other():
        info = other.good("GET", path)
        jobs = other.ask("GET", "/v1/jobs")
        return info["status"], info["indexed_vectors_count"], info["points_count"], jobs

    others = place.graphs  # of what the neighbour has alone
    before = seen_by_the_other()
    assert before == ("green", 0, len(neighbour.IDS), (200, b'{"jobs":[],"next":null}'))
    with place.writing():
        place.change(hnsw_config={"m": 8})
        place.await_phase("waiting for writers before build")
        [job] = until("a job at work", lambda: place.jobs("running"))
        assert seen_by_the_other() == before
        assert other.ask("GET", f"/v1/jobs/{job['id']}")[0] == other.ask("DELETE", f"/v1/jobs/{job['id']}")[0] == 404
    place.await_green()
    assert place.state == ("green", POINTS)
    assert len(place.graphs) == len(others) + 1 and others.items() <= place.graphs.items()
    assert seen_by_the_other() == before
    place.looks_right()
