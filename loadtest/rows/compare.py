"""A proxied search: vecgate, nginx and HAProxy in turn in front of the same backend, which needs no time. What is
measured has the servers' core for itself; the backend and the load share the other."""
import contextlib
import dataclasses

from harness import carriers, load, paced, stub
from harness.process import SERVER_CORE
from harness.proxies import HAProxy, NginxProxy
from harness.report import figure, percent
from harness.servers import Client, Wrong

NAME = "compare"
TITLE = "A proxied search, over nginx and HAProxy"
SIZES = {16: 1.2, 1536: 1.3}  # dimensions of a question: the most CPU over nginx's
CONNECTIONS = 32
FRACTION = 0.4  # of a round: there are many cases
DIRECT, NGINX, HAPROXY = "the backend itself", "nginx", "HAProxy"
KEY = ("api-key", "the key of a load test")


@dataclasses.dataclass
class Subject:
    """One way to the backend."""

    server: object
    questions: stub.Questions
    pid: int

    def capacity(self, seconds):
        arguments = [self.questions.bodies_file, self.questions.needle]
        return load.run(f"{self.server.url}{self.questions.path}", seconds, CONNECTIONS, "bodies.lua", arguments, [self.pid],
                        self.questions.header)

    def at(self, rate, seconds):
        return paced.run(self.server, self.questions, rate, seconds, CONNECTIONS, pid=self.pid)


@dataclasses.dataclass
class Asked:
    """What may be chosen on the command line of `compare`."""

    carriers: tuple = ()
    env: tuple = ()
    sizes: tuple = tuple(SIZES)
    fraction: float = FRACTION


def measure(bench, section, asked=Asked()):
    for program, package in ((NginxProxy, "nginx-light"), (HAProxy, "haproxy")):
        if not program.program():
            raise Wrong(f"{package} is not installed: deps/install.sh bench")
    ours = carriers.chosen(asked.carriers)
    seconds = bench.part(asked.fraction)
    for dimensions in asked.sizes:
        one_size(bench, section, dimensions, ours, asked.env, seconds)
    section.say(
        f"{CONNECTIONS} connections, {bench.rounds} rounds of {seconds} s, all in turn; answers of {stub.LIMIT} hits, each "
        f"looked at. *CPU* is that of the proxy on core {SERVER_CORE}, *busy* its share of that core; of the row "
        f"*{DIRECT}* it is the backend's, beside the load on the other. *Half load* is half the rate of that row, "
        "evenly paced; *added* is over the backend asked directly at the same rate. nginx has one worker and HAProxy "
        "one thread, no log; bodies are read whole before they are sent on by nginx and vecgate, streamed by HAProxy. Rows "
        "with *a key* check one in each request; what is *traced* has three spans, which go to the same backend."
    )


def one_size(bench, section, dimensions, ours, env, seconds):
    with contextlib.ExitStack() as stack:
        backend, subjects = start(bench, stack, dimensions, ours, env)
        before = backend.counted()
        loads = load.alternate(bench.rounds, {
            name: (lambda one=one: one.capacity(seconds)) for name, one in subjects.items()})
        halves = half_loads(bench, subjects, loads, seconds)
        reached = backend.counted() - before
    size = f"{subjects[DIRECT].questions.bytes} B"
    answered = sum(one.answered for one in loads.values())
    answered += sum(run.answered for pair in halves.values() for run in pair)
    if reached < answered:
        section.fault(f"{answered} answers, but only {reached} requests reached the backend")
    report(section, size, loads, halves)
    judge(section, size, SIZES.get(dimensions), loads, halves)


def start(bench, stack, dimensions, ours, env):
    """The backend, and {name: Subject}."""
    with bench.vecgate() as real:
        lines = stub.learn(real, dimensions)
    backend = stack.enter_context(stub.Stub(bench.fresh_folder(), lines))
    rest, native = stub.rest_questions(bench.folder, dimensions), stub.native_questions(bench.folder, dimensions)
    subjects = {DIRECT: Subject(backend, rest, backend.pid)}
    for name, program in ((NGINX, NginxProxy), (HAPROXY, HAProxy)):
        server = stack.enter_context(program(bench.fresh_folder(), backend.address))
        subjects[name] = Subject(server, rest, server.pid)
    for carrier, chosen in ours.items():
        gate = stack.enter_context(bench.vecgate(carriers.settings(backend, chosen | dict(env))))
        for api, questions in (("REST", rest), ("native", native)):
            look(gate, questions)
            subjects[" ".join(filter(None, ["vecgate", api, carrier]))] = Subject(gate, questions, gate.pid)
    carrier, chosen = list(ours.items())[-1]
    with_key = stub.rest_questions(bench.folder, dimensions, KEY)
    for name, more in watched(backend).items():
        gate = stack.enter_context(bench.vecgate(carriers.settings(backend, chosen | more | dict(env))))
        look(gate, with_key)
        subjects[f"vecgate REST {carrier}, {name}"] = Subject(gate, with_key, gate.pid)
    return backend, subjects


def watched(backend):
    """{what is asked of it beside the search: how it is configured}."""
    key = {"VECGATE_CREDENTIALS_API_KEY": KEY[1]}
    traced = key | {"VECGATE_TRACES_ENDPOINT": backend.url}
    one_in_100 = traced | {"VECGATE_TRACES_SAMPLER": "parentbased_traceidratio", "VECGATE_TRACES_RATIO": "0.01"}
    return {"a key": key, "a key, 1 % traced": one_in_100, "a key, all traced": traced}


def look(gate, questions):
    """One answer has all that was found."""
    with Client(gate.address, dict([questions.header]) if questions.header else {}) as client:
        said = client.ask_plainly("POST", questions.path, questions.bodies[0])
    hits = said.get("result", said)["points"]
    if len(hits) != stub.LIMIT or not all(isinstance(hit["score"], float) for hit in hits):
        raise Wrong(f"{questions.path}: {said}")


def half_loads(bench, subjects, loads, seconds):
    """{name: (through it, the backend directly at the same rate)}."""
    runs = {name: ([], []) for name in subjects if name != DIRECT}
    for _ in range(bench.rounds):
        for name, (through, direct) in runs.items():
            rate = round(loads[name].rate / 2)
            through.append(subjects[name].at(rate, seconds))
            direct.append(subjects[DIRECT].at(rate, seconds))
    return {name: tuple(map(paced.median, pair)) for name, pair in runs.items()}


def report(section, size, loads, halves):
    head = [f"{size} bodies", "requests/s", "spread", "CPU us", "over nginx's", "over HAProxy's", "busy", "half load",
            "its CPU us", "p50 us", "p99 us", "added p50 us", "added p99 us", "sent late p99 us", "failures"]
    section.table(head, [line(name, loads, halves.get(name)) for name in loads])
    section.failures({f"{name}, {size}": one for name, one in loads.items()})
    for name, (through, direct) in halves.items():
        section.failures({f"{name}, {size}, half load": through, f"{DIRECT}, {size}, as often as {name}": direct})


def line(name, loads, half):
    one, ratios = loads[name], ["", ""]
    if half:
        ratios = [f"{one.cpu_us() / loads[peer].cpu_us():.2f}" for peer in (NGINX, HAPROXY)]
    cells = [name, figure(one.rate), percent(one.spread), figure(one.cpu_us()), *ratios, percent(one.busy())]
    if not half:
        return [*cells, *[""] * 7, one.failures]
    through, direct = half
    return [*cells, figure(through.rate), figure(through.cpu_us), figure(through.p50_us), figure(through.p99_us),
            figure(through.p50_us - direct.p50_us), figure(through.p99_us - direct.p99_us), figure(through.late_us),
            one.failures + through.failures]


def judge(section, size, most, loads, halves):
    """The goals are those of the direct carrier, and of what a binary with one carrier has."""
    for name in loads:
        if not name.startswith("vecgate"):
            continue
        through, direct = halves[name]
        ratio = loads[name].cpu_us() / loads[NGINX].cpu_us()
        if name.endswith("curl"):
            section.say(f"- {name}, {size}: CPU over nginx's {figure(ratio)}")
            continue
        if most:
            section.goal(f"{name}, {size}: CPU over nginx's", ratio, most=most)
        section.goal(f"{name}, {size}: added at half load, p50", through.p50_us - direct.p50_us, most=60, unit=" us")
        section.goal(f"{name}, {size}: added at half load, p99", through.p99_us - direct.p99_us, most=200, unit=" us")
