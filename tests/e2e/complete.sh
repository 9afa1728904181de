#!/bin/sh
# Completion: what the program offers for a line, and what bash's own function
# makes of it with words that readline breaks, quotes and blanks.
. "${srcdir:-.}/tests/support/lib.sh"
need bash
plan 28

corpus 3 >corpus.jsonl
mkdir "my data"
corpus 3 >"my data/a b.jsonl"
"$BATCHTOP" corpus.jsonl --quiet
offers() { "$BATCHTOP" --complete "$@" | cut -f 1 | xargs; }
t "a command" is "$(offers sea)" "search !files"
t "files of any name, but not behind a command without any" is \
    "$(offers plan "") / $(offers jobs "")" "!files / "
t "a finished job" is "$(offers search "")" corpus
t "the list of all jobs has it, too" is "$("$BATCHTOP" --jobs)" corpus
t "and no second one" is "$(offers search corpus "")" ""
t "a job of another folder" is \
    "$(mkdir there && offers status --checkpoint-dir there "")" ""
t "nor behind =" is "$(offers status --checkpoint-dir=there "")" ""
t "an option" is "$(offers corpus.jsonl --embed-k)" \
    "--embed-key-env --embed-key-file"
t "a word of an option, behind a blank and behind =" is \
    "$(offers --utf8 re) $(offers --utf8=re)" \
    "reject replace --utf8=reject --utf8=replace"
t "an embedder" is "$(offers --embed op)" openai:
t "a store's URL" is "$(offers --store qdrant+g)" \
    "qdrant+grpc:// qdrant+grpcs://"
t "a file behind sqlite:" is "$(offers --store sqlite:c)" "!files sqlite:"
t "a file of an option" is "$(offers --config "")" "!files"
mkdir -p home/.config/batchtop
echo '{"profiles": {"prod": {}, "laptop": {}}}' \
    >home/.config/batchtop/config.json
echo '{"profiles": {"night": {}}}' >night.json
t "a profile of the user's configuration" is "$(HOME=$PWD/home \
    XDG_CONFIG_HOME= offers --profile p)" prod
t "or of the one that the line names" is \
    "$(offers --config=night.json --profile "")" night
t "the setting of a ctl" is "$(offers ctl corpus set embed-)" \
    "embed-batch= embed-workers="
t "a stage" is "$(offers ctl corpus pause "")" "read embed upsert"
t "behind two dashes files alone" is "$(offers -- --em)" "!files"
t "a flag in between takes no word" is "$(offers --plain status "")" corpus
t "a shell that is none" sh -c '"$1" completion tcsh >log 2>&1
    [ $? -eq 2 ] && grep -q "bash, zsh and fish" log' sh "$BATCHTOP"

"$BATCHTOP" completion bash >script
t "bash reads its script" bash -n script
# The words as readline breaks them, the last one at the cursor.
completes() {
    PATH=${BATCHTOP%/*}:$PATH bash -c '. ./script
        COMP_LINE=$1 COMP_POINT=${#1}
        shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_WORDBREAKS=$'"'"' \t\n"><=;|&(:'"'"'
        COMP_WORDBREAKS+=\"\047
        _batchtop 2>/dev/null
        printf "%s," "${COMPREPLY[@]}"' bash "$@"
}
t "bash: a word that is broken at a colon" is "$(completes \
    'batchtop c --store qdrant+https:' batchtop c --store qdrant+https :)" //,
t "bash: a word that is broken at =" is "$(completes \
    'batchtop --embed=op' batchtop --embed = op)" openai:,
t "bash: a name with a blank" is "$(completes \
    'batchtop my\ data/a' batchtop 'my\ data/a')" "my data/a b.jsonl,"
t "bash: and in quotes" is "$(completes \
    'batchtop "my da' batchtop '"my da')" "my data,"
t "bash: an empty word" is "$(completes 'batchtop search ' batchtop search '')" \
    corpus,
for shell in zsh fish; do
    "$BATCHTOP" completion $shell >script.$shell
    if command -v $shell >/dev/null; then
        t "$shell reads its script" $shell -n script.$shell
    else
        t "$shell reads its script # SKIP $shell is missing" true
    fi
done
