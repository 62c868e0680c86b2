"""A receiver of traces by OTLP/HTTP, which reads them with OpenTelemetry's own classes (tests/api/setup.sh) and takes
nothing that is not exactly as the protocol has it: an unknown field, an id of another length, a name that JSON has not.

    with Receiver() as receiver:
        ... receiver.url ...
        tree = receiver.tree(trace_id)      # waits until the request's span has come
"""
import base64
import http.server
import pathlib
import re
import sys
import threading
import time

PLACE = "build/test-env/otlp/lib/python3*/site-packages"
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.extend(str(place) for place in sorted(ROOT.glob(PLACE)))

from google.protobuf import json_format, unknown_fields  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (  # noqa: E402
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

SECONDS = 60  # a sanitizer build on a busy machine
INTERNAL, SERVER, CLIENT = 1, 2, 3
ERROR = 2
BINARY, JSON = "application/x-protobuf", "application/json"


def no_unknown_fields(message):
    assert len(unknown_fields.UnknownFieldSet(message)) == 0, message
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            for one in value if field.is_repeated else [value]:
                no_unknown_fields(one)


def read_binary(body):
    request = ExportTraceServiceRequest.FromString(body)
    no_unknown_fields(request)
    assert request.SerializeToString() == body, "not as protobuf itself would write it"
    return request


def read_json(body):
    """Ids are hex here, where protobuf's own JSON has base64; the rest is as that."""
    text = body.decode()
    assert re.findall(r'"(?:startTime|endTime)UnixNano":(?!"\d+")', text) == []
    assert re.findall(r'"kind":(?!\d)', text) == []

    def to_base64(found):
        return f'"{found[1]}":"{base64.b64encode(bytes.fromhex(found[2])).decode()}"'

    text, count = re.subn(r'"(traceId|spanId|parentSpanId)":"([0-9a-f]{16}|[0-9a-f]{32})"', to_base64, text)
    assert count == len(re.findall(r'"(?:traceId|spanId|parentSpanId)":', body.decode()))
    return json_format.Parse(text, ExportTraceServiceRequest())


class Span:
    """One of the tree, with its children by when they began."""

    def __init__(self, span):
        self.span = span
        self.id, self.parent = span.span_id.hex(), span.parent_span_id.hex()
        self.trace, self.state = span.trace_id.hex(), span.trace_state
        self.name, self.kind, self.flags = span.name, span.kind, span.flags
        self.error = span.status.code == ERROR
        self.attributes = {}
        for pair in span.attributes:
            assert pair.key not in self.attributes, f"{pair.key} twice"
            self.attributes[pair.key] = getattr(pair.value, pair.value.WhichOneof("value"))
        self.children = []
        assert len(span.trace_id) == 16 and any(span.trace_id) and len(span.span_id) == 8 and any(span.span_id)
        assert len(span.parent_span_id) in (0, 8) and span.name and span.kind in (INTERNAL, SERVER, CLIENT)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert abs(span.start_time_unix_nano / 1e9 - time.time()) < 600
        assert ("error.type" in self.attributes) == self.error
        assert self.flags & 0x100

    def __getitem__(self, key):
        return self.attributes.get(key)

    def show(self, depth=0):
        """The tree as text: a line each, with what went wrong."""
        line = "  " * depth + self.name + (f" !{self['error.type']}" if self.error else "")
        return "\n".join([line] + [child.show(depth + 1) for child in self.children])

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


class Receiver:
    """`answers`: (status, headers, response) for the next requests; then all is taken. `latest`: the newest request's
    headers. `bodies`: all of them, as they came."""

    def __init__(self):
        self.spans, self.resources, self.bodies, self.paths, self.answers, self.wrong = [], [], [], [], [], []
        self.latest = None
        self.lock = threading.Condition()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                status, headers, response = receiver.take(self.path, self.headers, body)
                kind = self.headers["content-type"]
                text = json_format.MessageToJson(response).encode() if kind == JSON else response.SerializeToString()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, kind, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        if kind is None:
            assert self.wrong == []

    def take(self, path, headers, body):
        with self.lock:
            self.latest = headers
            self.paths.append(path)
            self.bodies.append(body)
            answer = self.answers.pop(0) if self.answers else (200, {}, ExportTraceServiceResponse())
            if answer[0] == 200:
                try:
                    self.read(headers["content-type"], body)
                except Exception as error:  # the test's own thread raises it
                    self.wrong.append(f"{error!r}: {body!r}")
            self.lock.notify_all()
            return answer

    def read(self, kind, body):
        assert kind in (BINARY, JSON), kind
        request = read_binary(body) if kind == BINARY else read_json(body)
        for group in request.resource_spans:
            self.resources.append({pair.key: getattr(pair.value, pair.value.WhichOneof("value"))
                                   for pair in group.resource.attributes})
            for scope in group.scope_spans:
                assert scope.scope.name == "vecgate" and scope.scope.version
                self.spans += [Span(span) for span in scope.spans]

    def wait(self, until, what):
        """Until it is true; it is asked with everything that came."""
        end = time.monotonic() + SECONDS
        with self.lock:
            while not (found := until()):
                assert self.wrong == [], self.wrong
                left = end - time.monotonic()
                assert left > 0, f"{what} did not come: {[span.name for span in self.spans]}"
                self.lock.wait(left)
            assert self.wrong == [], self.wrong
            return found

    def of(self, trace):
        return [span for span in self.spans if span.trace == trace]

    def tree(self, trace):
        """The span of the request with that trace, and in it all others; none is left over. The request's span is the
        last that ends, so all have come when it has."""
        root = self.wait(lambda: next((s for s in self.of(trace) if s.kind == SERVER), None), f"trace {trace}")
        spans = {span.id: span for span in self.of(trace)}
        assert len(spans) == len(self.of(trace)), "an id came twice"
        for span in spans.values():
            span.children = []
        for span in sorted(spans.values(), key=lambda s: (s.span.start_time_unix_nano, s.span.end_time_unix_nano)):
            if span is not root:
                parent = spans[span.parent]
                parent.children.append(span)
                assert parent.span.start_time_unix_nano <= span.span.start_time_unix_nano
        assert len(list(root.walk())) == len(spans), "some belong to nobody"
        return root
