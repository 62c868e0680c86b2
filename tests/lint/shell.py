#!/usr/bin/env python3
"""shellcheck over every script, found by its first line; and each must be executable."""

import os
import re
import subprocess
import sys
from source import ROOT, files, finish

FIRST = re.compile(rb"#!\s*(?:/bin/|/usr/bin/env )(?:ba)?sh\b")
WARNING = re.compile(r"^(.+?):(\d+):\d+: (.*)$")


def scripts():
    for path in files(None):
        with open(ROOT / path, "rb") as file:
            if FIRST.match(file.readline()):
                yield path


def main():
    paths = sys.argv[1:] or list(scripts())
    complaints = [f"{p}:1: a script must be executable" for p in paths
                  if not os.access(ROOT / p, os.X_OK)]
    if paths:
        done = subprocess.run(["shellcheck", "--format=gcc", "--severity=info", "--exclude=SC2100", *paths], cwd=ROOT,
                              capture_output=True, text=True)
        said = filter(None, map(WARNING.match, done.stdout.splitlines()))
        complaints += [f"{m[1]}:{m[2]}: {m[3]}" for m in said]
        if done.returncode not in (0, 1):
            complaints.append(done.stderr.strip())
    finish(complaints, f"shellcheck of {len(paths)} scripts")


if __name__ == "__main__":
    main()
