"""A PgBouncer of the tests' own in front of a PostgreSQL: it pools transactions, on a port of loopback that was free.

As a program it says the URL on its first line and then obeys lines on its input (`start`, `stop`, `kill`, `pause`,
`resume`; each is answered by `ok`), until the input ends. What came through it is told by a setting: vecgate.way is
"pooler" there.

    pgbouncer.py URL [NAME=VALUE]...
"""
import contextlib
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

from postgres import PASSWORD, PATIENCE, USER, free_port, own_folder, serve

PROGRAM = "/usr/sbin/pgbouncer"
# the fewer connections it has, the sooner two of ours meet on one of them
SETTINGS = {"pool_mode": "transaction", "default_pool_size": "3", "auth_type": "scram-sha-256", "listen_addr": "127.0.0.1",
            "unix_socket_dir": "", "server_login_retry": "1", "max_client_conn": "100"}


class PgBouncer:
    def __init__(self, url, **settings):
        if not pathlib.Path(PROGRAM).exists():
            raise FileNotFoundError(f"no {PROGRAM}: deps/install.sh test")
        self.home, self.who = own_folder("pgbouncer")
        self.port, self.process, self.log = free_port(), None, self.home / "log"
        behind = urllib.parse.urlsplit(url)
        users, self.conf = self.home / "users", self.home / "conf"
        users.write_text(f'"{USER}" "{PASSWORD}"\n')
        settings = SETTINGS | settings | {"listen_port": self.port, "auth_file": users}
        self.conf.write_text("[databases]\n"
                             f"* = host={behind.hostname} port={behind.port} connect_query='SET vecgate.way TO pooler'\n"
                             "[pgbouncer]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, self.conf], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home,
                                            **self.who)
        until = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("PgBouncer does not start:\n" + self.log.read_text()[-2000:])
            time.sleep(0.02)
        return self

    def is_ready(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def end(self, how):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
        self.process = None

    def stop(self):
        self.end(signal.SIGTERM)

    def kill(self):
        self.end(signal.SIGKILL)

    def pause(self):
        """What has begun ends, what comes waits."""
        self.signal(signal.SIGUSR1, "got SIGUSR1")

    def resume(self):
        self.signal(signal.SIGUSR2, "got SIGUSR2")

    def signal(self, how, word):
        said = self.log.read_text().count(word)
        self.process.send_signal(how)
        until = time.monotonic() + PATIENCE
        while self.log.read_text().count(word) == said:
            if time.monotonic() > until:
                raise RuntimeError(f"PgBouncer does not say: {word}")
            time.sleep(0.02)

    def url(self):
        return f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{self.port}/postgres"

    def close(self):
        with contextlib.suppress(Exception):
            self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()


def main(url, *settings):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with PgBouncer(url, **dict(one.split("=", 1) for one in settings)) as bouncer:
        serve(bouncer, lambda bouncer, line: {
            "start": bouncer.start, "stop": bouncer.stop, "kill": bouncer.kill, "pause": bouncer.pause, "resume": bouncer.resume,
        }[line.strip()]())


if __name__ == "__main__":
    main(*sys.argv[1:])
