"""docs/getting-started.md and docs/credentials.md: what they show does what they say; only hosts and ports are others."""
import re

from gateway import ROOT, binary, free_port
from pages import Page, path_of, shell

START = Page("docs/getting-started.md")
CREDENTIALS = Page("docs/credentials.md")


def test_from_a_file_to_an_end(embedded, tmp_path):
    port = free_port()
    text = START.blocks["file"].replace("qdrant.internal:6333", embedded.address)
    (tmp_path / "vecgate.yaml").write_text(text.replace("127.0.0.1:6333", f"127.0.0.1:{port}"))
    path = path_of(tmp_path, binary())
    shell(START.blocks["secret"], tmp_path)
    assert re.fullmatch("[0-9a-f]{64}", (tmp_path / "api-key").read_text())
    assert (tmp_path / "api-key").stat().st_mode & 0o077 == 0
    said = shell(START.blocks["check"], tmp_path, PATH=path)
    assert re.findall(r"^\w.*: ([a-z ]+)$", said, re.M) == ["reachable", "not there yet"]
    said = shell(START.blocks["serve"].replace("127.0.0.1:6333", f"127.0.0.1:{port}"), tmp_path, PATH=path)
    assert f"vecgate 0.1.0 serves http://127.0.0.1:{port}, backend qdrant" in said or "serves http" in said
    assert '{"collections":' in said


def test_the_verdicts_are_those_of_the_code():
    code = (ROOT / "src/cli/connect.c").read_text()
    known = {word: good for word, good in re.findall(r'\] = \{"([a-z ]+)", (true|false)\}', code)}
    shown = {row[0].strip("`"): row[2] for row in re.findall(r"^\| (`[a-z ]+`) \| (.+) \| ([01])\s*\|$", START.text, re.M)}
    assert {word: "true" if status == "0" else "false" for word, status in shown.items()} == known


def test_the_keys_are_taken(tmp_path):
    (tmp_path / "vecgate.yaml").write_text(CREDENTIALS.blocks["keys"])
    keys = {"SHOP_KEY": "s" * 32, "NEW_CRAWLER_KEY": "c" * 32}
    shell("vecgate check --config vecgate.yaml", tmp_path, PATH=path_of(tmp_path, binary()), **keys)
