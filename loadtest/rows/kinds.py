"""What each kind of request costs on its way: the scripts of wrk/, through vecgate and through nginx, to a backend that
needs no time."""
import contextlib

from harness import carriers, load, stub
from harness.proxies import NginxProxy
from harness.report import figure, percent
from harness.servers import Wrong

NAME = "kinds"
TITLE = "Kinds of requests, on their way"
SCRIPTS = {  # dimensions
    "search-128d": 128, "search-768d": 768, "search-1536d": 1536, "filtered-768d": 768, "upsert-768d": 768, "mixed-768d": 768}
CONNECTIONS = 32
FRACTION = 0.4  # of a round: there are many cases


def measure(bench, section):
    if not NginxProxy.program():
        raise Wrong("nginx is not installed: deps/install.sh bench")
    seconds = bench.part(FRACTION)
    with contextlib.ExitStack() as stack:
        backend = stack.enter_context(stub.Stub(bench.fresh_folder(), "".join(answers(bench))))
        servers = {"nginx": stack.enter_context(NginxProxy(bench.fresh_folder(), backend.address))}
        for carrier, env in carriers.chosen().items():
            name = " ".join(filter(None, ["vecgate", carrier]))
            servers[name] = stack.enter_context(bench.vecgate(carriers.settings(backend, env)))
        loads = load.alternate(bench.rounds, {
            (script, name): case(server, script, seconds) for script in SCRIPTS for name, server in servers.items()})
    head = ["script", "server", "requests/s", "spread", "CPU us", "over nginx's", "p50 us", "p99 us", "failures"]
    section.table(head, [line(*key, one, loads[key[0], "nginx"]) for key, one in loads.items()])
    section.failures(loads)
    section.say(f"{CONNECTIONS} connections, {bench.rounds} rounds of {seconds} s, in turn; every answer's status and shape is looked "
                "at. An upsert has ten points. nginx sends on what it got; vecgate reads it, checks it and writes it anew.")


def answers(bench):
    for dimensions in sorted(set(SCRIPTS.values())):
        with bench.vecgate() as real:
            yield stub.learn(real, dimensions).replace(stub.COLLECTION, f"{stub.COLLECTION}-{dimensions}")


def case(server, script, seconds):
    arguments = [f"{stub.COLLECTION}-{SCRIPTS[script]}"]
    return lambda: load.run(server.url, seconds, CONNECTIONS, f"{script}.lua", arguments, [server.pid])


def line(script, name, one, nginx):
    return [script, name, figure(one.rate), percent(one.spread), figure(one.cpu_us()),
            f"{one.cpu_us() / nginx.cpu_us():.2f}", figure(one.p50_us), figure(one.p99_us), one.failures]
