#!/usr/bin/env python3
"""clang-format: every .c and .h as .clang-format says. `format.py --fix` rewrites them."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from source import ROOT, files, finish

WARNING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): code should be clang-formatted")


def check(paths):
    done = subprocess.run(["clang-format", "--dry-run", *paths], cwd=ROOT, capture_output=True,
                          text=True)
    if done.returncode != 0:
        return [done.stderr.strip()]
    first = {}
    for line in done.stderr.splitlines():
        match = WARNING.match(line)
        if match:
            first.setdefault(*match.groups())
    return [f"{path}:{line}: not formatted: run `make format`" for path, line in first.items()]


def main():
    paths = [a for a in sys.argv[1:] if not a.startswith("--")] or files()
    if "--fix" in sys.argv:
        return subprocess.run(["clang-format", "-i", *paths], cwd=ROOT, check=True) if paths else None
    parts = [paths[at::4] for at in range(4) if paths[at::4]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        complaints = [c for part in pool.map(check, parts) for c in part]
    finish(complaints, f"format of {len(paths)} files")


if __name__ == "__main__":
    main()
