"""The means of these tests, where time or chance once got between them and what they test."""
import contextlib
import http.client
import itertools
import socket
import threading

import gateway as starter
import neighbour
from gateway import Gateway
from wire import read_message

REPLY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


def answer_once_each(listener, times):
    """Each connection gets one answer and is ended without a word, as one that rested."""
    for _ in range(times):
        connection, _ = listener.accept()
        with contextlib.closing(connection):
            read_message(connection)
            connection.sendall(REPLY)


def test_a_connection_that_rested_is_made_anew(monkeypatch):
    """What is asked on it would get no answer."""
    monkeypatch.setattr(neighbour, "RESTED_SECONDS", 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=answer_once_each, args=(listener, 3), daemon=True)
        server.start()
        host = http.client.HTTPConnection(*listener.getsockname(), timeout=neighbour.SECONDS)
        for _ in range(3):
            assert neighbour.speak(host, None, "GET", "/")[::2] == (200, b"{}")
            assert host.sock.recv(1) == b"", "the server has ended it"
        host.close()
        server.join()


def test_ready_is_only_who_was_started(tmp_path, monkeypatch):
    """Its port may be another's by the time it asks for it, who would answer for it from then on."""
    with Gateway(tmp_path / "other") as other:
        ports = itertools.chain([other.port], iter(starter.free_port, None))
        monkeypatch.setattr(starter, "free_port", lambda: next(ports))
        with Gateway(tmp_path / "own") as own:
            assert own.port != other.port
