"""What it costs to know who asks, and to keep tenants apart: the CPU of a proxied search, before a backend that needs
no time."""
import base64
import contextlib
import hashlib
import hmac
import json

from harness import load
from harness.answering import Answering
from harness.cases import searches
from harness.report import figure, percent
from harness.servers import Client, Nginx, Wrong
from harness.words import DIMENSIONS

NAME = "identity"
TITLE = "Who asks, and for which tenant"
COLLECTION = "loadtest-identity"
CONNECTIONS = 16
FRACTION = 0.6  # of a round: there are six cases
KEY, TENANTS_KEY = "the key of a load test", "the key of a load test's tenant"
SECRET = "what a load test signs its tokens with"
LIST = [{"name": "tenant", "key": TENANTS_KEY, "tenant": "acme", "rights": "manage"}]
MANY = [{"name": f"k{i}", "sha256": hashlib.sha256(b"%d" % i).hexdigest(), "rights": "read"} for i in range(999)]
OPEN, SOLE, TENANTS = {}, {"VECGATE_CREDENTIALS_API_KEY": KEY}, {"VECGATE_CREDENTIALS_KEYS": json.dumps(LIST)}
CASES = {  # what is configured, the isolation, the header that is sent
    "nobody is asked": (OPEN, None, ()),
    "a key": (SOLE, None, ("api-key", KEY)),
    "a key of 1 000": (SOLE | {"VECGATE_CREDENTIALS_KEYS": json.dumps(MANY)}, None, ("api-key", KEY)),
    "a token (HS256), seen before": (SOLE | {"VECGATE_JWT_SECRET": SECRET}, None, ("api-key", "TOKEN")),
    "a tenant, in a collection of its own": (TENANTS, "collection", ("api-key", TENANTS_KEY)),
    "a tenant, in a collection that is shared": (TENANTS, "filter", ("api-key", TENANTS_KEY)),
}


def token():
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    text = part(b'{"alg":"HS256"}') + b"." + part(json.dumps({"sub": "alice", "access": "r"}).encode())
    return (text + b"." + part(hmac.new(SECRET.encode(), text, hashlib.sha256).digest())).decode()


def measure(bench, section):
    if not Nginx.program():
        raise Wrong("nginx is not installed: there is no backend that needs no time")
    words = bench.words(2000)
    with contextlib.ExitStack() as stack:
        backends = {isolation: stack.enter_context(stand_in(bench, words, isolation)) for isolation in (None, "collection", "filter")}
        cases = {}
        for name, (env, isolation, header) in CASES.items():
            gate = stack.enter_context(bench.vecgate(env | settings(backends[isolation].url, isolation)))
            sent = tuple(token() if word == "TOKEN" else word for word in header)
            make(gate, sent)
            cases[name] = searches(gate, words, CONNECTIONS, bench.part(FRACTION), [gate.pid], COLLECTION, sent)
        loads = load.alternate(bench.rounds, cases)
    tell(bench, section, loads)


def settings(url, isolation):
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": url, "VECGATE_LOG_ACCESS": "false"}
    return env | ({"VECGATE_VECTOR_QDRANT_ISOLATION": isolation} if isolation else {})


def stand_in(bench, words, isolation):
    """Learns from a gateway's own engine what Qdrant would answer to a gateway with that isolation."""
    question = json.loads(words.bodies_file.read_text().splitlines()[0])
    if isolation == "filter":
        question["with_payload"] = ["vg-collection", "vg-id"]
    with bench.vecgate() as real:
        with bench.vecgate(TENANTS | settings(real.url, isolation or "collection")) as gate:
            if isolation:
                words.store(gate.address, COLLECTION, headers={"api-key": TENANTS_KEY})
            else:
                words.store(real.address, COLLECTION)
        with Client(real.address) as client:
            [physical] = [row["name"] for row in client.ask("GET", "/collections")["collections"]]
        return Answering(bench.fresh_folder(), real.address, physical, json.dumps(question))


def make(gate, header):
    """A sole tenant finds what exists; of others the catalog has to know it."""
    key = dict([header]) if header else {}
    with Client(gate.address, key) as client:
        if header and header[1] == TENANTS_KEY:
            client.create(COLLECTION, DIMENSIONS, optimizers_config={"indexing_threshold": 0})
        hits = client.ask("POST", f"/collections/{COLLECTION}/points/query", {"query": [0.5] * DIMENSIONS})["points"]
    if not all(isinstance(hit["id"], int) for hit in hits) or len(hits) != 10:
        raise Wrong(f"answers are not as they should be: {hits}")


def tell(bench, section, loads):
    section.table(
        ["who asks", "requests/s", "spread", "p50 us", "p99 us", "gateway's CPU us", "more than nobody", "failures"],
        [line(name, one, loads["nobody is asked"]) for name, one in loads.items()],
    )
    section.failures(loads)
    section.say(
        f"Questions of {DIMENSIONS} dimensions, answers of ten hits from memory, {CONNECTIONS} connections; {bench.rounds} "
        f"rounds of {bench.part(FRACTION)} s, in turn; gateway and backend on one core, wrk on the other. Backends answer "
        "by what each isolation stores, so answers of a shared collection are longer by ids and marks of their points."
    )


def line(name, one, nobody):
    return [name, figure(one.rate), percent(one.spread), figure(one.p50_us), figure(one.p99_us), figure(one.cpu_us()),
            f"{one.cpu_us() - nobody.cpu_us():+.1f} us", one.failures]
