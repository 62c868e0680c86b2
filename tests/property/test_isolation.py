"""Two tenants of one gateway attack each other: random turns with hostile names at every route, by every backend and
isolation, compared with a model of each tenant; no word, name or id of one is in any answer to the other, and what
another has is answered as what nobody has.

VG_SEED=n repeats a run, VG_ATTACK_STEPS=n makes it longer. A failing run's requests are in attack.jsonl of its folder;
it ends where it failed."""
import contextlib
import json
import os
import pathlib
import random
import re
import sys

import pytest

import attack_calls
import attack_points  # noqa: F401
import attack_searches  # noqa: F401
from attack_erase import check_erased
from attack_places import hidden_names
from attack_run import ROUTES, Attack, Client, Mismatch
from attack_twins import check_twins
from attack_words import TENANTS

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/contract"), str(ROOT / "tests/support")]
from backends import BACKENDS, Servers  # noqa: E402
from gateway import Gateway  # noqa: E402

SEED = int(os.environ.get("VG_SEED", 0))
STEPS = int(os.environ.get("VG_ATTACK_STEPS", 1500))
# A step takes so many times that of the embedded engine.
COSTS = {"embedded": 1, "qdrant": 2}
COST = 5
ALONE = {"default": None}  # nobody needs a key
UNBUILT = re.compile(r"(snapshots|/shards|/cluster|/telemetry$|/locks$|/issues$)")


def templates():
    """Every route of docs/routes.md, and what is no route."""
    page = (ROOT / "docs/routes.md").read_text()
    return [f"{method} {path}" for method, path in re.findall(r"^\| ([A-Z]+) \| `(/[^`]*)` \|", page, re.M)] + ["GET *"]


for template in templates():
    if template not in ROUTES and UNBUILT.search(template):
        ROUTES[template] = attack_calls.refused


def test_every_route_is_attacked():
    page = set(templates())
    assert page - set(ROUTES) == set(), "add a turn to attack_calls.py, attack_points.py or attack_searches.py"
    assert set(ROUTES) - page == set(), "these are no routes any more"


@pytest.fixture(scope="session")
def servers():
    with Servers() as servers:
        yield servers


def keys_of(seed):
    """Two tenants whose names are nearly the same, with a key each."""
    chance = random.Random(seed)
    return {name: f"key-{chance.randrange(16**24):024x}" for name in chance.choice(TENANTS)}


def environment(keys):
    """In JSON, but as it stands what that would write as two escapes: YAML takes none of them."""
    rows = [{"name": f"key {number}", "key": key, "tenant": name, "rights": "manage"} for number, (name, key) in enumerate(keys.items())]
    pair = re.compile(r"\\ud[89ab]..\\ud[c-f]..")
    return {"VECGATE_CREDENTIALS_KEYS": pair.sub(lambda found: json.loads(f'"{found[0]}"'), json.dumps(rows))}


@contextlib.contextmanager
def attacked(folder, env, keys):
    """A gateway with these tenants before a backend, and an attack upon it."""
    with Gateway(folder, env | (environment(keys) if None not in keys.values() else {})) as gate:
        row = json.loads(Client(gate.address, next(iter(keys.values()))).call("GET", "/v1/backends").body)["backends"][0]
        attack = Attack(gate.address, list(keys.items()), SEED, row["capabilities"])
        try:
            yield gate, attack
        except Mismatch as why:
            pytest.fail(f"VG_SEED={SEED}: {why}\nall of it: {attack.write(folder)}", pytrace=False)


@pytest.fixture(params=BACKENDS)
def backend(request, servers, tmp_path_factory):
    """One that nobody has used."""
    folder = tmp_path_factory.mktemp(f"behind-{request.param}")
    with BACKENDS[request.param](folder, servers) as place:
        yield request.param, place()


@pytest.mark.xdist_group("isolation")
def test_tenants_see_nothing_of_each_other(backend, tmp_path):
    name, env = backend
    with attacked(tmp_path, env, keys_of(SEED)) as (gate, attack):
        attack.run(templates(), STEPS // COSTS.get(name, COST))
        check_twins(attack)
        check_erased(attack)
        hidden = hidden_names(env, gate, attack)
        for who, heard in attack.heard:
            for word in hidden:
                assert word.encode() not in heard, f"VG_SEED={SEED}: {word!r} was told to {attack.tenants[who].name!r}: {heard[:2000]}"


@pytest.mark.xdist_group("isolation")
def test_who_is_alone_is_served_as_well(backend, tmp_path):
    name, env = backend
    with attacked(tmp_path, env, ALONE) as (_, attack):
        attack.run(templates(), STEPS // COSTS.get(name, COST) // 3)
