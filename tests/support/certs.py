"""Certificates for tests, made by the openssl program when they are needed: nothing secret is in the tree."""
import pathlib
import subprocess

CONFIG = """
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
default_crl_days = 1
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = optional
"""


def openssl(*words, stdin=b""):
    run = subprocess.run(["openssl", *map(str, words)], input=stdin, capture_output=True)
    assert run.returncode == 0, run.stderr.decode()
    return run.stdout


class Pair:
    """A certificate and its key, as files."""

    def __init__(self, folder, name):
        self.name = name
        self.cert, self.key = folder / f"{name}.pem", folder / f"{name}.key"

    def options(self):
        return {"VECGATE_TLS_CERTIFICATE": str(self.cert), "VECGATE_TLS_KEY": str(self.key)}


class Authority:
    """A CA with a folder of its own."""

    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.own = Pair(self.folder, name)
        self.config = self.folder / "ca.conf"
        self.config.write_text(CONFIG.format(folder=self.folder))
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("1000\n")
        openssl("req", "-x509", *self._new_key(self.own, "ec"), "-out", self.own.cert, "-days", 2, "-subj", f"/CN={name}")

    @property
    def cert(self):
        return self.own.cert

    def _new_key(self, pair, kind):
        words = {"ec": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "rsa": ("rsa:2048",)}[kind]
        return ["-newkey", *words, "-noenc", "-keyout", pair.key]

    def authority(self, folder, name):
        """Another CA, below this one."""
        below = Authority(folder, name)
        request = self.folder / f"{name}.csr"
        openssl("x509", "-x509toreq", "-in", below.cert, "-signkey", below.own.key, "-out", request)
        uses = self.folder / "uses.conf"
        uses.write_text("basicConstraints = critical,CA:true\nkeyUsage = keyCertSign,cRLSign\n")
        self._ca("-batch", "-notext", "-in", request, "-out", below.cert, "-days", 2, "-extfile", uses)
        return below

    def issue(self, name, *alternatives, kind="ec", start=None, end=None, subject=None):
        """`alternatives`: "DNS:localhost". `start`, `end`: YYYYMMDDHHMMSSZ; else from now for two days."""
        pair = Pair(self.folder, name)
        request = self.folder / f"{name}.csr"
        names = ["-addext", "subjectAltName=" + ",".join(alternatives)] if alternatives else []
        openssl("req", "-new", *self._new_key(pair, kind), "-out", request, "-subj", f"/CN={subject or name}", *names)
        times = ["-days", 2] if end is None else ["-startdate", start, "-enddate", end]
        self._ca("-batch", "-notext", "-in", request, "-out", pair.cert, *times)
        pair.key.chmod(0o600)
        return pair

    def revoke(self, pair):
        self._ca("-revoke", pair.cert)

    def revoked(self):
        """The list of what is revoked, as a file."""
        path = self.folder / "crl.pem"
        self._ca("-gencrl", "-out", path)
        return path

    def ocsp(self, pair, name="ocsp", minutes=60):
        """An answer about it, signed now, as a file."""
        path = self.folder / f"{name}.der"
        openssl("ocsp", "-index", self.folder / "index.txt", "-CA", self.cert, "-issuer", self.cert, "-cert", pair.cert,
                "-rsigner", self.cert, "-rkey", self.own.key, "-nmin", minutes, "-respout", path)
        return path

    def _ca(self, *words):
        openssl("ca", "-config", self.config, "-cert", self.cert, "-keyfile", self.own.key, *words)
