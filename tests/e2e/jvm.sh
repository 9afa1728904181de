#!/bin/sh
# Real Elasticsearch and OpenSearch servers beside the real binary, one after
# the other: about a minute each, and another one for Maven to fetch the 50 MB
# the first time. Two of them, all four with BATCHTOP_REAL_SERVERS=all, or those
# that BATCHTOP_JVM_SERVERS names.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
real_jvm
named="elasticsearch-9 opensearch-2"
[ "$BATCHTOP_REAL_SERVERS" != all ] ||
    named=$(sh "$top/tests/support/servers/jvm_server.sh" list)
named=${BATCHTOP_JVM_SERVERS-$named}
[ -n "$named" ] || skip_all "BATCHTOP_JVM_SERVERS names none"

ask() { # METHOD PATH [BODY]: what it answers
    curl -s -m 60 -X "$1" -H 'Content-Type: application/json' \
        "http://127.0.0.1:$port$2" ${3:+-d "$3"}
}
setting() { # of the cluster, and its value
    ask PUT /_cluster/settings "{\"persistent\":{\"$1\":$2}}" >/dev/null
}
count() { # index
    ask POST "/$1/_refresh" >/dev/null
    ask GET "/$1/_count" | sed -n 's/.*"count":\([0-9]*\).*/\1/p'
}
has() { # index, records at least
    [ "$(count "$1")" -ge "$2" ] 2>/dev/null
}
stop_server() {
    kill "$jvm"
    wait_for gone "$jvm"
}
gone() { ! kill -0 "$1" 2>/dev/null; }

tests_each=23
plan $(($(echo $named | wc -w) * tests_each))

# What must end with status 2 and these words, before anything is embedded.
refused() { # index, words, options...
    index=$1 words=$2
    shift 2
    "$BATCHTOP" corpus.jsonl --new-job --job refused --plain \
        --store "$(url "$index")" "$@" >log 2>&1
    is $? 2 && says log "$words"
}
url() { echo "$product+http://127.0.0.1:$port/$1"; } # index
whole() { # status, stored, failed of the last summary
    echo "$1 $(field sum stored) $(field sum failed)"
}

against() {
    of=$1 product=${1%-*} before=$n
    start_jvm "$of"
    case $? in
    0) everything ;;
    77) ;;
    *) t "$of starts: $line" false ;;
    esac
    while [ $n -lt $((before + tests_each)) ]; do
        t "$of # SKIP $line" true
    done
}

# Every test's name has the server's.
everything() {
    stores
    quotes
    closed
    blocked
    breaker
    stop_server
    start_jvm "$of" thread_pool.write.size=1 \
        thread_pool.write.queue_size=1 \
        indexing_pressure.memory.limit=300kb || return
    pressed
    stop_server
}

stores() {
    t "ST-05 $of: an index that is missing" refused docs "--create makes it"
    t "$of: --create makes it and every document is stored" \
        run corpus.jsonl --job "$of" --store "$(url docs)" --create
    t "$of counts them" is "$(count docs)" 3000
    "$BATCHTOP" verify "$of" --sample 0 >log 2>&1
    t "ST-11 $of: verify finds every id" says log \
        "asked for 3,000 ids, 0 missing"
    "$BATCHTOP" search "$of" "$text_77" -k 3 \
        >found 2>log
    t "$of: search finds as many as were asked for" is "$(wc -l <found)" 3
    t "$of: the nearest is the one that was meant" says found doc-0000077
    run corpus.jsonl --job "$of" --store "$(url docs)" --new-job
    t "$of: sent again, nothing is there twice" is "$(count docs)" 3000
    t "ST-05 $of: another dimension is refused before it costs" \
        refused docs "384 dimensions" --dim 256
    t "ST-31 $of: a name that the server refuses" \
        refused Upper "must be lowercase" --create
}

# An index of ours, whose metadata has a date in it.
dated() {
    case $product in
    elasticsearch) ask PUT /quotes '{"mappings":{"properties":{
        "embedding":{"type":"dense_vector","dims":384,"similarity":"cosine"},
        "metadata":{"properties":{"when":{"type":"date"}}}}}}' ;;
    *) ask PUT /quotes '{"settings":{"index.knn":true},"mappings":{
        "properties":{"embedding":{"type":"knn_vector","dimension":384,
        "method":{"name":"hnsw","engine":"lucene",
        "space_type":"cosinesimil"}},
        "metadata":{"properties":{"when":{"type":"date"}}}}}}' ;;
    esac >/dev/null
}
# An id and a date with the words of other faults.
quotes() {
    long=$(printf '%500s' '' | tr ' ' x)
    { corpus 300
      printf '{"id":"%s","text":"flood stage","metadata":{"when":"%s"}}\n' \
          q "index_closed_exception, number of dimensions" \
          "$long" "blocked by: [TOO_MANY_REQUESTS/12/disk flood-stage"
    } >quotes.jsonl
    dated
    "$BATCHTOP" quotes.jsonl --job "q-$of" --store "$(url quotes)" \
        --json >sum 2>log
    t "ST-34 $of: what a document quotes fails it alone" is "$(whole $?)" \
        "1 300 2"
    "$BATCHTOP" failures "q-$of" >failures.txt
    t "ST-34 $of: with its cause, however long the id" is \
        "$(grep -c "parse date field\|with all enclosed" failures.txt)" 2
    { corpus 300
      echo '{"id":"flat","text":"t","metadata":"no object"}'
    } >flat.jsonl
    "$BATCHTOP" flat.jsonl --job "f-$of" --store "$(url docs)" --json \
        >sum 2>log
    t "$of: metadata that is no object is known before it is paid" is \
        "$(whole $?) $(field sum embedded)" "1 300 1 300"
}

closed() {
    ask POST /docs/_close >/dev/null
    t "ST-31 $of: a closed index is told before it costs" refused docs \
        "is closed: open it"
    ask POST /docs/_open >/dev/null
}

block() { # index, block, true or null
    ask PUT "/$1/_settings" "{\"index.blocks.$2\":$3}" >/dev/null
}
blocked() {
    for kind in write read_only read_only_allow_delete; do
        block docs $kind true
        t "ST-32 $of: index.blocks.$kind is told" refused docs \
            "its setting index.blocks.$kind is true"
        block docs $kind null
    done
    # It takes seven seconds at least: it is blocked while it runs.
    "$BATCHTOP" corpus.jsonl --job "m-$of" --store "$(url mid)" --create \
        --rpm 240 --embed-batch 100 --hold-limit 10m --json >sum 2>log &
    job=$!
    pids="$pids $job"
    wait_for has mid 500
    block mid write true
    t "ST-32 $of: blocked in mid-run, the stage holds" \
        wait_for grep -q "holds: index .mid. blocked by" log
    block mid write null
    "$BATCHTOP" ctl "m-$of" resume >/dev/null 2>&1
    wait "$job"
    t "ST-32 $of: unblocked and resumed, the run ends" is "$(whole $?)" \
        "0 3000 0"
    t "ST-32 $of: with every document" is "$(count mid)" 3000
}

# Elasticsearch 9 reads a bulk piece by piece, and needs no breaker for it.
breaker() {
    setting network.breaker.inflight_requests.limit '"200kb"'
    "$BATCHTOP" small.jsonl --job "s-$of" --store "$(url small)" --create \
        --store-batch 500 --json >sum 2>log
    t "ST-33 $of: requests get as small as the breaker wants" is \
        "$(whole $?)" "0 1000 0"
    setting network.breaker.inflight_requests.limit null
}

# 300 kB may be under way, one request may wait.
pressed() {
    "$BATCHTOP" small.jsonl --job "p-$of" --store "$(url pressed)" --create \
        --store-batch 500 --store-workers 1 --json >sum 2>log
    t "ST-33 $of: requests get as small as indexing pressure wants" is \
        "$(whole $?)" "0 1000 0"
    "$BATCHTOP" small.jsonl --job "w-$of" --store "$(url queue)" --create \
        --store-batch 20 --store-workers 8 --json >sum 2>log
    t "ST-30 $of: a queue that is full is waited for" is "$(whole $?)" \
        "0 1000 0"
    t "ST-30 $of: with few requests" test "$(field sum requests)" -lt 500
}

corpus 3000 >corpus.jsonl
corpus 1000 >small.jsonl
for each in $named; do
    against "$each"
done
