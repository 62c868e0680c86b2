"""What stands on the wire between a gateway and a PostgreSQL: understands as much of its protocol as it takes to pass
whole requests and replies on (PostgreSQL's manual, "Message Formats"), and breaks them in one way as long as it is
told to.

    request   messages of the client up to a Sync        reply   messages of the server up to ReadyForQuery

A fault is a function (wire, session, request): it does what it does instead of passing the request on. Those that
happen while a session begins are marked by @at_start and see no request. Words, as in wire.py: `refuse`, `untrusted`,
and `no TLS`.
"""
import contextlib
import re
import select
import socket
import struct
import threading

from wire import MOMENT_SECONDS, SECONDS, Wire, reset

SSL, GSS, CANCEL = 80877103, 80877104, 80877102
ASKS = (3, 5, 10, 11)  # of authentication's requests, those that want an answer
HURRY_MS = b"150"
CHECKING = b"SELECT current_setting('server_version'), v.version"  # the gateway asks how its backend is
LOOKING = b"SELECT to_regnamespace("  # a collection's creation begins by reading: that is let through


class Ended(Exception):
    """The other side is gone."""


class Stream:
    """One side, message by message."""

    def __init__(self, connection):
        self.connection, self.data = connection, b""

    def take(self, count):
        while len(self.data) < count:
            try:
                more = self.connection.recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                raise Ended
            self.data += more
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def packet(self):
        """A message without a type, as those before a session."""
        head = self.take(4)
        return head + self.take(struct.unpack("!i", head)[0] - 4)

    def message(self):
        return self.take(1) + self.packet()

    def send(self, data):
        try:
            self.connection.sendall(data)
        except (ConnectionError, BrokenPipeError):
            raise Ended from None

    def has_more(self):
        pending = getattr(self.connection, "pending", None)
        return bool(self.data) or bool(pending and pending())


class Session:
    def __init__(self, client, server):
        self.client, self.server = client, server
        self.statements = {}  # by name

    def begin(self, startup):
        """Until the server is ready for queries. What the two say to each other is passed on."""
        self.server.send(startup)
        while True:
            message = self.server.message()
            self.client.send(message)
            if message[:1] == b"R" and struct.unpack("!i", message[5:9])[0] in ASKS:
                self.server.send(self.client.message())
            if message[:1] == b"Z":
                return

    def await_request(self):
        """False: one side has ended. What the server says meanwhile, perhaps its last words, is passed on."""
        while not self.client.has_more():
            sides = [self.client.connection, self.server.connection]
            ready = select.select(sides, [], [], SECONDS)[0]
            if self.server.connection in ready:
                self.client.send(self.server.message())
            elif not ready:
                raise Ended
            else:
                return True
        return True

    def read_request(self):
        data = b""
        while True:
            message = self.client.message()
            data += message
            if message[:1] == b"P":
                name, sql = message[5:].split(b"\0")[:2]
                self.statements[name] = sql
            if message[:1] == b"X":
                raise Ended
            if message[:1] == b"S":
                return data

    def runs(self, beginning, request):
        """Does it run a statement that begins so?"""
        return any(self.statements.get(name, b"").startswith(beginning) for name in run_by(request))

    def shorten(self, message):
        """The value of statement_timeout, where that is what a message binds."""
        if message[:1] != b"B":
            return message
        portal, name, values = message[5:].split(b"\0", 2)
        if b"'statement_timeout'" not in self.statements.get(name, b""):
            return message
        values = re.sub(rb"\d{3,}", lambda number: HURRY_MS.rjust(len(number[0]), b"0"), values)
        return message[:5] + b"\0".join((portal, name, values))

    def replies(self, request):
        """The server's messages, as they come."""
        self.server.send(request)
        while True:
            message = self.server.message()
            yield message
            if message[:1] == b"Z":
                return

    def pass_on(self, request):
        for message in self.replies(request):
            self.client.send(message)

    def pour(self):
        """What the server says until it ends."""
        while True:
            self.client.send(self.server.message())


def messages(data):
    while data:
        size = 1 + struct.unpack("!i", data[1:5])[0]
        yield data[:size]
        data = data[size:]


def run_by(request):
    """The names of the statements that are bound."""
    return [m[5:].split(b"\0")[1] for m in messages(request) if m[:1] == b"B"]


class PgWire(Wire):
    spares_looks = True

    def break_by(self, fault):
        super().break_by(fault)
        if fault == "no TLS" or getattr(fault, "is_at_start", False):
            self.cut()

    def refuse(self):
        """Nothing is open, nothing can be opened, whatever the fault is; listen() ends it."""
        self._refuse()

    def listen(self):
        self._listen()

    # --- how it is done ----------------------------------------------------------------------------

    def _serve(self, plain):
        with self.lock:
            self.connections.add(plain)
        try:
            self._greet(plain)
        except (OSError, Ended):
            pass  # the gateway ended it, the server did, or we
        except Exception as error:  # kept for who asserts that there was none
            self.complaints.append(repr(error))
        finally:
            plain.close()

    def _greet(self, connection):
        """What comes before a session, in the clear or not."""
        while True:
            client = Stream(connection)
            startup = client.packet()
            code = struct.unpack("!i", startup[4:8])[0]
            if code == CANCEL:
                self._cancel(startup)
                return
            if code == SSL and self.certificates["trusted"] and self.fault != "no TLS":
                client.send(b"S")
                connection = self._secure(connection)
                with self.lock:
                    self.connections.add(connection)
            elif code in (SSL, GSS):
                client.send(b"N")
            else:
                self._begin(client, startup)
                return

    def _cancel(self, packet):
        """A server that hangs does so here, too."""
        if self.fault is hang:
            self.mended.wait(SECONDS)
            return
        with contextlib.closing(socket.create_connection(self.upstream, SECONDS)) as there:
            there.sendall(packet)
            there.recv(1)

    def _begin(self, client, startup):
        fault = self.fault
        with contextlib.closing(client.connection):
            if getattr(fault, "is_at_start", False):
                fault(self, Session(client, None), None)
                return
            with contextlib.closing(socket.create_connection(self.upstream, SECONDS)) as there:
                session = Session(client, Stream(there))
                session.begin(startup)
                while session.await_request():
                    self._exchange(session)

    def _exchange(self, session):
        request = session.read_request()
        fault = self.fault
        if fault is None or (self.spares_looks and session.runs(LOOKING, request)):
            session.pass_on(request)
            return
        if isinstance(fault, str) or getattr(fault, "is_at_start", False):
            raise Ended  # it is about to end this connection
        with self.lock:
            self.reached += 1
        fault(self, session, request)


# --- faults ---------------------------------------------------------------------------------------


def at_start(fault):
    fault.is_at_start = True
    return fault


def message(kind, body):
    return kind + struct.pack("!i", len(body) + 4) + body


READY = message(b"Z", b"I")


def refusal(severity, state, text):
    fields = {b"S": severity, b"V": severity, b"C": state, b"M": text}
    return message(b"E", b"".join(k + v.encode() + b"\0" for k, v in fields.items()) + b"\0")


def pass_on(wire, session, request):
    """What is ill is elsewhere."""
    session.pass_on(request)


def whole(session, request):
    return b"".join(session.replies(request))


def end(session):
    session.client.connection.close()
    raise Ended


def reset_in_request(wire, session, request):
    reset(session.client.connection)
    raise Ended


def reset_in_reply(wire, session, request):
    reply = whole(session, request)
    session.client.send(reply[: len(reply) // 2])
    reset(session.client.connection)
    raise Ended


def truncate(wire, session, request):
    reply = whole(session, request)
    session.client.send(reply[: len(reply) // 2])
    end(session)


def wait_for_client(wire, session):
    """Until it is mended, as by a restart, or the gateway gives up."""
    connection = session.client.connection
    connection.settimeout(MOMENT_SECONDS)
    while not wire.mended.is_set():
        with contextlib.suppress(TimeoutError):
            if not connection.recv(1):
                break
    end(session)


def hang(wire, session, request):
    wait_for_client(wire, session)


@at_start
def be_silent(wire, session, _):
    wait_for_client(wire, session)


def drip(wire, session, request):
    """The right answer, byte by byte, slower than anybody waits."""
    reply = whole(session, request)
    for i in range(len(reply)):
        session.client.send(reply[i : i + 1])
        if wire.mended.wait(MOMENT_SECONDS):
            break
    end(session)


NOISE = b"\x16\x03\x01\x00\xa5 this is no PostgreSQL \x00\xff\r\n\r\n"


@at_start
def greet_with_noise(wire, session, _):
    session.client.send(NOISE)
    end(session)


def say_noise(wire, session, request):
    whole(session, request)
    session.client.send(NOISE)
    end(session)


def with_column(reply, value):
    """One more in each row, and in what is said of the rows."""
    for m in messages(reply):
        if m[:1] not in (b"T", b"D"):
            yield m
            continue
        count = struct.pack("!h", struct.unpack("!h", m[5:7])[0] + 1)
        more = b"more\0" + struct.pack("!ihihih", 0, 0, 25, -1, -1, 1)
        if m[:1] == b"D":
            more = struct.pack("!i", len(value)) + value
        yield message(m[:1], count + m[7:] + more)


def hurry(wire, session, request):
    """A statement may take less time than the gateway thinks: its own deadline comes much later."""
    session.pass_on(b"".join(map(session.shorten, messages(request))))


def widen(value):
    def fault(wire, session, request):
        session.client.send(b"".join(with_column(whole(session, request), value)))

    return fault


def claim(size, sent):
    """Begins a row that is said to be of that size, and goes on with it for a while."""

    def fault(wire, session, request):
        whole(session, request)
        session.client.send(b"D" + struct.pack("!i", size) + b"\0" * sent)
        wait_for_client(wire, session)

    return fault


def refuse_statement(state, text):
    """Instead of running it."""

    def fault(wire, session, request):
        session.client.send(refusal("ERROR", state, text) + READY)

    return fault


def refuse_session(state, text):
    @at_start
    def fault(wire, session, _):
        session.client.send(refusal("FATAL", state, text))
        end(session)

    return fault


deeds = threading.Lock()


def lose_server(how):
    """The server goes away, by `how`, once a request is on its way to it."""

    def fault(wire, session, request):
        with deeds:
            if wire.server.process is not None:
                wire.lost_to_check = session.runs(CHECKING, request)
                wire.stop_listening()
                how(wire.server)
        session.pour()

    return fault
