"""Instructions of a gateway's requests, by layer, as valgrind's callgrind counts them: of a layer's own functions, and of
what they call of the tools that belong to nobody (src/base, the C library)."""
import collections
import os
import re
import subprocess
import time

from .servers import ANSWER_SECONDS, Vecgate, Wrong, answers, binary, free_port

TOOLS = ("base", "libc")
FOLDERS = (  # the first that fits
    ("/src/front/", "front"), ("/src/base/loop.c", "net"), ("/src/base/", "base"), ("/deps/llhttp/", "net"), ("/adapters/", "adapter"),
    ("/src/filter/", "filter"), ("/include/vecgate/", "base"))
OBJECTS = {"libc": "libc", "libm": "libc", "ld-linux": "libc", "libcurl": "libcurl", "libuv": "libuv", "libssl": "OpenSSL",
           "libcrypto": "OpenSSL", "libnghttp2": "nghttp2", "libsqlite3": "SQLite"}
# Its large copies are one instruction that valgrind counts once for each byte: they are made by vectors instead.
PLAIN_COPIES = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1073741824"}
NUMBERED = re.compile(r"\((\d+)\)(?: (.*))?$")
KINDS = {"ob": "object", "cob": "object", "fl": "file", "fi": "file", "fe": "file", "cfi": "file", "cfl": "file",
         "fn": "function", "cfn": "function"}


def layer(where, path):
    """Of a function, by its object and its source file."""
    name = os.path.basename(where)
    if not name.startswith("vecgate"):
        short = re.split(r"[.-]\d*", name)[0] if not name.startswith("ld-") else "ld-linux"
        return OBJECTS.get(short, "others")
    for folder, is_of in FOLDERS:
        if folder in path:
            return is_of
    found = re.search(r"/src/(\w+)/", path)
    return found[1] if found else "base"  # what the compiler inlined of the C library's headers


class Profile:
    """What one file of callgrind's holds."""

    def __init__(self, text):
        self.names = {}
        self.own = collections.Counter()  # by (layer of the function, function)
        self.calls = collections.Counter()  # by (caller's layer, callee's layer), with all that is below
        self.tools = collections.Counter()  # by (caller's layer, function of a tool's)
        self.now, self.called = {}, {}
        self.home = None  # of the function, not of what is inlined into it
        lines = iter(text.splitlines())
        for line in lines:
            self.read(line, lines)

    def read(self, line, lines):
        key, _, rest = line.partition("=")
        if key in KINDS:
            self.name(key, self.whole(KINDS[key], rest))
        elif key == "calls":
            self.call(int(next(lines).split()[1]))
        elif line[:1] in "+-*0123456789" and " " in line:
            self.own[self.home, self.now["fn"]] += int(line.split()[1])

    def whole(self, kind, text):
        """Names are written once, and then by number."""
        found = NUMBERED.match(text)
        if not found:
            return text
        return self.names.setdefault((kind, found[1]), found[2])

    def name(self, key, value):
        if key in ("cob", "cfi", "cfl", "cfn"):
            self.called[key[1:].replace("fi", "fl")] = value
            return
        self.now[key] = value
        if key == "fn":
            self.home = layer(self.now.get("ob", ""), self.now.get("fl", ""))

    def call(self, cost):
        where = self.called.get("ob", self.now.get("ob", "")), self.called.get("fl", self.now.get("fl", ""))
        to = layer(*where)
        self.calls[self.home, to] += cost
        if to in TOOLS and self.home not in TOOLS:
            self.tools[self.home, self.called["fn"]] += cost
        self.called = {}

    @property
    def total(self):
        return sum(self.own.values())

    def layers(self):
        """{layer: (instructions of its own, of tools that it called)}; tools have what nobody called."""
        own = collections.Counter()
        for (name, _), cost in self.own.items():
            own[name] += cost
        out = {name: (cost, sum(self.calls[name, tool] for tool in TOOLS)) for name, cost in own.items() if name not in TOOLS}
        rest = self.total - sum(map(sum, out.values()))
        return out | {"others": (out.get("others", (0, 0))[0] + rest, out.get("others", (0, 0))[1])}


class Watched(Vecgate):
    """A vecgate under callgrind; slower by a factor of fifty."""

    def start(self):
        self.data.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        command = ["valgrind", "--quiet", "--tool=callgrind", f"--callgrind-out-file={self.folder}/callgrind", binary(), "serve",
                   "--data", self.data, "--listen", self.address]
        with open(self.stderr, "ab") as stderr:
            self.process = subprocess.Popen(command, env=self.env | PLAIN_COPIES, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=stderr,
                                            stderr=stderr, start_new_session=True)
        end = time.monotonic() + ANSWER_SECONDS
        while not answers(self.address, self.ready):
            if time.monotonic() > end or self.process.poll() is not None:
                raise Wrong(f"vecgate did not start under valgrind\n{self.log()}")
            time.sleep(0.1)
        return self

    def zero(self):
        self.tell("--zero")

    def profile(self):
        """Since the last zero()."""
        self.tell("--dump")
        return Profile((self.folder / "callgrind.1").read_text())

    def tell(self, word):
        done = subprocess.run(["callgrind_control", word, str(self.pid)], capture_output=True, text=True, timeout=60)
        if done.returncode != 0 or "OK" not in done.stdout:
            raise Wrong(f"callgrind_control {word}: {done.stdout}{done.stderr}")
