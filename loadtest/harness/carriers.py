"""The carriers of requests to HTTP backends that a vecgate has, as it says itself."""
import pathlib
import re
import subprocess
import tempfile

from .servers import Wrong, binary

ROW = re.compile(r"^\| `[\w.]*carrier` \| one of ([\w, ]+?) \|.*?`(VECGATE_\w+)`", re.M)
QUIET = {"VECGATE_LOG_ACCESS": "false"}  # as the peers


def known():
    """{carrier: what the environment has to say for it}; with a binary that has one only, {"": {}}."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([binary(), "docs", folder], check=True, stdout=subprocess.DEVNULL)
        rows = ROW.findall((pathlib.Path(folder) / "docs" / "options.md").read_text())
    if not rows:
        return {"": {}}
    rows.sort(key=lambda row: "QDRANT" not in row[1])  # the backend's own before one for all
    words, variable = rows[0]
    return {word.strip(): {variable: word.strip()} for word in words.split(",")}


def chosen(words=None):
    """Those that are asked for, or all but `auto`, which is one of the others."""
    ours = known()
    if unknown := [word for word in words or () if word not in ours]:
        raise Wrong(f"this vecgate has no carrier {', '.join(unknown)}; it has {', '.join(filter(None, ours)) or 'one only'}")
    return {word: env for word, env in ours.items() if (word in words if words else word != "auto")}


def settings(backend, env=()):
    """A gateway in front of a stub."""
    return QUIET | {"VECTOR_BACKEND": "qdrant", "VECGATE_VECTOR_QDRANT_URL": backend.url} | dict(env)
