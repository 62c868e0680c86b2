"""docs/backends/pgvector.md, word for word: its SQL is run by psql on a real PostgreSQL, its grants suffice and each
of them is needed, its commands and files do what is said, and what it quotes is said. Only hosts, ports and passwords
are others."""
import contextlib
import os
import re
import subprocess

import pytest

from gateway import ROOT, Gateway, binary, closed_port
from native import Native
from pages import Page, can_be_said, is_said, path_of, sentences, shell
from patience import eventually
from postgres import PASSWORD, Postgres
from rounds import Round, Stopped

PAGE = Page("docs/backends/pgvector.md")
SECONDS = 60
ISOLATIONS = ["schema", "rls"]
ROLES = {"vecgate": "change-me", "vecreader": "change-me-too"}


# ---- a server, and what the page does to it ----


@pytest.fixture(scope="module")
def server():
    with Postgres() as server:
        yield server


def run_psql(server, text, url):
    command = [server.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)


def psql(server, text, url=None):
    """What it prints; as the superuser unless told otherwise."""
    done = run_psql(server, text, url or server.url())
    assert done.returncode == 0, f"{text}\n{done.stderr}"
    return done.stdout


def refusal(server, text, url):
    done = run_psql(server, text, url)
    assert done.returncode != 0, f"{text}\n{done.stdout}"
    return done.stderr


@contextlib.contextmanager
def done(server, sql):
    """The page's SQL, and afterwards nothing of it."""
    try:
        psql(server, sql)
        yield
    finally:
        psql(server, "DROP DATABASE IF EXISTS vectors WITH (FORCE)")
        for role in ROLES:
            psql(server, f"DROP ROLE IF EXISTS {role}")


def url_of(server, role="vecgate", **options):
    return server.url("vectors", role, ROLES[role], **options)


def before(folder, url, **options):
    """A gateway before that database. It is told to be alive, for it may not be well; and it tries nothing again where
    that takes seconds."""
    env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": url, "VECGATE_VECTOR_PGVECTOR_RESILIENCE_RETRY_THROTTLED_MOST": "0"}
    named = {f"VECGATE_VECTOR_PGVECTOR_{name.upper()}": value for name, value in options.items()}
    return Gateway(folder, env | named, ready="/livez")


# ---- grants ----


def less(sql):
    """The same with one right fewer, each in turn: (which, SQL)."""
    for grant in re.finditer(r"^GRANT ([\w, ]+) ON (.+) TO \w+;\n", sql, re.M):
        rights = grant[1].split(", ")
        for right in rights:
            left = ", ".join(one for one in rights if one != right)
            kept = grant[0].replace(grant[1], left, 1) if left else ""
            yield f"{right} on {grant[2]}", sql[: grant.start()] + kept + sql[grant.end() :]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_the_grants_suffice(server, tmp_path, isolation):
    with done(server, PAGE.blocks[f"grants {isolation}"]):
        with before(tmp_path, url_of(server), isolation=isolation) as gate:
            Round(gate).whole()
            Round(gate, "more").make().fill()
            assert Native(gate).good("GET", "/v1/health") == {"status": "ok", "backend": "pgvector"}
        with before(tmp_path / "another", url_of(server), isolation=isolation) as gate:
            Round(gate, "more").look().change()  # of a gateway that knows nothing yet
        for schema in {"schema": ["vg_default"], "rls": ["vecgate_rows"]}[isolation] + ["vecgate", "public"]:
            assert f"must be owner of schema {schema}" in refusal(server, f"DROP SCHEMA {schema}", url_of(server))
        assert "permission denied" in refusal(server, "CREATE SCHEMA other", url_of(server))
        assert "must be owner of extension vector" in refusal(server, "DROP EXTENSION vector", url_of(server))
        assert "permission denied" in refusal(server, "CREATE TEMPORARY TABLE t ()", url_of(server))
        assert "permission denied" in refusal(server, "CREATE TABLE public.t ()", url_of(server))


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_each_grant_is_needed_and_its_lack_is_told(server, tmp_path, isolation):
    lacks = list(less(PAGE.blocks[f"grants {isolation}"]))
    assert len(lacks) == 6
    for i, (which, sql) in enumerate(lacks):
        with done(server, sql), before(tmp_path / str(i), url_of(server), isolation=isolation) as gate:
            with pytest.raises(Stopped) as stopped:
                Round(gate).whole()
            said = stopped.value.said
            assert any(is_said(words, said) for words in PAGE.sayings("trouble")), (which, said)
            assert "lacks a right" in said or "does not see" in said, (which, said)


def test_the_gateway_may_make_the_schemas(server, tmp_path):
    given = re.sub(".*vg_default.*\n", "", PAGE.blocks["grants schema"]) + PAGE.blocks["grants tenants"]
    with done(server, given), before(tmp_path, url_of(server)) as gate:
        Round(gate).whole()
        assert psql(server, "\\connect vectors\nSELECT nspowner::regrole FROM pg_namespace WHERE nspname='vg_default'") == "vecgate\n"


def test_without_its_tenant_a_shared_table_shows_nothing(server, tmp_path):
    with done(server, PAGE.blocks["grants rls"]):
        with before(tmp_path, url_of(server), isolation="rls") as gate:
            Round(gate).make().fill()
        table = psql(server, "\\connect vectors\nSELECT oid::regclass FROM pg_class WHERE relrowsecurity").strip()
        assert table.startswith('vecgate_rows."s_')
        count = f"SELECT count(*) FROM {table}"
        assert psql(server, count, server.url("vectors")) == "5\n"
        assert psql(server, count, url_of(server)) == "0\n"
        assert psql(server, f"SET vecgate.tenant = 'another'; {count}", url_of(server)) == "0\n"
        assert psql(server, f"SET vecgate.tenant = 'default'; {count}", url_of(server)) == "5\n"


def test_a_reader_reads(server, tmp_path):
    with done(server, PAGE.blocks["grants schema"]):
        with before(tmp_path / "first", url_of(server)) as writer:
            Round(writer).make().fill()
            psql(server, PAGE.blocks["grants reader"])
            Round(writer, "later").make().fill()
            with before(tmp_path / "second", url_of(server, "vecreader")) as reader:
                Round(reader).look()
                Round(reader, "later").look()
                with pytest.raises(Stopped, match="permission denied for") as stopped:
                    Round(reader).change()
                assert (stopped.value.status, is_said("PostgreSQL's role lacks a right: …", stopped.value.said)) == (500, True)
        psql(server, "\\connect vectors\nDROP OWNED BY vecreader, vecgate")


def test_pgvector_may_be_elsewhere(server, tmp_path):
    elsewhere = "CREATE SCHEMA extensions;\nCREATE EXTENSION vector SCHEMA extensions;"
    sql = PAGE.blocks["grants schema"].replace("CREATE EXTENSION vector;", elsewhere)
    both = PAGE.blocks["grants elsewhere"].splitlines()
    assert len(both) == 2
    with done(server, sql):
        for i, line in enumerate([""] + both):
            psql(server, f"\\connect vectors\n{line}")
            with before(tmp_path / str(i), url_of(server)) as gate:
                if i == len(both):
                    Round(gate).whole()
                    assert Native(gate).good("GET", "/v1/health")["status"] == "ok"
                    break
                assert is_said("pgvector is in schema extensions, which this role does not see", health(gate))
                with pytest.raises(Stopped) as stopped:
                    Round(gate).make()
                assert is_said("pgvector is in schema extensions, which this role does not see", stopped.value.said)


# ---- commands and files ----


def test_it_is_set_up_in_a_minute(server, tmp_path):
    *lines, last = PAGE.blocks["quick"].splitlines()
    assert last == "vecgate serve"
    text = "\n".join(lines).replace("127.0.0.1:5432", f"127.0.0.1:{server.port}").replace("postgres@", "gate@")
    text = text.replace("the password", PASSWORD)
    said = shell(f"{text}\nenv -0", tmp_path, PATH=path_of(tmp_path, binary()))
    good, _, env = said.partition("\n")
    assert good.startswith("the configuration is good: backend pgvector,")
    env = dict(line.split("=", 1) for line in env.split("\0") if line.startswith(("VECTOR_", "PGVECTOR_", "PGPASSWORD")))
    assert len(env) == 3
    with Gateway(tmp_path / "gate", env) as gate:
        asked = shell(PAGE.blocks["health"].replace("127.0.0.1:6333", gate.address), tmp_path)
        assert f"`{asked.strip()}` is the answer" in (PAGE.text)
        Round(gate).whole()
    psql(server, "DROP SCHEMA vecgate, vg_default CASCADE; DROP EXTENSION vector")
    (tmp_path / "secret").write_text(PASSWORD)
    files = {"PGPASSWORD_FILE": str(tmp_path / "secret"), "VECTOR_BACKEND": "pgvector"}
    assert 'password: "********" # PGPASSWORD_FILE' in shell("vecgate config", tmp_path, PATH=path_of(tmp_path, binary()), **files)


def test_the_file_is_as_good(server, tmp_path):
    (tmp_path / "secret").write_text(ROLES["vecgate"] + "\n")
    text = PAGE.blocks["file"].replace("/run/secrets/vectors", str(tmp_path / "secret"))
    text = text.replace("db.internal:5432", f"127.0.0.1:{server.port}").replace("verify-full", "disable")
    (tmp_path / "vecgate.yaml").write_text(text)
    assert shell("vecgate check --config vecgate.yaml", tmp_path, PATH=path_of(tmp_path, binary()))
    with done(server, PAGE.blocks["grants schema"]):
        with Gateway(tmp_path / "gate", arguments=["--config", tmp_path / "vecgate.yaml"]) as gate:
            Round(gate).whole()


def test_the_example_starts(server, tmp_path):
    url, password = url_of(server).replace(":change-me", ""), ROLES["vecgate"]
    with done(server, PAGE.blocks["grants schema"]):
        env = {"PGVECTOR_URL": url, "PGPASSWORD": password}
        with Gateway(tmp_path, env, arguments=["--config", ROOT / "conf/examples/pgvector.yaml"]) as gate:
            Round(gate).whole()


def test_the_environment_of_libpq_is_not_looked_at(server, tmp_path):
    assert "`PGHOST`,\n`PGPORT`, `PGUSER` and `PGSSLMODE` are not looked at" in PAGE.text
    env = {"PGHOST": "nowhere.invalid", "PGPORT": "1", "PGUSER": "nobody", "PGSSLMODE": "verify-full"}
    with done(server, PAGE.blocks["grants schema"]):
        with Gateway(tmp_path, env | {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": url_of(server)}) as gate:
            Round(gate).whole()


def test_the_database_can_be_looked_at(server, tmp_path):
    with done(server, PAGE.blocks["grants schema"]):
        with before(tmp_path, url_of(server)) as gate:
            Round(gate).make().fill()
        seen = psql(server, "\\connect vectors\n" + PAGE.blocks["look"])
        assert seen.startswith("docs|{") and "c_docs|" in seen and seen.count("|t|") == 4
        shown = {row[0].strip("`").split()[0] for row in PAGE.tables["columns"]}
        columns = "SELECT column_name FROM information_schema.columns WHERE table_schema='vg_default'"
        named = {"v_": "v_<name>", "v_words": "v_<name>", "x_words": "x_<name>"}
        assert {named.get(name, name) for name in psql(server, "\\connect vectors\n" + columns).split()} == shown
        assert psql(server, '\\connect vectors\nSELECT count(*) FROM vg_default."c_docs"') == "5\n"


def test_indexes_come_later_where_that_is_wanted(server, tmp_path):
    graphs = "\\connect vectors\nSELECT count(*) FROM pg_indexes WHERE indexdef ~ 'USING hnsw' AND schemaname='vg_default'"
    with done(server, PAGE.blocks["grants schema"]), before(tmp_path, url_of(server)) as gate:
        Round(gate).ask("PUT", "", {"vectors": {"size": 2, "distance": "Dot"}, "hnsw_config": {"m": 0}})
        assert psql(server, graphs) == "0\n"
        shell(PAGE.blocks["index later"].replace("127.0.0.1:6333", gate.address), tmp_path)
        jobs = lambda: Native(gate).good("GET", "/v1/jobs?kind=index")["jobs"]  # noqa: E731
        eventually(lambda: all(job["state"] == "done" for job in jobs()), "the job is never done")
        assert psql(server, graphs) == "1\n"


def test_the_role_has_settings(server, tmp_path):
    with done(server, PAGE.blocks["grants schema"]):
        psql(server, PAGE.blocks["role settings"])
        shown = psql(server, "SHOW maintenance_work_mem; SHOW max_parallel_maintenance_workers; SHOW statement_timeout", url_of(server))
        assert shown.split() == ["2GB", "4", "0"]


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_a_dump_comes_back(server, tmp_path, isolation):
    tools = path_of(tmp_path, server.bin / "pg_dump", server.bin / "psql")
    urls = {"SUPERUSER_URL": server.url("vectors"), "VECGATE_URL": url_of(server), "PATH": tools}
    backup = PAGE.blocks["backup"]
    if isolation == "rls":
        backup = backup.replace("'vg_*'", "vecgate_rows")
        assert "--schema=vecgate_rows" in PAGE.text
    with done(server, PAGE.blocks[f"grants {isolation}"]):
        with before(tmp_path / "first", url_of(server), isolation=isolation) as gate:
            Round(gate).make().fill()
        shell(backup, tmp_path, **urls)
        if isolation == "rls":
            with pytest.raises(AssertionError, match="row-level security policy"):
                shell(backup, tmp_path / "first", **(urls | {"SUPERUSER_URL": urls["VECGATE_URL"]}))
    with done(server, PAGE.blocks[f"grants {isolation}"]):
        shell(PAGE.blocks["restore"], tmp_path, **urls)
        with before(tmp_path / "second", url_of(server), isolation=isolation) as gate:
            Round(gate).look().change().drop()


# ---- trouble ----


def health(gate):
    answer = Native(gate).call("GET", "/v1/health")
    assert answer.status == 503, answer
    return answer.json["detail"]


def make(gate):
    with pytest.raises(Stopped) as stopped:
        Round(gate).make()
    return stopped.value.said


def fill(gate, payload):
    Round(gate).make()
    with pytest.raises(Stopped) as stopped:
        Round(gate).ask("PUT", "/points?wait=true", {"points": [{"id": 1, "vector": [1, 2], "payload": payload}]})
    return stopped.value.said


def check(url):
    env = {"PATH": os.environ["PATH"], "VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": url}
    done = subprocess.run([binary(), "check"], env=env, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 1
    return done.stderr


# what is said: by whom, before which URL or after which SQL. What needs a pooler, a full disk, a replica or a fault on
# the wire is in the code all the same, and is met by the tests of the adapter and of the transport.
CHECKED = {
    "the URL names no user": "postgresql://127.0.0.1/vectors",
    "the URL should begin with postgresql://": "host=127.0.0.1 user=vecgate",
    "the URL's parameter … is not known": "postgresql://vecgate@127.0.0.1/vectors?sslmod=require",
    "the URL cannot be read": "postgresql://vecgate:50%@127.0.0.1/vectors",
}
MET = {
    "the backend's name could not be looked up": (health, lambda url: url.replace("127.0.0.1", "nowhere.invalid"), ""),
    "the backend could not be connected to": (health, lambda url: re.sub(r":\d+/", f":{closed_port()}/", url), ""),
    "no secure connection to the backend could be made": (health, lambda url: url + "?sslmode=require", ""),
    "PostgreSQL refused the user or its password": (health, lambda url: url.replace("change-me", "change-you"), ""),
    "PostgreSQL has no database of that name": (health, lambda url: url.replace("/vectors", "/vector"), ""),
    "this PostgreSQL is read-only": (make, None, "ALTER ROLE vecgate SET default_transaction_read_only = on"),
    "pgvector … is too old, 0.8.0 or newer is needed": (health, None, "UPDATE pg_extension SET extversion='0.7.4' WHERE extname='vector'"),
    "PostgreSQL has no connection left": (health, None, "ALTER ROLE vecgate CONNECTION LIMIT 0"),
    "this database was used by a newer vecgate": (
        make, None, "CREATE TABLE vecgate.versions AS SELECT 99 AS version; GRANT SELECT ON vecgate.versions TO vecgate"),
    r"NUL character (\u0000)": (lambda gate: fill(gate, {"a": "\0"}), None, ""),
    "isolation rls needs a PostgreSQL role that row-level security holds for": (health, None, "ALTER ROLE vecgate BYPASSRLS"),
}


@pytest.mark.parametrize("saying", CHECKED)
def test_a_url_that_cannot_be_is_told(saying):
    assert is_said(saying, check(CHECKED[saying]))


@pytest.mark.parametrize("saying", MET)
def test_trouble_is_told(server, tmp_path, saying):
    asks, changes, sql = MET[saying]
    isolation = "rls" if "rls" in saying else "schema"
    with done(server, PAGE.blocks[f"grants {isolation}"]):
        psql(server, f"\\connect vectors\n{sql}")
        url = url_of(server) if changes is None else changes(url_of(server))
        with before(tmp_path, url, isolation=isolation) as gate:
            said = asks(gate)
            assert is_said(saying, said), said


def test_limits_are_told(server, tmp_path):
    indices = list(range(16001))
    with done(server, PAGE.blocks["grants schema"]), before(tmp_path, url_of(server)) as gate:
        with pytest.raises(Stopped, match="max_vector_dimensions is 16000"):
            Round(gate, "wide").ask("PUT", "", {"vectors": {"size": 16001, "distance": "Dot"}})
        point = {"id": 1, "vector": {"words": {"indices": indices, "values": [1] * len(indices)}}}
        with pytest.raises(Stopped, match="sparse vectors of 16000 values at most"):
            Round(gate).make().ask("PUT", "/points?wait=true", {"points": [point]})
        point = {"id": "n" * 513, "vector": [1, 2]}
        assert Native(gate).call("PUT", "/v1/collections/docs/points", {"points": [point]}).status == 422


def test_a_server_without_pgvector_is_told(tmp_path):
    with Postgres("debian") as bare:
        with Gateway(tmp_path, {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": bare.url()}, ready="/livez") as gate:
            assert is_said("this PostgreSQL has no pgvector: install it on the server", make(gate))
            assert is_said("it has no pgvector, which is to be installed on its server", health(gate))


def test_all_trouble_that_is_told_can_be():
    known = list(sentences("adapters/vector/pgvector", "src/transport", "src/call"))
    sayings = PAGE.sayings("trouble")
    assert [saying for saying in sayings if not can_be_said(saying, known)] == []
    assert {saying for saying in [*CHECKED, *MET]} <= set(sayings)
    assert not can_be_said("this is said by nobody", known)


def test_what_is_to_be_watched_is_there():
    assert "`vecgate_breaker_state`" in PAGE.text
    assert set(PAGE.metrics_that_are_none()) == {"vecgate_rows"}  # a schema
