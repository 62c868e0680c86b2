"""Payload edits, ours beside the Python client's in-process mode, the oldest client and the newest: random
payloads, patches, paths. Compared with the order of names. VG_CASES=n makes a run longer or shorter.

Where a client is known to differ from the server, FACTS 5 counts: each difference stands once in KNOWN, with
a case that proves it, and cases it touches are not compared with that client."""
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parents[1] / "build"
ENV = BUILD / "test-env"
PROGRAM = [str(BUILD / "dev/property/property_edits")]
SEED = int(os.environ["VG_SEED"])
CASES = int(os.environ.get("VG_CASES", 2000))
pytestmark = pytest.mark.xdist_group("edits")  # one worker: the clients start once
BARE = re.compile(r"[\w-]+")

# client, what it does otherwise, which cases that touches, one of them, the client's answer, FACTS 5's
KNOWN = [
    ("oldest", "a null is kept, it takes nothing away",
     lambda case: None in case.get("patch", {}).values(),
     {"payload": {"a": 1, "b": 2}, "patch": {"a": None}}, {"a": None, "b": 2}, {"b": 2}),
    ("oldest", "keys to delete are names of the first level, not paths",
     lambda case: not all(BARE.fullmatch(key) for key in case.get("keys", [])),
     {"payload": {"a": {"b": 1, "c": 2}}, "keys": ["a.c"]}, {"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}),
]
CLIENTS = ["oldest", "newest"]



def start(argv, lines):
    """All lines at once, from a file: nobody waits for the other to read."""
    given = tempfile.TemporaryFile("w+", encoding="utf-8")
    given.writelines(line + "\n" for line in lines)
    given.seek(0)
    with given:
        return subprocess.Popen(argv, stdin=given, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def finish(running, count):
    said, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    answers = [json.loads(line) for line in said.split("\n")[:-1]]
    assert len(answers) == count
    return answers


def touched(client, case):
    return any(known[0] == client and known[2](case) for known in KNOWN)


# ---- random cases, as text: names may come twice, numbers be written in any way ----

NAMES = ["a", "b", "c", "d e", "é", "", "0"]
NUMBERS = ["0", "7", "-1", "1.0", "2.50", "1e3", "-0.0", "9007199254740993", "18446744073709551615"]


def quoted(chance, name):
    return json.dumps(name, ensure_ascii=chance.random() < 0.5)


def make_object(chance, depth):
    names = [chance.choice(NAMES) for _ in range(chance.randrange(5))]
    return "{%s}" % ", ".join(f"{quoted(chance, name)}:{make_value(chance, depth - 1)}" for name in names)


def make_value(chance, depth):
    kind = chance.randrange(10 if depth > 0 else 5)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind < 5:
        return ["null", "true", quoted(chance, chance.choice(["", "text", "\"\n", "名"]))][kind - 2]
    if kind < 7:
        return make_object(chance, depth)
    if kind == 7:
        return "[%s]" % " ,".join(chance.choice(NUMBERS) for _ in range(chance.randrange(4)))
    return "[%s]" % ",".join(make_value(chance, depth - 1) for _ in range(chance.randrange(4)))


def make_step(chance, at):
    """A step that fits what is there, mostly; and what is there behind it."""
    if isinstance(at, list) and chance.random() < 0.85:
        if chance.random() < 0.5:
            return "[]", chance.choice(at) if at else None
        index = chance.randrange(len(at) + 1)
        return f"[{index}]", at[index] if index < len(at) else None
    if chance.random() < 0.1:
        return chance.choice(["[]", "[0]", "[1]"]), None
    names = list(at) if isinstance(at, dict) and at and chance.random() < 0.8 else NAMES
    name = chance.choice(names)
    text = name if BARE.fullmatch(name) and chance.random() < 0.8 else f'"{name}"'
    return f".{text}", at.get(name) if isinstance(at, dict) else None


def make_path(chance, at):
    path = ""
    for _ in range(chance.choice([1, 1, 2, 2, 3, 4])):
        step, after = make_step(chance, at if path or isinstance(at, dict) else {})
        if path or step[0] == ".":
            path, at = path + step, after
    return path[1:] or "a"


def make_case(chance):
    payload = make_object(chance, 4)
    document = json.loads(payload)
    if chance.random() < 0.35:
        keys = [make_path(chance, document) for _ in range(chance.randrange(1, 5))]
        return '{"payload":%s,"keys":%s}' % (payload, json.dumps(keys))
    patch = make_object(chance, 2)
    if chance.random() < 0.3:
        return '{"payload":%s,"patch":%s}' % (payload, patch)
    return '{"payload":%s,"patch":%s,"key":%s}' % (payload, patch, json.dumps(make_path(chance, document)))


@pytest.fixture(scope="module")
def run():
    """The lines and everybody's answers: the random cases first, then KNOWN's. A client takes seconds to
    start, so each is started once, and both side by side."""
    chance = random.Random(SEED)
    lines = [make_case(chance) for _ in range(CASES)] + [json.dumps(known[3]) for known in KNOWN]
    argvs = {name: [str(ENV / name / "bin/python"), str(HERE / "edits_peer.py")] for name in CLIENTS}
    argvs["ours"] = PROGRAM
    running = {name: start(argv, lines) for name, argv in argvs.items()}
    return lines, {name: finish(running[name], len(lines)) for name in argvs}


# ---- tests ----

@pytest.mark.parametrize("client", CLIENTS)
def test_edits_are_those_of_the_client(client, run):
    lines, answers = run
    compared = 0
    for line, ours, theirs in zip(lines[:CASES], answers["ours"], answers[client]):
        if touched(client, json.loads(line)):
            continue
        compared += 1
        assert json.dumps(ours) == json.dumps(theirs), f"VG_SEED={SEED}: {line}"
    assert compared > CASES // 2, f"VG_SEED={SEED}: only {compared} of {CASES} cases were compared"


@pytest.mark.parametrize("place", range(len(KNOWN)), ids=[f"{known[0]}: {known[1]}" for known in KNOWN])
def test_a_known_difference_is_one(place, run):
    client, _, touches, case, theirs, ours = KNOWN[place]
    _, answers = run
    assert touches(case)
    assert answers[client][CASES + place] == theirs
    assert answers["ours"][CASES + place] == ours


def test_number_texts_go_through_unchanged():
    line = '{"payload":{"a":1.0,"b":[1e2, 2.50]},"patch":{"x":-0.0},"key":"c"}'
    done = subprocess.run(PROGRAM, input=line + "\n", capture_output=True, text=True, timeout=60)
    assert done.stdout == '{"a":1.0,"b":[1e2, 2.50],"c":{"x":-0.0}}\n'
