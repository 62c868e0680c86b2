"""Two tenants with the same names and ids before a backend whose wire breaks: whatever becomes of what the one changes,
and however often it is repeated, the other has what it had."""
import http.client
from concurrent.futures import ThreadPoolExecutor

import faults_qdrant
import neighbour
import pytest
from api import Api
from bench import Metrics, until
from gateway import Gateway
from wire import Wire

FAULTS = [name for name, fault in faults_qdrant.FAULTS.items() if fault.is_mended and not fault.tls]
ALL = {"filter": {"must_not": [{"has_id": [10**9]}]}}
HEALTH = ("GET", "/v1/health", None)


@pytest.fixture(scope="module", params=["filter", "collection"])
def bed(request, tmp_path_factory):
    """A gateway, and what may break between it and Qdrant's API, spoken by another one."""
    folder = tmp_path_factory.mktemp("faults-of-two")
    with Gateway(folder / "upstream") as upstream, Wire(("127.0.0.1", upstream.port)) as wire:
        env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url, "VECGATE_VECTOR_QDRANT_ISOLATION": request.param}
        with Gateway(folder / "gateway", faults_qdrant.OPTIONS | neighbour.ENV | env) as gate:
            yield gate, wire


def changes(name):
    """What reaches as far as can be; a second each, where nothing comes."""
    points = f"/collections/{name}/points"
    yield "PUT", f"{points}?wait=true&timeout=1", {"points": [{"id": 1, "vector": [3, 3], "payload": {"n": 3}}]}
    yield "POST", f"{points}/delete?wait=true&timeout=1", ALL
    yield "POST", f"{points}/payload?wait=true&timeout=1", {"payload": {"mark": "changed"}} | ALL
    yield "PUT", f"/collections/{name}-new?timeout=1", {"vectors": {"size": 2, "distance": "Dot"}}
    yield "DELETE", f"/collections/{name}?timeout=1", None


def ask(gate, change):
    host = http.client.HTTPConnection(gate.address, timeout=neighbour.SECONDS)
    status, _, text = neighbour.speak(host, neighbour.TESTED, *change)
    host.close()
    neighbour.look_for(text, change[:2])
    return status


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_one_is_no_loss_of_the_other(bed, fault):
    gate, wire = bed
    name = f"fault-{FAULTS.index(fault)}"
    api = Api(gate)
    for made in (name, f"{name}-new"):
        api.good("PUT", f"/collections/{made}", {"vectors": {"size": 2, "distance": "Dot"}})
    api.good("DELETE", f"/collections/{name}-new")
    api.neighbour.gone.discard(f"{name}-new")  # it keeps its own
    api.good("PUT", f"/collections/{name}/points?wait=true", {"points": [{"id": i, "vector": [i, 1]} for i in neighbour.IDS[:6]]})
    wire.break_by(faults_qdrant.FAULTS[fault].by)
    with ThreadPoolExecutor() as pool:
        asked = list(pool.map(lambda change: ask(gate, change), changes(name)))
    wire.mend()
    assert not set(asked) <= {200}, "the fault was met"
    for change in changes(name):
        until("it is over", lambda: ask(gate, change) in (200, 404, 409))
    until("all may go", lambda: ask(gate, HEALTH) == 200 and Metrics(gate, neighbour.TESTED).is_closed)
    api.good("DELETE", f"/collections/{name}")
    api.good("DELETE", f"/collections/{name}-new")
    api.close()
