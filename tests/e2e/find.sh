#!/bin/sh
# What is found without a server or a key: by meaning, by wording, and in vectors
# of the time when --embed hash was called local.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
plan 33

cat >things.tsv <<'END'
aircraft	aircraft: a vehicle that can fly
armored	armored car, armoured car: a military combat vehicle on wheels with light armor and a gun
gnat	gnat: any of various small biting flies, of the midges and black flies
lorry	lorry, motortruck: a large truck designed to carry heavy loads
flier	flier, flyer, handbill: an advertisement on a sheet of paper for wide distribution
dentist	dentist, tooth doctor: a person qualified to practice dentistry
engineer	repairman, service man: a skilled worker whose job is to mend things
comb	comb: a flat device with narrow pointed teeth on one edge
thermos	vacuum flask: a bottle that preserves the temperature of hot or cold drinks
kettle	kettle, boiler: a metal pot for stewing or boiling, usually with a lid
physician	doctor, physician: a licensed medical practitioner
astronomy	astronomy: the branch of physics that studies celestial bodies
telescope	telescope, scope: a magnifier of images of distant objects
password	To change your login credentials open Settings and choose Security
invoice	Invoices are sent by mail on the first day of each month
delivery	Parcels arrive two days after they were ordered
E4711	E4711: the spool folder is full
E4712	E4712: the spool folder is not there
fiume	Il fiume scorre lentamente verso il mare in autunno
monte	La montagna era coperta di neve fino a primavera
END
awk -F '\t' '{ printf "{\"id\":\"%s\",\"text\":\"%s\"}\n", $1, $2 }' \
    things.tsv >things.jsonl
first() { # question; arguments of search
    question=$1
    shift
    "$BATCHTOP" search "$@" "$question" -k 1 2>log | awk '{ print $2 }'
}
here="--checkpoint-dir ck"

t "a run without options" run things.jsonl $here
t "a vehicle that flies is an aircraft" is \
    "$(first "a vehicle that flies" things $here)" aircraft
t "who repairs teeth is a dentist" is \
    "$(first "someone who repairs teeth" things $here)" dentist
t "what keeps coffee hot is a flask" is \
    "$(first "it keeps coffee hot" things $here)" thermos
t "the study of the stars is astronomy" is \
    "$(first "the study of the stars" things $here)" astronomy
t "who forgot a password finds the credentials" is \
    "$(first "how do I reset my password" things $here)" password
t "a code is found by its letters" is \
    "$(first "what does E4712 mean" things $here)" E4712
t "a misspelt word, too" is "$(first "physicain" things $here)" physician
t "and another language" is "$(first "neve sulla montagna" things $here)" monte
t "the store alone tells how to ask" is "$(first "a vehicle that flies" \
    --store sqlite:things.vectors.sqlite --checkpoint-dir none)" aircraft
t "EM-43 vectors of hash do not go beside them" sh -c '
    "$1" things.jsonl --embed hash --job other --checkpoint-dir ck \
        --store sqlite:things.vectors.sqlite --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP"
t "EM-43 and that is said" says log \
    "holds vectors of local, these are of hash"
t "EM-42 half of the dimensions" run things.jsonl $here --job half --dim 192 \
    --store sqlite:half.sqlite
t "EM-42 are all of the meaning" is "$(first "a vehicle that flies" half \
    $here)" aircraft

# As an older version left it: the name local, and nothing else.
head -n 12 things.jsonl >old.jsonl
run old.jsonl $here --embed hash
sqlite3 old.vectors.sqlite "UPDATE meta SET value = 'local' WHERE
    key = 'model'; UPDATE meta SET value = replace(value, 'hash', 'local')
    WHERE key = 'made_with'"
sqlite3 ck/completed/old_*.ledger "UPDATE job SET value = 'local' WHERE
    key = 'identity.embed'; UPDATE job SET value = replace(value,
    '\"embed\":\"hash\"', '\"embed\":\"local\"') WHERE key = 'options'"
"$BATCHTOP" search --store sqlite:old.vectors.sqlite --checkpoint-dir none \
    "armoured car" -k 1 >found 2>log
t "EM-53 old vectors are searched with hash" grep -q '^0.[4-9].* armored ' found
t "EM-53 a new job does not go beside them" sh -c '
    "$1" old.jsonl --job new --checkpoint-dir ck \
        --store sqlite:old.vectors.sqlite --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP"
t "EM-53 and that is said" says log "holds vectors of hash, these are of local"
run old.jsonl $here
t "EM-53 an old job that is finished is finished" says log "is finished"
tail -n 8 things.jsonl >>old.jsonl
t "EM-53 one whose corpus grew goes on" run old.jsonl $here
t "EM-53 with hash, and says so" says log "it goes on with that, --embed hash"
"$BATCHTOP" old.jsonl --embed hash --job pure --store sqlite:pure.sqlite \
    --plain >log 2>&1
for s in old.vectors pure; do
    sqlite3 $s.sqlite "SELECT id, hex(embedding) FROM documents ORDER BY id" >$s
done
t "EM-53 so that all its vectors are of one kind" cmp old.vectors pure
"$BATCHTOP" status old $here >log
t "EM-53 status names it hash" grep -q '^embedder *hash' log

# A refused start changes nothing. `touched`: the file as an older version left
# it, which wrote the name of its embedder before it refused.
facts() { sqlite3 "$1" "SELECT key, value FROM meta ORDER BY key"; }
refused() { # arguments: status 2, and no live checkpoint
    "$BATCHTOP" "$@" --checkpoint-dir ck --plain >log 2>&1
    [ $? -eq 2 ] && [ -z "$(ls ck/*.ledger 2>/dev/null)" ]
}
head -n 5 things.jsonl >r.jsonl
cp r.jsonl s.jsonl
run r.jsonl $here
run s.jsonl $here --embed hash
for j in r s; do
    facts $j.vectors.sqlite >$j.facts
done
t "EM-55 hash is refused beside local" refused r.jsonl --embed hash
t "EM-55 and has written nothing" is "$(facts r.vectors.sqlite)" "$(cat r.facts)"
t "EM-55 local is refused beside hash" refused s.jsonl --embed local --new-job
t "EM-55 and has written nothing either" is "$(facts s.vectors.sqlite)" \
    "$(cat s.facts)"
touched="UPDATE meta SET value = 'hash' WHERE key = 'model'"
sqlite3 r.vectors.sqlite "$touched"
t "EM-55 a file of a wrong model is verified" "$BATCHTOP" verify r $here
tail -n 3 things.jsonl >>r.jsonl
t "EM-55 its job takes a grown corpus" run r.jsonl $here
t "EM-55 which sets the model right" is "$(facts r.vectors.sqlite)" \
    "$(cat r.facts)"
sqlite3 r.vectors.sqlite "$touched"
t "EM-55 and is run again" run r.jsonl $here --new-job
sqlite3 r.vectors.sqlite "UPDATE meta SET value = replace(value, 'local',
    'hash') WHERE key = 'made_with'"
t "EM-55 vectors of another embedder are not verified" refused verify r
head -n 1 things.jsonl | sed 's/aircraft/again/' >>r.jsonl
t "EM-55 nor joined by those of a grown corpus" refused r.jsonl
t "EM-55 whose refused start says that nothing was sent" says log \
    "none: nothing was sent"
