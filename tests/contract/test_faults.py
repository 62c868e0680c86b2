"""Every fault of Qdrant, injected on the wire, met by every class of operation: what the client is told is true, the
page shows it, and all is well again when it is over. The same with each carrier of requests."""
import dataclasses

import pytest

import bench
import faults_qdrant
import matrix

CELLS = [(fault, operation) for fault, how in faults_qdrant.FAULTS.items() for operation in how.meets]


@pytest.fixture(scope="module", params=["auto", "curl"])
def found(request, tmp_path_factory):
    """All of them, once. Leaving each gateway asserts that it ended with 0, and that no sanitizer complained."""
    env = {"VECGATE_VECTOR_QDRANT_HTTP_CARRIER": request.param}
    return matrix.run_all(tmp_path_factory.mktemp("qdrant"), "qdrant", env)


def test_the_page_shows_what_becomes_of_each(found):
    matrix.compare("qdrant", found)


@pytest.mark.parametrize("fault,operation", CELLS)
def test_what_is_said_is_true(found, fault, operation):
    matrix.check("qdrant", fault, operation, found[fault][0][operation])


def test_a_backend_that_is_left_alone_is_not_asked(tmp_path):
    """While the breaker is open, every operation is answered at once, with the reason and when to come again."""
    resilience = "VECGATE_VECTOR_QDRANT_RESILIENCE_"
    fault = dataclasses.replace(
        faults_qdrant.FAULTS["503"], env={f"{resilience}BREAKER_{word}": "1h" for word in ("OPEN", "OPEN_MOST")}
    )
    with faults_qdrant.behind(tmp_path) as upstream, faults_qdrant.open_bench(tmp_path, fault, upstream) as one:
        one.begin(bench.OPERATIONS["count"])
        assert one.provokes(bench.OPERATIONS["count"])
        one.end()
        for operation in bench.OPERATIONS.values():
            before = bench.Metrics(one.gate).exchanges(operation)
            status, headers, body = one.ask(operation, 5000)
            said = bench.sentence(body)
            assert status == 503 and int(headers["retry-after"]) > 2000, (status, headers, said)
            assert "the backend is left alone for" in said and "the last: the backend" in said, said
            assert "not known" not in said, "nothing was sent"
            assert bench.Metrics(one.gate).exchanges(operation) == before
