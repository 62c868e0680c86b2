"""What pages of docs show, for tests that hold them to it.

A page that is held has a line `<!-- test: NAME -->` before each block of code and before each table that is to be held.
A block without one is an error: what is shown is run. A drawing is a block of the language `text`.
"""
import contextlib
import os
import re
import subprocess

from gateway import OURS, ROOT

SECONDS = 60

MARK = re.compile(r"<!-- test: (.+) -->")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"((?:\s*(?:VG_FMT|PRIu\d\d|PRId\d\d|"(?:[^"\\]|\\.)*"))*)')
PART = re.compile(r'VG_FMT|PRI[ud]\d\d|"((?:[^"\\]|\\.)*)"')
WILD = "…"


class Page:
    def __init__(self, path):
        self.path = path
        self.blocks, self.tables = {}, {}
        self.text = (ROOT / path).read_text()
        self._read(self.text.split("\n"))

    def _read(self, lines):
        mark, at = None, 0
        while at < len(lines):
            line = lines[at]
            if line == "```text":
                at = lines.index("```", at + 1)
            elif line.startswith("```"):
                assert mark, f"{self.path}:{at + 1}: no test runs this block"
                end = lines.index("```", at + 1)
                self._keep(self.blocks, mark, "\n".join(lines[at + 1 : end]) + "\n")
                mark, at = None, end
            elif line.startswith("|") and mark:
                end = next(i for i in range(at, len(lines)) if not lines[i].startswith("|"))
                self._keep(self.tables, mark, [row.strip("| ").split(" | ") for row in lines[at + 2 : end]])
                mark, at = None, end
            elif found := MARK.fullmatch(line):
                assert not mark, f"{self.path}:{at + 1}: two names for one thing"
                mark = found[1]
            at += 1
        assert not mark, f"{self.path}: nothing behind the name {mark}"

    def _keep(self, where, name, thing):
        assert name not in where, f"{self.path}: {name} is there twice"
        where[name] = thing

    def sayings(self, table):
        """The first column, which is code."""
        return [re.fullmatch("(`+)(.+)\\1", row[0])[2] for row in self.tables[table]]


    def metrics_that_are_none(self):
        """Names of metrics that it has and docs/metrics.md has not."""
        known = (ROOT / "docs/metrics.md").read_text()
        return [name for name in re.findall(r"`(vecgate_\w+)`", self.text) if f"| `{name}` |" not in known]


def is_said(saying, text):
    """`saying` is the text or a part of it, with … for whatever there is."""
    return re.search(".*?".join(map(re.escape, saying.split(WILD))), text, re.S) is not None


def sentences(*folders):
    """What the code of these folders can say: its literals, joined where they are adjacent, … for what is filled in."""
    for folder in folders:
        for path in sorted((ROOT / folder).glob("**/*.c")):
            for found in LITERAL.finditer(path.read_text()):
                yield re.sub(r"%(?:\.\*|\.\d)?[a-z]+|%", WILD, "".join(_parts(found)))


def _parts(found):
    for part in PART.finditer(found[0]):
        yield WILD if part[1] is None else part[1].replace('\\"', '"').replace("\\\\", "\\")


def can_be_said(saying, known):
    """Does one sentence hold it, … standing for …, and for a number?"""
    said = saying.strip(WILD + " ")
    filled = re.sub(r"\d+", WILD, said)
    return any(is_said(said, sentence) or is_said(filled, sentence) for sentence in known)


def shell(text, folder, **env):
    """What it prints, without options that the caller's environment would slip in."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    done = subprocess.run(["sh", "-eu", "-c", text], env=clean | env, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


def path_of(folder, *programs):
    """A PATH in which these are found before all others."""
    for program in programs:
        with contextlib.suppress(FileExistsError):
            (folder / program.name).symlink_to(program.resolve())
    return f"{folder}:{os.environ['PATH']}"
