"""A page with a block of code that nobody runs is a mistake: each is a Page (pages.py), which wants a name for each block,
and a test of ours reads every one of these names. README.md's are cut out by test_readme."""
import re
import subprocess

import pytest

from gateway import ROOT
from pages import Page

TESTS = "".join(path.read_text() for path in sorted((ROOT / "tests").glob("**/test_*.py")))
FENCE = re.compile(r"^```(?!text$)\S*$", re.M)


def pages():
    files = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "docs/*.md", "adapters/*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return files.stdout.split()


def shows_code(path):
    closed = re.sub(r"^```text\n.*?^```$", "", (ROOT / path).read_text(), flags=re.M | re.S)
    return FENCE.search(closed) is not None


@pytest.mark.parametrize("path", [path for path in pages() if shows_code(path)])
def test_every_block_is_run(path):
    assert f'Page("{path}")' in TESTS, "no test reads this page"
    for name in Page(path).blocks:
        first = name.split()[0]
        assert re.search(rf'blocks\[f?"{re.escape(first)}', TESTS) or f'"{name}"' in TESTS, f"{name}: no test reads it"


def test_the_readme_names_every_page():
    readme = (ROOT / "README.md").read_text()
    assert [path for path in pages() if path.startswith("docs/") and f"]({path})" not in readme] == []
