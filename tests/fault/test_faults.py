"""Every call that changes a file fails, one after the other: the disk is full, it errs, it can only be read;
once, or from there on until it is over. What was acknowledged stays, an operation is done or not, reads go on,
the answer says what happened, and writing works again as soon as the disk does, without a restart."""
import errno
import re
import shutil
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import IN_CI
from recording import CREATE, EVERYTHING, GROW, MKDIR, SYNC, WRITE, Faults, Shimmed
from looking import create_shared, read_world, split
from operations import OPERATIONS
from workload import Api, Step, Writer, is_good, put

SECONDS = 100
RESTARTS = 25  # a restart every so many faults
MOST_CALLS = 60  # of one operation; more are tried at random
SAMPLES = 15
READERS = 8
LOOKS = 0.2  # how often all is read once more when it is over; the next fault's read comes anyway
PREPARATIONS = 50  # operations that may go before one that finds nothing to do
LONG = 480_000  # bytes of each of 40 points: more than 4096 pages

# error: the calls that can end so
ERRORS = {
    "full": (errno.ENOSPC, WRITE | GROW | CREATE | MKDIR | SYNC),
    "error": (errno.EIO, EVERYTHING),
    "read-only": (errno.EROFS, EVERYTHING),
}
# error: (native status, Qdrant's status, what the text says)
SAID = {
    "full": (507, 500, r"database or disk is full|\(No space left on device\)"),
    "error": (503, 503, r"\(Input/output error\)"),
    "read-only": (503, 503, r"\(Read-only file system\)"),
}
PREFIX = "Service internal error: "


def bulk(writer, size=40_000):
    """As much as makes the log be moved into the database."""
    mark = writer.next_mark()
    points = {}
    for i in writer.random.sample(range(60), 40):
        payload = {"mark": mark, "writer": writer.number, "ballast": "y" * size}
        points[writer.first_id + i] = (payload, {"": [float(mark), float(i)]})
    body = {"points": [{"id": i, "payload": p, "vector": v[""]} for i, (p, v) in points.items()]}
    return Step("PUT", "/collections/shared-b/points?wait=true", body, put(writer.state, "shared-b", points))


class Bench:
    """A gateway, one writer, and a disk that fails on demand."""

    def __init__(self, gate, faults, chance):
        self.gate, self.faults = gate, faults
        self.writer = Writer(0, chance, OPERATIONS)
        self.chance = chance
        self.tried = 0
        self.answers = {}
        self.api = Api(gate.address)
        create_shared(self.api)
        for _ in range(3):
            self.must_do("upsert")

    def must_do(self, name):
        status, answer = self.writer.do(self.api, OPERATIONS[name][1](self.writer), int)
        assert is_good(status), f"{name} after the fault was over: {status} {answer}"

    def step(self, name):
        """The operation, once what it needs is there."""
        if name == "bulk":
            return bulk(self.writer)
        for _ in range(PREPARATIONS):
            step = OPERATIONS[name][1](self.writer)
            if step:
                return step
            other = self.chance.choice(("create", "drop", "upsert", "create_index"))
            if OPERATIONS[other][1](self.writer):
                self.must_do(other)
        raise AssertionError(f"{name} finds nothing to do")

    def read(self):
        seen = split(read_world(self.api, [self.writer.own]), 1)[0]
        self.writer.judge(seen, 0)

    def restart(self, cleanly):
        """A commit whose sync failed lies in the log of its file, and is found by a restart unless something was
        written there since: fail_at() did so with points, this does so with the catalog."""
        status, answer = self.writer.do(self.api, self.step("change_aliases"), int)
        assert is_good(status), f"aliases after the fault was over: {status} {answer}"
        self.api.close()
        if cleanly:
            self.gate.stop()
        else:
            self.gate.kill()
        self.gate.start()
        self.api = Api(self.gate.address)

    def fail_at(self, name, error, nth, stays):
        """False: the operation has fewer calls than that."""
        number, kinds = ERRORS[error]
        step = self.step(name)
        self.faults.arm(nth, number, kinds, stays)
        status, answer = self.writer.do(self.api, step, int)
        failed, said = self.faults.failed, self.faults.said
        where = f"{name}, {error} at call {nth} ({said})"
        if failed:
            self.tried += 1
            self.check_answer(step, error, status, answer, where)
            self.read()
            if stays:
                self.keep_failing(error, where)
        self.faults.clear()
        self.must_do("upsert")
        if self.chance.random() < LOOKS:
            self.read()
        return failed > 0

    def keep_failing(self, error, where):
        """While it lasts, every write is refused in the same words, and reads go on."""
        name = self.chance.choice(("upsert", "native_upsert"))
        step = OPERATIONS[name][1](self.writer)
        status, answer = self.writer.do(self.api, step, int)
        assert not is_good(status), f"{where}: then {name} was acknowledged: {answer}"
        self.check_answer(step, error, status, answer, f"{where}, then {name}")
        self.read()

    def check_answer(self, step, error, status, answer, where):
        if is_good(status):
            return  # it was repeated, or the call did not matter
        native, qdrant, words = SAID[error]
        is_native = step.path.startswith("/v1/")
        said = answer["detail"] if is_native else answer["status"]["error"]
        key = (error, "native" if is_native else "qdrant", status, said)
        self.answers[key] = self.answers.get(key, 0) + 1
        assert status == (native if is_native else qdrant), f"{where}: {status} {said}"
        assert is_native or said.startswith(PREFIX), f"{where}: {said}"
        assert re.search(words, said), f"{where}: {said}"


def calls_of(bench, name, error):
    """How many calls the operation has that this error can meet."""
    step = bench.step(name)
    bench.faults.count(ERRORS[error][1])
    bench.writer.do(bench.api, step, int)
    calls = bench.faults.calls
    bench.faults.clear()
    return calls


def places(bench, name, error):
    calls = calls_of(bench, name, error) + 2  # a moment later there may be more
    most = MOST_CALLS if IN_CI else MOST_CALLS // 10
    everyone = range(1, calls + 1)
    return everyone if calls <= most else sorted(bench.chance.sample(everyone, min(SAMPLES, most)))


@pytest.mark.parametrize("stays", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("error", ERRORS)
def test_at_every_call_of_every_operation(tmp_path, tools, chance, error, stays):
    faults = Faults(tmp_path / "control")
    end = time.monotonic() + SECONDS
    gate = Shimmed(tmp_path, tools, control=faults)
    with gate:
        bench = Bench(gate, faults, chance)
        for name in [*OPERATIONS, "bulk"]:
            for nth in places(bench, name, error):
                bench.fail_at(name, error, nth, stays)
                if bench.tried % RESTARTS == 0:
                    bench.restart(bench.chance.random() < 0.5)
                    bench.read()
                assert time.monotonic() < end, f"{bench.tried} faults in {SECONDS} s"
        bench.restart(False)
        bench.read()
    print(f"{bench.tried} faults")
    for key, count in sorted(bench.answers.items(), key=str):
        print(count, *key)
    assert bench.tried


def make_template(folder, tools, chance, before):
    """A gateway's folder as it was left, and the writer who knows what is in it."""
    gate = Shimmed(folder, tools)
    writer = Writer(0, chance, OPERATIONS)
    if before == "nothing":
        return writer
    gate.start()
    api = Api(gate.address)
    create_shared(api)
    for name in ("upsert", "create", "upsert", "delete", "upsert"):
        writer.do(api, OPERATIONS[name][1](writer), int)
    api.close()
    if before == "a kill":
        gate.kill()
    gate.stop()
    return writer


def look(gate, writer, before):
    api = Api(gate.address)
    world = read_world(api, [])
    api.close()
    if before == "nothing":
        assert not world
    else:
        writer.judge(split(world, 1)[0], 0)


@pytest.mark.parametrize("error", ERRORS)
def test_reading_can_begin_while_nothing_can_be_written(tmp_path, tools, chance, error):
    """Connections for reading that are made only then, by many who read at once."""
    faults = Faults(tmp_path / "control")
    number, kinds = ERRORS[error]
    with Shimmed(tmp_path, tools, control=faults) as gate:
        bench = Bench(gate, faults, chance)
        bench.restart(False)
        faults.arm(1, number, kinds, True)
        with ThreadPoolExecutor(READERS) as pool:
            worlds = list(pool.map(lambda _: read_alone(gate), range(READERS)))
        for world in worlds:
            bench.writer.judge(split(world, 1)[0], 0)
        bench.keep_failing(error, error)
        faults.clear()
        bench.must_do("upsert")


def test_the_index_of_a_long_log_finds_no_room(tmp_path, tools, chance):
    """SQLite's -shm, which grows with every 4096 pages of the log."""
    faults = Faults(tmp_path / "control")
    with Shimmed(tmp_path, tools, control=faults, wal="64MiB") as gate:
        bench = Bench(gate, faults, chance)
        faults.arm(1, errno.ENOSPC, WRITE | GROW, True, only="points.db-shm")
        step = bulk(bench.writer, LONG)
        status, answer = bench.writer.do(bench.api, step, int)
        assert faults.failed and not is_good(status)
        bench.check_answer(step, "full", status, answer, faults.said)
        bench.read()
        faults.clear()
        bench.must_do("upsert")
        bench.restart(False)
        bench.read()


def read_alone(gate):
    api = Api(gate.address)
    try:
        return read_world(api, [])
    finally:
        api.close()


@pytest.mark.parametrize("before", ["nothing", "a clean end", "a kill"])
@pytest.mark.parametrize("error", ERRORS)
def test_at_every_call_of_starting(tmp_path, tools, chance, error, before):
    """It starts, or ends and says why; nothing is lost; the next start is good."""
    number, kinds = ERRORS[error]
    writer = make_template(tmp_path / "template", tools, chance, before)
    faults = Faults(tmp_path / "control")
    nth, tried, answers = 0, 0, {}
    while nth == 0 or faults_met:
        nth += 1 if IN_CI else chance.randint(1, 20)
        shutil.copytree(tmp_path / "template", tmp_path / str(nth))
        gate = Shimmed(tmp_path / str(nth), tools, control=faults)
        faults.arm(nth, number, kinds, True)
        said = gate.start_or_say()
        faults_met, call = faults.failed, faults.said
        gate.kill()
        faults.clear()
        if said is not None:
            assert said.startswith("vecgate serve: "), f"{error} at call {nth} ({call}): {said}"
            answers[said] = answers.get(said, 0) + 1
        gate.start()
        look(gate, writer, before)
        gate.kill()
        tried += 1
    print(f"{tried} starts")
    for said, count in answers.items():
        print(count, said.replace(str(tmp_path), "…"))
