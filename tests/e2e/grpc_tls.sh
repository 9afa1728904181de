#!/bin/sh
# gRPC with TLS to every store that has it, each with REST at the same address:
# a front of TLS before fakeapi, whose authority --cacert names.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
need curl
need python3
need openssl
openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
    >openssl.log 2>&1 || skip_all "openssl makes no certificate"
corpus 500 >corpus.jsonl

begin() { # starts both, sets at
    start_api --dim 384
    : >front.out
    python3 "$top/tests/support/servers/tls_front.py" key.pem cert.pem \
        "$port" >front.out 2>front.log &
    pids="$pids $!"
    wait_for grep -q "^port" front.out
    at=127.0.0.1:$(sed -n 's/^port //p' front.out)
}
place() { # store, scheme
    case $1 in
    weaviate) echo "weaviate+$2://$at/Docs$([ "$2" = https ] ||
        echo "?rest=${at#*:}")" ;;
    pinecone) echo "pinecone+$2://$at/ns" ;;
    *) echo "$1+$2://$at/docs" ;;
    esac
}
kept() {
    curl -s "http://127.0.0.1:$port/control/stats" >stats
    field stats distinct
}

"$FAKEAPI" --help | grep -q gRPC ||
    skip_all "fakeapi was built without libnghttp2"
plan 14
for store in weaviate pinecone milvus qdrant; do
    begin
    t "SE-07 $store: TLS is spoken, and vectors go over gRPC" run corpus.jsonl \
        --job "$store" --create --cacert cert.pem \
        --store "$(place $store grpcs)"
    t "$store: all are stored" is "$(kept)" 500
    begin
    "$BATCHTOP" corpus.jsonl --job "$store-no" --create --plain \
        --store "$(place $store grpcs)" --outage-limit 1s >log 2>&1
    t "SE-07 $store: another's certificate is refused" is "$? $(kept)" "2 0"
done
# Where REST has TLS, gRPC is likely at the same address: no proof is needed.
for store in pinecone milvus; do
    begin
    run corpus.jsonl --job "$store-likely" --create --cacert cert.pem \
        --store "$(place $store https)"
    t "$store: gRPC is taken at the address of REST" says log \
        "vectors go over gRPC, port ${at#*:} (?format=json"
done
