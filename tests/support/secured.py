"""A vecgate that speaks TLS, as Python's ssl and openssl's own client see it."""
import contextlib
import http.client
import re
import socket
import ssl
import subprocess

from gateway import binary

PATIENCE_SECONDS = 30
HERE = ("DNS:localhost", "IP:127.0.0.1")
HEALTHZ = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
WELL = b"healthz check passed"


def trusting(authority, version=None, cert=None):
    context = ssl.create_default_context(cafile=authority.cert)
    if version:
        context.minimum_version = context.maximum_version = version
    if cert:
        context.load_cert_chain(cert.cert, cert.key)
    return context


@contextlib.contextmanager
def plain_peer(gate):
    with socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENCE_SECONDS) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield sock


@contextlib.contextmanager
def peer(gate, context=None, name="localhost", **words):
    with plain_peer(gate) as sock, (context or gate.tls).wrap_socket(sock, server_hostname=name, **words) as secured:
        yield secured


def read_answer(sock):
    answer = http.client.HTTPResponse(sock)
    answer.begin()
    return answer.status, answer.read()


def ask(gate, method="GET", path="/healthz", body=None, context=None):
    host = http.client.HTTPSConnection(gate.address, timeout=PATIENCE_SECONDS, context=context or gate.tls)
    with contextlib.closing(host):
        host.request(method, path, body)
        answer = host.getresponse()
        return answer.status, answer.read()


def is_well(gate, context=None):
    return ask(gate, context=context) == (200, WELL)


def metric(gate, name, context=None):
    text = ask(gate, path="/metrics", context=context)[1].decode()
    return float(re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)[1])


def handshakes(gate, outcome, context=None):
    return metric(gate, f'vecgate_tls_handshakes_total{{outcome="{outcome}"}}', context)


def s_client(gate, *words, stdin=b""):
    command = ["openssl", "s_client", "-connect", gate.address, "-servername", "localhost", *map(str, words)]
    run = subprocess.run(command, input=stdin, capture_output=True, timeout=PATIENCE_SECONDS)
    return run.returncode, (run.stdout + run.stderr).decode(errors="replace")


def check(*sets):
    words = [word for pair in sets for word in ("--set", pair)]
    run = subprocess.run([binary(), "check", *words], capture_output=True, text=True)
    return run.returncode, run.stderr


def s_hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()
