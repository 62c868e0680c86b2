#!/usr/bin/env python3
"""The fault matrix: what becomes of each class of operation under each fault of its backend, as a client and an
operator see it. A backend is a row of MATRICES: a module with its faults, what stands behind them, and who puts a
gateway before it, with something between that breaks and mends.

    matrix.py [--fix] [BACKEND]...      runs it and prints the tables; --fix writes them into docs/resilience.md
"""
import dataclasses
import pathlib
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]
import faults_pgvector  # noqa: E402
import faults_qdrant  # noqa: E402
from bench import OPERATIONS  # noqa: E402
from gateway import ROOT  # noqa: E402

TOGETHER = 16  # faults at a time: most of it is waiting

MATRICES = {"qdrant": faults_qdrant, "pgvector": faults_pgvector}


def run_fault(folder, backend, name, upstream, env):
    matrix = MATRICES[backend]
    fault = matrix.FAULTS[name]
    fault = dataclasses.replace(fault, env=fault.env | env)
    folder = folder / re.sub(r"\W+", "-", f"{backend} {name}")
    folder.mkdir()
    with matrix.open_bench(folder, fault, upstream) as bench:
        return bench.run()


def run_all(folder, backend, env=None):
    """{fault: ({operation: Cell}, longest turn of the loop in seconds)}; `env` is the gateway's, besides."""
    matrix = MATRICES[backend]
    with matrix.behind(folder) as upstream, ThreadPoolExecutor(TOGETHER) as pool:
        slow_first = sorted(matrix.FAULTS, key=lambda name: matrix.FAULTS[name].server == "shared")
        begun = {name: pool.submit(run_fault, folder, backend, name, upstream, env or {}) for name in slow_first}
        return {name: begun[name].result() for name in matrix.FAULTS}


def check(backend, fault, operation, cell):
    """What is said is true, and it is over when the fault is."""
    how, kind = MATRICES[backend].FAULTS[fault], OPERATIONS[operation]
    is_open = kind.writes and cell.reached > 0 and operation not in how.clear and operation not in how.passes
    assert (cell.status == 200) == (operation in how.passes) and cell.said, cell
    assert bool(outcome(cell)) == is_open, cell
    assert outcome(cell) or cell.status == 200 or not cell.was_done, f"it was done, and nobody said that it might be: {cell}"
    if outcome(cell):
        assert ("safe" in outcome(cell)) == (operation != "create collection"), cell
    assert cell.tries >= 1 and (cell.opened > 0) == cell.opens, cell
    assert cell.recovered == how.is_mended


# --- the table ------------------------------------------------------------------------------------

UNKNOWN = re.compile(r"; it is not known whether the write was done, (repeating it is safe|look before repeating it)$")
PREFIX = re.compile(r"^(Service internal error|Shard temporarily unavailable|Timeout|Rate limiting exceeded|Bad request): ")
DETAIL = re.compile(r"^((?:the backend|the connection|no secure|what the backend sent)[^:]*): .*")  # a library's words
NAME = re.compile(r"fault-\d+")  # of a collection
OUTCOMES = {None: "", "repeating it is safe": "unknown, safe to repeat", "look before repeating it": "unknown, look first"}
HEAD = "| fault | operation | status | tries | what is said | of the write | breaker |\n|---|---|---|---|---|---|---|\n"


def outcome(cell):
    found = UNKNOWN.search(cell.said)
    return OUTCOMES[found and found[1]]


def plain(cell):
    said = DETAIL.sub(r"\1", PREFIX.sub("", UNKNOWN.sub("", cell.said)))
    return NAME.sub("…", said)


def rows_of(cells):
    """Operations that fare alike share a row."""
    rows = {}
    for name, cell in cells.items():
        fate = (cell.status, cell.tries, plain(cell), outcome(cell), "opens" if cell.opens else "")
        rows.setdefault(fate, []).append(name)
    return [(", ".join(names), *fate) for fate, names in rows.items()]


def table(found):
    lines = [f"| {name} | {' | '.join(map(str, row))} |\n" for name, (cells, _) in found.items() for row in rows_of(cells)]
    return HEAD + "".join(lines)


PAGE = ROOT / "docs" / "resilience.md"


def place(backend):
    return re.compile(rf"(<!-- faults of {backend}: .*? -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def shown(backend):
    return place(backend).search(PAGE.read_text())[2]


def show(backend, text):
    PAGE.write_text(place(backend).sub(lambda at: at[1] + text + at[3], PAGE.read_text()))


def compare(backend, found):
    """The page with what was found."""
    text = table(found)
    print(text)
    for fault, (_, turn) in found.items():
        print(f"{fault}: longest turn of the loop {turn * 1000:.1f} ms")
    assert text == shown(backend), "tests/contract/matrix.py --fix writes it"


def main(arguments):
    with tempfile.TemporaryDirectory(prefix="vecgate-") as folder:
        for backend in [word for word in arguments if word in MATRICES] or MATRICES:
            text = table(run_all(pathlib.Path(folder), backend))
            print(text)
            if "--fix" in arguments:
                show(backend, text)


if __name__ == "__main__":
    main(sys.argv[1:])
