"""Which certificate the gateway shows and what of it is wrong, whom it knows by theirs, and that they are exchanged while
it serves."""
import contextlib
import datetime
import http.client
import json
import signal
import ssl
import subprocess
import threading

import pytest

from certs import Authority, openssl
from gateway import Gateway, GatewayError, binary
from patience import eventually
from secured import (
    HEALTHZ,
    HERE,
    PATIENCE_SECONDS,
    WELL,
    ask,
    check,
    is_well,
    metric,
    peer,
    read_answer,
    s_client,
    trusting,
)


# ---- names ----


def test_the_name_asked_for_chooses_the_certificate(tmp_path, authority, here):
    two = authority.issue("two", "DNS:two.test", "DNS:*.wild.test")
    exact = authority.issue("exact", "DNS:exact.wild.test")
    also = authority.issue("also", "DNS:two.test", kind="rsa")  # the same name with another kind of key
    pairs = [here, two, exact, also]
    env = {
        "VECGATE_TLS_CERTIFICATE": ", ".join(str(p.cert) for p in pairs),
        "VECGATE_TLS_KEY": ",".join(str(p.key) for p in pairs),
    }
    with Gateway(tmp_path, env, tls=trusting(authority)) as gate:

        def serves(name, context=None):
            context = context or trusting(authority)
            context.check_hostname = False
            with peer(gate, context, name=name) as sock:
                return dict(field[0] for field in sock.getpeercert()["subject"])["commonName"]

        assert serves("localhost") == "here"
        assert serves("two.test") == "two"
        assert serves("TWO.test") == "two"
        assert serves("a.wild.test") == "two"
        assert serves("exact.wild.test") == "exact"
        assert serves("a.b.wild.test") == "here"  # a star is one label
        assert serves("wild.test") == "here"
        assert serves("nobody.test") == "here"
        assert serves(None) == "here"
        rsa_only = trusting(authority, ssl.TLSVersion.TLSv1_2)
        rsa_only.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        assert serves("two.test", rsa_only) == "also"


# ---- OCSP ----


def test_an_answer_about_the_certificate_is_stapled(tmp_path, authority, here):
    env = here.options() | {"VECGATE_TLS_OCSP": str(authority.ocsp(here))}
    with Gateway(tmp_path, env, tls=trusting(authority)) as gate:
        for version in ("-tls1_2", "-tls1_3"):
            _, said = s_client(gate, "-status", version, "-CAfile", authority.cert, stdin=b"Q\n")
            assert "OCSP Response Status: successful" in said and "Cert Status: good" in said, said
        _, said = s_client(gate, "-tls1_3", stdin=b"Q\n")
        assert "OCSP Response Data" not in said


def test_answers_that_are_of_no_use_are_told(tmp_path, authority, here):
    other = authority.issue("other", *HERE)
    base = [f"tls.certificate={here.cert}", f"tls.key={here.key}"]
    about_other = authority.ocsp(other, "about-other")
    code, said = check(*base, f"tls.ocsp={about_other}")
    assert code == 1 and f"command line: tls.ocsp: {about_other}: is not about the certificate at its place" in said
    (tmp_path / "junk").write_text("junk")
    code, said = check(*base, f"tls.ocsp={tmp_path / 'junk'}")
    assert code == 1 and "is no OCSP answer in DER" in said
    revoked = authority.issue("revoked", *HERE)
    authority.revoke(revoked)
    code, said = check(f"tls.certificate={revoked.cert}", f"tls.key={revoked.key}", f"tls.ocsp={authority.ocsp(revoked, 'rev')}")
    assert code == 1 and "says that the certificate is not good" in said
    assert check(*base, "tls.ocsp=-") == (0, "")


# ---- what the configuration says ----


def test_mistakes_are_told_with_their_place(tmp_path, authority, here):
    other = authority.issue("other-key", *HERE)
    old = authority.issue("old", *HERE, start="20200101000000Z", end="20210101000000Z")
    junk = tmp_path / "junk.pem"
    junk.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    locked = tmp_path / "locked.key"
    openssl("ec", "-in", other.key, "-aes256", "-passout", "pass:sesame", "-out", locked)
    locked.chmod(0o600)
    conf = tmp_path / "vecgate.yaml"

    def told(text):
        conf.write_text(text)
        run = subprocess.run([binary(), "check", "--config", conf], capture_output=True, text=True)
        return run.returncode, run.stderr

    def tls(**options):
        return told("tls:\n" + "".join(f"  {name}: {value}\n" for name, value in options.items()))

    assert tls(certificate=here.cert, key=here.key) == (0, "")
    code, said = tls(certificate=here.cert, key=other.key)
    assert code == 1 and f"{conf}:3: tls.key: {other.key}: is not the key of the certificate in {here.cert}" in said
    code, said = tls(certificate=tmp_path / "none.pem", key=here.key)
    assert code == 1 and f"{conf}:2: tls.certificate: {tmp_path}/none.pem: there is no such file" in said
    code, said = tls(certificate=junk, key=here.key)
    assert code == 1 and f"{conf}:2: tls.certificate: {junk}: has a broken certificate" in said
    code, said = tls(certificate=here.key, key=here.key)
    assert code == 1 and "has no certificate in PEM" in said
    code, said = tls(certificate=f"{here.cert}, {other.cert}", key=here.key)
    assert code == 1 and "tls.key: expected a key for each of 2 certificates, got 1" in said
    code, said = tls(certificate=other.cert, key=locked)
    assert code == 1 and "opens without a passphrase" in said
    code, said = tls(certificate=other.cert, key=locked, passphrase="wrong")
    assert code == 1 and "that tls.passphrase opens" in said and "wrong" not in said.replace("wrong version", "")
    assert tls(certificate=other.cert, key=locked, passphrase="sesame") == (0, "")
    code, said = tls(certificate=old.cert, key=old.key)
    assert code == 0 and f"warning: tls.certificate: {old.cert}: has expired" in said
    code, said = tls(certificate=here.cert, key=here.key, client_auth="required")
    assert code == 1 and "tls.client_ca: is needed where tls.client_auth asks" in said
    code, said = tls(client_auth="required")
    assert code == 1 and f"{conf}:2: tls.client_auth: there is no TLS without tls.certificate" in said
    code, said = tls(certificate=here.cert, key=here.key, client_ca=authority.cert)
    assert code == 0 and "tls.client_ca: is not used while tls.client_auth is none" in said
    readable = tmp_path / "readable.key"
    readable.write_bytes(here.key.read_bytes())
    readable.chmod(0o644)
    code, said = tls(certificate=here.cert, key=readable)
    assert code == 0 and f"tls.key: {readable}: every user of this machine may read it" in said


def test_it_does_not_start_with_a_mistake(tmp_path, authority, here):
    env = here.options() | {"VECGATE_TLS_KEY": str(authority.own.key)}
    with pytest.raises(GatewayError, match="VECGATE_TLS_KEY: tls.key: .* is not the key of the certificate"):
        Gateway(tmp_path, env, tls=trusting(authority)).start()


@pytest.mark.parametrize("is_secure", [False, True])
def test_requests_in_the_clear_are_warned_of(tmp_path, here, is_secure):
    words = [binary(), "serve", "--data", tmp_path / "data", "--listen", "0.0.0.0:0", "--set", "auth=none"]
    if is_secure:
        words += ["--set", f"tls.certificate={here.cert}", "--set", f"tls.key={here.key}"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline()
        process.terminate()
        _, log = process.communicate(timeout=PATIENCE_SECONDS)
    assert f"serves {'https' if is_secure else 'http'}://0.0.0.0:" in line
    assert ("requests travel in the clear" in log) == (not is_secure)


# ---- certificates of clients ----


@pytest.fixture(scope="module")
def clients(tmp_path_factory, authority):
    stranger = Authority(tmp_path_factory.mktemp("stranger"), "stranger")
    revoked = authority.issue("bob")
    authority.revoke(revoked)
    return {
        "good": authority.issue("alice"),
        "expired": authority.issue("late", start="20200101000000Z", end="20210101000000Z"),
        "stranger": stranger.issue("mallory"),
        "revoked": revoked,
    }


def admits(gate, context):
    """In TLS 1.3 a client learns that it was refused only when it reads."""
    try:
        return is_well(gate, context)
    except (ssl.SSLError, ConnectionError, http.client.RemoteDisconnected):
        return False


@pytest.mark.parametrize("mode", ["none", "optional", "required"])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_certificates_of_clients(tmp_path, authority, here, clients, mode, version):
    env = here.options() | {
        "VECGATE_TLS_CLIENT_AUTH": mode,
        "VECGATE_TLS_CLIENT_CA": str(authority.cert),
        "VECGATE_TLS_CLIENT_CRL": str(authority.revoked()),
    }
    good = trusting(authority, cert=clients["good"])
    with Gateway(tmp_path, env, tls=good) as gate:
        assert admits(gate, trusting(authority, version)) == (mode != "required"), "without one"
        for name, cert in clients.items():
            wanted = mode == "none" or name == "good"
            assert admits(gate, trusting(authority, version, cert)) == wanted, name
        assert admits(gate, good)


def test_a_ca_below_another_is_trusted_for_its_own(tmp_path, authority, here):
    below = authority.authority(tmp_path / "below", "below")
    beside = authority.authority(tmp_path / "beside", "beside")
    mine, others = below.issue("mine"), beside.issue("others")
    env = here.options() | {"VECGATE_TLS_CLIENT_AUTH": "required", "VECGATE_TLS_CLIENT_CA": str(below.cert)}
    with Gateway(tmp_path / "gate", env, tls=trusting(authority, cert=mine)) as gate:
        for name in ("others", "from above"):
            cert = others if name == "others" else authority.issue("from-above")
            cert.cert.write_bytes(cert.cert.read_bytes() + beside.cert.read_bytes())
            assert not admits(gate, trusting(authority, cert=cert)), name
        assert admits(gate, trusting(authority, cert=mine))


def test_a_certificate_is_a_credential(tmp_path, authority, here):
    """By its name; a key that is sent goes before it, also a wrong one."""
    reader, stranger = authority.issue("reader"), authority.issue("nobody")
    rows = [{"name": "reader", "certificate": "reader", "rights": "read", "tenant": "acme"}]
    env = here.options() | {
        "VECGATE_TLS_CLIENT_AUTH": "optional",
        "VECGATE_TLS_CLIENT_CA": str(authority.cert),
        "VECGATE_CREDENTIALS_KEYS": json.dumps(rows),
        "VECGATE_CREDENTIALS_API_KEY": "a key that may do everything",
    }

    def ask(context, method="GET", path="/collections", **headers):
        with peer(gate, context) as sock:
            lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Content-Length: 0", "Connection: close"]
            lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
            sock.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
            return read_answer(sock)

    with Gateway(tmp_path, env, tls=trusting(authority, cert=reader)) as gate:
        known = trusting(authority, cert=reader)
        assert ask(known)[0] == 200
        status, body = ask(known, "DELETE", "/collections/docs")
        assert status == 403 and b"Global manage access is required" in body
        assert json.loads(gate.line("access denied", "certificate reader"))["tenant"] == "acme"
        assert ask(known, api_key="a key that may do everything", method="DELETE", path="/collections/docs")[0] == 200
        assert ask(known, api_key="some other key, a wrong one")[0] == 401
        assert ask(trusting(authority, cert=stranger))[0] == 401
        assert ask(trusting(authority))[0] == 401


def test_short_keys_are_refused(tmp_path):
    pair = [tmp_path / "short.pem", tmp_path / "short.key"]
    openssl("req", "-x509", "-newkey", "rsa:1024", "-noenc", "-keyout", pair[1], "-out", pair[0], "-subj", "/CN=short")
    code, said = check(f"tls.certificate={pair[0]}", f"tls.key={pair[1]}")
    assert code == 1 and "tls.certificate" in said and "key too small" in said


def test_a_resumed_session_keeps_to_the_rules(tmp_path, authority, here, clients):
    """A ticket of a time when nobody was asked lets nobody in who must show a certificate now."""
    conf = tmp_path / "vecgate.yaml"
    lines = f"tls:\n  certificate: {here.cert}\n  key: {here.key}\n  client_ca: {authority.cert}\n"
    conf.write_text(lines + "  client_auth: optional\n")
    good = trusting(authority, cert=clients["good"])
    with Gateway(tmp_path, arguments=["--config", conf], tls=good) as gate:
        context = trusting(authority, ssl.TLSVersion.TLSv1_2)
        with peer(gate, context) as sock:
            session = sock.session
        with peer(gate, context, session=session) as sock:
            assert sock.session_reused
        conf.write_text(lines + "  client_auth: required\n")
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: "certificates were read again" in gate.log(), "the reload")
        with pytest.raises((ssl.SSLError, ConnectionError)), peer(gate, context, session=session) as sock:
            sock.sendall(HEALTHZ)
            read_answer(sock)
        assert admits(gate, good)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_resumed_session_ends_with_its_certificate(tmp_path, authority, here, version):
    env = here.options() | {"VECGATE_TLS_CLIENT_AUTH": "required", "VECGATE_TLS_CLIENT_CA": str(authority.cert)}
    session = None

    def goes_on():
        nonlocal session
        try:
            with peer(gate, context, session=session) as sock:
                sock.sendall(HEALTHZ)
                assert read_answer(sock) == (200, WELL)
                assert session is None or sock.session_reused
                session = sock.session
                return True
        except (ssl.SSLError, ConnectionError, http.client.BadStatusLine):
            return False

    with Gateway(tmp_path, env, tls=trusting(authority, cert=authority.issue("lasting"))) as gate:
        now = datetime.datetime.now(datetime.timezone.utc)  # not before it is there, which takes its time
        start, end = ((now + datetime.timedelta(seconds=s)).strftime("%Y%m%d%H%M%SZ") for s in (-60, 12))
        context = trusting(authority, version, authority.issue(f"soon-{version.name}", start=start, end=end))
        assert goes_on() and goes_on(), "it is in its time, and resumed"
        eventually(lambda: not goes_on(), "the end of its time")


# ---- reloading ----


def test_certificates_are_exchanged_while_serving(tmp_path, authority):
    first, second = authority.issue("first", *HERE), authority.issue("second", *HERE)
    cert, key = tmp_path / "live.pem", tmp_path / "live.key"

    def install(pair, key_of=None):
        cert.write_bytes(pair.cert.read_bytes())
        key.write_bytes((key_of or pair).key.read_bytes())
        key.chmod(0o600)

    def serves():
        with peer(gate) as sock:
            return dict(field[0] for field in sock.getpeercert()["subject"])["commonName"]

    def reload(until):
        before = gate.log().count(until)
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: gate.log().count(until) > before, until)

    install(first)
    env = {"VECGATE_TLS_CERTIFICATE": str(cert), "VECGATE_TLS_KEY": str(key), "VECGATE_LOG_ACCESS": "false"}
    with Gateway(tmp_path, env, tls=trusting(authority)) as gate:
        stop, failures, done = threading.Event(), [], [0]

        def load(keeps):
            with contextlib.closing(gate.connect()) as host:
                while not stop.is_set():
                    try:
                        host.request("GET", "/healthz")
                        assert host.getresponse().read() == WELL
                        done[0] += 1
                    except Exception as error:  # noqa: BLE001 any at all
                        failures.append(error)
                    if not keeps:
                        host.close()

        threads = [threading.Thread(target=load, args=(i % 2 == 0,)) for i in range(6)]
        for thread in threads:
            thread.start()
        try:
            with peer(gate) as kept:
                for pair in (second, first, second):
                    install(pair)
                    reload("certificates were read again")
                    assert serves() == pair.name
                install(first, key_of=second)
                reload("the old one stays")
                assert f"{key}: is not the key of the certificate in {cert}" in gate.log()
                assert "VECGATE_TLS_KEY: tls.key" in gate.log()
                assert serves() == "second"
                kept.sendall(HEALTHZ)
                assert read_answer(kept) == (200, WELL)
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE_SECONDS)
        assert not failures and done[0] > 0


def test_when_certificates_expire_is_a_metric(secure):
    left = metric(secure, "vecgate_tls_certificate_expiry_seconds")
    assert 0 < left <= 2 * 24 * 3600


def test_tls_does_not_end_by_a_reload(tmp_path, authority, here):
    conf = tmp_path / "vecgate.yaml"
    conf.write_text(f"tls: {{certificate: {here.cert}, key: {here.key}}}\n")
    with Gateway(tmp_path, arguments=["--config", conf], tls=trusting(authority)) as gate:
        conf.write_text("log: {level: info}\n")
        gate.process.send_signal(signal.SIGHUP)
        eventually(lambda: "TLS begins and ends with a restart" in gate.log(), "the refusal")
        assert is_well(gate)


def test_the_line_at_the_start_says_https(secure):
    assert f"serves https://{secure.address}" in (secure.folder / "stderr.txt").read_text()
