#!/bin/sh
# The rooms: each may include those to its left, never a neighbour in braces.
#
#   util < sys < data < net < { source embed store ledger } < core
#        < remote < { ui cmd } < main
#
# One exception, on purpose: the ledger's header speaks of fingerprints, which
# are source's, so ledger may include source/source.h.
cd "${srcdir:-.}" || exit 1
n=0

check() { # name, offending lines
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

# Includes of ours in a folder that lead to none of the allowed rooms.
outside() { # folder, allowed rooms as a pattern
    grep -n '^#include "' "$1"/*.c "$1"/*.h |
        grep -v '"config.h"' | grep -vE "\"($2)/" || true
}

echo 1..19
check "util includes only util" "$(outside src/util util)"
check "sys includes util and sys" "$(outside src/sys 'util|sys')"
check "data stays below net" "$(outside src/data 'util|sys|data')"
check "net stays below the providers" "$(outside src/net 'util|sys|data|net')"
below='util|sys|data|net'
check "source knows no neighbour" "$(outside src/source "$below|source")"
check "embed knows no neighbour" "$(outside src/embed "$below|embed")"
check "store knows no neighbour" "$(outside src/store "$below|store")"
check "ledger knows no neighbour but source/source.h" "$(
    outside src/ledger "$below|ledger" | grep -v '"source/source.h"')"
check "core knows neither screen nor commands" "$(
    outside src/core "$below|source|embed|store|ledger|core")"
check "remote knows only util, sys and the few headers of core" "$(
    outside src/remote 'util|sys|remote' |
        grep -vE '"core/(run|door|snapshot|command)\.h"')"
check "cmd does not know the screen" "$(
    outside src/cmd "$below|source|embed|store|ledger|core|remote|cmd")"
check "ui sees util, data and few headers of core" "$(
    outside ui 'util|data|ui' |
        grep -vE '"core/(run|door|snapshot|command)\.h"')"
check "curl.h only in net" "$(
    grep -ln '#include <curl/' src/*/*.[ch] ui/*.[ch] | grep -v '^src/net/')"
check "sqlite3.h only in ledger and store_sqlite.c" "$(
    grep -ln '#include <sqlite3.h>' src/*/*.[ch] ui/*.[ch] |
        grep -vE '^src/(ledger/|store/store_sqlite\.c)')"
check "libpq only in store/pg_*" "$(
    grep -ln '#include <libpq-fe.h>' src/*/*.[ch] ui/*.[ch] |
        grep -v '^src/store/pg_')"
check "curses only in screen.c and input.c" "$(
    grep -lnE '#include <(curses|ncurses|term)\.h>' src/*/*.[ch] ui/*.[ch] |
        grep -vE '^ui/(screen|input)\.c')"
check "SE-04 nothing makes curl tell headers: keys are among them" "$(
    grep -nE 'CURLOPT_(VERBOSE|DEBUG)' src/*/*.[ch] ui/*.[ch])"
check "file names are unique" "$(
    ls src/*.[ch] src/*/*.[ch] ui/*.[ch] | sed 's,.*/,,' | sort | uniq -d)"
check "config.h is the first include of every .c file" "$(
    for f in src/*.c src/*/*.c ui/*.c; do
        grep -m1 '^#include' "$f" | grep -q '"config.h"' || echo "$f"
    done)"
