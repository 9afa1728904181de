#!/bin/sh
# Is it still the corpus that the checkpoint is of? LD-17: a pipe is compared byte
# by byte up to where it goes on; LD-18: a file that was touched, too; LD-19: where
# nothing was sent, new settings go on.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need bash
plan 48

documents() { corpus "$1" | sed "s/doc-/$2-/"; }
piped() { # NAME OPTIONS: standard input into NAME.sqlite
    name=$1
    shift
    "$BATCHTOP" - --job "$name" --store "sqlite:$name.sqlite" --plain "$@" \
        >log 2>&1
}

# --- a finished pipe begins anew
documents 30 a >a.jsonl
documents 40 b >b.jsonl
cat a.jsonl | piped done
t "LD-17 the first pipe is read" is "$?:$(rows done.sqlite)" 0:30
cat b.jsonl | piped done
t "LD-17 a second pipe is read from its start" is "$?:$(rows done.sqlite)" 0:70
piped done <a.jsonl
t "LD-17 so is a file behind it" is "$?:$(rows done.sqlite)" 0:70
cat b.jsonl | piped done
t "LD-17 and a pipe behind that" is "$?:$(rows done.sqlite)" 0:70

# --- one that is not finished (a record is owed) goes on only where it was
bad='{"id":"bad"}'
{ documents 3000 a; echo "$bad"; } >a.jsonl
sed 's/topic 7919 /topic 7910 /' a.jsonl >other.jsonl
cat a.jsonl | piped half
t "LD-17 a pipe with a bad record" is "$?:$(rows half.sqlite)" 1:3000
cat other.jsonl | piped half
t "LD-17 a pipe of the same length and other bytes: status 6" is \
    "$?:$(rows half.sqlite)" 6:3000
t "LD-17 it says so, and the way out" says log \
    "are others; --job NAME"
head -n 2000 a.jsonl | piped half
t "LD-17 a shorter one: status 6" is "$?:$(rows half.sqlite)" 6:3000
cat a.jsonl | piped half
t "LD-17 the same one: nothing is sent again" is "$?:$(rows half.sqlite)" 1:3000
cat a.jsonl | "$BATCHTOP" retry half --plain >log 2>&1
t "IN-38 a retry takes no byte from the pipe's reader" is \
    "$?:$("$BATCHTOP" failures half | grep -c 'cannot be read again')" 1:1
{ cat a.jsonl; documents 50 more; } | piped half
t "LD-17 what has grown is read on" is "$?:$(rows half.sqlite)" 1:3050
{ cat other.jsonl; documents 60 more; } | piped half --accept-changed
t "LD-17 accepted, it is read from its start by ids" is \
    "$?:$(rows half.sqlite)" 1:3060
gzip -c a.jsonl >a.gz
gzip -c other.jsonl >other.gz
piped packed <a.gz
cat a.gz | piped packed
t "LD-17 a packed file, then the same on a pipe" is $? 1
cat other.gz | piped packed
t "LD-17 a packed pipe of other bytes: status 6" is $? 6
cat a.jsonl | piped packed
t "LD-17 the same bytes, not packed, are the same" is \
    "$?:$(rows packed.sqlite)" 1:3000
mkfifo fifo
cat a.jsonl >fifo & run fifo --job fifo
cat other.jsonl >fifo & run fifo --job fifo
t "LD-17 a FIFO is a pipe" is "$?:$(rows fifo.vectors.sqlite)" 6:3000

# --- killed while one document keeps the frontier at the beginning: what was done
# behind it is known by position, so that these bytes count, too
{ echo '{"id":"slow","text":"poison"}'; documents 2999 a; } >s.jsonl
sed 's/ 2000 th document/ 2OOO th document/' s.jsonl >o.jsonl
head -n 1500 s.jsonl >less.jsonl
service() { # more options of fakeapi: sets how
    start_api --dim 8 "$@"
    how="--embed openai:m --embed-url http://127.0.0.1:$port/v1 --retries 100"
}
OPENAI_API_KEY=none
export OPENAI_API_KEY
is_done() { # by the ledger: at least so many
    [ -s "$1" ] && [ "$(sqlite3 -readonly -cmd '.timeout 5000' "$1" "SELECT value FROM job
        WHERE key = 'ledger.done'" || echo 0)" -ge "$2" ]
}
service --poison poison --poison-status 500
for name in held file.jsonl; do
    cp s.jsonl file.jsonl
    if [ $name = held ]; then from=- job=held; else from=$name job=file; fi
    cat s.jsonl | "$BATCHTOP" $from --job $job --store "sqlite:$job.sqlite" \
        --plain $how >log 2>&1 &
    run_pid=$!
    pids="$pids $run_pid"
    t "LD-17 $job: all but one is done" wait_for is_done "checkpoints/$job.ledger" 2999
    kill -9 $run_pid
    wait $run_pid 2>/dev/null
done
service
rows_were=$(rows held.sqlite)
cat o.jsonl | piped held $how
t "LD-17 a pipe that differs behind the frontier: status 6" is \
    "$?:$(rows held.sqlite)" "6:$rows_were"
cat less.jsonl | piped held $how
t "LD-17 one that ends before the old one: status 6" is $? 6
{ cat s.jsonl; documents 5 more; } | piped held $how
t "LD-17 the same one, grown, is read on" is "$?:$(rows held.sqlite)" 0:3005
cp o.jsonl file.jsonl
run file.jsonl --store sqlite:file.sqlite $how
t "LD-18 a file that was edited behind the frontier: status 6" is $? 6
cp s.jsonl file.jsonl
run file.jsonl --store sqlite:file.sqlite $how
t "LD-18 as it was, it goes on" is "$?:$(rows file.sqlite)" 0:3000

# --- what a shell's <(...) is called
bash -c '"$0" <(cat "$1") --plain' "$BATCHTOP" b.jsonl >log 2>&1
t "LD-17 <(...) has the names of standard input" is \
    "$?:$(rows stdin.vectors.sqlite):$(ls checkpoints/completed | grep -c ^stdin_)" \
    0:40:1

# --- a file that was touched, edited or moved
corpus 6000 >c.jsonl
run c.jsonl
touch c.jsonl
run c.jsonl
t "LD-18 touched only: finished" says log "c is finished"
cp c.jsonl copy && mv copy c.jsonl
run c.jsonl
t "LD-18 copied only: finished" says log "c is finished"
sed -i 's/the 3000 th document/the 3OOO th document/' c.jsonl
run c.jsonl
t "LD-18 an edit of the same size in the middle: status 6" is $? 6
t "LD-18 with the way out" says log "--accept-changed goes on"
run c.jsonl --accept-changed
t "LD-18 which goes on" is "$?:$(rows c.vectors.sqlite)" 0:6000
{ corpus 6000; echo "$bad"; } >d.jsonl
run d.jsonl
run d.jsonl
t "LD-18 an unfinished job of a file as it was goes on" is $? 1
touch -r d.jsonl stamp
sed -i 's/the 3000 th document/the 3OOO th document/' d.jsonl
touch -r stamp d.jsonl
run d.jsonl
t "LD-18 an edit that keeps size and time: status 6" is $? 6
sed -i 's/the 3OOO th document/the 3000 th document/' d.jsonl
run d.jsonl
t "LD-18 taken back, it goes on" is $? 1
documents 10 new >>d.jsonl
run d.jsonl
t "LD-18 grown, it goes on" is "$?:$(rows d.vectors.sqlite)" 1:6010
{ sed 's/the 3000 th document/the 3OOO th document/' d.jsonl
    documents 10 newer; } >x && mv x d.jsonl
run d.jsonl
t "LD-18 grown and edited: status 6" is $? 6
corpus 6000 | gzip -nc >e.jsonl.gz
run e.jsonl.gz
touch e.jsonl.gz
run e.jsonl.gz
t "LD-18 a packed file, touched: finished" says log "e is finished"

# --- two of one name
mkdir one two
documents 10 a >one/corpus.jsonl
documents 12 b >two/corpus.jsonl
run one/corpus.jsonl --store sqlite:all.sqlite
run two/corpus.jsonl --store sqlite:all.sqlite
t "IN-39 two corpora of one name are two jobs" is "$?:$(rows all.sqlite)" 0:22
t "IN-39 which is said" says log "this one is corpus-2"
run two/corpus.jsonl --store sqlite:all.sqlite --job corpus
t "IN-39 as one by force: status 6, --job is the advice" is \
    "$?:$(grep -c -- '--job NAME' log)" 6:1
t "IN-39 --accept-changed is not" is "$(grep -c accept-changed log)" 0
run one/corpus.jsonl --store sqlite:all.sqlite
t "IN-39 the first is finished as before" says log "corpus is finished"
(cd one && "$BATCHTOP" corpus.jsonl --checkpoint-dir "$folder/ck" --plain \
    >"$folder/log" 2>&1)
(cd two && "$BATCHTOP" corpus.jsonl --checkpoint-dir "$folder/ck" --plain \
    >"$folder/log" 2>&1)
t "IN-39 also where they are called by the same words" says log \
    "this one is corpus-2"

{ corpus 10; echo "$bad"; } >s1.jsonl
documents 10 c >s3.jsonl
documents 5 b >s2.jsonl
run s1.jsonl s3.jsonl --job shards --store sqlite:shards.sqlite
run s1.jsonl s2.jsonl s3.jsonl --job shards --store sqlite:shards.sqlite
t "IN-39 a shard that came between is told, --accept-changed with it" is \
    "$?:$(grep -c 's2.jsonl is another file .*--accept-changed' log)" 6:1
run s1.jsonl s2.jsonl s3.jsonl --job shards --store sqlite:shards.sqlite \
    --accept-changed
t "IN-39 accepted, only it is sent" is "$?:$(rows shards.sqlite)" 1:25

# --- the first try had wrong settings
sed 's/"id":/"_id":/' b.jsonl >w.jsonl
run w.jsonl
t "LD-19 all rejected: status 1" is $? 1
run w.jsonl --id-field _id
t "LD-19 the corrected line runs" is "$?:$(rows w.vectors.sqlite)" 0:40
corpus 300 | sed 's/"text":/"body":/' >v.jsonl
run v.jsonl
t "LD-19 the first hundred cannot be used: status 2" is $? 2
run v.jsonl --text-field body --embed static:/nowhere
run v.jsonl --text-field body --embed local
t "LD-19 nor does an embedder that was refused bind it" is \
    "$?:$(rows v.vectors.sqlite)" 0:300
{ corpus 10; echo "$bad"; } >u.jsonl
run u.jsonl
run u.jsonl --text-field id
t "LD-19 but what is stored does" is "$?:$(grep -c 'text-field was' log)" 6:1
