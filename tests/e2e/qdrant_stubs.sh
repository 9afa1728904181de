#!/bin/sh
# Qdrant's gRPC as its own client's messages have it, beside the real binary: what
# we send is decoded by them, and compared with what we send over REST.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
need python3
real_qdrant_stubs
start_qdrant_stubs
plan 31

rest() { # path
    curl -s "http://127.0.0.1:$rest_port/$1"
}
seen() { # counter
    rest seen | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}
grpc() { # collection
    echo "qdrant+grpc://127.0.0.1:$port/$1"
}
both() { # collection, more options
    echo "qdrant+http://127.0.0.1:$rest_port/$1?${2:-grpc=$port}"
}
again() { # the server's options
    kill "$qdrant"
    wait "$qdrant" 2>/dev/null
    start_qdrant_stubs "$@"
}

{
    corpus 2000
    cat <<'LINES'
{"id":"6BA7B810-9DAD-11D1-80B4-00C04FD430C8","text":"a UUID in capitals"}
{"id":17,"text":"a number for an id"}
{"id":"18","text":"a text of digits"}
{"id":123456789012345678901,"text":"a large number"}
{"id":"gr\u00fc\u00df \"q\" \\","text":"\u00fc \ud83d\ude00 \"quoted\" \\ \u0000 \n end"}
{"id":"kinds","text":"x","metadata":{"i":1,"f":1.0,"e":1e3,"neg":-5,"big":9223372036854775807,"small":-9223372036854775808,"x":1.10,"t":true,"n":null,"s":"","u":"\u4e2d"}}
{"id":"nested","text":"x","metadata":{"l":[1,2.5,"a",null,[true,[]],{}],"o":{"p":{"q":[{"r":null}]}},"":"no name","a\u0062c":1}}
{"id":"no object","text":"x","metadata":[1,{"a":2}]}
LINES
} >corpus.jsonl
t "--create makes the collection and every document is stored" \
    run corpus.jsonl --store "$(grpc docs)" --create
t "its client's messages read them all" is "$(seen points)" 2008
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "ST-11 verify finds every id" says log "asked for 2,008 ids, 0 missing"
"$BATCHTOP" search corpus "$text_77" -k 3 >found \
    2>log
t "search finds as many as were asked for" is "$(wc -l <found)" 3
t "the nearest is the one that was meant" says found doc-0000077
t "how the vectors were made is kept" sh -c \
    'curl -s "$1/collections/docs" | grep -q "\"embed\": \"local\""' sh \
    "http://127.0.0.1:$rest_port"
run corpus.jsonl --store "$(grpc docs)" --new-job
t "sent again, nothing is there twice" sh -c \
    'curl -s "$1/collections/docs" | grep -q "\"points_count\": 2008"' sh \
    "http://127.0.0.1:$rest_port"
t "the same over REST" run corpus.jsonl --job json --create \
    --store "$(both json format=json)"
rest dump/docs >by_grpc
rest dump/json >by_rest
t "and both have the same points, to the kind of each number" cmp by_grpc by_rest
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(grpc docs)"
t "with both dimensions named" says log \
    "holds vectors of 384 dimensions, the embedder gives 256"
"$BATCHTOP" corpus.jsonl --job none --store "$(grpc none)" --plain >log 2>&1
t "a collection that is missing is told" says log "--create makes it"
"$BATCHTOP" corpus.jsonl --job rest --plain >log 2>&1 \
    --store "qdrant+grpc://127.0.0.1:$rest_port/docs"
t "GR-04 the port of REST is told from that of gRPC" says log \
    "no gRPC is spoken there"

cp corpus.jsonl odd.jsonl
cat <<'LINES' >>odd.jsonl
{"id":"u64","text":"x","metadata":{"n":18446744073709551615}}
LINES
"$BATCHTOP" odd.jsonl --store "$(grpc odd)" --create --json >sum 2>log
t "GR-06 what a message would change fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "2008 1"
before=$(seen points)
t "GR-06 beside REST all are stored" run odd.jsonl --job both --create \
    --store "$(both both)"
t "but one of them over gRPC" is "$(($(seen points) - before))" 2008
rest dump/both >by_both
t "and it is a whole number there" sh -c "grep -q '\"18446744073709551615\"' by_both"

again key=s3cret
STORE_KEY=wrong "$BATCHTOP" corpus.jsonl --job key --store "$(grpc docs)" \
    --create --store-key-env STORE_KEY --plain >log 2>&1
t "a wrong key is told before it costs" says log "gRPC UNAUTHENTICATED"
export STORE_KEY=s3cret
t "the right one is taken" run corpus.jsonl --job key --store "$(grpc docs)" \
    --create --store-key-env STORE_KEY
again limit=200000
t "GR-02 a message above the server's limit is sent in parts" run corpus.jsonl \
    --job limit --store "$(grpc docs)" --create --store-batch 1000
t "each within it" [ "$(seen largest)" -le 200000 ]
again strict=50
t "ST-17 so is one with too many points" run corpus.jsonl --job strict \
    --store "$(grpc docs)" --create --store-batch 1000
again fail=14,2 say='Shard unavailable'
t "GR-01 what is unavailable for a moment is asked again" run corpus.jsonl \
    --job soon --store "$(grpc docs)" --create
again fail=8,3 retry=1 say='Write rate limit exceeded'
t "GR-01 so is what limits the rate" run corpus.jsonl --job rate \
    --store "$(grpc docs)" --create
again age=300
corpus 20000 >many.jsonl
t "GR-05 connections that are told to go lose nothing" run many.jsonl \
    --job age --store "$(grpc docs)" --create --store-batch 50
t "all is there" [ "$(seen points)" -ge 20000 ]

# The port beside 6333 is Qdrant's own, and then another Qdrant's.
usual=qdrant+http://127.0.0.1:6333/docs
if take_usual_ports 6333 6334; then
    again rest=6333 port=6334
    t "GR-09 a guessed port is proven" run corpus.jsonl --job guess --create \
        --store "$usual" --store-batch 100 --store-workers 1
    t "by the first request over REST alone" sh -c \
        '[ "$1" -ge 1 ] && [ "$1" -le 100 ] && [ $(($1 + $2)) -eq 2008 ]' sh \
        "$(seen json)" "$(seen points)"
    again rest=6333
    start_qdrant_stubs port=6334
    curl -s -X PUT "http://127.0.0.1:$rest_port/collections/docs" \
        -d '{"vectors":{"size":384,"distance":"Cosine"}}' >/dev/null
    t "GR-09 another Qdrant is told from it" run corpus.jsonl --job strange \
        --create --store "$usual" --store-batch 100 --store-workers 1
    t "and gets no point" is "$(seen points) $(rest_port=6333 seen json)" \
        "0 2008"
else
    for why in 1 2 3 4; do
        n=$((n + 1))
        echo "ok $n # SKIP 6333 or 6334 is taken ($why)"
    done
fi

if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
        -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
        >openssl.log 2>&1
    again tls=key.pem,cert.pem
    t "SE-07 TLS is spoken, and its authority checked" run corpus.jsonl \
        --job tls --create --cacert cert.pem \
        --store "qdrant+grpcs://127.0.0.1:$port/docs"
else
    n=$((n + 1))
    echo "ok $n # SKIP openssl is missing"
fi
