"""How a backend calls what it keeps for tenants, which nobody is to be told."""
import json
import pathlib

from attack_run import Client

LEAST = 12  # letters; shorter words stand in answers by chance


def from_qdrant(env, _):
    host = env["QDRANT_URL"].removeprefix("http://")
    answer = Client(host, None).call("GET", "/collections")
    return [one["name"] for one in json.loads(answer.body)["result"]["collections"]]


def from_postgres(env, _):
    import psycopg

    with psycopg.connect(env["PGVECTOR_URL"]) as session:
        rows = session.execute(
            "SELECT nspname FROM pg_namespace UNION SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'").fetchall()
    return [name for name, in rows]


def from_folder(_, gate):
    return [path.name for path in pathlib.Path(gate.data).rglob("*")]


def hidden_names(env, gate, attack):
    """Those of the backend's words that are no tenant's own."""
    find = from_qdrant if "QDRANT_URL" in env else from_postgres if "PGVECTOR_URL" in env else from_folder
    own = {name for tenant in attack.tenants for name in tenant.called} | {tenant.name for tenant in attack.tenants}
    said = json.dumps([one["ask"] for one in attack.trace] + [one["body"] for one in attack.trace], ensure_ascii=False)
    return [name for name in find(env, gate) if len(name) >= LEAST and name not in own and name not in said]
