"""The command as an operator meets it: what it says, what it refuses, how it starts and ends."""
import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from gateway import OURS, ROOT, Gateway, binary, free_port
from patience import eventually

PATIENCE_SECONDS = 30
COMMANDS = ["serve", "check", "config", "docs", "version"]
EXAMPLES = sorted([*(ROOT / "conf").glob("*.yaml"), *(ROOT / "conf/examples").glob("*.yaml")])


def run(*arguments, env=None, cwd=None):
    """The command, without options that the caller's environment would slip in."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | (env or {})
    return subprocess.run(
        [binary(), *arguments], env=clean, cwd=cwd, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


def get(gate, path):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        host.request("GET", path)
        answer = host.getresponse()
        return answer.status, answer.read().decode()


def half_a_request(gate):
    """A connection on which a request's body is still to come."""
    peer = socket.create_connection(("127.0.0.1", gate.port), timeout=PATIENCE_SECONDS)
    peer.sendall(
        b"POST /v1/collections HTTP/1.1\r\nhost: localhost\r\n"
        b"content-type: application/json\r\ncontent-length: 47\r\nexpect: 100-continue\r\n\r\n"
    )
    assert peer.recv(100).startswith(b"HTTP/1.1 100"), "the head was read"
    return peer


def finish(peer):
    body = b'{"name":"late","dimension":3,"metric":"cosine"}'
    assert len(body) == 47
    peer.sendall(body)
    return b"".join(iter(lambda: peer.recv(65536), b""))


# ---- words ----


def test_help_names_every_command():
    said = run("--help")
    assert said.returncode == 0
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", said.stdout, re.M)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command):
    said = run(command, "--help")
    assert said.returncode == 0
    assert said.stdout.startswith(f"usage: vecgate {command}")


def test_help_of_serve_lists_options():
    said = run("serve", "--help").stdout
    for option in ["listen=127.0.0.1:6333", "log.level=info", "vector.backend=embedded", "vector.qdrant.api_key"]:
        assert f"\n  {option}\n" in said


def test_nothing_to_do_is_a_mistake():
    said = run()
    assert said.returncode == 2
    assert "usage: vecgate COMMAND" in said.stderr


def test_version_is_one_line():
    for word in ["version", "--version"]:
        assert re.fullmatch(r"vecgate \d+\.\d+\.\d+\n", run(word).stdout)


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        (["serv"], "there is no command serv; did you mean serve?"),
        (["florb"], "there is no command florb"),
        (["serve", "--lisen", "x"], "there is no flag --lisen; did you mean --listen?"),
        (["serve", "--listen"], "--listen needs ADDRESS:PORT behind it"),
        (["serve", "now"], '"now" is one word too many'),
        (["version", "--config", "x"], "there is no flag --config"),
        (["check", "--help=yes"], "--help takes no value"),
        (["docs"], "a word is missing: the directory to write to"),
    ],
)
def test_wrong_words_are_refused(arguments, complaint):
    said = run(*arguments)
    assert said.returncode == 2
    assert said.stderr.splitlines()[0].endswith(complaint)
    assert said.stdout == ""


# ---- configuration ----


def test_check_tells_everything_at_once(tmp_path):
    (tmp_path / "vecgate.yaml").write_text("listen: here\nlog:\n  levle: info\nworkers: none\n")
    said = run("check", "--config", "vecgate.yaml", "--set", "drain=30", env={"VECGATE_DEADLINE": "x"}, cwd=tmp_path)
    assert said.returncode == 1
    assert said.stderr.splitlines() == [
        'vecgate.yaml:1: listen: expected HOST:PORT or [IPV6]:PORT, got "here"',
        "vecgate.yaml:3: log.levle: there is no such option; did you mean log.level?",
        'vecgate.yaml:4: workers: expected a whole number, got "none"',
        'command line: drain: expected a time with its unit, such as 250ms, 30s, 5m or 2h, got "30"',
        'VECGATE_DEADLINE: deadline: expected a time with its unit, such as 250ms, 30s, 5m or 2h, got "x"',
    ]


def test_serve_refuses_what_check_refuses():
    for command in ["serve", "config", "check"]:
        said = run(command, "--set", "workers=0")
        assert said.returncode == 1
        assert said.stderr == 'command line: workers: must be 1 to 64, got "0"\n'


def test_an_open_door_must_be_written_out():
    said = run("serve", "--listen", "0.0.0.0:0")
    assert said.returncode == 1
    assert "0.0.0.0:0 can be reached from other machines" in said.stderr
    assert "write `auth: none`" in said.stderr
    assert run("check", "--listen", "0.0.0.0:0", "--set", "auth=none").returncode == 0


def test_a_backend_of_another_build_is_named():
    said = run("serve", env={"VECTOR_BACKEND": "pinecone", "PINECONE_API_KEY": "s3cr3t"})
    assert said.returncode == 1
    assert said.stderr == (
        "VECTOR_BACKEND: vector.backend: backend pinecone is not part of this build; built in: embedded, qdrant, pgvector\n"
    )


def test_the_gateway_is_not_its_own_backend():
    said = run("check", env={"VECTOR_BACKEND": "qdrant"})
    assert said.returncode == 1
    assert "is where this gateway itself listens" in said.stderr
    said = run("check", env={"VECTOR_BACKEND": "qdrant", "QDRANT_URL": "http://localhost:6334"})
    assert said.returncode == 1
    assert "port 6334 is where Qdrant speaks gRPC; REST is needed, on port 6333" in said.stderr


@pytest.mark.parametrize(
    "wrong, why",
    [
        ({}, "the URL names no user: postgresql://user@host:5432/database"),
        ({"PGVECTOR_URL": "host=h user=u password=s3cr3t"}, "the URL should begin with postgresql://"),
        ({"PGVECTOR_URL": "postgresql://u:s3cr3t@h/d?sslmod=require"}, "the URL's parameter sslmod is not known"),
        ({"VECGATE_VECTOR_PGVECTOR_DIRECT_URL": "postgresql://u:s3cr3t@/d"}, "direct_url: the URL names no host"),
        ({"VECGATE_VECTOR_PGVECTOR_REPLICAS": "postgresql://u@h x"}, "replicas: the URL should begin with postgresql://"),
        ({"VECGATE_VECTOR_PGVECTOR_MIN_CONNECTIONS": "17"}, "vector.pgvector.min_connections: is more than max_connections"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_where_a_database_cannot_be_is_told_before_it_is_tried(command, wrong, why):
    env = {"VECTOR_BACKEND": "pgvector"} | ({"PGVECTOR_URL": "postgresql://u@h/d"} if wrong and "PGVECTOR_URL" not in wrong else {})
    said = run(command, "--listen", "127.0.0.1:0", env=env | wrong)
    assert said.returncode == 1
    assert said.stderr.endswith(f": {why}\n") and "s3cr3t" not in said.stderr


@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_proxy_that_the_carrier_does_not_know_is_told(command):
    env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": "http://q.example", "VECGATE_VECTOR_QDRANT_PROXY": "http://u:s3cr3t@p:1"}
    said = run(command, "--listen", "127.0.0.1:0", env=env | {"VECGATE_VECTOR_QDRANT_HTTP_CARRIER": "direct"})
    assert said.returncode == 1
    assert said.stderr == (
        "VECGATE_VECTOR_QDRANT_HTTP_CARRIER: vector.qdrant.http.carrier: `direct` knows no proxies, and one is configured: "
        "take `auto` or `curl`, or take the proxy out\n"
    )
    for word in ("auto", "curl"):
        assert run("check", env=env | {"VECGATE_VECTOR_QDRANT_HTTP_CARRIER": word}).returncode == 0


def test_a_key_that_cannot_be_is_told_without_it():
    said = run("check", env={"VECTOR_BACKEND": "qdrant", "QDRANT_URL": "http://q.example", "QDRANT_API_KEY": "s3cr 3t"})
    assert said.returncode == 1
    assert said.stderr.startswith("QDRANT_API_KEY: vector.qdrant.api_key: byte 5 is a blank or a control character")
    assert "s3cr" not in said.stderr


def test_config_shows_origins_and_hides_secrets(tmp_path):
    (tmp_path / "key").write_text("s3cr3t-of-a-file\n")
    env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": "http://q.example", "QDRANT_API_KEY_FILE": str(tmp_path / "key")}
    said = run("config", "--data", "x", env=env)
    assert said.returncode == 0
    assert "\ndata: x # command line\n" in said.stdout
    assert "\n  backend: qdrant # VECTOR_BACKEND\n" in said.stdout
    assert "\n    url: http://q.example # QDRANT_URL\n" in said.stdout
    assert '\n    api_key: "********" # QDRANT_API_KEY_FILE\n' in said.stdout
    assert "s3cr3t" not in said.stdout + said.stderr


def test_what_config_shows_can_be_read_again(tmp_path):
    first = run("config", "--set", "limits.body=5MiB").stdout
    (tmp_path / "shown.yaml").write_text(first)
    second = run("config", "--config", tmp_path / "shown.yaml").stdout
    strip = re.compile(r" # .*")
    assert strip.sub("", first) == strip.sub("", second)


def test_the_environment_names_the_file_too(tmp_path):
    (tmp_path / "a.yaml").write_text("data: from-a\n")
    assert "\ndata: from-a #" in run("config", env={"VECGATE_CONFIG": str(tmp_path / "a.yaml")}).stdout


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_good(example):
    said = run("check", "--config", example)
    assert (said.returncode, said.stderr) == (0, "")


def test_docs_are_what_the_repository_holds(tmp_path):
    assert run("docs", tmp_path).returncode == 0
    written = sorted(path.relative_to(tmp_path) for path in tmp_path.glob("*/*"))
    assert len(written) == 5
    for path in written:
        assert (tmp_path / path).read_text() == (ROOT / path).read_text(), f"{path} is stale: run `make docs`"


def test_docs_need_a_place(tmp_path):
    (tmp_path / "file").write_text("")
    said = run("docs", tmp_path / "file")
    assert said.returncode == 1
    assert said.stderr.endswith("Not a directory\n") or said.stderr.endswith("File exists\n")


# ---- starting ----


def test_one_line_says_that_it_serves(tmp_path):
    with Gateway(tmp_path) as gate:
        first = gate.log().splitlines()[0]
        assert re.fullmatch(
            rf"vecgate \S+ serves {gate.url}, backend embedded, data in {re.escape(str(gate.data))}, after \d+ ms",
            first,
        )


def questions(gate):
    """How often its backend was asked how it is."""
    found = re.search(r'^vecgate_operations_total\{.*operation="health_check".*\} (\d+)', get(gate, "/metrics")[1], re.M)
    return int(found[1]) if found else 0


def test_a_store_that_is_well_can_be_left_alone(tmp_path):
    often, once = ["--set", "health.interval=1s"], ["--set", "health.interval=0s"]
    with Gateway(tmp_path / "once", arguments=once) as quiet, Gateway(tmp_path / "often", arguments=often) as asking:
        eventually(lambda: questions(asking) >= 4, "it is asked four times")
        assert questions(quiet) == 1
        assert get(quiet, "/readyz")[0] == 200


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        said = run("serve", "--listen", address, "--data", tmp_path / "data")
    assert said.returncode == 1
    assert said.stderr == f"vecgate serve: cannot listen on {address}: address already in use\n"


def test_a_second_process_is_told_of_the_first(tmp_path):
    with Gateway(tmp_path) as gate:
        said = run("serve", "--listen", f"127.0.0.1:{free_port()}", "--data", gate.data)
        assert said.returncode == 1
        assert f"pid {gate.process.pid}" in said.stderr
        assert get(gate, "/readyz")[0] == 200


def test_a_data_directory_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    said = run("serve", "--listen", "127.0.0.1:0", "--data", tmp_path / "file" / "data")
    assert said.returncode == 1
    assert str(tmp_path / "file") in said.stderr


def test_each_connection_may_have_a_descriptor(tmp_path):
    with Gateway(tmp_path) as gate:
        limits = pathlib.Path(f"/proc/{gate.process.pid}/limits").read_text()
        soft, hard = re.search(r"Max open files\s+(\d+)\s+(\d+)", limits).groups()
        assert soft == hard


def test_closed_standard_descriptors_are_not_handed_to_the_store(tmp_path):
    port = free_port()
    command = f"exec {binary()} serve --listen 127.0.0.1:{port} --data {tmp_path}/data <&- >&- 2>&-"
    process = subprocess.Popen(["sh", "-c", command])
    try:
        gate = Gateway(tmp_path)
        gate.port = port
        eventually(lambda: can_connect(port), "it listens")
        assert get(gate, "/healthz")[0] == 200
        for fd in range(3):
            assert os.readlink(f"/proc/{process.pid}/fd/{fd}") == "/dev/null"
    finally:
        process.terminate()
    assert process.wait(PATIENCE_SECONDS) == 0


def can_connect(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False


def test_the_embedded_example_starts(tmp_path):
    with Gateway(tmp_path, arguments=["--config", ROOT / "conf/examples/embedded.yaml"]) as gate:
        assert get(gate, "/readyz")[0] == 200


def test_the_qdrant_example_starts(tmp_path, embedded):
    arguments = ["--config", ROOT / "conf/examples/qdrant.yaml"]
    with Gateway(tmp_path, {"QDRANT_URL": embedded.url}, arguments) as gate:
        assert '"name":"qdrant"' in get(gate, "/v1/backends")[1]


def test_a_backend_that_is_down_is_not_ready_and_told(tmp_path, embedded):
    """Ready comes when the backend does."""
    backend = Gateway(tmp_path / "backend")
    backend.start()
    with Gateway(tmp_path / "front", {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": backend.url}) as gate:
        assert get(gate, "/readyz")[0] == 200
        backend.stop()
        eventually(lambda: get(gate, "/readyz")[0] == 503, "not ready")
        eventually(lambda: "a store is not well" in gate.log(), "told")
        assert get(gate, "/healthz")[0] == 200
        assert "a request failed" not in gate.log(), "being asked is no failure"
        backend._spawn()
        eventually(lambda: get(gate, "/readyz")[0] == 200, "ready again")
        eventually(lambda: "a store is well again" in gate.log(), "told again")
        backend.stop()


# ---- serving ----


def test_metrics_are_whole_families(tmp_path):
    with Gateway(tmp_path) as gate:
        get(gate, "/collections")
        text = get(gate, "/metrics")[1]
    families, samples = [], []
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            families.append(line.split()[2])
        elif not line.startswith("#"):
            name, value = re.fullmatch(r"(\w+(?:\{.*\})?) (\S+)", line).groups()
            float(value)
            samples.append(name)
            base = re.sub(r"\{.*", "", name)
            assert families[-1] in (base, re.sub(r"_(bucket|sum|count)$", "", base)), line
    assert len(set(families)) == len(families)
    assert len(set(samples)) == len(samples)
    for family in ["vecgate_requests_total", "vecgate_operations_total", "process_resident_memory_bytes"]:
        assert family in families
    assert 'vecgate_operations_total{backend="embedded",operation="health_check",code="ok"}' in samples


def test_every_request_is_a_line(tmp_path):
    with Gateway(tmp_path) as gate:
        get(gate, "/collections/nobody")
        eventually(lambda: '"/collections/{collection}"' in gate.log(), "the line")
        line = json.loads(next(row for row in gate.log().splitlines() if "{collection}" in row))
    assert line["method"] == "GET"
    assert line["status"] == 404
    assert "nobody" not in json.dumps(line)


def test_hangup_applies_what_is_live_and_names_the_rest(tmp_path):
    file = tmp_path / "vecgate.yaml"
    file.write_text("log:\n  level: info\n")
    with Gateway(tmp_path, arguments=["--config", file]) as gate:
        file.write_text("log:\n  level: warn\ndeadline: 5s\n")
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: "deadline: 30s -> 5s" in gate.log(), "the restart is named")
        assert "an option needs a restart to change" in gate.log()
        eventually(lambda: lines_of(gate, "/collections") == 0, "requests are no lines any more")
        file.write_text("log:\n  level: info\n")
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: lines_of(gate, "/collections") == 1, "requests are lines again")


def lines_of(gate, path):
    """How many lines one request makes, as far as the log's own thread has written them."""
    before = gate.log().count(path)
    get(gate, path)
    time.sleep(0.1)
    return gate.log().count(path) - before


def test_hangup_with_a_mistake_changes_nothing(tmp_path):
    file = tmp_path / "vecgate.yaml"
    file.write_text("log:\n  level: info\n")
    with Gateway(tmp_path, arguments=["--config", file]) as gate:
        file.write_text("log:\n  level: warn\ndrain: never\n")
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: "the old one stays" in gate.log(), "the refusal")
        assert f"{file}:3: drain: expected a time" in gate.log()
        eventually(lambda: lines_of(gate, "/collections") == 1, "requests are still lines")


# ---- ending ----


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_signal_ends_it_with_idle_connections_open(tmp_path, number):
    gate = Gateway(tmp_path).start()
    idle = [socket.create_connection(("127.0.0.1", gate.port)) for _ in range(3)]
    kept = http.client.HTTPConnection(gate.address)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    gate.process.send_signal(number)
    assert gate.process.wait(PATIENCE_SECONDS) == 0
    for peer in [*idle, kept.sock]:
        peer.close()


def test_a_request_under_way_is_answered_first(tmp_path):
    gate = Gateway(tmp_path).start()
    with contextlib.closing(half_a_request(gate)) as peer:
        gate.process.send_signal(signal.SIGTERM)
        eventually(lambda: not can_connect(gate.port), "nobody else is let in")
        assert gate.process.poll() is None
        answer = finish(peer)
    assert re.match(rb"HTTP/1.1 20[01] ", answer)
    assert b"connection: close" in answer.lower()
    assert gate.process.wait(PATIENCE_SECONDS) == 0
    with Gateway(tmp_path) as again:
        assert get(again, "/v1/collections/late")[0] == 200


def test_the_drain_has_an_end(tmp_path):
    gate = Gateway(tmp_path, arguments=["--set", "drain=100ms"]).start()
    with contextlib.closing(half_a_request(gate)) as peer:
        gate.process.send_signal(signal.SIGTERM)
        assert gate.process.wait(PATIENCE_SECONDS) == 0
        with contextlib.suppress(ConnectionResetError):
            assert peer.recv(100) == b""
    assert "connections are cut" in gate.log()


def test_a_second_signal_ends_it_at_once(tmp_path):
    gate = Gateway(tmp_path).start()
    with contextlib.closing(half_a_request(gate)):
        gate.process.send_signal(signal.SIGTERM)
        eventually(lambda: not can_connect(gate.port), "it drains")
        gate.process.send_signal(signal.SIGTERM)
        assert gate.process.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM
    with Gateway(tmp_path) as again:
        assert get(again, "/readyz")[0] == 200
