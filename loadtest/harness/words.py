"""Word vectors as points, the questions put to them, and the true answers."""
import array
import itertools
import json
import pathlib
import subprocess

from .process import HERE, compiled
from .servers import ROOT, Client, Wrong

DIMENSIONS = 100
QUESTIONS = 500
K = 10
TRUTH_K = 2 * K  # ties at the end of the ten count for either
CLOSE = 1e-4  # scores are float32 on one side, double on the other
COLLECTION = "words"
BATCH = 1000
SMALL = ROOT / "tests" / "data" / "words-2000.jsonl"
LARGE = HERE / "data" / "words-100d.f32"
LARGE_WORDS = HERE / "data" / "words-100d.txt"

SPELL = "[" + ",".join(["%.6g"] * DIMENSIONS) + "]"
SPELL_EXACTLY = "[" + ",".join(["%.9g"] * DIMENSIONS) + "]"


class Words:
    """`count` points; a question is the sum of two words, so that it is itself no point."""

    def __init__(self, folder, count):
        self.folder = pathlib.Path(folder) / f"words-{count}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.count = count
        self.points = small(count) if count <= 2000 else large(count)
        self.questions = [self._question(i) for i in range(QUESTIONS)]
        self.vectors_file = self.folder / "vectors.txt"
        self.bodies_file = self.folder / "bodies.txt"
        self.bodies = [f'{{"query":{spelled(q)},"limit":{K},"params":{{"exact":true}}}}' for q in self.questions]
        self.bodies_file.write_text("\n".join(self.bodies) + "\n")
        self._truth = None
        self._payloads = None

    @property
    def payloads(self):
        """One for each row, as tests/data/make_words.py makes them."""
        if self._payloads is None:
            self._payloads = small_payloads(self.count) if self.count <= 2000 else large_payloads(self.count)
        return self._payloads

    def row(self, i):
        return self.points[i * DIMENSIONS : (i + 1) * DIMENSIONS]

    def _question(self, i):
        one, other = self.row(i * 7919 % self.count), self.row((i * 104729 + 1) % self.count)
        return array.array("f", map(float.__add__, one, other))

    def write_vectors(self, most=4000):
        """A file of vectors, one a line, for wrk/upsert.lua."""
        lines = (spelled(self.row(i)) for i in range(min(self.count, most)))
        self.vectors_file.write_text("\n".join(lines) + "\n")
        return self.vectors_file

    def _spelled_point(self, i, payloads):
        payload = ',"payload":' + json.dumps(self.payloads[i], ensure_ascii=False) if payloads else ""
        return f'{{"id":{i + 1},"vector":{spelled(self.row(i))}{payload}}}'

    def store(self, address, name=COLLECTION, payloads=False, headers=None):
        """Makes the collection, one without an index, and puts every point; ids are rows from 1 on."""
        with Client(address, headers) as client:
            client.create(name, DIMENSIONS, optimizers_config={"indexing_threshold": 0})
            for first in range(0, self.count, BATCH):
                rows = range(first, min(first + BATCH, self.count))
                points = ",".join(self._spelled_point(i, payloads) for i in rows)
                body = f'{{"points":[{points}]}}'.encode()
                client.ask("PUT", f"/collections/{name}/points?wait=true", body)
            if client.count(name) != self.count:
                raise Wrong(f"{client.count(name)} points are stored of {self.count}")

    def truth(self):
        """For each question {id: score} of the TRUTH_K nearest, best first, by brute_force.c."""
        if self._truth is None:
            program = compiled("brute_force.c", self.folder)
            for name, rows in (("points", [self.points]), ("questions", self.questions)):
                with open(self.folder / f"{name}.f32", "wb") as file:
                    for row in rows:
                        row.tofile(file)
            files = [self.folder / "points.f32", self.folder / "questions.f32"]
            done = subprocess.run([program, *files, str(DIMENSIONS), str(TRUTH_K)], capture_output=True, text=True)
            if done.returncode != 0:
                raise Wrong(done.stderr)
            self._truth = [read_hits(line) for line in done.stdout.splitlines()]
        return self._truth

    def recall(self, address, name=COLLECTION):
        """Share of the true ten that the server answers, over all questions, one after the other."""
        with Client(address) as client:
            path = f"/collections/{name}/points/query"
            found = (client.ask("POST", path, body)["points"] for body in self.bodies)
            return sum(map(right, found, self.truth())) / (K * QUESTIONS)


def small(count):
    lines = SMALL.read_text().splitlines()[:count]
    return array.array("f", [x for line in lines for x in json.loads(line)["vector"]])


def small_payloads(count):
    return [json.loads(line)["payload"] for line in SMALL.read_text(encoding="utf-8").split("\n")[:count]]


def large_payloads(count):
    with open(LARGE_WORDS, encoding="utf-8", newline="\n") as file:
        words = [line.rstrip("\n") for line in itertools.islice(file, count)]
    return [{"word": word, "rank": i + 1, "length": len(word), "initial": word[0]} for i, word in enumerate(words)]


def large(count):
    points = array.array("f")
    with open(LARGE, "rb") as file:
        points.fromfile(file, count * DIMENSIONS)
    return points


def spelled(vector):
    """As JSON; the source's own six digits where they are all there is, as many as it takes elsewhere."""
    text = SPELL % tuple(vector)
    if array.array("f", map(float, text[1:-1].split(","))) == vector:
        return text
    return SPELL_EXACTLY % tuple(vector)


def read_hits(line):
    return {int(row) + 1: float(score) for row, score in (hit.split(":") for hit in line.split())}


def right(hits, truth):
    """How many of the hits are among the true ten (or tie with the last) and have the true score."""
    least = list(truth.values())[:K][-1] - 1e-6
    ids = {hit["id"] for hit in hits if abs(truth.get(hit["id"], -2) - hit["score"]) < CLOSE}
    return sum(truth[i] >= least for i in ids)
