"""Sections of loadtest/RESULTS.md: each stands between markers of its own, keeps its date and command, and
is replaced when it is measured again. All else in the file is written by hand and stays."""
import datetime
import functools
import pathlib
import re
import shlex
import subprocess
import typing

from .process import CORES, HERE
from .proxies import HAProxy
from .servers import ROOT, Nginx, binary

QUIET = 0.1  # cores
FILE = HERE / "RESULTS.md"


class Section:
    """One measurement: a title, tables, and what is to be said about them."""

    def __init__(self, title):
        self.title = title
        self.blocks = []
        self.faults = []  # why figures of this section do not count

    def table(self, head, rows):
        lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
        self.blocks.append("\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines))

    def say(self, text):
        self.blocks.append(text)

    def fault(self, text):
        self.faults.append(text)

    def failures(self, loads):
        """One failed answer and no figure counts."""
        for name, one in loads.items():
            if one.failures:
                row = ", ".join(map(str, name)) if isinstance(name, tuple) else name
                self.fault(f"{one.failures} failures in row {row}")

    def goal(self, what, value, least=None, most=None, unit=""):
        """One line that says whether a goal is met."""
        met = value >= least if most is None else value <= most
        bound = f">= {least}" if most is None else f"<= {most}"
        self.blocks.append(Goal(f"- {what}: {figure(value)}{unit}, goal {bound}{unit}", met))

    def text(self, stamp):
        faults = [f"**These figures do not count: {fault}.**" for fault in self.faults]
        blocks = [block.verdict(faults) if isinstance(block, Goal) else block for block in self.blocks]
        return "\n\n".join([f"## {self.title}", stamp, *joined(faults + blocks)])


class Goal(typing.NamedTuple):
    text: str
    met: bool

    def verdict(self, faults):
        """A goal counts as met only where nothing failed, which is known last."""
        return f"{self.text}: **{'does not count' if faults else 'met' if self.met else 'missed'}**"


def joined(blocks):
    """Goals that follow each other are one list."""
    out = []
    for block in blocks:
        if out and block.startswith("- ") and out[-1].startswith("- "):
            out[-1] += "\n" + block
        else:
            out.append(block)
    return out


def figure(value):
    """A number with as many digits as anyone would read."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(value):
    return f"{100 * value:.0f} %"


def stamp(arguments, others):
    """When, what and by which command: the line under a section's title. `others` is the number of cores
    that other programs kept busy: figures made on a machine that is not quiet say so."""
    today = datetime.date.today().isoformat()
    command = shlex.join(["python3", *arguments])
    line = f"{today}, vecgate {revision()}, {cpu_model()}: `{command}`"
    if others >= QUIET:
        line += f"\n\n**Not a quiet machine: other programs had {others:.2f} of its {len(CORES)} cores.**"
    return line


@functools.cache  # the tree may move on while we measure
def revision():
    done = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True
    )
    return done.stdout.strip() or "of no known revision"


def cpu_model():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    return found.group(1) if found else "unknown CPU"


def head():
    """The machine and the versions, for the head of the page."""
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    rows = [
        ("CPU", f"{cpu_model()}, {len(CORES)} cores; servers on the first, load on the second"),
        ("memory", f"{int(memory.group(1)) / 2**20:.0f} GiB"),
        ("kernel", said(["uname", "-sr"])),
        ("vecgate", f"{revision()}, {said([binary(), 'version'])}"),
        ("nginx", said([Nginx.program() or "nginx", "-v"])),
        ("HAProxy", said([HAProxy.program() or "haproxy", "-v"])),
        ("wrk", said(["wrk", "--version"])),
    ]
    return "\n".join(["| machine | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)])


def said(command):
    """The first line that a program says of itself."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except OSError:
        return "not installed"
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else "says nothing of itself"


def write(name, text):
    """A section of RESULTS.md."""
    page = FILE.read_text() if FILE.exists() else "# Results\n"
    FILE.write_text(put(page, name, text, "run.py"))


def put(page, name, text, by):
    """The page with `text` between the markers of `name`, at its end if it has none yet."""
    begin, end = f"<!-- {name}: made by {by} -->", f"<!-- {name}: end -->"
    block = f"{begin}\n{text}\n{end}"
    place = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    if place.search(page):
        return place.sub(lambda _: block, page)
    return page.rstrip("\n") + "\n\n" + block + "\n"
