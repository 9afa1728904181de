#!/bin/sh
# The rooms: each may include those to its left, never a neighbour in braces.
#
#   util < sys < { data options } < net < api
#        < { flow source embed store ledger } < core < engine < remote
#        < { host ui } < cmd < main
#
# A folder inside a room is a floor of it; the floors have an order, too:
#
#   embed/static < embed < embed/providers; the interface is for all of them
#   store < store/FAMILY, which knows no other family
#   engine.h, worker.h < engine/job < engine/recorder < the rest of engine
#   ui/draw < ui/panes < ui/keys < ui/dialogs < ui/console < ui/terminal
#
# Exceptions, on purpose: the ledger's header speaks of fingerprints, which are
# source's; the table of a kind (embedders.c, stores.c) names those in it;
# host/viewer.c is the one that knows the console.
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

# Includes of ours in a folder, and below it, that begin with none of these.
outside() { # folder, allowed beginnings as a pattern
    grep -rn --include='*.[ch]' '^#include "' "$1" |
        grep -vE '"(config|wire_build)\.h"' | grep -vE "\"($2)" || true
}
# Likewise, without the folders below it.
outside_here() {
    outside "$1" "$2" | grep -E "^$1/[^/]*:"
}

echo 1..37
check "util includes only util" "$(outside src/util util/)"
check "sys includes util and sys" "$(outside src/sys 'util/|sys/')"
base='util/|sys/|data/'
check "data stays below net" "$(outside src/data "$base")"
check "options stay below net" "$(outside src/options 'util/|sys/|options/')"
below="$base|options/|net/"
check "net stays below the providers" "$(outside src/net "$base|net/")"
check "net knows no service by name" "$(
    sed -n '/define EMBEDDERS/,/[^\\]$/p;/define STORES/,/[^\\]$/p' \
        src/embed/embedder.h src/store/store.h |
        grep -o 'X([a-z]*)' | sed 's/X(\(.*\))/\1/' |
        grep -vx 'X\|exec\|jsonl\|local\|static' |
        grep -rnwif - src/net)"
check "api is words alone, and what a failure is" "$(
    outside src/api 'util/|data/failure.h"|api/')"
check "flow knows no provider" "$(outside src/flow "$below|api/|flow/")"
check "source knows no neighbour" "$(outside src/source "$below|source/")"
check "embed knows no neighbour" "$(outside src/embed "$below|embed/")"
check "store knows no neighbour" "$(outside src/store "$below|store/")"
check "ledger knows no neighbour but source/source.h" "$(
    outside src/ledger "$below|ledger/" | grep -v '"source/source.h"')"
parts="$below|api/|flow/|source/|embed/|store/|ledger/"
check "core knows no run" "$(outside src/core "$parts|core/")"
check "engine knows neither screen nor commands" "$(
    outside src/engine "$parts|core/|engine/")"
check "remote knows only util, sys and api" "$(
    outside src/remote 'util/|sys/|api/|remote/')"
all="$parts|core/|engine/|remote/"
check "host does not know the screen, but for viewer.c" "$(
    outside src/host "$all|host/" |
        grep -vE '^src/host/viewer.c:.*"ui/terminal/(app|screen).h"')"
check "cmd does not know the screen" "$(outside src/cmd "$all|host/|cmd/")"
check "ui sees util, data and api, its terminal the clock" "$(
    outside ui 'util/|data/|api/|ui/' |
        grep -vE '^ui/terminal/.*"sys/clock.h"')"

check "embed/static knows of embedders the interface alone" "$(
    outside src/embed/static "$below|embed/static/|embed/embedder.h\"")"
check "embed knows its providers only in the table" "$(
    outside_here src/embed "$below|embed/[^/]*\"" |
        grep -v '^src/embed/embedders.c:')"
check "store knows its families only in the table" "$(
    outside_here src/store "$below|store/[^/]*\"" |
        grep -v '^src/store/stores.c:')"
check "a family of stores knows no other" "$(
    for family in src/store/*/; do
        family=${family%/}
        outside "$family" "$below|store/[^/]*\"|${family#src/}/"
    done)"
check "engine/job sees of engine a run's state and a worker's alone" "$(
    outside src/engine/job \
        "$parts|core/|engine/job/|engine/(engine|worker).h\"")"
check "engine/recorder sees of engine a run's state and its job alone" "$(
    outside src/engine/recorder \
        "$parts|core/|engine/(job|recorder)/|engine/engine.h\"")"
check "run.c is engine's roof: nobody below it begins or ends a run" "$(
    grep -rnE '\brun_(open|begin|wait|finish)\(' src/engine |
        grep -v '^src/engine/run.c:')"
draw='util/|data/|api/|ui/draw/'
check "ui/draw is below the panes" "$(outside ui/draw "$draw")"
check "ui/panes know no key" "$(outside ui/panes "$draw|ui/panes/")"
keys="$draw|ui/panes/|ui/keys/"
check "ui/keys know no dialog" "$(outside ui/keys "$keys")"
check "ui/dialogs know no console" "$(outside ui/dialogs "$keys|ui/dialogs/")"
check "ui/console knows no terminal" "$(
    outside ui/console "$keys|ui/dialogs/|ui/console/")"

only() { # pattern of an include, files that may have it
    grep -rlE --include='*.[ch]' "#include <($1)" src ui | grep -vE "^($2)"
}
check "curl.h only in net" "$(only curl/ src/net/)"
check "sqlite3.h only in ledger and store/files" "$(
    only sqlite3.h 'src/ledger/|src/store/files/')"
check "libpq only in store/postgres" "$(only libpq-fe.h src/store/postgres/)"
check "curses only in screen.c and input.c" "$(
    only '(curses|ncurses|term).h' 'ui/terminal/(screen|input)\.c')"
check "SE-04 nothing makes curl tell headers: keys are among them" "$(
    grep -rnE 'CURLOPT_(VERBOSE|DEBUG)' src ui)"
check "file names are unique" "$(
    find src ui -name '*.[ch]' | sed 's,.*/,,' | sort | uniq -d)"
check "config.h is the first include of every .c file" "$(
    find src ui -name '*.c' | while read -r f; do
        grep -m1 '^#include' "$f" | grep -q '"config.h"' || echo "$f"
    done)"
