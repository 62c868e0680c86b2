"""A Prometheus of a test's own: on a free loopback port, its data in a folder, scraping what it is told to, twice a
second."""
import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

from gateway import free_port

SECONDS = 60  # for what comes by itself, on a slow machine
SCRAPE = "500ms"
# What an expression may name and is no metric: words of the language, functions, labels behind by and without.
SELECTOR = re.compile(r"\b((?:vecgate|process|app|cluster)[_:][\w:]+|up)\b(\{[^}]*\})?")


class PrometheusError(Exception):
    """It did not start, or does not take an expression; in its words."""


def selectors(expr):
    """The series that an expression is made of: [("vecgate_x", "vecgate_x{a=\"b\"}")]. A brace within a quoted value would
    end one too early: none of ours has one."""
    return [(found[1], found[0]) for found in SELECTOR.finditer(expr)]


class Prometheus:
    """`targets`: [{"url": …, "ca": file, "key": file}], all of the job `vecgate`; `rules`: a file of rules."""

    def __init__(self, folder, targets, rules):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "global": {"scrape_interval": SCRAPE, "evaluation_interval": SCRAPE, "scrape_timeout": SCRAPE},
            "rule_files": [str(rules)],
            "scrape_configs": [scrape(i, at) for i, at in enumerate(targets)],
        }
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        self.process = None

    def __enter__(self):
        for _ in range(3):
            self.port = free_port()
            with open(self.folder / "log.txt", "ab") as log:
                self.process = subprocess.Popen(
                    ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/data",
                     f"--web.listen-address=127.0.0.1:{self.port}"],
                    stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)
            if self._is_ready():
                return self
            self._end()
            if "in use" not in (self.folder / "log.txt").read_text():
                break
        raise PrometheusError((self.folder / "log.txt").read_text()[-5000:])

    def __exit__(self, *_):
        self._end()

    def _end(self):
        self.process.kill()  # its data go with the folder
        self.process.wait()

    def _is_ready(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=SECONDS):
                    return True
            except OSError:
                time.sleep(0.05)
        return False

    def ask(self, path, **params):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(params)}"
        try:
            with urllib.request.urlopen(url, timeout=SECONDS) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise PrometheusError(f"{params}: {error.read().decode()}") from None

    def query(self, expr):
        """The series of an instant query."""
        return self.ask("query", query=expr)["result"]

    def query_range(self, expr, start, end, step):
        return self.ask("query_range", query=expr, start=start, end=end, step=step)["result"]

    def names(self):
        return set(self.ask("label/__name__/values"))


def scrape(number, at):
    """Each is spoken to in its own way, and all are one job."""
    url = urllib.parse.urlsplit(at["url"])
    one = {
        "job_name": f"vecgate-{number}",
        "scheme": url.scheme,
        "static_configs": [{"targets": [url.netloc]}],
        "relabel_configs": [{"target_label": "job", "replacement": "vecgate"}],
    }
    if "ca" in at:
        one["tls_config"] = {"ca_file": str(at["ca"])}
    if "key" in at:
        one["authorization"] = {"credentials_file": str(at["key"])}
    return one
