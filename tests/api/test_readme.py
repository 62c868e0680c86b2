"""README's "A first search", word for word, against a fresh gateway; only the port is another. And the same before
another backend, which is started as the README starts it; only the hosts and the user are others."""
import json
import os
import re
import subprocess

import pytest

from gateway import ROOT, Gateway
from postgres import Postgres

INSTALLED = ROOT / "build" / "test-env"
SECONDS = 120
README = (ROOT / "README.md").read_text()
SECTION = README.split("## A first search\n")[1].split("\n## ")[0]
OTHERS = README.split("## Another backend\n")[1].split("\n## ")[0]


def commands_elsewhere():
    """Lines of blocks that are in neither section: those of the project's own programs."""
    rest = README.replace(SECTION, "").replace(OTHERS, "")
    for text in re.findall(r"^```\w*\n(.*?)^```$", rest, re.MULTILINE | re.DOTALL):
        yield from filter(None, (line.split("#")[0].strip() for line in text.splitlines()))


@pytest.mark.parametrize("command", list(commands_elsewhere()))
def test_every_other_command_is_one(command):
    """CI runs `make test` itself, and no benchmark fits into a test: make says what it would do, a program which options it has."""
    program, *words = command.removeprefix("python3 ").split()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    asks = ["make", "-n", *words] if program == "make" else [ROOT / program, "--help"]
    said = subprocess.run(asks, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0 and said.stdout, said.stderr
    if program != "make":
        assert [word for word in words if word.startswith("--") and word not in said.stdout] == []


def test_make_run_serves():
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MAKE", "MFLAGS"))}
    said = subprocess.run(["make", "-n", "run"], cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1].split() == ["exec", "build/vecgate", "serve"]


def block(language, section=SECTION):
    found = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(found) == 1, f"one block of {language} is expected"
    return found[0]


def run(command, text, gate, **options):
    there = text.replace("127.0.0.1:6333", gate.address)
    assert there != text, "the block speaks to the usual address"
    done = subprocess.run(
        [*command, there], capture_output=True, text=True, timeout=SECONDS, cwd=gate.folder, **options
    )
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout}\nvecgate said:\n{gate.log(3000)}"
    assert done.stderr == ""
    return done.stdout


def documents(text):
    """JSON documents one behind the other, as curl prints them."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text.rstrip()):
        document, at = decoder.raw_decode(text, at)
        yield document


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("readme")) as gate:
        yield gate


@pytest.fixture(scope="module")
def said(fresh):
    return list(documents(run(["sh", "-eu", "-c"], block("sh"), fresh)))


def started(name):
    """The environment by which the README starts that backend."""
    line = next(line for line in block("sh", OTHERS).splitlines() if f"={name} " in line)
    assert line.endswith(" build/vecgate serve")
    return dict(word.split("=", 1) for word in line.split()[:-2])


@pytest.fixture
def before_qdrant_as_shown(tmp_path):
    env = started("qdrant")
    with Gateway(tmp_path / "upstream") as upstream:
        env["QDRANT_URL"] = env["QDRANT_URL"].replace("qdrant.internal:6333", upstream.address)
        with Gateway(tmp_path / "gate", env) as gate:
            yield gate


@pytest.fixture
def before_pgvector_as_shown(tmp_path):
    env = started("pgvector")
    with Postgres() as server:
        place = re.match("postgresql://.*/", server.url())[0]
        env["PGVECTOR_URL"] = env["PGVECTOR_URL"].replace("postgresql://user:password@db.internal:5432/", place)
        subprocess.run([server.bin / "psql", "-X", "-q", "-c", "CREATE DATABASE vectors", server.url()], check=True)
        with Gateway(tmp_path, env) as gate:
            yield gate


@pytest.mark.parametrize("backend", ["qdrant", "pgvector"])
def test_nothing_else_changes_before_another_backend(request, backend):
    gate = request.getfixturevalue(f"before_{backend}_as_shown")
    test_the_shell_makes_a_collection_and_searches_it(list(documents(run(["sh", "-eu", "-c"], block("sh"), gate))))


def test_the_shell_makes_a_collection_and_searches_it(said):
    made, written, found, filtered = said
    assert made == {"name": "cities", "dimension": 3, "metric": "Cosine", "fields": []}
    assert written["status"] == "completed"
    promised = re.search(r"answers (\w+), then (\w+); .* answer \w+, (\w+), then (\w+)\.", SECTION).groups()
    assert [point["payload"]["city"] for point in found["points"]] == list(promised[:2])
    assert [point["payload"]["city"] for point in filtered["points"]] == list(promised[2:])


def test_the_official_client_finds_the_same(said, fresh):
    assert (INSTALLED / "newest/made-from").exists(), "run tests/api/setup.sh first"
    printed = run([INSTALLED / "newest/bin/python", "-B", "-c"], block("python"), fresh)
    assert [line.split()[0] for line in printed.splitlines()] == ["Berlin", "Prague"]
    scores = [round(point["score"], 3) for point in said[2]["points"]]
    assert [float(line.split()[1]) for line in printed.splitlines()] == scores
