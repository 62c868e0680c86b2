#!/usr/bin/env python3
"""Links of pages: what they lead to in the repository is there, heading included."""

import re
import sys
from pathlib import Path
from source import files, finish, read, ROOT

FENCE = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)


def pages_text(path):
    """Without what is shown as code; lines stay where they are."""
    return FENCE.sub(lambda block: "\n" * block[0].count("\n"), read(path))


def anchors(path):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
            for heading in HEADING.findall(pages_text(path))}


def complaint(path, link):
    place, _, anchor = link.partition("#")
    target = (ROOT / path).parent / place if place else ROOT / path
    if not target.exists():
        return f"{place} is not there"
    if anchor and target.suffix == ".md" and anchor not in anchors(Path(target).resolve().relative_to(ROOT)):
        return f"{place or 'the page'} has no heading #{anchor}"
    return None


def check(path):
    for number, line in enumerate(pages_text(path).split("\n"), 1):
        for link in LINK.findall(line):
            says = None if re.match(r"[a-z]+:", link) else complaint(path, link)
            if says:
                yield f"{path}:{number}: {says}"


if __name__ == "__main__":
    paths = sys.argv[1:] or files((".md",))
    finish([c for p in paths for c in check(p)], f"links of {len(paths)} pages")
