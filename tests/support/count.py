#!/usr/bin/env python3
"""Adds up the cases of the legs of tests/run and ends with the one closing line.

    count.py FOLDER LEG…      FOLDER holds <leg>.xml (JUnit) and <leg>.status (exit code)

Names each case that failed and the first line of why. A cmocka program counts with the cases it
reports, any other test as one. A leg that failed without
a failed case, or did not run, counts as one failure. With CI=true a skipped case is a failure of
the whole.
"""

import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CMOCKA = re.compile(r"^\[  (PASSED|FAILED|SKIPPED)\s*\] (\d+) test", re.M)


def cmocka_counts(text):
    """(passed, failed, skipped) that a cmocka program says, or None."""
    sums = {"PASSED": 0, "FAILED": 0, "SKIPPED": 0}
    for word, number in CMOCKA.findall(text):
        sums[word] += int(number)
    return tuple(sums.values()) if sum(sums.values()) else None


def trouble(case):
    """What ended it badly, if anything did."""
    found = [element for element in map(case.find, ("failure", "error")) if element is not None]
    return found[0] if found else None


def case_counts(case):
    broken = trouble(case) is not None
    if case.find("skipped") is not None:
        return 0, 0, 1
    said = cmocka_counts(case.findtext("system-out") or "")
    if said and broken and said[1] == 0:
        return said[0], 1, said[2]
    return said or ((0, 1, 0) if broken else (1, 0, 0))


def name_broken(leg, cases):
    for case in cases:
        if (why := trouble(case)) is not None:
            words = (why.get("message") or why.text or "").strip().splitlines()
            name = "::".join(filter(None, (case.get("classname"), case.get("name"))))
            print(f"{leg}: FAILED {name} - {words[0][:300] if words else 'without a word'}")


def leg_counts(folder, leg):
    try:
        cases = list(ElementTree.parse(folder / f"{leg}.xml").iter("testcase"))
        status = int((folder / f"{leg}.status").read_text())
    except (OSError, ValueError, ElementTree.ParseError):
        return 0, 1, 0
    name_broken(leg, cases)
    counts = [sum(column) for column in zip(*map(case_counts, cases))] or [0, 0, 0]
    if (status != 0 or not cases) and counts[1] == 0:
        counts[1] = 1
    return tuple(counts)


def main():
    folder, legs = Path(sys.argv[1]), sys.argv[2:]
    total = [0, 0, 0]
    for leg in legs:
        counts = leg_counts(folder, leg)
        print("%-13s %5d passed %4d failed %4d skipped" % (leg, *counts))
        total = [a + b for a, b in zip(total, counts)]
    passed, failed, skipped = total
    if os.environ.get("CI") == "true" and skipped:
        print("nothing may be skipped in CI")
        failed, skipped = failed + skipped, 0
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
