#!/bin/sh
# A private PostgreSQL for the tests, in a folder, on a free port of 127.0.0.1.
#
#   pg_server.sh start DIR     "port N" on stdout; 77: not to be had, with why
#   pg_server.sh restart DIR | stop DIR
#   pg_server.sh double DIR    build the double of pgvector's type: its path
#   pg_server.sh headers DIR   what double needs, unpacked there: its package
#                              would bring LLVM and clang, 540 MB
#   pg_server.sh tmpfs DIR     a small disk, a third of it the file ballast: its path
#   pg_server.sh umount DIR    without that disk again
#
# PG_BIN names the folder of another PostgreSQL than the system's newest.
#
# The cluster is ours alone: whatever runs on the machine is left alone. As
# root it runs as user postgres, since PostgreSQL refuses root.
set -eu
what=$1
dir=$2
here=$(cd "$(dirname "$0")" && pwd)
bin=${PG_BIN:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -n | tail -n 1)}

absent() {
    echo "$1"
    exit 77
}
as_pg() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
    else
        (cd / && "$@")
    fi
}
control() {
    as_pg "$bin/pg_ctl" -D "$dir/data" -w -t 60 "$@" >>"$dir/ctl.log" 2>&1
}
try_port() {
    echo "port = $1" >"$dir/data/port.conf"
    control -l "$dir/data/log" start
}

if [ "$what" = headers ]; then
    rm -rf "$dir.part"
    mkdir -p "$dir.part"
    cd "$dir.part"
    # Without the caches of apt, 75 MB, which would stay.
    apt-get download -qq -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
        postgresql-server-dev-15 2>/dev/null ||
        absent "postgresql-server-dev-15 is not to be had"
    dpkg-deb -x ./*.deb .
    rm -f ./*.deb
    mv "$PWD" "${PWD%.part}"
    exit
fi
[ -n "$bin" ] && [ -x "$bin/initdb" ] || absent "postgresql is missing"

case $what in
start)
    mkdir -p "$dir/data"
    chmod 755 "$dir"
    if [ "$(id -u)" -eq 0 ]; then
        id postgres >/dev/null 2>&1 || absent "there is no user postgres"
        chown postgres: "$dir/data"
    fi
    as_pg "$bin/initdb" -D "$dir/data" -U postgres -A trust --no-sync \
        -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1
    # The first line that fits counts: this role has to show a password.
    as_pg sh -c "
        sed -i '1i host all guarded 127.0.0.1/32 scram-sha-256' \
            '$dir/data/pg_hba.conf'
        cat >>'$dir/data/postgresql.conf'" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
shared_buffers = 16MB
max_connections = 20
include 'port.conf'
CONF
    as_pg sh -c "touch '$dir/data/port.conf'"
    for i in 1 2 3 4 5 6 7 8 9; do
        port=$((20000 + ($(od -An -N2 -tu2 /dev/urandom) % 20000)))
        if try_port $port; then
            echo "port $port"
            exit 0
        fi
    done
    cat "$dir/ctl.log" "$dir/data/log" >&2
    exit 1
    ;;
restart) control -m fast -l "$dir/data/log" restart ;;
stop) control -m immediate stop ;;
double)
    unpacked=$here/../../../real-servers/pg-headers
    headers=$(ls -d /usr/include/postgresql/*/server \
        "$unpacked"/usr/include/postgresql/*/server 2>/dev/null | tail -n 1)
    [ -n "$headers" ] || absent "postgresql-server-dev-15 is missing"
    ${CC:-cc} -O2 -fPIC -shared -I"$headers" "$here/vecdouble.c" \
        -o "$dir/vecdouble.so"
    chmod 755 "$dir/vecdouble.so"
    echo "$dir/vecdouble.so"
    ;;
tmpfs)
    mkdir -p "$dir/small"
    [ "$(id -u)" -eq 0 ] || absent "only root can mount a small disk"
    mount -t tmpfs -o size=2m none "$dir/small" 2>/dev/null ||
        absent "this machine mounts nothing"
    chown postgres: "$dir/small"
    head -c 700000 /dev/zero >"$dir/small/ballast"
    echo "$dir/small"
    ;;
umount) umount "$dir/small" 2>/dev/null || true ;;
*) exit 2 ;;
esac
