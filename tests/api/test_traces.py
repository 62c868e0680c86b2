"""Traces: what a receiver gets that others wrote the classes of, one request's whole tree at a time, what backends are
told, and what docs/observability.md says of it. Behind the gateway is Qdrant's API, spoken by a second one, and before that a door that can be made to fail."""
import contextlib
import http.client
import http.server
import json
import re
import secrets
import threading
import time

import pytest

from gateway import ROOT, Gateway
from otlp import CLIENT, INTERNAL, SERVER, ExportTraceServiceResponse, Receiver
from pages import Page
from postgres import Postgres

PAGE = Page("docs/observability.md")
SECONDS = 60  # a sanitizer build on a busy machine
KEY = "never-to-be-seen-key"
SECRETS = [KEY, "0.123456", "a-payload-value", "a-filter-value", "a-point-id", "receiver-key"]


class Door:
    """Before a gateway: writes down what came, and for the next requests that match (METHOD PATH of TRACEPARENT) fails, or
    waits until it is opened."""

    def __init__(self, behind):
        self.seen, self.fates, self.open = [], [], threading.Event()
        door = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                door.seen.append((f"{self.command} {self.path}", self.headers))
                fate = door.fate(f"{self.command} {self.path} of {self.headers.get('traceparent')}")
                if fate == "wait":
                    door.open.wait(SECONDS)
                with contextlib.closing(http.client.HTTPConnection(behind.address, timeout=SECONDS)) as host:
                    host.request(self.command, self.path, body, {"content-type": "application/json"} if body else {})
                    answer = host.getresponse()
                    status, text = answer.status, answer.read()
                if isinstance(fate, int):
                    status, text = fate, b'{"status":{"error":"the door does not open"},"time":0}'
                with contextlib.suppress(OSError):  # nobody waits any more
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(text)))
                    self.end_headers()
                    self.wfile.write(text)

            def log_message(self, *_):
                pass

            do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = pass_on

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host, self.port = self.server.server_address
        self.url = f"http://{self.host}:{self.port}"

    def fate(self, request):
        for at, (pattern, fate) in enumerate(self.fates):
            if re.search(pattern, request):
                return self.fates.pop(at)[1]
        return None

    def told(self, pattern):
        return [headers for line, headers in self.seen if re.search(pattern, line)]

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.open.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def caller(flags="01"):
    """A new trace, as another program begins it: its id, its span, its headers."""
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    return trace, span, {"traceparent": f"00-{trace}-{span}-{flags}", "tracestate": "rojo=00f067aa0ba902b7,congo=t61"}


def ask(gate, method, path, body=None, headers=None):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=SECONDS)) as host:
        sent = {"content-type": "application/json"} | (headers or {})
        host.request(method, path, json.dumps(body) if body is not None else None, sent)
        answer = host.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


def good(gate, method, path, body=None, headers=None):
    status, _, text = ask(gate, method, path, body, headers)
    assert status == 200, text
    return json.loads(text)["result"]


def metric(gate, name):
    found = re.search(rf"^vecgate_{name} (\d+)$", ask(gate, "GET", "/metrics")[2], re.MULTILINE)
    return int(found[1])


def wait_for(until):
    end = time.monotonic() + SECONDS
    while not (found := until()):
        assert time.monotonic() < end
        time.sleep(0.01)
    return found


def make(gate, name, points=1):
    good(gate, "PUT", f"/collections/{name}", {"vectors": {"size": 2, "distance": "Dot"}})
    rows = [{"id": n, "vector": [0.123456, n], "payload": {"text": "a-payload-value"}} for n in range(1, points + 1)]
    good(gate, "PUT", f"/collections/{name}/points?wait=true", {"points": rows})


QUERY = {"query": [0.123456, 1], "limit": 3,
         "filter": {"must": [{"key": "text", "match": {"value": "a-filter-value"}}]}}


@contextlib.contextmanager
def traced(folder, behind, settings=None, door=None):
    """A gateway that traces, before a door, before `behind`."""
    with Receiver() as receiver, Door(behind) as door:
        env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": door.url, "VECGATE_TRACES_ENDPOINT": receiver.url,
               "VECGATE_TRACES_DELAY": "20ms", "VECGATE_TRACES_HEADERS": "x-receiver=receiver-key"} | (settings or {})
        with Gateway(folder, env) as gate:
            yield gate, receiver, door
        assert receiver.wrong == []
        for body in receiver.bodies:
            for secret in SECRETS:
                assert secret.encode() not in body, secret
        assert "receiver-key" not in gate.log()


@pytest.fixture(scope="module")
def trio(tmp_path_factory, embedded):
    with traced(tmp_path_factory.mktemp("traces"), embedded, {"VECGATE_LIMITS_BODY": "128MiB"}) as found:
        yield found


# ---- a tree for each way that a request can go ----


def test_a_success(trio, fresh_name):
    gate, receiver, door = trio
    make(gate, fresh_name)
    trace, span, headers = caller()
    good(gate, "POST", f"/collections/{fresh_name}/points/query", QUERY, headers | {"x-request-id": "order-7"})
    root = receiver.tree(trace)
    assert root.show() == (f"POST /collections/{{collection}}/points/query\n"
                           f"  search {fresh_name}\n"
                           f"    qdrant.search")
    assert root.kind == SERVER and root.parent == span and root.flags == 0x301
    assert root.state == "rojo=00f067aa0ba902b7,congo=t61"
    assert root["http.response.status_code"] == 200 and root["vecgate.request_id"] == "order-7"
    assert root["http.route"] == "/collections/{collection}/points/query" and root["url.scheme"] == "http"
    assert root["http.request.method"] == "POST" and root["http.request.body.size"] > 0
    call, = root.children
    assert call.kind == CLIENT and call.flags == 0x101
    assert call.attributes == {"db.system.name": "qdrant", "server.address": door.host, "server.port": door.port,
                               "db.operation.name": "search", "db.collection.name": fresh_name}
    exchange, = call.children
    assert exchange.kind == CLIENT
    assert exchange.attributes == {"db.system.name": "qdrant", "server.address": door.host, "server.port": door.port,
                                   "http.request.method": "POST", "http.response.status_code": 200}
    told = door.told(f"POST /collections/{fresh_name}/points/query")[-1]
    assert told.get_all("traceparent") == [f"00-{trace}-{exchange.id}-01"]
    assert told.get_all("tracestate") == ["rojo=00f067aa0ba902b7,congo=t61"]
    assert receiver.latest["content-type"] == "application/x-protobuf"
    assert receiver.latest["x-receiver"] == "receiver-key" and receiver.paths[-1] == "/v1/traces"
    assert receiver.resources[-1]["service.name"] == "vecgate" and receiver.resources[-1]["process.pid"] > 0


def test_a_request_without_a_caller_begins_a_trace(trio, fresh_name):
    gate, receiver, door = trio
    make(gate, fresh_name)
    told = door.told(f"PUT /collections/{fresh_name}/points")[-1]
    _, trace, parent, flags = told["traceparent"].split("-")
    root = receiver.tree(trace)
    assert flags == "03" and root.parent == "" and root.flags == 0x103 and root.state == ""
    assert "tracestate" not in told
    assert root.show() == (f"PUT /collections/{{collection}}/points\n"
                           f"  upsert {fresh_name}\n"
                           f"    qdrant.upsert")
    assert root.children[0].children[0].id == parent


def test_a_failure_of_the_client(trio, fresh_name):
    gate, receiver, _ = trio
    trace, _, headers = caller()
    status, _, _ = ask(gate, "GET", f"/collections/{fresh_name}", headers=headers)
    root = receiver.tree(trace)
    assert status == 404 and root["http.response.status_code"] == 404 and not root.error
    trace, _, headers = caller()
    status, _, _ = ask(gate, "GET", "/collections/a-point-id/nowhere", headers=headers)
    root = receiver.tree(trace)
    assert status == 404 and root.show() == "GET" and root["http.route"] is None


def test_a_retry(trio, fresh_name):
    gate, receiver, door = trio
    make(gate, fresh_name)
    door.fates.append((f"POST /collections/{fresh_name}/points/query", 503))
    trace, _, headers = caller()
    good(gate, "POST", f"/collections/{fresh_name}/points/query", QUERY, headers)
    root = receiver.tree(trace)
    assert root.show() + "\n" == PAGE.blocks["traces retry"].replace("words", fresh_name)
    call, = root.children
    failed, again = call.children
    assert not call.error and call["vecgate.retries"] == 1
    assert failed["http.response.status_code"] == 503 and failed["db.response.status_code"] == "503"
    assert failed["http.request.resend_count"] is None and again["http.request.resend_count"] == 1
    told = [headers["traceparent"] for headers in door.told(f"POST /collections/{fresh_name}/points/query")]
    assert told == [f"00-{trace}-{failed.id}-01", f"00-{trace}-{again.id}-01"]


def test_a_failure_of_the_backend(trio, fresh_name):
    gate, receiver, door = trio
    make(gate, fresh_name)
    door.fates += [(f"POST /collections/{fresh_name}/points/query", 503)] * 3
    trace, _, headers = caller()
    status, _, _ = ask(gate, "POST", f"/collections/{fresh_name}/points/query", QUERY, headers)
    root = receiver.tree(trace)
    assert root.show() == (f"POST /collections/{{collection}}/points/query !{status}\n"
                           f"  search {fresh_name} !backend_down\n"
                           f"    qdrant.search !backend_down\n"
                           f"    qdrant.search !backend_down\n"
                           f"    qdrant.search !backend_down")
    assert [span["http.request.resend_count"] for span in root.children[0].children] == [None, 1, 2]
    assert root.children[0]["db.response.status_code"] == "503"


def test_a_hedge(tmp_path, embedded, fresh_name):
    hedging = {"VECGATE_VECTOR_QDRANT_RESILIENCE_HEDGE_ENABLED": "true",
               "VECGATE_VECTOR_QDRANT_RESILIENCE_HEDGE_MOST": "100"}
    with traced(tmp_path, embedded, hedging) as (gate, receiver, door):
        make(gate, fresh_name)
        path = f"/collections/{fresh_name}/points/query"
        for _ in range(120):  # what is late is known from a hundred on
            good(gate, "POST", path, QUERY)
        trace, _, headers = caller()
        door.fates.append((f"POST {path}.* of 00-{trace}", "wait"))  # one of those before may still be on its way
        good(gate, "POST", path, QUERY, headers)
        door.open.set()
        root = receiver.tree(trace)
        assert root.show() == (f"POST /collections/{{collection}}/points/query\n"
                               f"  search {fresh_name}\n"
                               f"    qdrant.search\n"
                               f"    qdrant.search")
        call, = root.children
        late, hedge = call.children
        assert call["vecgate.hedges"] == 1 and late["vecgate.outcome"] == "stopped" and late["vecgate.try"] is None
        assert hedge["vecgate.try"] == "hedge" and hedge["http.response.status_code"] == 200
        assert late["http.response.status_code"] is None
        told = [found for headers in door.told(f"POST {path}") if trace in (found := headers.get("traceparent", ""))]
        assert told == [f"00-{trace}-{late.id}-01", f"00-{trace}-{hedge.id}-01"]


def test_a_client_that_leaves(tmp_path, embedded, fresh_name):
    with traced(tmp_path, embedded) as (gate, receiver, door):
        make(gate, fresh_name)
        path = f"/collections/{fresh_name}/points/query"
        door.fates.append((f"POST {path}", "wait"))
        trace, _, headers = caller()
        with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=SECONDS)) as host:
            host.request("POST", path, json.dumps(QUERY), {"content-type": "application/json"} | headers)
            wait_for(lambda: door.told(f"POST {path}"))
        root = receiver.tree(trace)
        door.open.set()
        assert root.show() == (f"POST /collections/{{collection}}/points/query\n"
                               f"  search {fresh_name}\n"
                               f"    qdrant.search")
        assert root["vecgate.outcome"] == "client_gone" and root["http.response.status_code"] is None
        call, = root.children
        exchange, = call.children
        assert call["vecgate.outcome"] == exchange["vecgate.outcome"] == "stopped"
        assert exchange["http.response.status_code"] is None


def test_an_open_breaker(tmp_path, embedded, fresh_name):
    quick = {"VECGATE_VECTOR_QDRANT_RESILIENCE_BREAKER_LEAST": "2",
             "VECGATE_VECTOR_QDRANT_RESILIENCE_BREAKER_OPEN": "60s",
             "VECGATE_VECTOR_QDRANT_RESILIENCE_RETRY_MOST": "0"}
    with traced(tmp_path, embedded, quick) as (gate, receiver, door):
        make(gate, fresh_name)
        path = f"/collections/{fresh_name}/points/query"
        door.fates += [(f"POST {path}", 503)] * 100
        wait_for(lambda: ask(gate, "POST", path, QUERY)[1].get("retry-after"))
        came = len(door.told(f"POST {path}"))
        trace, _, headers = caller()
        status, answered, _ = ask(gate, "POST", path, QUERY, headers)
        assert status == 503 and answered["retry-after"]
        root = receiver.tree(trace)
        assert root.show() == (f"POST /collections/{{collection}}/points/query !503\n"
                               f"  search {fresh_name} !backend_down")
        assert root.children[0]["vecgate.refused_by"] == "breaker"
        assert len(door.told(f"POST {path}")) == came


def test_a_split_batch(trio, fresh_name, embedded):
    gate, receiver, _ = trio
    make(gate, fresh_name)
    text = "a-payload-value" * (1 << 16)  # nearly a MiB
    rows = [{"id": n, "vector": [0.123456, n], "payload": {"text": text}} for n in range(1, 41)]
    trace, _, headers = caller()
    status, _, said = ask(gate, "PUT", f"/collections/{fresh_name}/points?wait=true", {"points": rows}, headers)
    assert status == 200, said
    root = receiver.tree(trace)
    assert root.show() + "\n" == PAGE.blocks["traces split"].replace("words", fresh_name)
    good(gate, "DELETE", f"/collections/{fresh_name}")


# ---- who is recorded ----


@pytest.mark.parametrize("settings", [{}, {"VECGATE_TRACES_SAMPLER": "always_off"}, {"VECGATE_TRACES_ENABLED": "false"},
                                      {"VECGATE_TRACES_ENDPOINT": ""}])
def test_what_is_not_recorded_goes_on(tmp_path, embedded, fresh_name, settings):
    with traced(tmp_path, embedded, settings) as (gate, receiver, door):
        make(gate, fresh_name)
        path = f"/collections/{fresh_name}/points/query"
        trace, span, headers = caller("00")
        good(gate, "POST", path, QUERY, headers)
        told, = door.told(f"POST {path}")
        assert told.get_all("traceparent") == [headers["traceparent"]]
        assert told.get_all("tracestate") == [headers["tracestate"]]
        last, _, headers = caller()
        good(gate, "POST", path, QUERY, headers)
        if settings:
            assert door.told(f"POST {path}")[-1].get_all("traceparent") == [headers["traceparent"]]
            gate.stop()
            assert receiver.spans == []
        else:
            receiver.tree(last)
            assert receiver.of(trace) == []


def test_a_share(tmp_path, embedded):
    settings = {"VECGATE_TRACES_SAMPLER": "traceidratio", "VECGATE_TRACES_RATIO": "0.5"}
    with traced(tmp_path, embedded, settings) as (gate, receiver, _):
        low, high = "0" * 15 + "1" + "3" * 16, "0" * 15 + "1" + "7" * 16
        for trace in high, low:
            good(gate, "GET", "/collections", headers={"traceparent": f"00-{trace}-{'1' * 16}-00"})
        receiver.tree(low)
        assert receiver.of(high) == []


def test_what_operators_ask_is_not_recorded(trio):
    gate, receiver, _ = trio
    trace, _, headers = caller()
    for path in "/healthz", "/livez", "/readyz", "/metrics":
        ask(gate, "GET", path, headers=headers)
    last, _, headers = caller()
    good(gate, "GET", "/collections", headers=headers)
    receiver.tree(last)
    assert receiver.of(trace) == []


# ---- how they leave ----


def test_the_variables_of_opentelemetry_and_json(tmp_path, embedded, fresh_name):
    with Receiver() as receiver:
        env = {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url + "/otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
               "OTEL_EXPORTER_OTLP_HEADERS": "api-key=receiver%2Dkey", "OTEL_SERVICE_NAME": "my gate",
               "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test,service.namespace=a%20b",
               "OTEL_BSP_SCHEDULE_DELAY": "20"}
        with Gateway(tmp_path, env) as gate:
            make(gate, fresh_name)
            trace, span, headers = caller()
            good(gate, "POST", f"/collections/{fresh_name}/points/query", QUERY, headers)
            root = receiver.tree(trace)
            assert root.show() == (f"POST /collections/{{collection}}/points/query\n"
                                   f"  search {fresh_name}\n"
                                   f"    embedded.search")
            assert root.parent == span and root.state == headers["tracestate"] and root.flags == 0x301
            call, = root.children
            assert call.kind == INTERNAL and call["db.system.name"] == "sqlite"
        assert receiver.paths[-1] == "/otlp/v1/traces" and receiver.latest["api-key"] == "receiver-key"
        assert receiver.latest["content-type"] == "application/json"
        resource = receiver.resources[-1]
        assert resource["service.name"] == "my gate" and resource["service.namespace"] == "a b"
        assert resource["deployment.environment.name"] == "test"
        assert all(secret.encode() not in body for body in receiver.bodies for secret in SECRETS)


def test_everything_leaves_at_the_end(tmp_path, embedded):
    with traced(tmp_path, embedded, {"VECGATE_TRACES_DELAY": "10m"}) as (gate, receiver, _):
        traces = []
        for _ in range(5):
            trace, _, headers = caller()
            good(gate, "GET", "/collections", headers=headers)
            traces.append(trace)
        assert receiver.bodies == []
        gate.stop()
        assert all(receiver.of(trace) for trace in traces)


def test_a_receiver_that_is_busy_is_asked_again_and_one_that_refuses_is_not(tmp_path, embedded):
    rejecting = ExportTraceServiceResponse()
    rejecting.partial_success.rejected_spans = 1
    rejecting.partial_success.error_message = "no"
    with traced(tmp_path, embedded, {"VECGATE_TRACES_BATCH": "1"}) as (gate, receiver, _):

        def ask_for(*answers):
            before = len(receiver.bodies)
            receiver.answers[:] = answers
            ask(gate, "GET", "/nowhere")  # one span
            wait_for(lambda: len(receiver.bodies) >= before + len(answers) and not metric(gate, "trace_spans_waiting"))
            return receiver.bodies[before:]

        wait_for(lambda: not metric(gate, "trace_spans_waiting"))
        sent = metric(gate, "trace_spans_sent_total")
        empty = ExportTraceServiceResponse()
        began = time.monotonic()
        first, second = ask_for((503, {"retry-after": "2"}, empty), (200, {}, empty))
        assert first == second and time.monotonic() - began >= 2  # what was asked for, not what we would like
        ask_for((429, {}, empty), (200, {}, empty))
        assert metric(gate, "trace_spans_sent_total") == sent + 2 and metric(gate, "trace_exports_failed_total") == 2
        ask_for((400, {}, empty))
        assert metric(gate, "trace_spans_dropped_total") == 1 and metric(gate, "trace_exports_failed_total") == 3
        ask_for((200, {}, rejecting))
        assert metric(gate, "trace_spans_rejected_total") == 1 and metric(gate, "trace_spans_sent_total") == sent + 2
        gate.line("the receiver of traces rejected spans")


def test_nobody_waits_for_a_receiver_that_is_not_there(tmp_path, embedded):
    settings = {"VECGATE_TRACES_ENDPOINT": "http://127.0.0.1:9", "VECGATE_TRACES_QUEUE": "4", "VECGATE_TRACES_BATCH": "2"}
    with traced(tmp_path, embedded, settings) as (gate, _, _):
        for _ in range(10):
            ask(gate, "GET", "/nowhere")
        assert metric(gate, "trace_spans_dropped_total") >= 6
        gate.line("the receiver of traces does not take spans")
        assert gate.log().count("the receiver of traces does not take spans") == 1


# ---- PostgreSQL ----


def test_statements_tell_of_the_trace_where_that_is_wanted(tmp_path, fresh_name):
    with Receiver() as receiver, Postgres(log_statement="all") as server:
        env = {"VECTOR_BACKEND": "pgvector", "PGVECTOR_URL": server.url(), "VECGATE_TRACES_ENDPOINT": receiver.url,
               "VECGATE_TRACES_DELAY": "20ms"}
        path = f"/collections/{fresh_name}/points/query"
        with Gateway(tmp_path / "without", env) as gate:
            make(gate, fresh_name)
            trace, _, headers = caller()
            good(gate, "POST", path, QUERY, headers)
            call, = receiver.tree(trace).children
            assert call["server.address"] == "127.0.0.1" and call["server.port"] == int(re.search(r":(\d+)/", server.url())[1])
            assert call["db.system.name"] == "postgresql" and call.show().splitlines()[1:]
            assert fresh_name in server.log.read_text() and "traceparent" not in server.log.read_text()
        with Gateway(tmp_path / "without", env | {"VECGATE_TRACES_SQL_COMMENT": "true"}) as gate:
            trace, _, headers = caller()
            headers["tracestate"] = "a=b'*/c"
            good(gate, "POST", path, QUERY, headers)
            call, = [child for child in receiver.tree(trace).children if child["db.system.name"] == "postgresql"]
            exchange = call.children[-1]
            said = re.sub("4bf9[0-9a-f]+", trace, re.sub("00f0[0-9a-f]+", exchange.id, PAGE.blocks["traces comment"]))
            said = said.replace("congo%3Dt61rcWkgMzE", "a%3Db%27%2A%2Fc").strip()
            wait_for(lambda: said in server.log.read_text())
            lines = [line for line in server.log.read_text().splitlines() if trace in line]
            assert all("execute <unnamed>: " in line for line in lines), lines  # none was prepared
            _, _, headers = caller("00")
            good(gate, "POST", path, QUERY, headers)
            assert headers["traceparent"][3:35] not in server.log.read_text()


# ---- the page ----


def test_a_gateway_traces_as_shown(tmp_path):
    with Receiver() as receiver:
        conf = tmp_path / "vecgate.yaml"
        conf.write_text(PAGE.blocks["traces conf"].replace("http://127.0.0.1:4318", receiver.url))
        env = {"RECEIVER_HEADERS": "api-key=receiver-key", "VECGATE_TRACES_DELAY": "20ms"}
        with Gateway(tmp_path, env, ["--config", conf]) as gate:
            trace, _, headers = caller()
            good(gate, "GET", "/collections", headers=headers)
            receiver.tree(trace)
        assert receiver.paths[-1] == "/v1/traces" and receiver.latest["api-key"] == "receiver-key"


def test_the_variables_are_those_shown(tmp_path):
    words, command = PAGE.blocks["traces variables"].replace("\\\n", "").split(" vecgate ")
    assert command.strip() == "serve"
    with Receiver() as receiver:
        env = dict(word.split("=", 1) for word in words.split())
        env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url
        with Gateway(tmp_path, env | {"OTEL_BSP_SCHEDULE_DELAY": "20"}) as gate:
            trace, _, headers = caller()
            good(gate, "GET", "/collections", headers=headers)
            receiver.tree(trace)
        resource = receiver.resources[-1]
        assert resource["service.name"] == "search" and resource["deployment.environment.name"] == "staging"


def test_the_page_names_every_attribute_and_metric():
    code = "".join((ROOT / path).read_text() for path in ("src/call/spans.c", "src/front/span.c"))
    put = set(re.findall(r'vg_span_put_(?:text|number)\(\s*&?span,\s*"([^"]+)"', code)) | {"error.type"}
    assert set(PAGE.sayings("traces attributes")) == put
    assert [name for name in PAGE.metrics_that_are_none() if "trace" in name] == []
