"""Plain SQLite as a peer: the same points in one table, asked from C (plain_sqlite.c) on the servers' core."""
import contextlib
import json
import sqlite3
import subprocess

from . import load
from .process import SERVER_CORE, compiled, on_core
from .servers import Wrong


class PlainSqlite:
    """`points(id, payload, vector)`, a row for each word; `indexed` names fields of the payload that have an
    index of their own. ANALYZE has run, so that the planner knows them."""

    def __init__(self, folder, words, indexed=()):
        folder.mkdir(parents=True)
        self.folder = folder
        self.path = folder / "points.db"
        self.program = compiled("plain_sqlite.c", folder, ["-lsqlite3"])
        with contextlib.closing(sqlite3.connect(self.path)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("CREATE TABLE points(id INTEGER PRIMARY KEY, payload TEXT NOT NULL, vector BLOB)")
            rows = ((i + 1, json.dumps(payload, ensure_ascii=False, separators=(",", ":")), words.row(i).tobytes())
                    for i, payload in enumerate(words.payloads))
            db.executemany("INSERT INTO points VALUES(?,?,?)", rows)
            for field in indexed:
                db.execute(f"CREATE INDEX by_{field} ON points(json_extract(payload,'$.{field}'))")
            db.execute("ANALYZE")
            db.commit()

    def _run(self, sql, parameters, seconds):
        path = self.folder / "parameters.txt"
        lines = ["\t".join(f"i{x}" if isinstance(x, int) else f"t{x}" for x in line) for line in parameters]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        command = [self.program, self.path, path, str(seconds), sql]
        with on_core(SERVER_CORE):
            done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)
        if done.returncode != 0:
            raise Wrong(done.stderr)
        return done.stdout

    def answers(self, sql, parameters):
        """For each line of parameters the first column of its rows, integers all."""
        lines = self._run(sql, parameters, 0).split("\n")[:-1]
        return [[int(value) for value in line.split()] for line in lines]

    def case(self, sql, parameters, seconds):
        """A case for alternate()."""

        def one_round():
            said = json.loads(self._run(sql, parameters, seconds))
            return load.Load(rate=said["requests"] / said["seconds"], p50_us=said["p50_us"], p99_us=said["p99_us"],
                             cpu=(said["cpu"],), answered=said["requests"], failures=0)

        return one_round
