#!/bin/sh
# Shows what vecgate does, on one screen: 2 000 English words, which of them are near to which, and what
# follows from one as from another. Nothing but curl, Qdrant's REST API and the words of tests/data.
#
#     demo.sh          starts a vecgate ($VECGATE, or build/vecgate) with nothing in it, stops it at the end
#     demo.sh URL      asks the server that is there
set -eu

here=$(cd "$(dirname "$0")/../.." && pwd)
words=$here/tests/data/words-2000.jsonl
collection=demo-words
export LC_ALL=C # a point in numbers

folder=$(mktemp -d)
server=
clean_up() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || :
    wait
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

fail() {
    printf 'demo: %s\n' "$*" >&2
    exit 1
}

# Starts one on a port that the system chooses, and reads the address that it tells once it is ready.
start() {
    mkfifo "$folder/says"
    "${VECGATE:-$here/build/vecgate}" serve --data "$folder/data" --listen 127.0.0.1:0 \
        >"$folder/says" 2>"$folder/log" &
    server=$!
    exec 3<"$folder/says"
    read -r says <&3 || fail "vecgate did not start: $(cat "$folder/log")"
    url=${says#*serves }
    url=${url%%,*}
}

# ask METHOD PATH BODY: the answer, or the reason why there is none
ask() {
    said=$(curl -sS --fail-with-body -X "$1" "$url/collections/$collection$2" \
        -H 'Content-Type: application/json' --data-binary "$3") || fail "$1 $2: $said"
    printf '%s\n' "$said"
}

id_of() { # word
    sed -n "s/^{\"id\":\([0-9]*\),\"payload\":{\"word\":\"$1\",.*/\1/p" "$words"
}

# show LABEL QUERY [FILTER]: the three best, each with its score
show() {
    filter=${3:-null}
    answer=$(ask POST /points/query "{\"query\":$2,\"filter\":$filter,\"limit\":3,\"with_payload\":[\"word\"]}")
    printf '  %-26s' "$1"
    printf '%s\n' "$answer" | sed 's/{"id"/\n&/g' |
        sed -n 's/.*"score":\([-0-9.e]*\).*"word":"\([a-z]*\)".*/\2 \1/p' |
        while read -r word score; do
            printf '  %-11s%.2f' "$word" "$score"
        done
    echo
}

nearest() {
    show "$1" "$(id_of "$1")"
}

# A is to B as X is to ...: what is like B and X, and unlike A. The three themselves are never answered.
analogy() {
    likes="$(id_of "$2"),$(id_of "$3")"
    show "$1 : $2 = $3 :" "{\"recommend\":{\"positive\":[$likes],\"negative\":[$(id_of "$1")]}}"
}

fill() {
    ask DELETE "" "" >"$folder/out"
    ask PUT "" '{"vectors":{"size":100,"distance":"Cosine"}}' >"$folder/out"
    { printf '{"points":[' && sed '$!s/$/,/' "$words" && printf ']}'; } >"$folder/points"
    began_ns=$(date +%s%N)
    ask PUT '/points?wait=true' "@$folder/points" >"$folder/out"
    printf '%d words stored at %s, durable and searchable, in %d ms\n' \
        "$(wc -l <"$words")" "$url" $((($(date +%s%N) - began_ns) / 1000000))
}

if [ $# -gt 0 ]; then url=${1%/}; else start; fi
fill

printf '\nThe words nearest to\n'
for word in king paris computer winter coffee guitar; do
    nearest "$word"
done

printf '\nAnalogies: recommend, two examples to be like and one to be unlike\n'
analogy man king woman
analogy france paris germany
analogy russia moscow spain
analogy go went take

printf '\nNearest among those that a filter lets through\n'
show 'king, begins with p' "$(id_of king)" '{"must":[{"key":"initial","match":{"value":"p"}}]}'
show 'ship, 4 letters at most' "$(id_of ship)" '{"must":[{"key":"length","range":{"lte":4}}]}'
show 'winter, no s' "$(id_of winter)" '{"must_not":[{"key":"initial","match":{"value":"s"}}]}'

ask DELETE "" "" >"$folder/out"
