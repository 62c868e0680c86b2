#!/usr/bin/env bash
# What is written from the tables of the code must be what the repository holds: regenerates into a
# folder that is thrown away, and compares.
#
#   generated.sh VECGATE [--fix]      --fix takes the fresh ones over
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vecgate=${1:?"the binary"}
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT

# The one place that knows how the binary is asked. It writes docs/… and conf/… under the folder.
"$vecgate" docs "$fresh"

stale=0
for file in conf/vecgate.yaml docs/options.md docs/metrics.md docs/routes.md docs/capabilities.md; do
    if [[ ! -s $fresh/$file ]]; then
        echo "$file:1: the binary does not write this file"
        stale=1
    elif ! cmp -s "$fresh/$file" "$root/$file"; then
        if [[ ${2-} == --fix ]]; then
            mkdir -p "$(dirname "$root/$file")"
            cp "$fresh/$file" "$root/$file"
            continue
        fi
        line=$(diff "$root/$file" "$fresh/$file" 2>/dev/null | grep -m1 -o '^[0-9]*') || line=1
        echo "$file:${line:-1}: not what the tables say: run \`make docs\`"
        stale=1
    fi
done
exit "$stale"
