"""Credentials while the gateway serves: keys are rotated by SIGHUP without a request refused, mistakes change nothing,
and no secret is ever shown. What each credential may do: test_access.py."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading

import pytest

from gateway import OURS, Gateway, binary
from patience import eventually

PATIENCE_SECONDS = 30
OLD, NEW = "the-old-key-of-the-app", "the-new-key-of-the-app"
LET_IN, WRONG = (200, None), (401, "Invalid API key or JWT")
NOTHING_SENT = (401, "Must provide an API key or an Authorization bearer token")


def ask(gate, headers, path="/collections"):
    with contextlib.closing(http.client.HTTPConnection(gate.address, timeout=PATIENCE_SECONDS)) as host:
        host.request("GET", path, headers=headers)
        answer = host.getresponse()
        text = answer.read().decode()
        return answer.status, None if answer.status == 200 else text


def with_key(gate, key):
    return ask(gate, {"api-key": key})


class Configured:
    """A configuration file under a gateway that reads it."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "vecgate.yaml"
        self.gate = None

    def write(self, text):
        self.file.write_text(text)

    def reload(self, text, until):
        """Writes this (None: nothing), and returns when the log says so, once more than before."""
        before = self.gate.log().count(until)
        if text is not None:
            self.write(text)
        self.gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: self.gate.log().count(until) > before, until)


@pytest.fixture
def conf(tmp_path):
    return Configured(tmp_path)


def serve(conf, env=None):
    conf.gate = Gateway(conf.folder, env=env, arguments=["--config", conf.file])
    return conf.gate


def entry(*keys, rights="manage"):
    lines = "".join(f"        - key: {key}\n" for key in keys)
    return f"credentials:\n  keys:\n    - name: app\n      rights: {rights}\n      keys:\n{lines}"


def test_a_key_is_rotated_and_nobody_notices(conf):
    refused, stop = [], threading.Event()

    def client(key):
        while not stop.is_set():
            status = with_key(conf.gate, key[0])
            if status != LET_IN:
                refused.append(status)

    conf.write(entry(OLD))
    with serve(conf):
        key = [OLD]
        other = threading.Thread(target=client, args=(key,))
        other.start()
        try:
            assert with_key(conf.gate, NEW) == WRONG
            conf.reload(entry(OLD, NEW), until="credentials were read")
            assert with_key(conf.gate, OLD) == with_key(conf.gate, NEW) == LET_IN
            key[0] = NEW
            assert with_key(conf.gate, NEW) == LET_IN
            stop.set()
            other.join()
            conf.reload(entry(NEW), until="credentials were read")
        finally:
            stop.set()
            other.join()
        assert with_key(conf.gate, OLD) == WRONG
        assert with_key(conf.gate, NEW) == LET_IN
        assert refused == []
        assert OLD not in conf.gate.log() and NEW not in conf.gate.log()


def test_a_mistake_changes_nothing(conf):
    conf.write(entry(OLD))
    with serve(conf):
        for text in [entry("short"), entry(NEW, NEW), entry(NEW).replace("name", "nmae"), entry(NEW, rights="all"),
                     f"{entry(NEW)}jwt:\n  keys: {conf.folder}/none.pem\n", "jwt:\n  secret: short\n" + entry(NEW)]:
            conf.reload(text, until="the old one stays")
            assert with_key(conf.gate, OLD) == LET_IN
            assert with_key(conf.gate, NEW) == WRONG
        assert "nmae" in conf.gate.log()


def test_to_be_open_again_needs_a_restart(conf):
    conf.write(entry(OLD))
    with serve(conf):
        conf.reload("auth: none\n", until="needs a restart")
        assert ask(conf.gate, {}) == NOTHING_SENT
        assert with_key(conf.gate, OLD) == LET_IN
    with serve(conf):
        assert ask(conf.gate, {}) == LET_IN


def test_a_gateway_that_was_open_is_closed_by_a_key(conf):
    conf.write("")
    with serve(conf):
        assert ask(conf.gate, {}) == LET_IN
        conf.reload(entry(NEW), until="credentials were read")
        assert ask(conf.gate, {}) == NOTHING_SENT
        assert with_key(conf.gate, NEW) == LET_IN


def test_files_of_secrets_are_read_again(conf):
    single, several = conf.folder / "key", conf.folder / "keys.yaml"
    single.write_text(OLD + "\n")
    several.write_text("- {name: first, rights: read, key: the-first-key-of-all}\n")
    conf.write(f"credentials:\n  file: {several}\n")
    with serve(conf, env={"VECGATE_CREDENTIALS_API_KEY_FILE": str(single)}):
        assert with_key(conf.gate, OLD) == with_key(conf.gate, "the-first-key-of-all") == LET_IN
        single.write_text(NEW + "\n")
        digest = hashlib.sha256(b"the-second-key-of-all").hexdigest()
        several.write_text(f"- {{name: second, rights: read, sha256: {digest}}}\n")
        assert with_key(conf.gate, OLD) == LET_IN  # not before it is told to
        conf.reload(None, until="credentials were read")
        assert with_key(conf.gate, OLD) == with_key(conf.gate, "the-first-key-of-all") == WRONG
        assert with_key(conf.gate, NEW) == with_key(conf.gate, "the-second-key-of-all") == LET_IN
        assert "credentials.file: read again" in conf.gate.log()


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Signer:
    """A private key of OpenSSL's own program, and tokens that it signs."""

    def __init__(self, folder, name):
        self.private, self.public, self.folder = folder / f"{name}.key", folder / f"{name}.pem", folder
        self.openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.private)
        self.openssl("pkey", "-in", self.private, "-pubout", "-out", self.public)

    def openssl(self, *words, **more):
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **more).stdout

    def token(self, **claims):
        text = f'{encoded(json.dumps({"alg": "RS256"}).encode())}.{encoded(json.dumps(claims).encode())}'
        return f'{text}.{encoded(self.openssl("dgst", "-sha256", "-sign", self.private, input=text.encode()))}'


def test_a_signing_key_is_replaced(conf):
    first, second = Signer(conf.folder, "first"), Signer(conf.folder, "second")
    keys = conf.folder / "keys.pem"
    keys.write_text(first.public.read_text())
    conf.write(f"jwt:\n  keys: {keys}\n")
    old, new = first.token(access="r"), second.token(access="r")
    with serve(conf):
        assert with_key(conf.gate, old) == with_key(conf.gate, old) == LET_IN
        assert ask(conf.gate, {"authorization": f"bearer {old}"}) == LET_IN
        status, text = with_key(conf.gate, new)
        assert status == 403 and "InvalidSignature" in text
        keys.write_text(second.public.read_text())
        conf.reload(None, until="credentials were read")
        assert with_key(conf.gate, new) == LET_IN
        assert with_key(conf.gate, old)[0] == 403  # remembered no longer
        status, text = with_key(conf.gate, second.token(exp=1))
        assert status == 403 and "ExpiredSignature" in text


def run(*words, env=None):
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    return subprocess.run([binary(), *map(str, words)], capture_output=True, text=True, check=False,
                          env=clean | (env or {}))


def test_commands_show_no_secret(conf):
    secret = "the-secret-that-signs-all-tokens-here"
    env = {"VECGATE_CREDENTIALS_READ_ONLY_KEY": "the-key-that-may-only-read",
           "VECGATE_CREDENTIALS_KEYS": json.dumps([{"name": "x", "rights": "read", "key": NEW}])}
    conf.write(f"credentials:\n  api_key: {OLD}\njwt:\n  secret: {secret}\n")
    shown = run("config", "--config", conf.file, env=env)
    assert shown.returncode == 0
    for name in ("api_key", "read_only_key", "keys", "secret"):
        assert re.search(rf'^ *{name}: "\*{{8}}" # ', shown.stdout, re.MULTILINE), name
    for text in (OLD, NEW, secret, *env.values()):
        assert text not in shown.stdout + shown.stderr
    env["VECGATE_CREDENTIALS_KEYS"] = json.dumps([{"name": "x", "rights": "raed", "key": NEW}, {"key": "too-short"}])
    told = run("check", "--config", conf.file, env=env)
    assert told.returncode == 1
    assert "did you mean read?" in told.stderr
    assert NEW not in told.stderr and "too-short" not in told.stderr


def test_an_expired_key_is_told_and_refused(conf):
    conf.write(entry(OLD) + "    - {name: gone, rights: read, key: the-key-that-has-expired, "
                            "expires: '2020-01-01T00:00:00Z'}\n")
    told = run("check", "--config", conf.file)
    assert told.returncode == 0 and "key gone" in told.stderr
    with serve(conf):
        assert with_key(conf.gate, "the-key-that-has-expired") == (
            401, "Invalid API key or JWT: this credential has expired")
        assert with_key(conf.gate, OLD) == LET_IN
        assert "a credential has expired and is refused" in conf.gate.log()
        denied = json.loads(conf.gate.line("access denied"))
        assert (denied["who"], denied["tenant"], denied["code"]) == ("key gone", "default", "unauthenticated")
