#!/bin/sh
# The real Chroma server, from its npm package, beside the real binary. Asks
# the npm registry, so only with BATCHTOP_REAL_SERVERS=1.
. "${srcdir:-.}/tests/lib.sh"
[ "${BATCHTOP_REAL_SERVERS:-}" = 1 ] ||
    skip_all "BATCHTOP_REAL_SERVERS=1 is not set: needs the npm registry"
need node
need npm
need curl
need cc
npm install --no-audit --no-fund --silent chromadb@3.5.0 >npm.log 2>&1 ||
    skip_all "npm cannot install chromadb: $(tail -n 1 npm.log)"
binding=$(ls node_modules/chromadb-js-bindings-*/*.node | head -n 1)

# The binding is linked against a newer glibc than Debian 12 has. Of that it
# needs two functions, which a preloaded library gives, and the versions' names,
# which are made weak (VER_FLG_WEAK in .gnu.version_r; ELF64, little-endian).
cat >weaken.js <<'END'
const fs = require("fs"), file = process.argv[2], names = process.argv.slice(3);
const elf = fs.readFileSync(file), big = at => Number(elf.readBigUInt64LE(at));
const section = i => {
    const at = big(40) + i * elf.readUInt16LE(58);
    return { type: elf.readUInt32LE(at + 4), offset: big(at + 24),
             link: elf.readUInt32LE(at + 40), info: elf.readUInt32LE(at + 44) };
};
for (let i = 0; i < elf.readUInt16LE(60); i++) {
    const needs = section(i);
    if (needs.type !== 0x6ffffffe)
        continue;
    const strings = section(needs.link).offset;
    let at = needs.offset;
    for (let n = 0; n < needs.info; n++, at += elf.readUInt32LE(at + 12)) {
        let aux = at + elf.readUInt32LE(at + 8);
        for (let k = elf.readUInt16LE(at + 2); k > 0; k--) {
            const start = strings + elf.readUInt32LE(aux + 8);
            const name = elf.toString("latin1", start, elf.indexOf(0, start));
            if (names.includes(name))
                elf.writeUInt16LE(elf.readUInt16LE(aux + 4) | 2, aux + 4);
            aux += elf.readUInt32LE(aux + 12);
        }
    }
}
fs.writeFileSync(file, elf);
END
cat >shim.c <<'END'
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
long __isoc23_strtol(const char *s, char **end, int base);
int __isoc23_sscanf(const char *s, const char *format, ...);
long __isoc23_strtol(const char *s, char **end, int base)
{
    return strtol(s, end, base);
}
int __isoc23_sscanf(const char *s, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsscanf(s, format, args);
    va_end(args);
    return n;
}
END
preload=
if ! node -e "require('./$binding')" 2>/dev/null; then
    node weaken.js "$binding" GLIBC_2.38 GLIBC_2.39 &&
        cc -shared -fPIC -o libshim.so shim.c || skip_all "no shim"
    preload=$PWD/libshim.so
fi

free_port() {
    node -e 's = require("net").createServer().listen(0, "127.0.0.1",
        () => { console.log(s.address().port); s.close() })'
}
start_chroma() { # on $port: sets chroma
    LD_PRELOAD=$preload node node_modules/.bin/chroma run --host 127.0.0.1 \
        --port "$port" --path "$folder/data" >chroma.log 2>&1 &
    chroma=$!
    pids="$pids $chroma"
    tries=0
    until curl -sf -m 2 "http://127.0.0.1:$port/api/v2/heartbeat" >/dev/null
    do
        tries=$((tries + 1))
        [ "$tries" -lt 200 ] && kill -0 "$chroma" 2>/dev/null || return 1
        sleep 0.1
    done
}
port=$(free_port)
start_chroma || skip_all "Chroma does not start: $(tail -n 1 chroma.log)"
plan 20

base=http://127.0.0.1:$port/api/v2/tenants/default_tenant/databases/default_database/collections
uuid() { # collection
    curl -s "$base/$1" | sed -n 's/^{"id":"\([^"]*\)".*/\1/p'
}
count() { # collection
    curl -s "$base/$(uuid "$1")/count"
}
reaches() { # collection, records: wait
    tries=0
    until [ "$(count "$1")" -ge "$2" ] 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
}
store() { # collection
    echo "chroma+http://127.0.0.1:$port/$1"
}

corpus 3000 >corpus.jsonl
t "a collection that is missing stops the run before it embeds" sh -c '
    "$1" corpus.jsonl --store "$2" --plain >log 2>&1; [ $? -eq 2 ]' sh \
    "$BATCHTOP" "$(store docs)"
t "and --create is named as the remedy" says log "--create makes it"
t "--create makes it and every document is stored" \
    run corpus.jsonl --store "$(store docs)" --create
t "Chroma counts them" is "$(count docs)" 3000
"$BATCHTOP" verify corpus --sample 0 >log 2>&1
t "ST-11 verify finds every id" says log "asked for 3,000 ids, 0 missing"
"$BATCHTOP" search corpus "the 77 th document speaks of topic" -k 3 >found \
    2>log
t "search finds as many as were asked for" is "$(wc -l <found)" 3
t "the nearest is the one that was meant" says found "doc-0000077"
curl -s -X POST -H 'Content-Type: application/json' "$base/$(uuid docs)/get" \
    -d '{"ids":["doc-0000042"],"include":["documents","metadatas"]}' >record
t "the text is the document" says record "the 42 th document speaks"
t "metadata has its members" says record '{"n":42}'
run corpus.jsonl --store "$(store docs)" --new-job
t "sent again, nothing is there twice" is "$(count docs)" 3000
t "ST-05 another dimension is refused before it costs" sh -c '
    "$1" corpus.jsonl --job other --store "$2" --dim 256 --plain >log 2>&1
    [ $? -eq 2 ]' sh "$BATCHTOP" "$(store docs)"
t "with both dimensions named" says log \
    "holds vectors of 384 dimensions, the embedder gives 256"

{ corpus 500; printf '%s\n' \
    '{"id":"odd","text":"odd","metadata":{"deep":{"a":1}}}' \
    '{"id":"gr\u00fc\u00df \"x\"\n","text":"an odd id","metadata":{}}'
} >odd.jsonl
"$BATCHTOP" odd.jsonl --store "$(store odd)" --create --json >sum 2>log
t "metadata that Chroma cannot hold fails its document alone" is \
    "$(field sum stored) $(field sum failed)" "501 1"
t "metadata=json in the URL stores it" run odd.jsonl --new-job \
    --store "$(store odd)?metadata=json"

corpus 9000 >big.jsonl
"$BATCHTOP" big.jsonl --store "$(store big)" --create --store-batch 200 \
    --plain >log 2>&1 &
run=$!
pids="$pids $run"
t "a run is under way" reaches big 1000
kill -9 "$run"
wait "$run" 2>/dev/null
t "after a kill the same line goes on" \
    run big.jsonl --store "$(store big)" --store-batch 200
t "nothing is lost and nothing is there twice" is "$(count big)" 9000

corpus 9000 >hour.jsonl
"$BATCHTOP" hour.jsonl --store "$(store hour)" --create --store-batch 200 \
    --json >sum 2>log &
run=$!
pids="$pids $run"
reaches hour 1000
kill -9 "$chroma"
wait "$chroma" 2>/dev/null
sleep 1
start_chroma
t "a server that dies and comes back ends no run" wait "$run"
t "every document is stored" is "$(field sum stored) $(count hour)" "9000 9000"
"$BATCHTOP" verify hour --sample 0 >log 2>&1
t "and verify finds every id" says log "asked for 9,000 ids, 0 missing"
