#!/bin/sh
# LD-31: the mistakes of a first hour: each is made on purpose, then the right
# line is typed, and it just runs.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 81

corpus 3 >corpus.jsonl
start_api
OPENAI_API_KEY=sk-a-key
export OPENAI_API_KEY
unset HF_TOKEN
here="--embed-url http://127.0.0.1:$port/v1"
nobody=http://127.0.0.1:9/v1

status() {
    "$BATCHTOP" "$@" --plain >log 2>&1
    echo $?
}
nothing_is_left() {
    find . -name '*.ledger' -o -name '*.lock' -o -name '*.vectors.sqlite' \
        >left
    [ ! -s left ] || { sed 's/^/# left: /' left; return 1; }
}
# NAME STATUS OPTIONS...: a first line that leads to nothing, then a plain one.
mistake() {
    what=$1 wanted=$2
    shift 2
    t "$what: status $wanted" is \
        "$(status corpus.jsonl --outage-limit 1s --hold-limit 1s "$@")" \
        "$wanted"
    t "$what: it leaves nothing" nothing_is_left
    t "$what: the line without it just runs" is \
        "$(status corpus.jsonl)$(rows corpus.vectors.sqlite)" 03
    rm -rf checkpoints state ./*.sqlite
}

# --- a start that did nothing binds nobody
mistake "no model" 2 --embed openai
mistake "nobody at the embedder's address" 3 \
    --embed openai:m --embed-url "$nobody"
mistake "nobody at the store's address" 3 \
    --embed openai:m $here --store qdrant+http://127.0.0.1:9/c
asked=$(curl -s "http://127.0.0.1:$port/control/stats" |
    grep -o '"embed_requests":[0-9]*')
mistake "a store URL without its http" 2 \
    --embed openai:m $here --store qdrant://127.0.0.1:9/c
t "which costs no request to the embedder" is \
    "$(curl -s "http://127.0.0.1:$port/control/stats" |
        grep -o '"embed_requests":[0-9]*')" "$asked"
mistake "a program that is not there" 2 --embed exec:./nothing

# --- a wrong field
t "a wrong field: status 1" is "$(status corpus.jsonl --text-field body)" 1
t "a wrong field: no empty store is left" test ! -e corpus.vectors.sqlite
t "a wrong field: the right one just runs" is \
    "$(status corpus.jsonl --text-field text)$(rows corpus.vectors.sqlite)" 03

# --- a kill leaves a ledger, which binds nobody either
rm -rf checkpoints state ./*.sqlite
"$BATCHTOP" corpus.jsonl --plain --embed openai:m --embed-url "$nobody" \
    >killed.log 2>&1 &
pid=$!
pids="$pids $pid"
t "killed while nobody answers" wait_for grep -q again killed.log
kill -9 $pid
wait $pid 2>/dev/null
t "killed: a plain line is not caught by its settings" is \
    "$(status corpus.jsonl)$(rows corpus.vectors.sqlite)" 03

# --- what was stored or paid for does bind
corpus 2000 >corpus.jsonl
rm -rf checkpoints state ./*.sqlite
"$BATCHTOP" corpus.jsonl --plain --store jsonl:all.jsonl >paid.log 2>&1 &
pid=$!
pids="$pids $pid"
wait $pid
t "a plain line of a finished job keeps its store" is \
    "$(status corpus.jsonl)" 0
t "and says which" says log all.jsonl
t "and an empty store of others is not removed" sh -c '
    "$1" corpus.jsonl --job two --store sqlite:empty.sqlite \
        --text-field body --max-rejected 5 --plain >log 2>&1
    sqlite3 other.sqlite "CREATE TABLE t(a)"
    "$1" corpus.jsonl --job three --store sqlite:other.sqlite \
        --text-field body --plain >log 2>&1
    [ ! -e empty.sqlite ] && [ -e other.sqlite ]' sh "$BATCHTOP"

# --- what was typed a letter wrong
means() { # WORDS ARGS...
    words=$1
    shift
    is "$(status "$@")" 2 && says log "$words"
}
t "a command" means "did you mean batchtop search?" serach topic
t "another" means "did you mean batchtop jobs?" jbos
t "an option" means "did you mean --embed-batch?" corpus.jsonl --embed-bach 3
t "an option of other programs" means "did you mean --embed-batch?" \
    corpus.jsonl --batch-size 3
t "a command of other programs" means "did you mean batchtop jobs?" ls
t "a command behind help" means "did you mean batchtop status?" help stauts
t "a variable of no option is told" sh -c '
    BATCHTOP_LIMT=2 "$1" jobs 2>&1 | grep -q "did you mean BATCHTOP_LIMIT?"' \
    sh "$BATCHTOP"
t "a word of ctl" means "did you mean pause?" ctl corpus pasue
t "a corpus with another ending" means "did you mean corpus.jsonl?" corpus.json
t "in its folder" means "did you mean ./corpus.jsonl?" ./corpsu.jsonl
t "but an ending alone is not near" sh -c '
    ! "$1" news.jsonl --plain >log 2>&1 && ! grep -q "did you" log' sh "$BATCHTOP"
t "a search before the run" sh -c 'cp corpus.jsonl begun.jsonl
    ! "$1" search begun x >log 2>&1 &&
        grep -q "no job \"begun\" yet: batchtop begun.jsonl begins" log' \
    sh "$BATCHTOP"
t "no job at all" sh -c '"$1" jobs --checkpoint-dir none |
    grep -q "batchtop CORPUS begins one"' sh "$BATCHTOP"
t "an empty pipe: status 0" sh -c ': | "$1" - --plain >log 2>&1' sh "$BATCHTOP"
t "is asked for its program" says log "did the program before the pipe fail?"
t "a path that reads nothing: status 0" is \
    "$(status corpus.jsonl --job path --json-path a.b)" 0
t "is said once" is "$(grep -c "corpus.jsonl: --json-path a.b" log)" 1

# --- what the job remembers, and nobody typed
t "a job with a budget and a store" is "$(status corpus.jsonl --job kept \
    --embed openai:text-embedding-3-small --embed-url \
    "http://127.0.0.1:$port/v1" --dim 16 --budget 5 --store sqlite:kept.sqlite)" 0
t "its budget beside a mistyped model" sh -c '
    ! "$1" corpus.jsonl --job kept --embed openai:text-embedding-3-smal \
        --embed-url "http://127.0.0.1:$2/v1" --plain >log 2>&1 &&
        grep -q "job kept has a budget of 5 USD.*mean text-embedding-3-small?" \
            log' sh "$BATCHTOP" "$port"
t "its store, of another dimension" sh -c '
    ! "$1" corpus.jsonl --job kept --embed openai:other --budget 0 \
        --embed-url "http://127.0.0.1:$2/v1" --dim 8 --plain >log 2>&1 &&
        grep -q "store of the last run of job kept (--new-job" log' \
    sh "$BATCHTOP" "$port"
t "says what to name" says log "name another file in --store"

t "a query that was forgotten" means "there is no query: batchtop search" \
    search corpus.jsonl
t "a query without its quotes" means "is one in quotes" search a b c
t "a corpus without a job" sh -c 'cp corpus.jsonl unread.jsonl
    ! "$1" search ./unread.jsonl x >log 2>&1 &&
        grep -q "batchtop ./unread.jsonl begins it" log' sh "$BATCHTOP"
t "--quiet is silent about a second name" sh -c 'mkdir -p second &&
    cp corpus.jsonl second && "$1" second/corpus.jsonl -q >log 2>&1 &&
    [ ! -s log ]' sh "$BATCHTOP"
t "a corpus that is not there has no name" sh -c 'mkdir -p third
    ! "$1" third/corpus.jsonl --plain >log 2>&1 && grep -q "No such" log &&
        ! grep -q "this one is" log' sh "$BATCHTOP"
t "a store that is gone" sh -c 'rm -f second/*.sqlite
    ! "$1" search ./second/corpus.jsonl x >log 2>&1 &&
        grep -q "the store of the job is gone.*--new-job fills" log' \
    sh "$BATCHTOP"
t "a word of an option" means "did you mean hash?" corpus.jsonl --id hsh
t "an embedder" means "did you mean openai?" corpus.jsonl --embed opneai:m
t "a model without its provider" means "write PROVIDER:text-embedding-3-small" \
    corpus.jsonl --embed text-embedding-3-small
t "a store" means "did you mean qdrant+http://HOST" corpus.jsonl --job new \
    --store qdrnt+http://h/c
t "a file for a store" means "did you mean sqlite:FILE?" corpus.jsonl \
    --job new --store my.sqlite
t "a store's address alone" means "qdrant+http://HOST:PORT/COLLECTION" \
    corpus.jsonl --job new --store http://127.0.0.1:9/c
t "the address of no store" means "is it the address of such a store?" \
    corpus.jsonl --job new --create \
    --store "qdrant+http://127.0.0.1:$port/nowhere/c"
t "a question for help" means "did you mean --help?" --hlep
t "a job" means "did you mean corpus?" status corpsu
t "a corpus that is not there is no command" means "No such file" resume.jsonl
corpus 1 >resme
t "nor is one that is there" is "$(status resme)" 0
t "--log-file dates that it is finished" sh -c '
    "$1" resme --plain --log-file dated >log 2>&1
    grep -q "^20..-..-..T..:..:..Z .*is finished" dated' sh "$BATCHTOP"
sqlite3 resme.vectors.sqlite "DELETE FROM documents"
t "what verify misses is named, with the next step" sh -c '
    "$1" verify resme >log 2>&1
    [ $? -eq 1 ] && grep -q "1 missing" log &&
        grep -q "^next: .*--new-job sends all of job resme anew" log' \
    sh "$BATCHTOP"

t "a finished job is forgotten as its page says" sh -c '
    "$1" help jobs | grep -q "completed/JOB_DATE.ledger" &&
        "$1" jobs | grep -q "^resme " &&
        rm checkpoints/completed/resme_*.ledger &&
        ! "$1" jobs | grep -q "^resme "' sh "$BATCHTOP"

# --- fields and forms
printf '{"_id":"a","title":"t","content":"c"}\n' >fields.jsonl
for i in 1 2 3; do echo "{\"id\":\"m$i\",\"body\":\"b\"}"; done >mixed.jsonl
echo '{"id":"m4","text":" "}{"id":"m5","text":"x"}' | tr '}' '\n' |
    sed '/./s/$/}/' >>mixed.jsonl
t "of mixed faults status shows the commonest" sh -c '
    "$1" mixed.jsonl --plain >log 2>&1
    "$1" status mixed >>log 2>&1; grep -q "line 3.*--text-field body" log &&
        ! grep -q blank log' sh "$BATCHTOP"
t "a missing id names the fields: status 1" is "$(status fields.jsonl)" 1
t "and the option" says log '"_id", "title", "content": --id-field _id'
t "a missing text likewise" is "$(status fields.jsonl --id-field _id)" 1
t "and its option" says log ': --text-field content'
t "plan says the same, with the same status" sh -c '
    "$1" plan fields.jsonl --id-field _id >log 2>&1
    [ $? -eq 1 ] && grep -q -- "--text-field content" log' sh "$BATCHTOP"
t "with both it runs" is \
    "$(status fields.jsonl --id-field _id --text-field content)" 0
echo '{"data":{"rows":[{"id":"1","text":"x"},{"id":"2","text":"y"}]}}' >rows.json
t "a document around its records: status 1" is "$(status rows.json)" 1
t "names the option" says log "it has an array: --json-path data.rows"
t "with which it runs" is \
    "$(status rows.json --json-path data.rows)$(rows rows.vectors.sqlite)" 02
printf 'id,text\n1,one\n2,two\n' >table.csv
printf 'PAR1....PAR1' >file.parquet
printf '# A title\n\nSome *words*.\n' >page.md
printf '%%PDF-1.4\n' >paper.pdf
t "other files are named: status 2" is \
    "$(for f in table.csv file.parquet page.md paper.pdf; do
        status $f; status plan $f; done | tr -d '\n')" 22222222
t "and leave nothing" test ! -e table.vectors.sqlite

# --- failures of no kind
t "a kind that is not: status 2" is "$(status failures fields --kind nosuch)" 2
t "a retry of it, too" is "$(status retry fields --kind nosuch)" 2
t "no failures are there to name" says log "there are no failures"

# --- no permission
if [ "$(id -u)" -eq 0 ]; then
    asnobody() { # with our folders' rights taken away
        chmod 755 . && mkdir -p locked nobody && cp corpus.jsonl locked &&
            chown nobody nobody &&
            (cd locked && BATCHTOP_CHECKPOINT_DIR=$folder/nobody \
                setpriv --reuid=nobody --clear-groups \
                "$BATCHTOP" corpus.jsonl --plain) >log 2>&1
    }
else
    asnobody() {
        mkdir -p locked && cp corpus.jsonl locked && chmod 555 locked &&
            (cd locked && "$BATCHTOP" corpus.jsonl --plain) >log 2>&1
        chmod 755 locked
    }
fi
asnobody
t "a folder that cannot be written: permission denied" says log \
    "Permission denied"
