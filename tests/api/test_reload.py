"""SIGHUP while a backend is in trouble: how that is met changes at once, for what is asked from then on and for who
waits; what was learned of the backend stays; a mistake changes nothing."""
import contextlib
import http.client
import json
import pathlib
import re
import signal
import sys
import threading

from gateway import Gateway, closed_port
from patience import eventually

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "contract"))
import wire as on  # noqa: E402

PATIENCE_SECONDS = 30
COLLECTION = {"vectors": {"size": 2, "distance": "Dot"}}


def ask(gate, method, path, body=None):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        host.request(method, path, json.dumps(body) if body is not None else None)
        answer = host.getresponse()
        return answer.status, answer.read().decode()


def count(gate):
    return ask(gate, "POST", "/collections/reload/points/count", {})[0]


def metric(gate, name):
    rows = re.findall(rf"^vecgate_{name}{{[^}}]*}} (\S+)$", ask(gate, "GET", "/metrics")[1], re.MULTILINE)
    return sum(map(float, rows))


class Configured:
    """A configuration file whose `resilience` changes under a gateway that reads it."""

    def __init__(self, folder, backend, options=""):
        self.file = folder / "vecgate.yaml"
        self.head = f"vector:\n  backend: {backend}\n  {backend}:\n{options}    resilience:\n"
        self.gate = None

    def write(self, *lines):
        self.file.write_text(self.head + "".join(f"      {line}\n" for line in lines))

    def reload(self, *lines, until):
        """Writes these, and returns when the log says so, once more than before."""
        before = self.gate.log().count(until)
        self.write(*lines)
        self.gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.gate.log().count(until) > before, until)


def test_a_quota_is_set_and_lifted(tmp_path):
    conf = Configured(tmp_path, "embedded")
    conf.write("quota.tenant_rate: 0")
    with Gateway(tmp_path, arguments=["--config", conf.file]) as conf.gate:
        assert ask(conf.gate, "PUT", "/collections/reload", COLLECTION)[0] == 200
        assert [count(conf.gate) for _ in range(5)] == [200] * 5
        conf.reload("quota: {tenant_rate: 1, tenant_burst: 1}", until="quota.tenant_rate: 0 -> 1")
        eventually(lambda: count(conf.gate) == 429, "a second request within a second")
        conf.reload("quota.tenant_rate: 0", until="quota.tenant_rate: 1 -> 0")
        assert [count(conf.gate) for _ in range(5)] == [200] * 5
        assert "needs a restart" not in conf.gate.log()


def test_the_breaker_changes_and_remembers(tmp_path):
    conf = Configured(tmp_path, "qdrant", f"    url: http://127.0.0.1:{closed_port()}\n")
    patient = "breaker: {connects: 100000, least: 100000, open: 1h, open_most: 1h}"
    strict = "breaker: {connects: 3, least: 100000, open: 1h, open_most: 1h}"
    off = "breaker: {enabled: false, connects: 3, least: 100000, open: 1h, open_most: 1h}"
    conf.write(patient)
    with Gateway(tmp_path, arguments=["--config", conf.file], ready="/livez") as conf.gate:

        def says(words):
            status, text = ask(conf.gate, "GET", "/v1/health")
            assert status == 503
            return words in text

        assert all(says("could not be connected to") for _ in range(5))
        conf.reload(strict, until="breaker.connects: 100000 -> 3")
        eventually(lambda: says("left alone"), "it opens")
        conf.reload(off, until="breaker.enabled: true -> false")
        assert says("could not be connected to"), "nobody is refused"
        conf.reload(strict, until="breaker.enabled: false -> true")
        assert says("left alone"), "that it is open was kept"
        wrong = strict.replace("connects: 3", "connects: 0")
        conf.reload(wrong, until="the old one stays")
        line = conf.file.read_text().splitlines().index(f"      {wrong}") + 1
        assert f"{conf.file}:{line}: vector.qdrant.resilience.breaker.connects: must be" in conf.gate.log()
        assert says("left alone")
        assert metric(conf.gate, "breaker_opened_total") == 1


def test_who_waits_gets_a_place_as_soon_as_there_are_more(tmp_path):
    with Gateway(tmp_path / "upstream") as upstream, on.Wire(("127.0.0.1", upstream.port)) as wire:
        conf = Configured(tmp_path, "qdrant", f"    url: {wire.url}\n")
        conf.write("in_flight.most: 1")
        with Gateway(tmp_path, arguments=["--config", conf.file]) as conf.gate:
            assert ask(conf.gate, "PUT", "/collections/reload", COLLECTION)[0] == 200
            assert count(conf.gate) == 200
            wire.break_by(on.hang)
            statuses = []
            clients = [threading.Thread(target=lambda: statuses.append(count(conf.gate))) for _ in range(3)]
            for client in clients:
                client.start()

            def stand(in_flight, waiting):
                return (metric(conf.gate, "calls_in_flight"), metric(conf.gate, "calls_waiting")) == (in_flight, waiting)

            eventually(lambda: stand(1, 2), "one is asked, two wait")
            conf.reload("in_flight.most: 2", until="in_flight.most: 1 -> 2")
            eventually(lambda: stand(2, 1), "two are asked, one waits")
            conf.reload("in_flight.most: 0", until="in_flight.most: 2 -> 0")
            eventually(lambda: stand(3, 0), "all are asked")
            wire.mend()
            for client in clients:
                client.join(PATIENCE_SECONDS)
            assert statuses == [200] * 3
        assert not wire.complaints
