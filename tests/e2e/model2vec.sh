#!/bin/sh
# A Model2Vec folder as the embedder, through the whole program.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need python3
plan 16

# A model of the test's own: $1 the folder, $2 the first number of the row of
# "cat". Three dimensions as float16: animals, machines, weather.
make_model() {
    python3 - "$1" "$2" <<'END'
import json, os, struct, sys
folder, first = sys.argv[1], float(sys.argv[2])
rows = {"[UNK]": (0, 0, 0), "cat": (first, 0, 0), "dog": (0.75, 0.125, 0),
        "car": (0, 1, 0), "engine": (0.125, 1, 0), "rain": (0, 0, 1),
        "##s": (0, 0, 0)}
os.makedirs(folder, exist_ok=True)
data = b"".join(struct.pack("<3e", *row) for row in rows.values())
head = json.dumps({"embeddings": {"dtype": "F16", "shape": [len(rows), 3],
                                  "data_offsets": [0, len(data)]}}).encode()
with open(folder + "/model.safetensors", "wb") as out:
    out.write(struct.pack("<Q", len(head)) + head + data)
with open(folder + "/config.json", "w") as out:
    json.dump({"model_type": "model2vec", "normalize": True}, out)
with open(folder + "/tokenizer.json", "w") as out:
    json.dump({"normalizer": {"type": "BertNormalizer"},
               "pre_tokenizer": {"type": "BertPreTokenizer"},
               "model": {"type": "WordPiece", "vocab":
                         {t: i for i, t in enumerate(rows)}}}, out)
END
}
make_model tiny 1
cat >corpus.jsonl <<'END'
{"id":"pets","text":"Cats, dogs!"}
{"id":"road","text":"a CAR has an engine"}
{"id":"sky","text":"r\u00e1in"}
{"id":"none","text":"qwerty \u4e2d\u6587 \ud83d\ude00"}
END

run corpus.jsonl --embed static:tiny
t "a document without a known token fails, the others do not" is $? 1
t "three are stored" is "$(rows corpus.vectors.sqlite)" 3
t "EM-15 the failure is the vector's" sh -c '"$1" failures corpus.jsonl |
    grep "\"none\"" | grep -q vector' sh "$BATCHTOP"
t "a vector is what the rule says" is "$(sqlite3 corpus.vectors.sqlite \
    "SELECT hex(embedding) FROM documents WHERE id = 'sky'")" \
    "00000000000000000000803F"
"$BATCHTOP" search corpus "an engine" -k 1 >log 2>&1
t "a search finds by meaning" says log road
"$BATCHTOP" search corpus "dog" -k 1 >log 2>&1
t "whatever the word" says log pets

t "another dimension: status 2" is \
    "$(run corpus.jsonl --job dim --embed static:tiny --dim 4; echo $?)" 2
t "and the model's own" says log "has 3 dimensions"
make_model tiny 2
run retry corpus.jsonl
t "LD-15 the folder holds another model: status 6" is $? 6
t "and the way on" says log "--new-job"

grep -v none corpus.jsonl >whole.jsonl
run whole.jsonl --embed static:tiny
run whole.jsonl --embed static:tiny
t "a finished job of the same model has nothing to do" \
    says log "whole is finished"
make_model tiny 4
"$BATCHTOP" whole.jsonl --embed static:tiny --json >sum 2>log
t "LD-15 of another model it begins anew" is $? 0
t "and embeds every document again" is "$(field sum embedded)" 3
rm tiny/tokenizer.json
t "and that its files are gone is said" \
    is "$(run whole.jsonl --embed static:tiny; echo $?)" 2
run corpus.jsonl --job gone --embed static:tiny
t "a file is missing: status 2" is $? 2
t "and its name" says log "tokenizer.json"
