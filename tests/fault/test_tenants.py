"""Tenants' stores: the power is cut, calls fail, the process is killed, while stores are made, written, closed to
make room, and dropped. What was answered is there, a write is whole or absent, a tenant that was dropped stays so,
and nothing of one is ever found with another. Without a server (tenants.c), so that a test says what is done."""
import errno
import json
import os
import random
import shutil
import subprocess
import time
from dataclasses import dataclass, field

import pytest
from conftest import cases
from disk import Disk, Keep, Nothing, must_be_complete, read_journal
from recording import EVERYTHING, Faults, Verifier

TENANTS = ("acme", "Acme", "..", "a/b", "LOCK")  # more than are open at once
BATCH = 20
FIRSTS = (0, 20, 40)
STEPS = 120
CUTS = 400
SECONDS = 120
READY_SECONDS = 30


class Wrong(AssertionError):
    pass


class Driver:
    """fault_tenants on a directory, under the shim."""

    def __init__(self, folder, tools, control=None):
        self.data, self.journal = folder / "data", folder / "journal"
        self.data.mkdir(parents=True)
        self.program = tools / "fault_tenants"
        self.env = os.environ | {"LD_PRELOAD": str(tools / "fault_shim.so"), "VG_SHIM_DIR": str(self.data.resolve()),
                                 "VG_SHIM_JOURNAL": str(self.journal), "LC_ALL": "C.UTF-8"}
        if control:
            self.env["VG_SHIM_CONTROL"] = str(control.path)
        self.process = None

    def start(self):
        self.process = subprocess.Popen([self.program, self.data], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, env=self.env)
        return self.answer()

    def answer(self):
        """None: it has died."""
        return self.process.stdout.readline().decode().strip() or None

    def ask(self, line):
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        return self.answer()

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        code = self.process.wait(READY_SECONDS)
        self.process.stdout.close()
        return code

    def now(self):
        return self.journal.stat().st_size


@dataclass
class Step:
    begun: int
    ended: int | None  # None: no answer came
    state: dict | None  # the collection's points afterwards; None: there is no collection


@dataclass
class Tenant:
    name: str
    steps: list = field(default_factory=list)

    @property
    def state(self):
        return self.steps[-1].state if self.steps else None

    def may_be(self, cut):
        """Its states if the power goes at `cut`: what was answered, and what was being done."""
        states = [None]
        for step in self.steps:
            if step.begun > cut:
                break
            if step.ended is not None and step.ended <= cut:
                states = []
            states.append(step.state)
        return states


def next_line(tenant, chance, mark):
    """What to do with a tenant, and its points then."""
    if tenant.state is None:
        return f"make {tenant.name}", {}
    if chance.random() < 0.12:
        return f"drop {tenant.name}", None
    first = chance.choice(FIRSTS)
    return f"put {tenant.name} {first} {mark}", tenant.state | {first + i: mark for i in range(BATCH)}


def seen(verifier, folder, tenant):
    line = verifier.ask(folder, tenant)
    if line is None:
        raise Wrong("the verifier died")
    said = json.loads(line)
    if not said["opens"]:
        raise Wrong(f"{tenant}: {said['why']}")
    found = said.get("collections", {}).get("c")
    return None if found is None else {p["id"]: p["payload"]["n"] for p in found["points"]}


def resume(tenant, verifier, driver):
    """After a kill: what was under way is done or not, which is known from here on; a power loss may still take it, as
    nobody was told, until the store is written to again."""
    state = seen(verifier, driver.data, tenant.name)
    if state not in tenant.may_be(driver.now()):
        raise Wrong(f"{tenant.name} has {state} after a kill")
    tenant.steps.append(Step(driver.now(), None, state))


def work(driver, tenants, chance, marks, steps):
    for _ in range(steps):
        tenant = chance.choice(tenants)
        line, state = next_line(tenant, chance, next(marks))
        step = Step(driver.now(), None, state)
        tenant.steps.append(step)
        said = driver.ask(line)
        if said is None:
            return
        assert said == "ok", f"{line}: {said}"
        step.ended = driver.now()


def record(folder, tools, chance):
    """(records, tenants): somebody works, is killed at a call, starts again, works and ends."""
    folder.mkdir()
    control = Faults(folder / "control")
    driver, verifier = Driver(folder, tools, control), Verifier(tools)
    tenants, marks = [Tenant(name) for name in TENANTS], iter(range(1, 1 << 30))
    assert driver.start() == "ok"
    work(driver, tenants, chance, marks, STEPS // 2)
    control.arm(chance.randint(1, 60), 0)
    work(driver, tenants, chance, marks, STEPS)
    assert driver.end() != 0, "it was not killed"
    control.clear()
    assert driver.start() == "ok"  # under the shim: what the verifier did would not be in the journal
    assert driver.end() == 0
    copied = folder / "copied"
    shutil.copytree(driver.data, copied)
    driver_data, driver.data = driver.data, copied
    for tenant in tenants:
        resume(tenant, verifier, driver)
    driver.data = driver_data
    assert driver.start() == "ok"
    work(driver, tenants, chance, marks, STEPS // 2)
    assert driver.end() == 0
    verifier.close()
    records = read_journal(driver.journal)
    must_be_complete(records, driver.data, folder / "replayed")
    return records, tenants


def judge(verifier, folder, tenants, cut):
    for tenant in tenants:
        state = seen(verifier, folder, tenant.name)
        if state not in tenant.may_be(cut):
            raise Wrong(f"{tenant.name} has {state}, not one of {tenant.may_be(cut)}")
    left = [p.name for p in folder.glob("tenants/.dropped-*")]
    if left:
        raise Wrong(f"{left} is left of what was dropped")


def test_what_was_answered_survives_power_losses(tmp_path, tools, chance):
    end = time.monotonic() + SECONDS
    records, tenants = record(tmp_path / "recording", tools, chance)
    verifier, disk = Verifier(tools), Disk(records)
    failures, ways, done = [], {}, 0
    for cut in sorted(chance.choices([r.end for r in records], k=cases(CUTS))):
        if time.monotonic() > end:
            break
        disk.play(cut)
        keep = Keep(random.Random(f"{chance.random()} {done}"))
        folder = tmp_path / f"case-{done}"
        disk.write(folder, keep)
        try:
            judge(verifier, folder, tenants, cut)
        except Wrong as wrong:
            failures.append(f"case {done} at {cut} ({keep.way}): {wrong}")
        done += 1
        ways[keep.way] = ways.get(keep.way, 0) + 1
        shutil.rmtree(folder)
    verifier.close()
    print(f"{done} cuts through {len(records)} records, {sum(len(t.steps) for t in tenants)} steps: {ways}")
    assert not failures, f"{len(failures)} of {done}:\n" + "\n".join(failures[:5])
    assert done == cases(CUTS), f"{done} of {cases(CUTS)} in {SECONDS} s"


# Each is done to "a" when there are "a" and "b", and there is room for two.
DEEDS = {
    "make": (("make c",), {"c": ({}, None)}),
    "put": (("put a 0 7",), {"a": ({i: 7 for i in range(BATCH)}, {i: 1 for i in range(BATCH)})}),
    "drop": (("drop a",), {"a": (None, {i: 1 for i in range(BATCH)})}),
}


READY = ("put a 0 1", "put b 0 2")  # in this order: "a" is the one that makes room


def prepare(folder, tools):
    """A directory with "a" and "b", made once and copied for each call."""
    driver = Driver(folder, tools)
    for line in (None, "make a", "make b") + READY:
        assert (driver.ask(line) if line else driver.start()) == "ok"
    assert driver.end() == 0
    return driver.data


def start_on(prepared, folder, tools, control):
    driver = Driver(folder, tools, control)
    shutil.copytree(prepared, driver.data, dirs_exist_ok=True)
    driver.disk = Disk([], driver.data)
    assert driver.start() == "ok"
    for line in READY:
        assert driver.ask(line) == "ok"
    return driver


def expect(verifier, data, wanted):
    """`wanted`: for each tenant the states that it may be in."""
    for tenant, states in (wanted | {"b": ({i: 2 for i in range(BATCH)},)}).items():
        state = seen(verifier, data, tenant)
        assert state in states, f"{tenant} has {state}"
    assert not list(data.glob("tenants/.dropped-*"))


def lose_power(driver, folder):
    """What is on the disk for certain."""
    driver.disk.records = read_journal(driver.journal)
    driver.disk.play(driver.now())
    driver.disk.write(folder, Nothing())
    return folder


@pytest.mark.parametrize("deed", DEEDS)
def test_killed_at_every_call(tmp_path, tools, deed):
    """It is done or not, whole; the other one is as it was; and it can be done again, for good."""
    lines, after = DEEDS[deed]
    verifier, nth, killed = Verifier(tools), 0, True
    prepared = prepare(tmp_path / "prepared", tools)
    while killed:
        nth += 1
        control = Faults(tmp_path / f"control-{nth}")
        driver = start_on(prepared, tmp_path / str(nth), tools, control)
        control.arm(nth, 0, EVERYTHING)
        said = [driver.ask(line) for line in lines]
        killed = control.failed
        control.clear()
        assert killed or said == ["ok"]
        driver.end()
        copied = shutil.copytree(driver.data, tmp_path / f"{nth}-killed")  # what opens it may mend it, unrecorded
        expect(verifier, copied, after if killed else {t: states[:1] for t, states in after.items()})
        assert driver.start() == "ok"
        is_made = deed == "make" and seen_after_kill(verifier, tmp_path, driver, "c") is not None
        said = [driver.ask(line) for line in lines]
        assert ("already exists" in said[0]) if is_made else said == ["ok"], f"call {nth}: {said}"
        assert driver.end() == 0
        expect(verifier, lose_power(driver, tmp_path / f"{nth}-lost"), {t: states[:1] for t, states in after.items()})
        shutil.rmtree(tmp_path / str(nth))
    verifier.close()
    print(f"{deed}: killed at each of {nth - 1} calls")
    assert nth > 5


def seen_after_kill(verifier, folder, driver, tenant):
    """Of a copy: the driver has the directory."""
    copied = folder / "copied"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(driver.data, copied)
    return seen(verifier, copied, tenant)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO], ids=["ENOSPC", "EIO"])
@pytest.mark.parametrize("deed", DEEDS)
def test_every_call_fails_once(tmp_path, tools, deed, error):
    """The answer says so, or the call did not matter; it can be done again at once; the other one goes on."""
    lines, after = DEEDS[deed]
    verifier, nth, failed, told = Verifier(tools), 0, True, 0
    prepared = prepare(tmp_path / "prepared", tools)
    while failed:
        nth += 1
        control = Faults(tmp_path / f"control-{nth}")
        driver = start_on(prepared, tmp_path / str(nth), tools, control)
        control.arm(nth, error, EVERYTHING)
        said = [driver.ask(line) for line in lines]
        failed = control.failed
        control.clear()
        assert failed or said == ["ok"]
        told += said != ["ok"]
        assert driver.ask("put b 0 2") == "ok"
        if said != ["ok"]:
            said = [driver.ask(line) for line in lines]
            assert said == ["ok"] or "already exists" in said[0], f"call {nth}: {said}"
        assert driver.end() == 0
        expect(verifier, driver.data, {t: states[:1] for t, states in after.items()})
        shutil.rmtree(tmp_path / str(nth))
    verifier.close()
    print(f"{deed}: each of {nth - 1} calls failed once, {told} of them were told")
    assert nth > 5 and told > 1
