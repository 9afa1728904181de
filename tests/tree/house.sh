#!/bin/sh
# The house's figures (house.pl) for this tree; then the same for a made-up
# tree that is at every limit, and once more for each rule, broken there.
#
#     tests/tree/house.sh [--all] [--aims]     see house.pl
cd "${srcdir:-.}" || exit 1
command -v perl >/dev/null || {
    echo '1..0 # SKIP perl is missing'
    exit 0
}
pl=$PWD/tests/tree/house.pl
figures() { find src ui tests -type f | perl "$pl" "$@"; }

echo 1..15
figures "$@" || exit 1

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM
cd "$folder" || exit 1
n=7

lines() { # how many, what each is
    awk -v n="$1" -v line="$2" 'BEGIN { while (n-- > 0) print line }'
}
opening='/* This file is there for the rules to be tried. */'
function_of() { # its head, its lines
    echo "$1"
    echo '{'
    lines $(($2 - 3)) '    "}", f();'
    echo '}'
}

# A circle of three modules, functions of 60 lines, a file of 600 lines (and a
# longer one that a program made), a folder of 20 files, a name that only one
# static function has.
mkdir -p sound/src/a/b sound/ui sound/tests
cd sound || exit 1
for i in 1 2 3; do
    echo "#include \"a/c$((i % 3 + 1)).h\"" >src/a/c$i.h
    printf '#include "config.h"\n%s\n#include "a/c%d.h"\n' "$opening" $i \
        >src/a/c$i.c
done
echo '#include "a/c1.h"' >src/a/d.h
i=0
while [ $((i += 1)) -le 20 ]; do
    echo "$opening" >src/a/b/f$i.c
done
function_of 'static bool one(const char *x, int y)' 60 >>src/a/c1.c
function_of 'static struct s *two(void)' 60 >>src/a/c2.c
function_of 'static int other(void)' 60 >>src/a/c2.c
function_of 'void one(void)' 60 >>tests/t.h
{
    printf '%s\n/*\n#include "a/none.h"\nstatic int one(void)\n{\n' "$opening"
    lines 593 'one();'
    printf '}\n*/\n'
} >ui/long.c
{
    echo '/* A program made this table: do not edit. */'
    lines 600 'int x[9];'
} >ui/made.c

# One TAP line: so many figures pass, and these lines are among what is said.
expect() { # name, how many pass, lines as patterns...
    n=$((n + 1))
    name=$1 said=$(figures --aims) ok=ok
    [ "$(echo "$said" | grep -c '^ok')" = "$2" ] || ok='not ok'
    shift 2
    for line in "$@"; do
        echo "$said" | grep -q "^$line" || ok='not ok'
    done
    echo "$ok $n - $name"
    [ "$ok" = ok ] || echo "$said" | sed 's/^/# /'
}
expect "a tree at every limit passes" 7

# Break one rule in one file: its figure fails, no other does, and it says who.
breaks() { # figure, file, who, what the file has then, too
    rm -rf ../broken
    cp -R . ../broken
    echo "$4" >>"../broken/$2"
    cd ../broken || exit 1
    expect "a broken rule is seen: $1" 6 "not ok [0-9]* - $1:" "#   $3\$"
    cd ../sound || exit 1
}
breaks circle src/a/c3.h '4: src/a/c1 src/a/c2 src/a/c3 src/a/d' \
    '#include "d.h"'
breaks lost src/a/c1.h 'src/a/c1.h: a/none.h' '#include "a/none.h"'
breaks statics src/a/b/f1.c 'one: src/a/b/f1.c src/a/c1.c' 'static int
one(void) { return 1; }'
breaks sentence src/a/mute.c src/a/mute.c "#include \"config.h\"
#include \"a/d.h\"
$opening"
breaks file ui/long.c 'ui/long.c: 601 lines' ''
breaks function src/a/c3.c 'src/a/c3.c:4: three, 61 lines' \
    "$(function_of 'void three(struct s *s,
           int count)' 60)"
breaks folder src/a/b/f21.c 'src/a/b: 21' "$opening"
