#!/bin/sh
# What a release says of itself in several places is the same in each: the
# version, the address for bugs, the packages that a build needs.
cd "${srcdir:-.}" || exit 1
n=0

same() { # name, what it has to be, what it is
    n=$((n + 1))
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        echo "ok $n - $1"
    else
        echo "not ok $n - $1"
        echo "# '$3', not '$2'"
    fi
}

init() { # an argument of AC_INIT
    sed -n 's/^AC_INIT(\[\(.*\)\])$/\1/p' configure.ac |
        awk -F '[]], [[]' -v at="$1" '{ print $at }'
}
top_of() { # the version in a file's first line
    sed -n '1s/^batchtop \([0-9.]*\)[ :].*/\1/p' "$1"
}
# Packages, one a line, without those that every build on Debian has.
packages() {
    tr -s ' ,' '\n' | grep . |
        grep -vxE 'gcc|libc6-dev|make|autoconf|automake' | sort
}

version=$(init 2)
address=$(init 3)

echo 1..8
same "ChangeLog begins with configure.ac's version" "$version" \
    "$(top_of ChangeLog)"
same "NEWS begins with it" "$version" "$(top_of NEWS)"
same "the manual has it" "$version" \
    "$(sed -n 's/^\.TH .*"batchtop \(.*\)" .*/\1/p' man/batchtop.1)"
same "the program says it" "batchtop $version" "$("$BATCHTOP" --version)"
same "the package has it" "$version" \
    "$(sed -n '1s/^batchtop (\(.*\)-[0-9]*).*/\1/p' debian/changelog)"
same "the package has configure.ac's address" \
    "batchtop authors <$address>" \
    "$(sed -n 's/^Maintainer: //p' debian/control)"
same "README and the package's changelog have it, too" "2" \
    "$(grep -lF "$address" README.md debian/changelog | wc -l)"
same "quickstart installs what the package needs for a build" \
    "$(sed -n '/^Build-Depends/,/^Standards/p' debian/control |
        grep -vE '^Standards|nocheck|debhelper' | sed 's/^Build-Depends://' |
        packages)" \
    "$(sed -n '/^build_packages="/,/"$/p' quickstart |
        sed 's/.*="//; s/"$//' | packages)"
