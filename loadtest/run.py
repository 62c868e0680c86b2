#!/usr/bin/env python3
"""Measures vecgate, and its peers in turn with it, on this machine.

    run.py [--quick] [--rounds N] [--seconds S] [--requests N] [WHAT...]

WHAT is start, memory, tls, door, search, filter, slow, upsert, remote, workers, identity, compare, kinds, crowd,
endurance, pgvector, sick, fill, recall or selective; all of them if nothing is named. Prints each section and puts it into loadtest/RESULTS.md; --quick, a try-out, only prints.
The binary is $VECGATE, or build/vecgate. Ends with 1 if something could not be measured, or its figures do
not count; a goal that is missed is said in the section.
"""
import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))

from harness import load, report  # noqa: E402
from harness.bench import Bench  # noqa: E402
from harness.process import LOAD_CORE, Others  # noqa: E402
from harness.servers import ROOT, GatewayError, Wrong, binary  # noqa: E402
from rows import (  # noqa: E402
    compare, crowd, door, endurance, fill, filtered, identity, kinds, memory, pgvector, recall, remote, search, selective,
    sick, slow, start, tls, upsert, workers)

MODULES = (start, memory, tls, door, search, filtered, slow, upsert, remote, workers, identity, compare,
           kinds, crowd, endurance, pgvector, sick, fill, recall, selective)
ROWS = {row.NAME: row for row in MODULES}
LONGEST, LONGEST_QUICK = 5400, 600  # seconds; over them the run gives up


def main(words_given):
    asked = read_arguments(words_given)
    words = ["loadtest/run.py", *words_given]

    def all_of_them(bench):
        if subprocess.run([HERE / "fetch-data.sh"]).returncode != 0:
            print("no data of 100 000 points: see above", file=sys.stderr)
        bench.requests = asked.requests
        return [measure(ROWS[name], bench, words) for name in asked.what or ROWS]

    return run(asked, all_of_them)


def run(asked, measures):
    """Sees that all is there, and gives `measures` a bench; it answers whether each went well."""
    try:
        binary()
    except GatewayError as error:
        sys.exit(str(error))
    if not load.program():
        sys.exit("wrk is not installed: deps/install.sh bench")
    asked.rounds = asked.rounds or (3 if asked.quick else 5)
    asked.seconds = asked.seconds or (1 if asked.quick else 5)
    os.sched_setaffinity(0, {LOAD_CORE})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("given up: the whole run took too long"))
    signal.alarm(LONGEST_QUICK if asked.quick else LONGEST)
    only_printed = asked.quick or asked.print
    head = report.head()
    print(head, flush=True)
    if not only_printed:
        report.write("machine", head)
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="loadtest-", dir=ROOT / "build") as folder:
        bench = Bench(folder, asked.rounds, asked.seconds, asked.quick)
        bench.only_printed = only_printed
        good = measures(bench)
    return 0 if all(good) else 1


def read_arguments(words_given):
    first, _, rest = __doc__.partition("\n\n")
    parser = argparse.ArgumentParser(description=first, epilog=rest, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="WHAT", choices=[[], *ROWS], default=[])
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1 s, nothing is kept")
    parser.add_argument("--rounds", type=int, help="rounds of each case (5)")
    parser.add_argument("--seconds", type=int, help="seconds of a round (5); less where there are many cases")
    parser.add_argument("--requests", type=int, help="requests of `endurance` (10 000 000; 100 000 with --quick)")
    parser.add_argument("--print", action="store_true", help="nothing is kept")
    asked = parser.parse_args(words_given)
    asked.requests = asked.requests or (100_000 if asked.quick else 10_000_000)
    return asked


def measure(row, bench, words_given, *options):
    """Runs one measurement and shows it. What goes wrong ends it, and not the ones after it."""
    section, others = report.Section(row.TITLE), Others()
    try:
        row.measure(bench, section, *options)
    except (Wrong, GatewayError, OSError, subprocess.SubprocessError) as error:
        print(f"\n## {row.TITLE}\n\nnot measured: {error}", file=sys.stderr)
        return False
    text = section.text(report.stamp(words_given, others.cores()))
    print(f"\n{text}", flush=True)
    if not bench.only_printed:
        report.write(row.NAME, text)
    return not section.faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
