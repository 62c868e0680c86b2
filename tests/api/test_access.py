"""Who may ask what, and what is answered to whoever may not: each kind of credential on each route of both APIs,
against a table made from Qdrant's documentation of its own (FACTS 12), not from our code. What is denied is so before
it is looked for: the collection that all of it is about is not there."""
import json
import re
import socket

import pytest

from access import CREDENTIALS, GHOST, KEYS, SECONDS, TEXTS, Client, expect_denied, expect_stranger, token
from gateway import ROOT
from native import segment

# What a route needs, and how each is told that it may not: "." it may.
COLUMNS = "full  read  write tenant none  l-m   l-rw  l-prw l-r   p-rw  p-prw p-r".split()
NEEDS = {
    need: dict(zip(COLUMNS, cells.split(), strict=True))
    for need, cells in {
        # a credential, whichever
        "any":     ".     .     .     .     .     .     .     .     .     .     .     .",
        # points of the collection
        "read":    ".     .     .     .     A     .     .     .     .     .     .     .",
        # by id, or what the collection is: not with `payload`
        "whole":   ".     .     .     .     A     .     .     .     .     R     R     R",
        # snapshots, cluster info: not for prw
        "object":  ".     .     .     .     A     .     .     P     .     R     P     R",
        # deletes, and batches, of which each part is judged
        "delete":  ".     M     .     .     A     .     .     .     W     .     .     W",
        "write":   ".     M     .     .     A     .     .     .     W     R     R     W",
        # index operations need rw; snapshots that are made
        "change":  ".     M     .     .     A     .     .     P     W     R     P     W",
        # create, update and delete of collections need global m, or a key that manages just these
        "manage":  ".     M     M     .     G     .     G     G     G     G     G     G",
        # all collections
        "all":     ".     .     .     .     G     G     G     G     G     G     G     G",
        "all-m":   ".     M     M     .     G     G     G     G     G     G     G     G",
        # all tenants
        "gateway": ".     .     .     G     G     G     G     G     G     G     G     G",
    }.items()
}
C, P, S, N = "/collections/{collection}", "/points", "/shards/{shard}/snapshots", "/v1/collections/{collection}"
ROUTES = {
    "any": [("GET", "/collections"), ("GET", "/aliases"), ("GET", "/v1/collections"), ("GET", "/v1/aliases"), ("GET", "/v1/capabilities"), ("GET", "/openapi.yaml")],
    "read": [("GET", C + "/exists"), ("GET", C + "/aliases"), ("POST", C + "/facet")]
    + [("POST", C + P + tail) for tail in "/scroll /count /query /query/batch /query/groups /search /search/batch /search/groups"
       " /search/matrix/pairs /search/matrix/offsets /recommend /recommend/batch /recommend/groups /discover /discover/batch".split()]
    + [("POST", N + tail) for tail in "/facets /points/search /points/search/batch /points/search/groups /points/search/matrix /points/scroll /points/count".split()],
    "whole": [("GET", C), ("POST", C + P), ("GET", C + P + "/{id}"), ("GET", N), ("GET", N + "/fields"), ("GET", N + "/fields/{key}"), ("GET", N + P + "/{id}"), ("POST", N + P + "/get")],
    "object": [("GET", C + "/snapshots"), ("GET", C + "/snapshots/{snapshot}"), ("GET", C + S), ("GET", C + S + "/{snapshot}"), ("GET", C + "/cluster")],
    "delete": [(method, base + P + tail) for base in (C, N) for method, tail in (("POST", "/delete"), ("POST", "/vectors/delete"), ("POST", "/batch"))],
    "write": [(method, base + P + tail) for base in (C, N)
              for method, tail in (("PUT", ""), ("PUT", "/vectors"), ("POST", "/payload"), ("PUT", "/payload"), ("POST", "/payload/delete"), ("POST", "/payload/clear"))],
    "change": [("PUT", C + "/index"), ("DELETE", C + "/index/{field}"), ("PUT", N + "/fields/{key}"), ("DELETE", N + "/fields/{key}"),
               ("POST", C + "/snapshots"), ("DELETE", C + "/snapshots/{snapshot}"), ("POST", C + S), ("DELETE", C + S + "/{snapshot}")],
    "manage": [("PUT", C), ("PATCH", C), ("DELETE", C), ("POST", "/collections/aliases"), ("POST", "/v1/collections"), ("DELETE", N), ("POST", "/v1/aliases")],
    "all": [("GET", "/snapshots"), ("GET", "/snapshots/{snapshot}"), ("GET", "/cluster"), ("GET", "/telemetry"), ("GET", "/locks"), ("GET", "/issues"),
            ("GET", "/v1/jobs"), ("GET", "/v1/jobs/{job}"), ("GET", "/v1/backends"), ("GET", "/v1/health")],
    "all-m": [("PUT", C + "/snapshots/recover"), ("POST", C + "/snapshots/upload"), ("POST", "/snapshots"), ("DELETE", "/snapshots/{snapshot}"),
              ("PUT", C + S + "/recover"), ("POST", C + S + "/upload"), ("PUT", C + "/shards"), ("POST", C + "/shards/delete"), ("POST", C + "/cluster"),
              ("POST", "/cluster/recover"), ("DELETE", "/cluster/peer/{peer}"), ("POST", "/locks"), ("DELETE", "/issues"), ("DELETE", "/v1/jobs/{job}"),
              ("DELETE", "/v1/tenants/{tenant}")],
    "gateway": [("GET", "/metrics")],
}
FREE = [("GET", "/"), ("GET", "/healthz"), ("GET", "/livez"), ("GET", "/readyz")]
NAMES = {"collection": GHOST, "id": "1", "job": "j1", "tenant": GHOST}

# A body that is none is found out only of who may. Where names stand in the body it has to be one, that does no harm.
BODIES = {
    ("POST", "/collections/aliases"): {"actions": [{"delete_alias": {"alias_name": GHOST}}]},
    ("POST", "/v1/aliases"): {"actions": [{"delete": {"alias": GHOST}}]},
    ("POST", "/v1/collections"): {"name": GHOST, "dimension": 2, "metric": "dot"},
}


def path_of(pattern, **names):
    return re.sub(r"{(\w+)}", lambda found: segment((NAMES | names).get(found[1], "x")), pattern)


# ---- each route, each credential ----


def listed_routes():
    text = (ROOT / "docs" / "routes.md").read_text()
    return set(re.findall(r"^\| (\w+) \| `([^`]+)` \|", text, re.MULTILINE))


def test_no_route_is_left_out():
    known = [route for rows in ROUTES.values() for route in rows] + FREE
    assert len(known) == len(set(known))
    assert set(known) == listed_routes()


ALL = [(need, *route) for need, rows in ROUTES.items() for route in rows]


def ask(client, method, pattern, **names):
    body = BODIES.get((method, pattern), b"{" if method[0] == "P" else None)
    wrong = "?unknown=1" if "{tenant}" in pattern else ""  # the same, where there is no body to be wrong
    return client.call(method, path_of(pattern, **names) + wrong, body)


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("header", ["api-key", "authorization"])
def test_each_route_is_for_whom_it_is(guarded, credential, header):
    sent, column = CREDENTIALS[credential]
    client = Client(guarded, {header: sent if header == "api-key" else f"Bearer {sent}"})
    for need, method, pattern in ALL:
        cell = NEEDS[need][column]
        answer = ask(client, method, pattern)
        if cell == ".":
            assert answer.status not in (401, 403), (method, pattern, answer)
        else:
            expect_denied(answer, pattern, TEXTS[cell])
        if pattern == "/v1/collections" and answer.status == 201:
            assert Client.keyed(guarded, sent).call("DELETE", f"/v1/collections/{GHOST}").status == 204


@pytest.mark.parametrize("credential", [name for name, row in CREDENTIALS.items() if row[1][1:2] == "-"])
def test_lists_name_nothing_else(guarded, credential):
    """Whatever may be done to the one collection may not be done to another, whether that is there or not."""
    client = Client.keyed(guarded, CREDENTIALS[credential][0])
    for need, method, pattern in ALL:
        if "{collection}" in pattern:
            cell = "G" if need in ("manage", "all-m") else "A"
            expect_denied(ask(client, method, pattern, collection="x"), pattern, TEXTS[cell].replace(GHOST, "x"))


STRANGERS = {
    "nothing": ({}, 401, "Must provide an API key or an Authorization bearer token"),
    "a wrong key": ({"api-key": "wrong"}, 401, "Invalid API key or JWT"),
    "an empty key": ({"api-key": ""}, 401, "Invalid API key or JWT"),
    "a wrong bearer": ({"authorization": "Bearer wrong"}, 401, "Invalid API key or JWT"),
    "a wrong key beside a good bearer": ({"api-key": "wrong", "authorization": f"Bearer {KEYS['full']}"}, 401, "Invalid API key or JWT"),
    "an expired token": ({"api-key": token(exp=1)}, 403, "ExpiredSignature"),
    "a token of others": ({"api-key": token("another secret, as long as the right one")}, 403, "InvalidSignature"),
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_strangers_learn_of_no_route(guarded, stranger):
    headers, status, text = STRANGERS[stranger]
    client = Client(guarded, headers)
    nowhere = [("any", "GET", "/nothing"), ("any", "GET", "/v1/nothing"), ("any", "PATCH", "/v1/collections"), ("any", "GET", "/healthz/x")]
    for _, method, pattern in ALL + nowhere:
        expect_stranger(ask(client, method, pattern), pattern, text, status)
    for method, path in FREE:
        assert client.call(method, path).status == 200


def test_liveness_is_everybodys_and_nothing_near_it(guarded):
    client = Client(guarded)
    for path in ("/readyz/x", "/livezx", "//", "/healthz/"):
        assert client.call("GET", path).status in (200, 404), path
    for path in ("/healthzx", "/x", "/metrics", "/telemetry", "/collections/readyz", "/./readyz/../collections", "/readyz/../collections"):
        assert client.call("GET", path).status in (400, 401), path


def test_what_is_everybodys_does_nothing(guarded):
    for method in ("POST", "PUT", "DELETE"):
        for _, path in FREE:
            assert Client(guarded).call(method, path, b"{}").status == 404


# ---- tricks ----


def send(gate, text):
    """What is answered until the other side ends, and nothing more is sent."""
    with socket.create_connection(("127.0.0.1", gate.port), timeout=SECONDS) as wire:
        wire.sendall(text.encode())
        answer = b""
        while more := wire.recv(65536):
            answer += more
        return answer.decode()


def head(*lines, method="GET", path="/collections"):
    return "\r\n".join([f"{method} {path} HTTP/1.1", "host: x", *lines, "connection: close", "", ""])


def status_of(answer):
    return int(answer.split(" ")[1])


TRICKS = {
    "a good key": ([f"api-key: {KEYS['full']}"], 200),
    "in capitals": ([f"API-KEY: {KEYS['full']}"], 200),
    "the same twice": ([f"api-key: {KEYS['full']}"] * 2, 200),
    "good, then another": ([f"api-key: {KEYS['full']}", "api-key: x"], 401),
    "another, then good": (["api-key: x", f"api-key: {KEYS['full']}"], 401),
    "good, then nothing": ([f"api-key: {KEYS['full']}", "api-key:"], 401),
    "two good ones": ([f"api-key: {KEYS['full']}", f"Api-Key: {KEYS['read']}"], 401),
    "two bearers": ([f"authorization: Bearer {KEYS['full']}", "authorization: Bearer x"], 401),
    "a list of keys": ([f"api-key: {KEYS['full']}, x"], 401),
    "another scheme": ([f"authorization: Basic {KEYS['full']}"], 401),
    "no scheme": ([f"authorization: {KEYS['full']}"], 401),
    "a cookie": ([f"cookie: api-key={KEYS['full']}"], 401),
    "a name with a line": ([f"api_key: {KEYS['full']}"], 401),
    "a tenant that may not be chosen": ([f"api-key: {KEYS['read']}", "x-vecgate-tenant: other"], 403),
    "two tenants": ([f"api-key: {KEYS['full']}", "x-vecgate-tenant: default", "x-vecgate-tenant: other"], 401),
}


@pytest.mark.parametrize("trick", TRICKS)
def test_headers_say_who_it_is_once(guarded, trick):
    lines, status = TRICKS[trick]
    assert status_of(send(guarded, head(*lines))) == status


@pytest.mark.parametrize("query", ["api-key=", "api_key=", "apikey=", "authorization=Bearer%20", "access_token="])
def test_no_query_says_who_it_is(guarded, query):
    assert Client(guarded).call("GET", f"/collections?{query}{KEYS['full']}").status == 401


def test_a_strangers_body_is_not_waited_for(guarded):
    for lines in (["content-length: 7"], ["transfer-encoding: chunked"], ["content-length: 7", "expect: 100-continue"]):
        answer = send(guarded, head(*lines, method="PUT", path="/collections/x/points").replace("connection: close\r\n", ""))
        assert status_of(answer) == 401 and "100 Continue" not in answer and "connection: close" in answer.lower(), answer


def test_who_may_not_learns_it_before_the_body(guarded):
    lines = [f"api-key: {KEYS['read']}", "content-length: 1000000"]
    assert status_of(send(guarded, head(*lines, method="PUT", path="/collections/x/points"))) == 403


def test_pages_may_ask_before_they_have_a_key(guarded):
    page = {"origin": "http://app.example", "access-control-request-method": "PUT"}
    answer = Client(guarded, page).call("OPTIONS", "/collections/x")
    assert answer.status == 204 and answer.headers["access-control-allow-origin"] == "*"
    answer = Client(guarded, {"origin": "http://app.example"}).call("GET", "/collections/x")
    assert answer.status == 401 and answer.headers["access-control-allow-origin"] == "*"


# ---- keys with a list ----


def test_a_key_manages_what_it_lists(guarded):
    client = Client.keyed(guarded, KEYS["list-manage"])
    client.good("PUT", f"/collections/{GHOST}", {"vectors": {"size": 2, "distance": "Dot"}})
    client.good("PUT", f"/collections/{GHOST}/points?wait=true", {"points": [{"id": 1, "vector": [1, 1]}]})
    assert [row["name"] for row in client.good("GET", "/collections")["collections"]] == [GHOST]
    taken = [{"create_alias": {"collection_name": GHOST, "alias_name": "another"}}]
    expect_denied(client.call("POST", "/collections/aliases", {"actions": taken}), "/collections", TEXTS["G"])
    assert client.good("DELETE", f"/collections/{GHOST}") is True


# ---- denials are told ----


def test_denials_are_counted_and_audited(guarded):
    full = Client.keyed(guarded, KEYS["full"])

    def count(api, code):
        found = re.search(rf'^vecgate_denials_total{{code="{code}",api="{api}"}} (\d+)$', full.call("GET", "/metrics").body.decode(), re.MULTILINE)
        return int(found[1]) if found else 0

    kinds = [("native", "unauthenticated"), ("native", "forbidden"), ("qdrant", "unauthenticated"), ("qdrant", "forbidden"), ("admin", "unauthenticated")]
    before = [count(*kind) for kind in kinds]
    asks = {"/v1/collections/x": "as-a-problem", "/collections/x": "as-an-envelope"}
    for path, name in asks.items():
        Client(guarded).call("GET", path)
        Client(guarded, {"api-key": KEYS["list-read"], "x-request-id": name}).call("GET", path)
    Client(guarded, {"api-key": "not-a-key-of-anybody", "x-request-id": "by-nobody"}).call("GET", "/metrics")
    assert json.loads(guarded.line("by-nobody", "access denied"))["who"] == "-"
    for path, name in asks.items():
        line = json.loads(guarded.line(name, "access denied"))
        assert line["route"] == path.replace("x", "{collection}"), line
        assert (line["who"], line["tenant"], line["code"]) == ("key ghost reader", "default", "forbidden"), line
    assert [count(*kind) - was for kind, was in zip(kinds, before, strict=True)] == [1, 1, 1, 1, 1]
    assert "not-a-key-of-anybody" not in guarded.log()


def test_who_says_to_be_another_tenant_is_audited_by_name(guarded):
    """What nobody is known by stays nobody, whatever tenant it says."""
    asked = {
        "by-a-key": (KEYS["read"], 403, "key read_only_key", "default"),
        "by-a-token": (token(sub="alice"), 403, "token alice", "default"),
        "by-a-stranger": ("not-a-key-of-anybody", 401, "-", "-"),
        "by-what-expired": (token(sub="alice", exp=1), 403, "-", "-"),
    }
    for name, (sent, status, who, tenant) in asked.items():
        headers = {"api-key": sent, "x-vecgate-tenant": "other", "x-request-id": name}
        assert Client(guarded, headers).call("GET", "/collections").status == status
        line = json.loads(guarded.line(name, "access denied"))
        assert (line["who"], line["tenant"]) == (who, tenant), line
