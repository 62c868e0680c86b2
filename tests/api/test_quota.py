"""Bounds of tenants, of each and of single ones: how many requests, how large, how many collections and points; what
is said of them; changed by SIGHUP."""
import collections
import concurrent.futures
import contextlib
import http.client
import json
import signal
import time

import pytest

from gateway import Gateway

PATIENCE_SECONDS = 30
COLLECTION = {"vectors": {"size": 2, "distance": "Dot"}}
KEY = "a key that may choose its tenant"
CREDENTIALS = f"credentials:\n  keys: [{{name: all, rights: manage, key: {KEY}, may_choose_tenant: true}}]\n"
RATE = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")


def ask(gate, method, path, body=None, headers=None):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        text = json.dumps(body) if body is not None else None
        host.request(method, path, text, {"content-type": "application/json"} | (headers or {}))
        answer = host.getresponse()
        return answer, answer.read().decode()


def of(tenant):
    return {"api-key": KEY, "x-vecgate-tenant": tenant}


def rate_of(answer):
    return [answer.getheader(name) for name in RATE]


@pytest.fixture
def served(tmp_path):
    """Starts a gateway with these lines of `quota`."""
    file = tmp_path / "vecgate.yaml"

    class Served:
        before = ""
        env = None

        def write(self, text):
            file.write_text(self.before + "quota:\n" + "".join(f"  {line}\n" for line in text.split("; ")))

        @contextlib.contextmanager
        def started(self, text):
            self.write(text)
            with Gateway(tmp_path, self.env, arguments=["--config", file]) as self.gate:
                yield self.gate

        def reload(self, text, until):
            before = self.gate.log().count(until)
            self.write(text)
            self.gate.process.send_signal(signal.SIGHUP)
            end = time.monotonic() + PATIENCE_SECONDS
            while self.gate.log().count(until) == before:
                assert time.monotonic() < end, f"never in the log: {until}"
                time.sleep(0.02)

    return Served()


def test_nothing_is_said_where_nothing_is_bounded(served):
    with served.started("rate: 0") as gate:
        assert rate_of(ask(gate, "GET", "/collections")[0]) == [None] * 3


def test_both_apis_say_what_is_left_and_refuse_what_is_more(served):
    # One in a thousand seconds is none, however slow the machine.
    with served.started("rate: 1; burst: 1000") as gate:
        answer, _ = ask(gate, "GET", "/collections")
        assert (answer.status, rate_of(answer)[:2]) == (200, ["1000", "999"])
        served.reload("rate: 1; burst: 4", until="quota.burst: 1000 -> 4")
        left = []
        for _ in range(100):
            answer, text = ask(gate, "GET", "/v1/collections")
            if answer.status == 429:
                break
            left.append(int(rate_of(answer)[1]))
            assert answer.status == 200
        assert answer.status == 429 and left and left[-1] == 0
        problem = json.loads(text)
        assert answer.getheader("content-type") == "application/problem+json"
        assert (problem["status"], problem["type"].rsplit(":", 1)[-1]) == (429, "throttled")
        assert "1 requests per second, 4 at once" in problem["detail"]
        assert int(answer.getheader("retry-after")) == 1
        assert rate_of(answer)[:2] == ["4", "0"] and 3 <= int(rate_of(answer)[2]) <= 4
        for _ in range(100):
            answer, text = ask(gate, "PUT", "/collections/a/points", {"points": []})
            if answer.status == 429:
                break
        assert answer.status == 429
        assert json.loads(text)["status"]["error"].startswith("Rate limiting exceeded: Request rate limit exceeded: ")
        assert answer.getheader("retry-after") == "1"
        # What does not exist costs as much, and what operators ask nothing.
        assert [ask(gate, "GET", path)[0].status for path in ("/healthz", "/readyz", "/livez", "/metrics")] == [200] * 4
        assert rate_of(ask(gate, "GET", "/metrics")[0]) == [None] * 3
        text = ask(gate, "GET", "/metrics")[1]
        assert "\nvecgate_tenant_rate_refused_total{api=\"native\"} 1\n" in text
        assert "\nvecgate_tenant_rate_refused_total{api=\"qdrant\"} 1\n" in text
        served.reload("rate: 0", until="quota.rate: 1 -> 0")
        assert [ask(gate, "GET", "/collections")[0].status for _ in range(20)] == [200] * 20


def test_a_page_may_read_what_is_said(served):
    with served.started("rate: 1; burst: 1000") as gate:
        answer, _ = ask(gate, "GET", "/collections", headers={"origin": "http://localhost:3000"})
        exposed = answer.getheader("access-control-expose-headers").split(", ")
        assert set(RATE) <= set(exposed)


def test_large_bodies(served):
    with served.started("body: 1KiB") as gate:
        assert ask(gate, "PUT", "/collections/a", COLLECTION)[0].status == 200
        large = {"points": [{"id": 1, "vector": [1, 2], "payload": {"k": "x" * 2000}}]}
        answer, text = ask(gate, "PUT", "/collections/a/points?wait=true", large)
        assert answer.status == 400 and "1024" in text
        assert ask(gate, "PUT", "/v1/collections/a/points", large)[0].status == 413
        served.reload("body: 0", until="quota.body: 1KiB -> 0")
        assert ask(gate, "PUT", "/collections/a/points?wait=true", large)[0].status == 200


def test_collections(served):
    with served.started("collections: 2") as gate:
        assert [ask(gate, "PUT", f"/collections/{name}", COLLECTION)[0].status for name in "ab"] == [200] * 2
        answer, text = ask(gate, "PUT", "/collections/c", COLLECTION)
        assert answer.status == 400
        assert json.loads(text)["status"]["error"] == (
            "Bad request: Can't create collection with name c. Max collections limit reached: 2"
        )
        answer, text = ask(
            gate, "POST", "/v1/collections", {"name": "c", "vectors": {"v": {"dimension": 2, "metric": "dot"}}}
        )
        assert (answer.status, json.loads(text)["type"].rsplit(":", 1)[-1]) == (400, "quota"), text
        assert ask(gate, "PUT", "/collections/b", COLLECTION)[0].status == 409, "it is there already"
        assert ask(gate, "DELETE", "/collections/a")[0].status == 200
        assert ask(gate, "PUT", "/collections/c", COLLECTION)[0].status == 200
        served.reload("collections: 1", until="quota.collections: 2 -> 1")
        assert ask(gate, "PUT", "/collections/d", COLLECTION)[0].status == 400
        assert ask(gate, "GET", "/collections/b")[0].status == 200, "what is there stays"
        text = ask(gate, "GET", "/metrics")[1]
        counted = [line for line in text.splitlines() if line.startswith("vecgate_requests_total") and "quota" in line]
        assert sorted(line.rsplit(" ", 1)[1] for line in counted) == ["1", "2"], counted


def test_collections_that_are_created_at_once(served):
    """None slips through beside another, and no tenant waits for room that another one has taken."""
    served.before = CREDENTIALS
    with served.started("collections: 3") as gate:

        def create(number):
            tenant, name = f"t{number % 2}", f"c{number // 2}"
            return tenant, ask(gate, "PUT", f"/collections/{name}", COLLECTION, of(tenant))[0].status

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            told = collections.Counter(pool.map(create, range(32)))
        assert told == {(tenant, status): count for tenant in ("t0", "t1") for status, count in ((200, 3), (400, 13))}
        for tenant in ("t0", "t1"):
            text = ask(gate, "GET", "/v1/collections", headers=of(tenant))[1]
            assert len(json.loads(text)["collections"]) == 3


def test_single_tenants_have_bounds_of_their_own(served):
    served.before = CREDENTIALS
    own = "tenants: [{tenant: acme, rate: 1, burst: 2000}, {tenant: mint, rate: 0, body: 1KiB, collections: 1}]"
    with served.started(f"rate: 1; burst: 1000; collections: 2; {own}") as gate:

        def create(tenant, name):
            return ask(gate, "PUT", f"/collections/{name}", COLLECTION, of(tenant))[0]

        answers = {who: ask(gate, "GET", "/collections", headers=of(who))[0] for who in ("acme", "mint", "other")}
        assert {who: rate_of(answer)[0] for who, answer in answers.items()} == {
            "acme": "2000",
            "mint": None,
            "other": "1000",
        }
        assert [create("other", name).status for name in "abc"] == [200, 200, 400]
        assert [create("mint", name).status for name in "ab"] == [200, 400]
        large = {"points": [{"id": 1, "vector": [1, 2], "payload": {"k": "x" * 2000}}]}
        assert ask(gate, "PUT", "/v1/collections/a/points", large, of("mint"))[0].status == 413
        assert ask(gate, "PUT", "/collections/a/points?wait=true", large, of("other"))[0].status == 200
        served.reload(
            "rate: 1; burst: 1000; collections: 2; tenants: [{tenant: mint, collections: 2}, {tenant: other, rate: 0}]",
            until="quota.tenants: [",
        )
        assert rate_of(ask(gate, "GET", "/collections", headers=of("mint"))[0])[0] == "1000"
        assert rate_of(ask(gate, "GET", "/collections", headers=of("acme"))[0])[0] == "1000"
        assert rate_of(ask(gate, "GET", "/collections", headers=of("other"))[0])[0] is None
        assert [create("mint", name).status for name in "bc"] == [200, 400]
        assert ask(gate, "PUT", "/collections/a/points?wait=true", large, of("mint"))[0].status == 200


def test_what_is_wrong_stays_out(served):
    served.before = CREDENTIALS
    with served.started("tenants: [{tenant: acme, rate: 1, burst: 7}]") as gate:
        served.reload("tenants: [{tenant: acme, rte: 2}]", until="did you mean rate?")
        assert rate_of(ask(gate, "GET", "/collections", headers=of("acme"))[0])[0] == "7"


def points(first, count):
    return {"points": [{"id": first + i, "vector": [1, 2]} for i in range(count)]}


@pytest.fixture(params=["embedded", "a shared collection of Qdrant's"])
def backed(request, served):
    """The same on its own store, and where the tenants' collections share one of Qdrant's."""
    if request.param != "embedded":
        served.env = {
            "VECTOR_BACKEND": "qdrant",
            "VECGATE_VECTOR_QDRANT_URL": request.getfixturevalue("embedded").url,
            "VECGATE_VECTOR_QDRANT_ISOLATION": "filter",
        }
    return served


def test_points(backed):
    backed.before = CREDENTIALS
    with backed.started("points: 10; tenants: [{tenant: acme, points: 25}]") as gate:

        def put(tenant, name, first, count):
            path = f"/collections/{name}/points?wait=true"
            answer, text = ask(gate, "PUT", path, points(first, count), of(tenant))
            return answer.status if answer.status == 200 else (answer.status, json.loads(text)["status"]["error"])

        def full(most, has, writes):
            says = f"Max points count limit of {most} reached: the tenant has {has}, the request writes {writes}"
            return (400, f"Bad request: {says}")

        def count(tenant, name):
            path = f"/collections/{name}/points/count"
            return json.loads(ask(gate, "POST", path, {"exact": True}, of(tenant))[1])["result"]["count"]

        for tenant in ("acme", "mint"):
            for name in "ab":
                assert ask(gate, "PUT", f"/collections/{name}", COLLECTION, of(tenant))[0].status == 200
        assert put("acme", "a", 1, 20) == 200
        assert put("mint", "a", 1, 11) == full(10, 0, 11)
        assert put("mint", "a", 1, 6) == 200, "the bound is of all that it would have"
        assert put("mint", "b", 1, 4) == 200, "all its collections together"
        assert put("acme", "b", 1, 5) == 200
        assert put("acme", "b", 6, 1) == full(25, 25, 1)
        assert (count("mint", "a"), count("mint", "b"), count("acme", "b")) == (6, 4, 5)
        native = {"points": [{"id": 99, "vectors": {"": [1, 2]}}]}
        answer, text = ask(gate, "PUT", "/v1/collections/b/points", native, of("acme"))
        assert (answer.status, json.loads(text)["type"].rsplit(":", 1)[-1]) == (400, "quota"), text
        batch = {"operations": [{"upsert": points(50, 1)}, {"delete": {"points": [1]}}]}
        answer, text = ask(gate, "POST", "/collections/b/points/batch?wait=true", batch, of("acme"))
        assert (answer.status, json.loads(text)["status"]["error"]) == full(25, 25, 1)
        # What only changes or deletes points is no matter of room.
        gone = {"points": [1, 2, 3]}
        assert ask(gate, "POST", "/collections/a/points/delete?wait=true", gone, of("acme"))[0].status == 200
        end = time.monotonic() + PATIENCE_SECONDS
        while put("acme", "b", 6, 3) != 200:
            assert time.monotonic() < end, "what was deleted makes no room"
            time.sleep(0.1)
        assert count("acme", "b") == 8
        backed.reload("points: 0; tenants: [{tenant: acme, points: 30}]", until="quota.points: 10 -> 0")
        assert put("mint", "a", 7, 50) == 200
        assert put("acme", "b", 100, 5) == 200
        assert put("acme", "b", 200, 1)[0] == 400
