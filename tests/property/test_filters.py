"""Random filters over random payloads: the evaluator, SQL and Qdrant's client agree.

What is compared, for each point: evaluator and SQL without indexes with the client, but for its known
differences (differences.py); evaluator and SQL with the same payload indexes, small and too large for SQL; and, for filters whose
answers no index may change, without and with them.
"""
import json
import os
import random
import subprocess

import pytest
from differences import DIFFERENCES, conditions, difference, is_filter
from qdrant_client import QdrantClient
from qdrant_client.http import models
from qdrant_client.local import payload_filters, payload_value_extractor
from random_filters import Maker

SEED = int(os.environ.get("VG_SEED", 0))
CASES = int(os.environ.get("VG_CASES", 20000 if os.environ.get("CI") == "true" else 1000))
CHUNKS = 20
FILTERS, POINTS = 10, 7  # of a line

# The client reads a path anew for every payload.
paths = {}
read_path = payload_value_extractor.parse_json_path
payload_value_extractor.parse_json_path = lambda key: list(paths.setdefault(key, paths.get(key) or read_path(key)))


@pytest.fixture
def run(program, tmp_path):
    """Lets the program answer lines."""
    return lambda lines: answer(program("filters"), lines, tmp_path)


def answer(program, lines, folder):
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n"
    done = subprocess.run([program, folder / "points.db"], input=text.encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def client_answer(parsed, point):
    held = {name: True for name in point["vectors"]}
    return payload_filters.check_filter(parsed, point["payload"], point["id"], held)


def parse(filter_):
    try:
        return models.Filter(**filter_)
    except ValueError:
        return None  # a difference must explain it


def may_depend_on_index(filter_):
    """Texts, nulls, except and ranges may mean another thing under an index (payload_index.h)."""
    for condition in conditions(filter_):
        if is_filter(condition):
            if may_depend_on_index(condition):
                return True
        elif "nested" in condition:
            if may_depend_on_index(condition["nested"]["filter"]):
                return True
        elif "range" in condition or "is_null" in condition:
            return True
        elif {"text", "phrase", "except"} & set(condition.get("match", {})):
            return True
    return False


def say(says, line, filter_, point=None):
    shown = {"points": [point] if point else line["points"], "indexes": line["indexes"], "filters": [filter_]}
    return f"{says} (VG_SEED={SEED})\n{json.dumps(shown, ensure_ascii=False)}"


def check(line, filter_, answers, counts):
    assert len(answers) == 6, say(f"refused: {answers}", line, filter_)
    by_eval, by_sql, indexed_eval, indexed_sql, each_sql, large_sql = answers
    assert by_eval == by_sql, say(f"evaluator {by_eval}, SQL {by_sql}", line, filter_)
    assert indexed_eval == indexed_sql, say(f"evaluator {indexed_eval}, SQL {indexed_sql}, indexed", line, filter_)
    assert indexed_sql == each_sql, say(f"listed {indexed_sql}, each {each_sql}", line, filter_)
    assert indexed_sql == large_sql, say(f"small {indexed_sql}, large {large_sql}", line, filter_)
    assert may_depend_on_index(filter_) or by_eval == indexed_eval, say("an index changes it", line, filter_)
    parsed = parse(filter_)
    for point, answer in zip(line["points"], by_eval):
        counts["points"] += 1
        counts["matches"] += answer == "1"
        name = difference(filter_, point["payload"])
        if name:
            counts[name] = counts.get(name, 0) + 1
            continue
        counts["compared"] += 1
        wanted = client_answer(parsed, point)
        assert (answer == "1") == wanted, say(f"we say {answer}, the client {wanted}", line, filter_, point)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_evaluator_sql_and_client_agree(chunk, run):
    make = Maker(random.Random(SEED + chunk))
    lines = [{"points": make.points(POINTS), "indexes": make.indexes(), "filters": [make.filter() for _ in range(FILTERS)]}
             for _ in range(CASES // CHUNKS // FILTERS)]
    counts = {"points": 0, "compared": 0, "matches": 0}
    for line, answers in zip(lines, run(lines), strict=True):
        for filter_, answer in zip(line["filters"], answers, strict=True):
            check(line, filter_, answer, counts)
    print(counts)
    # what is compared must be most of it, and neither all nor nothing match
    assert counts["compared"] > 0.5 * counts["points"]
    assert 0.1 < counts["matches"] / counts["points"] < 0.9


@pytest.mark.parametrize("known", DIFFERENCES, ids=lambda known: known.name.replace(" ", "_"))
def test_a_known_difference_is_one(known, run):
    point = {"id": "550e8400-e29b-41d4-a716-446655440000", "payload": known.payload, "vectors": []}
    line = {"points": [point], "indexes": [], "filters": [known.filter]}
    assert run([line])[0][0][:2] == [str(int(known.answer))] * 2, f"FACTS: {known.facts}"
    conditions_met = [known.filter, *conditions(known.filter)]
    assert any(known.meets(condition, known.payload) for condition in conditions_met)
    client = QdrantClient(":memory:")
    client.create_collection("c", vectors_config={})
    client.upsert("c", [models.PointStruct(id=point["id"], payload=known.payload, vector={})])
    try:
        theirs = client.count("c", count_filter=models.Filter(**known.filter)).count == 1
    except (TypeError, ValueError):
        return  # an error is no answer
    assert theirs != known.answer
