# What the rows of the table share: a server, a corpus, a run, a ratio, and the
# file that holds a row. Sourced by run.sh.

# number EXPRESSION: by awk, for the shell has no fractions
number() { awk "BEGIN { printf \"%.${2:-2}f\", $1 }"; }
at_most() { awk "BEGIN { exit !($1 <= $2) }"; }
# keep_least NAME VALUE: the lesser of that variable, if it is set, and the value
keep_least() {
    eval "kept=\${$1:-}"
    [ -n "$kept" ] && at_most "$kept" "$2" || eval "$1=\$2"
}

# field FILE NAME: a number of the server's counters
field() { sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p" "$1" | tail -n 1; }

# start_api OPTIONS...: sets port and api
start_api() {
    : >api.out
    "$FAKEAPI" --light "$@" >api.out 2>api.err &
    api=$!
    port=
    for _ in $(seq 100); do
        port=$(sed -n 's/^port \([0-9]*\).*/\1/p' api.out)
        [ -z "$port" ] || return 0
        sleep 0.05
    done
    echo "bench: fakeapi does not start" >&2
    exit 1
}
ask_api() { curl -s "http://127.0.0.1:$port/control/$1"; }
stop_api() { # stats: what it has counted by then
    ask_api stats >stats
    ask_api times >times
    kill "$api" && wait "$api" 2>/dev/null || :
    api=
    if [ "$(field stats bad)" != 0 ]; then
        echo "bench: $(field stats bad) vectors are wrong" >&2
        exit 1
    fi
}

# against DIM SCHEME OPTIONS...: how a run is told of that server
against() {
    dim=$1
    scheme=$2
    shift 2
    echo "--plain --embed openai:bench --embed-url http://127.0.0.1:$port/v1" \
        "--dim $dim --create --store $scheme://127.0.0.1:$port/bench $*"
}

# measured SECONDS COMMAND...: sets wall, cpu, rss, status; its words are in out
measured() {
    seconds=$1
    shift
    "$MEASURE" took "$seconds" "$@" >out 2>&1 || :
    . ./took
}

# plain_corpus N > FILE: ascending ids, texts of some 60 bytes
plain_corpus() {
    awk -v n="$1" 'BEGIN {
        for (i = 1; i <= n; i++)
            printf "{\"id\":\"doc-%08d\",\"text\":\"the %d th document " \
                "speaks of topic %d and of nothing else\"," \
                "\"metadata\":{\"n\":%d}}\n", i, i, i * 7919 % 10007, i
    }'
}
# The same with UUIDs of version 4 in place of the ids, always the same ones.
uuid_corpus() {
    awk -v n="$1" 'function r() { return int(rand() * 65536) }
    BEGIN {
        srand(12)
        for (i = 1; i <= n; i++)
            printf "{\"id\":\"%04x%04x-%04x-4%03x-%04x-%04x%04x%04x\"," \
                "\"text\":\"the %d th document speaks of topic %d and of " \
                "nothing else\",\"metadata\":{\"n\":%d}}\n", r(), r(), r(),
                int(rand() * 4096), 32768 + int(rand() * 16384), r(), r(),
                r(), i, i * 7919 % 10007, i
    }'
}
# wordnet_corpus N > FILE: WordNet again and again, with ids of their own
wordnet_corpus() {
    [ -s "$cache/wordnet.jsonl" ] || {
        sh "$top/examples/wordnet.sh" >"$cache/wordnet.jsonl.part"
        mv "$cache/wordnet.jsonl.part" "$cache/wordnet.jsonl"
    }
    turn=0
    while [ $((turn * 117659)) -lt "$1" ]; do
        sed "s/\"id\":\"/&r$turn-/" "$cache/wordnet.jsonl"
        turn=$((turn + 1))
    done | head -n "$1"
}
# corpus KIND N: a file of it, made once; prints its path
corpus() {
    file=$cache/$1-$2.jsonl
    [ -s "$file" ] || {
        "$1_corpus" "$2" >"$file.part"
        mv "$file.part" "$file"
    }
    echo "$file"
}

# fresh_in NAME: a folder of its own for a run, the last one's gone
fresh_in() {
    cd "$work"
    rm -rf "$1"
    mkdir "$1"
    cd "$1"
}
fresh() { fresh_in run; }

# row ORDER WHAT MEASURED GOAL: a line of the table, and of the screen
row() {
    printf '| %s | %s | %s | %s |\n' "$2" "$3" "$4" "$(date +%F)" \
        >"$results/$1"
    printf '%-58s %-28s %s\n' "$2" "$3" "goal $4"
}
