"""The dashboard and the alerts of conf/, asked of a real Prometheus that scrapes gateways in every trouble they show."""
import contextlib
import html
import http.client
import http.server
import json
import os
import pathlib
import re
import ssl
import subprocess
import threading
import time

import pytest
import yaml

import dashboard
from certs import Authority
from gateway import ROOT, Gateway
from prometheus import Prometheus, PrometheusError, selectors

SECONDS = 60
KEY = "the key of operators"
KEYS = json.dumps([{"name": "operator", "key": KEY, "rights": "manage", "may_choose_tenant": True}])
QDRANT = "VECGATE_VECTOR_QDRANT_RESILIENCE_"
RULES = ROOT / "conf/prometheus/alerts.yml"
RULES_TESTED = ROOT / "tests/api/alerts.test.yml"
BOARD = dashboard.load(ROOT / "conf/grafana/vecgate.json")
RANGE = "20s"
POINTS = 20
# Series that only a trouble makes which would take a test's time: a split of 32 MiB, groups cut short, a job that fails
RARE = {"vecgate_split_parts_total", "vecgate_degraded_total", "vecgate_job_failures_total"}


# --- gateways in trouble ----------------------------------------------------------------------------


class Sick(http.server.ThreadingHTTPServer):
    """Before a gateway that speaks Qdrant's API: passes on what it gets, late or not at all, as `mood` says."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Relay)
        self.upstream, self.mood, self.held = port, "well", threading.Event()

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.held.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        """A gateway that gives up leaves us alone in the middle."""


class Relay(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.mood == "failing":
            return self.answer(500, b"{}")
        if self.server.mood == "hanging":
            self.server.held.wait(SECONDS)
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=SECONDS)) as host:
            host.request(self.command, self.path, body, {"content-type": "application/json"})
            answer = host.getresponse()
            return self.answer(answer.status, answer.read())

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = pass_on

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask(gate, method, path, body=None, headers=None):
    with contextlib.closing(gate.connect(SECONDS)) as host:
        host.request(method, path, json.dumps(body) if body is not None else None, headers or {})
        answer = host.getresponse()
        answer.read()
        return answer.status


def until(holds, what):
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.05)


def value(gate, name, labels=""):
    with contextlib.closing(gate.connect(SECONDS)) as host:
        host.request("GET", "/metrics", headers={"api-key": KEY})
        text = host.getresponse().read().decode()
    rows = re.findall(rf"^vecgate_{name}(?:{{(.*)}})? (\S+)$", text, re.MULTILINE)
    return sum(float(number) for words, number in rows if labels in words)


def furnish(gate, headers=None):
    assert ask(gate, "PUT", "/collections/words", {"vectors": {"size": 2, "distance": "Dot"}}, headers) == 200
    points = {"points": [{"id": i, "vector": [1, i]} for i in range(POINTS)]}
    assert ask(gate, "PUT", "/collections/words/points?wait=true", points, headers) == 200


def search(gate):
    return ask(gate, "POST", "/collections/words/points/query", {"query": [1, 0]})


def go_through_trouble(gate, sick):
    """Errors are retried and open the breaker; what hangs fills the places, then the queue; the backend ends in ruins."""
    sick.mood = "failing"
    until(lambda: search(gate) == 503 and value(gate, "breaker_refused_total") > 0, "the breaker opens and refuses")
    sick.mood = "well"
    until(lambda: search(gate) == 200 and value(gate, "breaker_state") == 0, "the breaker closes")
    sick.mood = "hanging"
    crowd = [threading.Thread(target=search, args=(gate,)) for _ in range(8)]
    for one in crowd:
        one.start()
    until(lambda: value(gate, "queue_refused_total") > 0, "the queue refuses")
    until(lambda: value(gate, "backend_connections_busy", "qdrant") == 2, "each place has a connection")
    sick.mood = "failing"
    sick.held.set()
    for one in crowd:
        one.join()


def use_tenants(gate):
    """One comes, is erased by a job, and somebody else has no key."""
    furnish(gate, {"api-key": KEY, "x-vecgate-tenant": "acme"})
    assert ask(gate, "DELETE", "/v1/tenants/acme", headers={"api-key": KEY}) == 202
    assert ask(gate, "GET", "/collections") == 401


class World:
    """One that is well, one before a backend that is not, one with TLS, keys and tenants; and who watches them."""

    def __init__(self, folder, stack):
        authority = Authority(folder / "ca")
        pair = authority.issue("here", "DNS:localhost", "IP:127.0.0.1")
        key = folder / "scrape.key"
        key.write_text(KEY)
        self.well = stack.enter_context(Gateway(folder / "well"))
        sick = stack.enter_context(Sick(self.well.port))
        env = {
            "VECTOR_BACKEND": "qdrant",
            "VECGATE_VECTOR_QDRANT_URL": f"http://127.0.0.1:{sick.server_address[1]}",
            f"{QDRANT}IN_FLIGHT_MOST": "2",
            f"{QDRANT}IN_FLIGHT_WAITING": "1",
            f"{QDRANT}BREAKER_LEAST": "8",
            f"{QDRANT}BREAKER_OPEN": "100ms",
            f"{QDRANT}BREAKER_OPEN_MOST": "200ms",
        }
        self.ill = stack.enter_context(Gateway(folder / "ill", env))
        trust = ssl.create_default_context(cafile=authority.cert)
        self.secure = stack.enter_context(
            Gateway(folder / "secure", pair.options() | {"VECGATE_CREDENTIALS_KEYS": KEYS}, tls=trust))
        targets = [{"url": self.well.url}, {"url": self.ill.url}, {"url": self.secure.url, "ca": authority.cert, "key": key}]
        self.prometheus = stack.enter_context(Prometheus(folder / "prometheus", targets, RULES))
        self.is_over = threading.Event()
        until(lambda: len(self.prometheus.query("up == 1")) == len(targets), "all are scraped, before anything happens")
        furnish(self.ill)
        go_through_trouble(self.ill, sick)
        use_tenants(self.secure)
        self.hum = threading.Thread(target=self.go_on)

    def __enter__(self):
        self.hum.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.hum.join()

    def go_on(self):
        """Traffic all the while: a rate is of what happens now."""
        while not self.is_over.is_set():
            search(self.well)
            search(self.ill)
            self.is_over.wait(0.05)

    def names(self):
        return self.prometheus.names()

    def lacking(self, exprs):
        """Those that come to no series: if not at once, then after some more scrapes."""
        end = time.monotonic() + SECONDS
        while exprs and time.monotonic() < end:
            exprs = [expr for expr in exprs if not self.prometheus.query(expr)]
            time.sleep(0.1 if exprs else 0)
        return exprs


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with contextlib.ExitStack() as stack:
        yield stack.enter_context(World(tmp_path_factory.mktemp("world"), stack))


# --- the dashboard ----------------------------------------------------------------------------------


def queries():
    return [dashboard.expand(target["expr"], RANGE) for panel in dashboard.panels(BOARD) for target in panel["targets"]]


def test_every_panel_shows_something(world):
    assert len(queries()) > 60
    assert world.lacking(queries()) == []


def test_all_that_panels_ask_for_exists(world):
    """`or vector(0)` hides a name that is none."""
    found = [pair for expr in queries() for pair in selectors(expr)]
    assert [name for name, _ in found if not is_documented(name)] == []
    assert world.lacking([selector for name, selector in found if name not in RARE]) == []


def is_documented(name):
    return f"| `{name.removesuffix('_bucket')}` |" in (ROOT / "docs/metrics.md").read_text()


def test_all_that_goes_wrong_is_there_to_be_looked_at():
    """Whatever counts refusals, losses and failures."""
    counters = re.findall(r"^\| `(\w+)` \| counter \|", (ROOT / "docs/metrics.md").read_text(), re.MULTILINE)
    wrong = {name for name in counters if re.search("denial|refuse|drop|reject|fail|fault|error|death|timeout", name)}
    shown = {name for expr in queries() for name, _ in selectors(expr)}
    assert len(wrong) > 15 and not wrong - shown


def test_a_variable_finds_its_values(world):
    for name, variable in dashboard.variables(BOARD).items():
        if variable["type"] != "query":
            continue
        series, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"]).groups()
        assert world.lacking([dashboard.expand(series, RANGE)]) == []
        assert all(label in found["metric"] for found in world.prometheus.query(dashboard.expand(series, RANGE))), name


def test_a_choice_of_a_variable_narrows_what_is_shown(world):
    one = {"instance": re.escape(world.ill.address).replace("\\", "\\\\"), "backend": "qdrant"}
    for panel in dashboard.panels(BOARD):
        for target in panel["targets"]:
            for _, selector in selectors(dashboard.expand(target["expr"], RANGE, one)):
                found = world.prometheus.query(selector)
                assert {series["metric"]["instance"] for series in found} <= {world.ill.address}, selector
                assert {series["metric"].get("backend", "qdrant") for series in found} == {"qdrant"} or not found, selector


def test_panels_do_not_lie_on_each_other():
    taken, ids = {}, set()
    for panel in BOARD["panels"]:
        g = panel["gridPos"]
        assert 0 <= g["x"] and g["x"] + g["w"] <= 24, panel["title"]
        assert panel["id"] not in ids
        ids.add(panel["id"])
        for cell in [(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])]:
            assert cell not in taken, f"{panel['title']} lies on {taken[cell]}"
            taken[cell] = panel["title"]


def test_a_panel_says_what_it_is_and_in_which_unit():
    for panel in dashboard.panels(BOARD):
        assert panel["description"] and panel["fieldConfig"]["defaults"]["unit"] and panel["targets"], panel["title"]
        for target in panel["targets"]:
            used = set(re.findall(r"\$(\w+)", target["expr"])) - {"__rate_interval"}
            assert used <= dashboard.variables(BOARD).keys(), target["expr"]
            assert target["legendFormat"] and target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def test_a_legend_names_labels_that_there_are(world):
    for panel in dashboard.panels(BOARD):
        for target in panel["targets"]:
            named = set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for found in world.prometheus.query(dashboard.expand(target["expr"], RANGE)):
                assert named <= found["metric"].keys(), (panel["title"], target["legendFormat"], found["metric"])


def test_the_picture_has_every_panel(world):
    """Where $VECGATE_PICTURE names a file, the picture is left there."""
    now = time.time()
    until(lambda: world.prometheus.query(dashboard.expand("rate(vecgate_requests_total[$__rate_interval])", RANGE)), "a rate")
    svg = dashboard.draw(BOARD, world.prometheus.query_range, (now - 60, now), RANGE)
    assert svg.count("<rect") > len(BOARD["panels"]) and all(f">{html.escape(p['title'])}<" in svg for p in BOARD["panels"])
    assert "No data" not in svg
    if os.environ.get("VECGATE_PICTURE"):
        pathlib.Path(os.environ["VECGATE_PICTURE"]).write_text(svg)


# --- alerts -----------------------------------------------------------------------------------------


def rules(kind="alert"):
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        for rule in group["rules"]:
            if kind in rule:
                yield rule


def test_every_rule_is_made_of_what_exists(world):
    """Also with these labels: a status or a fault that is never said would never be alerted on."""
    wanted = []
    for rule in [*rules("alert"), *rules("record")]:
        assert selectors(rule["expr"]), rule
        wanted += [selector for _, selector in selectors(rule["expr"])]
    assert world.lacking(wanted) == []


def test_prometheus_takes_every_rule(world):
    names = {rule.get("alert") or rule["record"] for rule in [*rules("alert"), *rules("record")]}

    def unwell():
        groups = world.prometheus.ask("rules")["groups"]
        return names - {rule["name"] for group in groups for rule in group["rules"] if rule["health"] == "ok"}

    until(lambda: not unwell(), "all are evaluated without an error")


def test_what_is_stored_is_counted(world):
    """By samples that are taken every few seconds."""
    until(lambda: value(world.well, "points") == POINTS, "all points")
    assert value(world.well, "collections") == 1 and value(world.well, "data_bytes") > 0
    assert value(world.well, "data_disk_bytes") > value(world.well, "data_disk_free_bytes") > 0


def test_troubles_that_are_there_are_seen(world):
    """Firing takes minutes; pending is what comes before it. The budget is gone: one backend answers nothing but errors."""
    for alert in ("VecgateBackendDown", "VecgateBreakerOpen", "VecgateQueueRefuses", "VecgateCertificateExpires",
                  "VecgateErrorBudgetFast"):
        until(lambda: any(found["labels"]["alertname"] == alert for found in world.prometheus.ask("alerts")["alerts"]), alert)


def test_a_name_that_is_none_is_found_out(world):
    """Of the test above: it can fail."""
    assert selectors("rate(vecgate_no_such_total{a=\"b\"}[5m]) > up") == [
        ("vecgate_no_such_total", "vecgate_no_such_total{a=\"b\"}"), ("up", "up")]
    assert "vecgate_no_such_total" not in world.names() and not world.prometheus.query("vecgate_no_such_total")
    with pytest.raises(PrometheusError):
        world.prometheus.query("rate(vecgate_requests_total)")


def promtool(*words):
    run = subprocess.run(["promtool", *map(str, words)], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_example_is_what_prometheus_takes():
    promtool("check", "config", "--lint=all", ROOT / "conf/prometheus/prometheus.yml")
    config = yaml.safe_load((ROOT / "conf/prometheus/prometheus.yml").read_text())
    assert config["rule_files"] == ["alerts.yml"] and [job["job_name"] for job in config["scrape_configs"]] == ["vecgate"]


def test_alerts_fire_when_they_should_and_not_before():
    """By series that are written down, in a time that is made up."""
    promtool("test", "rules", RULES_TESTED)
    tested = [case for test in yaml.safe_load(RULES_TESTED.read_text())["tests"] for case in test["alert_rule_test"]]
    names = {rule["alert"] for rule in rules()}
    assert {case["alertname"] for case in tested if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in tested if not case.get("exp_alerts")} == names


def test_the_page_says_what_to_do():
    page = (ROOT / "docs/observability.md").read_text().partition("## Metrics")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \| (\w+) \|", page, re.MULTILINE) == [(rule["alert"], rule["labels"]["severity"]) for rule in rules()]
    named = re.findall(r"`((?:vecgate|process)_\w+)`", page)
    assert named and all(is_documented(name) for name in named), named
