"""What the tests of this folder share: one seed for a run, told at its end (VG_SEED=n repeats it), and where the
programs are: <build>/property/<name>, in the build that $VG_BUILD names, or the one that was made last."""
import os
import pathlib
import random
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Qdrant's client, the oldest that is promised, as a library of this interpreter (tests/api/setup.sh).
sys.path[1:1] = map(str, (ROOT / "build/test-env/oldest/lib").glob("python3*/site-packages"))
# PostgreSQL's driver, after all others; and its server.
sys.path += map(str, (ROOT / "build/test-env/postgres/lib").glob("python3*/site-packages"))
sys.path.append(str(ROOT / "tests/support"))


def pytest_configure():
    os.environ.setdefault("VG_SEED", str(random.SystemRandom().randrange(2**32)))  # workers inherit it


def pytest_terminal_summary(terminalreporter):
    terminalreporter.write_line(f"seed {os.environ['VG_SEED']}")


@pytest.fixture(scope="session")
def seed():
    return int(os.environ["VG_SEED"])


@pytest.fixture(scope="session")
def program():
    """Answers a program's path by its name: the CMake target's without `property_`."""

    def find(name):
        builds = [os.environ["VG_BUILD"]] if os.environ.get("VG_BUILD") else ["build/dev", "build/release"]
        found = [path for build in builds if (path := ROOT / build / "property" / f"property_{name}").exists()]
        assert found, f"property_{name} is not built: cmake --build build/dev --target property_{name}"
        return max(found, key=lambda path: path.stat().st_mtime)

    return find
