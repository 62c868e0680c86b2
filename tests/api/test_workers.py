"""Several workers: what one changes the others know at once, one that dies is replaced and nothing else notices, and
signals reach them all without a request failing."""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from gateway import Gateway, binary, free_port
from group import SECONDS, Client, Group, Lost, value
from jobrows import put_job, write
from patience import eventually
from secured import is_well, trusting

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
import wire as on  # noqa: E402

ROUNDS = 1000
LOADS = 8


def sized(size):
    return {"vectors": {"size": size, "distance": "Dot"}}


def drop(gate, name):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=SECONDS)) as host:
        host.request("DELETE", f"/collections/{name}")
        assert host.getresponse().status == 200


def env_of(url):
    return {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": url}


# What reaches a wire is what was asked: a gateway that is well asks nothing by itself
QUIET = {"VECGATE_HEALTH_INTERVAL": "0s"}


@pytest.fixture
def group(tmp_path, embedded):
    """Two workers before Qdrant's API, spoken by a vecgate."""
    with Group(tmp_path, env_of(embedded.url)) as group:
        yield group


@pytest.fixture
def pair(group):
    """A client at each of the two."""
    clients = group.one_at_each()
    yield clients
    for client in clients:
        client.close()


@pytest.fixture
def name(fresh_name, embedded):
    """A collection, which is deleted at Qdrant when the test has ended."""
    yield fresh_name
    drop(embedded, fresh_name)


def count(client, name):
    return client.status("POST", f"/collections/{name}/points/count", {})


# ---- one catalog ----


def test_what_one_makes_the_other_uses_at_once(pair, name):
    for i in range(ROUNDS // 2):
        maker, user = pair if i % 2 else reversed(pair)
        size = 2 + i % 3
        assert maker.status("PUT", f"/collections/{name}", sized(size)) == 200
        point = {"id": 1, "vector": [0.5] * size}
        assert user.status("PUT", f"/collections/{name}/points?wait=true", {"points": [point]}) == 200, i
        assert user.status("DELETE", f"/collections/{name}") == 200
        assert count(maker, name) == 404, i


def test_of_two_who_make_it_at_once_one_does(pair, name):
    """And the other is told that it exists, whoever asks meanwhile."""
    for i in range(100):
        statuses, asked = [], []
        threads = [threading.Thread(target=lambda c=c: statuses.append(c.status("PUT", f"/collections/{name}", sized(2)))) for c in pair]
        with Client(pair[0].group) as third:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                asked.append(count(third, name))
            for thread in threads:
                thread.join()
        assert sorted(statuses) == [200, 409], i
        assert set(asked) <= {200, 404}
        assert [count(client, name) for client in pair] == [200, 200]
        assert pair[i % 2].status("DELETE", f"/collections/{name}") == 200


def test_an_alias_moves_for_both(pair, name):
    one, other = pair
    for i in range(2):
        assert one.status("PUT", f"/collections/{name}-{i}", sized(2 + i)) == 200
    for i in range(50):
        target, size = f"{name}-{i % 2}", 2 + i % 2
        action = {"create_alias": {"collection_name": target, "alias_name": name}}
        assert one.status("POST", "/collections/aliases", {"actions": [action]}) == 200
        one, other = other, one
        status, text, _ = one.ask("POST", f"/collections/{name}/points/search", {"vector": [1] * size, "limit": 1})
        assert status == 200, text
    for i in range(2):
        assert one.status("DELETE", f"/collections/{name}-{i}") == 200
    assert count(other, name) == 404


# ---- any worker answers for all ----


def requests_counted(client):
    """How many its worker says were asked. One counts when its answer has left: another worker may see it later."""
    return value(client.ask("GET", "/metrics")[1], "requests_total", 'api="qdrant"')


def shown(client, have):
    text = client.ask("GET", "/metrics")[1]
    return all(value(text, name, labels) == number for name, labels, number in have)


def test_metrics_are_those_of_all(group, pair, name):
    assert pair[0].status("PUT", f"/collections/{name}", sized(2)) == 200
    clients = [Client(group) for _ in range(6)]
    assert len({client.worker for client in clients}) == 2
    for n, client in enumerate(clients):
        assert [count(client, name) for _ in range(n + 1)] == [200] * (n + 1)
    for client in pair:
        eventually(lambda client=client: requests_counted(client) >= 22, "all are counted")
        assert requests_counted(client) == 22
        have = [("connections", "", len(clients) + len(pair)), ("ready", "", 1), ("collections", 'backend="qdrant"', 1)]
        eventually(lambda client=client: shown(client, have), f"{have}, which one hears of the other's a moment later")
    for client in clients:
        client.close()


# ---- a worker dies ----


class Load:
    """Clients that ask without pause, each on a connection of its own, and what they saw."""

    def __init__(self, group, name):
        self.group, self.name = group, name
        self.done = threading.Event()
        self.answers = 0
        self.wrong, self.lost = [], []  # answers other than 200; workers whose connection broke
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._go_on) for _ in range(LOADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_for_more()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join(SECONDS)

    def wait_for_more(self):
        enough = self.answers + 20 * LOADS
        eventually(lambda: self.answers >= enough, "the load goes on")

    def _go_on(self):
        while not self.done.is_set():
            try:
                client = Client(self.group)
            except Lost:
                continue
            except OSError as error:
                with self.lock:
                    self.wrong.append(f"no connection: {error}")
                return
            with client:
                self._ask(client)

    def _ask(self, client):
        try:
            while not self.done.is_set():
                status, text, headers = client.ask("POST", f"/collections/{self.name}/points/count", {})
                with self.lock:
                    self.answers += 1
                    if status != 200:
                        self.wrong.append((status, text))
                if headers.get("connection") == "close":
                    return
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.lost.append(client.worker)


def test_one_that_is_killed_is_replaced_and_nothing_else_notices(group, pair, name):
    assert pair[0].status("PUT", f"/collections/{name}", sized(2)) == 200
    survivor, victim = pair
    with Load(group, name) as load:
        for _ in range(2):
            group.kill_worker(victim.worker)
            load.wait_for_more()
            assert count(survivor, name) == 200
            assert set(load.lost) <= {victim.worker} and len(load.lost) <= LOADS
            assert not load.wrong
            load.lost.clear()
            victim.close()
            victim = next(c for c in (Client(group) for _ in itertools.count()) if c.worker != survivor.worker)
    victim.close()
    log = group.log(1 << 30)
    assert log.count("another one takes its place") == log.count('"signal":"KILL"') == 2
    eventually(lambda: group.metric("connections") == 2, "only the survivor's and the one that asks")
    eventually(lambda: group.metric("exchanges_in_flight") == 0, "nothing is under way, a look at the backend's health neither")
    eventually(lambda: group.metric("calls_in_flight") == 0, "no call is under way")
    eventually(lambda: group.metric("requests_in_flight") == 1, "only the one that asks: the one before ends when its answer has left")
    assert group.metric("worker_deaths_total") == 2


def test_its_places_at_the_backend_are_free(tmp_path, embedded, name):
    most = {"VECGATE_VECTOR_QDRANT_RESILIENCE_IN_FLIGHT_MOST": "2"}
    with on.Wire(("127.0.0.1", embedded.port)) as wire, Group(tmp_path, env_of(wire.url) | QUIET | most) as group:
        victim, survivor = group.one_at_each()
        assert survivor.status("PUT", f"/collections/{name}", sized(2)) == 200
        assert count(victim, name) == count(survivor, name) == 200
        wire.break_by(on.hang)

        def clients_at(worker):
            clients = (Client(group) for _ in itertools.count())
            return list(itertools.islice((c for c in clients if c.worker == worker), 2))

        def begin(clients):
            for client in clients:
                client.host.request("POST", f"/collections/{name}/points/count", "{}")

        def stand(in_flight, waiting):
            text = group.metrics()
            return (value(text, "calls_in_flight"), value(text, "calls_waiting")) == (in_flight, waiting)

        lost = clients_at(victim.worker)
        begin(lost)
        eventually(lambda: stand(2, 0), "the victim has both places")
        group.kill_worker(victim.worker)
        eventually(lambda: stand(0, 0), "it has none")
        others = clients_at(survivor.worker)
        begin(others)
        eventually(lambda: stand(2, 0), "the survivor has both")
        wire.mend()
        assert all(client.host.getresponse().status == 200 for client in others)
        for client in [victim, survivor, *lost, *others]:
            client.close()


def test_one_that_dies_again_and_again_disturbs_nobody(group, pair, name):
    assert pair[0].status("PUT", f"/collections/{name}", sized(2)) == 200
    survivor = pair[0]
    for _ in range(4):
        assert count(survivor, name) == 200
        group.kill_worker(next(pid for pid in group.workers() if pid != survivor.worker))
    assert count(survivor, name) == 200
    assert group.metric("worker_deaths_total") == 4


def test_what_it_changed_and_told_nobody_the_other_sees(group, pair, name):
    """It wrote a row and died before it could say so."""
    victim, survivor = pair
    assert victim.status("PUT", f"/collections/{name}", sized(2)) == 200
    action = {"create_alias": {"collection_name": name, "alias_name": f"{name}-alias"}}
    assert victim.status("POST", "/collections/aliases", {"actions": [action]}) == 200
    assert count(survivor, f"{name}-alias") == 200
    write(group, "UPDATE rows SET spec = ?, version = version + 1 WHERE name = '/aliases'", ('{"aliases":[]}',))
    group.kill_worker(victim.worker)
    assert count(survivor, f"{name}-alias") == 404
    for client in pair:
        client.close()


def test_jobs_of_the_dead_are_taken_up(tmp_path, embedded, name):
    """Long before their leases are over, and those of an earlier group, too."""
    env = {"VECGATE_JOBS_LEASE": "1h"}
    with on.Wire(("127.0.0.1", embedded.port)) as wire:
        group = Group(tmp_path, env_of(wire.url) | env)
        with group:
            with Client(group) as client:
                assert client.status("PUT", f"/collections/{name}", sized(2)) == 200
        held = {"state": "running", "holder": "0123456789abcdef", "until": 10**13}
        write(group, "UPDATE rows SET state = 0 WHERE name = ?", (name,))
        id = put_job(group, kind="repair", collection=name, **held)
        wire.break_by(on.hang)
        group.ready = "/livez"
        with group:
            eventually(lambda: wire.reached > 0, "one of them is at work")
            for pid in group.workers():
                reached = wire.reached
                group.kill_worker(pid)
            eventually(lambda: wire.reached > reached, "another one is")
            wire.mend()

            def is_done():
                with Client(group) as client:
                    status, text, _ = client.ask("GET", f"/v1/jobs/{id}")
                    return status == 200 and json.loads(text)["state"] == "done"

            eventually(is_done, "the job is done")
            with Client(group) as client:
                assert count(client, name) == 200


# ---- signals ----


def test_reloads_under_load_fail_no_request(tmp_path, embedded, name):
    file = tmp_path / "vecgate.yaml"
    file.write_text("log: {level: info}\n")
    with Group(tmp_path, env_of(embedded.url), arguments=["--config", file]) as group:
        with Client(group) as client:
            assert client.status("PUT", f"/collections/{name}", sized(2)) == 200
        workers = group.workers()
        with Load(group, name) as load:
            for i in range(20):
                file.write_text(f"drain: {20 + i}s\n")
                group.process.send_signal(signal.SIGHUP)
                eventually(lambda: f"-> {20 + i}s" in group.log(), "it is told")
            file.write_text("drain: soon\n")
            group.process.send_signal(signal.SIGHUP)
            eventually(lambda: "the old one stays" in group.log(), "a mistake is told")
            load.wait_for_more()
        assert not load.wrong and not load.lost
        assert group.workers() == workers
        log = group.log(1 << 30)
        assert log.count("an option changed") == 20, "told once, not by each"
        assert log.count("the old one stays") == log.count("vecgate.yaml:1: drain: ") == 1


def test_what_the_parent_refused_no_worker_takes(tmp_path, embedded):
    """Though all are told, as `pkill -HUP` does, or one was just about to read."""
    file, key = tmp_path / "vecgate.yaml", "the-only-key-there-is"
    head = f"vector: {{backend: qdrant, qdrant: {{url: {embedded.url}}}}}\n"
    keys = f"credentials: {{keys: [{{name: one, key: {key}, rights: manage}}]}}\n"
    file.write_text(head + keys)
    group = Group(tmp_path, {}, arguments=["--config", file])
    group.headers = {"api-key": key}
    with group:
        clients = group.one_at_each()
        for text, said in ((head, "to have no credentials at all"), (head + keys + "drain: 7s\n", "an option changed")):
            file.write_text(text)
            for pid in group.workers() + [group.process.pid] + group.workers():
                os.kill(pid, signal.SIGHUP)
            eventually(lambda: said in group.log(), "it is told")
            assert [client.status("GET", "/collections") for client in clients * 100] == [401] * 200
        for client in clients:
            client.close()


def test_a_new_one_has_what_was_good(tmp_path, embedded, authority, here):
    """Files that were broken behind the parent's back, as a reload has told, keep no worker from starting."""
    cert = tmp_path / "live.pem"
    cert.write_bytes(here.cert.read_bytes())
    env = env_of(embedded.url) | here.options() | {"VECGATE_TLS_CERTIFICATE": str(cert)}
    with Group(tmp_path, env, tls=trusting(authority)) as group:
        cert.write_text("nothing")
        group.process.send_signal(signal.SIGHUP)
        eventually(lambda: "the old one stays" in group.log(), "it is refused")
        old = group.workers()
        for worker in old:
            group.kill_worker(worker)
        assert len(set(group.workers()) - set(old)) == 2
        assert [is_well(group) for _ in range(20)] == [True] * 20


def test_one_that_is_just_born_is_not_ended_by_what_all_are_told(group):
    """It reads its configuration, or ends, when it can."""
    for worker in group.workers():
        os.kill(worker, signal.SIGKILL)

        def serves_while_told():
            for _ in range(50):
                group.process.send_signal(signal.SIGHUP)
                time.sleep(0.001)  # two that come together are one
            return worker not in group.workers() and group.metric("workers") == 2

        eventually(serves_while_told, "another one serves")
    assert group.metric("worker_deaths_total") == 2
    old = group.workers()
    os.kill(old[0], signal.SIGKILL)
    eventually(lambda: set(group.workers()) - set(old), "another one is born")
    group.stop()  # which asserts a clean end


def test_a_change_reaches_every_worker_and_new_ones(tmp_path, embedded, name):
    file = tmp_path / "vecgate.yaml"
    head = f"vector:\n  backend: qdrant\n  qdrant:\n    url: {embedded.url}\n    resilience:\n      quota: "
    file.write_text(head + "{tenant_rate: 0, tenant_burst: 1}\n")
    with Group(tmp_path, {}, arguments=["--config", file]) as group:
        clients = group.one_at_each()
        assert clients[0].status("PUT", f"/collections/{name}", sized(2)) == 200
        assert [count(client, name) for client in clients * 3] == [200] * 6
        file.write_text(head + "{tenant_rate: 1, tenant_burst: 1}\n")
        group.process.send_signal(signal.SIGHUP)
        for client in clients:
            eventually(lambda: count(client, name) == 429, "it is refused there")
        group.kill_worker(clients[0].worker)
        fresh = next(c for c in (Client(group) for _ in itertools.count()) if c.worker != clients[1].worker)
        eventually(lambda: count(fresh, name) == 429, "it is refused by a new one")
        for client in [fresh, *clients]:
            client.close()


def test_what_has_begun_is_finished(tmp_path, embedded, name):
    """SIGTERM: no connection is taken any more, all that was asked is answered, and the end is clean."""
    with on.Wire(("127.0.0.1", embedded.port)) as wire, Group(tmp_path, env_of(wire.url) | QUIET) as group:
        clients = group.one_at_each()
        assert clients[0].status("PUT", f"/collections/{name}", sized(2)) == 200
        assert [count(client, name) for client in clients] == [200, 200]
        wire.break_by(on.hang)
        for client in clients:
            client.host.request("POST", f"/collections/{name}/points/count", "{}")
        eventually(lambda: wire.reached == 2, "both are asked")
        group.process.send_signal(signal.SIGTERM)
        group.process.send_signal(signal.SIGHUP)  # nobody has time for that now
        eventually(lambda: refuses(group.port), "no connection is taken")
        for pid in group.workers():
            os.kill(pid, signal.SIGINT)  # as a terminal sends it to all: they go on
        assert len(group.workers()) == 2
        wire.mend()
        assert [client.host.getresponse().status for client in clients] == [200, 200]
        for client in clients:
            client.close()
        assert group.process.wait(SECONDS) == 0
        group.process = None
    assert group.log().count('"what":"ending"') == 2


def refuses(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_asked_twice_it_ends_at_once(tmp_path, embedded, name):
    with on.Wire(("127.0.0.1", embedded.port)) as wire, Group(tmp_path, env_of(wire.url) | QUIET) as group:
        clients = group.one_at_each()
        assert clients[0].status("PUT", f"/collections/{name}", sized(2)) == 200
        wire.break_by(on.hang)
        for client in clients:
            client.host.request("POST", f"/collections/{name}/points/count", "{}")
        eventually(lambda: wire.reached == 2, "both are asked")
        workers = group.workers()
        group.process.send_signal(signal.SIGINT)
        eventually(lambda: refuses(group.port), "no connection is taken")
        group.process.send_signal(signal.SIGINT)
        assert group.process.wait(SECONDS) == 128 + signal.SIGINT
        group.process = None
        eventually(lambda: not any(map(is_there, workers)), "they are gone")
        wire.mend()
        for client in clients:
            client.close()


def is_there(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_workers_end_with_their_parent(tmp_path, embedded, name):
    """However it ends; what they have begun they finish."""
    with on.Wire(("127.0.0.1", embedded.port)) as wire:
        group = Group(tmp_path, env_of(wire.url) | QUIET).start()
        clients = group.one_at_each()
        assert clients[0].status("PUT", f"/collections/{name}", sized(2)) == 200
        wire.break_by(on.hang)
        clients[0].host.request("POST", f"/collections/{name}/points/count", "{}")
        eventually(lambda: wire.reached == 1, "it is asked")
        workers = group.workers()
        os.kill(group.process.pid, signal.SIGKILL)
        group.process.wait()
        eventually(lambda: not is_there(clients[1].worker), "who has nothing to do is gone")
        second = start_and_fail(group)
        assert f"in use by the process with pid {group.process.pid}" in second, "the data are theirs until then"
        wire.mend()
        assert clients[0].host.getresponse().status == 200
        for client in clients:
            client.close()
        eventually(lambda: not any(map(is_there, workers)), "all are gone")
        with group:  # and another one may start
            assert len(group.workers()) == 2


# ---- the beginning ----


def start_and_fail(group, *arguments, most_files=10_000):
    # a sanitizer that looks for leaks needs files of its own
    env = group.env | {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"}
    command = ["prlimit", f"--nofile={most_files}", binary(), "serve", "--data", group.data, "--listen", f"127.0.0.1:{free_port()}", *arguments]
    said = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 1 and said.stdout == ""
    return said.stderr


def test_trouble_at_the_start_is_told_once(tmp_path, embedded):
    group = Group(tmp_path, env_of(embedded.url))
    with group:
        said = start_and_fail(group)
        assert said.count("\n") == 1 and f"in use by the process with pid {group.process.pid}:" in said
        said = start_and_fail(group, "--data", tmp_path / "other", "--listen", group.address)
        assert said == f"vecgate serve: cannot listen on {group.address}: address already in use\n"
    (tmp_path / "file").write_text("")
    said = start_and_fail(group, "--data", tmp_path / "file")
    assert said.count("\n") == 1 and "the directory cannot be made" in said
    for few in range(8, 14):  # what the parent lacks, and then what a worker does
        said = start_and_fail(group, most_files=few)
        assert said.count("\n") == 1 and said.startswith("vecgate serve: "), few


@pytest.mark.parametrize("command", ["check", "serve"])
def test_stores_of_one_process_are_refused(tmp_path, command):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("VEC")}

    def say(*sets):
        arguments = [word for each in ("workers=2", *sets) for word in ("--set", each)]
        said = subprocess.run([binary(), command, *arguments], env=clean, cwd=tmp_path, capture_output=True, text=True)
        assert said.returncode == 1
        return said.stderr

    assert say() == "command line: workers: must be 1: the store of backend embedded belongs to one process\n"
    said = say("vector.backend=qdrant", "vector.qdrant.url=http://127.0.0.1:9", "metadata.store=memory://")
    assert said.startswith("command line: workers: must be 1: metadata in the store memory belongs to one process; ")


# ---- the metadata store is down ----


def test_known_collections_go_on_serving_without_the_metadata_store(tmp_path, embedded, name):
    with Group(tmp_path, env_of(embedded.url)) as group:
        one, other = group.one_at_each()
        assert one.status("PUT", f"/collections/{name}", sized(2)) == 200
        assert count(one, name) == count(other, name) == 200
        assert one.status("PUT", f"/collections/{name}-b", sized(2)) == 200  # so that `other` would look again
        for file in group.data.glob("catalog.db*"):
            if file.suffix != ".lock":
                file.write_bytes(b"\xa5" * file.stat().st_size)  # in place: it is open
        for client, is_sure in ((one, True), (other, False)):
            status, text, headers = client.ask("POST", f"/collections/{name}/points/count", {})
            assert status == 200, text
            assert headers.get("x-vecgate-degraded", "").startswith("metadata: ") is not is_sure
            assert client.status("PUT", f"/collections/{name}-c", sized(2)) >= 500
            assert client.status("POST", "/collections/unknown/points/count", {}) >= 500
        one.close()
        other.close()
    drop(embedded, f"{name}-b")
