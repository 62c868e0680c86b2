"""What is more than Qdrant takes in one request goes in several: a gateway before a second one, which takes 32 MiB
as Qdrant does."""
import http.client
import json
import re

from gateway import Gateway

MIB = 1 << 20
TEXT = "x" * MIB
POINTS = 40


class Api:
    def __init__(self, gate):
        self.host = http.client.HTTPConnection(gate.address, timeout=120)

    def ask(self, method, path, body=None):
        self.host.request(method, path, body, {"content-type": "application/json"} if body else {})
        answer = self.host.getresponse()
        return answer.status, answer.read().decode()

    def count(self, name):
        status, text = self.ask("POST", f"/collections/{name}/points/count", "{}")
        assert status == 200, text
        return json.loads(text)["result"]["count"]

    def parts(self):
        found = re.search(r'^vecgate_split_parts_total\{[^}]*operation="upsert"[^}]*\} (\d+)$',
                          self.ask("GET", "/metrics")[1], re.MULTILINE)
        return int(found[1]) if found else 0


def points(numbers, text=TEXT):
    return '{"points":[' + ",".join(
        f'{{"id":{i},"vector":[1,{i}],"payload":{{"text":"{text}"}}}}' for i in numbers) + "]}"


def test_an_upsert_of_more_than_32_mib_reaches_qdrant(tmp_path, embedded, fresh_name):
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url, "VECGATE_LIMITS_BODY": "128MiB"}
    with Gateway(tmp_path, env) as gate:
        api = Api(gate)
        status, text = api.ask("PUT", f"/collections/{fresh_name}", '{"vectors":{"size":2,"distance":"Dot"}}')
        assert status == 200, text
        body = points(range(1, POINTS + 1))
        assert len(body) > 32 * MIB
        status, text = Api(embedded).ask("PUT", f"/collections/{fresh_name}/points?wait=true", body)
        assert status in (400, 413), text  # as Qdrant would
        status, text = api.ask("PUT", f"/collections/{fresh_name}/points?wait=true", body)
        assert status == 200 and json.loads(text)["result"]["status"] == "completed", text
        assert api.count(fresh_name) == POINTS
        assert api.parts() == 2

        # One that no cutting helps, among others: nothing is sent.
        large = points([97])[:-2] + "," + points([98], "x" * (33 * MIB))[len('{"points":['):]
        status, text = api.ask("PUT", f"/collections/{fresh_name}/points?wait=true", large)
        assert status == 400 and "a point of about" in text, text[:500]
        status, text = api.ask("PUT", f"/v1/collections/{fresh_name}/points", large)
        assert status == 413 and json.loads(text)["type"].endswith(":too_large"), text[:500]
        assert api.count(fresh_name) == POINTS
        assert api.ask("DELETE", f"/collections/{fresh_name}")[0] == 200
