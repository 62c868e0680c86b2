"""stub.c in the place of a Qdrant: it answers at once what a real server answered once, and reads bodies whole.
On the core of the load, so that what is measured has the servers' core for itself."""
import contextlib
import http.client
import json
import pathlib
import random
import signal
import subprocess
import time

from .process import LOAD_CORE, compiled, on_core
from .servers import Client, Wrong, answers, free_port

COLLECTION = "loadtest-proxied"
POINTS, LIMIT, BODIES = 100, 10, 64
WRITTEN = '{"result":{"operation_id":1,"status":"completed"},"status":"ok","time":0.0}'
TRUE = '{"result":true,"status":"ok","time":0.0}'


def spelled(chance, dimensions):
    return "[" + ",".join(f"{chance.uniform(-1, 1):.8f}" for _ in range(dimensions)) + "]"


def vectors(dimensions, count):
    """The same in each run."""
    chance = random.Random(dimensions)
    return [spelled(chance, dimensions) for _ in range(count)]


def learn(gate, dimensions):
    """Lines for stub.c: what an empty vecgate's own engine says as a Qdrant, of points that are put there."""
    path = f"/collections/{COLLECTION}"
    with Client(gate.address) as client:
        client.create(COLLECTION, dimensions, optimizers_config={"indexing_threshold": 0})
        points = [f'{{"id":{i + 1},"vector":{text}}}' for i, text in enumerate(vectors(dimensions, POINTS))]
        client.ask("PUT", f"{path}/points?wait=true", f'{{"points":[{",".join(points)}]}}')
        question = f'{{"query":{vectors(dimensions, 1)[0]},"limit":{LIMIT}}}'
        asked = [("GET", "/", None), ("GET", "/collections", None), ("GET", path, None),
                 ("POST", f"{path}/points/query", question)]
        said = [(method, where, json.dumps(client.ask_plainly(method, where, body), separators=(",", ":")))
                for method, where, body in asked]
    fixed = [("GET", "/healthz", "healthz check passed"), ("GET", "/readyz", "all shards are ready"),
             ("PUT", path, TRUE), ("PUT", f"{path}/index", WRITTEN), ("PUT", f"{path}/points", WRITTEN),
             ("POST", f"{path}/points/delete", WRITTEN), ("POST", "/v1/traces", "")]
    return "".join(" ".join(line) + "\n" for line in said + fixed)


class Stub:
    def __init__(self, folder, lines):
        self.folder, self.lines = pathlib.Path(folder), lines

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        program = compiled("stub.c", self.folder, ())
        file = self.folder / "answers.txt"
        file.write_text(self.lines)
        self.address = f"127.0.0.1:{free_port()}"
        self.url = f"http://{self.address}"
        with on_core(LOAD_CORE):
            self.process = subprocess.Popen([program, self.address.split(":")[1], file], stdin=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while not answers(self.address):
            if time.monotonic() > end or self.process.poll() is not None:
                self.__exit__()
                raise Wrong("stub.c did not start")
            time.sleep(0.01)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    @property
    def pid(self):
        return self.process.pid

    def counted(self):
        """Requests with a body that it has had, since its start."""
        with contextlib.closing(http.client.HTTPConnection(self.address, timeout=10)) as host:
            host.request("GET", "/counted")
            return int(host.getresponse().read())


class Questions:
    """Searches of one size: bodies a line for wrk, and whole requests for paced.c, with a header of (name, value)."""

    def __init__(self, folder, name, path, needle, bodies, header=()):
        self.path, self.needle, self.bodies, self.header = path, needle, bodies, header
        folder = pathlib.Path(folder)
        self.bodies_file = folder / f"{name}-bodies.txt"
        self.bodies_file.write_text("\n".join(bodies) + "\n")
        self.requests_file = folder / f"{name}-requests.txt"
        with open(self.requests_file, "wb") as file:
            for body in bodies:
                more = f"{': '.join(header)}\r\n" if header else ""
                one = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{more}"
                       f"Content-Length: {len(body)}\r\n\r\n{body}").encode()
                file.write(b"%d\n" % len(one) + one)

    @property
    def bytes(self):
        return sum(map(len, self.bodies)) // len(self.bodies)


def rest_questions(folder, dimensions, header=()):
    """By Qdrant's API."""
    bodies = [f'{{"query":{text},"limit":{LIMIT}}}' for text in vectors(dimensions, BODIES)]
    name = "-".join(["rest", str(dimensions), *header[:1]])
    return Questions(folder, name, f"/collections/{COLLECTION}/points/query", '"result":{"points":[{"id":', bodies, header)


def native_questions(folder, dimensions):
    """By vecgate's own."""
    bodies = [f'{{"vector":{text},"limit":{LIMIT}}}' for text in vectors(dimensions, BODIES)]
    return Questions(folder, f"native-{dimensions}", f"/v1/collections/{COLLECTION}/points/search",
                     '{"points":[{"id":', bodies)
