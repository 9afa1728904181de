#!/bin/sh
# The real PostgreSQL 16 with the real pgvector, from PyPI, beside the real
# binary: COPY, types, schemas and indexes.
top=$(cd "${srcdir:-.}" && pwd)
# shellcheck source=tests/support/lib.sh
. "$top/tests/support/lib.sh"
# shellcheck source=tests/support/servers/real_servers.sh
. "$top/tests/support/servers/real_servers.sh"
need psql
need setpriv
real_postgres
start_postgres || {
    echo "Bail out! PostgreSQL does not start"
    exit 1
}
plan 24

ask() { # SQL
    psql -qAt -h 127.0.0.1 -p "$port" -U postgres -c "$1" 2>&1
}
at() { # table
    echo "postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable&table=$1"
}
type_of() { # table
    ask "select format_type(atttypid, atttypmod) from pg_attribute
        where attrelid = '$1'::regclass and attname = 'embedding'"
}

corpus 3000 >docs.jsonl
t "the table and the extension are made, and everything is stored by COPY" \
    run docs.jsonl --store "$(at docs)" --create
t "PostgreSQL counts it" is "$(ask 'select count(*) from docs')" 3000
t "all is there" is "$("$BATCHTOP" verify docs --sample 0)" \
    "asked for 3,000 ids, 0 missing"
"$BATCHTOP" search docs "$text_77" -k 3 >found 2>log
t "search finds what was meant" says found doc-0000077
t "with a score" grep -qE '^[01]\.[0-9]{4}  doc-' found
"$BATCHTOP" search --store "$(at docs)" --embed openai:x \
    --checkpoint-dir none "a query" >log 2>&1
t "EM-43 how they were made is kept with the table" says log \
    'were made with "local"'
ask "comment on table docs is 'of somebody else'"
run docs.jsonl --store "$(at docs)" --new-job
t "EM-43 a comment of somebody else stays" is \
    "$(ask "select obj_description('docs'::regclass)")" "of somebody else"
t "EM-43 and that is said" says log "table docs has a comment already"
t "it goes again over the same rows, without COPY" \
    run docs.jsonl --store "$(at docs)&copy=no" --new-job
t "and nothing is there twice" is "$(ask 'select count(*) from docs')" 3000
t "ST-05 no other dimension gets in" sh -c "! '$BATCHTOP' docs.jsonl \
    --store '$(at docs)' --new-job --dim 128 --plain >log 2>&1 &&
    grep -q 'holds vectors of 384 dimensions' log"

{ corpus 20; printf '%s\n' '{"id":"nul","text":"a\u0000b"}'; } >nul.jsonl
"$BATCHTOP" nul.jsonl --store "$(at nul)" --create --json >sum 2>log
t "ST-20 a NUL fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "20 1"

corpus 50 >few.jsonl
run few.jsonl --embed hash --store "$(at wide)" --create --dim 2001 --new-job
t "ST-25 above 2,000 dimensions --create makes what can be indexed" is \
    "$(type_of wide)" "halfvec(2001)"
t "and says so" says log "of half precision"
t "an index on it is possible" is "$(ask \
    'create index on wide using hnsw (embedding halfvec_cosine_ops)')" ""
run few.jsonl --embed hash --store "$(at wider)" --create --dim 4001 --new-job
t "above 4,000 it says that none is" says log \
    "no index is possible above 4000"
t "and stores the vectors whole" is "$(type_of wider)" "vector(4001)"

ask 'create index slow on docs using hnsw (embedding vector_cosine_ops)'
run few.jsonl --store "$(at docs)" --new-job
t "ST-25 an index that is there already is told at the start" says log \
    "hnsw index slow, which slows filling"
ask 'drop index slow'
ask 'create index other on docs using hnsw (embedding vector_l2_ops)'
run few.jsonl --store "$(at docs)" --new-job
t "an index of another distance is told" says log \
    "index other is for vector_l2_ops, not for cosine"
ask 'drop index other'
run few.jsonl --store "$(at docs)" --new-job
t "without one nothing is said" sh -c '! grep -q "index" log'

ask 'drop extension vector cascade'
ask 'create schema extensions; create extension vector schema extensions'
t "ST-25 pgvector in a schema off the path is found" \
    run few.jsonl --store "$(at elsewhere)" --create --new-job
t "and used" is "$(type_of elsewhere)" "extensions.vector(384)"
"$BATCHTOP" search few "the 7 th document" -k 1 --store "$(at elsewhere)" \
    >found 2>log
t "for search, too" says found doc-0000007
t "--create makes a halfvec there, too" sh -c '
    "$1" few.jsonl --embed hash --store "$2" --create --new-job --dim 3072 >log 2>&1' \
    sh "$BATCHTOP" "$(at far)"
