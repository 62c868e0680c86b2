"""Memory over many requests: RSS and PSS after every part of them. Searches, and every fifth part searches and
upserts, through a backend that needs no time; each part on connections of its own."""
import contextlib

from harness import carriers, load, stub
from harness.process import memory
from harness.report import figure
from harness.servers import Wrong

NAME = "endurance"
TITLE = "Memory over many requests"
DIMENSIONS = {"search-128d.lua": 128, "mixed-768d.lua": 768}
SCRIPTS = ("search-128d.lua",) * 4 + ("mixed-768d.lua",)
CONNECTIONS = 32
ROWS = 10
WARM = 0.1  # of the requests, and each script once; until then pools and buffers are filled for the first time
MIB = 2**20


def measure(bench, section):
    for carrier, env in carriers.chosen().items():
        one_carrier(bench, section, " ".join(filter(None, ["vecgate", carrier])), env)


def one_carrier(bench, section, name, env):
    with contextlib.ExitStack() as stack:
        backend, gate = start(bench, stack, env)
        points, failures = [(0, *now(gate))], 0
        for slice in range(10_000_000):
            if points[-1][0] >= bench.requests:
                break
            script = SCRIPTS[slice % len(SCRIPTS)]
            one = load.run(gate.url, bench.seconds, CONNECTIONS, script, [f"{stub.COLLECTION}-{DIMENSIONS[script]}"], [gate.pid])
            failures += one.failures
            if not one.answered:
                raise Wrong(f"{name}: no answers any more")
            points.append((points[-1][0] + one.answered, *now(gate)))
    tell(bench, section, name, points, failures)


def start(bench, stack, env):
    lines = []
    for dimensions in DIMENSIONS.values():
        with bench.vecgate() as real:
            lines.append(stub.learn(real, dimensions).replace(stub.COLLECTION, f"{stub.COLLECTION}-{dimensions}"))
    backend = stack.enter_context(stub.Stub(bench.fresh_folder(), "".join(lines)))
    return backend, stack.enter_context(bench.vecgate(carriers.settings(backend, env)))


def now(gate):
    return memory(gate.pid, ("Rss", "Pss", "Private_Dirty"))


def tell(bench, section, name, points, failures):
    last = points[-1][0]
    shown = [min(points, key=lambda each: abs(each[0] - last * i / ROWS)) for i in range(ROWS + 1)]
    section.table([f"{name}: requests", "RSS MiB", "PSS MiB", "private dirty MiB"],
                  [[figure(each[0]), *(f"{part / MIB:.2f}" for part in each[1:])] for each in dict.fromkeys(shown)])
    if failures:
        section.fault(f"{failures} failures in row {name}")
    warm = next(each for i, each in enumerate(points) if each[0] >= WARM * last and i >= min(len(SCRIPTS), len(points) - 1))
    section.goal(f"{name}: PSS that came after the first tenth", (points[-1][2] - warm[2]) / MIB, most=1, unit=" MiB")
    section.say(f"{figure(last)} requests of {figure(bench.requests)} that were asked for, on {CONNECTIONS} connections, new ones "
                f"every {bench.seconds} s; four parts searches of 128 dimensions, then one of nine searches and one upsert of "
                "ten points of 768 dimensions.")
