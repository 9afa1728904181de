#!/bin/sh
# Each header compiles alone.
cd "${srcdir:-.}" || exit 1
n=0
headers=$(ls src/*/*.h ui/*.h)
echo "1..$(echo "$headers" | wc -l)"
for header in $headers; do
    n=$((n + 1))
    if said=$(echo "#include \"$header\"" |
        ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -iquote src \
            -iquote . -fsyntax-only -x c - 2>&1); then
        echo "ok $n - $header"
    else
        echo "not ok $n - $header"
        echo "$said" | sed 's/^/# /'
    fi
done
