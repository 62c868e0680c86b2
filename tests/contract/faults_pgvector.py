"""The faults of pgvector: a gateway that has a real PostgreSQL behind a wire; the wire breaks, or the server does.

Most faults share a server, where each has a database of its own and a role without rights beyond it. Those that stop,
kill or fill a server have one each; one server has no pgvector."""
import contextlib
import itertools
import sys
import threading

import pgwire as on
from bench import ALL, LATE, MOST_ASKS, Bench, Blind, Fault, call, make_certificate, options, patient, until
from gateway import ROOT, Gateway
from pgwire import PgWire
from postgres import Postgres

sys.path += map(str, (ROOT / "build/test-env/postgres/lib").glob("python3*/site-packages"))
import psycopg  # noqa: E402

OPTIONS = options("pgvector")
LAZY = {"VECGATE_VECTOR_PGVECTOR_MIN_CONNECTIONS": "0"}  # connects only when it is asked
PATIENT = patient("pgvector") | LAZY
SECRET = "s3cret"  # all passwords have it
SQL_PAUSE = 0.01

names = itertools.count(1)


# --- what is behind -------------------------------------------------------------------------------


class Database:
    """One of its own for a fault, with the role that owns it and nothing else."""

    def __init__(self, server, name=None):
        self.server, self.name = server, name or f"fault{next(names)}"
        self.password = f"{SECRET} {self.name}"
        with server.lock:
            server.session.execute(f"CREATE ROLE {self.name} LOGIN PASSWORD '{self.password}'")
            server.session.execute(f"CREATE DATABASE {self.name} OWNER {self.name}")
        self.session = self.open()
        self.session.execute("CREATE EXTENSION IF NOT EXISTS vector") if server.has_vector else None

    def open(self):
        return psycopg.connect(self.server.url(self.name), autocommit=True)

    def reopen(self):
        """The session ended with the server."""
        self.session = self.open()

    def url(self, port, **options):
        return self.server.url(self.name, self.name, self.password, **options).replace(
            f":{self.server.port}/", f":{port}/"
        )


class Server(Postgres):
    def __init__(self, kind="wheel", **settings):
        super().__init__(kind, **settings)
        self.has_vector = kind == "wheel"
        self.lock = threading.Lock()

    def start(self):
        super().start()
        self.session = psycopg.connect(self.url(), autocommit=True)
        return self

    def has_ended_ours(self):
        try:
            self.session.execute("SELECT 1")
        except psycopg.OperationalError:
            return True
        return False

    def is_back(self):
        with contextlib.suppress(psycopg.OperationalError):
            self.session = psycopg.connect(self.url(), autocommit=True)
            return True
        return False


@contextlib.contextmanager
def behind(folder):
    with Server(max_connections=300) as server:
        yield server


def server_for(fault, shared):
    """A context with the fault's server."""
    if fault.server == "shared":
        return contextlib.nullcontext(shared)
    return Server("debian") if fault.server == "bare" else Server(max_connections=16)


class Eye:
    """Sees what is in a database, with the eyes of a superuser."""

    def __init__(self, database):
        self.database = database

    def ask(self, sql, *values):
        if self.database.server.process is None:
            raise Blind
        try:
            return self.database.session.execute(sql, values).fetchone()
        except psycopg.errors.UndefinedTable:
            return (0,)

    def has_point(self, collection, number):
        key = b"\0" + number.to_bytes(8, "big")
        return self.ask(f'SELECT count(*) FROM vg_default."c_{collection}" WHERE id=%s', key)[0] == 1

    def seen(self, collection):
        return self.ask(f"SELECT payload->'seen' FROM vg_default.\"c_{collection}\" WHERE id='\\x000000000000000001'")[0]

    def has_collection(self, name):
        return self.ask("SELECT count(*) FROM vecgate.collections WHERE name=%s", name)[0] == 1


# --- what is done to a server ---------------------------------------------------------------------
# Each is a context (bench): the fault is there inside of it.


def settings(on_database, undo):
    """For the sessions that begin from now on, which all of the gateway's then do."""

    @contextlib.contextmanager
    def deed(bench):
        database = bench.database
        bench.database.session.execute(on_database.format(name=database.name))
        bench.wire.cut()
        yield
        bench.database.session.execute(undo.format(name=database.name, password=database.password))
        bench.wire.cut()

    return deed


def database_has(name, value):
    return settings(f"ALTER DATABASE {{name}} SET {name}='{value}'", f"ALTER DATABASE {{name}} RESET {name}")


@contextlib.contextmanager
def without_rights(bench):
    """The owner's rights, too, can be taken."""
    session, role = bench.database.session, bench.database.name
    session.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA vg_default FROM {role}")
    session.execute(f"REVOKE CREATE ON SCHEMA vg_default FROM {role}")
    yield
    session.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA vg_default TO {role}")
    session.execute(f"GRANT ALL ON SCHEMA vg_default TO {role}")


@contextlib.contextmanager
def old_extension(bench):
    update = "UPDATE pg_extension SET extversion=%s WHERE extname='vector'"
    has = bench.eye.ask("SELECT extversion FROM pg_extension WHERE extname='vector'")[0]
    bench.database.session.execute(update, ("0.7.4",))
    yield
    bench.database.session.execute(update, (has,))


@contextlib.contextmanager
def locked(bench):
    """All that changes or reads points waits for the tests' own session."""
    session = bench.database.session
    session.execute("BEGIN")
    session.execute(f'LOCK TABLE vg_default."c_{bench.collection}", vecgate.collections IN ACCESS EXCLUSIVE MODE')
    yield
    session.execute("ROLLBACK")


@contextlib.contextmanager
def locked_for_a_moment(bench):
    with database_has("lock_timeout", "20ms")(bench), locked(bench):
        yield


def locked_and(function):
    """Whoever waits for the lock is told to end."""

    @contextlib.contextmanager
    def deed(bench):
        is_over = threading.Event()

        def tell():
            with contextlib.closing(bench.database.open()) as session:
                while not is_over.wait(SQL_PAUSE):
                    session.execute(f"SELECT {function}(pid) FROM pg_stat_activity WHERE usename=%s AND "
                                    "wait_event_type='Lock'", (bench.database.name,))

        with locked(bench):
            thread = threading.Thread(target=tell)
            thread.start()
            yield
            is_over.set()
            thread.join()

    return deed


@contextlib.contextmanager
def back_later(bench):
    """What the wire did to the server is undone."""
    yield
    server = bench.database.server
    if server.process is None:
        server.start()
        bench.database.reopen()


@contextlib.contextmanager
def filled(bench):
    """Every connection that the server has is the tests' own."""
    with contextlib.ExitStack() as held:
        def is_full():
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    held.enter_context(contextlib.closing(bench.database.open()))
            return bench.eye.ask("SELECT count(*) FROM pg_stat_activity WHERE usename=%s", bench.database.name)[0] == 0

        bench.wire.refuse()
        until("no connection is left", is_full)
        bench.wire.listen()
        yield


# --- the faults -----------------------------------------------------------------------------------


POINTS = tuple(name for name in ALL if name != "health")  # what a lock of a collection stops
READS = ("search", "scroll", "count", "health")

FAULTS = {
    # on the wire
    "no such name": Fault(None, PATIENT, url=f"postgresql://u:{SECRET}@{'x' * 64}.invalid/d", is_mended=False, meets=POINTS),
    "connection refused": Fault("refuse"),
    "certificate not to be trusted": Fault("untrusted", tls=True),
    "TLS refused": Fault("no TLS", tls=True),
    "no PostgreSQL there": Fault(on.greet_with_noise),
    "no greeting": Fault(on.be_silent, LATE),
    "reset while asking": Fault(on.reset_in_request),
    "reset in the reply": Fault(on.reset_in_reply),
    "reply cut off": Fault(on.truncate),
    "no reply": Fault(on.hang, LATE, is_slow=True),
    "reply byte by byte": Fault(on.drip, LATE, is_slow=True),
    "no PostgreSQL in the reply": Fault(on.say_noise),
    "rows of another shape": Fault(on.widen(b"x"), passes=("create collection",)),
    "a row too large": Fault(on.widen(b"x" * 70_000)),
    "a row said to be 1 GB": Fault(on.claim(1_000_000_000, 100_000)),
    # of the server, as it would say them
    "starting up (57P03)": Fault(on.refuse_session("57P03", "the database system is starting up"), clear=ALL),
    "no memory left (53200)": Fault(on.refuse_statement("53200", "out of memory"), clear=ALL),
    "disk full (53100)": Fault(on.refuse_statement("53100", "could not extend file: No space left on device"), clear=ALL),
    "deadlock, always (40P01)": Fault(on.refuse_statement("40P01", "deadlock detected"), clear=ALL),
    "not serialisable, always (40001)": Fault(on.refuse_statement("40001", "could not serialize access"), clear=ALL),
    "internal error (XX000)": Fault(on.refuse_statement("XX000", "cache lookup failed for relation 17"), clear=ALL),
    # of the server itself
    "read-only (25006)": Fault(on.pass_on, deed=database_has("default_transaction_read_only", "on"), passes=READS, clear=ALL),
    "password refused (28P01)": Fault(
        on.pass_on,
        deed=settings("ALTER ROLE {name} PASSWORD 'another'", "ALTER ROLE {name} PASSWORD '{password}'"),
        clear=ALL,
    ),
    "no rights (42501)": Fault(on.pass_on, deed=without_rights, passes=("health",), clear=ALL),
    "extension too old": Fault(on.pass_on, deed=old_extension, meets=("health", "create collection"), clear=ALL),
    "extension missing": Fault(on.pass_on, PATIENT, server="bare", is_mended=False, meets=("health", "create collection"), clear=ALL),
    "locked, for statement_timeout (57014)": Fault(on.hurry, deed=locked, meets=POINTS, clear=ALL),
    "locked, for lock_timeout (55P03)": Fault(on.pass_on, deed=locked_for_a_moment, meets=POINTS, clear=ALL),
    "cancelled (57014)": Fault(on.pass_on, deed=locked_and("pg_cancel_backend"), meets=POINTS, clear=ALL),
    "session terminated (57P01)": Fault(on.pass_on, deed=locked_and("pg_terminate_backend"), meets=POINTS, clear=ALL),
    "no connection left (53300)": Fault(on.pass_on, LAZY, deed=filled, server="own", clear=ALL),
    "shut down": Fault(on.lose_server(Postgres.stop), deed=back_later, server="own", clear=ALL),
    "killed": Fault(on.lose_server(Postgres.kill), deed=back_later, server="own"),
}


class PgBench(Bench):
    def __init__(self, fault, wire, database):
        super().__init__(fault, wire, Eye(database))
        self.database = database
        self.deeds = contextlib.ExitStack()

    def begin(self, operation):
        if self.fault.deed:
            self.deeds.enter_context(self.fault.deed(self))
        super().begin(operation)

    def provokes(self, operation, most=MOST_ASKS):
        self.wire.spares_looks = False
        try:
            return super().provokes(operation, most)
        finally:
            self.wire.spares_looks = True

    def end(self):
        self.deeds.close()
        super().end()


@contextlib.contextmanager
def gateway(folder, env, **how):
    """Which tells nobody a password."""
    with Gateway(folder, env, **how) as gate:
        yield gate
        assert SECRET not in call(gate, "GET", "/metrics", None)[2].decode()
    assert SECRET not in gate.log()


@contextlib.contextmanager
def open_bench(folder, fault, shared):
    """A bench whose gateway has the database behind the wire."""
    with server_for(fault, shared) as server:
        database = Database(server)
        trusted, untrusted = (make_certificate(folder, n) for n in ("trusted", "untrusted")) if fault.tls else (None, None)
        with PgWire(("127.0.0.1", server.port), trusted, untrusted) as wire:
            wire.server = server
            url = database.url(wire.port, sslmode="verify-full" if fault.tls else "disable")
            env = OPTIONS | fault.env | {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": url}
            if fault.tls:
                env["VECGATE_VECTOR_PGVECTOR_CA_FILE"] = str(folder / "trusted.crt")
            bench = PgBench(fault, wire, database)
            try:
                yield from under_way(folder, bench, env)
            finally:
                bench.deeds.close()
            assert not wire.complaints, wire.complaints


def under_way(folder, bench, env):
    fault = bench.fault
    if fault.server != "bare":
        with gateway(folder / "gateway", env) as gate:
            bench.prepare(gate)
            if fault.url is None:
                yield bench
                return
    with gateway(folder / "gateway", env | ({"PGVECTOR_URL": fault.url} if fault.url else {}), ready="/livez") as gate:
        bench.gate = gate  # it was so when it began
        yield bench
