"""Every fault of a backend, injected on the wire, met by every class of operation: what the client is told is true,
the page shows it, and all is well again when it is over."""
import pytest

import matrix

CELLS = [(b, f, o) for b, (_, faults) in matrix.MATRICES.items() for f in faults for o in matrix.OPERATIONS]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """All of them, once. Leaving each gateway asserts that it ended with 0, and that no sanitizer complained."""
    return {backend: matrix.run_all(tmp_path_factory.mktemp(backend), backend) for backend in matrix.MATRICES}


@pytest.mark.parametrize("backend", matrix.MATRICES)
def test_the_page_shows_what_becomes_of_each(found, backend):
    text = matrix.table(found[backend])
    print(text)
    for fault, (_, turn) in found[backend].items():
        print(f"{fault}: longest turn of the loop {turn * 1000:.1f} ms")
    assert text == matrix.shown(backend), "tests/contract/matrix.py --fix writes it"


@pytest.mark.parametrize("backend,fault,operation", CELLS)
def test_what_is_said_is_true(found, backend, fault, operation):
    how, kind = matrix.MATRICES[backend][1][fault], matrix.OPERATIONS[operation]
    cell = found[backend][fault][0][operation]
    assert cell.status >= 400 and cell.said, cell
    outcome = matrix.outcome(cell)
    is_open = kind.writes and cell.reached > 0 and not how.is_clear
    assert bool(outcome) == is_open, cell
    assert outcome or not cell.was_done, f"it was done, and nobody said that it might be: {cell}"
    if outcome:
        assert ("safe" in outcome) == (operation != "create collection"), cell
    assert cell.tries >= 1 and (cell.opened > 0) == cell.opens, cell
    assert cell.recovered == how.is_mended


def test_a_backend_that_is_left_alone_is_not_asked(tmp_path):
    """While the breaker is open, every operation is answered at once, with the reason and when to come again."""
    with matrix.Gateway(tmp_path / "upstream") as upstream, matrix.Wire(("127.0.0.1", upstream.port)) as wire:
        env = matrix.OPTIONS | {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url}
        env |= {f"{matrix.RESILIENCE}BREAKER_{word}": "1h" for word in ("OPEN", "OPEN_MOST")}
        with matrix.Gateway(tmp_path / "gateway", env) as gate:
            bench = matrix.Bench(matrix.FAULTS["503"], wire, upstream)
            bench.prepare(gate)
            wire.break_by(bench.fault.by)
            assert bench.provokes(matrix.OPERATIONS["count"])
            wire.mend()
            for operation in matrix.OPERATIONS.values():
                before = matrix.Metrics(gate).exchanges(operation)
                status, headers, body = bench.ask(operation, 5000)
                said = matrix.sentence(body)
                assert status == 503 and int(headers["retry-after"]) > 2000, (status, headers, said)
                assert "the backend is left alone for" in said and "the last: the backend" in said, said
                assert "not known" not in said, "nothing was sent"
                assert matrix.Metrics(gate).exchanges(operation) == before
