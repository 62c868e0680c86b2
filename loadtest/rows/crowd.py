"""10 000 connections that wait and 1 000 that ask, at a third of what the server can do, beside 100 that ask as much;
nginx as proxy of the same backend beside it."""
import contextlib

from harness import carriers, load, paced, stub
from harness.process import allow_files
from harness.proxies import NginxProxy
from harness.report import figure, percent

NAME = "crowd"
TITLE = "10 000 idle and 1 000 active connections"
IDLE, ACTIVE, FEW = 10_000, 1000, 100
DIMENSIONS = 128
SHARE = 0.3  # of the capacity
SPARE = 500  # files of other use
CASES = {"few": (FEW, 0), "many": (ACTIVE, IDLE)}


def measure(bench, section):
    room = allow_files(IDLE + ACTIVE + SPARE)
    if room < IDLE + ACTIVE + SPARE:
        section.fault(f"only {room} files may be open")
    with contextlib.ExitStack() as stack:
        with bench.vecgate() as real:
            lines = stub.learn(real, DIMENSIONS)
        backend = stack.enter_context(stub.Stub(bench.fresh_folder(), lines))
        questions = stub.rest_questions(bench.folder, DIMENSIONS)
        servers = {" ".join(filter(None, ["vecgate", carrier])): stack.enter_context(
            bench.vecgate(carriers.settings(backend, env))) for carrier, env in carriers.chosen().items()}
        if NginxProxy.program():
            servers["nginx"] = stack.enter_context(NginxProxy(bench.fresh_folder(), backend.address))
        arguments = [questions.bodies_file, questions.needle]
        loads = load.alternate(bench.rounds, {
            name: lambda url=f"{server.url}{questions.path}", pid=server.pid:
                load.run(url, bench.part(0.4), FEW, "bodies.lua", arguments, [pid])
            for name, server in servers.items()})
        runs = {(name, case): [] for name in servers for case in CASES}
        for _ in range(bench.rounds):
            for name, case in runs:
                active, idle = CASES[case]
                runs[name, case].append(paced.run(servers[name], questions, round(SHARE * loads[name].rate), bench.seconds,
                                                  active, idle))
    tell(bench, section, loads, {key: paced.median(each) for key, each in runs.items()})


def tell(bench, section, loads, runs):
    head = ["server", "connections that ask", "that wait", "requests/s", "p50 us", "p99 us", "p99.9 us", "max us",
            "sent late p99 us", "failures"]
    section.table(head, [line(name, *CASES[case], one) for (name, case), one in runs.items()])
    section.failures(loads)
    section.failures(runs)
    for name in loads:
        ratio = runs[name, "many"].p99_us / runs[name, "few"].p99_us
        if name.startswith("vecgate"):
            section.goal(f"{name}: p99 over that of {FEW} connections", ratio, most=3)
        else:
            section.say(f"- {name}: p99 over that of {FEW} connections: {figure(ratio)}")
    section.say(f"Questions of {DIMENSIONS} dimensions, evenly paced at {percent(SHARE)} of what {FEW} connections got from each "
                f"server; {bench.rounds} rounds of {bench.seconds} s, in turn. A failure is also a waiting connection that "
                "was closed. The backend and the load share the other core.")


def line(name, active, idle, one):
    return [name, active, idle, figure(one.rate), figure(one.p50_us), figure(one.p99_us),
            figure(one.p999_us), figure(one.max_us), figure(one.late_us), one.failures]
