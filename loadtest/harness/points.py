"""What is put into an index: vectors with two payload fields to filter by, questions, and exact answers."""
import array
import functools
import json
import math
import operator
import random
import subprocess

from . import words
from .process import HERE, compiled
from .servers import Client, Wrong
from .words import K, QUESTIONS, TRUTH_K, read_hits, right

CHECKED = 25  # questions with one filter whose exact answer is held against brute_force.c; of others, all
CLUSTERS_DIMENSIONS, CLUSTERS_SEED = 768, 7
FIELDS = {"chance": "integer", "near": "integer"}  # of the payload, each from 0 to 999


class Points:
    """`count` rows of float32 in `rows_file`; the point of row i has the id i + 1. No question is a point.

    Of the payload, `chance` has nothing to do with the vector, `near` is the place of the point, in
    thousandths, among all when they are sorted by how near they are to the first question."""

    def __init__(self, folder, title, rows, questions, dimensions, fields=tuple(FIELDS)):
        self.title, self.rows, self.questions, self.dimensions = title, rows, questions, dimensions
        self.fields = fields  # those that the payloads have
        self.count = len(rows) // dimensions
        self.folder = folder / f"{title}-{self.count}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.rows_file = self.write("points", [rows])
        self.questions_file = self.write("questions", questions)
        self.exact = {}

    def __str__(self):
        return f"{self.title}, {self.count} x {self.dimensions}"

    def row(self, i):
        return self.rows[i * self.dimensions : (i + 1) * self.dimensions]

    def write(self, name, parts):
        path = self.folder / f"{name}.f32"
        with open(path, "wb") as file:
            for part in parts:
                part.tofile(file)
        return path

    @functools.cached_property
    def near(self):
        """Of each row its `near`."""
        far = [-cosine(self.row(i), self.questions[0]) for i in range(self.count)]
        place = [0] * self.count
        for at, i in enumerate(sorted(range(self.count), key=far.__getitem__)):
            place[i] = at * 1000 // self.count
        return place

    @functools.cached_property
    def chance(self):
        dice = random.Random(11)
        return [dice.randrange(1000) for _ in range(self.count)]

    @functools.cached_property
    def tenth(self):
        return [value // 100 for value in self.chance]

    @functools.cached_property
    def hundredth(self):
        return [value // 10 for value in self.chance]

    @functools.cached_property
    def payloads_file(self):
        path = self.folder / "payloads.jsonl"
        columns = [getattr(self, field) for field in self.fields]
        rows = (dict(zip(self.fields, row)) for row in zip(*columns))
        path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows))
        return path

    def sorted_questions(self):
        """Places of the questions, those nearest to the first of them, and so to the points of a small
        `near`, first."""
        return sorted(range(len(self.questions)), key=lambda i: -cosine(self.questions[i], self.questions[0]))

    def passing(self, share):
        """Rows that the filter of this share lets through."""
        field, below = share
        return [i for i, value in enumerate(getattr(self, field)) if value < below]

    def bodies(self, params, share=None, of=None, limit=K):
        """A request for each question, or for those `of` these places. `share` is (field, below)."""
        rest = {"limit": limit} | ({"params": params} if params else {})
        if share:
            rest["filter"] = {"must": [{"key": share[0], "range": {"lt": share[1]}}]}
        tail = json.dumps(rest, separators=(",", ":"))[1:]
        return [f'{{"query":{self.spelled[i]},{tail}' for i in of or range(len(self.questions))]

    @functools.cached_property
    def spelled(self):
        return ["[" + ",".join(map("%.9g".__mod__, question)) + "]" for question in self.questions]

    def truth(self, server, name, share=None, of=None):
        """For each question {id: score} of the TRUTH_K nearest, best first: the server's own exact answer,
        held against brute_force.c."""
        key = share, tuple(of or ())
        if key not in self.exact:
            asked = self.bodies({"exact": True}, share, of, TRUTH_K)
            with Client(server.address) as client:
                answers = [search(client, name, body) for body in asked]
            truth = [{hit["id"]: hit["score"] for hit in answer} for answer in answers]
            self._check(answers, share, list(of or range(len(self.questions))))
            self.exact[key] = truth
        return self.exact[key]

    def _check(self, answers, share, asked):
        passing = self.passing(share) if share else range(self.count)
        rows = self.write("passing", map(self.row, passing)) if share else self.rows_file
        checked = range(0, len(asked), -(-len(asked) // CHECKED) if share else 1)
        some = self.write("checked", [self.questions[asked[i]] for i in checked])
        for i, line in zip(checked, brute_force(self.folder, rows, some, self.dimensions), strict=True):
            known = {passing[at - 1] + 1: score for at, score in read_hits(line).items()}
            most = min(K, len(known))
            if len(answers[i]) < most or right(answers[i][:most], known) < most:
                raise Wrong(f"{self.title}: what was asked exactly came back as {answers[i][:most]}, "
                            f"and is {list(known.items())[:most]}")

    def brute_truth(self, rows):
        """The same of the points of these rows by brute_force.c alone: for a server whose exact answers take long."""
        some = self.write("some", map(self.row, rows))
        lines = brute_force(self.folder, some, self.questions_file, self.dimensions)
        return [{rows[at - 1] + 1: score for at, score in read_hits(line).items()} for line in lines]

    def recall(self, server, name, bodies, truth):
        """Share of the true ten that come back, over all of `bodies`."""
        with Client(server.address) as client:
            found = sum(right(search(client, name, body), true) for body, true in zip(bodies, truth, strict=True))
        return found / sum(min(K, len(true)) for true in truth)


def search(client, name, body):
    return client.ask("POST", f"/collections/{name}/points/query", body)["points"]


def brute_force(folder, rows, questions, dimensions):
    """A line of answers for each question."""
    command = [compiled("brute_force.c", folder), rows, questions, str(dimensions), str(TRUTH_K)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(done.stderr)
    return done.stdout.splitlines()


def dot(a, b):
    return sum(map(operator.mul, a, b))


def cosine(a, b):
    return dot(a, b) / math.sqrt(dot(a, a) * dot(b, b))


def of_words(folder, count):
    """The commonest words; a question is the sum of two of them."""
    rows = words.small(count) if count <= 2000 else words.large(count)
    size = words.DIMENSIONS

    def row(i):
        return rows[i * size : (i + 1) * size]

    pairs = ((i * 7919 % count, (i * 104729 + 1) % count) for i in range(QUESTIONS))
    questions = [array.array("f", map(float.__add__, row(one), row(other))) for one, other in pairs]
    return Points(folder, "words", rows, questions, size)


def of_clusters(folder, count, size=CLUSTERS_DIMENSIONS, questions=QUESTIONS, **more):
    """What make_clusters.c makes, kept in loadtest/data; the questions are the rows after the last point."""
    made = HERE / "data" / f"clusters-{count}x{size}.f32"
    whole = (count + QUESTIONS) * size * 4
    if not made.exists() or made.stat().st_size != whole:
        made.parent.mkdir(exist_ok=True)
        half = made.with_suffix(".half")
        with open(half, "wb") as file:
            command = [compiled("make_clusters.c", folder), str(count + QUESTIONS), str(size), str(CLUSTERS_SEED)]
            subprocess.run(command, stdout=file, check=True)
        half.rename(made)
    rows = array.array("f")
    with open(made, "rb") as file:
        rows.fromfile(file, (count + QUESTIONS) * size)
    asked = [rows[i * size : (i + 1) * size] for i in range(count, count + questions)]
    return Points(folder, "clusters", rows[: count * size], asked, size, **more)
