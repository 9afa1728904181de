#!/bin/sh
# Every option and every command as a stranger would try them: a good value
# does what it says, a bad one is refused with one sentence and status 2.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
need sqlite3
need gzip
need zstd
plan 145

corpus 120 >c.jsonl
# does STATUS ARGS...: run it without a screen; both streams go to log
does() {
    wanted=$1
    shift
    "$BATCHTOP" "$@" --plain </dev/null >log 2>&1
    is $? "$wanted"
}
# refuses WORD ARGS...: status 2, one line, and the word is in it
refuses() {
    word=$1
    shift
    "$BATCHTOP" "$@" </dev/null >log 2>&1
    is "$? $(wc -l <log)" "2 1" && says log "$word"
}
dump() { # JOB ARGS...: the documents as JSONL in JOB.out
    job=$1
    shift
    does 0 "$@" --job "$job" --store "jsonl:$job.out"
}
# The value of a field in the Nth line of a file
got() { # file, line, field
    sed -n "$2s/.*\"$3\":\"\([^\"]*\)\".*/\1/p" "$1"
}

# --- words ------------------------------------------------------------------
"$BATCHTOP" --options >options
t "--help names every option" is "$("$BATCHTOP" --help >help
    while read -r o; do grep -qE -- "^  $o( |\$)" help || echo "$o"; done \
        <options)" ""
t "in 80 columns" is "$(grep '^.\{81\}' help)" ""
t "--version says name and number" is "$("$BATCHTOP" x --version | wc -w)" 2
t "and so does -V" is "$("$BATCHTOP" -V)" "$("$BATCHTOP" --version)"
"$BATCHTOP" >log 2>&1
t "nothing at all: ten lines, and status 2" is "$? $(wc -l <log)" "2 10"
t "help alone is --help" sh -c '"$1" help | cmp - help' sh "$BATCHTOP"
sed -n 's/^  batchtop \([a-z]*\) .*/\1/p' help >commands
pages() { # TEST: the commands whose page in the file `page` fails it
    while read -r c; do
        "$BATCHTOP" help "$c" >page 2>&1
        eval "$1" || echo "$c"
    done <commands
}
t "help has a page for each command" is "$(pages \
    '[ $? -eq 0 ] && head -n 1 page | grep -q "^batchtop $c"')" ""
t "of a screen at most" is "$(pages \
    '[ $(wc -l <page) -le 24 ] && ! grep -q "^.\{81\}" page')" ""
t "with two examples" is "$(pages \
    '[ $(sed "1,/^Examples/d" page | grep -c "^  .*batchtop ") -eq 2 ]')" ""
t "which name options that are there" is "$(pages \
    '! grep -o -- " --[a-z][a-z-]*" page | tr -d " " | grep -vxF -- --help |
        grep -vxFf options')" ""
t "and none that is not" is "$(pages '! grep "is no option" page')" ""
t "--help behind a command is its page" is "$(pages \
    '[ "$c" = help ] || "$BATCHTOP" "$c" --help | cmp -s - page')" ""
t "--help behind a corpus is the whole" sh -c \
    '"$1" corpus --help | cmp - help' sh "$BATCHTOP"
t "help of what is no command" refuses "no command \"serach\"" help serach

# --- values -----------------------------------------------------------------
edge() { # the name and the range of each number, from its own refusal
    while read -r o; do
        "$BATCHTOP" plan c.jsonl "$o" no-number 2>&1 |
            sed -n 's/.*: \(--.*\) takes a .* in \(.*\)\.\.\(.*\), not.*/\1 \2 \3/p'
    done <options
}
edge >ranges
t "there are numbers to try" [ "$(wc -l <ranges)" -gt 15 ]
t "every number is taken at both ends of its range" is "$(
    while read -r o low high; do
        for v in "$low" "$high"; do
            "$BATCHTOP" size --dim 8 "$o" "$v" >/dev/null 2>&1 || {
                [ "$o $v" = "--dim 0" ] || echo "$o $v"
            }
        done
    done <ranges)" ""
t "and at neither end further" is "$(while read -r o low high; do
    for v in "${high}1" -1 "$low"x 0x1 nan " $low" ""; do
        "$BATCHTOP" size --dim 8 "$o=$v" >out 2>&1
        [ "$? $(wc -l <out)" = "2 1" ] && grep -qF -- "$o" out || echo "$o $v"
    done
done <ranges)" ""
t "a flag takes no value" refuses "takes no value" c.jsonl --plain=yes
t "a text must not be empty, but for one that says something then" is \
    "$(for o in $(grep -vE -- '--(doc|query)-(prefix|extra|model)|--embed-extra' \
        options); do
    "$BATCHTOP" plan c.jsonl "$o=" >out 2>&1
    [ $? -eq 2 ] && grep -qF -- "$o" out || echo "$o"
done)" ""
t "an option without its value says what it wants" refuses \
    "--store wants URL" c.jsonl --store
t "a word is one of those that are there" is "$(for o in format id utf8 \
    blank on-error progress color; do
    "$BATCHTOP" plan c.jsonl --$o other 2>&1 | grep -q "one of .*|" ||
        echo $o
done)" ""
t "an underscore is no dash" refuses "--embed_batch" c.jsonl --embed_batch 1
t "a short option that is none" refuses "-x" c.jsonl -x
t "a share above a hundred" refuses "--max-rejected" c.jsonl \
    --max-rejected 101%
t "an empty name of a corpus" refuses "empty" ""
t "too many files at once" refuses "no more than" \
    plan $(yes c.jsonl | head -n 4097)

# --- operands ---------------------------------------------------------------
for c in jobs size; do
    t "$c takes no operand" refuses "too much" $c more
done
for c in status failures resume retry export verify; do
    t "$c takes one job" refuses "too much" $c one more
    t "$c of a job that is not there" refuses "nothing" $c nothing
done
t "search takes a job and a query" refuses "too much" search a b c
t "search wants a query" refuses "wants a query" search
t "plan wants a corpus" refuses "corpus" plan
t "size wants a dimension" refuses "--dim" size
t "no command at all wants a corpus" refuses "corpus" --plain
t "and so does run" refuses "corpus" run --plain
cp c.jsonl jobs
t "run takes a corpus that has the name of a command" does 0 run jobs \
    --store jsonl:jobs.out
t "which is all stored" is "$(wc -l <jobs.out)" 120

# --- job --------------------------------------------------------------------
t "--job and --checkpoint-dir say where the ledger is" sh -c '
    "$1" c.jsonl --job a.B-c_9 --checkpoint-dir deep/er --plain >log 2>&1 &&
    ls deep/er/completed/a.B-c_9_*.ledger >/dev/null' sh "$BATCHTOP"
t "SE-11 a job of 65 letters" refuses "cannot name a job" c.jsonl \
    --job "$(printf '%065d' 0)"
t "LD-06 a checkpoint folder that is a file" refuses "--checkpoint-dir" \
    c.jsonl --plain --checkpoint-dir c.jsonl
t "LD-06 a checkpoint folder that cannot be" refuses "--checkpoint-dir" \
    c.jsonl --plain --checkpoint-dir /proc/none
t "typed again it is finished" sh -c '"$1" c.jsonl --job a.B-c_9 \
    --checkpoint-dir deep/er --plain | grep -q "is finished"' sh "$BATCHTOP"
t "LD-15 but not when other fields are asked for" sh -c '"$1" c.jsonl \
    --job a.B-c_9 --checkpoint-dir deep/er --text-field id --plain >log &&
    ! grep -q "is finished" log && grep -q "stored  *120" log' sh "$BATCHTOP"
t "--new-job keeps the old ledger" sh -c '"$1" c.jsonl --new-job --plain \
    --checkpoint-dir deep/er --job a.B-c_9 >log 2>&1 &&
    [ "$(ls deep/er/completed/a.B* | wc -l)" -eq 3 ]' sh "$BATCHTOP"
t "--import of what is not there" refuses "none.json" c.jsonl --plain \
    --import none.json
t "--import of what is no export" refuses "c.jsonl" c.jsonl --plain \
    --import c.jsonl

# --- corpus -----------------------------------------------------------------
t "--id hash: the same record has the same id" sh -c '
    cat c.jsonl c.jsonl >twice.jsonl
    "$1" twice.jsonl --id hash --plain >log 2>&1' sh "$BATCHTOP"
t "and is stored once" is "$(rows twice.vectors.sqlite)" 120
dump line c.jsonl --id line --embed-workers 1
t "--id line: the line's number" is "$(got line.out 7 id)" 7
printf '{"id":"a","text":"x \377 y"}\n{"id":"b","text":"   "}\n' >u.jsonl
t "--utf8 replace and --blank send" dump utf8 u.jsonl --utf8 replace \
    --blank send
t "a replaced byte is U+FFFD" is "$(got utf8.out 1 text)" "x � y"
t "without them both are rejected" does 1 u.jsonl --job u
cat >deep.jsonl <<'EOF'
{"a~b":{"list":["p","q"]},"title":"T","m":{"id":"zz"},"x":{"k":1e2}}
EOF
t "fields by name and by JSON pointer" dump deep deep.jsonl \
    --text-field '/a~0b/list/1' --text-field title --id-field /m/id \
    --metadata-field x
t "two text fields are joined by a line end" is "$(got deep.out 1 text)" \
    'q\nT'
t "IN-19 the metadata keeps its bytes" says deep.out '"metadata":{"k":1e2}'
printf '{"n":1,"a":{"b":[{"id":"x","text":"one"},{"id":"y","text":"2"}]}}' \
    >doc.json
dump dots doc.json --json-path a.b
dump pointer doc.json --json-path /a/b --format json
t "--json-path as dots and as a pointer" is \
    "$(got dots.out 2 id) $(got pointer.out 2 id)" "y y"
awk 'BEGIN { printf "{\"id\":\"long\",\"text\":\"";
    for (i = 0; i < 110000; i++) printf "0123456789"; print "\"}" }' >long.jsonl
corpus 2 >>long.jsonl
t "--max-line-mb 1 rejects a longer line" does 1 long.jsonl --max-line-mb 1
"$BATCHTOP" failures long >failures
t "and says so" says failures "line too long"
gzip -c c.jsonl >g.jsonl.gz
zstd -q -c c.jsonl >s.jsonl.zst
t "IN-24 .gz and .zst, one file after another" does 0 g.jsonl.gz s.jsonl.zst
t "the ids of both are the same" is "$(rows g.vectors.sqlite)" 120
cp c.jsonl plan
t "a file that bears a command's name" does 0 ./plan
t "and behind the double dash it is the same job" sh -c '"$1" --plain -- plan >log 2>&1 &&
    grep -q "plan is finished" log' sh "$BATCHTOP"
t "IN-23 - reads standard input" sh -c '
    cat c.jsonl | "$1" - --plain >log 2>&1' sh "$BATCHTOP"
t "and its job is called stdin" is "$(rows stdin.vectors.sqlite)" 120
corpus 130 | tail -n 20 >more.jsonl
t "several files are one job" does 0 c.jsonl more.jsonl --job both \
    --store sqlite:both.sqlite
t "an id of both files is stored once" is "$(rows both.sqlite)" 130

# --- embedder, store, network -----------------------------------------------
t "--dim is the length of the vectors" sh -c '"$1" c.jsonl --job dim \
    --dim 16 --store sqlite:dim.sqlite --plain >log 2>&1' sh "$BATCHTOP"
t "in bytes" is "$(sqlite3 dim.sqlite \
    'SELECT DISTINCT length(embedding) FROM documents')" 64
t "--embed-key-env names a variable that is not set" refuses NO_SUCH_KEY \
    c.jsonl --new-job --embed-key-env NO_SUCH_KEY
unseen() { # words, the secret, options
    words=$1 secret=$2
    shift 2
    "$BATCHTOP" "$@" --plain >log 2>&1
    is $? 2 && says log "$words" && ! grep -q "$secret" log
}
t "a key there that could be a name is not shown" unseen "is not shown" 4711 \
    c.jsonl --new-job --embed-key-env AIzaSy4711abcdef
t "nor one that is given as the name of a file" unseen "is not shown" 4711 \
    c.jsonl --new-job --embed-key-file sk-proj-4711abcdefghijklm
t "--cacert that is not there" refuses none.pem c.jsonl --new-job \
    --cacert none.pem
t "--embed-url that is no URL" sh -c '"$1" c.jsonl --job url --plain \
    --embed openai:m --embed-url ftp://x >log 2>&1
    [ $? -eq 2 ] && grep -q "ftp://x" log' sh "$BATCHTOP"
t "SE-08 a key over http:// to another host" sh -c 'OPENAI_API_KEY=canary-key \
    "$1" c.jsonl --job clear --plain --embed openai:m --dim 8 \
    --embed-url http://192.0.2.1/v1 >log 2>&1
    [ $? -eq 2 ] && grep -q -- --allow-cleartext log &&
    ! grep -q canary-key log' sh "$BATCHTOP"
t "OS-04 jsonl:- ends when its reader leaves" sh -c '{ "$1" c.jsonl \
    --job pipe --store jsonl:- --plain 2>log; echo $? >status; } | true
    [ "$(cat status)" = 3 ] && grep -q "Broken pipe" log' sh "$BATCHTOP"

# --- failures ---------------------------------------------------------------
{
    corpus 200
    awk 'BEGIN { for (i = 0; i < 8; i++) print "{\"id\":\"bad" i "\"}" }'
} >bad.jsonl
t "--max-rejected 5 stops the ninth-bad file" does 2 bad.jsonl \
    --max-rejected 5 --job few
t "--max-rejected 8 lets it pass" does 1 bad.jsonl --max-rejected 8 --job all
t "--max-rejected 2% stops it, too" does 2 bad.jsonl --max-rejected 2% \
    --job share
t "--on-error stop ends at the first" does 1 bad.jsonl --on-error stop \
    --job stop
t "failures has a line for each" is "$("$BATCHTOP" failures all | wc -l)" 8
t "failures --kind of another kind has none" is \
    "$("$BATCHTOP" failures all --kind limited)" ""
"$BATCHTOP" failures all --kind nonsense >log 2>&1
t "failures --kind of no kind names those that there are: status 2" is \
    "$?:$(grep -c 'no failure is of that kind; there are input' log)" 2:1
cp checkpoints/all.ledger all.before
"$BATCHTOP" retry all --kind nonsense --plain >log 2>&1
t "and so does retry" is \
    "$?:$(grep -c 'no failure is of that kind; there are input' log)" 2:1
t "before it begins" cmp all.before checkpoints/all.ledger
"$BATCHTOP" --outage-limt 5s x >log 2>&1
t "an unknown option: status 2, and the one that was meant" is \
    "$?:$(grep -c 'did you mean --outage-limit?' log)" 2:1
t "failures --kind by stage" is \
    "$("$BATCHTOP" failures all --kind read | wc -l)" 8
t "status: 1 while something is owed" sh -c '"$1" status all >log
    [ $? -eq 1 ] && grep -q "rejected  *8" log' sh "$BATCHTOP"
t "status --json says the same" sh -c '"$1" status all --json >log
    [ $? -eq 1 ] && grep -q "\"rejected\":8,.*\"kinds\":\[{.*\"count\":8" log' \
    sh "$BATCHTOP"
t "jobs --json: one line a job" is "$("$BATCHTOP" jobs --json |
    grep -c '^{"job":"all",.*"rejected":8')" 1

# --- screen, configuration --------------------------------------------------
"$BATCHTOP" c.jsonl --job sum --store sqlite:sum.sqlite --json >sum.json 2>log
t "--json is one object with all its fields" is "$(wc -l <sum.json) $(
    for f in job status outcome resumed produced embedded upserted processed \
        stored failed rejected skipped superseded duplicates batches requests \
        retries tokens elapsed_s docs_per_s; do
        grep -q "\"$f\":" sum.json || echo $f
    done)" "1 "
t "and the numbers add up" is "$(for f in produced embedded upserted \
    processed stored failed rejected; do field sum.json $f; done | xargs)" \
    "120 120 120 120 120 0 0"
"$BATCHTOP" c.jsonl --job lines --store sqlite:sum.sqlite --progress json \
    --json 2>lines >sum.json
t "--progress json: every line but the summary is an object" is \
    "$(sed '/^batchtop: /,$d' lines | grep -vc '^{"time":".*}$')" 0
t "--json alone is on standard output" is "$(wc -l <sum.json)" 1
limited() { # documents that a run with these options stored, and its status
    "$BATCHTOP" c.jsonl --job part --store sqlite:part.sqlite "$@" --json \
        >part.json 2>log
    echo "$? $(field part.json stored) $(rows part.sqlite)"
}
t "--limit ends behind so many documents, resumable" is "$(limited --limit 7)" \
    "3 7 7"
t "and says why" says log "stopped by  --limit 7"
t "again it takes the next ones" is "$(limited --limit 100)" "3 107 107"
t "and is done where the corpus has no more" is "$(limited --limit 13)" \
    "0 120 120"
t "several files share it" is "$("$BATCHTOP" c.jsonl more.jsonl --limit 9 \
    --job shared --store sqlite:shared.sqlite --quiet 2>log; echo $?) $(rows \
    shared.sqlite)" "3 9"
t "-q says nothing of a run that goes well" is "$("$BATCHTOP" -q c.jsonl --job hush \
    --store sqlite:hush.sqlite 2>&1)$?" 0
t "nor of one that is finished" is "$("$BATCHTOP" c.jsonl --job hush --quiet \
    --store sqlite:hush.sqlite 2>&1)$?" 0
"$BATCHTOP" bad.jsonl --job loud --quiet --max-rejected 8 --log-file loud.log \
    --store sqlite:loud.sqlite >out 2>log
t "but of another on standard error" is "$? $(wc -l <out) $(grep -c \
    'rejected  *8' log)" "1 0 1"
t "--log-file has the lines, dated, and the summary" is "$(sed -n \
    '1s/^20..-..-..T..:..:..Z run loud.*/first/p
    s/.*rejected  *8 .*/last/p' loud.log | xargs) $(stat -c %a loud.log)" \
    "first last 600"
"$BATCHTOP" c.jsonl --job lines2 --plain --log-file loud.log \
    --store sqlite:lines2.sqlite >out 2>&1
t "is appended to, and the lines are on the screen, too" is \
    "$(grep -c 'batchtop: done' loud.log) $(grep -c 'batchtop: done' out)" "2 1"
t "--metrics that cannot be written" refuses "--metrics: none/m.prom: No such" \
    c.jsonl --job nometrics --store sqlite:nometrics.sqlite --plain \
    --metrics none/m.prom
"$BATCHTOP" c.jsonl --job figures --plain --metrics m.prom \
    --store sqlite:figures.sqlite >log 2>&1
t "--metrics has the figures of the end" is "$(sed -n \
    's/^batchtop_state{job="figures",batchtop_state="DONE"} //p' m.prom)" 1
t "and how many are stored" grep -qE \
    '^batchtop_documents_stored_total\{job="figures"\} [1-9]' m.prom
t "it is whole, and no half of it is left" is "$(tail -n 1 m.prom; ls m.prom*)" \
    "# EOF
m.prom"
cp c.jsonl keep.jsonl
t "OS-16 --metrics never replaces another file" refuses \
    "holds something else than metrics" c.jsonl --job nofigures --plain \
    --store sqlite:nofigures.sqlite --metrics keep.jsonl
t "OS-16 which stays as it was" cmp c.jsonl keep.jsonl
t "but those of a former run" run c.jsonl --job figures --new-job \
    --store sqlite:figures.sqlite --metrics m.prom
mkfifo unread
t "OS-16 --log-file that nobody reads" refuses "--log-file unread: No such" \
    c.jsonl --job nolog --store sqlite:nolog.sqlite --plain --log-file unread
t "--log-file that cannot be written" refuses "--log-file" c.jsonl --job nolog \
    --store sqlite:nolog.sqlite --plain --log-file none/log
"$BATCHTOP" c.jsonl -n --dim 16 >out
t "-n is plan" is "$("$BATCHTOP" plan c.jsonl --dim 16 | cmp - out)" ""
t "-n is for a corpus" refuses "--dry-run" retry all -n
cat >config.json <<'EOF'
{ // what we always use; "not": "this"
    "corpus": ["c.jsonl"], /* a note:
    "dim": 3 */ "dim": 24,
    "store": "sqlite:from-config.sqlite", "job": "//conf", "plain": true
}
EOF
t "--config: a comment's sign inside a text is text" refuses "//conf" \
    --config config.json
t "the command line wins over --config" sh -c '"$1" --config config.json \
    --job conf --dim 12 >log 2>&1' sh "$BATCHTOP"
t "and the rest is taken from it" is "$(sqlite3 from-config.sqlite \
    'SELECT count(*), max(length(embedding)) FROM documents')" "120|48"
printf '{\n"queue": 3,\n"dim" 4\n}' >broken.json
t "a broken --config: its name and line" refuses "broken.json: line 3" \
    c.jsonl --config broken.json
t "a --config that is not there" refuses "none.json" c.jsonl \
    --config none.json

mkdir -p config/batchtop
cat >config/batchtop/config.json <<'EOF'
{ "dim": 24, "store": "sqlite:home.sqlite", // found by itself
  "profiles": { "small": { "dim": 8, "store": "sqlite:small.sqlite" } } }
EOF
width() { sqlite3 "$1" 'SELECT count(*), max(length(embedding)) FROM documents'; }
t "the configuration at home is read by itself" does 0 c.jsonl --job home
t "and counts" is "$(width home.sqlite)" "120|96"
t "--profile is stronger" does 0 c.jsonl --job small --profile small
t "and counts, too" is "$(width small.sqlite)" "120|32"
t "variables are stronger than both" sh -c 'BATCHTOP_DIM=12 BATCHTOP_PROFILE=small \
    BATCHTOP_STORE=sqlite:var.sqlite "$1" c.jsonl --job var --plain >log 2>&1' \
    sh "$BATCHTOP"
t "and count like them" is "$(width var.sqlite)" "120|48"
t "a job that is named keeps its store" is "$("$BATCHTOP" verify \
    small --sample 7)" "asked for 7 ids, 0 missing"
t "--config takes the place of that at home" refuses "no profile" c.jsonl \
    --config config.json --profile small
t "the example of a configuration can be read" sh -c 'export OPENAI_API_KEY=k QDRANT_API_KEY=k
    for p in prod laptop; do
    "$1" plan c.jsonl --config "$2/examples/config.json" --profile $p >log 2>&1 ||
        exit 1
    done' sh "$BATCHTOP" "$top"
rm config/batchtop/config.json

# --- reading back -----------------------------------------------------------
t "search -k" is "$("$BATCHTOP" search sum "topic of the 9 th" -k 4 |
    wc -l)" 4
t "search --json has id, score and text" is "$("$BATCHTOP" search sum \
    "the 9 th document" --json --k 2 |
    grep -c '^{"id":"doc-.*","score":[0-9.]*,"text":"the .*"}$')" 2
t "verify --sample" is "$("$BATCHTOP" verify sum --sample 7)" \
    "asked for 7 ids, 0 missing"
sqlite3 sum.sqlite "DELETE FROM documents WHERE id = 'doc-0000011'"
t "verify --json is one object" is "$("$BATCHTOP" verify sum --sample 0 \
    --json)" \
    '{"asked":120,"missing":1,"not_asked":0,"missing_ids":["doc-0000011"]}'
t "verify finds what is missing" sh -c '"$1" verify sum --sample 0 >log
    [ $? -eq 1 ] && grep -q "missing: doc-0000011" log &&
    grep -q "asked for 120 ids, 1 missing" log' sh "$BATCHTOP"
t "size: the figures of the published table" is "$(for x in "768 500" \
    "1536 2000" "3072 1000"; do
    "$BATCHTOP" size --dim "${x% *}" --metadata-bytes "${x#* }" --json |
        sed 's/.*"planning":\([0-9]*\),"binary":\([0-9]*\).*/\1 \2/'
done | xargs)" "319 559 147 245 85 150"
