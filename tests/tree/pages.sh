#!/bin/sh
# The pages for those who change batchtop speak of what is there: modules,
# files, options, and the rows of the fault table. What several hands add to at
# the same time says nothing twice: a merge may keep both sides.
cd "${srcdir:-.}" || exit 1
pages="HACKING.md CONTRIBUTING.md SECURITY.md docs/*.md"
n=0

check() { # name, what is named and is not there
    n=$((n + 1))
    if [ -z "$2" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "$2" | sed 's/^/# /'
    fi
}

files=$(find src ui tests bench man docs examples -type f)
is_file() { # a name without its folder, as a pattern
    echo "$files" | grep -qE "(^|/)$1\$"
}

# The last column of a glossary's row names modules: `queue`, `frontier`.
homes() {
    sed -n 's/^|.*|\([^|]*\)|$/\1/p' docs/glossary.md | grep -o '`[^`]*`' |
        tr -d '`' | sort -u
}

# But for what HACKING's worked changes make, and what make does.
# shellcheck disable=SC2086 # the pages are words
named() { # pattern
    grep -ohE "$1" $pages | tr -d '`' | sort -u |
        grep -vE 'acme|wire_build|--label'
}

echo 1..10
check "the glossary explains each term once" "$(
    sed -n 's/^| \([^|]*\) |.*/\1/p' docs/glossary.md | grep -vx term | sort |
        uniq -d)"
check "the glossary names modules that are there" "$(
    homes | while read -r module; do
        is_file "$module\.(c|h|sh)" || echo "docs/glossary.md: $module"
    done)"
check "the pages name folders and files that are there" "$(
    named '(^|[ `(])(src|ui|tests|docs)/[a-zA-Z0-9_./-]*[a-zA-Z0-9/]' |
        tr -d ' (' | grep -v '[A-Z]' | while read -r path; do
        [ -e "$path" ] || [ -e "${path%.*}.c" ] ||
            [ -e "${path%.log}.sh" ] ||
            grep -q "^check_PROGRAMS.*%D%/${path#tests/}" tests/local.mk ||
            echo "$path"
    done)"
check "the pages name sources that are there" "$(
    named '`[a-z0-9_/]+\.[ch]`' | sed 's,.*/,,' | while read -r file; do
        is_file "$file" || echo "$file"
    done)"
# --long is zstd's.
check "the pages name options that are there" "$(
    {
        "$BATCHTOP" --options
        sed -n 's/^AC_ARG_ENABLE(\[\([a-z-]*\)\].*/--enable-\1\n--disable-\1/p
            s/^AC_ARG_WITH(\[\([a-z-]*\)\].*/--with-\1/p' configure.ac
        printf -- '--%s\n' embedders stores help version options long
    } | {
        known=$(cat)
        named '`--[a-z][a-z0-9-]*' | while read -r option; do
            echo "$known" | grep -qx -- "$option" || echo "$option"
        done
    })"
check "each fault that tests and sources name is one row" "$(
    find src ui tests -name '*.[ch]' -o -name '*.sh' | xargs \
        grep -ohE '\b(IN|EM|ST|LD|OS|SE)[-_][0-9]{2}\b' | tr _ - | sort -u |
        while read -r row; do
            [ "$(grep -c "^| $row |" docs/faults.md)" = 1 ] || echo "$row"
        done)"
check "the fault table names tests that are there" "$(
    grep -ohE '\b(test_|e2e/)[a-z0-9_]+' docs/faults.md | sort -u |
        while read -r test; do
            is_file "$test\.(c|sh)" || echo "$test"
        done)"
check "ChangeLog says nothing twice" "$(
    {
        cat ChangeLog
        awk '/^  [A-Z][a-z]+  / { print entry; entry = "" }
            { $1 = $1; entry = entry " " $0 }
            END { print entry }' ChangeLog | cut -c 1-60
    } | grep . | sort | uniq -d)"
check "the lists of sources name each once" "$(
    for list in src/local.mk ui/local.mk; do
        sed 's/ .$//' $list | grep '^[[:blank:]]%D%/' | sort | uniq -d
    done)"
check "docs/metrics.md has the figures that are written, and no others" "$(
    {
        sed -n 's/^| `batchtop_\([a-z0-9_]*\)`.*/\1/p' docs/metrics.md |
            sed 's/_total$//; s/_info$//'
        sed -n 's/.*"\([a-z0-9_]*\)", "\(gauge\|counter\|info\)".*/\1/p
            s/.*metrics_put_words(b, s, "\([a-z]*\)",.*/\1/p' \
            src/host/metrics.c
    } | sort | uniq -u)"
