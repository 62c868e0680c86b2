"""A PostgreSQL with pgvector that is measured, on the servers' core; what a program sends to it; and pgbench, which
sends the same without a gateway."""
import contextlib
import dataclasses
import re
import subprocess

from . import load
from .process import CORES, LOAD_CORE, SERVER_CORE, cpu_seconds, on_core
from .servers import Wrong
from postgres import USER, Postgres  # tests/support: servers.py has put it on the path

SETTINGS = {"shared_buffers": "512MB", "maintenance_work_mem": "1GB", "max_wal_size": "8GB", "max_connections": "100"}
SAID = re.compile(r"^\S+ \S+ \S+ \[(\d+)\] (?:LOG:  execute \S+: (.*)|DETAIL:  parameters: (.*))$", re.M)
PARAMETER = re.compile(r"\$\d+ = (NULL|'(?:[^']|'')*')")
VARIABLE = re.compile(r"(?<![:\w]):[A-Za-z_]")  # of pgbench's, in a statement
COUNTS = {"done": r"actually processed: (\d+)", "failed": r"failed transactions: (\d+)"}
FIRST = "set_config('statement_timeout'"  # begins each of the gateway's transactions
WARM_SECONDS = 1  # of pgbench's, whose connections are new each time


@dataclasses.dataclass(frozen=True)
class Statement:
    """As the server had it: its text with $1, $2, …, and what was bound, as literals of SQL."""

    sql: str
    values: tuple


class Database(Postgres):
    """Of the wheel, as tests/support/postgres.py has it, but larger."""

    def __init__(self):
        super().__init__("wheel", **SETTINGS)

    @property
    def pid(self):
        return self.process.pid

    def start(self, cores=(SERVER_CORE,)):
        with on_core(*cores):
            return super().start()

    @contextlib.contextmanager
    def on_all_cores(self):
        """Before it is measured: so an index is built sooner."""
        self.start(CORES)
        yield self
        self.stop()

    def psql(self, sql, database="postgres"):
        command = [self.bin / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-", self.url(database)]
        done = subprocess.run(command, input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            raise Wrong(f"psql: {done.stderr}")
        return done.stdout

    def tell_statements(self, tells=True):
        """In the log, of connections that are made from now on."""
        self.psql(f"ALTER ROLE {USER} " + ("SET log_statement='all'" if tells else "RESET log_statement"))

    def said(self, since, about):
        """The statements of the log from that place on, in order, of those transactions whose last statement is
        `about` something: health checks may come in between."""
        text = self.log.read_bytes()[since:].decode()
        transactions, current = [], {}
        for pid, sql, values in SAID.findall(text):
            if sql and (FIRST in sql or pid not in current):
                current[pid] = []
                transactions.append(current[pid])
            if sql:
                current[pid].append(Statement(sql, ()))
            elif current.get(pid):
                current[pid][-1] = Statement(current[pid][-1].sql, tuple(PARAMETER.findall(values)))
        return [one for each in transactions if each and about in each[-1].sql for one in each]

    def sent_for(self, ask, bodies, about):
        """What is sent to it for each of these, one after the other."""
        sent = []
        for body in bodies:
            since = self.log.stat().st_size
            ask(body)
            sent.append(self.said(since, about))
        if not all(sent):
            raise Wrong(f"the log of PostgreSQL does not have what is about {about}")
        return sent


class Pgbench:
    """The same exchanges, each with one round trip, as the gateway has them: its statements prepared by name on
    every connection, in one pipeline. Values go as text. `types` has those of the parameters of statements that have
    such a word, where PostgreSQL cannot tell."""

    def __init__(self, database, folder, exchanges, types=()):
        self.database, self.folder, self.exchanges, self.types = database, folder, exchanges, dict(types)
        texts = dict.fromkeys(one.sql for exchange in exchanges for one in exchange)
        self.names = {sql: f"s{i}" for i, sql in enumerate(texts)}
        folder.mkdir(parents=True)
        self.files = [self.write(folder / f"{i}.sql", exchange) for i, exchange in enumerate(exchanges)]

    def prepares(self):
        return [f"PREPARE {name}{self.typed(sql)} AS {sql};" for sql, name in self.names.items()]

    def typed(self, sql):
        return next((f"({types})" for word, types in self.types.items() if word in sql), "")

    def executes(self, exchange):
        return [f"EXECUTE {self.names[one.sql]}" + (f"({','.join(one.values)})" if one.values else "") + ";"
                for one in exchange]

    def write(self, path, exchange):
        once = ["\\if :first", *self.prepares(), "\\set first 0", "\\endif"]
        lines = [*once, "\\startpipeline", *self.executes(exchange), "\\endpipeline"]
        if any(VARIABLE.search(line) for line in lines if not line.startswith("\\")):
            raise Wrong("pgbench would see a variable in a statement")
        path.write_text("\n".join(lines) + "\n")
        return path

    def answers(self):
        """The rows of the last statement of each exchange: lists of lists of text."""
        lines = self.prepares()
        for exchange in self.exchanges:
            *before, last = self.executes(exchange)
            lines += ["BEGIN;", "\\o /dev/null", *before, "\\o", last, "COMMIT;", "\\echo end"]
        pages = self.database.psql("\n".join(lines) + "\n").split("end\n")[:-1]
        return [[row.split("|") for row in page.splitlines()] for page in pages]

    def case(self, clients, seconds):
        """A case for alternate(), of CPU seconds of PostgreSQL alone."""
        command = [self.database.bin / "pgbench", "-n", "-M", "extended", "-c", clients, "-j", 1,
                   "-T", seconds + WARM_SECONDS, "-D", "first=1", "-l", f"--log-prefix={self.folder / 'log'}"]
        for path in self.files:
            command += ["-f", path]
        command.append(self.database.url())

        def one_round():
            before = cpu_seconds(self.database.pid)
            with on_core(LOAD_CORE):
                done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=seconds + 60)
            cpu = cpu_seconds(self.database.pid) - before
            found = {name: re.search(what, done.stdout) for name, what in COUNTS.items()}
            if done.returncode != 0 or not all(found.values()):
                raise Wrong(f"pgbench ended with {done.returncode}: {done.stderr[-500:]}")
            rate, taken = self.read_log()
            return load.Load(rate=rate, p50_us=taken[len(taken) // 2], p99_us=taken[len(taken) * 99 // 100],
                             cpu=(cpu,), answered=int(found["done"][1]), failures=int(found["failed"][1]))

        return one_round

    def read_log(self):
        """Transactions a second, and what each took in microseconds, of those when it was warm. The log is gone then."""
        ended = []
        for path in self.folder.glob("log.*"):
            fields = map(str.split, path.read_text().splitlines())
            ended += [(int(seconds) + 1e-6 * int(micro), int(taken)) for _, _, taken, _, seconds, micro, *_ in fields]
            path.unlink()
        ended.sort()
        first, last = ended[0][0], ended[-1][0]
        warm = first + min(WARM_SECONDS, (last - first) / 2)
        counted = [taken for end, taken in ended if end >= warm]
        return len(counted) / max(last - warm, 1e-6), sorted(counted)
