"""vecgate under a service manager: what it is told and when, and the unit that Debian's systemd is given."""
import configparser
import contextlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from certs import Authority
from gateway import ROOT, Gateway, binary
from group import SECONDS, Group, eventually
from manager import Manager
from secured import HERE, trusting

UNIT = ROOT / "conf/systemd/vecgate.service"
EXPOSURE_MOST = 15  # tenths: where systemd-analyze says OK, and what listens can hardly be less
WATCHDOG_SECONDS = 1


@pytest.fixture(params=["a path", "an abstract name"])
def manager(request, tmp_path):
    name = tmp_path / "notify" if request.param == "a path" else f"@vecgate-test-{os.getpid()}-{time.monotonic_ns()}"
    with Manager(name) as manager:
        yield manager


@pytest.fixture
def three(tmp_path, embedded, manager):
    """Three workers under a manager that wants signs of life."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    gate = Group(tmp_path / "gate", env | manager.env | {"WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000)}, 3)
    with gate:
        yield gate


def log_level(gate, file, level):
    file.write_text(f"log:\n  level: {level}\n")
    gate.process.send_signal(signal.SIGHUP)


def is_reloading(message):
    return message["RELOADING"] == "1" and 0 < int(message["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000


@pytest.mark.parametrize("workers", [1, 3])
def test_start_reload_and_stop_are_told(workers, manager, tmp_path, embedded):
    file = tmp_path / "vecgate.yaml"
    file.write_text("")
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url, "VECGATE_WORKERS": str(workers)}
    gate = Gateway(tmp_path / "gate", env | manager.env, ["--config", str(file)])
    with gate:
        assert manager.next()["READY"] == "1"
        for level in ["debug", "not a level", "info"]:  # what is wrong changes nothing, and ends the reload too
            log_level(gate, file, level)
            assert is_reloading(manager.next())
            assert manager.next()["READY"] == "1"
        assert manager.silent()
    assert manager.next()["STOPPING"] == "1"
    assert manager.silent()


def port_of(gate):
    return int(re.search(r"serves http://127\.0\.0\.1:(\d+)", gate.log())[1])


@pytest.mark.parametrize("workers", [1, 3])
def test_ready_means_that_all_listen(workers, manager, tmp_path, embedded):
    """Asked once, at once. That it waits for each of them unit/cli/test_pulse shows."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    gate = Group(tmp_path, env | manager.env, workers)
    gate.data.mkdir(parents=True)
    gate.port = 0
    gate._spawn()
    try:
        assert manager.next()["READY"] == "1"
        gate.port = port_of(gate)
        assert gate.metric("workers") == workers
        gate.stop()
    finally:
        gate.kill()


def test_a_start_that_fails_is_never_ready(manager, tmp_path):
    said = subprocess.run(
        [binary(), "serve", "--data", "/dev/null/no", "--listen", "127.0.0.1:0"],
        env=os.environ | manager.env, capture_output=True, text=True, timeout=SECONDS,
    )
    assert said.returncode == 1
    assert manager.silent()


def test_signs_of_life_stop_when_one_worker_hangs(three, manager):
    assert manager.next()["READY"] == "1"
    for _ in range(3):
        assert manager.next(quiet=()) == {"WATCHDOG": "1"}
    hung = three.workers()[1]
    os.kill(hung, signal.SIGSTOP)
    try:
        end_of_life(manager)
    finally:
        os.kill(hung, signal.SIGCONT)
    assert manager.next(quiet=()) == {"WATCHDOG": "1"}


def end_of_life(manager):
    """No sign for longer than the manager would wait, after those that were on their way."""
    def is_over():
        manager.socket.settimeout(2 * WATCHDOG_SECONDS)
        try:
            manager.socket.recv(4096)
        except TimeoutError:
            return True
        return False
    eventually(is_over, "signs of life end")
    manager.socket.settimeout(None)


def test_a_worker_that_is_replaced_is_told_nothing_of(three, manager):
    assert manager.next()["READY"] == "1"
    three.kill_worker(three.workers()[1])
    for _ in range(3):
        assert manager.next(quiet=()) == {"WATCHDOG": "1"}
    three.process.send_signal(signal.SIGHUP)  # and it takes part in the next reload
    assert is_reloading(manager.next())
    assert manager.next()["READY"] == "1"


@pytest.mark.parametrize("env", [
    {"NOTIFY_SOCKET": "relative"},
    {"NOTIFY_SOCKET": "vsock:2:1234"},
    {"NOTIFY_SOCKET": "/" + "x" * 200},
    {"NOTIFY_SOCKET": "/nobody/listens"},
])  # fmt: skip
def test_a_manager_that_cannot_be_told_is_no_reason_not_to_serve(env, tmp_path):
    with Gateway(tmp_path, env) as gate:
        gate.line("the service manager", "told")


def test_anothers_watchdog_is_not_ours(manager, tmp_path):
    with Gateway(tmp_path, manager.env | {"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}):
        assert manager.next(quiet=())["READY"] == "1"
    assert [next(iter(message)) for message in manager.heard] == ["READY"]
    assert manager.next(quiet=())["STOPPING"] == "1", "and no sign of life between"


# ---- the unit ----

LOGROTATE = ROOT / "conf/logrotate/vecgate"
SANDBOX = [sys.executable, "-B", str(ROOT / "tests/support/sandbox.py"), str(UNIT)]


def unit(tmp_path):
    """With the binary that is tested where an installed one would be."""
    copy = tmp_path / "vecgate.service"
    copy.write_text(UNIT.read_text().replace("/usr/local/bin/vecgate", str(binary().resolve())))
    return copy


def value(name):
    found = re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.M)
    assert len(found) == 1, name
    return found[0]


def seconds(text):
    number, word = re.fullmatch(r"(\d+)(ms|s|min|m|h)", text).groups()
    return int(number) * {"ms": 0.001, "s": 1, "min": 60, "m": 60, "h": 3600}[word]


def default(option):
    row = re.search(rf"^\| `{option}` \| [^|]+ \| `([^`]+)` \|", (ROOT / "docs/options.md").read_text(), re.M)
    return seconds(row[1])


def analyze(*arguments):
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=SECONDS)
    return done.returncode, done.stdout + done.stderr


def test_systemd_takes_the_unit(tmp_path):
    assert analyze("verify", "--man=no", str(unit(tmp_path))) == (0, "")


def test_the_unit_exposes_little(tmp_path):
    status, said = analyze("security", "--offline=true", "--no-pager", f"--threshold={EXPOSURE_MOST}", str(unit(tmp_path)))
    assert status == 0, said


def test_the_unit_waits_for_the_drain():
    assert seconds(value("TimeoutStopSec")) > default("drain") + default("deadline")
    assert seconds(value("WatchdogSec")) > default("deadline")
    assert value("Type") == "notify" and value("NotifyAccess") == "main"


def test_its_head_installs_it(tmp_path):
    """The commands for files, below another root. Of systemctl what needs no running systemd: is it enabled then?"""
    commands = re.findall(r"^#   (.+)$", UNIT.read_text(), re.M)
    for place in ("usr/local/bin", "etc/systemd/system"):
        (tmp_path / place).mkdir(parents=True)
    for command in commands[:3]:
        words = [f"{tmp_path}{word}" if word.startswith("/") else word for word in shlex.split(command)]
        words = [str(binary()) if word == "build/vecgate" else word for word in words]
        subprocess.run(words, cwd=ROOT, check=True, timeout=SECONDS)
    assert commands[3:] == ["systemctl daemon-reload && systemctl enable --now vecgate"]
    subprocess.run(["systemctl", f"--root={tmp_path}", "enable", "vecgate"], check=True, capture_output=True, timeout=SECONDS)
    assert (tmp_path / "etc/systemd/system/multi-user.target.wants/vecgate.service").is_symlink()


def test_the_unit_may_write_the_log_that_is_rotated():
    [folder] = re.findall(r"^(/var/log/\S+)/\*\.log \{$", LOGROTATE.read_text(), re.M)
    assert folder == f"/var/log/{value('LogsDirectory')}"
    assert value("LogsDirectoryMode") == "0700", "a group that may write there would keep logrotate from rotating"
    assert "vecgate.service" in LOGROTATE.read_text()


# A program in the unit's sandbox that tries what its filters are against
TRIES = '''
import mmap, os, socket
def refused(call):
    try:
        call()
    except OSError as error:
        return error.errno == 1
assert refused(lambda: os.setpriority(os.PRIO_PROCESS, 0, 5)), "@resources"
assert refused(lambda: os.chroot("/")), "@privileged"
assert refused(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)), "MemoryDenyWriteExecute"
assert refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)), "RestrictAddressFamilies"
socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM)
'''


def test_the_units_filters_refuse_what_they_should():
    said = subprocess.run([*SANDBOX, sys.executable, "-c", TRIES], capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0, said.stderr


@pytest.fixture
def confined(tmp_path, monkeypatch):
    """vecgate is a program that runs under the unit's filters."""
    program = tmp_path / "confined"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(SANDBOX)} {shlex.quote(str(binary().resolve()))} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("VECGATE", str(program))
    monkeypatch.setenv("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0")  # which stops threads by ptrace


def walk(gate, name):
    """Making, writing, indexing, searching, dropping."""
    def ask(method, path, body=None):
        with contextlib.closing(gate.connect()) as host:
            host.request(method, f"/collections/{name}{path}", json.dumps(body) if body else None)
            answer = host.getresponse()
            said = answer.read().decode()
            assert answer.status == 200, said
            return json.loads(said)["result"]
    ask("PUT", "", {"vectors": {"size": 4, "distance": "Dot"}})
    ask("PUT", "/points?wait=true", {"points": [{"id": i, "vector": [i, 1, 0, 0], "payload": {"n": i}} for i in range(50)]})
    ask("PUT", "/index?wait=true", {"field_name": "n", "field_schema": "integer"})
    found = ask("POST", "/points/query", {"query": [1, 0, 0, 0], "limit": 3, "filter": {"must": [{"key": "n", "range": {"lt": 40}}]}})
    assert [point["id"] for point in found["points"]] == [39, 38, 37]
    ask("DELETE", "")


def test_it_serves_under_the_units_filters(confined, tmp_path):
    """A store of its own, by TLS; workers before it, one of which is replaced, with a log to open again and a reload."""
    authority = Authority(tmp_path / "ca")
    log, file = tmp_path / "gate.log", tmp_path / "vecgate.yaml"
    file.write_text("")
    secure = authority.issue("here", *HERE).options()
    with Gateway(tmp_path / "store", secure, tls=trusting(authority)) as store:
        assert re.search(r"^Seccomp:\t2$", open(f"/proc/{store.process.pid}/status").read(), re.M)
        walk(store, "confined")
        env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": f"https://localhost:{store.port}", "VECGATE_LOG_FILE": str(log)}
        env["VECGATE_VECTOR_QDRANT_CA_FILE"] = str(authority.cert)
        gate = Group(tmp_path / "gate", env, 2, ["--config", str(file)])
        with gate:
            walk(gate, "confined")
            gate.kill_worker(gate.workers()[1])
            log.rename(tmp_path / "renamed.log")
            gate.process.send_signal(signal.SIGUSR1)
            walk(gate, "confined-again")
            eventually(log.exists, "a log that was renamed is made again, with the next line")
            log_level(gate, file, "debug")
            eventually(lambda: "an option changed" in log.read_text(), "the reload is told")


def test_what_the_unit_runs_is_run(tmp_path):
    """Its commands, with its paths below another root."""
    text = UNIT.read_text()
    place = {"/etc/vecgate": tmp_path / "etc", "/var/lib/vecgate": tmp_path / "state", "/usr/local/bin/vecgate": binary()}
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/vecgate.yaml").write_bytes((ROOT / "conf/vecgate.yaml").read_bytes())
    commands = {}
    for name in ["ExecStartPre", "ExecStart"]:
        words = value(name).split()
        commands[name] = [str(next((b / w[len(a):].lstrip("/") if w != a else b for a, b in place.items() if w.startswith(a)), w)) for w in words]
    assert configparser.RawConfigParser(strict=False, allow_no_value=True).read_string(re.sub(r"^SystemCallFilter=~.*$", "", text, flags=re.M)) is None
    assert subprocess.run(commands["ExecStartPre"], capture_output=True, timeout=SECONDS).returncode == 0
    with Manager(tmp_path / "notify") as manager:
        serving = subprocess.Popen([*commands["ExecStart"], "--listen", "127.0.0.1:0"], env=os.environ | manager.env, stdout=subprocess.DEVNULL)
        try:
            assert manager.next()["READY"] == "1"
            subprocess.run(["sh", "-c", value("ExecReload").replace("$MAINPID", str(serving.pid))], check=True)
            assert is_reloading(manager.next()) and manager.next()["READY"] == "1"
        finally:
            serving.terminate()
            assert serving.wait(SECONDS) == 0
    assert (tmp_path / "state").is_dir()
