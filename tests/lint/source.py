"""What every check needs: which files are ours, C without comments, functions, the allow list."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

LINT = Path(__file__).resolve().parent
ROOT = Path(os.environ.get("VG_LINT_ROOT", LINT.parent.parent)).resolve()
CODE = ("include/", "src/", "adapters/")
SAMPLES = "tests/lint/samples/"


def files(suffixes=(".c", ".h"), under=("",)):
    """Paths, relative to the root, of what git has or would take."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True)
    if listed.returncode == 0:
        paths = set(listed.stdout.split("\0")) - {""}
    else:
        paths = {str(p.relative_to(ROOT)) for p in ROOT.rglob("*") if p.is_file()}
        paths = {p for p in paths if not p.startswith(("build/", ".git/", "deps/llhttp/"))}
    return sorted(p for p in paths
                  if p.startswith(tuple(under)) and not p.startswith(SAMPLES)
                  and (suffixes is None or p.endswith(tuple(suffixes))) and (ROOT / p).is_file())


def read(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


BLANKED = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def bare(text):
    """C with comments, strings and characters blanked; lines stay where they are."""
    def blank(match):
        word = match.group(0)
        edge = word[0] if word[0] in "\"'" else " "
        return edge + re.sub(r"[^\n]", " ", word[1:-1]) + edge
    return BLANKED.sub(blank, text)


@dataclass
class Function:
    path: str
    name: str
    line: int
    end: int
    parameters: int

    @property
    def lines(self):
        return self.end - self.line + 1


def count_parameters(signature):
    """Those with a name: what `...` stands for is not one."""
    inner = signature[1:signature.rfind(")")]
    if inner.strip() in ("", "void"):
        return 0
    depth, commas = 0, 0
    for char in inner:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(char, 0)
        commas += char == "," and depth == 0
    return commas + (not inner.rstrip().endswith("..."))


def functions(paths):
    """Every function defined in `paths`, by ctags."""
    if not paths:
        return []
    out = subprocess.run(
        ["ctags", "--options=NONE", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
         "--fields=+neS", "--output-format=json", "-f", "-", "-L", "-"],
        input="\n".join(paths), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for row in map(json.loads, out.splitlines()):
        if row.get("_type") == "tag" and "end" in row:
            found.append(Function(row["path"], row["name"], row["line"], row["end"],
                                  count_parameters(row.get("signature", "()"))))
    return found


class Allowed:
    """allow.txt: `check path[:name] reason`; a row that is not needed any more is an error."""

    def __init__(self, check):
        self.check, self.rows, self.used = check, {}, set()
        self.path = ROOT / "tests/lint/allow.txt"
        if self.path.exists():
            for number, line in enumerate(self.path.read_text().splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    words = line.split(None, 2)
                    if len(words) == 3 and words[0] == check:
                        self.rows[words[1]] = number
                    elif len(words) < 3:
                        sys.exit(f"tests/lint/allow.txt:{number}: write `check path[:name] reason`")

    def __contains__(self, what):
        if what in self.rows:
            self.used.add(what)
            return True
        return False

    def stale(self):
        return [f"tests/lint/allow.txt:{number}: {what} does not need this row any more"
                for what, number in self.rows.items() if what not in self.used]


def finish(complaints, summary):
    """Prints the complaints and ends with their verdict."""
    for complaint in complaints:
        print(complaint)
    print(f"{summary}: {len(complaints)} complaints" if complaints else f"{summary}: good")
    sys.exit(1 if complaints else 0)
