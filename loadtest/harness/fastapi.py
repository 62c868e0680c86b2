"""The program that is written instead of a gateway: peers/fastapi_pgvector.py, on the servers' core, in the
environment that peers/setup.sh makes."""
import os
import subprocess
import time

from .process import HERE, SERVER_CORE, on_core
from .servers import ROOT, Wrong, answers, free_port

PYTHON = ROOT / "build" / "bench-env" / "fastapi" / "bin" / "python"
START_SECONDS = 30


class FastApi:
    """Before a table of PostgreSQL's; `settings` are the program's, beyond where it is."""

    def __init__(self, folder, url, table, **settings):
        self.folder, self.port, self.process = folder, free_port(), None
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self.env = os.environ | {"DATABASE_URL": url, "DATABASE_TABLE": table, "PYTHONDONTWRITEBYTECODE": "1"}
        self.env |= {name.upper(): str(value) for name, value in settings.items()}

    @staticmethod
    def is_there():
        return PYTHON.exists()

    @property
    def pid(self):
        return self.process.pid

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [PYTHON, "-m", "uvicorn", "--port", str(self.port), "--log-level", "critical", "--no-access-log",
                   "fastapi_pgvector:app"]
        with open(self.folder / "stderr.txt", "wb") as stderr, on_core(SERVER_CORE):
            self.process = subprocess.Popen(command, cwd=HERE / "peers", env=self.env, stdin=subprocess.DEVNULL,
                                            stdout=stderr, stderr=stderr)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            if answers(self.address):
                return self
            time.sleep(0.05)
        self.__exit__()
        raise Wrong(f"FastAPI did not start\n{(self.folder / 'stderr.txt').read_text()[-2000:]}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
