"""What the durability tests share: the programs they need, their seed, and how long they may take.

In CI a test does all its cases; elsewhere a tenth of them.
"""
import os
import pathlib
import random
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "support"), str(ROOT / "tests" / "api")]

IN_CI = os.environ.get("CI") == "true"


def cases(in_ci):
    """How many cases a test does here."""
    return in_ci if IN_CI else max(1, in_ci // 10)


@pytest.fixture(scope="session")
def tools():
    """The folder of fault_shim.so, fault_verify and fault_tenants."""
    folder = pathlib.Path(os.environ.get("VG_FAULT_TOOLS", ROOT / "build" / "dev" / "fault"))
    folder = folder if folder.is_absolute() else ROOT / folder
    missing = [n for n in ("fault_shim.so", "fault_verify", "fault_tenants") if not (folder / n).exists()]
    assert not missing, f"no {missing} in {folder}: cmake --build build/dev --target fault_tools"
    return folder


@pytest.fixture
def chance(request):
    """Chance of a printed seed; VG_SEED repeats one."""
    seed = int(os.environ.get("VG_SEED") or int.from_bytes(os.urandom(4), "big"))
    print(f"{request.node.name}: VG_SEED={seed}")
    return random.Random(seed)
