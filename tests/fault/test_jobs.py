"""A job outlives the gateway: killed with -9 while it is worked on, again and again, it is the same job that the next
gateway goes on with, and in the end it is done. Behind the gateway is Qdrant's API, spoken by a second one, with a door
between them that can be shut."""
import contextlib
import http.client
import http.server
import re
import threading
import time

import pytest

from gateway import Gateway
from native import Native

SECONDS = 60  # for whatever has to happen; it takes hundredths


class Door:
    """Passes requests on to `behind`, one by one; what matches `shut` is not answered at all, before or after it was
    passed on."""

    def __init__(self, behind):
        self.behind = behind
        self.shut = self.shut_after = None
        self.waiting = threading.Event()  # something is at the shut door
        self.open = threading.Event()
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                line = f"{self.command} {self.path}"
                if door.shut and re.match(door.shut, line):
                    return self.leave()
                with contextlib.closing(http.client.HTTPConnection(door.behind.address, timeout=SECONDS)) as host:
                    host.request(self.command, self.path, body, {"content-type": "application/json"})
                    answer = host.getresponse()
                    text = answer.read()
                if door.shut_after and re.match(door.shut_after, line):
                    return self.leave()
                self.send_response(answer.status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def leave(self):
                self.close_connection = True
                door.waiting.set()
                door.open.wait(SECONDS)

            def log_message(self, *_):
                pass

            do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.open.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def ask_and_forget(gate, method, path, body=None):
    """By a client that sees the gateway die."""
    def run():
        with contextlib.suppress(OSError, http.client.HTTPException):
            Native(gate).call(method, path, body)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def the_job(api):
    """There is one, as soon as the gateway has looked."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        jobs = api.good("GET", "/v1/jobs")["jobs"]
        if jobs:
            assert len(jobs) == 1, jobs
            return jobs[0]
        time.sleep(0.01)
    raise AssertionError("there is no job")


def wait_until_done(api, id):
    end = time.monotonic() + SECONDS
    while (job := api.good("GET", f"/v1/jobs/{id}"))["state"] != "done":
        assert time.monotonic() < end, job
        time.sleep(0.01)
    return job


CREATE = {"name": "words", "dimension": 4, "metric": "dot"}
# what is asked, whether words are there before, what the gateway is killed in, what its job is killed in, and
# whether words are there in the end
CASES = {
    "created, not made": ("POST", "/v1/collections", CREATE, False, "shut", "PUT /collections/words", "GET /collections/words", False),
    "created and made": ("POST", "/v1/collections", CREATE, False, "shut_after", "PUT /collections/words", "GET /collections/words", True),
    "dropped, not gone": ("DELETE", "/v1/collections/words", None, True, "shut", "DELETE /collections/words", "DELETE /collections/words", False),
}


@pytest.mark.parametrize("name", CASES)
def test_a_job_is_taken_up_by_the_next_gateway(tmp_path, name):
    method, path, body, is_there, how, first, then, is_left = CASES[name]
    with Gateway(tmp_path / "behind") as behind, Door(behind) as door:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": door.url}
        with Gateway(tmp_path / "gate", env) as gate:
            api = Native(gate)
            if is_there:
                api.create("words")
            setattr(door, how, first)
            client = ask_and_forget(gate, method, path, body)
            assert door.waiting.wait(SECONDS), gate.log()
            gate.kill()
            client.join()

            seen = set()
            door.shut, door.shut_after = then, None
            for _ in range(3):
                door.waiting.clear()
                gate.start()
                api = Native(gate)
                assert door.waiting.wait(SECONDS), gate.log()
                job = the_job(api)
                seen.add(job["id"])
                assert (job["kind"], job["collection"], job["state"]) == ("repair", "words", "running"), job
                gate.kill()

            door.shut = None
            gate.start()
            api = Native(gate)
            job = wait_until_done(api, the_job(api)["id"])
            assert seen == {job["id"]}, "one job, whoever worked on it"
            assert job["attempts"] == 0
            there = {c["name"] for c in api.good("GET", "/v1/collections")["collections"]}
            assert there == ({"words"} if is_left else set())
            assert Native(behind).call("GET", "/v1/collections/words").status == (200 if is_left else 404)
            if not is_left:
                api.create("words")


def test_a_gateway_that_ends_lets_go_of_its_job(tmp_path):
    """SIGTERM while a job waits for the backend: it does not hold the end up, and is taken up afterwards."""
    with Gateway(tmp_path / "behind") as behind, Door(behind) as door:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": door.url}
        with Gateway(tmp_path / "gate", env) as gate:
            door.shut_after = "PUT /collections/words"
            client = ask_and_forget(gate, "POST", "/v1/collections", CREATE)
            assert door.waiting.wait(SECONDS)
            gate.kill()
            client.join()
            door.waiting.clear()
            door.shut, door.shut_after = "GET /collections/words", None
            gate.start()
            assert door.waiting.wait(SECONDS)
            job = the_job(Native(gate))
            gate.stop()
            door.shut = None
            gate.start()
            assert wait_until_done(Native(gate), job["id"])["attempts"] == 0


# where the gateway that erases is killed, before it happened or after
ERASING = {
    "counted, not dropped": ("shut", "DELETE /collections/words"),
    "dropped, not told": ("shut_after", "DELETE /collections/words"),
    "not counted": ("shut", "POST /collections/words/points/count"),
}


@pytest.mark.parametrize("name", ERASING)
def test_what_is_erased_is_counted_once(tmp_path, name):
    how, where = ERASING[name]
    with Gateway(tmp_path / "behind") as behind, Door(behind) as door:
        env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": door.url}
        with Gateway(tmp_path / "gate", env) as gate:
            api = Native(gate)
            for collection, points in (("songs", 2), ("words", 3)):
                api.good("POST", "/v1/collections", CREATE | {"name": collection}, status=201)
                points = [{"id": n, "vector": [n, 0, 0, 1]} for n in range(1, points + 1)]
                api.good("PUT", f"/v1/collections/{collection}/points", {"points": points})
            setattr(door, how, where)
            id = api.good("DELETE", "/v1/tenants/default", status=202)["id"]
            for _ in range(2):
                assert door.waiting.wait(SECONDS), gate.log()
                gate.kill()
                if how == "shut_after":
                    door.shut_after = None  # it happened, and does not happen again
                door.waiting.clear()
                gate.start()
                api = Native(gate)
                if how == "shut_after":
                    break
            door.shut = None
            door.open.set()
            receipt = wait_until_done(api, id)["receipt"]
            assert {key: receipt[key] for key in ("collections", "points", "aliases", "remaining")} == {
                "collections": 2, "points": 5, "aliases": 0, "remaining": []}
            assert api.good("GET", "/v1/collections")["collections"] == []
            assert Native(behind).good("GET", "/v1/collections")["collections"] == []
