"""docs/tls.md: what it shows works; only addresses are others."""
import re
import ssl
import subprocess
import time

from certs import Authority
from gateway import ROOT, Gateway, binary, free_port
from pages import Page, path_of, shell

PAGE = Page("docs/tls.md")
HERE = ("DNS:localhost", "IP:127.0.0.1")


def write_conf(folder, block):
    """Its address is the command line's."""
    conf = folder / "vecgate.yaml"
    conf.write_text(re.sub(r"listen: .*\n", "", PAGE.blocks[block]))
    return ["--config", conf]


def run(folder, block, gate):
    text = PAGE.blocks[block].replace("localhost:6333", f"localhost:{gate.port}")
    return shell(text, folder, PATH=path_of(folder, binary()), GATEWAY_PID=str(gate.process.pid))


def test_a_gateway_with_tls_is_set_up_as_shown(tmp_path):
    shell(PAGE.blocks["make"], tmp_path)
    trusting = ssl.create_default_context(cafile=tmp_path / "gateway.pem")
    with Gateway(tmp_path, arguments=write_conf(tmp_path, "conf"), tls=trusting) as gate:
        said = run(tmp_path, "ask", gate)
        assert said.startswith("the configuration is good") and said.endswith("healthz check passed")
        shell(PAGE.blocks["make"], tmp_path)
        run(tmp_path, "renew", gate)
        end = time.monotonic() + 30
        while "certificates were read again" not in gate.log():
            assert time.monotonic() < end, gate.log()
            time.sleep(0.02)
        assert run(tmp_path, "ask", gate).endswith("healthz check passed"), "it is the new one"


def test_certificates_of_clients_are_asked_for_as_shown(tmp_path):
    shell(PAGE.blocks["make"], tmp_path)
    ca = Authority(tmp_path / "ca")
    client = ca.issue("client")
    for name, path in {"clients-ca.pem": ca.cert, "client.pem": client.cert, "client.key": client.key}.items():
        (tmp_path / name).write_bytes(path.read_bytes())
    context = ssl.create_default_context(cafile=tmp_path / "gateway.pem")
    context.load_cert_chain(client.cert, client.key)
    with Gateway(tmp_path, arguments=write_conf(tmp_path, "clients"), tls=context) as gate:
        assert run(tmp_path, "ask as a client", gate) == "healthz check passed"


def test_a_responder_is_asked_as_shown(tmp_path):
    ca = Authority(tmp_path)
    ca.issue("gateway", *HERE)
    (tmp_path / "issuer.pem").write_bytes(ca.cert.read_bytes())
    port = str(free_port())
    command = ["openssl", "ocsp", "-port", port, "-index", tmp_path / "index.txt", "-CA", ca.cert, "-rsigner", ca.cert,
               "-rkey", ca.own.key, "-nmin", "60"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as responder:
        try:
            once_it_listens(lambda: shell(PAGE.blocks["ocsp"], tmp_path, OCSP_URL=f"http://127.0.0.1:{port}"))
        finally:
            responder.kill()
    names = {"certificate": "gateway.pem", "key": "gateway.key", "ocsp": "gateway.ocsp"}
    words = [word for name, file in names.items() for word in ("--set", f"tls.{name}={tmp_path / file}")]
    run = subprocess.run([binary(), "check", *words], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")


def once_it_listens(ask):
    """The responder takes one at a time, so that looking whether it is there would be in the way."""
    end = time.monotonic() + 30
    while True:
        try:
            return ask()
        except AssertionError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_options_and_metrics_that_it_names_exist():
    options = (ROOT / "docs/options.md").read_text()
    named = re.findall(r"`((?:tls|pools|limits|log)\.[\w.]+)", PAGE.text)
    assert len(named) > 10 and not [name for name in named if f"`{name}`" not in options]
    metrics = (ROOT / "docs/metrics.md").read_text()
    assert all(f"`{name}`" in metrics for name in re.findall(r"`(vecgate_\w+)`", PAGE.text))
