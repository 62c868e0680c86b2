#!/usr/bin/env bash
# Installs what is missing of deps/packages.txt and unpacks llhttp's sources into deps/llhttp.
#
#   deps/install.sh [build] [run] [test] [bench] [demo]      (default: build)
#
# Quick and silent when nothing is missing. Needs Debian 12's package manager, and root or sudo
# only if there is something to install.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
list=$here/packages.txt
llhttp=$here/llhttp

say() {
    printf 'deps: %s\n' "$*" >&2
}

fail() {
    say "$*"
    exit 1
}

# --- packages --------------------------------------------------------------------------------

# wanted GROUP...: "name command least" of each row that is for one of the groups
wanted() {
    local name least groups _why group
    while read -r name least groups _why; do
        [[ $name == \#* || -z $name ]] && continue
        for group in "$@"; do
            if [[ ,$groups, == *,$group,* ]]; then
                [[ $name == *@* ]] || name+=@-
                printf '%s %s %s\n' "${name%@*}" "${name#*@}" "$least"
                break
            fi
        done
    done <"$list"
}

# missing: of the rows on stdin, the names that are not installed, or too old
missing() {
    local rows name command least have
    local -A installed=()
    mapfile -t rows
    while read -r name have; do
        installed[${name%%:*}]=$have
    done < <(dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' \
        "${rows[@]%% *}" 2>/dev/null | sed -n 's/ installed$//p')
    for row in "${rows[@]}"; do
        read -r name command least <<<"$row"
        have=${installed[$name]-}
        have=${have#*:}
        if [[ -n $have ]]; then
            [[ $have == "$least"* ]] || dpkg --compare-versions "$have" ge "$least" || echo "$name"
        elif [[ $command == - ]] || ! command -v "$command" >/dev/null; then
            echo "$name"
        fi
    done
}

as_root() {
    if [[ $EUID -eq 0 ]]; then
        env "$@"
    elif command -v sudo >/dev/null; then
        sudo env "$@"
    else
        fail "neither root nor sudo: please install ${names[*]}"
    fi
}

# RUNLEVEL=1: servers among the packages are installed, not started.
apt() {
    as_root DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 \
        -o Acquire::Retries=3 "$@" </dev/null >&2
}

install_packages() {
    local names
    mapfile -t names < <(wanted "$@" | missing)
    [[ ${#names[@]} -eq 0 ]] && return
    say "installing ${names[*]}"
    apt update
    apt install --no-install-recommends "${names[@]}"
    mapfile -t names < <(wanted "$@" | missing)
    [[ ${#names[@]} -eq 0 ]] || fail "still missing, or too old: ${names[*]}"
}

# --- llhttp ----------------------------------------------------------------------------------

# llhttp 8.1.0 as Debian packages it: what we checked is what we compile.
sums() {
    cat <<'SUMS'
6e5a4528cd67bb79c3b1c1e08bb8b4d9beeac4775877098d28be0a8f0d000897  api.c
c55eda50972fb150c093d54ba4a92921906f1f51ee60a6b1e0d13f5b9877f539  http.c
af384dc4a9e83b4b2ef8a658117a42afa1ee1585344563818ac730604e150f5f  llhttp.c
d10cbae21267c5d08e0dac01c8584c799b50be7dddd0a0f3193d110922981c38  llhttp.h
SUMS
}

llhttp_is_whole() { # folder
    (cd "$1" 2>/dev/null && sums | sha256sum --check --status 2>/dev/null)
}

# The package is unpacked, not installed: it would bring a JavaScript runtime with it.
unpack_llhttp() {
    llhttp_is_whole "$llhttp" && return
    say "fetching the sources of llhttp"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root \
        download node-llhttp </dev/null >&2) || refresh_and_download
    dpkg-deb -x "$work"/node-llhttp_*.deb "$work/tree"
    mkdir "$work/llhttp"
    cp "$work"/tree/usr/share/llhttp/{api,http,llhttp}.c \
        "$work/tree/usr/share/include/llhttp/llhttp.h" "$work/llhttp" ||
        fail "node-llhttp does not hold the four files any more: $(ls "$work"/*.deb)"
    llhttp_is_whole "$work/llhttp" ||
        fail "node-llhttp's sources are not those of 8.1.0 that were checked ($(ls "$work"/*.deb)):" \
            "compare them with llhttp's releases, run the tests of src/net, then renew the sums in" \
            "deps/install.sh"
    rm -rf "$llhttp"
    cp -r "$work/llhttp" "$llhttp"
}

refresh_and_download() {
    local names=(node-llhttp)
    apt update
    (cd "$work" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root \
        download node-llhttp </dev/null >&2) || fail "cannot download node-llhttp"
}

# --- all -------------------------------------------------------------------------------------

groups=("${@:-build}")
for group in "${groups[@]}"; do
    [[ $group =~ ^(build|run|test|bench|demo)$ ]] || fail "unknown group '$group': build, run, test, bench or demo"
done
command -v dpkg-query >/dev/null ||
    fail "no dpkg here: please install what deps/packages.txt lists for: ${groups[*]}"
install_packages "${groups[@]}"
if [[ " ${groups[*]} " == *" build "* ]]; then
    unpack_llhttp
fi
