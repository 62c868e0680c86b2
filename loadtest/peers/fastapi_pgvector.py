"""A peer of vecgate before PostgreSQL with pgvector: FastAPI, uvicorn and psycopg's pool, as one writes it who knows
all three. It answers Qdrant's form of searches, so that the same load can be put on it; vectors are compared by their
angle, and stored with a length of 1.

    DATABASE_URL=postgresql://… DATABASE_TABLE='"schema"."table"' uvicorn fastapi_pgvector:app

What the index is walked with is set once for a connection; statements are prepared, results binary."""
import asyncio
import contextlib
import math
import os

import orjson
import psycopg
import psycopg_pool
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

TABLE = os.environ["DATABASE_TABLE"]
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
EF_SEARCH = int(os.environ.get("EF_SEARCH", "64"))
DEADLINE = float(os.environ.get("DEADLINE", "30"))

SELECT = f'SELECT id, ver, v_ <#> %(vector)s::vector AS d FROM {TABLE}'
ORDER = "ORDER BY v_ <#> %(vector)s::vector LIMIT %(limit)s"

UPSERT = (f"INSERT INTO {TABLE} (id, doc, ver, v_) VALUES (%s, %s, 0, %s) ON CONFLICT (id) "
          "DO UPDATE SET doc = EXCLUDED.doc, ver = EXCLUDED.ver, v_ = EXCLUDED.v_")

pool = psycopg_pool.AsyncConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=CONNECTIONS,
    max_size=CONNECTIONS,
    timeout=DEADLINE,
    open=False,
    kwargs={
        "autocommit": True,
        "prepare_threshold": 0,
        "options": f"-c hnsw.ef_search={EF_SEARCH} -c hnsw.iterative_scan=strict_order",
    },
)


@contextlib.asynccontextmanager
async def lifespan(_):
    async with pool:
        yield


app = FastAPI(lifespan=lifespan)


class Match(BaseModel):
    value: int | str | bool


class Condition(BaseModel):
    key: str
    match: Match


class Filter(BaseModel):
    must: list[Condition]


class Point(BaseModel):
    id: int
    vector: list[float]
    payload: dict


class Points(BaseModel):
    points: list[Point]


class Question(BaseModel):
    query: list[float]
    limit: int = 10
    filter: Filter | None = None


def answer(status, body):
    return Response(orjson.dumps(body), status, media_type="application/json")


@app.exception_handler(psycopg.Error)
@app.exception_handler(psycopg_pool.PoolTimeout)
async def on_database_error(_: Request, error: Exception):
    return answer(503, {"status": {"error": f"the database: {type(error).__name__}"}})


@app.exception_handler(TimeoutError)
async def on_late(_: Request, error: TimeoutError):
    return answer(408, {"status": {"error": "the time is over"}})


def spelled(vector):
    length = math.hypot(*vector) or 1.0
    return str([x / length for x in vector])


@app.get("/healthz")
async def healthz():
    return answer(200, {"status": "ok"})


@app.post("/collections/{name}/points/query")
async def search(name: str, question: Question):
    values = {"vector": spelled(question.query), "limit": question.limit}
    sql = f"{SELECT} {ORDER}"
    if question.filter:
        sql = f"{SELECT} WHERE payload @> %(wanted)s::jsonb {ORDER}"
        values["wanted"] = orjson.dumps({one.key: one.match.value for one in question.filter.must}).decode()
    async with asyncio.timeout(DEADLINE), pool.connection() as db:
        cursor = await db.execute(sql, values, binary=True)
        found = await cursor.fetchall()
    points = [{"id": int.from_bytes(key[1:], "big"), "version": version, "score": -d} for key, version, d in found]
    return answer(200, {"result": {"points": points}, "status": "ok"})


@app.put("/collections/{name}/points")
async def upsert(name: str, body: Points):
    rows = [(b"\0" + one.id.to_bytes(8, "big"), orjson.dumps(one.payload).decode(), spelled(one.vector))
            for one in sorted(body.points, key=lambda one: one.id)]
    async with asyncio.timeout(DEADLINE), pool.connection() as db, db.transaction(), db.cursor() as cursor:
        await cursor.executemany(UPSERT, rows)
    return answer(200, {"result": {"status": "completed"}, "status": "ok"})
