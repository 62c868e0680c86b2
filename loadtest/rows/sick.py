"""Searches at a fixed rate while the backend is slow, hangs, is dead, and is back."""
import contextlib
import statistics

from harness import sick, timeline
from harness.database import Database
from harness.fastapi import FastApi
from harness.process import HERE
from harness.report import figure
from harness.servers import Vecgate
from harness.words import COLLECTION

NAME = "sick"
TITLE = "A backend that is slow, then dead, then back"
POINTS, RATE = 2000, 40  # a second
CONNECTIONS = 16  # to PostgreSQL, kept open
DEADLINE = 2  # seconds; of a request
PATH = f"/collections/{COLLECTION}/points/query?timeout={DEADLINE}"
SLOW, HANGS = 0.3, 10
PHASES = (("well", 4, "pass"), ("slow", 6, f"slow {SLOW}"), ("hangs", 6, f"slow {HANGS}"), ("dead", 8, "dead"),
          ("back", 14, "pass"))
PICTURE = HERE / "sick.svg"


def measure(bench, section):
    words, seen = bench.words(POINTS), {}
    bodies = [body.replace(',"params":{"exact":true}', "") for body in words.bodies]
    phases = [(max(1, seconds // 3) if bench.quick else seconds, how) for _, seconds, how in PHASES]
    with contextlib.closing(Database()) as database:
        database.start()
        with sick.SickProxy(f"127.0.0.1:{database.port}") as proxy:
            behind = database.url().replace(f":{database.port}/", f":{proxy.address.split(':')[1]}/")
            env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": behind,
                   "VECGATE_VECTOR_PGVECTOR_MIN_CONNECTIONS": str(CONNECTIONS)}
            seen["vecgate before PostgreSQL"] = through_vecgate(bench, words, bodies, phases, env, proxy)
            if FastApi.is_there():
                table = database.psql("SELECT format('%I.%I', schemaname, relname) FROM pg_stat_user_tables "
                                      "WHERE relname LIKE 'c\\_%'").strip()
                program = FastApi(bench.fresh_folder(), behind, table, deadline=DEADLINE, connections=CONNECTIONS)
                with program:
                    seen["FastAPI before PostgreSQL"] = drive(program, bodies, phases, proxy)
            else:
                section.say("FastAPI is not installed (loadtest/peers/setup.sh): that peer was not measured.")
    with bench.vecgate() as backend, sick.SickProxy(backend.address) as proxy:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": f"http://{proxy.address}"}
        seen["vecgate before Qdrant's API"] = through_vecgate(bench, words, bodies, phases, env, proxy)
    report(section, seen, phases)
    if not bench.quick:
        PICTURE.write_text(timeline.draw(seen, [(name, seconds) for (name, _, _), (seconds, _) in zip(PHASES, phases)],
                                         RATE))


def through_vecgate(bench, words, bodies, phases, env, proxy):
    proxy.be("pass")
    with Vecgate(bench.fresh_folder(), env) as gate:
        words.store(gate.address)
        return drive(gate, bodies, phases, proxy)


def drive(server, bodies, phases, proxy):
    return sick.run(server.address, PATH, bodies, RATE, phases, proxy)


def within(asked, begin, end):
    return [one for one in asked if begin <= one.at < end]


def report(section, seen, phases):
    rows = []
    for who, run in seen.items():
        begin = 0
        for (phase, _, _), (seconds, _) in zip(PHASES, phases):
            part = within(run.asked, begin, begin + seconds)
            rows.append([who, phase, seconds, *counts(part), *latencies(part)])
            begin += seconds
    section.table(["who", "phase", "s", "asked", "good", "503", "408, 504", "other", "median ms", "worst ms"], rows)
    back = sum(seconds for seconds, _ in phases[:-1])
    dead = back - phases[-2][0]
    rows = []
    for who, run in seen.items():
        whole = whole_again(run.asked, back)
        worst = max(one.took for one in within(run.asked, dead, back))
        rows.append([who, "not again" if whole is None else figure(whole), figure(1e3 * worst), opened(run.breaker),
                     said(run.breaker)])
    head = ["who", "s from back to all answers good", "worst ms while dead", "breaker opened", "its states"]
    section.table(head, rows)
    for who, run in seen.items():
        section.faults += faults(who, run, phases[0][0])
    section.say(
        f"{RATE} searches a second in {POINTS} points, each on a connection of its own, sent when they are due whatever "
        f"became of those before; `timeout={DEADLINE}`, {CONNECTIONS} connections to PostgreSQL kept open, all else as "
        f"it is by default. *Slow*: the backend's answers come {SLOW} s later; *hangs*: {HANGS} s later; *dead*: "
        "connections are reset, new ones refused. A row has the searches that were sent in the phase; no answer within "
        f"{sick.PATIENCE} s is *other*. FastAPI gives a request up at the same deadline. The breaker is looked at every "
        f"{1000 * sick.LOOK_SECONDS:.0f} ms; shorter states are missed, *opened* is the gateway's own count. The course "
        "of it, by the second in which searches were sent: [sick.svg](sick.svg)."
    )


def counts(part):
    good, refused = sum(one.is_good for one in part), sum(one.status == 503 for one in part)
    late = sum(one.status in (408, 504) for one in part)
    return [len(part), good, refused, late, len(part) - good - refused - late]


def latencies(part):
    taken = [1e3 * one.took for one in part] or [0]
    return [figure(statistics.median(taken)), figure(max(taken))]


def whole_again(asked, back):
    """Seconds from `back` to the first search from which on all were good; None: there is none."""
    bad = [one.at for one in asked if one.at >= back and not one.is_good]
    after = [one.at for one in asked if one.at >= back and (not bad or one.at > max(bad))]
    return after[0] - back if after else None


def opened(breaker):
    return breaker[-1][2] if breaker else "none"


def said(breaker):
    return ", ".join(f"{state} {at:.1f}" for at, state, _ in breaker)


def faults(who, run, well):
    """Before it was ill, all must have been well, or nothing is shown."""
    bad = [one for one in within(run.asked, 0, well) if not one.is_good]
    return [f"{len(bad)} searches of {who} failed before anything was ill"] if bad else []
