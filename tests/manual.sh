#!/bin/sh
# The manual, the help and the README speak of the same options and keys.
. "${srcdir:-.}/tests/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
plan 5

"$BATCHTOP" --options | sort >options
"$BATCHTOP" --help >help
man=$top/man/batchtop.1
known() { # options that a text names but the program does not know
    grep -o -- '--[a-z][a-z0-9-]*' "$1" | sort -u | grep -vxFf options |
        grep -vxE -- '--(help|version|options|enable-debug|with-sanitizer)'
}
t "the manual has every option" is "$(
    sed 's/\\-/-/g' "$man" >flat
    grep -vxFf /dev/null options | while read -r o; do
        grep -qF -- "$o" flat || echo "$o"
    done)" ""
t "the manual names no option that is not there" is "$(known flat)" ""
t "the README names no option that is not there" is \
    "$(known "$top/README.md")" ""
t "the manual has every command" is "$(sed -n \
    's/^  batchtop \([a-z]*\) .*/\1/p' help | while read -r c; do
        grep -q "^\.B.*batchtop $c" flat || echo "$c"
    done)" ""
t "the manual has every key" is "$(sed -n \
    '/^static const struct keymap_row/,/^};/s/.*}, "\([^"]*\)".*/\1/p' \
    "$top/ui/keymap.c" | while read -r k; do
        grep -qF -- "$k" flat || echo "$k"
    done)" ""
