# For the end-to-end tests on a terminal of their own: lib.sh, and ptyrun, which
# is the terminal and looks at its modes and at every byte.
. "${srcdir:-.}/tests/support/lib.sh"
PTYRUN=${PTYRUN:-tests/ptyrun}
case $PTYRUN in /*) ;; *) PTYRUN=$OLDPWD/$PTYRUN ;; esac
TERM=xterm-256color
OPENAI_API_KEY=sk-secret-of-the-test
export TERM OPENAI_API_KEY
unset NO_COLOR ACCESSIBLE

# JOB STEPS...: a new job from corpus.jsonl under these steps, with $options
# and the embedder of start_api; its store is JOB.jsonl. The terminal's bytes
# go to raw, what came of it to out.
options=
job_under() {
    job=$1
    shift
    "$PTYRUN" -r raw "$@" -- "$BATCHTOP" corpus.jsonl --job "$job" \
        --embed openai:m --embed-url "http://127.0.0.1:$port/v1" --dim 8 \
        --store "jsonl:$job.jsonl" $options >out 2>&1
}
whole() { # the end it should have, and the terminal as it was
    if ! grep -qx "$1" out || ! grep -qx 'tty same' out || grep -q ^left out
    then
        sed 's/^/# /' out
        return 1
    fi
}
