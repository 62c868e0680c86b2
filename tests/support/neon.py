"""Stands for Neon's proxy in front of a PostgreSQL: TLS is a must, and which endpoint is meant is told by SNI or by
`endpoint=` in the parameter options, by one of them at least; a first label with -pooler leads to a pooler instead.

As a program it says the URL on its first line and then obeys lines on its input, each of which is answered by `ok`, until
the input ends:

    sleep N     the next N that connect are refused, as while a database is woken
    suspend     all sessions are ended, by the server's last words for it (57P01)
    late        the same, but only once something comes from them
    cut         all sessions are ended without a word

    neon.py SERVER POOLER

What came through it sees by vecgate.way how its endpoint was told: "sni" or "option" (the pooler has its own word).
Texts are those of neon's proxy/src.
"""
import contextlib
import pathlib
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import urllib.parse

from postgres import PASSWORD, USER, serve

ENDPOINT, DOMAIN = "ep-x-123", "eu-1.aws.neon.tech"
SSL, GSS, CANCEL = 80877103, 80877104, 80877102
INSECURE = "connection is insecure (try using `sslmode=require`)"
UNKNOWN = "Endpoint ID is not specified. Either please upgrade the postgres client library (libpq) for SNI support or pass the endpoint ID"
UNLIKE = "Inconsistent project name inferred from SNI ('{}') and project option ('{}')."
ASLEEP = "Couldn't connect to compute node"
SUSPENDED = "terminating connection due to administrator command"


def read_exactly(sock, count):
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


def read_packet(sock):
    """The first one, which has no type: its code and the rest."""
    length, code = struct.unpack("!II", read_exactly(sock, 8))
    return code, read_exactly(sock, length - 8)


def error(message, severity="ERROR", state="XX000"):
    fields = b"".join(kind + value.encode() + b"\0" for kind, value in ((b"S", severity), (b"V", severity), (b"C", state), (b"M", message)))
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"


class Refused(Exception):
    pass


class Session:
    """One thread carries bytes both ways, for a TLS connection must not be used by two."""

    def __init__(self, client, server):
        self.client, self.server = client, server
        self.order, self.has_obeyed = None, threading.Event()
        self.bell, self.door = socket.socketpair()
        threading.Thread(target=self.live, daemon=True).start()

    def tell(self, word):
        """Returns when it is done; "late" once something has come."""
        self.order = word
        if word != "late":
            self.bell.sendall(b"!")
            self.has_obeyed.wait()

    def live(self):
        with contextlib.suppress(OSError):
            while self.carry():
                pass
            if self.order in ("suspend", "late"):
                self.say_goodbye()
        for sock in (self.client, self.server):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.has_obeyed.set()

    def carry(self):
        """False: that was all."""
        readable = [self.client] if self.client.pending() else select.select([self.client, self.server, self.door], [], [])[0]
        if self.door in readable or (self.client in readable and self.order):
            return False
        for source, sink in ((self.client, self.server), (self.server, self.client)):
            if source in readable:
                data = source.recv(65536)
                if not data:
                    return False
                sink.sendall(data)
        return True

    def say_goodbye(self):
        """And listens until the other side has gone: what is not read would reset the connection, and take this along."""
        self.client.sendall(error(SUSPENDED, "FATAL", "57P01"))
        self.has_obeyed.set()
        self.server.shutdown(socket.SHUT_RDWR)
        self.client.shutdown(socket.SHUT_WR)
        while self.client.recv(65536):
            pass


class Neon:
    def __init__(self, server, pooler):
        self.ways = {name: self.address(url) for name, url in (("server", server), ("pooler", pooler))}
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="vecgate-neon-"))
        self.asleep, self.sessions, self.lock = 0, [], threading.Lock()
        self.tls = self.make_tls()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    @staticmethod
    def address(url):
        parts = urllib.parse.urlsplit(url)
        return parts.hostname, parts.port

    def make_tls(self):
        self.cert = self.home / "cert.pem"
        key = self.home / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=neon", "-addext", f"subjectAltName=DNS:*.{DOMAIN}", "-keyout", key, "-out", self.cert],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.cert, key)
        context.sni_callback = lambda sock, name, _: setattr(sock, "asked_for", name)
        return context

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.welcome, args=(client,), daemon=True).start()

    def welcome(self, client):
        try:
            self.greet(client)
        except Refused as refused:
            with contextlib.suppress(OSError):
                refused.args[1].sendall(error(refused.args[0]))
                refused.args[1].close()
        except (OSError, ConnectionError):
            client.close()

    def greet(self, client):
        code, rest = read_packet(client)
        if code == GSS:
            client.sendall(b"N")
            code, rest = read_packet(client)
        if code == CANCEL:
            with socket.create_connection(self.ways["server"]) as server:
                server.sendall(struct.pack("!II", 8 + len(rest), code) + rest)
            client.close()
            return
        if code != SSL:
            raise Refused(INSECURE, client)
        client.sendall(b"S")
        client = self.tls.wrap_socket(client, server_side=True)
        self.pass_on(client, *read_packet(client))

    def pass_on(self, client, version, rest):
        words = rest.decode().split("\0")
        said = dict(zip(words[0:-2:2], words[1:-1:2], strict=True))
        options = said.pop("options", "").split()
        told = [word.removeprefix("endpoint=") for word in options if word.startswith("endpoint=")]
        sni = getattr(client, "asked_for", None)
        label = sni.split(".")[0] if sni else None
        name = label.removesuffix("-pooler") if label else None
        if told and name and told[0] != name:
            raise Refused(UNLIKE.format(name, told[0]), client)
        if not told and not name:
            raise Refused(UNKNOWN, client)
        if (name or told[0]) != ENDPOINT:
            raise Refused("The requested endpoint could not be found, or you don't have access to it.", client)
        with self.lock:
            if self.asleep > 0:
                self.asleep -= 1
                raise Refused(ASLEEP, client)
        kept = [word for word in options if not word.startswith("endpoint=")]
        said["options"] = " ".join([*kept, f"-cvecgate.way={'sni' if name else 'option'}"])
        self.carry(client, version, said, "pooler" if label and label.endswith("-pooler") else "server")

    def carry(self, client, version, said, way):
        body = b"".join(f"{name}\0{value}\0".encode() for name, value in said.items()) + b"\0"
        server = socket.create_connection(self.ways[way])
        server.sendall(struct.pack("!II", 8 + len(body), version) + body)
        with self.lock:
            self.sessions.append(Session(client, server))

    def url(self):
        return (f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@{ENDPOINT}.{DOMAIN}/postgres?hostaddr=127.0.0.1&port={self.port}"
                f"&sslmode=verify-full&sslrootcert={self.cert}")

    def obey(self, line):
        word, *rest = line.split()
        with self.lock:
            sessions, self.sessions = self.sessions, []
            if word == "sleep":
                self.asleep, self.sessions = int(rest[0]), sessions
        if word != "sleep":
            for session in sessions:
                session.tell(word)

    def close(self):
        shutil.rmtree(self.home, ignore_errors=True)


def main(server, pooler):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.closing(Neon(server, pooler)) as neon:
        serve(neon, Neon.obey)


if __name__ == "__main__":
    main(*sys.argv[1:])
