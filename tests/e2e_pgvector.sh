#!/bin/sh
# A whole run into the real pgvector: PGlite, which is PostgreSQL and pgvector
# in WebAssembly behind a socket. It has no COPY, so ?copy=no it is; COPY is
# tested against PostgreSQL itself by test_postgres. Fetches packages from npm,
# so only when it is asked for.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
[ -n "${BATCHTOP_REAL_SERVERS:-}" ] ||
    skip_all "BATCHTOP_REAL_SERVERS=1 runs it against the real pgvector"
need node
need npm
npm install --no-audit --no-fund @electric-sql/pglite-socket@0.2.17 \
    >npm.log 2>&1 || skip_all "npm cannot install pglite-socket"

port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => {
    console.log(s.address().port); s.close() })')
node node_modules/.bin/pglite-server -h 127.0.0.1 -p "$port" -m 10 \
    -e @electric-sql/pglite-pgvector:vector >pglite.log 2>&1 &
pids="$pids $!"
i=0
until grep -q 'listening on' pglite.log; do
    i=$((i + 1))
    [ $i -lt 300 ] || {
        echo "Bail out! pglite does not start"
        exit 1
    }
    sleep 0.2
done

plan 6
url="postgres://postgres@127.0.0.1:$port/postgres?table=docs&copy=no&sslmode=disable"
corpus 300 >docs.jsonl
t "the table and the extension are made, and everything is stored" \
    run docs.jsonl --store "$url" --create --timeout 30
t "all is there" is "$("$BATCHTOP" verify docs --sample 0)" \
    "asked for 300 ids, 0 missing"
"$BATCHTOP" search docs "topic 7919 and of nothing else" -k 3 >found 2>log
t "search answers by the distance that pgvector measures" says found doc-
t "with a score" grep -qE '^[01]\.[0-9]{4}  doc-' found
t "it goes again over the same rows" \
    run docs.jsonl --store "$url" --new-job --timeout 30
t "no other dimension gets in" sh -c "! '$BATCHTOP' docs.jsonl --store '$url' \
    --new-job --dim 128 --plain --timeout 30 >log 2>&1 &&
    grep -q 'holds vectors of 384 dimensions' log"
