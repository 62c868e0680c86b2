"""/healthz, hence connections, HTTP and routing alone, over nginx answering the same from memory."""
import contextlib
import http.client

from harness import load
from harness.report import figure, percent
from harness.servers import Nginx

NAME = "door"
TITLE = "/healthz over nginx `return 200`"
CONNECTIONS = 64


def measure(bench, section):
    with contextlib.ExitStack() as stack:
        servers = {"vecgate": stack.enter_context(bench.vecgate())}
        if Nginx.program():
            servers["nginx"] = stack.enter_context(Nginx(bench.fresh_folder(), "nginx-200.conf"))
        else:
            section.say("nginx is not installed: no peer.")
        seen = {name: look(server) for name, server in servers.items()}
        cases = {name: case(bench, server) for name, server in servers.items()}
        loads = load.alternate(bench.rounds, cases)
    head = ["server", "requests/s", "spread", "per CPU second", "p50 us", "p99 us", "failures", "CPU s",
            "fields", "body bytes"]
    section.table(head, [line(name, loads[name], *seen[name]) for name in servers])
    section.failures(loads)
    section.say(f"{CONNECTIONS} connections, {bench.rounds} rounds of {bench.seconds} s each in turn.")
    if "nginx" in loads:
        ours, theirs = loads["vecgate"], loads["nginx"]
        section.goal("requests/s over nginx's", ours.rate / theirs.rate, least=0.7)
        section.goal("requests per CPU second over nginx's", ours.per_cpu_second / theirs.per_cpu_second, least=0.7)
        if seen["vecgate"][1] != seen["nginx"][1]:
            section.fault("the two bodies differ")


def case(bench, server):
    return lambda: load.run(f"{server.url}/healthz", bench.seconds, CONNECTIONS, pids=[server.pid])


def look(server):
    """(header fields, body) of an answer."""
    host = http.client.HTTPConnection(server.address, timeout=10)
    with contextlib.closing(host):
        host.request("GET", "/healthz")
        answer = host.getresponse()
        return len(answer.getheaders()), answer.read()


def line(name, one, fields, body):
    return [name, figure(one.rate), percent(one.spread), figure(one.per_cpu_second), figure(one.p50_us),
            figure(one.p99_us), one.failures, figure(one.cpu[0]), fields, len(body)]
