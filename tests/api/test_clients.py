"""Programs written for Qdrant run unchanged: each official client, each backend."""
import os
import pathlib
import subprocess

import pytest

import neighbour
from native import Native

HERE = pathlib.Path(__file__).resolve().parent
INSTALLED = HERE.parents[1] / "build" / "test-env"
SECONDS = 300  # far more than any needs; a hang must end

CLIENTS = {
    "python, oldest": ([INSTALLED / "oldest/bin/python", "-B"], HERE, "py"),
    "python, newest": ([INSTALLED / "newest/bin/python", "-B"], HERE, "py"),
    # The link, not the file: Node looks for the client beside the program's path.
    "javascript": ([INSTALLED / "js/node", "--preserve-symlinks-main"], INSTALLED / "js", "mjs"),
}
PROGRAMS = {
    f"{name}, {client}": [*run, folder / f"{name}.{ending}"]
    for name in ("words", "shelf", "finds")
    for client, (run, folder, ending) in CLIENTS.items()
} | {
    f"forms, {client}": [*run, folder / f"forms.{ending}"]
    for client, (run, folder, ending) in CLIENTS.items()
    if ending == "py"  # it is compared with the client's own in-process mode, which the other has not
}


def start(program, gate, **env):
    assert (INSTALLED / "js/made-from").exists(), "run tests/api/setup.sh first"
    command = [*PROGRAMS[program], gate.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | env)


def finish(process, gate):
    try:
        output, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0, f"{output}\nvecgate said:\n{gate.log(3000)}"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_written_for_qdrant_runs_unchanged(program, gateway):
    finish(start(program, gateway), gateway)


def test_programs_at_the_same_time_do_not_disturb_each_other(gateway):
    for process in [start(program, gateway) for program in PROGRAMS]:
        finish(process, gateway)


# Each program once where tenants are told apart by a store, and two where they are by a schema; not by the client whose
# own arithmetic takes longest
FOR_TWO = [(program, "two_tenants") for program in ("words, javascript", "shelf, javascript", "finds, python, oldest", "forms, python, newest")]
FOR_TWO += [(program, "two_before_pgvector") for program in ("shelf, javascript", "finds, python, newest")]


@pytest.mark.parametrize(("program", "gate"), FOR_TWO)
def test_two_tenants_run_it_at_the_same_time(program, gate, request, fresh_name):
    """With the same names and ids: the one is where the other was, or will be, and neither notices."""
    gate = request.getfixturevalue(gate)
    for process in [start(program, gate, VECGATE_API_KEY=key, VECGATE_COLLECTION=fresh_name) for key in (neighbour.TESTED, neighbour.KEY)]:
        finish(process, gate)


# A collection with what no client has a word for, read by each of them.
READERS = {
    "python, oldest": "from qdrant_client import QdrantClient as C; import sys; c = C(sys.argv[1]).get_collection(sys.argv[2]).config;"
    " print(c.params.vectors.size, c.params.vectors.quantization_config)",
    "javascript": "const {QdrantClient} = await import('@qdrant/js-client-rest'); const [url, name] = process.argv.slice(1);"
    " const c = (await new QdrantClient({url}).getCollection(name)).config; console.log(c.params.vectors.size, c.params.vectors.quantization_config ?? 'None');",
}
READERS["python, newest"] = READERS["python, oldest"]


@pytest.mark.parametrize("client", READERS)
def test_a_collection_in_bfloat16_is_read_by_every_client(client, embedded, fresh_name):
    body = {"name": fresh_name, "dimension": 2, "quantization": {"type": "bfloat16"}}
    Native(embedded).good("POST", "/v1/collections", body, status=201)
    run, folder, ending = CLIENTS[client]
    how = ["-c"] if ending == "py" else ["--input-type=module", "-e"]
    command = [run[0], *how, READERS[client], embedded.url, fresh_name]
    read = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert (read.returncode, read.stdout) == (0, "2 None\n"), read.stderr
    Native(embedded).good("DELETE", f"/v1/collections/{fresh_name}", status=204)
