#!/bin/sh
# A run driven from another process.
. "${srcdir:-.}/tests/support/lib.sh"
need sqlite3
need python3
plan 59

{
    echo '{"id":"no text"}'
    corpus 200000
} >corpus.jsonl
# However large the requests become: half a minute at that pace and more
"$BATCHTOP" corpus.jsonl --plain --rpm 900 >log 2>&1 &
pid=$!
wait_for has_rows corpus.vectors.sqlite 1
ctl() {
    "$BATCHTOP" ctl "$@" >said 2>&1
}
status_is() { # state
    ctl corpus status && grep -q "\"state\":\"$1\"" said
}
status_has() { # words
    ctl corpus status && grep -qF "$1" said
}

t "pause is carried out" ctl corpus pause
t "and the answer is the run's" says said "paused"
t "the log says who it was" wait_for grep -q 'paused by batchtop ctl' log
t "status is one JSON object with the state" status_is PAUSED
t "that a program can read" python3 -m json.tool said
ctl corpus pause
t "what the run refuses has status 1" is $? 1
t "and its reason" says said "it is paused already"
t "a setting is changed" ctl corpus set embed-batch=50
t "the log has it, and whose it was" wait_for \
    grep -q 'embed batch auto → 50, .*(ctl)' log
t "NAME N is taken, too, and several" \
    ctl corpus set embed-workers 2 embed-batch=60 embed-workers auto
t "each is answered" is "$(wc -l <said)" 3
ctl corpus pause embed read
t "but of other words one is too much: status 2" is $? 2
ctl corpus set embed-batch=0
t "a value that cannot be has status 1" is $? 1
ctl corpus set embed-batch=-1
t "one that is no number has status 2" is $? 2
t "and is named" says said 'embed-batch: "-1" is no number'
ctl corpus set speed=3
t "a setting that is not has status 2" is $? 2
ctl corpus jump
t "a word that is not has status 2" is $? 2
ctl nobody status
t "a job that is not has status 2" is $? 2
ctl ../corpus status
t "SE-11 nor is a path a job" is $? 2
ctl corpus skip
t "to give up all failures has to be said by kind: status 2" is $? 2
wait_for status_has '"rejected":1'
t "a retry can wait for the end of the corpus" \
    ctl corpus retry-at-end --kind rejected
t "and the run says that it does" says said "waits for the end of the corpus"
ctl corpus pause --kind rejected
t "a kind is of failures: status 2 with anything else" is $? 2
ctl corpus pause --blank send
t "and how records are read, of a retry" is $? 2
t "SE-14 the folder of the sockets is private" is \
    "$(stat -c %a checkpoints/.run)" 700

t "of what is paused one stage goes on" ctl corpus resume embed
ctl corpus status
t "and the status tells which does not" says said '"paused":["READ"]'
t "another one is paused alone" ctl corpus pause upsert
t "and the log names them" wait_for grep -q \
    'READ, UPSERT paused by batchtop ctl' log
ctl corpus pause embedder
t "a stage that is not has status 2" is $? 2

# Rubbish is answered, but not a stranger's: even where the folders are open.
cat >stranger.py <<'P'
import os, socket, sys
os.setuid(int(sys.argv[1]))
s = socket.socket(socket.AF_UNIX)
s.connect("checkpoints/.run/corpus.sock")
try:
    s.sendall(b"\xff" * 4096)
    print(len(s.recv(4096)) > 0)
except (BrokenPipeError, ConnectionResetError):
    print(False)
P
t "SE-14 rubbish gets an answer" is "$(python3 stranger.py "$(id -u)")" True
if [ "$(id -u)" -eq 0 ]; then
    chmod 711 . checkpoints checkpoints/.run
    chmod 666 checkpoints/.run/corpus.sock
    t "SE-14 another user gets none" is "$(python3 stranger.py 65534)" False
    chmod 700 . checkpoints checkpoints/.run
else
    n=$((n + 1))
    echo "ok $n - SE-14 another user gets none # SKIP only root can be one"
fi

# One that says nothing, one that stops in the middle, one that raves.
cat >rude.py <<'P'
import socket, sys
there = []
for words in (b"", b"batch", b"\xff" * 4096):
    s = socket.socket(socket.AF_UNIX)
    s.connect("checkpoints/.run/corpus.sock")
    s.sendall(words)
    there.append(s)
print("here", flush=True)
sys.stdin.read()
P
mkfifo hold
python3 rude.py <hold >rude 2>&1 &
pids="$pids $!"
exec 3>hold
wait_for grep -q here rude
t "SE-14 clients that hang do not keep others out" ctl corpus resume
t "nor the run from going on" wait_for status_is RUNNING
exec 3>&-

ctl corpus pause upsert
start_is_told() { # the run writes it down in its first second
    ctl corpus events
    grep -q "started$" said && grep -q "new cause: read " said
}
wait_for start_is_told
ctl corpus events
t "events has the log: the start" grep -qE '^[0-9-]+T[0-9:]+Z  run       started$' said
t "who set what" grep -qE 'Z  ctl       embed batch auto → 50, from' said
t "who paused, and who let it go on" [ \
    "$(grep -cE 'ctl       (paused|EMBED resumed)' said)" -ge 2 ]
t "what began to fail" says said "new cause: read "
cp said all
ctl corpus events --json
t "as JSON one object an event" is "$(wc -l <said)" "$(wc -l <all)"
t "that a program can read, in order" python3 -c '
import json
seen = [json.loads(l) for l in open("said")]
assert [e["seq"] for e in seen] == list(range(1, len(seen) + 1))
assert any(e["kind"] == "knob" and e["who"] == "ctl" for e in seen)'
ctl corpus events now
t "events takes nothing behind it: status 2" is $? 2
t "drain is carried out" ctl corpus drain
t "with a stage paused, too" says said "what was paused goes on"
wait $pid
t "and the run ends as resumable" is $? 3
t "what waited for the end stays owed, and the log says so" says log \
    "the retry that waited for the end of the corpus is not done"
ctl corpus status
t "then the job is not running: status 3" is $? 3
t "which is said with what to do" says said \
    "corpus is not running (batchtop resume corpus)"
t "no socket is left" test ! -e checkpoints/.run/corpus.sock

# A service that does not answer keeps no drain from its end.
start_api --dim 8 --key k --embed ms=20
OPENAI_API_KEY=k "$BATCHTOP" corpus.jsonl --job slow --store sqlite:slow.db \
    --embed openai:text-embedding-3-small --dim 8 --plain --embed-batch 10 \
    --embed-url "http://127.0.0.1:$port/v1" --timeout 600 >log 2>&1 &
pid=$!
wait_for has_rows slow.db 1
kill -STOP "$api"
t "OS-14 drain says how long it takes at most" ctl slow drain
t "ten seconds, as for a signal" says said "for at most 10 s"
wait $pid
t "OS-14 then the run stops, and can be resumed" is $? 3
kill -CONT "$api"

# Nothing is in flight while a start waits, for an answer or for its next try.
begin_waiting() { # job
    OPENAI_API_KEY=k "$BATCHTOP" corpus.jsonl --job "$1" --plain \
        --store "sqlite:$1.db" --embed openai:text-embedding-3-small --dim 8 \
        --embed-url "http://127.0.0.1:$port/v1" --timeout 600 >log 2>&1 &
    pid=$!
    wait_for test -S "checkpoints/.run/$1.sock"
}
start_api --dim 8 --key k --delay-ms 600000
begin_waiting silent
t "OS-15 a drain of a start that waits for an answer" ctl silent drain
t "ends it at once" says said "it had not begun: it ends at once"
wait $pid
t "which can be resumed" is $? 3
t "by the same line, since nothing was sent" says log \
    "next        the same line again"
start_api --dim 8 --key k --rate-429 100
begin_waiting sent_away
wait_for grep -q "HTTP 429.*again in" log
ctl sent_away drain
t "OS-15 so does a drain of one that is sent away" says said "ends at once"
wait $pid
t "with status 3" is $? 3
begin_waiting signalled
wait_for grep -q "HTTP 429.*again in" log
kill -TERM $pid
wait $pid
t "OS-15 and one signal" is $? 3
t "without a drain of nothing" sh -c '! grep -qi drain log'
