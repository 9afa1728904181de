#!/bin/sh
# Whole runs: what a document costs in time, CPU and memory. Figures for this
# machine at this moment; compare them within one run only.
set -eu
top=${1:-.}
here=$(pwd)
case $BATCHTOP in /*) ;; *) BATCHTOP=$here/$BATCHTOP ;; esac
case $FAKEAPI in /*) ;; *) FAKEAPI=$here/$FAKEAPI ;; esac
case $top in /*) ;; *) top=$here/$top ;; esac
folder=$(mktemp -d)
api=
trap '[ -z "$api" ] || kill $api; rm -rf "$folder"' EXIT
cd "$folder"

# measure NAME COUNT COMMAND...: wall, CPU and peak memory of one process
measure() {
    name=$1 of=$2
    shift 2
    /usr/bin/time -f '%e %U %S %M' -o time.txt "$@" >out.txt 2>&1 ||
        { cat out.txt; exit 1; }
    awk -v name="$name" -v n="$of" '{
        printf "%-34s %8.2f s  %9.0f docs/s  %6.1f us CPU/doc  %6.1f MiB\n",
            name, $1, n / $1, ($2 + $3) * 1e6 / n, $4 / 1024 }' time.txt
}

command -v /usr/bin/time >/dev/null ||
    { echo "bench: install the package time"; exit 1; }
sh "$top"/examples/wordnet.sh >wordnet.jsonl
count=$(wc -l <wordnet.jsonl)
measure "local, sqlite" "$count" "$BATCHTOP" wordnet.jsonl --plain
measure "local, jsonl" "$count" "$BATCHTOP" wordnet.jsonl --plain \
    --job j --store jsonl:out.jsonl
for i in 1 2 3 4 5 6 7 8 9; do
    sed "s/\"id\":\"/&r$i-/" wordnet.jsonl
done | head -n 1000000 >million.jsonl
measure "a million, local, sqlite" 1000000 "$BATCHTOP" million.jsonl --plain
rm -f ./*.sqlite out.jsonl
mv checkpoints/completed/million_* checkpoints/million.ledger
measure "resume of that, finished" 1000000 "$BATCHTOP" million.jsonl --plain

if [ -x "$FAKEAPI" ]; then
    "$FAKEAPI" --dim 1536 --no-store >api.out 2>&1 &
    api=$!
    for i in 1 2 3 4 5 6 7 8 9 10; do
        port=$(sed -n 's/^port \([0-9]*\).*/\1/p' api.out)
        [ -z "$port" ] || break
        sleep 0.2
    done
    measure "openai base64, qdrant, 1536" "$count" "$BATCHTOP" \
        wordnet.jsonl --plain --job q --embed openai:bench \
        --embed-url "http://127.0.0.1:$port/v1" --dim 1536 --create \
        --store "qdrant+http://127.0.0.1:$port/bench"
fi
