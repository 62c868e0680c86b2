"""docs/security.md: what it shows is what is done, and what it says is answered, is."""
import json
import re
import subprocess

import pytest

from access import token
from certs import Authority
from gateway import ROOT, Gateway, binary
from native import Native
from pages import Page, is_said, shell

PAGE = Page("docs/security.md")
SECRETS = {"ADMIN_KEY": "an-administrators-key", "APP_KEY": "a-key-of-the-application", "JWT_SECRET": "what tokens are signed with, at length"}
DASHBOARDS = "dashboards-read-these-two"
DOCS = {"name": "docs", "dimension": 2, "metric": "dot"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("security")


@pytest.fixture(scope="module")
def gate(folder):
    file = folder / "vecgate.yaml"
    file.write_text(PAGE.blocks["vecgate.yaml"])
    with Gateway(folder, SECRETS, ["--config", str(file)]) as gate:
        native = Native(gate)
        assert native.call("POST", "/v1/collections", DOCS, key(SECRETS["ADMIN_KEY"])).status == 201
        yield gate


def key(sent):
    return {"api-key": sent}


def signed(**claims):
    return key(token(SECRETS["JWT_SECRET"], **claims))


def test_a_key_may_stand_as_its_digest(gate, folder):
    digest = shell(PAGE.blocks["digest"], folder).split()[0]
    assert digest in PAGE.blocks["vecgate.yaml"] and DASHBOARDS in PAGE.blocks["digest"]
    assert Native(gate).call("GET", "/v1/collections/docs", headers=key(DASHBOARDS)).status == 200


def test_either_header_is_looked_at(gate, folder):
    text = PAGE.blocks["send"].replace("127.0.0.1:6333", gate.address).replace("curl -sS", "curl -sS -w '\\n'")
    qdrant, native = shell(text, folder, **SECRETS).splitlines()
    assert json.loads(qdrant)["result"] == {"collections": [{"name": "docs"}]}
    assert json.loads(native) == json.loads(qdrant)["result"]


def test_a_token_is_signed_as_shown(gate, folder):
    made = key(shell(PAGE.blocks["token"], folder, **SECRETS).strip())
    native = Native(gate)
    points = [{"id": n, "vector": [n, 1], "payload": {"owner": owner}} for n, owner in ((1, "alice"), (2, "bob"))]
    assert native.call("PUT", "/v1/collections/docs/points", {"points": points}, key(SECRETS["APP_KEY"])).status == 200
    found = native.call("POST", "/v1/collections/docs/points/search", {"vector": [1, 0]}, made)
    assert found.status == 200 and [hit["id"] for hit in found.json["points"]] == [1], found
    for holder, sees_all in (made, False), (key(SECRETS["APP_KEY"]), True):  # how a search is done counts all points
        told = native.call("POST", "/v1/collections/docs/points/search?explain=true", {"vector": [1, 0]}, holder)
        assert (told.json["explain"]["method"] is not None) == ("points" in told.json["explain"]) == sees_all, told
    assert native.call("PUT", "/v1/collections/docs/points", {"points": points}, made).status == 403


def test_every_word_of_the_routes_is_explained():
    routes = (ROOT / "docs/routes.md").read_text()
    used = set(re.findall(r"^\| [A-Z]+ \| `[^`]+` \| (.+?) \| ", routes, re.MULTILINE))
    explained = {row[0] for row in PAGE.tables["rights"]}
    assert used <= explained and len(used) > 8, used - explained


USERS = {"collection": "users", "matches": [{"key": "id", "value": 7}]}
NO_ONE = {"collection": "docs", "matches": [{"key": "owner", "value": "nobody"}]}
GOOD = [("GET", "/collections/docs", "/v1/collections/docs", None)]
WRITE = [("PUT", "/collections/docs/points", "/v1/collections/docs/points", {"points": [{"id": 1, "vector": [1, 1]}]})]
SENT = {
    "no credential": ({}, GOOD),
    "a wrong one": (key("wrong"), GOOD),
    "a token that is over": (signed(exp=1), GOOD),
    "a token of others": (key(token("another secret, which is as long as it")), GOOD),
    "a token whose point is gone": (signed(value_exists=NO_ONE), GOOD),
    "a token whose point's collection is gone": (signed(value_exists=USERS), GOOD),
    "a collection that is not listed": (key(DASHBOARDS), [("GET", "/collections/secret", "/v1/collections/secret", None)]),
    "a write of who may read": (key(DASHBOARDS), WRITE),
    "a write of who may read all": (signed(access="r"), WRITE),
    "a restricted one for a point by its id": (
        signed(access=[{"collection": "docs", "access": "rw", "payload": {"owner": "alice"}}]),
        [("GET", "/collections/docs/points/1", "/v1/collections/docs/points/1", None)],
    ),
}


def said(answer):
    """The words of an answer of Qdrant's."""
    if answer.headers["content-type"].startswith("text/plain"):
        return answer.body.decode()
    return answer.json["status"]["error"]


@pytest.mark.parametrize("row", PAGE.tables["answers"], ids=lambda row: row[0])
def test_it_is_answered_as_the_table_says(gate, row):
    what, qdrant, native = row
    status, text = re.fullmatch(r"(\d+) `+(.+?)`+", qdrant).groups()
    if what == "a header twice":  # no client sends that: test_access.py does
        assert text in (ROOT / "src/front/entry.c").read_text()
        return
    headers, asks = SENT[what]
    for method, path, native_path, body in asks:
        answer = Native(gate).call(method, path, body, headers)
        assert answer.status == int(status) and is_said(text, said(answer)), answer
        answer = Native(gate).call(method, native_path, body, headers)
        assert answer.status == int(native), answer
        assert is_said(text.removeprefix("Forbidden: "), answer.json["detail"]), answer


def test_a_denial_is_a_line_as_shown(gate):
    shown = json.loads(PAGE.blocks["audit"])
    Native(gate).call("GET", "/collections/secret", headers=key(DASHBOARDS) | {"x-request-id": "as-shown"})
    line = json.loads(gate.line("as-shown", "access denied"))
    assert line.keys() == shown.keys()
    assert line | {name: shown[name] for name in ("time", "request_id")} == shown
    assert PAGE.metrics_that_are_none() == []


def test_tenants_are_kept_apart_as_the_table_says():
    """Each way is an option's word, each word is in the table, the first is the default, which its row has first."""
    words = {}
    for row in PAGE.tables["tenants"]:
        if len(row) == 4:
            words.setdefault(row[0].strip("`"), []).append(row[1].strip("`"))
    options = (ROOT / "docs/options.md").read_text()
    told = re.findall(r"^\| `vector\.(\w+)\.isolation` \| one of ([\w, ]+) \| `(\w+)`", options, re.MULTILINE)
    assert words == {backend: each.split(", ") for backend, each, _ in told}
    assert [words[backend][0] for backend, _, _ in told] == [default for *_, default in told]


def test_the_hardened_configuration_is_right(folder):
    pair = Authority(folder / "ca").issue("gateway", "DNS:gateway.internal")
    (folder / "gateway.pem").write_bytes(pair.cert.read_bytes())
    (folder / "gateway.key").write_bytes(pair.key.read_bytes())
    (folder / "gateway.key").chmod(0o600)
    digest = shell(PAGE.blocks["digest"], folder).split()[0]
    (folder / "keys.yaml").write_text(f"- {{name: app, tenant: acme, rights: read, sha256: {digest}}}\n")
    file = folder / "hardened.yaml"
    file.write_text(PAGE.blocks["hardened.yaml"].replace("/etc/vecgate", str(folder)).replace("/var/lib/vecgate", str(folder / "data")))
    checked = subprocess.run([binary(), "check", "--config", file], capture_output=True, text=True)
    assert checked.returncode == 0 and checked.stderr == "", checked


def test_bounds_of_tenants_are_read_as_shown(folder):
    file = folder / "bounds.yaml"
    file.write_text(PAGE.blocks["bounds.yaml"])
    shown = subprocess.run([binary(), "config", "--config", file], capture_output=True, text=True, check=True).stdout
    text = re.search(r"^  tenants: (\".*\") # ", shown, re.MULTILINE)[1]
    assert json.loads(json.loads(text)) == [
        {"tenant": "acme", "rate": 2000},
        {"tenant": "trial", "rate": 20, "burst": 40, "body": "1MiB", "collections": 2, "points": 100000},
    ]
