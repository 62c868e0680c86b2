"""Programs written for Qdrant run unchanged: each official client, each backend."""
import pathlib
import subprocess

import pytest

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


def start(program, gate):
    assert (INSTALLED / "js/made-from").exists(), "run tests/api/setup.sh first"
    command = [*PROGRAMS[program], gate.url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


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
