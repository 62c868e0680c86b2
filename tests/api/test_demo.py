"""What `make demo` shows: on one screen, and true of the words it is about."""
import json
import math
import os
import re
import subprocess

import pytest

from gateway import ROOT, binary

LINES, COLUMNS = 24, 80  # a terminal's screen
SHOWN = 3
POINTS = [json.loads(line) for line in (ROOT / "tests/data/words-2000.jsonl").read_text().splitlines()]
PAYLOAD = {point["payload"]["word"]: point["payload"] for point in POINTS}
VECTOR = {}
for point in POINTS:
    length = math.sqrt(sum(x * x for x in point["vector"]))
    VECTOR[point["payload"]["word"]] = [x / length for x in point["vector"]]

# The filters, as the labels say them.
FILTERS = {
    "begins with p": lambda payload: payload["initial"] == "p",
    "4 letters at most": lambda payload: payload["length"] <= 4,
    "no s": lambda payload: payload["initial"] != "s",
}


def show(*arguments, **env):
    done = subprocess.run([ROOT / "tests/api/demo.sh", *arguments], env=os.environ | env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def nearest(target, without, passes=lambda payload: True):
    """The exact answer, as it is printed."""
    length = math.sqrt(sum(x * x for x in target))
    scores = ((sum(map(float.__mul__, target, vector)) / length, word) for word, vector in VECTOR.items()
              if word not in without and passes(PAYLOAD[word]))
    return [(word, f"{score:.2f}") for score, word in sorted(scores, reverse=True)[:SHOWN]]


def expected(label):
    """What belongs behind a label: a word, `a : b = c :`, or a word and a filter."""
    if ":" in label:
        unlike, one, other = re.fullmatch(r"(\w+) : (\w+) = (\w+) :", label).groups()
        given = (VECTOR[unlike], VECTOR[one], VECTOR[other])
        return nearest([b + c - a for a, b, c in zip(*given)], (unlike, one, other))
    word, _, passes = label.partition(", ")
    return nearest(VECTOR[word], (word,), FILTERS[passes] if passes else lambda payload: True)


def answers(text):
    """{label: what is printed behind it}."""
    rows = re.findall(r"^  (\w.*?) {2,}(\w+ +[-\d.]+.*)$", text, re.M)
    return {label: re.findall(r"(\w+) +([-\d.]+)", rest) for label, rest in rows}


@pytest.fixture(scope="module")
def shown():
    return show(VECGATE=str(binary()))


def test_it_fits_one_screen(shown):
    lines = shown.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS


def test_every_answer_is_the_exact_one(shown):
    found = answers(shown)
    assert len(found) == 13
    assert found == {label: expected(label) for label in found}


def test_the_queen_is_found(shown):
    assert answers(shown)["man : king = woman :"][0][0] == "queen"


def test_it_shows_the_same_of_another_server(gateway, shown):
    first, rest = shown.split("\n", 1)
    other_first, other_rest = show(gateway.url).split("\n", 1)
    assert other_rest == rest
    assert gateway.url in other_first and gateway.url not in first


def test_it_says_what_went_wrong():
    done = subprocess.run([ROOT / "tests/api/demo.sh"], env=os.environ | {"VECGATE": "/bin/false"}, capture_output=True,
                          text=True)
    assert done.returncode == 1
    assert "vecgate did not start" in done.stderr
    done = subprocess.run([ROOT / "tests/api/demo.sh", "http://127.0.0.1:1"], capture_output=True, text=True)
    assert done.returncode == 1
    assert "demo: PUT" in done.stderr or "demo: DELETE" in done.stderr
