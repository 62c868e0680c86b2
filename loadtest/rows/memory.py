"""Memory of a gateway that does nothing: after its start, after 1 000 requests, and for each connection
that is kept open; nginx, which holds no collection, beside it."""
import socket
import time

from harness.process import allow_files, memory
from harness.report import figure
from harness.servers import Client, Nginx
from harness.words import COLLECTION, DIMENSIONS

NAME = "memory"
TITLE = "Memory when idle"
CONNECTIONS = 5000
REQUESTS = 1000
SETTLE_SECONDS = 1
MIB = 2**20


def measure(bench, section):
    connections = min(CONNECTIONS, allow_files(CONNECTIONS + 200) - 200)
    with bench.vecgate() as gate:
        ours = [snapshot(gate), after_requests(bench, gate), per_connection(gate, connections)]
    rows = [row("vecgate", *ours)]
    if Nginx.program():
        with Nginx(bench.fresh_folder(), "nginx-200.conf") as nginx:
            rows.append(row("nginx", snapshot(nginx), None, per_connection(nginx, connections)))
    else:
        section.say("nginx is not installed: no peer.")
    head = ["server", "after", "PSS MiB", "private dirty MiB", f"KiB for each of {connections} idle connections"]
    section.table(head, [line for lines in rows for line in lines])
    (_, (pss, dirty), each) = ours
    section.goal("PSS after 1 000 requests", pss / MIB, most=20, unit=" MiB")
    section.goal("private dirty after 1 000 requests", dirty / MIB, most=8, unit=" MiB")
    section.goal("an idle connection", each / 1024, most=8, unit=" KiB")


def row(name, start, used, each):
    lines = [[name, "start", *(figure(part / MIB) for part in start), figure(each / 1024)]]
    if used:
        lines.append([name, "1 000 requests", *(figure(part / MIB) for part in used), ""])
    return lines


def snapshot(server):
    time.sleep(SETTLE_SECONDS)
    return memory(server.pid)


def after_requests(bench, gate):
    """100 points stored, then searched, so that the requests are not the cheapest there are."""
    words = bench.words(2000)
    with Client(gate.address) as client:
        client.create(COLLECTION, DIMENSIONS)
        points = [{"id": i + 1, "vector": list(words.row(i))} for i in range(100)]
        client.ask("PUT", f"/collections/{COLLECTION}/points?wait=true", {"points": points})
        for i in range(REQUESTS):
            body = words.bodies[i % len(words.bodies)]
            client.ask("POST", f"/collections/{COLLECTION}/points/query", body)
    return snapshot(gate)


def per_connection(server, count):
    """PSS that each connection adds which has had an answer and stays open."""
    before = memory(server.pid)[0]
    host, port = server.address.split(":")
    request = f"GET /healthz HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode()
    sockets = []
    try:
        for _ in range(count):
            one = socket.create_connection((host, int(port)), timeout=10)
            sockets.append(one)
            one.sendall(request)
            if not one.recv(4096).startswith(b"HTTP/1.1 200"):
                raise ConnectionError("an idle connection got no 200")
        return (snapshot(server)[0] - before) / count
    finally:
        for one in sockets:
            one.close()
