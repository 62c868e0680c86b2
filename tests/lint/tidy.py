#!/usr/bin/env python3
"""clang-tidy over the product's code, a file per core, answers kept by content.

    tidy.py BUILD [FILE…]     BUILD holds compile_commands.json

What a file was told is remembered in BUILD/../lint/tidy under a hash of the file, of our headers
that it reaches, of its command line, of .clang-tidy and of the tool: an unchanged file costs a
hash. VG_LINT_FRESH=1 forgets all that.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from source import CODE, ROOT, finish, files

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.M)
SEARCHED = ("", "include", "src")
WARNING = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*)$")


@lru_cache(None)
def included_by(path):
    """Our files that `path` includes itself."""
    found = []
    for name in INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
        places = [path.parent / name] + [ROOT / folder / name for folder in SEARCHED]
        found += [p.resolve() for p in places if p.is_file()][:1]
    return found


def reached_from(path):
    seen, todo = set(), [path]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo += included_by(here)
    return sorted(seen)


@lru_cache(None)
def tool():
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    return version + (ROOT / ".clang-tidy").read_bytes() + Path(__file__).read_bytes()


def key_of(path, command):
    digest = hashlib.sha256(tool() + command.encode())
    for reached in reached_from(path):
        digest.update(str(reached.relative_to(ROOT)).encode() + b"\0" + reached.read_bytes())
    return digest.hexdigest()


def ask(path, build):
    done = subprocess.run(["clang-tidy", "--quiet", "-p", str(build), str(path)], cwd=ROOT,
                          capture_output=True, text=True)
    said = [f"{(ROOT / m[1]).resolve().relative_to(ROOT)}:{m[2]}: {m[3]}"
            for m in map(WARNING.match, done.stdout.splitlines()) if m]
    if done.returncode != 0 and not said:
        last = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        said = [f"{path.relative_to(ROOT)}:1: clang-tidy failed: {last[-1]}"]
    return said


def check(path, command, build, cache):
    kept = cache / key_of(path, command)
    if kept.is_file() and not os.environ.get("VG_LINT_FRESH"):
        return json.loads(kept.read_text())
    said = ask(path, build)
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(said))
    fresh.rename(kept)
    return said


def main():
    build = Path(sys.argv[1]).resolve()
    cache = build.parent / "lint" / "tidy"
    cache.mkdir(parents=True, exist_ok=True)
    commands = {Path(row["file"]).resolve(): row["command"]
                for row in json.loads((build / "compile_commands.json").read_text())}
    ours = [(ROOT / p).resolve() for p in sys.argv[2:] or files((".c",), CODE)]
    unbuilt = [f"{p.relative_to(ROOT)}:1: no CMakeLists.txt compiles this file"
               for p in ours if p not in commands]
    ours = [p for p in ours if p in commands]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        told = pool.map(lambda p: check(p, commands[p], build, cache), ours)
        complaints = sorted({line for said in told for line in said})
    finish(unbuilt + complaints, f"clang-tidy of {len(ours)} files")


if __name__ == "__main__":
    main()
