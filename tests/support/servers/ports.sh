# Ports for servers that want to be told theirs, a block of 20 for a test. No
# connection gets one by itself (they are below ip_local_port_range), and no
# other test while this one or a server of its lives: each block has a file, and
# who locks it has the block. So a server may also come back on its port.
# shellcheck shell=sh
ports_kept=${TMPDIR:-/tmp}/batchtop-ports-$(id -u)

ports_are_free() { # ports
    perl -MIO::Socket::INET -e 'for my $port (@ARGV) {
        IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1",
            LocalPort => $port, ReuseAddr => 1) or exit 1 }' "$@"
}

# Sets port, the first of 20. The lock is file 8 of this shell and of all that it
# starts.
take_ports() {
    mkdir -p "$ports_kept"
    for nth in $(seq 500); do
        port=$((10000 + ($$ * 37 + nth) % 500 * 20))
        exec 8>"$ports_kept/$port"
        # shellcheck disable=SC2046
        flock -n 8 && ports_are_free $(seq "$port" $((port + 19))) && return
    done
    echo "no block of ports is free"
    return 1
}

# These and no others: waits for a test that has them, and fails if it is none.
take_usual_ports() { # ports
    mkdir -p "$ports_kept"
    exec 7>"$ports_kept/$1"
    flock -w 300 7 && ports_are_free "$@"
}
