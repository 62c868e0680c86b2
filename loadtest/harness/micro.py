"""The programs of loadtest/micro that stand beside a measurement: what is below REST, called from C."""
import os
import subprocess

from .process import SERVER_CORE, on_core
from .servers import binary

LONGEST_SECONDS = 40


def quoted(bench, name):
    """What the program says, on the servers' core; or why nothing is said."""
    program = binary().resolve().parent / "bench" / name
    if bench.quick:
        return f"`{name}` is left out of a quick run."
    if not program.exists():
        return f"`{name}` is not built (target `bench`)."
    try:
        with on_core(SERVER_CORE):
            done = subprocess.run(
                [program],
                env=os.environ | {"TMPDIR": str(bench.folder)},
                capture_output=True,
                text=True,
                timeout=LONGEST_SECONDS,
            )
    except subprocess.TimeoutExpired:
        return f"`{name}` took more than {LONGEST_SECONDS} s."
    if done.returncode != 0:
        return f"`{name}` ended with {done.returncode}."
    return f"Called from C, on the same core, `{name}`:\n\n```\n{done.stdout.rstrip()}\n```"
