#!/bin/sh
# WordNet as a corpus: one JSON line a synset, about 117,000 of them, made
# from the files of Debian's package wordnet-base (WordNet licence, which
# allows use and copying; see /usr/share/doc/wordnet-base/copyright).
#
#     sh examples/wordnet.sh [FOLDER] > examples/wordnet.jsonl
#
# FOLDER holds data.noun, data.verb, data.adj and data.adv. The text is
# "words: gloss"; the id is the letter of the file and the synset's offset,
# so satellite adjectives are "a" like the rest of data.adj.
# Source: wndb(5WN), lexnames(5WN). Needs sh and any awk.
set -eu

folder=${1:-/usr/share/wordnet}
for part in noun verb adj adv; do
    if [ ! -r "$folder/data.$part" ]; then
        echo "wordnet.sh: $folder/data.$part cannot be read;" \
            "try: apt-get install wordnet-base" >&2
        exit 2
    fi
done

LC_ALL=C exec awk '
BEGIN {
    split("adj.all adj.pert adv.all noun.Tops noun.act noun.animal " \
          "noun.artifact noun.attribute noun.body noun.cognition " \
          "noun.communication noun.event noun.feeling noun.food noun.group " \
          "noun.location noun.motive noun.object noun.person " \
          "noun.phenomenon noun.plant noun.possession noun.process " \
          "noun.quantity noun.relation noun.shape noun.state " \
          "noun.substance noun.time verb.body verb.change verb.cognition " \
          "verb.communication verb.competition verb.consumption " \
          "verb.contact verb.creation verb.emotion verb.motion " \
          "verb.perception verb.possession verb.social verb.stative " \
          "verb.weather adj.ppl", lexname, " ")
    letter["noun"] = "n"; letter["verb"] = "v"
    letter["adj"] = "a"; letter["adv"] = "r"
    split("0 1 2 3 4 5 6 7 8 9 a b c d e f", digit, " ")
    for (i in digit)
        value[digit[i]] = i - 1
}

# JSON needs more escapes, but the files hold no control characters. What
# gsub() makes of backslashes differs between awks: split and join instead.
function escaped(s, mark,    piece, i, n) {
    n = split(s, piece, mark)
    s = piece[1]
    for (i = 2; i <= n; i++)
        s = s "\\" mark piece[i]
    return s
}

function quoted(s) {
    if (index(s, "\\"))
        s = escaped(s, "\\")
    if (index(s, "\""))
        s = escaped(s, "\"")
    return "\"" s "\""
}

FNR == 1 {
    pos = FILENAME
    sub(/.*data[.]/, "", pos)
    pos = letter[pos]
}

/^[0-9]/ {
    at = index($0, " | ")
    gloss = substr($0, at + 3)
    sub(/ +$/, "", gloss)
    count = value[substr($4, 1, 1)] * 16 + value[substr($4, 2, 1)]
    text = list = ""
    for (i = 0; i < count; i++) {
        word = $(5 + 2 * i)
        gsub(/_/, " ", word)
        if (pos == "a")
            sub(/\((a|p|ip)\)$/, "", word)
        text = text (i ? ", " : "") word
        list = list (i ? "," : "") quoted(word)
    }
    printf "{\"id\":\"wn-%s%s\",\"text\":%s,\"metadata\":{\"pos\":\"%s\"," \
           "\"lex\":\"%s\",\"words\":[%s]}}\n", pos, $1,
           quoted(text ": " gloss), pos, lexname[$2 + 1], list
}' "$folder/data.noun" "$folder/data.verb" "$folder/data.adj" \
    "$folder/data.adv"
