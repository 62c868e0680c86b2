#!/bin/sh
# Shows what vecgate does: starts one ($VECGATE, or build/vecgate) on a free port with nothing in it,
# runs demo.py against it with Qdrant's official client, and stops it. Fits one screen.
set -eu
cd "$(dirname "$0")/../.."
tests/api/setup.sh
exec python3 -B tests/support/gateway.py build/test-env/newest/bin/python tests/api/demo.py
