"""The Dockerfile and the manifests for Kubernetes: what tools of others say of them, and that their values agree with
vecgate's own. What is shown there is run here, without an engine of containers."""
import contextlib
import json
import os
import re
import ssl
import subprocess

import pytest
import yaml

from certs import Authority
from gateway import OURS, ROOT, Gateway, binary, closed_port
from secured import HERE, trusting

TOOLS = ROOT / "build/test-env/deploy/bin"
VALIDATE = [TOOLS / "python", TOOLS / "kubernetes-validate"]  # a folder that was moved has a first line of before
MANIFESTS = sorted((ROOT / "conf/kubernetes").glob("*.yaml"))
VERSIONS = ["1.29", "1.33"]  # sidecars are there since the first
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SECONDS = 120
KEYS = {
    "api-key": "0123456789abcdef0123456789abcdef",
    "read-only-key": "fedcba9876543210fedcba9876543210",
    "qdrant-api-key": "the-key-of-the-backend",
}
BYTES = {"Mi": 1 << 20, "MiB": 1 << 20, "Gi": 1 << 30, "GiB": 1 << 30}

by_manifest = pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.name)


def default(option):
    return re.search(rf"^\| `{option}` \| [^|]+ \| `([^`]+)` \|", (ROOT / "docs/options.md").read_text(), re.M)[1]


def seconds(text):
    number, word = re.fullmatch(r"(\d+)(s|m)", text).groups()
    return int(number) * {"s": 1, "m": 60}[word]


def size(text):
    number, word = re.fullmatch(r"(\d+)([A-Za-z]+)", text).groups()
    return int(number) * BYTES[word]


def documents(manifest, kind=None):
    return [part for part in yaml.safe_load_all(manifest.read_text()) if kind in (None, part["kind"])]


def pod(manifest):
    """Its workload's pod, and the container in it that is vecgate."""
    [workload] = documents(manifest, "Deployment") + documents(manifest, "StatefulSet")
    spec = workload["spec"]["template"]["spec"]
    [own] = [c for c in spec.get("initContainers", []) + spec["containers"] if c["name"] == "vecgate"]
    return spec, own


def configuration(manifest):
    [config] = documents(manifest, "ConfigMap")
    return config["data"]["vecgate.yaml"]


def image_env():
    return dict(word.split("=", 1) for line in re.findall(r"^ENV (.+)$", DOCKERFILE, re.M) for word in line.split())


def in_the_container(manifest, folder, command):
    """`vecgate COMMAND` as its container would run it: the image's environment, then the manifest's, its file, its secrets."""
    _, own = pod(manifest)
    for name, key in KEYS.items():
        (folder / name).write_text(key)
    (folder / "vecgate.yaml").write_text(configuration(manifest).replace("/run/secrets/vecgate", str(folder)))
    assert own["args"][0] == "serve"
    words = [word.replace("/etc/vecgate", str(folder)) for word in own["args"][1:]]
    env = {k: v for k, v in os.environ.items() if not k.startswith(OURS)} | image_env() | {e["name"]: e["value"] for e in own.get("env", [])}
    said = subprocess.run([binary(), command, *words], env=env, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout


def listens(manifest, folder):
    return re.search(r"^listen:? +(\S+)", in_the_container(manifest, folder, "config"), re.M)[1]


# ---- tools of others ----


def test_hadolint_has_nothing_to_say():
    said = subprocess.run([TOOLS / "hadolint", "--failure-threshold", "style", ROOT / "Dockerfile"], capture_output=True, text=True, timeout=SECONDS)
    assert (said.returncode, said.stdout) == (0, "")


@by_manifest
@pytest.mark.parametrize("version", VERSIONS)
def test_the_manifests_are_what_kubernetes_takes(manifest, version):
    command = [*VALIDATE, "-k", version, "--strict", manifest]
    said = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0, said.stdout + said.stderr
    assert (said.stdout + said.stderr).count(" passed ") == len(documents(manifest))


def test_a_mistake_would_be_seen(tmp_path):
    copy = tmp_path / "gateway.yaml"
    copy.write_text((ROOT / "conf/kubernetes/gateway.yaml").read_text().replace("readinessProbe", "readynessProbe"))
    command = [*VALIDATE, "-k", VERSIONS[0], "--strict", copy]
    assert subprocess.run(command, capture_output=True, timeout=SECONDS).returncode != 0


# ---- values that agree ----


@by_manifest
def test_a_pod_is_given_time_to_finish(manifest):
    spec, own = pod(manifest)
    config = yaml.safe_load(configuration(manifest))
    pause = sum(int(word) for word in own.get("lifecycle", {}).get("preStop", {"exec": {"command": []}})["exec"]["command"] if word.isdigit())
    assert spec["terminationGracePeriodSeconds"] > pause + seconds(config["drain"]) + seconds(config["deadline"])
    assert (config["drain"], config["deadline"]) == (default("drain"), default("deadline"))


@by_manifest
def test_ports_are_those_of_the_configuration(manifest, tmp_path):
    _, own = pod(manifest)
    port = int(listens(manifest, tmp_path).rsplit(":", 1)[1])
    assert port == int(default("listen").rsplit(":", 1)[1])
    assert [p["containerPort"] for p in own.get("ports", [])] in ([], [port])
    for service in documents(manifest, "Service"):
        assert [p["port"] for p in service["spec"]["ports"]] == [port]
    for policy in documents(manifest, "NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            assert [p["port"] for p in rule["ports"]] == [port]
    assert re.findall(r"^EXPOSE (\d+)$", DOCKERFILE, re.M) == [str(port)]
    assert f"VECGATE_LISTEN=0.0.0.0:{port}" in DOCKERFILE


@by_manifest
def test_a_pod_has_more_memory_than_requests_may_take(manifest):
    _, own = pod(manifest)
    config = yaml.safe_load(configuration(manifest))
    most = config.get("workers", int(default("workers"))) * size(config.get("memory", {}).get("total", default("memory.total")))
    assert size(own["resources"]["limits"]["memory"]) >= 2 * most


def test_who_has_to_reach_a_gateway_may():
    [policy] = documents(ROOT / "conf/kubernetes/gateway.yaml", "NetworkPolicy")
    [config] = documents(ROOT / "conf/kubernetes/gateway.yaml", "ConfigMap")
    sources = [source for rule in policy["spec"]["ingress"] for source in rule["from"]]
    assert {"podSelector": {"matchLabels": {"vecgate-client": "true"}}} in sources
    assert any(source["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "prometheus"} and "namespaceSelector" in source for source in sources)
    assert "read_only_key" in config["data"]["vecgate.yaml"], "a key that reads /metrics"


@by_manifest
def test_the_network_lets_out_what_it_needs(manifest):
    """The backend, by the host and port of the configuration, and names."""
    [policy] = documents(manifest, "NetworkPolicy")
    host, port = re.search(r"url: http://([a-z]+):(\d+)$", configuration(manifest), re.M).groups()
    out = [(rule["to"][0]["podSelector"]["matchLabels"], [(p["protocol"], p["port"]) for p in rule["ports"]]) for rule in policy["spec"]["egress"]]
    assert out == [({"app": host}, [("TCP", int(port))]), ({"k8s-app": "kube-dns"}, [("UDP", 53), ("TCP", 53)])]


def test_a_sidecar_is_for_its_pod_alone(tmp_path):
    manifest = ROOT / "conf/kubernetes/sidecar.yaml"
    address = listens(manifest, tmp_path)
    assert address.startswith("127.0.0.1:")
    [application] = pod(manifest)[0]["containers"]
    assert {"name": "QDRANT_URL", "value": f"http://{address}"} in application["env"]


@by_manifest
def test_the_secrets_it_shows_are_those_it_reads(manifest):
    [command] = re.findall(r"^#   kubectl create secret generic (.+)$", manifest.read_text(), re.M)
    [volume] = [volume["secret"] for volume in pod(manifest)[0]["volumes"] if "secret" in volume]
    assert command.split()[0] == volume["secretName"]
    assert sorted(re.findall(r"--from-file=([\w-]+)=", command)) == sorted(re.findall(r"\$\{file:/run/secrets/vecgate/([\w-]+)\}", configuration(manifest)))


@by_manifest
def test_a_pod_may_do_as_little_as_it_can(manifest):
    spec, own = pod(manifest)
    user = int(re.search(r"^USER (\d+):\1$", DOCKERFILE, re.M)[1])
    assert spec["securityContext"]["runAsNonRoot"] and spec["securityContext"]["runAsUser"] == user
    assert own["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert spec["automountServiceAccountToken"] is False
    assert own["resources"]["limits"]["memory"] and own["resources"]["requests"]


# ---- what is shown is run ----


@by_manifest
def test_the_configuration_is_a_good_one(manifest, tmp_path):
    assert "backend qdrant" in in_the_container(manifest, tmp_path, "check")


def test_a_store_of_its_own_is_as_easy_as_its_head_says(tmp_path):
    config = yaml.safe_load(configuration(ROOT / "conf/kubernetes/gateway.yaml")) | {"workers": 1}
    del config["vector"], config["credentials"]
    (tmp_path / "vecgate.yaml").write_text(yaml.safe_dump(config | {"listen": "127.0.0.1:6333"}))
    clean = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
    said = subprocess.run([binary(), "check", "--config", tmp_path / "vecgate.yaml"], env=clean, capture_output=True, text=True, timeout=SECONDS)
    assert said.returncode == 0 and "backend embedded" in said.stdout, said.stderr


def exec_probes(manifest):
    _, own = pod(manifest)
    return [own[name]["exec"]["command"] for name in ("startupProbe", "livenessProbe", "readinessProbe") if "exec" in own[name]]


def healthcheck():
    return json.loads(re.search(r"^    CMD (\[.*\])$", DOCKERFILE, re.M)[1])


def ask(command, port):
    """The exit status of a probe; where vecgate listens the image's says by its environment, the pod's by its words."""
    words = [word.replace("/127.0.0.1/6333", f"/127.0.0.1/{port}") for word in command]
    assert words != command or "VECGATE_LISTEN" in command[-1]
    env = os.environ | {"VECGATE_LISTEN": f"0.0.0.0:{port}"}
    return subprocess.run(words, env=env, capture_output=True, timeout=SECONDS).returncode


@pytest.mark.parametrize("command", [healthcheck(), *exec_probes(ROOT / "conf/kubernetes/sidecar.yaml")], ids=str)
def test_probes_tell_who_answers_from_who_does_not(command, embedded, tmp_path):
    def status(port):
        return ask(command, port)

    assert status(embedded.port) == 0
    assert status(closed_port()) != 0
    env = {"VECTOR_BACKEND": "qdrant", "QDRANT_URL": f"http://127.0.0.1:{closed_port()}"}
    with Gateway(tmp_path, env, ready="/livez") as alone:
        assert (status(alone.port) == 0) == ("/livez" in command[-1])


@pytest.mark.parametrize("client_auth", ["none", "optional", "required"])
def test_the_image_is_healthy_with_tls_and_keys_on(client_auth, tmp_path):
    with secured(tmp_path, client_auth) as gate:
        assert ask(healthcheck(), gate.port) == 0


@pytest.mark.parametrize("client_auth", ["none", "optional"])
def test_the_kubelet_may_probe_with_tls_and_keys_on(client_auth, tmp_path):
    """As it does with `scheme: HTTPS`: it verifies nothing, and has neither a certificate nor a key."""
    with secured(tmp_path, client_auth) as gate:
        gate.tls = ssl._create_unverified_context()
        for path in ("/livez", "/readyz"):
            with contextlib.closing(gate.connect()) as host:
                host.request("GET", path)
                assert host.getresponse().status == 200


def secured(folder, client_auth):
    authority = Authority(folder / "ca")
    options = authority.issue("gateway", *HERE).options() | {
        "VECGATE_TLS_CLIENT_AUTH": client_auth,
        "VECGATE_CREDENTIALS_API_KEY": KEYS["api-key"],
    }
    if client_auth != "none":
        options["VECGATE_TLS_CLIENT_CA"] = str(authority.cert)
    return Gateway(folder / "gate", options, tls=trusting(authority, cert=authority.issue("client")))


def test_probes_ask_what_is_there(embedded):
    _, own = pod(ROOT / "conf/kubernetes/gateway.yaml")
    assert [own[name]["httpGet"]["path"] for name in ("startupProbe", "livenessProbe", "readinessProbe")] == ["/livez", "/livez", "/readyz"]


def test_the_image_has_what_the_program_links():
    """Its libraries are in packages that the last stage installs (`deps/install.sh run`), or in what Debian always has."""
    assert "deps/install.sh run" in DOCKERFILE
    rows = re.findall(r"^([a-z][\w.+-]+) +\S+ +(\S+) ", (ROOT / "deps/packages.txt").read_text(), re.M)
    there = {name for name, groups in rows if "run" in groups.split(",")} | {"libc6", "libgcc-s1"}
    said = subprocess.run(["readelf", "-d", binary()], capture_output=True, text=True, check=True)
    needed = re.findall(r"\(NEEDED\).*\[(.+)\]", said.stdout)
    if any(name.startswith("libasan") for name in needed):  # not what is shipped: it also links what headers alone give there
        there |= {"libasan8", "libubsan1", "libxxhash0"}
    assert "libuv.so.1" in needed
    for name in needed:
        owners = subprocess.run(["dpkg-query", "-S", f"*/{name}"], capture_output=True, text=True, check=True)
        assert {line.split(":")[0] for line in owners.stdout.splitlines()} & there, f"{name}: {owners.stdout}"


def test_the_image_gets_what_the_build_reads(tmp_path):
    """A tree of what .dockerignore lets through, configured as the Dockerfile does."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    wanted = [line[1:] for line in lines if line.startswith("!")]
    assert "*" in lines
    files = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "--", *wanted], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in files.stdout.splitlines():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "deps/llhttp").symlink_to((ROOT / "deps/llhttp").resolve())
    configure = re.search(r"^RUN (cmake --preset release) && (cmake --build build/release --target vecgate)$", DOCKERFILE, re.M)
    for command in (configure[1], configure[2] + " -- -n"):  # what it would do; the build itself is done elsewhere
        said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
        assert said.returncode == 0, said.stdout + said.stderr
