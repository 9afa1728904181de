#!/bin/sh
# Each fuzz target reads its seeds: those in the repository, among them inputs
# that were found once, and those that make_seeds makes of today's formats.
here=${srcdir:-.}/tests/fuzz
programs=$(dirname "${FAKEAPI:-tests/fakeapi}")/fuzz
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
n=0

row() {
    case $1 in
    messages | refusals | replies | vectors) echo SE-17 ;;
    frames | wire) echo SE-21 ;;
    *) echo SE-20 ;;
    esac
}

if ! "$programs/make_seeds" "$made"; then
    echo 'Bail out! make_seeds made none'
    exit 1
fi
targets=$(sed -n 's,^[[:space:]]%D%/\([a-z]*\).*,\1,p' "$here/local.mk")
echo "1..$(echo "$targets" | wc -l)"
for target in $targets; do
    n=$((n + 1))
    files=$(find "$here/seeds/$target" "$made/$target" -type f 2>/dev/null |
        sort)
    title="$(row "$target") $target: nothing in its seeds does harm"
    # shellcheck disable=SC2086 # names without blanks
    if [ -n "$files" ] && said=$(timeout 300 "$programs/$target" $files 2>&1); then
        echo "ok $n - $title"
    else
        echo "not ok $n - $title"
        echo "${said:-no seeds}" | tail -n 40 | sed 's/^/# /'
    fi
done
