#!/usr/bin/env python3
"""Calls that have no place here: no bound, no error, or hidden state."""

import re
import sys
from source import Allowed, CODE, bare, files, finish, read

INSTEAD = {
    "sprintf": "snprintf", "vsprintf": "vsnprintf", "strcpy": "vg_slice_copy or memcpy",
    "strcat": "vg_buf", "stpcpy": "memcpy", "strtok": "a slice", "strtok_r": "a slice",
    "atoi": "a reader that can fail", "atol": "a reader that can fail",
    "atof": "a reader that can fail", "gets": "fgets", "alloca": "the arena",
    "strerror": "strerror_r", "localtime": "localtime_r", "gmtime": "gmtime_r",
    "rand": "the op's own chance", "system": "posix_spawn", "tmpnam": "mkstemp",
    "mktemp": "mkstemp", "setjmp": "a return", "longjmp": "a return",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(INSTEAD) + r")\s*\(")
DEFINED = re.compile(r"^[ \t]*#")


def check(path, allowed):
    for number, line in enumerate(bare(read(path)).splitlines(), 1):
        if DEFINED.match(line) and "include" in line:
            continue
        for match in CALL.finditer(line):
            name = match.group(1)
            if f"{path}:{name}" not in allowed:
                yield f"{path}:{number}: {name}() is banned: use {INSTEAD[name]}"


if __name__ == "__main__":
    allowed = Allowed("banned")
    paths = sys.argv[1:] or files((".c", ".h"), CODE + ("tests/", "loadtest/"))
    complaints = [c for p in paths for c in check(p, allowed)]
    finish(complaints + ([] if sys.argv[1:] else allowed.stale()),
           f"banned calls in {len(paths)} files")
