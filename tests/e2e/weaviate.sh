#!/bin/sh
# The real Weaviate 1.35.2 beside the real binary.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
need python3
real_weaviate
export LOG_LEVEL=debug # it writes down each request
take_ports || skip_all "no block of ports is free"
start_weaviate || {
    tail -n 3 "weaviate-$port.log"
    echo "Bail out! Weaviate does not start"
    exit 1
}
plan 46

root=http://127.0.0.1:$port/v1
store() { # class, with options
    echo "weaviate+http://127.0.0.1:$port/$1"
}
post() { # path, JSON
    curl -s -H 'Content-Type: application/json' "$root/$1" -d "$2"
}
count() { # class, with (tenant:..) perhaps
    post graphql "{\"query\":\"{Aggregate{$1{meta{count}}}}\"}" |
        sed -n 's/.*"count":\([0-9]*\).*/\1/p'
}
reaches() { # class, objects
    [ "$(count "$1")" -ge "$2" ] 2>/dev/null
}
object() { # class, record's id, properties
    is="operator:Equal,valueText:\\\"$2\\\""
    where="where:{path:[\\\"doc_id\\\"],$is}"
    post graphql "{\"query\":\"{Get{$1($where){$3}}}\"}"
}

# All objects of a class: ids, properties and vectors, in the order of ids.
objects() { # class
    curl -s "$root/objects?class=$1&limit=9000&include=vector" | python3 -c '
import json, sys
for o in sorted(json.load(sys.stdin)["objects"], key=lambda o: o["id"]):
    print(o["id"], json.dumps(o["properties"], sort_keys=True), o["vector"])'
}
grpc() { # class, with more options
    store "$1?grpc=$((port + 1))${2:-}"
}

corpus 3000 >corpus.jsonl
"$BATCHTOP" corpus.jsonl --store "$(store docs)" --plain >log 2>&1
status=$?
t "a class that is missing ends the run before it embeds: status 2" \
    is $status 2
t "--create makes it and every document is stored" \
    run corpus.jsonl --store "$(store docs)" --create
t "Weaviate counts them" is "$(count Docs)" 3000
before=$(grep -c '"Path":"/v1/graphql"' "weaviate-$port.log")
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "ST-11 verify finds every id" says log "asked for 3,000 ids, 0 missing"
t "with 6 questions for 500 ids each" is "$(
    grep -c '"Path":"/v1/graphql"' "weaviate-$port.log") $(
    grep -c '"Path":"/v1/objects/Docs/' "weaviate-$port.log")" "$((before + 6)) 0"
curl -s -X DELETE -H 'Content-Type: application/json' "$root/batch/objects" \
    -d '{"match":{"class":"Docs","where":{"path":["doc_id"],
        "operator":"Equal","valueText":"doc-0000001"}}}' >/dev/null
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "and one that was removed is asked for alone" is "$(
    grep -c "3,000 ids, 1 missing" log) $(
    grep -c '"Path":"/v1/objects/Docs/' "weaviate-$port.log")" "1 1"
"$BATCHTOP" search corpus "$text_77" -k 3 >found \
    2>log
t "search finds as many as were asked for" is "$(wc -l <found)" 3
t "the nearest is the one that was meant" says found doc-0000077
object Docs doc-0000042 "text n" >record
t "metadata are properties beside the text" sh -c \
    'grep -q "the 42 th document" record && grep -q "\"n\":42" record'
run corpus.jsonl --store "$(store docs)" --new-job
t "sent again, nothing is there twice" is "$(count Docs)" 3000
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(store docs)"
t "with both dimensions named" says log \
    "holds vectors of 384 dimensions, the embedder gives 256"

{ corpus 500; printf '%s\n' \
    '{"id":"text","text":"the text","metadata":{"Text":"another"}}' \
    '{"id":"twins","text":"x","metadata":{"pos":1,"Pos":2}}' \
    '{"id":"own","text":"x","metadata":{"Doc_id":"other"}}' \
    '{"id":"dash","text":"x","metadata":{"a-b":1}}' \
    '{"id":"round","text":"x","metadata":{"big":9007199254740993}}' \
    '{"id":"lists","text":"x","metadata":{"l":[[1]]}}' \
    '{"id":"mixed","text":"x","metadata":{"l":[1,"a"]}}' \
    '{"id":"inner","text":"x","metadata":{"o":{"a b":1}}}' \
    '{"id":"kept","text":"x","metadata":{"Title":"T","vector":1,"o":{"A":1}}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$(store odd)" --create --json >sum 2>log
t "ST-21 what Weaviate would lose or refuse fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "501 8"
"$BATCHTOP" failures odd --json >failed
t "before it is embedded: none was refused by the server" is \
    "$(grep -c '"code":0' failed)" 8
object Odd kept "text title vector" >record
t "a capital is lowered and kept" says record '"title":"T"'
"$BATCHTOP" odd.jsonl --job oddgrpc --store "$(grpc oddgrpc)" --create \
    --json >sum 2>log
t "over gRPC the same documents are stored" is \
    "$(field sum stored) $(field sum failed)" "501 8"
objects Odd >rest
objects Oddgrpc >grpc
t "with the same properties and vectors" sh -c '
    [ "$(wc -l <grpc)" -eq 501 ] && cmp rest grpc'
{ corpus 200; printf '%s\n' \
    '{"id":"deep","text":"\ud83d\ude00\n","metadata":{"o":{"n":[1,2.5],"s":["a"],
        "b":[true],"e":[],"o":{"t":"\u00e4","none":null,"l":[{"x":1},{"x":2}]}}}}' |
    tr -d '\n'; echo; echo \
    '{"id":"flat","text":"y","metadata":{"m":[-0.5e3],"s":["\"",""],"z":null}}'
} >deep.jsonl
run deep.jsonl --job deepr --store "$(store Deep)" --create
run deep.jsonl --job deepg --store "$(grpc Deepgrpc)" --create
objects Deep >rest
objects Deepgrpc >grpc
t "lists and objects within objects, too" sh -c '
    [ "$(wc -l <grpc)" -eq 202 ] && grep -q "\"x\": 2" grpc && cmp rest grpc'
t "as one text all of it is stored" run retry odd \
    --store "$(store odd)?metadata=json"
t "ST-21 our refusal is right: Weaviate loses a text so" is "$(
    post batch/objects '{"objects":[{"class":"Odd","id":
        "00000000-0000-0000-0000-0000000000aa","properties":{"doc_id":"raw",
        "text":"first","Text":"second"},"vector":['"$(seq -s , 384)"']}]}' |
        grep -c SUCCESS) $(object Odd raw text | grep -o "first\|second" |
            wc -l)" "1 1" # either of them, by chance

post schema '{"class":"Rented","vectorizer":"none",
    "multiTenancyConfig":{"enabled":true}}' >/dev/null
"$BATCHTOP" corpus.jsonl --job rent --store "$(store 'Rented?tenant=me')" \
    --plain >log 2>&1
status=$?
t "ST-22 a tenant that is missing: status 2" is $status 2
t "and --create is named" says log "has no tenant me; --create makes it"
t "which makes it" run corpus.jsonl --job rent --create \
    --store "$(store 'Rented?tenant=me')"
t "the documents are the tenant's" is "$(count 'Rented(tenant:\"me\")')" 3000
curl -s -X PUT -H 'Content-Type: application/json' \
    "$root/schema/Rented/tenants" \
    -d '[{"name":"me","activityStatus":"COLD"}]' >/dev/null
"$BATCHTOP" corpus.jsonl --job cold --store "$(store 'Rented?tenant=me')" \
    --plain >log 2>&1
status=$?
t "one that sleeps: status 2" is $status 2
t "with what it is" says log "is COLD: activate it"

corpus 30000 >many.jsonl
"$BATCHTOP" many.jsonl --store "$(store 'Rented?tenant=gone')" --create \
    --store-batch 50 --store-workers 2 --hold-limit 1s --json >sum 2>log &
run=$!
pids="$pids $run"
wait_for reaches 'Rented(tenant:\"gone\")' 200
curl -s -X DELETE -H 'Content-Type: application/json' \
    "$root/schema/Rented/tenants" -d '["gone"]' >/dev/null
wait "$run"
status=$?
t "ST-22 a tenant that is lost in mid-run holds, and fails no document" is \
    "$status $(field sum failed)" "3 0"
# Until the tenant is gone, its shard says "closed".
t "with its name as the reason" grep -q 'tenant not found: .*gone\|closed' sum

post schema/Rented/tenants '[{"name":"gone"}]' >/dev/null
"$BATCHTOP" many.jsonl --job gone --store "$(grpc Rented '&tenant=gone')" \
    --store-batch 50 --store-workers 2 --hold-limit 1s --json >sum 2>log &
run=$!
pids="$pids $run"
wait_for reaches 'Rented(tenant:\"gone\")' 200
curl -s -X DELETE -H 'Content-Type: application/json' \
    "$root/schema/Rented/tenants" -d '["gone"]' >/dev/null
wait "$run"
status=$?
t "ST-22 over gRPC, too" is "$status $(field sum failed)" "3 0"
run corpus.jsonl --job namedg --create \
    --store "$(grpc Namedg '&vector=title&text=Body')"
t "over gRPC a named vector is used" is \
    "$(curl -s "$root/objects?class=Namedg&limit=1&include=vector" |
        grep -c '"vectors":{"title":\[')" 1
t "an address of gRPC needs REST beside it" run corpus.jsonl --job alone \
    --create --store "weaviate+grpc://127.0.0.1:$((port + 1))/Alone?rest=$port"
t "and stores all" is "$(count Alone)" 3000
run corpus.jsonl --job norest \
    --store "weaviate+grpc://127.0.0.1:$((port + 1))/Alone?rest=1" \
    --outage-limit 1s
t "without it the port is asked for" says log "?rest=N in the URL"
t "GR-04 REST's port is none for gRPC" sh -c '
    "$1" corpus.jsonl --job noport --store "$2" --create --hold-limit 1s \
        --plain >log 2>&1
    grep -q "no gRPC is spoken there" log' sh "$BATCHTOP" \
    "$(store "Noport?grpc=$port")"

t "--create makes the vector that the URL names" run corpus.jsonl --job named \
    --create --store "$(store 'Named?vector=title&text=Body')"
t "and uses it" is "$(curl -s "$root/schema/Named" |
    grep -c '"vectorConfig":{"title"')" 1
"$BATCHTOP" search named "$text_77" -k 1 >found \
    2>log
t "search reads the text where it is" says found "the 77 th document"

corpus 9000 >hour.jsonl
"$BATCHTOP" hour.jsonl --store "$(store hour)" --create --store-batch 100 \
    --store-workers 1 --json >sum 2>log &
run=$!
pids="$pids $run"
wait_for reaches Hour 500
kill -9 "$weaviate"
wait "$weaviate" 2>/dev/null
sleep 1
start_weaviate
t "a server that dies and comes back ends no run" wait "$run"
t "every document is stored" is "$(field sum stored) $(count Hour)" "9000 9000"
"$BATCHTOP" verify hour --sample 0 >log 2>&1
t "and verify finds every id" says log "asked for 9,000 ids, 0 missing"

"$BATCHTOP" hour.jsonl --job hourg --store "$(grpc Hourg)" --create \
    --store-batch 100 --store-workers 1 --json >sum 2>log &
run=$!
pids="$pids $run"
wait_for reaches Hourg 500
kill -9 "$weaviate"
wait "$weaviate" 2>/dev/null
sleep 1
start_weaviate
t "over gRPC neither" wait "$run"
t "and every document is stored" is "$(field sum stored) $(count Hourg)" \
    "9000 9000"

# The port beside 8080 is this Weaviate's own, and then another one's.
if take_usual_ports 8080 50051; then
    root=http://127.0.0.1:8080/v1
    kill "$weaviate"
    wait "$weaviate" 2>/dev/null
    start_weaviate 8080 50051
    "$BATCHTOP" corpus.jsonl --job guess --create --store-batch 100 \
        --store weaviate+http://127.0.0.1:8080/Guess --json >sum 2>log
    t "GR-09 a guessed port is proven by an object's time" sh -c '
        [ "$1" -eq 3000 ] && ! grep -q "does not show" log' sh "$(count Guess)"
    "$BATCHTOP" corpus.jsonl --job rest --create --store-batch 100 \
        --store "weaviate+http://127.0.0.1:8080/Rest?format=json" \
        --json >sum2 2>log
    t "and vectors are binary" [ "$(field sum sent_bytes)" -lt \
        $(($(field sum2 sent_bytes) * 3 / 4)) ]
    kill "$weaviate"
    wait "$weaviate" 2>/dev/null
    start_weaviate 8080
    port=$((port + 10))
    start_weaviate "$port" 50051
    for at in 8080 "$port"; do
        root=http://127.0.0.1:$at/v1
        post schema '{"class":"Twins","vectorizer":"none"}' >/dev/null
    done
    t "GR-09 another Weaviate on that port is told from it" run corpus.jsonl \
        --job twins --store weaviate+http://127.0.0.1:8080/Twins \
        --store-batch 100
    others=$(count Twins)
    root=http://127.0.0.1:8080/v1
    t "and gets no object" is "$(count Twins) $others" "3000 0"
else
    for port in REST gRPC REST gRPC; do
        n=$((n + 1))
        echo "ok $n # SKIP the usual port of $port is taken"
    done
fi
