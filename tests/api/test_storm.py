"""Many clients at once, through both APIs of a gateway on its own store and of one that has that gateway as
its Qdrant: collections come and go under searches, clients leave half-way. Nobody hangs, every answer is one
of those that can be right, and who has a collection to himself finds in it exactly what he put there."""
import collections
import contextlib
import http.client
import json
import os
import random
import socket
import threading
import time

SECONDS = 5
CLIENTS = 6
DIMENSION = 8
PATIENCE_SECONDS = 30
SHARED = ["storm-a", "storm-b", "storm-c"]

# What may be said about a collection that others make and drop meanwhile.
CREATED = {200, 201, 409}
DROPPED = {200, 204, 404}
USED = {200, 404}


class Api:
    """One API of one gateway, over one connection that is made again when it is lost."""

    def __init__(self, gate):
        self.gate = gate
        self.wire = http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)

    def ask(self, method, path, body=None):
        headers = {"content-type": "application/json"} if body is not None else {}
        self.wire.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.wire.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def leave(self, path, body, rng):
        """Sends a request, or a piece of it, and goes without the answer."""
        text = json.dumps(body).encode()
        head = f"{self.method_of_upsert} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        request = head.encode() + b"Content-Length: %d\r\n\r\n" % len(text) + text
        with contextlib.suppress(ConnectionError), socket.create_connection(("127.0.0.1", self.gate.port)) as sock:
            sock.sendall(request[: rng.randint(1, len(request))])

    def drop(self, name):
        return self.ask("DELETE", f"{self.root}/{name}")[0]

    def scroll(self, name):
        return self.ask("POST", f"{self.root}/{name}/points/scroll", {"limit": 10_000})


class Qdrant(Api):
    root = "/collections"
    method_of_upsert = "PUT"

    def create(self, name):
        return self.ask("PUT", f"/collections/{name}", {"vectors": {"size": DIMENSION, "distance": "Euclid"}})[0]

    def upsert(self, name, points):
        return self.ask("PUT", f"/collections/{name}/points?wait=true", {"points": points})[0]

    def delete(self, name, ids):
        return self.ask("POST", f"/collections/{name}/points/delete?wait=true", {"points": ids})[0]

    def nearest(self, name, vector):
        status, answer = self.ask("POST", f"/collections/{name}/points/query", {"query": vector, "limit": 3})
        return status, [hit["id"] for hit in answer["result"]["points"]] if status == 200 else answer

    def count(self, name):
        status, answer = self.ask("POST", f"/collections/{name}/points/count", {})
        return status, answer["result"]["count"] if status == 200 else answer

    def ids(self, name):
        status, answer = self.scroll(name)
        return status, [point["id"] for point in answer["result"]["points"]] if status == 200 else answer


class Native(Api):
    root = "/v1/collections"
    method_of_upsert = "PUT"

    def create(self, name):
        return self.ask("POST", self.root, {"name": name, "dimension": DIMENSION, "metric": "euclid"})[0]

    def upsert(self, name, points):
        return self.ask("PUT", f"{self.root}/{name}/points", {"points": points})[0]

    def delete(self, name, ids):
        return self.ask("POST", f"{self.root}/{name}/points/delete", {"ids": ids})[0]

    def nearest(self, name, vector):
        status, answer = self.ask("POST", f"{self.root}/{name}/points/search", {"vector": vector, "limit": 3})
        return status, [hit["id"] for hit in answer["points"]] if status == 200 else answer

    def count(self, name):
        status, answer = self.ask("POST", f"{self.root}/{name}/points/count", {})
        return status, answer["count"] if status == 200 else answer

    def ids(self, name):
        status, answer = self.scroll(name)
        return status, [point["id"] for point in answer["points"]] if status == 200 else answer


class Client:
    """One of the many: stirs the shared collections, and keeps one of its own in its head."""

    def __init__(self, seed, gates, own):
        self.rng = random.Random(seed)
        self.apis = [api(gate) for gate in gates for api in (Qdrant, Native)]
        self.own = own
        self.model = {}
        self.counts = collections.Counter()
        self.error = None

    def vector(self):
        return [round(self.rng.uniform(-1, 1), 3) for _ in range(DIMENSION)]

    def points(self):
        return [{"id": self.rng.randrange(200), "vector": self.vector()} for _ in range(self.rng.randint(1, 20))]

    def stir(self, api):
        """Does something to what is everybody's."""
        name = self.rng.choice(SHARED)
        deeds = {
            "create": (CREATED, lambda: api.create(name)),
            "drop": (DROPPED, lambda: api.drop(name)),
            "upsert": (USED, lambda: api.upsert(name, self.points())),
            "delete": (USED, lambda: api.delete(name, [self.rng.randrange(200)])),
            "search": (USED, lambda: api.nearest(name, self.vector())[0]),
            "count": (USED, lambda: api.count(name)[0]),
            "scroll": (USED, lambda: api.ids(name)[0]),
            "list": ({200}, lambda: api.ask("GET", api.root)[0]),
            "describe": (USED, lambda: api.ask("GET", f"{api.root}/{name}")[0]),
        }
        deed = self.rng.choices(list(deeds), weights=[3, 2, 4, 2, 4, 2, 2, 1, 1])[0]
        allowed, do = deeds[deed]
        status = do()
        self.counts[deed, status] += 1
        assert status in allowed, f"{deed} of {name}: {status}"

    def change(self, api):
        if self.model and self.rng.random() < 0.3:
            ids = self.rng.sample(sorted(self.model), self.rng.randint(1, len(self.model)))
            assert api.delete(self.own, ids) == 200
            for gone in ids:
                del self.model[gone]
        else:
            points = self.points()
            assert api.upsert(self.own, points) == 200
            self.model |= {point["id"]: point["vector"] for point in points}

    def check(self, api):
        """What was acknowledged is there, whichever way one looks."""
        assert api.count(self.own) == (200, len(self.model))
        assert api.ids(self.own) == (200, sorted(self.model))
        for wanted in self.rng.sample(sorted(self.model), min(2, len(self.model))):
            assert api.nearest(self.own, self.model[wanted])[1][0] == wanted

    def step(self):
        api = self.rng.choice(self.apis)
        deed = self.rng.random()
        if deed < 0.55:
            self.stir(api)
        elif deed < 0.75:
            self.change(api)
        elif deed < 0.95:
            self.check(api)
        else:
            api.leave(f"{api.root}/{self.rng.choice(SHARED)}/points", {"points": self.points()}, self.rng)

    def run(self, end):
        try:
            assert self.rng.choice(self.apis).create(self.own) in (200, 201)
            while time.monotonic() < end:
                self.step()
            assert self.rng.choice(self.apis).drop(self.own) in (200, 204)
        except Exception as error:  # told by the test's own thread
            self.error = error


def test_storm(embedded, before_vecgate):
    seed = int(os.environ.get("STORM_SEED", random.randrange(1 << 32)))
    print(f"STORM_SEED={seed}")
    clients = [Client(seed + i, [embedded, before_vecgate], f"storm-own-{seed}-{i}") for i in range(CLIENTS)]
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=client.run, args=(end,), daemon=True) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS + 2 * PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in threads), "somebody still waits for an answer"
    for client in clients:
        if client.error:
            raise client.error
    done = sum((client.counts for client in clients), collections.Counter())
    print(sorted(done.items()))
    assert {deed for deed, _ in done} >= {"create", "drop", "upsert", "search"}
    for name in SHARED:
        Qdrant(embedded).drop(name)
