"""Rows of jobs, written into a gateway's own metadata store as a gateway writes them."""
import contextlib
import json
import os
import sqlite3
import time

YEARS_MS = 10**12  # so far ahead that it is not due in any test
BUSY_SECONDS = 60


def put_job(gate, kind="index", collection="words", state="waiting", id=None, backend=None, spec=None, **more):
    """Answers its id. `spec`: the row's text, whatever it is."""
    now = int(time.time() * 1000)
    id = id or f"{now:012x}{os.urandom(6).hex()}"
    backend = backend or gate.env.get("VECTOR_BACKEND", "embedded")
    job = {"kind": kind, "collection": collection, "state": state}
    if state == "waiting":
        job["next"] = now + YEARS_MS
    row = ("default", backend, f"/jobs/{id}", "", 0, 1, 1, now, now, spec if spec is not None else json.dumps(job | more))
    write(gate, "INSERT INTO rows VALUES(?,?,?,?,?,?,?,?,?,?)", row)
    return id


def drop_job(gate, id):
    write(gate, "DELETE FROM rows WHERE name = ?", (f"/jobs/{id}",))


def write(gate, text, values):
    with contextlib.closing(sqlite3.connect(gate.data / "catalog.db", timeout=BUSY_SECONDS)) as store, store:
        store.execute(text, values)
