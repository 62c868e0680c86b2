"""What stands on the wire between a gateway and its backend: passes whole HTTP exchanges on, and breaks them in
one way as long as it is told to.

A fault is a function (wire, connection, request): it does what it does instead of passing the request on. Those
that happen before there is a request, or without a connection, are words: `refuse`, `reset in request`, and
`untrusted` for TLS.
"""
import contextlib
import re
import socket
import ssl
import struct
import threading

SECONDS = 120  # nothing waits longer; a hang must end
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
MOMENT_SECONDS = 0.05


class Broken(Exception):
    """The other side ended in the middle of a message."""


def read_message(connection, begun=b""):
    """One request or reply, whole. None: the other side ended before one began. Strict: no chunks here."""
    data = begun
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            if data:
                raise Broken(f"half a head: {data!r}")
            return None
        data += more
    head = data.index(b"\r\n\r\n") + 4
    assert b"\r\ntransfer-encoding:" not in data[:head].lower(), data[:head]
    length = LENGTH.search(data[:head])
    whole = head + (int(length[1]) if length else 0)
    while len(data) < whole:
        more = connection.recv(65536)
        if not more:
            raise Broken(f"{len(data)} of {whole} bytes")
        data += more
    assert len(data) == whole, f"{len(data) - whole} bytes behind a message"
    return data


def reset(connection):
    """Ends it with RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Wire:
    """Listens on a port of its own, which nobody else gets while it refuses connections."""

    lost_to_check = False  # what a fault does once was done to a question of the gateway's own

    def __init__(self, upstream, trusted=None, untrusted=None):
        """`upstream`: (host, port). The others are certificate files with their keys: TLS is spoken."""
        self.upstream = upstream
        self.certificates = {"trusted": trusted, "untrusted": untrusted}
        self.fault = None
        self.mended = threading.Event()
        self.reached = 0  # requests of which something arrived while it was broken
        self.complaints = []
        self.connections = set()
        self.lock = threading.Lock()
        self.holder = self._socket(0)  # bound and never listening
        self.port = self.holder.getsockname()[1]
        self.listener = None

    @property
    def url(self):
        return f"{'https' if self.certificates['trusted'] else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self):
        self._listen()
        return self

    def __exit__(self, *_):
        self._refuse()
        self.holder.close()

    def break_by(self, fault):
        self.reached = 0
        self.mended.clear()
        self.fault = fault
        if fault in ("refuse", "untrusted"):
            self._refuse()
        if fault == "untrusted":
            self._listen()

    def mend(self):
        fault, self.fault = self.fault, None
        self.mended.set()
        if fault == "untrusted":
            self._refuse()
        if self.listener is None:
            self._listen()

    def forward(self, request):
        """The backend's answer, whole."""
        with contextlib.closing(socket.create_connection(self.upstream, SECONDS)) as there:
            there.sendall(request)
            return read_message(there)

    # --- how it is done ----------------------------------------------------------------------------

    def _socket(self, port):
        made = socket.socket()
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind(("127.0.0.1", port))
        return made

    def _listen(self):
        self.listener = self._socket(self.port)
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def _refuse(self):
        self.stop_listening()
        self.cut()

    def stop_listening(self):
        listener, self.listener = self.listener, None
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            listener.close()

    def cut(self):
        """The end of what is open: FIN, which a client that reuses a connection sees."""
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self.connections.clear()

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(SECONDS)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, plain):
        try:
            with self._secure(plain) as connection:
                with self.lock:
                    self.connections.add(connection)
                self._talk(connection)
        except (OSError, Broken):
            pass  # the gateway ended it, or we did
        except Exception as error:  # kept for who asserts that there was none
            self.complaints.append(repr(error))
        finally:
            plain.close()

    def _secure(self, plain):
        certificate = self.certificates["untrusted" if self.fault == "untrusted" else "trusted"]
        if certificate is None:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return context.wrap_socket(plain, server_side=True)

    def _talk(self, connection):
        while True:
            begun = connection.recv(1)
            fault = self.fault
            if not begun or fault in ("refuse", "untrusted"):  # which are about to end this connection
                return
            if fault is not None:
                self.reached += 1
            if fault == "reset in request":
                reset(connection)
                return
            request = read_message(connection, begun)
            if fault is None:
                connection.sendall(self.forward(request))
            else:
                fault(self, connection, request)


# --- faults ---------------------------------------------------------------------------------------


def half(reply):
    return reply[: (reply.index(b"\r\n\r\n") + 4 + len(reply)) // 2]


def reset_in_reply(wire, connection, request):
    connection.sendall(half(wire.forward(request)))
    reset(connection)


def truncate(wire, connection, request):
    connection.sendall(half(wire.forward(request)))
    connection.close()


def hang(wire, connection, request):
    """Until it is mended, as by a restart, or the gateway gives up."""
    connection.settimeout(MOMENT_SECONDS)
    while not wire.mended.is_set():
        with contextlib.suppress(TimeoutError):
            connection.recv(1)
            break
    connection.close()


def drip(wire, connection, request):
    """The right answer, byte by byte, slower than anybody waits."""
    reply = wire.forward(request)
    connection.settimeout(MOMENT_SECONDS)
    for i in range(len(reply)):
        connection.sendall(reply[i : i + 1])
        with contextlib.suppress(TimeoutError):
            connection.recv(1)
            break
        if wire.mended.is_set():
            break
    connection.close()


def say_noise(wire, connection, request):
    wire.forward(request)
    connection.sendall(b"\x16\x03\x01\x00\xa5 this is no HTTP \x00\xff\r\n\r\n")
    connection.close()


def reply_with(status, reason, body, headers="", forwards=False):
    """An answer that the backend, or something before it, might give."""
    head = f"HTTP/1.1 {status} {reason}\r\n{headers}content-length: {len(body)}\r\n\r\n"

    def fault(wire, connection, request):
        if forwards:
            wire.forward(request)
        connection.sendall(head.encode() + body.encode())

    return fault


def error(text):
    """A failure in Qdrant's envelope."""
    return f'{{"status":{{"error":"{text}"}},"time":0.0}}'


JSON = "content-type: application/json\r\n"
PAGE = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>\n"
