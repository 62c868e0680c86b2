"""/v1/jobs: what takes longer than a request, listed, told, ended."""
import re
import time

import pytest

from jobrows import put_job
from native import Native

SECONDS = 60


@pytest.fixture
def api(gateway):
    return Native(gateway)


def ids(api, query=""):
    return [job["id"] for job in api.good("GET", "/v1/jobs" + query)["jobs"]]


def test_a_job_is_told(api, gateway, fresh_name):
    id = put_job(gateway, collection=fresh_name, attempts=2, done=3, total=10, error="backend_error: it fails")
    job = api.good("GET", f"/v1/jobs/{id}")
    moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
    assert all(moment.fullmatch(job.pop(name)) for name in ("created", "updated", "next"))
    assert job == {
        "id": id,
        "kind": "index",
        "backend": gateway.env.get("VECTOR_BACKEND", "embedded"),
        "tenant": "default",
        "collection": fresh_name,
        "state": "waiting",
        "attempts": 2,
        "done": 3,
        "total": 10,
        "error": "backend_error: it fails",
    }


def test_jobs_are_listed_by_what_they_are(api, gateway, fresh_name):
    waiting = put_job(gateway, collection=fresh_name)
    done = put_job(gateway, collection=fresh_name, state="done")
    repair = put_job(gateway, kind="repair", collection=fresh_name, state="failed")
    of = f"?collection={fresh_name}"
    assert sorted(ids(api, of)) == sorted([waiting, done, repair])
    assert ids(api, of + "&kind=repair") == [repair]
    assert ids(api, of + "&state=done") == [done]
    assert ids(api, of + "&state=waiting&kind=index&limit=1&timeout=20") == [waiting]
    assert ids(api, of + "&state=running") == []
    assert set(ids(api, "?limit=1000")) >= {waiting, done, repair}


def test_pages_go_on_where_the_last_one_ended(api, gateway, fresh_name):
    made = sorted(put_job(gateway, collection=fresh_name) for _ in range(5))
    seen, after = [], ""
    while True:
        page = api.good("GET", f"/v1/jobs?collection={fresh_name}&limit=2" + (after and f"&after={after}"))
        seen += [job["id"] for job in page["jobs"]]
        after = page["next"]
        if after is None:
            break
        assert after == seen[-1] and len(page["jobs"]) == 2
    assert seen == made


def test_one_that_waits_ends_at_once(api, gateway, fresh_name):
    id = put_job(gateway, collection=fresh_name)
    assert api.good("DELETE", f"/v1/jobs/{id}")["state"] == "cancelled"
    assert api.good("GET", f"/v1/jobs/{id}")["state"] == "cancelled"
    api.wrong("DELETE", f"/v1/jobs/{id}", status=409, type="urn:vecgate:problem:conflict", field="id",
              detail=f"Job `{id}` has ended already: cancelled")


@pytest.mark.parametrize("state", ["done", "failed", "cancelled"])
def test_one_that_has_ended_is_a_conflict(api, gateway, fresh_name, state):
    id = put_job(gateway, collection=fresh_name, state=state)
    api.wrong("DELETE", f"/v1/jobs/{id}", status=409, field="id")
    assert api.good("GET", f"/v1/jobs/{id}")["state"] == state


@pytest.mark.parametrize("id", ["0" * 24, "x", "..%2Faliases", "A" * 24, "%20"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_one_that_is_not_there_is_not_found(api, method, id):
    api.wrong(method, f"/v1/jobs/{id}", status=404, type="urn:vecgate:problem:not_found", field="id")


@pytest.mark.parametrize(
    "query,status,field,says",
    [
        ("kind=teleport", 400, "kind", "must be one of: repair index erase"),
        ("state=asleep", 400, "state", "must be one of: waiting running done failed cancelled"),
        ("collection=", 400, "collection", "must be a collection's name"),
        ("after=7", 400, "after", "must be a job's id"),
        ("limit=0", 422, "limit", "must be a whole number from 1 to 1000"),
        ("limit=1001", 422, "limit", "must be a whole number from 1 to 1000"),
        ("limit=-1", 422, "limit", "must be a whole number from 1 to 1000"),
        ("timeout=0", 422, "timeout", "must be whole seconds from 1 to 3600"),
        ("sort=id", 400, "sort", 'unknown parameter; this path takes "kind", "state", "collection", "after", "limit", "timeout"'),
    ],
)
def test_a_wrong_parameter_is_named(api, query, status, field, says):
    api.wrong("GET", f"/v1/jobs?{query}", status=status, field=field, detail=says)


def test_one_job_takes_no_other_parameters(api, gateway, fresh_name):
    id = put_job(gateway, collection=fresh_name)
    api.wrong("GET", f"/v1/jobs/{id}?state=done", status=400, field="state")


@pytest.mark.parametrize("spec", ["", "{", "[]", "{}", '{"kind":"index","state":"asleep"}', '{"kind":7,"state":"done"}'])
def test_a_damaged_row_is_told_and_harms_nobody(api, gateway, fresh_name, spec):
    id = put_job(gateway, spec=spec)
    job = api.good("GET", f"/v1/jobs/{id}")
    assert job["state"] == "failed" and job["error"] == "the row of this job is damaged" and "kind" not in job
    assert id in ids(api, "?state=failed&limit=1000")
    api.wrong("DELETE", f"/v1/jobs/{id}", status=409)


def test_jobs_of_another_backend_are_not_ours(api, gateway, fresh_name):
    id = put_job(gateway, collection=fresh_name, backend="elsewhere")
    assert ids(api, f"?collection={fresh_name}") == []
    api.wrong("GET", f"/v1/jobs/{id}", status=404)


def test_jobs_are_no_collections(api, gateway, fresh_name):
    put_job(gateway, collection=fresh_name)
    assert not [c for c in api.good("GET", "/v1/collections")["collections"] if c["name"].startswith("/")]
    assert not [c for c in api.good("GET", "/collections")["result"]["collections"] if c["name"].startswith("/")]


def has_metric(api, line):
    return re.search("^" + line, api.call("GET", "/metrics").body.decode(), re.MULTILINE) is not None


def test_a_job_that_is_due_is_done_and_counted(api, gateway, fresh_name):
    """A repair of what needs none; another change of this store's jobs has it looked at."""
    due = put_job(gateway, kind="repair", collection=fresh_name, next=1)
    api.good("DELETE", f"/v1/jobs/{put_job(gateway)}")
    end = time.monotonic() + SECONDS
    while api.good("GET", f"/v1/jobs/{due}")["state"] != "done":
        assert time.monotonic() < end, api.good("GET", f"/v1/jobs/{due}")
        time.sleep(0.02)
    # how many there are is what the last look at the rows saw, and the next look is a moment later
    while not has_metric(api, r'vecgate_jobs\{kind="repair",state="done"\} [1-9]'):
        assert time.monotonic() < end, "no job that is done was counted"
        time.sleep(0.02)
    assert has_metric(api, r'vecgate_job_attempts_total\{kind="repair"\} [1-9]')
