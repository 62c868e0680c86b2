"""A gateway whose memory is short says 503 and loses nothing; it never blames the request."""
import concurrent.futures
import http.client
import json

from gateway import Gateway

SIZE, POINTS = 1000, 2600  # about 27 MiB as text
ENV = {
    "VECGATE_MEMORY_TOTAL": "110MiB",
    "VECGATE_MEMORY_REQUEST": "100MiB",
    "VECGATE_MEMORY_SCRATCH": "100MiB",
}


def ask(gate, method, path, body):
    host = http.client.HTTPConnection(gate.address, timeout=120)
    try:
        host.request(method, path, body)
        answer = host.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        host.close()


def test_requests_that_crowd_each_other_out_get_503_and_the_others_are_kept(tmp_path):
    vector = "[" + ",".join(["0.12345678"] * SIZE) + "]"
    body = '{"points":[' + ",".join(f'{{"id":{i},"vector":{vector}}}' for i in range(POINTS)) + "]}"
    with Gateway(tmp_path, ENV) as gate:
        ask(gate, "PUT", "/collections/m", '{"vectors":{"size":1000,"distance":"Dot"}}')
        with concurrent.futures.ThreadPoolExecutor(4) as clients:
            answers = list(clients.map(
                lambda _: ask(gate, "PUT", "/collections/m/points?wait=true", body), range(8)))
        assert {status for status, _ in answers} <= {200, 503}, answers
        # Alone there is room.
        status, answer = ask(gate, "PUT", "/collections/m/points?wait=true", body)
        assert status == 200, answer
        status, answer = ask(gate, "POST", "/collections/m/points/count", "{}")
        assert answer["result"]["count"] == POINTS
