"""One round over Qdrant's API, through everything that a program does with a collection in its life. It is asserted
step by step; where a gateway may not do a step, the answer that says so is raised."""
from native import Native


class Stopped(Exception):
    """Why the round went no further: the sentence of the refusal, and its status."""

    def __init__(self, what, answer):
        super().__init__(f"{what}: {answer}")
        self.status, self.said = answer.status, answer.json["status"]["error"]


class Round:
    def __init__(self, gate, name="docs"):
        self.native, self.path = Native(gate), f"/collections/{name}"

    def ask(self, method, path, body=None):
        answer = self.native.call(method, self.path + path, body)
        if answer.status != 200:
            raise Stopped(f"{method} {self.path}{path}", answer)
        return answer.json["result"]

    def make(self):
        shape = {"vectors": {"size": 2, "distance": "Dot"}, "sparse_vectors": {"words": {}}}
        assert self.ask("PUT", "", shape) is True
        self.ask("PUT", "/index?wait=true", {"field_name": "city", "field_schema": "keyword"})
        return self

    def fill(self):
        points = [
            {"id": i, "vector": {"": [i, 1], "words": {"indices": [i], "values": [1]}}, "payload": {"city": "ab"[i % 2]}}
            for i in range(1, 6)
        ]
        assert self.ask("PUT", "/points?wait=true", {"points": points})["status"] == "completed"
        return self

    def look(self):
        odd = {"must": [{"key": "city", "match": {"value": "b"}}]}
        assert self._found("/points/query", {"query": [1, 0], "limit": 2}) == [5, 4]
        assert self._found("/points/query", {"query": [1, 0], "limit": 2, "filter": odd}) == [5, 3]
        assert self._found("/points/query", {"query": {"indices": [2], "values": [1]}, "using": "words"}) == [2]
        assert self._found("/points/scroll", {"limit": 3}) == [1, 2, 3]
        assert self.ask("POST", "/points/count", {"exact": True, "filter": odd})["count"] == 3
        assert self.ask("GET", "")["points_count"] == 5
        return self

    def change(self):
        self.ask("POST", "/points/payload?wait=true", {"payload": {"city": "c"}, "points": [1]})
        self.ask("POST", "/points/delete?wait=true", {"points": [2]})
        assert self._found("/points/scroll", {"with_payload": False}) == [1, 3, 4, 5]
        return self

    def drop(self):
        assert self.ask("DELETE", "") is True

    def whole(self):
        self.make().fill().look().change().drop()

    def _found(self, path, body):
        return [point["id"] for point in self.ask("POST", path, body)["points"]]
