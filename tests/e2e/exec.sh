#!/bin/sh
# A command as the embedder, through the whole program.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
need sqlite3
need python3
plan 15

# A model of the test's own, by the name the example asks for: the vector of a
# text is its length and its first bytes. Once it dies.
mkdir model
cat >model/sentence_transformers.py <<'END'
import array, os, sys
print("a library greets on standard output")
class Row:
    def __init__(self, floats): self.floats = floats
    def astype(self, form):
        assert form == "<f4" and sys.byteorder == "little"
        return array.array("f", self.floats)
class SentenceTransformer:
    def __init__(self, name): assert name.startswith("tiny")
    def encode(self, texts, show_progress_bar):
        if any("7 th document" in t for t in texts) and not os.path.exists("died"):
            open("died", "w").close()
            print("the card fell out", file=sys.stderr)
            os._exit(4)
        return [Row([len(t)] + [ord(c) for c in t.ljust(12)[4:12]]) for t in texts]
END
export PYTHONPATH="$PWD/model"
model=tiny$$ # no other test's that runs beside this one
example="exec:python3 '$top/examples/sentence_transformers_embedder.py' $model"
corpus 1000 >corpus.jsonl

t "the example embeds a corpus, through the death of a child" \
    run corpus.jsonl --embed "$example" --embed-workers 2
t "every document is stored" is "$(rows corpus.vectors.sqlite)" 1000
t "one of them died indeed" [ -e died ]
t "its vectors are the model's" is "$(sqlite3 corpus.vectors.sqlite "SELECT
    hex(embedding) FROM documents WHERE id = 'doc-0000001'")" \
    "$(printf '%s' "the 1 th document speaks of topic 7919 and of nothing else" |
        python3 -c 'import array, sys
t = sys.stdin.read()
print(array.array("f", [len(t)] + [ord(c) for c in t[4:12]]).tobytes().hex().upper())')"
t "no child is left" sh -c '! ps -eo args | grep -F "$2" | grep -q "$1\$"' \
    sh $model "$top/examples/sentence_transformers_embedder.py"

corpus 3000 >second.jsonl
cat >slow.sh <<'END'
while read -r line; do
    echo >>asked
    sleep 0.05
    printf '%s' "$line" | awk '{
        n = split(substr($0, 12), texts, /","/)
        printf "{\"embeddings\":["
        for (i = 1; i <= n; i++)
            printf "%s[%d,1,2]", (i > 1 ? "," : ""), length(texts[i])
        print "]}"
    }'
done
END
"$BATCHTOP" second.jsonl --embed 'exec:sh slow.sh' --embed-batch 10 --plain \
    --embed-workers 2 >log 2>&1 &
pid=$!
pids="$pids $pid"
touch asked
wait_for sh -c '[ "$(wc -l <asked)" -gt 5 ]'
kill -INT $pid
wait $pid
t "stopped in the middle: status 3" is $? 3
t "a command that is not typed is not run: status 2" sh -c '
    rm asked; "$1" resume second --plain >log 2>&1
    [ $? -eq 2 ] && [ ! -e asked ]' sh "$BATCHTOP"
t "and what to type is said" says log "add --embed 'exec:sh slow.sh'"
t "search does not run it either" sh -c '
    "$1" search second x >log 2>&1
    [ $? -eq 2 ] && [ ! -e asked ]' sh "$BATCHTOP"
t "typed again, it goes on" \
    run resume second --embed 'exec:sh slow.sh' --embed-batch 500
t "to the end" is "$(rows second.vectors.sqlite)" 3000

t "SE-18 a configuration file cannot name a command: status 2" sh -c '
    rm asked
    echo "{\"embed\":\"exec:sh slow.sh\"}" >c.json
    "$1" corpus.jsonl --new-job --config c.json --plain >log 2>&1
    [ $? -eq 2 ] && [ ! -e asked ]' sh "$BATCHTOP"
t "and the reason" says log "exec: is taken on the command line only"

t "a command that fails at once ends the run before it began" \
    sh -c '"$1" corpus.jsonl --new-job --plain --embed \
        "exec:sh -c \"echo no module torch >&2; exit 1\"" >log 2>&1
    [ $? -ne 0 ]' sh "$BATCHTOP"
t "with its own words" says log "no module torch"
