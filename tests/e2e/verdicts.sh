#!/bin/sh
# What a refusal says: a document that it repeats decides nothing, and a
# refused beginning is a matter of the configuration.
# shellcheck source=tests/support/lib.sh
. "${srcdir:-.}/tests/support/lib.sh"
plan 17

export OPENAI_API_KEY=k
# One document speaks as services do.
poison='API key not valid, insufficient_quota, too many inputs in the request'
{
    corpus 199
    printf '{"id":"bad","text":"I get: %s; at most 7 texts"}\n' "$poison"
} >corpus.jsonl

refusing() { # STATUS BODY: a server that answers so to that document
    stop_api
    printf '%s' "$2" >body
    start_api --dim 16 --poison 'API key' --poison-status "$1" --say body
    url=http://127.0.0.1:$port/v1
}
api=
fails_alone() { # NAME STATUS BODY
    refusing "$2" "$3"
    rm -rf checkpoints out.jsonl
    "$BATCHTOP" corpus.jsonl --embed openai:m --embed-url "$url" \
        --store jsonl:out.jsonl --json >sum 2>log
    t "$1: the document fails alone" is \
        "$? $(field sum stored) $(field sum failed)" "1 199 1"
    "$BATCHTOP" status corpus >log
    t "and no size is learned" sh -c '! grep -q learned log'
}
fails_alone "EM-30 FastAPI's input" 422 '{"detail":[{"type":"string_too_long",
    "loc":["body","input",3],"msg":"String should have at most 30 characters",
    "input":"I get: '"$poison"'; at most 7 texts","ctx":{"max_length":30}}]}'
fails_alone "EM-30 an echo as the message" 400 \
    '{"error":{"message":"cannot embed I get: '"$poison"'; at most 7 texts"}}'
fails_alone "EM-30 an echo as the body" 400 "I get: $poison; at most 7 texts"
fails_alone "EM-38 one text too long, told as a size" 413 \
    '{"message":"`inputs` must have less than 512 tokens. Given: 700"}'
fails_alone "EM-33 a firewall's page" 403 \
    "<html><body>blocked: $poison</body></html>"

# The first vector's text is "hello".
begins() { # STATUS BODY: sets got, the exit status
    stop_api
    printf '%s' "$2" >body
    start_api --dim 16 --poison hello --poison-status "$1" --say body
    rm -rf checkpoints out.jsonl
    "$BATCHTOP" corpus.jsonl --embed openai:m \
        --embed-url "http://127.0.0.1:$port/v1" --store jsonl:out.jsonl \
        --plain >log 2>&1
    got=$?
}
begins 400 '{"error":{"message":"The model does not support it"}}'
t "EM-36 a first vector refused for the model: status 2" is $got 2
t "with the service's words" says log "The model does not support it"
t "nothing was begun" [ ! -s out.jsonl ]
begins 422 no
t "EM-36 without words that tell: status 2" is $got 2
begins 413 no
t "EM-36 as a size: status 2" is $got 2
begins 401 no
t "EM-36 for the key: status 2" is $got 2
begins 402 no
t "for money it can be resumed: status 3" is $got 3
