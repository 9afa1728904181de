#!/bin/sh
# The real Milvus 2.3.5, behind a facade for the routes of version 2 that it
# lacks, beside the real binary.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need curl
need pgrep
real_milvus
take_ports || skip_all "no block of ports is free"
start_milvus || {
    tail -n 3 milvus.log facade.log
    echo "Bail out! Milvus does not start"
    exit 1
}
plan 26

store() { # collection
    echo "milvus+http://127.0.0.1:$port/$1"
}
rpc() { # collection: over gRPC, without the facade
    echo "milvus+grpc://127.0.0.1:$milvus_port/$1"
}
corpus 2000 >corpus.jsonl
"$BATCHTOP" corpus.jsonl --job old --plain >log 2>&1 \
    --store "milvus+http://127.0.0.1:$milvus_port/docs"
status=$?
t "ST-24 a Milvus without version 2 of its interface: status 2" is $status 2
t "with what is needed" says log "Milvus 2.4 or newer is needed"
# One of Milvus' inner ports: it takes others where those are not free.
grpc=
for k in 2 3 4 5 6 7 8 9; do
    curl -s -m 2 "http://127.0.0.1:$((milvus_port + k))/" >/dev/null
    [ $? -eq 1 ] && grpc=$((milvus_port + k)) # curl: HTTP/0.9
done
"$BATCHTOP" corpus.jsonl --job grpc --plain >log 2>&1 \
    --store "milvus+http://127.0.0.1:${grpc:-1}/docs"
t "a port for gRPC is named" says log "is it a port for gRPC?"

"$BATCHTOP" corpus.jsonl --store "$(store docs)" --plain >log 2>&1
status=$?
t "a collection that is missing: status 2" is $status 2
t "--create makes it and every document is stored" \
    run corpus.jsonl --store "$(store docs)" --create
found() { # every id, once Milvus shows what was written
    "$BATCHTOP" verify corpus --sample 0 >log 2>&1 &&
        says log "asked for 2,000 ids, 0 missing"
}
t "ST-11 verify finds every id" wait_for found
"$BATCHTOP" search corpus "$text_77" -k 3 >hits 2>log
t "search finds what was meant" says hits doc-0000077
t "sent again, it is replaced" run corpus.jsonl --store "$(store docs)" \
    --new-job
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(store docs)"

{ corpus 100; awk 'BEGIN { printf "{\"id\":\"long\",\"text\":\""
    for (i = 0; i < 14000; i++) printf "word "
    print "\"}" }'; printf '%s\n' \
    '{"id":"inner","text":"x","metadata":{"o":{"n":9007199254740993}}}' \
    '{"id":"whole","text":"kept","metadata":{"n":9223372036854775807,"o":[1]}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$(store odd)" --create --json >sum 2>log
t "ST-20 what Milvus cannot hold fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "101 2"
"$BATCHTOP" failures odd --json >failed
t "before it is embedded" is "$(grep -c '"code":0' failed)" 2
t "a text is told with its length" says failed "70000 bytes"
record() { # of a collection
    curl -s "http://127.0.0.1:$port/v2/vectordb/entities/query" -d '{
        "collectionName":"'"${1:-odd}"'","filter":"id == \"whole\"",
        "outputFields":["text","n","o"]}' >record
    says record 9223372036854775807
}
t "metadata are dynamic fields, integers whole" wait_for record
t "lists, too" says record '[1]'

# ---- the same over gRPC alone ----

"$BATCHTOP" corpus.jsonl --job g --store "$(rpc gdocs)" --plain >log 2>&1
status=$?
t "over gRPC a collection that is missing: status 2" is $status 2
t "and --create is named" says log "--create makes it"
t "which makes it, and every document is stored" \
    run corpus.jsonl --job g --store "$(rpc gdocs)" --create
foundg() {
    "$BATCHTOP" verify g --sample 0 >log 2>&1 &&
        says log "asked for 2,000 ids, 0 missing"
}
t "ST-11 verify finds every id over gRPC" wait_for foundg
"$BATCHTOP" search g "$text_77" -k 3 >hits 2>log
t "search finds what was meant" says hits doc-0000077
"$BATCHTOP" corpus.jsonl --job otherg --store "$(rpc gdocs)" --dim 256 \
    --plain >log 2>&1
status=$?
t "ST-05 another dimension is refused before it costs" is $status 2
"$BATCHTOP" odd.jsonl --job oddg --store "$(rpc oddg)" --create --json \
    >sum 2>log
t "ST-20 what Milvus cannot hold fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "101 2"
recordg() {
    record oddg
}
t "metadata are dynamic fields, integers whole" wait_for recordg
t "an address of REST names the port for gRPC" run corpus.jsonl --job both \
    --store "$(store both)?grpc=$milvus_port" --create

# A collection that somebody else made, with fields of their own types.
PYTHONPATH=$milvus_home python3 - "$milvus_port" 2>made.log <<'END'
import sys
from pymilvus import (Collection, CollectionSchema, DataType, FieldSchema,
                      connections)
connections.connect(uri="http://127.0.0.1:" + sys.argv[1])
made = Collection("typed", CollectionSchema([
    FieldSchema("pk", DataType.VARCHAR, is_primary=True, max_length=64),
    FieldSchema("v", DataType.FLOAT_VECTOR, dim=384),
    FieldSchema("text", DataType.VARCHAR, max_length=200),
    FieldSchema("whole", DataType.INT64),
    FieldSchema("small", DataType.INT8),
    FieldSchema("real", DataType.DOUBLE),
    FieldSchema("single", DataType.FLOAT),
    FieldSchema("yes", DataType.BOOL),
    FieldSchema("any", DataType.JSON)], enable_dynamic_field=True))
made.create_index("v", {"metric_type": "COSINE", "index_type": "AUTOINDEX",
                        "params": {}})
made.load()
END
printf '%s\n' '{"id":"a","text":"one","metadata":{"whole":-9223372036854775808,"small":-128,"real":0.1,"single":0.5,"yes":true,"any":{"k":[1,null]},"extra":"x"}}' \
    '{"id":"b","text":"two","metadata":{"whole":"12","small":3,"real":5,"single":2,"yes":false,"any":{}}}' \
    '{"id":"c","text":"three","metadata":{"whole":1}}' >typed.jsonl
"$BATCHTOP" typed.jsonl --store "$(rpc typed)" --json >sum 2>log
t "fields take their types, and a record without one fails alone" is \
    "$(field sum stored) $(field sum failed)" "2 1"
"$BATCHTOP" failures typed --json >failed
t "before it is embedded" says failed 'no member \"small\"'
values() {
    PYTHONPATH=$milvus_home python3 - "$milvus_port" >values 2>values.log <<'END'
import sys
from pymilvus import Collection, connections
connections.connect(uri="http://127.0.0.1:" + sys.argv[1])
for row in Collection("typed").query(
        'pk in ["a", "b"]', output_fields=["whole", "small", "real", "single",
                                           "yes", "any", "extra", "text"],
        consistency_level="Strong"):
    print([row.get(name) if name != "single" else float(row[name])
           for name in ("pk", "whole", "small", "real", "single", "yes", "any",
                        "extra", "text")])
END
    cat >wanted <<'END'
['a', -9223372036854775808, -128, 0.1, 0.5, True, {'k': [1, None]}, 'x', 'one']
['b', 12, 3, 5.0, 2.0, False, {}, None, 'two']
END
    cmp values wanted
}
t "and Milvus shows each value as it was" values
