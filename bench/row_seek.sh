# Does a run that is told nothing find the best? Each service is tried with
# fixed numbers of workers and then with none given. Rates are the server's own,
# by its quarter seconds: of the fixed runs behind their start, of the default
# run from its first request on, the search for the knee included.
#
# Vectors are small, so that the processors do not decide.

# A service: its name, embedders, stores, floats in a vector.
services() {
    for pair in 5:5 50:50 500:500 5:50 50:5 5:500 500:5; do
        e=${pair%:*}
        s=${pair#*:}
        echo "${e}_and_${s}_ms ms=$e,spread=30 ms=$s,spread=30 128"
    done
    for ms in 5 50 500; do
        echo "embed_${ms}_ms_8_at_once ms=$ms,spread=30,at_once=8" \
            "ms=5,spread=30 128"
    done
    cat <<END
store_50_ms_8_at_once ms=5,spread=30 ms=50,spread=30,at_once=8 128
store_50_ms_4_queueing ms=5,spread=30 ms=50,spread=30,servers=4 128
embed_50_ms_600_rpm ms=50,spread=30,rpm=600 ms=5,spread=30 128
embed_50_ms_600_rpm_declared ms=50,spread=30,rpm=600,declared=1 ms=5,spread=30 128
embed_50_ms_3M_tpm ms=50,spread=30,tpm=3000000 ms=5,spread=30 128
store_50_ms_413_above_2_MB ms=5,spread=30 ms=50,spread=30,bytes=2000000 1536
END
}
quick_services() {
    services | grep -E '^(50_and_50_ms|embed_50_ms_8_at_once|store_50_ms_4) '
    services | grep '^store_50_ms_4_'
}

# stored FROM TO: documents in these seconds, by the server
stored() {
    awk -v a="$1" -v b="$2" '$1 == "store" && $2 >= a * 4 && $2 < b * 4 {
        n += $3 } END { print n + 0 }' times
}
# reached RATE FILE: the second from which on two seconds have 0.9 of it by these
# times, or "never"
reached() {
    awk -v want="$(number "$1 * 0.9 * 2" 0)" '$1 == "store" { n[$2] = $3
        if ($2 > last) last = $2 }
        END { for (i = 0; i + 8 <= last + 1; i++) {
                  sum = 0
                  for (k = i; k < i + 8; k++) sum += n[k]
                  if (sum >= want) { printf "%.1f", i / 4; exit }
              }
              printf "never" }' "$2"
}
# per_thousand: 429s of a thousand requests, both sides
per_thousand() {
    limited="$(field stats embed_limited) + $(field stats store_limited)"
    all="$(field stats embed_requests) + $(field stats upsert_requests)"
    number "1000 * ($limited) / ($all)" 1
}

# serve SECONDS OPTIONS...: a run against the present service
at_port=0 # any
serve() {
    limit=$1
    shift
    start_api --port "$at_port" --dim "$dim" --embed "$embed" --store "$store"
    # shellcheck disable=SC2046 # a list of words
    measured "$limit" "$BATCHTOP" "$docs" \
        $(against "$dim" qdrant+http) "$@"
    stop_api
}

# serve_fixed N: with that many of all, sets rate
serve_fixed() {
    fresh
    serve "$grid_seconds" --embed-workers "$1" --store-workers "$1" \
        --max-concurrent "$1"
    rate=$(stored "$skip" "$grid_seconds")
    rate=$(number "$rate / ($grid_seconds - $skip)" 0)
}

# best_of_grid: sets best_rate and best. Two in a row that bring no tenth more
# end it: the rest would bring none.
best_of_grid() {
    best_rate=0
    best=none
    flat=0
    for n in $grid; do
        serve_fixed "$n"
        flat=$((flat + 1))
        at_most "$rate" "$best_rate * 1.1" || flat=0
        at_most "$rate" "$best_rate" || {
            best_rate=$rate
            best=$n
        }
        [ "$flat" -lt 2 ] || break
    done
}

# How long the run had: less than it was given when it came to its end.
had() {
    if [ "$status" = 0 ]; then
        awk '$1 == "store" && $3 { t = ($2 + 1) / 4 } END { print t }' times
    else
        echo "$seek_seconds"
    fi
}

# The best once more, behind the default run: the machine may be another one by
# then. The lesser of both is what 90 % are counted of.
best_again() {
    serve_fixed "$best"
    least_rate=$best_rate
    keep_least least_rate "$rate"
    best_rate=$(number "($best_rate + $rate) / 2" 0)
}

one_service() {
    name=$1
    embed=$2
    store=$3
    dim=$4
    best_of_grid
    fresh
    serve "$seek_seconds"
    default_rate=$(number "$(stored 0 "$seek_seconds") / $(had)" 0)
    refusals=$(per_thousand)
    default_rss=$rss
    mv times ../cold_times
    at_port=$port # what was learned is kept by address
    serve "$seek_again_seconds" --new-job
    at_port=0
    mv times ../again_times
    best_again
    ratio=$(number "$best_rate / ($default_rate + 0.001)")
    cold=$(reached "$least_rate" ../cold_times)
    again=$(reached "$least_rate" ../again_times)
    echo "| $(echo "$name" | tr _ ' ') | $best | $best_rate | $default_rate \
| $ratio | $cold | $again | $refusals | $(number "$default_rss" 0) \
| $(date +%F) |" | tee "$results/10-seek/$name.md"
}

# The table of them: what was measured last of each.
seek_table() {
    echo "| service | best of \`$grid\` | its docs/s | default docs/s | ratio \
| 90 % after s | again after s | 429s in 1,000 | MiB | on |"
    echo "|---|---|---|---|---|---|---|---|---|---|"
    services | while read -r name _; do
        [ ! -e "$results/10-seek/$name.md" ] || cat "$results/10-seek/$name.md"
    done
}

# Columns of that table, from the left; the first is the service.
ratio_column=5 cold_column=6 again_column=7
# column N: what the services have in it
column() {
    seek_table | awk -F ' *[|] *' -v n="$(($1 + 1))" 'NR > 2 { print $n }'
}
# worst COLUMN [UNIT]: the largest of all services, "never" above any number
worst() {
    column "$1" | awk -v unit="${2+ $2}" '
        $1 == "never" { never = 1 }
        $1 + 0 > w { w = $1 }
        END { print never ? "never" : w + 0 unit }'
}
# within COLUMN LIMIT: "N of M"
within() {
    column "$1" | awk -v most="$2" '$1 != "never" && $1 <= most { n++ }
        END { printf "%d of %d", n, NR }'
}

row_seek() {
    docs=$(corpus plain "$seek_docs")
    [ -n "${SERVICE:-}" ] || rm -rf "$results/10-seek"
    mkdir -p "$results/10-seek"
    "${quick}services" | grep -E "${SERVICE:-.}" >"$work/services"
    while read -r name embed store dim; do
        one_service "$name" "$embed" "$store" "$dim" </dev/null
    done <"$work/services"
    row 10-seek-ratio "best fixed setting over the default run, worst service" \
        "$(worst $ratio_column) ($(within $ratio_column 1.25) within)" "1.25"
    row 11-seek-cold "time to 90 % of the best rate from a cold start" \
        "$(worst $cold_column s) ($(within $cold_column 10) within)" "10 s"
    row 12-seek-again "the same in the next run" \
        "$(worst $again_column s) ($(within $again_column 2) within)" "2 s"
}

# Refusals are rare behind the start: a minute, three services side by side.
refused_by() { # NAME SIDE: a default run in a folder and a shell of its own
    fresh_in "$1"
    embed=$2
    store=ms=5,spread=30
    dim=128
    serve "$refused_seconds"
    echo "$(per_thousand) $1" >>"$work/refused"
}
row_refused() {
    docs=$(corpus plain "$seek_docs")
    : >"$work/refused"
    (refused_by 8_at_once ms=50,spread=30,at_once=8) &
    (refused_by 600_rpm ms=50,spread=30,rpm=600) &
    (refused_by 6000_rpm ms=50,spread=30,rpm=6000) &
    wait
    row 13-refused "429s in a thousand requests of $refused_seconds s at \
undeclared limits" "$(sort -n "$work/refused" | tr '\n' ',' |
        sed 's/,$//; s/,/, /g; s/_/ /g')" "10"
}
