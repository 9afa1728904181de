# The local store: random ids against ascending ones, in turns, by the clock
# and by CPU, which a busy machine disturbs less; and a search over what was
# stored.

# local_run CORPUS: sets wall
local_run() {
    fresh
    measured 0 "$BATCHTOP" "$1" --plain --job j --store sqlite:out.sqlite
    [ "$status" = 0 ] || {
        cat out >&2
        exit 1
    }
}

# local_ratio ORDER DOCS
local_ratio() {
    ascending=$(corpus plain "$2")
    random=$(corpus uuid "$2")
    slow=
    fast=
    slow_cpu=
    fast_cpu=
    for _ in $(seq "$3"); do
        local_run "$ascending"
        keep_least fast "$wall"
        keep_least fast_cpu "$cpu"
        local_run "$random"
        keep_least slow "$wall"
        keep_least slow_cpu "$cpu"
    done
    row "$1" "local store, $2 documents, random over ascending ids" \
        "$(number "$fast / $slow") ($(number "$2 / $slow" 0) docs/s), CPU \
$(number "$fast_cpu / $slow_cpu"), $(number "$rss" 0) MiB" "0.7"
}

row_local() {
    local_ratio 60-local "$local_docs" "$turns"
}

row_local_long() {
    local_ratio 61-local-long "$local_long_docs" 1
}

# The shortest: the first one may be cold.
row_search() {
    local_run "$(corpus plain "$local_docs")"
    least=
    for _ in 1 2 3 4 5 6; do
        measured 0 "$BATCHTOP" search j "a document of topic 7"
        keep_least least "$wall"
    done
    row 62-search "search over $local_docs x 384, warm" "$least s" "0.25 s"
}
