"""The log in a file, as an operator's system has it: renamed under load, on a full disk, to nobody who reads."""
import collections
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import threading

from gateway import ROOT, Gateway, binary
from group import Group, eventually, value

LOADS, RENAMES = 4, 8
HURRY = ["--set", "health.interval=100ms"]  # counts are brought up to date as often


def ids_in(lines):
    """How often each request's id stands there; every line must be whole."""
    found = collections.Counter()
    for line in lines:
        told = json.loads(line)
        assert {"time", "level", "what"} <= set(told)
        if told["what"] == "request":
            found[told["request_id"]] += 1
    return found


class Load:
    """Clients that ask all the time, each request with an id of its own; none may fail."""

    def __init__(self, gate):
        self.gate = gate
        self.stops = threading.Event()
        self.asked = [[] for _ in range(LOADS)]
        self.failures = []
        self.threads = [threading.Thread(target=self._ask, args=(i,)) for i in range(LOADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stops.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures

    def _ask(self, i):
        with contextlib.closing(self.gate.connect()) as host:
            while not self.stops.is_set():
                name = f"load-{i}-{len(self.asked[i])}"
                host.request("GET", "/v1/collections", headers={"x-request-id": name})
                answer = host.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(answer.status)
                self.asked[i].append(name)

    def count(self):
        return sum(map(len, self.asked))


def rename_under_load(gate, pid, log):
    """As logrotate does it: rename, signal; the next only when the new file has lines of its own."""
    old = []
    with Load(gate) as load:
        for i in range(RENAMES):
            begun = load.count()
            eventually(lambda begun=begun: load.count() > begun + 50 and log.exists() and log.stat().st_size, "it goes on")
            old.append(log.with_name(f"log.{i}"))
            log.rename(old[-1])
            os.kill(pid, signal.SIGUSR1)
    return old, [name for names in load.asked for name in names]


def seen_once(names, files):
    found = ids_in(line for file in files for line in file.read_text().splitlines())
    missing = [name for name in names if found[name] != 1]
    assert not missing, f"{len(missing)} of {len(names)} are not there just once: {missing[:5]}"


def test_no_line_is_lost_when_the_file_is_renamed(tmp_path):
    log = tmp_path / "log"
    with Gateway(tmp_path, arguments=["--set", f"log.file={log}"]) as gate:
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
        old, names = rename_under_load(gate, gate.process.pid, log)
    assert all(file.stat().st_size for file in old)
    seen_once(names, [*old, log])
    assert all(json.loads(line)["what"] for line in log.read_text().splitlines()), "a file's lines are JSON"


def test_workers_and_their_supervisor_open_it_again(tmp_path, embedded):
    log = tmp_path / "log"
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    with Group(tmp_path, env, count=3, arguments=["--set", f"log.file={log}"]) as group:
        old, names = rename_under_load(group, group.process.pid, log)

        def has_let_go():
            held = [os.readlink(fd) for pid in [group.process.pid, *group.workers()] for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
            return held.count(str(log)) == 4 and not any(str(file) in held for file in old)

        eventually(has_let_go, "all four have the new file and none has an old one")
        last = {name.rpartition("-")[0]: name for name in names}.values()
        eventually(lambda: all(name in old[-1].read_text() + log.read_text() for name in last), "nothing is to be written yet")
        victim = group.workers()[0]
        group.kill_worker(victim)
    seen_once(names, [*old, log])
    assert "a worker ended, another one takes its place" in log.read_text(), "the supervisor's lines are there too"


EXAMPLE = ROOT / "conf" / "logrotate" / "vecgate"


def logrotate(folder, text, *flags):
    """With a configuration of its own, nothing of the system's."""
    conf = folder / "logrotate.conf"
    conf.write_text(text)
    conf.chmod(0o644)  # others may not write it, or it is refused
    said = subprocess.run(
        [shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin"), "-s", folder / "state", *flags, conf],
        capture_output=True, text=True, timeout=60,
    )
    assert said.returncode == 0, said.stderr
    return said.stderr


def test_the_example_for_logrotate_is_what_it_takes(tmp_path):
    said = logrotate(tmp_path, EXAMPLE.read_text(), "-d")
    assert "/var/log/vecgate/*.log" in said
    assert "error" not in said.lower()


def test_the_folder_of_the_example_is_the_units_to_write():
    folder = re.search(r"^(/\S+)/\*\.log \{", EXAMPLE.read_text(), re.MULTILINE)[1]
    unit = (ROOT / "conf" / "systemd" / "vecgate.service").read_text()
    assert folder == "/var/log/" + re.search(r"^LogsDirectory=(.*)$", unit, re.MULTILINE)[1]


def test_the_example_rotates(tmp_path):
    """As it stands but for the place of the file and who is told."""
    folder = tmp_path / "log"
    folder.mkdir(mode=0o755)
    log = folder / "vecgate.log"
    with Gateway(tmp_path, arguments=["--set", f"log.file={log}"]) as gate:
        text = EXAMPLE.read_text().replace("/var/log/vecgate/*.log", str(log))
        tells = f"kill -USR1 {gate.process.pid}"
        text, count = re.subn(r"systemctl kill .*", tells, text)
        assert count == 1
        for turn in range(2):
            ask(gate, 3)
            eventually(lambda: log.exists() and log.stat().st_size > 0, "the new file has lines")
            logrotate(tmp_path, text, "-f")
            assert log.with_name("vecgate.log.1").exists()
        ask(gate, 1)
        eventually(lambda: log.exists() and log.stat().st_size > 0, "the new file has lines")
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert log.with_name("vecgate.log.2.gz").exists(), "compressed a turn later"


def test_a_relative_file_stays_where_it_was_meant(tmp_path):
    with Gateway(tmp_path, arguments=["--set", "log.file=here.log"]) as gate:
        (tmp_path / "here.log").unlink()
        gate.process.send_signal(signal.SIGUSR1)
        eventually((tmp_path / "here.log").exists, "it is made again")


def test_a_file_that_cannot_be_had_is_refused_at_the_start(tmp_path):
    said = subprocess.run(
        [binary(), "serve", "--data", tmp_path / "data", "--set", f"log.file={tmp_path}/nowhere/log"],
        capture_output=True, text=True, timeout=30,
    )
    assert said.returncode == 1
    assert said.stderr == f"vecgate serve: log.file: {tmp_path}/nowhere/log cannot be written: No such file or directory\n"


def dropped(gate):
    with contextlib.closing(gate.connect()) as host:
        host.request("GET", "/metrics")
        return value(host.getresponse().read().decode(), "log_lines_dropped_total")


def ask(gate, times):
    with contextlib.closing(gate.connect()) as host:
        for _ in range(times):
            host.request("GET", "/v1/collections")
            answer = host.getresponse()
            answer.read()
            assert answer.status == 200


def test_a_full_disk_stops_nobody(tmp_path):
    with Gateway(tmp_path, arguments=["--set", "log.file=/dev/full", *HURRY]) as gate:
        ask(gate, 200)
        eventually(lambda: dropped(gate) >= 200, "lost lines are counted")


class Piped(Gateway):
    """Its stderr is a pipe, whose reading end is `reader`."""

    def _spawn(self):
        command = [binary(), "serve", "--data", self.data, "--listen", self.address, *self.arguments]
        self.reader, writer = os.pipe()
        self.process = subprocess.Popen(
            command, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writer,
            start_new_session=True,
        )
        os.close(writer)


def test_a_log_whose_reader_has_gone_stops_nobody(tmp_path):
    with Piped(tmp_path, arguments=HURRY) as gate:
        os.close(gate.reader)
        ask(gate, 200)
        eventually(lambda: dropped(gate) >= 200, "lost lines are counted")


def test_a_log_that_nobody_reads_stops_nobody_not_even_the_end(tmp_path):
    with Piped(tmp_path, arguments=HURRY) as gate:
        ask(gate, 2000)  # more than a pipe holds
    os.close(gate.reader)
