#!/bin/sh
# Installs the peers that are programs of Python, once, under build/bench-env/:
#
#   fastapi/   FastAPI, uvicorn and psycopg's pool
#
# and, under build/test-env/, the PostgreSQL with pgvector that the tests have. Says nothing when nothing is
# missing. What was installed from is kept beside it, so that a changed version is seen.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
env=$here/../../build/bench-env
mkdir -p "$env"
env=$(cd "$env" && pwd)

from=$here/requirements-fastapi.txt
if ! cmp -s "$from" "$env/fastapi/made-from" || ! "$env/fastapi/bin/python" -c '' 2>/dev/null; then
    echo "installing $(tr '\n' ' ' <"$from")"
    rm -rf "${env:?}/fastapi"
    python3 -m venv "$env/fastapi"
    "$env/fastapi/bin/pip" install --quiet --disable-pip-version-check -r "$from"
    cp "$from" "$env/fastapi/made-from"
fi
"$here/../../tests/api/setup.sh" postgres
