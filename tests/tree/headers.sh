#!/bin/sh
# Each header compiles alone and is in the list of what a release holds.
cd "${srcdir:-.}" || exit 1
n=0
libpq=$(${PKG_CONFIG:-pkg-config} --cflags libpq)
headers=$(find src ui -name '*.h' | sort)
echo "1..$(echo "$headers" | wc -l)"
for header in $headers; do
    n=$((n + 1))
    list=${header%%/*}/local.mk
    # shellcheck disable=SC2086 # options are words
    if ! grep -qE "%D%/${header#*/}( |\$)" "$list"; then
        echo "not ok $n - $header is not in $list"
    elif said=$(echo "#include \"$header\"" |
        ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -iquote src \
            -iquote . $libpq -fsyntax-only -x c - 2>&1); then
        echo "ok $n - $header"
    else
        echo "not ok $n - $header"
        echo "$said" | sed 's/^/# /'
    fi
done
