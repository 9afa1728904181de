#!/bin/sh
# The words that a model wants before a text, through the whole program.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need curl
plan 44

refuses() { # status, words, arguments: without a screen
    want=$1 words=$2
    shift 2
    "$BATCHTOP" "$@" >log 2>&1
    is $? "$want" && says log "$words"
}
vectors() { # of a store, by id
    sqlite3 "$1" 'SELECT id, hex(embedding) FROM documents ORDER BY id'
}
same_vectors() {
    vectors "$1" >a
    vectors "$2" >b
    [ -s a ] && cmp a b
}

start_api --dim 8
url=http://127.0.0.1:$port
nomic="--embed ollama:nomic-embed-text --embed-url $url"
corpus 300 >c.jsonl
sed 's/"text":"/&search_document: /' c.jsonl >with.jsonl

# --- known models -------------------------------------------------------------

"$BATCHTOP" plan c.jsonl $nomic >log 2>&1
t "EM-40 the plan says what a known model wants" says log \
    'doc-prefix         "search_document: "   known of the model'
t "EM-40 and counts it among the tokens" [ \
    "$("$BATCHTOP" plan c.jsonl $nomic --json >p; field p tokens)" -gt \
    "$("$BATCHTOP" plan c.jsonl $nomic --doc-prefix "" --json >p; field p tokens)" ]
t "a corpus is embedded by it" run c.jsonl $nomic
t "EM-40 the run says so, once" is "$(grep -c 'nomic-embed-text wants "' log)" 1
run with.jsonl $nomic --doc-prefix "" --query-prefix ""
t "EM-40 and the words went before every text, once" \
    same_vectors c.vectors.sqlite with.vectors.sqlite
t "EM-40 an empty option turns it off, and nothing is said" \
    is "$(grep -c 'nomic-embed-text wants "' log)" 0
t "EM-40 as an option of another embedder it is refused" \
    refuses 2 "the embedder local has no model" c.jsonl --job l --doc-prefix x

# --- a search asks in the same way ---------------------------------------------

text="the 7 th document speaks of topic $((7 * 7919 % 10007)) and of nothing else"
own="--embed openai:m --embed-url $url/v1 --doc-prefix same:_ --query-prefix same:_"
run c.jsonl --job own $own --store sqlite:own.sqlite
texts() {
    curl -s --noproxy '*' "$url/control/stats" >stats
    field stats texts
}
before=$(texts)
"$BATCHTOP" search own "$text" -k 1 >log 2>&1
t "EM-43 a search of the job asks with the query's words" \
    says log "1.0000  doc-0000007"
t "EM-43 and sends the query alone" is "$(texts)" $((before + 1))
start_api --dim 24
t "EM-43 a model of another length is refused, both are named" refuses 2 \
    "holds vectors of 8 dimensions, the query's of --embed openai:m has 24" \
    search own "$text" --embed-url "http://127.0.0.1:$port/v1"
"$BATCHTOP" search --store sqlite:own.sqlite --embed-url $url/v1 "$text" -k 1 \
    --checkpoint-dir none >log 2>&1
t "EM-43 the store alone knows how, and the model" says log \
    "1.0000  doc-0000007"
t "EM-43 another model is refused, both are named" refuses 2 \
    '--embed "openai:x", but the vectors in sqlite own.sqlite were made with "openai:m"' \
    search own "$text" --embed openai:x
t "EM-43 another prefix likewise" refuses 2 \
    '--query-prefix "", but the vectors in sqlite own.sqlite were made with "same:_"' \
    search own "$text" --query-prefix ""
t "EM-43 another dimension likewise" refuses 2 \
    '--dim "4", but the vectors in sqlite own.sqlite were made with "8"' \
    search own "$text" --dim 4
t "what agrees may be said again" [ "$("$BATCHTOP" search own "$text" -k 1 \
    --embed openai:m --query-prefix same:_ | cut -c 1-6)" = 1.0000 ]
sqlite3 own.sqlite "DELETE FROM meta WHERE key IN ('made_with', 'model')"
"$BATCHTOP" search own "$text" -k 1 >log 2>&1
t "EM-43 where the store keeps nothing the job's ledger knows" says log \
    "1.0000  doc-0000007"
"$BATCHTOP" search --store sqlite:own.sqlite --embed-url $url/v1 "$text" -k 1 \
    >log 2>&1
t "EM-43 also when only the store is named" says log "1.0000  doc-0000007"

# The stores' own places, with no checkpoint at hand.
for s in qdrant/c chroma/c elasticsearch/es/docs; do
    start_api --dim 8
    s="${s%%/*}+http://127.0.0.1:$port/${s#*/}"
    run c.jsonl --job "${s%%+*}" $own --store "$s" --create
    t "EM-43 ${s%%+*} takes it" is "$(grep -c 'in the checkpoint alone' log)" 0
    t "EM-43 and gives it back" refuses 2 'were made with "same:_"' \
        search --store "$s" --embed-url $url/v1 --query-prefix x \
        --checkpoint-dir none "$text"
done

# --- vectors of two makings ------------------------------------------------------

t "EM-43 other words for a store that has vectors are refused" refuses 2 \
    'holds vectors made with --doc-prefix "search_document: ", these would be with "x"' \
    c.jsonl $nomic --doc-prefix x --new-job --plain
t "EM-43 in an empty one they are taken" sh -c '
    sqlite3 c.vectors.sqlite "DELETE FROM documents"
    "$@" --plain >log 2>&1' sh "$BATCHTOP" c.jsonl $nomic --doc-prefix x --new-job
t "EM-43 and kept from then on" refuses 2 'made with --doc-prefix "x"' \
    c.jsonl $nomic --doc-prefix "" --new-job --plain
"$FAKEAPI" --dim 8 --outage-at 3:600000 >late.out 2>late.err &
pids="$pids $!"
wait_for grep -q port late.out
late=$(sed -n 's/^port \([0-9]*\).*/\1/p' late.out)
"$BATCHTOP" c.jsonl --job half --embed ollama:nomic-embed-text --embed-batch 20 \
    --embed-workers 1 --embed-url http://127.0.0.1:$late --plain \
    --store sqlite:half.sqlite >log 2>&1 &
half=$!
pids="$pids $half"
wait_for has_rows half.sqlite 20
kill -INT $half
wait $half
t "a job stops in the middle" is $? 3
t "EM-44 other words on its way: status 6" refuses 6 \
    'doc-prefix was "search_document: ", is "x"' \
    c.jsonl --job half $nomic --store sqlite:half.sqlite --doc-prefix x --plain
t "EM-44 nothing said: it goes on as it began" \
    run c.jsonl --job half $nomic --store sqlite:half.sqlite
t "EM-44 and all vectors are alike" same_vectors half.sqlite with.vectors.sqlite

# What a ledger and a store of before knew.
corpus 200 >old.jsonl
run old.jsonl $nomic --doc-prefix "" --query-prefix ""
for f in checkpoints/completed/old_*.ledger; do
    sqlite3 "$f" "DELETE FROM job WHERE key LIKE 'identity.%-%fix' OR
        key LIKE 'identity.%-extra' OR key LIKE 'identity.query-%' OR
        key LIKE '%-dim'"
done
sqlite3 old.vectors.sqlite "DELETE FROM meta WHERE key = 'made_with'"
t "EM-44 a finished job of before is finished" sh -c '
    "$@" --plain >log 2>&1 && grep -q "old is finished" log' sh \
    "$BATCHTOP" old.jsonl $nomic
corpus 300 >old.jsonl
t "EM-44 when it grows it goes on as it began" run old.jsonl $nomic
run c.jsonl --job plain $nomic --doc-prefix "" --query-prefix "" \
    --store sqlite:plain.sqlite
t "EM-44 without the words" same_vectors old.vectors.sqlite plain.sqlite
corpus 10 >new.jsonl
t "EM-44 a new job does not mix the words into a store of before" refuses 2 \
    'made with --doc-prefix "", these would be with "search_document: "' \
    new.jsonl $nomic --store sqlite:old.vectors.sqlite --plain

# --- fewer dimensions ---------------------------------------------------------

"$BATCHTOP" plan c.jsonl --embed openai:intfloat/e5-base --embed-url $url/v1 \
    --dim 4 >log 2>&1
t "EM-42 the plan says that quality is lost" says log \
    "this model was not made for it, quality is lost"
run c.jsonl --job cut --embed openai:m --embed-url $url/v1 --dim 4 \
    --embed-workers 2 --embed-batch 10 --store sqlite:cut.sqlite
t "EM-42 longer vectors are cut" is "$(sqlite3 cut.sqlite \
    'SELECT DISTINCT length(embedding) FROM documents')" 16
t "EM-42 and that is said" says log \
    "vectors of 8 dimensions are cut to 4 and scaled to length 1"
run c.jsonl --job both --embed openai:intfloat/e5-base --dim 4 \
    --embed-url $url/v1 --store sqlite:both.sqlite
t "two things to say at the start are both said" sh -c '
    grep -q "wants \"passage: \" before documents" log &&
    grep -q "are cut to 4.*quality is lost" log'
run c.jsonl --job asked --embed ollama:m --embed-url $url --dim 4 \
    --store sqlite:asked.sqlite
t "a service that can is asked" is "$(grep -c 'are cut to' log)" 0
"$BATCHTOP" search cut "$text" -k 1 >log 2>&1
t "EM-42 a search cuts its query likewise" says log "1.0000  doc-0000007"
"$BATCHTOP" search --store sqlite:cut.sqlite --embed-url $url/v1 "$text" -k 1 \
    --checkpoint-dir none >log 2>&1
t "EM-42 by the store's word alone" says log "1.0000  doc-0000007"
"$BATCHTOP" search --store sqlite:cut.sqlite "$text" -k 1 \
    --checkpoint-dir none >log 2>&1
t "EM-42 without the address that they were made at nothing is sent" is \
    "$?:$(grep -c 'were made with an --embed-url' log)" 2:1

# --- members of the request ---------------------------------------------------

t "EM-41 the plan says which a known model wants" sh -c '"$@" >log 2>&1; 
    grep -qF "embed-extra        \"{\"input_type\":\"passage\"}\"" log' sh \
    "$BATCHTOP" plan c.jsonl --embed openai:nvidia/nv-embedqa-e5-v5 \
    --embed-url $url/v1
t "EM-41 one that is ours is refused before anything is sent" refuses 2 \
    '--embed-extra: "model" is in the request already' c.jsonl --job x \
    --embed ollama:m --embed-url $url --embed-extra '{"model":"y"}' --plain
