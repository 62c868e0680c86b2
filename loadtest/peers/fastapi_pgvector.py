"""A peer of vecgate before PostgreSQL with pgvector: FastAPI, uvicorn and psycopg's pool, as one writes it who knows
them; with USES_NUMPY=1 numpy and pgvector's own package, too, so that vectors go in binary form. It answers Qdrant's
form of searches and upserts, so that the same load can be put on it; vectors are compared by their angle, and stored
with a length of 1.

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

USES_NUMPY = os.environ.get("USES_NUMPY") == "1"
if USES_NUMPY:
    import numpy
    from pgvector.psycopg import register_vector_async
TABLE = os.environ["DATABASE_TABLE"]
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
EF_SEARCH = int(os.environ.get("EF_SEARCH", "64"))
DEADLINE = float(os.environ.get("DEADLINE", "30"))

SELECT = f'SELECT id, ver, v_ <#> %(vector)s::vector AS d FROM {TABLE}'
ORDER = "ORDER BY v_ <#> %(vector)s::vector LIMIT %(limit)s"

UPSERT = (f"INSERT INTO {TABLE} (id, doc, ver, v_) SELECT u.id, u.doc::json, 0, u.v "
          "FROM unnest(%s::bytea[], %s::text[], %s::vector[]) AS u(id, doc, v) ON CONFLICT (id) "
          "DO UPDATE SET doc = EXCLUDED.doc, ver = EXCLUDED.ver, v_ = EXCLUDED.v_")

pool = psycopg_pool.AsyncConnectionPool(
    os.environ["DATABASE_URL"],
    min_size=CONNECTIONS,
    max_size=CONNECTIONS,
    timeout=DEADLINE,
    open=False,
    configure=register_vector_async if USES_NUMPY else None,
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


def of_length_one(numbers):
    if USES_NUMPY:
        vector = numpy.asarray(numbers, dtype=numpy.float32)
        return vector / (numpy.linalg.norm(vector) or 1.0)
    length = math.hypot(*numbers) or 1.0
    return str([x / length for x in numbers])


@app.get("/healthz")
async def healthz():
    return answer(200, {"status": "ok"})


@app.post("/collections/{name}/points/query")
async def search(name: str, question: Question):
    values = {"vector": of_length_one(question.query), "limit": question.limit}
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
    points = sorted(body.points, key=lambda one: one.id)
    ids = [b"\0" + one.id.to_bytes(8, "big") for one in points]
    documents = [orjson.dumps(one.payload).decode() for one in points]
    async with asyncio.timeout(DEADLINE), pool.connection() as db:
        await db.execute(UPSERT, (ids, documents, [of_length_one(one.vector) for one in points]))
    return answer(200, {"result": {"status": "completed"}, "status": "ok"})
