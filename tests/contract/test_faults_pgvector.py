"""Every fault of a PostgreSQL, on the wire and of the server itself, met by every class of operation: what the client is
told is true, the page shows it, and all is well again when it is over. And what nobody may notice: a restart between
requests, a transaction that lost a race."""
import contextlib
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

import faults_pgvector as faults
import matrix
import pgwire as on
from bench import OPERATIONS, SECONDS, Fault, patient, sentence, until
from postgres import USER

CELLS = [(fault, operation) for fault, how in faults.FAULTS.items() for operation in how.meets]
MANY = 10  # clients at once
POINTS = [name for name in OPERATIONS if name != "create collection"]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """All of them, once. Leaving each gateway asserts that it ended with 0, that no sanitizer complained, and that
    neither its log nor its metrics have a password."""
    return matrix.run_all(tmp_path_factory.mktemp("pgvector"), "pgvector")


def test_the_page_shows_what_becomes_of_each(found):
    matrix.compare("pgvector", found)


@pytest.mark.parametrize("fault,operation", CELLS)
def test_what_is_said_is_true(found, fault, operation):
    cell = found[fault][0][operation]
    matrix.check("pgvector", fault, operation, cell)
    assert faults.SECRET not in cell.said


# --- a server that was away -----------------------------------------------------------------------


def restart(server):
    server.stop()
    server.start()


def crash(server):
    server.kill()
    server.start()


def kill_one(server):
    """One of its processes, by the kernel as if memory were gone: the server ends all others, too, and goes on."""
    pid = server.session.execute(
        "SELECT pid FROM pg_stat_activity WHERE usename LIKE 'fault%' ORDER BY backend_start LIMIT 1"
    ).fetchone()[0]
    os.kill(pid, signal.SIGKILL)
    until("the server ends all sessions", server.has_ended_ours)
    until("the server is back", server.is_back)


ENDINGS = {"restarted": restart, "killed and started": crash, "one process killed": kill_one}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A gateway and a server that nobody else has. What the gateway asks by itself meanwhile opens no breaker."""
    fault = Fault(on.pass_on, patient("pgvector"), server="own")
    with faults.open_bench(tmp_path_factory.mktemp("own"), fault, None) as bench:
        yield bench


def end_and_begin(bench, ending):
    ENDINGS[ending](bench.database.server)
    bench.database.reopen()


def ask_together(bench, names):
    with ThreadPoolExecutor(len(names)) as pool:
        return list(pool.map(lambda name: bench.ask(OPERATIONS[name], 5000)[0], names))


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_restart_between_requests_is_not_noticed(own, ending):
    """The connections that were at rest are dead then; who comes next has a new one."""
    own.fill()
    assert ask_together(own, POINTS) == [200] * len(POINTS)
    end_and_begin(own, ending)
    assert [own.ask(OPERATIONS[name], 5000)[0] for name in POINTS] == [200] * len(POINTS)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_a_restart_under_load_costs(own, ending):
    """Requests that met it fail as what may pass (503) or are tried again; all that was acknowledged is there."""
    own.fill()
    seen, written, is_over = Counter(), [], threading.Event()

    def go_on_asking(who):
        number = 10_000 * (1 + who)
        while not is_over.is_set():
            number += 1
            status, _, body = own.ask(OPERATIONS["upsert"], number)
            seen["upsert", status] += 1
            if status == 200:
                written.append(number)
            assert status in (200, 503), sentence(body)
            status, _, body = own.ask(OPERATIONS["search"], number)
            seen["search", status] += 1
            assert status in (200, 503), sentence(body)

    with ThreadPoolExecutor(4) as pool:
        threads = [pool.submit(go_on_asking, who) for who in range(4)]
        until("some are written", lambda: len(written) > 20)
        end_and_begin(own, ending)
        own.fill()
        before = len(written)
        until("more are written", lambda: len(written) > before + 20)
        is_over.set()
        for thread in threads:
            thread.result()
    print(f"{ending}: " + ", ".join(f"{name} {status}: {count}" for (name, status), count in sorted(seen.items())))
    lost = [number for number in written if not own.eye.has_point(own.collection, number)]
    assert not lost


# --- more clients than connections ----------------------------------------------------------------


def test_those_for_whom_there_is_no_room_are_told_so(tmp_path):
    """Two have a connection, one of which may have to be opened first, and three wait, a check of the gateway's own
    perhaps among them; the others are refused at once, and none hangs."""
    few = {"VECGATE_VECTOR_PGVECTOR_MAX_CONNECTIONS": "2", "VECGATE_VECTOR_PGVECTOR_MAX_QUEUE": "3"}
    fault = Fault(on.pass_on, few, deed=faults.locked)
    with faults.behind(tmp_path) as server, faults.open_bench(tmp_path, fault, server) as bench:
        bench.begin(OPERATIONS["search"])
        with ThreadPoolExecutor(MANY) as pool:
            asked = [pool.submit(bench.ask, OPERATIONS["search"], 0) for _ in range(MANY)]
            until("all but five are answered", lambda: sum(one.done() for one in asked) >= MANY - 5)
            bench.end()
            answers = [one.result(SECONDS) for one in asked]
    assert Counter(status for status, _, _ in answers)[200] in (3, 4, 5)
    assert {sentence(body) for status, _, body in answers if status != 200} == {
        "Shard temporarily unavailable: too many requests wait for the backend, try again soon: "
        "the queue in front of the backend is full"
    }
    assert {status for status, _, _ in answers} == {200, 503}


# --- transactions that lose once ------------------------------------------------------------------


@contextlib.contextmanager
def asked(bench, operation, number):
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit(bench.ask, OPERATIONS[operation], number)


def await_waiting(session, role):
    sql = "SELECT count(*) FROM pg_stat_activity WHERE usename=%s AND wait_event_type='Lock'"
    until("it waits for a lock", lambda: session.execute(sql, (role,)).fetchone()[0] == 1)


@pytest.fixture(scope="module")
def racing(tmp_path_factory):
    folder = tmp_path_factory.mktemp("racing")
    with faults.behind(folder) as server, faults.open_bench(folder, Fault(on.pass_on), server) as bench:
        yield bench


def test_a_deadlock_passes_unseen(racing):
    """Ours is the transaction that PostgreSQL ends: it notices first. Whoever waits looks once for each that it waits for,
    so ours waits for a third one until the other waits for ours, and then for that."""
    name, table = racing.database.name, f'vg_default."c_{racing.collection}"'
    racing.fill()
    with contextlib.ExitStack() as stack:
        third, other = (stack.enter_context(contextlib.closing(racing.database.open())) for _ in range(2))
        stack.enter_context(faults.database_has("deadlock_timeout", "50ms")(racing))
        for session in (third, other):
            session.execute("SET deadlock_timeout='1h'")
            session.execute("BEGIN")
            session.execute(f"SELECT FROM {table} WHERE id='\\x000000000000000002' FOR SHARE")
        delete = stack.enter_context(asked(racing, "delete", 0))
        await_waiting(racing.database.session, name)
        lock = stack.enter_context(ThreadPoolExecutor(1)).submit(other.execute, f"LOCK TABLE {table} IN SHARE MODE")
        await_waiting(racing.database.session, USER)
        third.execute("ROLLBACK")
        lock.result(SECONDS)
        other.execute("ROLLBACK")
        assert delete.result()[0] == 200
    assert not racing.eye.has_point(racing.collection, 2)


def test_a_lost_serialisation_passes_unseen(racing):
    name, table = racing.database.name, f'vg_default."c_{racing.collection}"'
    racing.fill()
    with contextlib.closing(racing.database.open()) as other, faults.database_has(
        "default_transaction_isolation", "repeatable read"
    )(racing):
        other.execute("SET default_transaction_isolation='read committed'")
        other.execute("BEGIN")
        other.execute(f"UPDATE {table} SET ver=ver WHERE id='\\x000000000000000001'")
        with asked(racing, "set payload", 77) as change:
            await_waiting(racing.database.session, name)
            other.execute("COMMIT")
            assert change.result()[0] == 200
    assert racing.eye.seen(racing.collection) == 77
