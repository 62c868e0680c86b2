"""The faults of Qdrant: a gateway that has its API behind a wire, and each way in which the wire can break."""
import contextlib

import wire as on
from api import Api
from bench import ALL, LATE, Bench, Fault, make_certificate, options, patient
from gateway import Gateway
from wire import Wire

OPTIONS = options("qdrant")
PATIENT = patient("qdrant")

BUSY = "Rate limiting exceeded: Write rate limit exceeded, retry later"
FAULTS = {
    "no such name": Fault(None, PATIENT, url=f"http://{'x' * 64}.invalid:6333", is_mended=False),
    "connection refused": Fault("refuse"),
    "certificate not to be trusted": Fault("untrusted", tls=True),
    "reset while asking": Fault("reset in request"),
    "reset in the reply": Fault(on.reset_in_reply),
    "reply cut off": Fault(on.truncate),
    "no reply": Fault(on.hang, LATE, is_slow=True),
    "reply byte by byte": Fault(on.drip, LATE, is_slow=True),
    "no HTTP": Fault(on.say_noise),
    "no JSON": Fault(on.reply_with(200, "OK", "<html>welcome</html>", forwards=True)),
    "reply too large": Fault(on.reply_with(200, "OK", "x" * 70_000, forwards=True)),
    "429, Retry-After: 1": Fault(on.reply_with(429, "Too Many Requests", on.error(BUSY), on.JSON + "retry-after: 1\r\n"), clear=ALL),
    "429": Fault(on.reply_with(429, "Too Many Requests", on.error(BUSY), on.JSON), clear=ALL),
    "500": Fault(on.reply_with(500, "Internal Server Error", on.error("Service internal error: disk on fire"), on.JSON)),
    "502 of a proxy": Fault(on.reply_with(502, "Bad Gateway", on.PAGE, forwards=True)),
    "503": Fault(on.reply_with(503, "Service Unavailable", on.error("Service unavailable: shards are loading"), on.JSON)),
}


class Eye:
    """Sees what is in the backend, by its own API."""

    def __init__(self, upstream):
        self.api = Api(upstream)

    def has_point(self, collection, number):
        return bool(self.api.good("POST", f"/collections/{collection}/points", {"ids": [number]}))

    def seen(self, collection):
        return self.api.good("GET", f"/collections/{collection}/points/1")["payload"].get("seen")

    def has_collection(self, name):
        return self.api.good("GET", f"/collections/{name}/exists")["exists"]


@contextlib.contextmanager
def behind(folder):
    """Qdrant's API, spoken by a vecgate of its own."""
    with Gateway(folder / "upstream") as upstream:
        yield upstream


@contextlib.contextmanager
def open_bench(folder, fault, upstream):
    """A bench whose gateway has the upstream behind the wire."""
    trusted, untrusted = (make_certificate(folder, n) for n in ("trusted", "untrusted")) if fault.tls else (None, None)
    with Wire(("127.0.0.1", upstream.port), trusted, untrusted) as wire:
        env = OPTIONS | fault.env | {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": wire.url}
        if fault.tls:
            env["VECGATE_VECTOR_QDRANT_CA_FILE"] = str(folder / "trusted.crt")
        bench = Bench(fault, wire, Eye(upstream))
        with Gateway(folder / "gateway", env) as gate:
            bench.prepare(gate)
            if fault.url is None:
                yield bench
        if fault.url is not None:  # it begins with the next start
            with Gateway(folder / "gateway", env | {"QDRANT_URL": fault.url}, ready="/livez") as gate:
                bench.gate = gate
                yield bench
        assert not wire.complaints, wire.complaints
