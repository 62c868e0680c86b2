"""docs/jobs.md: what it shows is what is answered; only the address and the job are others."""
import json
import time

from jobrows import put_job
from native import Native
from pages import Page, shell

PAGE = Page("docs/jobs.md")
PATIENCE = 60


def test_jobs_are_looked_at_and_ended_as_shown(embedded, tmp_path, fresh_name):
    shown = json.loads(PAGE.blocks["job"])
    told = {name: shown[name] for name in ("attempts", "done", "total", "error")}
    id = put_job(embedded, collection=fresh_name, **told)
    text = PAGE.blocks["jobs"].replace("127.0.0.1:6333", embedded.address).replace(shown["id"], id)
    listed, one, ended = shell(text.replace("curl -sS", "curl -sS -w '\\n'"), tmp_path).splitlines()
    assert json.loads(listed) == {"jobs": [], "next": None}
    one = json.loads(one)
    assert one.keys() == shown.keys()
    assert {name: one[name] for name in told} == told
    assert json.loads(ended)["state"] == "cancelled"
    assert Native(embedded).good("GET", f"/v1/jobs/{id}")["state"] == "cancelled"


def test_a_tenant_is_erased_as_shown(embedded, tmp_path):
    job = json.loads(shell(PAGE.blocks["erase"].replace("127.0.0.1:6333", embedded.address), tmp_path))
    shown, native = json.loads(PAGE.blocks["receipt"]), Native(embedded)
    end = time.monotonic() + PATIENCE
    while (told := native.good("GET", f"/v1/jobs/{job['id']}"))["state"] != "done":
        assert time.monotonic() < end, told
        time.sleep(0.02)
    assert told["receipt"].keys() == shown.keys()
    assert told["receipt"]["tenant"] == shown["tenant"] and told["receipt"]["collections"] == 0
    assert shown["rows"] == shown["collections"] + shown["jobs"] + 2, "its aliases, and its erasing"
