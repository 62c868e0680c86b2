#!/usr/bin/env python3
"""Text: nothing left for later, nothing of one machine, lines that end where they should."""

import re
import sys
from source import files, finish, ROOT

LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE = re.compile(r"(?<![\w.$}/-])/(home|root|work|Users|mnt|media)/[\w.-]+")
REGISTRY = re.compile(r"\b(deb\.debian|security\.debian|pypi|registry\.npmjs|files\.pythonhosted|"
                      r"proxy\.golang|static\.crates|index\.crates)\.(org|io)\b")
ISSUE = re.compile(r"(?<![\w&#])#\d{2,}\b(?![0-9a-fA-F;-])")
BINARY = re.compile(rb"\0")
FREE = ("LICENSE", "tests/data/", "tests/fuzz/corpus/", "loadtest/data/")
WIDE = (".md", ".json", ".jsonl", ".txt", ".yaml", ".yml", ".case", ".def", ".proto", ".lua")


def line_complaint(path, line):
    for pattern, says in ((LATER, "do it, or file it: no notes for later"),
                          (MACHINE, "a path of one machine"),
                          (REGISTRY, "a registry's host: name the package")):
        match = pattern.search(line)
        if match:
            return f"{says} ({match.group(0)})"
    if line != line.rstrip() and not path.endswith(".md"):
        return "blanks at the end"
    if path.endswith((".c", ".h", ".def")):
        if "\t" in line:
            return "a tab"
        if ISSUE.search(line) and not line.lstrip().startswith("#"):
            return "a number of an issue: say what it was about"
    return None


def check(path):
    data = (ROOT / path).read_bytes()
    if BINARY.search(data[:8000]) or path.startswith(FREE):
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        yield f"{path}:1: not UTF-8 ({error.reason})"
        return
    for number, line in enumerate(text.split("\n"), 1):
        complaint = line_complaint(path, line)
        if complaint:
            yield f"{path}:{number}: {complaint}"
    if text and (not text.endswith("\n") or text.endswith("\n\n")):
        yield f"{path}:{text.count(chr(10)) + 1}: must end in one newline"


if __name__ == "__main__":
    paths = sys.argv[1:] or files(None)
    finish([c for p in paths for c in check(p)], f"text of {len(paths)} files")
