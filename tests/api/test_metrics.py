"""What /metrics says while it is asked under load: what promtool complains of, and what a scraper would not notice."""
import collections
import contextlib
import http.client
import json
import random
import re
import subprocess
import threading
import time

import pytest

from gateway import ROOT, Gateway
from group import Group

SECONDS = 60
SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"(?:,|$)')
FOREIGN = {"app_info", "cluster_enabled"}  # Qdrant's own
ROUNDS = 12


class Asker:
    """One client that keeps its connection."""

    def __init__(self, gate):
        self.host = http.client.HTTPConnection(gate.address, timeout=SECONDS)

    def ask(self, method, path, body=None, headers=None):
        self.host.request(method, path, json.dumps(body) if body is not None else None, headers or {})
        answer = self.host.getresponse()
        return answer.status, answer.headers, answer.read().decode()


def work(gate, is_over, number):
    """Reads, writes, mistakes, and clients that leave."""
    chance, me, name = random.Random(number), Asker(gate), f"load-{number}"
    assert me.ask("PUT", f"/collections/{name}", {"vectors": {"size": 4, "distance": "Dot"}})[0] == 200
    while not is_over.is_set():
        vector = [chance.random() for _ in range(4)]
        point = {"id": chance.randrange(1000), "vector": vector}
        me.ask("PUT", f"/collections/{name}/points", {"points": [point]})
        me.ask("POST", f"/collections/{name}/points/query", {"query": vector})
        me.ask("POST", f"/v1/collections/{name}/points/search", {"vector": vector, "k": 3})
        me.ask("GET", f"/collections/nobody-{chance.random()}")
        me.ask("GET", f"/no/such/path/{chance.random()}")
        me.ask(chance.choice(["BREW", "PATCH"]), f"/v1/collections/{name}")
        me.ask("POST", f"/collections/{name}/points/query", {"query": [1]})
        leaving = Asker(gate)
        leaving.host.request("POST", f"/collections/{name}/points/query", json.dumps({"query": vector}))
        leaving.host.close()


@contextlib.contextmanager
def under_load(gate, askers=4):
    is_over, failures = threading.Event(), []

    def run(number):
        try:
            work(gate, is_over, number)
        except Exception as failure:  # shown by the test
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(askers)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert not failures, failures


class Page:
    """One scrape: {family: (type, [(sample's name, labels, value)])}, in the order of the lines."""

    def __init__(self, text):
        assert text.endswith("\n")
        self.text, self.families = text, {}
        lines = iter(text.splitlines())
        for line in lines:
            if line.startswith("# HELP "):
                family = line.split()[2]
                assert family not in self.families, f"{family} stands in two places"
                kind = re.fullmatch(rf"# TYPE {family} (counter|gauge|histogram)", next(lines))
                self.families[family] = (kind[1], [])
                continue
            name, labels, value = SAMPLE.fullmatch(line).groups()
            pairs = LABEL.findall(labels or "")
            assert ",".join(f'{k}="{v}"' for k, v in pairs) == (labels or ""), line
            assert belongs(name, family, kind[1]), f"{line} stands in the family {family}"
            self.families[family][1].append((name, dict(pairs), float(value)))

    def series(self):
        for kind, samples in self.families.values():
            for name, labels, value in samples:
                yield kind, name, frozenset(labels.items()), value

    def counters(self):
        """All that only rises: counters, and every number of a histogram."""
        return {(name, labels): value for kind, name, labels, value in self.series() if kind != "gauge"}


def belongs(name, family, kind):
    return name in ([f"{family}_bucket", f"{family}_sum", f"{family}_count"] if kind == "histogram" else [family])


def histograms(page):
    for family, (kind, samples) in page.families.items():
        if kind != "histogram":
            continue
        cells = collections.defaultdict(lambda: {"buckets": []})
        for name, labels, value in samples:
            cell = cells[frozenset((k, v) for k, v in labels.items() if k != "le")]
            if name.endswith("_bucket"):
                cell["buckets"].append((labels["le"], value))
            else:
                cell[name.removeprefix(family)] = value
        for labels, cell in cells.items():
            yield f"{family}{dict(labels)}", cell


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Scrapes while it works."""
    with Gateway(tmp_path_factory.mktemp("busy")) as gate, under_load(gate):
        scraper, taken = Asker(gate), []
        while len(taken) < ROUNDS or asked(taken[-1]) < 200:
            status, headers, text = scraper.ask("GET", "/metrics")
            assert status == 200 and headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
            taken.append(Page(text))
            time.sleep(0.05)  # so that something happens between two
    return taken


def asked(page):
    return sum(value for _, name, _, value in page.series() if name == "vecgate_requests_total")


def test_promtool_finds_nothing(pages):
    run = subprocess.run(["promtool", "check", "metrics"], input=pages[-1].text, text=True, capture_output=True)
    said = [line for line in (run.stdout + run.stderr).splitlines() if line.split()[0] not in FOREIGN]
    assert not said and run.returncode in (0, 3), run


def test_no_series_is_there_twice(pages):
    for page in pages:
        seen = [(name, labels) for _, name, labels, _ in page.series()]
        assert len(set(seen)) == len(seen)


def test_buckets_rise_to_infinity_which_is_the_count(pages):
    found = 0
    for page in pages:
        for who, cell in histograms(page):
            bounds = [float(le) for le, _ in cell["buckets"]]
            counts = [value for _, value in cell["buckets"]]
            assert bounds == sorted(set(bounds)) and cell["buckets"][-1][0] == "+Inf", who
            assert counts == sorted(counts), who
            assert counts[-1] == cell["_count"], who
            assert (cell["_sum"] > 0) == (cell["_count"] > 0), who
            found += cell["_count"] > 0
    assert found > ROUNDS


def test_all_of_a_family_has_the_same_labels(pages):
    for page in pages:
        for family, (_, samples) in page.families.items():
            shapes = {frozenset(labels) - {"le"} for _, labels, _ in samples}
            assert len(shapes) <= 1, family
            assert not shapes & {"job", "instance"}, f"{family}: a scrape names its target by these"


def test_families_are_those_of_the_page_of_docs(pages):
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.*?)\| ", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    documented = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    for page in pages:
        there = {name: kind for name, (kind, _) in page.families.items() if name not in FOREIGN}
        assert there.items() <= {name: kind for name, (kind, _) in documented.items()}.items()
        missing = documented.keys() - there
        assert missing <= {"vecgate_tls_certificate_expiry_seconds"}, missing  # without TLS
        for family in there:
            for _, labels, _ in page.families[family][1]:
                assert labels.keys() - {"le"} == documented[family][1], family


def test_counters_never_fall(pages):
    for before, after in zip(pages, pages[1:]):
        then, now = before.counters(), after.counters()
        assert then.keys() <= now.keys(), "a series is gone"
        fallen = [key for key in then if now[key] < then[key]]
        assert not fallen
    assert asked(pages[-1]) > asked(pages[0])


def test_no_label_has_a_word_of_a_client(pages):
    for _, name, labels, _ in pages[-1].series():
        for _, value in labels - {label for label in labels if label[0] == "le"}:
            assert not re.search(r"load-\d|nobody|such/path|BREW|0\.\d{5}", value), f"{name} {value}"


def test_a_route_and_a_status_are_told_of_every_request(pages):
    routes = {dict(labels)["route"] for _, name, labels, _ in pages[-1].series() if name == "vecgate_http_requests_total"}
    assert {"/collections/{collection}", "/collections/{collection}/points/query", "none", "/metrics"} <= routes
    by_route = sum(value for _, name, _, value in pages[-1].series() if name == "vecgate_http_requests_total")
    assert by_route == asked(pages[-1])


def test_counters_never_fall_when_a_worker_is_killed(tmp_path, embedded, fresh_name):
    """What it had counted stays; what it held goes."""
    env = {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": embedded.url}
    with Group(tmp_path, env) as group:
        clients = group.one_at_each()
        assert clients[0].status("PUT", f"/collections/{fresh_name}", {"vectors": {"size": 2, "distance": "Dot"}}) == 200
        for client in clients * 20:
            assert client.status("POST", f"/collections/{fresh_name}/points/count", {}) == 200
        before = Page(group.metrics())
        group.kill_worker(clients[0].worker)
        then, now = before.counters(), Page(group.metrics()).counters()
        assert [key for key in then if now.get(key, -1) < then[key]] == []
        for client in clients:
            client.close()
