"""One seed for all workers, told at the end: VG_SEED=… runs the same again."""
import os
import pathlib
import sys
import time

root = pathlib.Path(__file__).resolve().parents[2]
# The oldest client that is promised, as a library of this interpreter (tests/api/setup.sh).
client = sorted((root / "build/test-env/oldest/lib").glob("python3*/site-packages"))
sys.path[1:1] = map(str, client)

os.environ.setdefault("VG_SEED", str(time.time_ns()))


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"VG_SEED={os.environ['VG_SEED']}")
