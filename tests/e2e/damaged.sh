#!/bin/sh
# IN-31: a damaged end costs what is behind it and nothing else: what was read is
# stored, the other files are read to their ends, and only then it is status 2.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need gzip
plan 25

corpus 3000 >whole.jsonl
gzip -c whole.jsonl >whole.gz
size=$(wc -c <whole.gz)

# Ends of kinds: NAME, records before it, words of the reason
mkdir ends
head -c $((size * 2 / 3)) whole.gz >ends/cut.jsonl.gz
{ cat whole.gz; printf rubbish; } >ends/behind.jsonl.gz
{ printf '['; head -n 1000 whole.jsonl | paste -sd, -; printf ',]'; } \
    >ends/comma.json
{ printf '['; head -n 1000 whole.jsonl | paste -sd, -; } >ends/open.json
{ printf '['; head -n 1000 whole.jsonl | paste -sd, -; printf '] {"a":1}'; } \
    >ends/after.json
readable=$(gzip -dc ends/cut.jsonl.gz 2>/dev/null | wc -l)
end_is() { # name, records, words
    file=$(echo ends/"$1".*)
    "$BATCHTOP" "$file" --store "sqlite:$1.sqlite" --json >first.json 2>log
    t "$1: status 2" is $? 2
    t "$1: all that was read is stored" is "$(rows "$1.sqlite")" "$2"
    t "$1: the reason names the place" says first.json "$3"
    "$BATCHTOP" "$file" --store "sqlite:$1.sqlite" --json >second.json 2>log
    t "$1: trying again adds nothing, sends nothing and says the same" is "$?:$(
        rows "$1.sqlite"):$(field second.json requests):$(
        sed 's/.*"error"://' second.json)" \
        "2:$2:0:$(sed 's/.*"error"://' first.json)"
}
end_is cut "$readable" "truncated archive near byte"
end_is behind 3000 "damaged gzip near byte"
end_is comma 1000 "no JSON value begins"
end_is open 1000 "the array is not closed"
end_is after 1000 "stands behind the array"

# One bad shard of many, more than are open at a time; another has no good byte
mkdir shards
for i in 1 2 3 4 5 6 7; do
    corpus 200 | sed "s/doc-/s$i-/" | gzip -c >shards/$i.jsonl.gz
done
head -c 400 shards/2.jsonl.gz >x && mv x shards/2.jsonl.gz
head -c 12 shards/3.jsonl.gz >x && mv x shards/3.jsonl.gz
some=$(gzip -dc shards/2.jsonl.gz 2>/dev/null | wc -l)
"$BATCHTOP" shards/*.gz --job many --store sqlite:many.sqlite --json \
    >first.json 2>log
t "shards: status 2 at the end of all" is $? 2
t "shards: the others are stored whole" is "$(rows many.sqlite)" \
    $((1000 + some))
for bad in 2 3; do
    t "shards: bad one $bad is named" \
        says log "shards/$bad.jsonl.gz: truncated archive"
done
corpus 200 | sed "s/doc-/s3-/" | gzip -c >shards/3.jsonl.gz
corpus 200 | sed "s/doc-/s2-/" | gzip -c >shards/2.jsonl.gz
"$BATCHTOP" shards/*.gz --job many --store sqlite:many.sqlite --json \
    --accept-changed >second.json 2>log
t "shards: mended and accepted, the rest follows" is \
    "$?:$(rows many.sqlite)" 0:1400
