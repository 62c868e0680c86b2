#!/usr/bin/env python3
"""Includes: only the layers that layers.txt names, written as "layer/file.h", own header first."""

import re
import sys
from source import CODE, LINT, ROOT, files, finish, read

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<][^">\n]+[">])', re.M)
IN_BUILD = ("vecgate/", "base/")


def table():
    layers, libraries = {}, {}
    for line in (LINT / "layers.txt").read_text().splitlines():
        words = line.split("#")[0].split()
        if words:
            rows = libraries if words[0].startswith("<") else layers
            rows[words[0]] = [w for w in words[1:] if w != "-"]
    return layers, libraries


LAYERS, LIBRARIES = table()


def layer_of(path):
    """The folder of layers.txt that holds `path`, or None."""
    found = [folder for folder in LAYERS if path.startswith(folder + "/")]
    return max(found, key=len, default=None)


def short(folder):
    """src/call -> call, adapters/vector/embedded -> adapters"""
    return folder.removeprefix("src/").removeprefix("include/").split("/")[0]


def adapter_of(path):
    """adapters/vector/qdrant/filter.c -> adapters/vector/qdrant"""
    parts = path.split("/")
    return "/".join(parts[:3]) if parts[0] == "adapters" and len(parts) > 3 else None


def complaint_about(path, folder, name):
    mine, may = short(folder), LAYERS[folder]
    if name.startswith("<"):
        for header, only in LIBRARIES.items():
            if name.startswith(header) and mine not in only:
                return f"{name} belongs to {', '.join(only)}"
        return None
    target = name.strip('"')
    first = target.split("/")[0]
    if "/" not in target:
        return f'{name}: write its layer before it, "{mine}/{target}"'
    if adapter_of(target) and adapter_of(path) and adapter_of(target) != adapter_of(path):
        return f"{name}: an adapter does not know another adapter"
    if folder == "include/vecgate":
        return None if first == "vecgate" else f"{name}: contracts include only each other"
    if first in ("vecgate", "base", mine) or first in may or "*" in may:
        return None
    return f"{name}: {mine} may include {', '.join(['base', 'vecgate'] + may)}"


def own_header_complaint(path, names):
    header = path.removesuffix(".c") + ".h"
    stem = header.split("/")[-1]
    own = [h for h in (header, f"include/vecgate/{stem}") if (ROOT / h).exists()]
    if own and path.endswith(".c"):
        wanted = '"%s"' % own[0].removeprefix("src/").removeprefix("include/")
        if own[0] != header and wanted not in names:
            return None
        if not names or names[0] != wanted:
            return f"its own header {wanted} comes first"
    return None


def check(path):
    folder, text = layer_of(path), read(path)
    found = [(text.count("\n", 0, m.start()) + 1, m.group(1)) for m in INCLUDE.finditer(text)]
    if folder is None:
        yield f"{path}:1: no line of tests/lint/layers.txt holds this folder"
        return
    for line, name in found:
        complaint = complaint_about(path, folder, name)
        if complaint:
            yield f"{path}:{line}: {complaint}"
    complaint = own_header_complaint(path, [name for _, name in found])
    if complaint:
        yield f"{path}:{found[0][0] if found else 1}: {complaint}"


if __name__ == "__main__":
    paths = sys.argv[1:] or files((".c", ".h", ".def"), CODE)
    finish([c for p in paths for c in check(p)], f"layers of {len(paths)} files")
