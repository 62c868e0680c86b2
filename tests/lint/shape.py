#!/usr/bin/env python3
"""Lengths, nesting, parameters.

Functions: median at most 12 lines, nine in ten at most 40, over 60 only with a row in allow.txt;
nesting at most 3; five parameters at most, more only where a library calls and allow.txt says so.
Files: 500 lines. Medians are taken over the product's code, the rest holds for tests too.
`shape.py --list` prints every function, longest first.
"""

import re
import statistics
import sys
from source import Allowed, CODE, bare, files, finish, functions, read

MEDIAN, MOST, LONGEST = 12, 40, 60
NESTING, PARAMETERS, FILE = 3, 5, 500

TOKEN = re.compile(r"[A-Za-z_]\w*|[{}();:?]|[^\s\w]")
LOOPS = ("for", "while", "switch")


class Nesting:
    """Reads a function's body as statements and remembers the deepest one's level and line."""

    def __init__(self, text, first_line):
        self.tokens = []
        for number, line in enumerate(text.splitlines(), first_line):
            if not line.lstrip().startswith("#"):
                self.tokens += [(word, number) for word in TOKEN.findall(line)]
        self.at, self.deepest, self.line = 0, 0, first_line

    def word(self, ahead=0):
        at = self.at + ahead
        return self.tokens[at][0] if at < len(self.tokens) else None

    def skip_parentheses(self):
        depth = 0
        while self.word() is not None:
            depth += {"(": 1, ")": -1}.get(self.word(), 0)
            self.at += 1
            if depth == 0:
                return

    def block(self, level):
        self.at += 1
        while self.word() not in ("}", None):
            self.statement(level)
        self.at += 1

    def inner(self, level):
        """A statement that a control word governs: one level deeper."""
        if level + 1 > self.deepest and self.word() is not None:
            self.deepest, self.line = level + 1, self.tokens[self.at][1]
        self.statement(level + 1)

    def statement(self, level):
        word = self.word()
        if word == "{":
            self.block(level)
        elif word == "if":
            self.branch(level)
        elif word in LOOPS:
            self.at += 1
            self.skip_parentheses()
            self.inner(level)
        elif word == "do":
            self.at += 1
            self.inner(level)
            self.simple()
        elif word in ("case", "default") or self.is_label():
            self.label()
        elif self.is_list_walk():
            self.at += 1
            self.skip_parentheses()
            self.inner(level)
        else:
            self.simple()

    def branch(self, level):
        while self.word() == "if":
            self.at += 1
            self.skip_parentheses()
            self.inner(level)
            if self.word() != "else":
                return
            self.at += 1
        self.inner(level)

    def is_label(self):
        return re.match(r"\w", self.word()) and self.word(1) == ":" and self.word() != "default"

    def label(self):
        depth = 0
        while self.word() is not None and not (self.word() == ":" and depth == 0):
            depth += {"?": 1, ":": -1}.get(self.word(), 0)
            self.at += 1
        self.at += 1

    def is_list_walk(self):
        """`NAME(…) {`: a macro that walks a list."""
        if not re.match(r"[A-Za-z_]", self.word()) or self.word(1) != "(":
            return False
        start, self.at = self.at, self.at + 1
        self.skip_parentheses()
        after, self.at = self.word(), start
        return after == "{"

    def simple(self):
        """Up to the semicolon; initialisers in braces are passed over."""
        depth = 0
        while self.word() is not None:
            word = self.word()
            if word == "}" and depth == 0:
                return
            depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(word, 0)
            self.at += 1
            if word == ";" and depth == 0:
                return


def nesting_of(function, lines):
    text = "\n".join(lines[function.line - 1:function.end])
    brace = text.find("{")
    reader = Nesting(text[brace:], function.line + text.count("\n", 0, brace))
    reader.statement(0)
    return reader.deepest, reader.line


def function_complaints(function, lines, long, wide):
    where = f"{function.path}:{function.line}: {function.name}()"
    if function.lines > LONGEST and f"{function.path}:{function.name}" not in long:
        yield f"{where} has {function.lines} lines, more than {LONGEST}"
    if function.parameters > PARAMETERS and f"{function.path}:{function.name}" not in wide:
        yield f"{where} has {function.parameters} parameters, more than {PARAMETERS}: a struct?"
    depth, line = nesting_of(function, lines)
    if depth > NESTING:
        yield f"{function.path}:{line}: {function.name}() nests {depth} deep, more than {NESTING}"


def spread_complaints(product):
    lengths = sorted(f.lines for f in product)
    if len(lengths) < 10:
        return
    median, tenth = statistics.median(lengths), lengths[int(len(lengths) * 0.9) - 1]
    long = [f for f in product if f.lines > MOST]
    if median > MEDIAN:
        yield f"src:1: the median function has {median:g} lines, more than {MEDIAN}"
    if tenth > MOST:
        yield (f"src:1: {len(long)} of {len(lengths)} functions have more than {MOST} lines, "
               f"nine in ten must not")


def listing(found):
    for f in sorted(found, key=lambda f: -f.lines):
        print(f"{f.lines:4} {f.parameters:2} {f.path}:{f.line} {f.name}")


def main(paths, whole):
    long, wide, big = Allowed("long"), Allowed("wide"), Allowed("file")
    source = {path: bare(read(path)).splitlines() for path in paths}
    found = functions(paths)
    if "--list" in sys.argv:
        return listing(found)
    complaints = [f"{path}:{len(lines)}: the file has {len(lines)} lines, more than {FILE}"
                  for path, lines in source.items() if len(lines) > FILE and path not in big]
    for function in found:
        complaints += function_complaints(function, source[function.path], long, wide)
    product = [f for f in found if f.path.startswith(CODE)] if whole else found
    complaints += spread_complaints(product)
    if whole:
        complaints += long.stale() + wide.stale() + big.stale()
    lengths = [f.lines for f in product] or [0]
    finish(complaints, f"shape of {len(found)} functions (median {statistics.median(lengths):g})")


if __name__ == "__main__":
    given = [a for a in sys.argv[1:] if not a.startswith("--")]
    main(given or files((".c", ".h"), CODE + ("tests/", "loadtest/")), not given)
