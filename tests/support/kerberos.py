"""A Kerberos realm of the tests' own: TEST, whose KDC listens on a port of loopback that was free.

As a program it says the folder that holds its files on its first line and then obeys lines on its input (each is answered
by `ok`), until the input ends:

    krb5.conf          for KRB5_CONFIG; names the rest
    server.keytab      of postgres/localhost
    client.keytab      of ticket; who uses this krb5.conf is ticket without asking

    start, stop        the KDC
    freeze, thaw       it is there and does not answer
    forget             the tickets that the client has
"""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from postgres import PATIENCE, free_port, serve

REALM = "TEST"


class Realm:
    def __init__(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="vecgate-kerberos-"))
        self.home.chmod(0o755)  # a server that is nobody reads krb5.conf
        self.port, self.process = free_port(), None
        self.env = os.environ | {"KRB5_CONFIG": str(self.home / "krb5.conf"), "KRB5_KDC_PROFILE": str(self.home / "kdc.conf")}
        self.write_conf()
        self.run("kdb5_util", "create", "-r", REALM, "-s", "-P", "master")
        for name, keytab in (("postgres/localhost", "server.keytab"), ("ticket", "client.keytab")):
            self.run("kadmin.local", "-r", REALM, "-q", f"addprinc -randkey {name}")
            self.run("kadmin.local", "-r", REALM, "-q", f"ktadd -k {self.home / keytab} {name}")

    def write_conf(self):
        # names are taken as they are: nothing here asks a DNS
        (self.home / "krb5.conf").write_text(f"""
[libdefaults]
    default_realm = {REALM}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
    default_ccache_name = FILE:{self.home}/tickets
    default_client_keytab_name = FILE:{self.home}/client.keytab
[realms]
    {REALM} = {{
        kdc = 127.0.0.1:{self.port}
    }}
""")
        (self.home / "kdc.conf").write_text(f"""
[kdcdefaults]
    kdc_listen = 127.0.0.1:{self.port}
    kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
    {REALM} = {{
        database_name = {self.home}/principals
        key_stash_file = {self.home}/stash
        acl_file = {self.home}/acl
    }}
[logging]
    kdc = FILE:{self.home}/log
""")

    def run(self, program, *arguments):
        path = shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin")
        if path is None:
            raise FileNotFoundError(f"no {program}: deps/install.sh test")
        subprocess.run([path, *arguments], check=True, capture_output=True, env=self.env)

    def start(self):
        kdc = shutil.which("krb5kdc", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen([kdc, "-n", "-r", REALM], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env=self.env)
        until = time.monotonic() + PATIENCE
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the KDC does not start")
            time.sleep(0.02)
        return self

    def is_ready(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(PATIENCE)
        self.process = None

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def forget(self):
        (self.home / "tickets").unlink(missing_ok=True)

    def url(self):
        return self.home

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with Realm() as realm:
        serve(realm, lambda realm, line: {
            "start": realm.start, "stop": realm.stop, "freeze": realm.freeze, "thaw": realm.thaw, "forget": realm.forget,
        }[line.strip()]())


if __name__ == "__main__":
    main()
