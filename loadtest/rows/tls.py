"""What TLS costs: memory of connections that are kept open, and CPU of handshakes by kind of key, new and
resumed, with the loop's longest turn meanwhile: signatures are computed on a pool of their own."""
import re
import socket
import ssl
import subprocess
import time

from certs import Authority

from harness.process import LOAD_CORE, allow_files, cpu_seconds, memory, on_core
from harness.report import figure
from harness.servers import Vecgate, Wrong

NAME = "tls"
TITLE = "TLS: idle connections and handshakes"
CONNECTIONS = 1000
SETTLE_SECONDS = 2
HERE = ("DNS:localhost", "IP:127.0.0.1")
DONE = re.compile(r"(\d+) connections in (\d+) real seconds")
TURN = re.compile(rb"^vecgate_loop_turn_cpu_max_seconds (\S+)$", re.M)


def measure(bench, section):
    authority = Authority(bench.fresh_folder())
    pairs = {kind: authority.issue(kind, *HERE, kind=kind) for kind in ("rsa", "ec")}
    context = ssl.create_default_context(cafile=authority.cert)
    count = min(CONNECTIONS, allow_files(CONNECTIONS + 200) - 200)
    plain, secure = idle(bench, count, {}, None), idle(bench, count, pairs["rsa"].options(), context)
    section.table(["connections", f"KiB for each of {count} idle"], [["plain", figure(plain)], ["TLS", figure(secure)]])
    section.goal("an idle connection", plain, most=8, unit=" KiB")
    section.goal("an idle connection with TLS", secure, most=48, unit=" KiB")
    rows = [
        handshakes(bench, pair, context, version, how)
        for pair in pairs.values()
        for version in ("-tls1_2", "-tls1_3")
        for how in ("-new", "-reuse")
        if (version, how) != ("-tls1_3", "-reuse")  # s_time asks for nothing, and so sees no ticket of 1.3
    ]
    section.table(["key", "version", "session", "handshakes", "CPU us each", "loop's longest turn, CPU ms"], rows)
    section.say(
        "PSS that a connection adds which has had an answer and stays open. Handshakes are `openssl s_time`'s, one "
        "at a time; CPU is the whole process's, the signatures' threads among it. Keys: RSA with 2048 bits, P-256."
    )


def idle(bench, count, env, context):
    with Vecgate(bench.fresh_folder(), env, tls=context) as gate:
        time.sleep(SETTLE_SECONDS)
        before, sockets = memory(gate.pid)[0], []
        try:
            for _ in range(count):
                sockets.append(opened(gate, context))
            time.sleep(SETTLE_SECONDS)
            return (memory(gate.pid)[0] - before) / count / 1024
        finally:
            for one in sockets:
                one.close()


def opened(gate, context):
    one = socket.create_connection(("127.0.0.1", gate.port), timeout=10)
    if context:
        one = context.wrap_socket(one, server_hostname="localhost")
    one.sendall(f"GET /healthz HTTP/1.1\r\nHost: {gate.address}\r\n\r\n".encode())
    if not one.recv(4096).startswith(b"HTTP/1.1 200"):
        raise Wrong("an idle connection got no 200")
    return one


def handshakes(bench, pair, context, version, how):
    seconds = max(1, bench.seconds)
    with Vecgate(bench.fresh_folder(), pair.options(), tls=context) as gate:
        before = cpu_seconds(gate.pid)
        command = ["openssl", "s_time", "-connect", gate.address, version, how, "-time", str(seconds)]
        with on_core(LOAD_CORE):
            run = subprocess.run(command, capture_output=True, text=True, timeout=60 + 5 * seconds)
        spent = cpu_seconds(gate.pid) - before
        done = DONE.search(run.stdout)
        if not done:
            raise Wrong(f"s_time says no number: {run.stdout}{run.stderr}")
        host = gate.connect()
        host.request("GET", "/metrics")
        turn = float(TURN.search(host.getresponse().read())[1])
        host.close()
    kind = "resumed" if how == "-reuse" else "new"
    many = int(done[1])
    return [pair.name, version[4:].replace("_", "."), kind, many, figure(spent / many * 1e6), figure(turn * 1e3)]
