#!/bin/sh
# What the words before a text are worth, with a real transformer: each question
# is to find its answer among the answers and questions of others.
. "${srcdir:-.}/tests/support/lib.sh"
case ${srcdir:-.} in /*) top=$srcdir ;; *) top=$OLDPWD/${srcdir:-.} ;; esac
. "$top/tests/support/servers/real_servers.sh"
need sqlite3
real_e5
build_plain_engine
plan 13

# question, answer, what somebody else asked
cat >pairs.tsv <<'END'
how much protein should a woman eat each day	Women need about 46 grams of protein a day, men about 56.	what amount of protein per day is advised for women
why is the sky blue	Air scatters short waves of sunlight more strongly than long ones.	what makes the sky look blue
how long does it take to boil an egg	Six minutes give a soft yolk, ten a firm one.	how many minutes must eggs boil
when was the first moon landing	Apollo 11 touched down on 20 July 1969.	in which year did people first land on the moon
how do i reset my password	Open Settings, choose Security, then follow the link in the mail that we send.	how can i change a forgotten password
what is the capital of australia	Canberra was chosen as the seat of government in 1908.	which city is australia's capital
how do vaccines work	They show the immune system a harmless part of a germ, so that it learns to fight it.	in what way does a vaccine protect
what causes tides	The gravity of the moon pulls the oceans towards it.	why do tides happen
how fast does light travel	In vacuum it covers 299,792 kilometres each second.	what is the speed of light
who wrote hamlet	The tragedy was written by William Shakespeare around 1600.	which author is hamlet by
why do cats purr	Small muscles of the larynx twitch when the animal is content or in pain.	what is the reason that cats purr
how to get red wine out of a carpet	Dab with cold water and salt, never rub, and rinse with vinegar.	how can i remove a red wine stain from carpet
what is the tallest mountain	Everest rises 8,849 metres above the sea.	which mountain is the highest
how do bees make honey	They thicken nectar in the comb by fanning it with their wings.	in what way is honey made by bees
when should i plant tomatoes	Set the seedlings out after the last frost, when nights stay above ten degrees.	what is the right time to plant tomatoes
why do leaves change colour in autumn	Trees withdraw the green chlorophyll and other pigments show.	what makes leaves turn red and yellow in fall
what is inflation	Prices rise in general and money buys less than a year before.	what does inflation mean
how does a microwave heat food	Its waves make molecules of water turn and rub against each other.	how do microwaves warm a meal
who invented the telephone	Alexander Graham Bell received the patent in 1876.	which person invented the telephone
what is the longest river in africa	The Nile flows 6,650 kilometres to the Mediterranean.	which african river is the longest
how many bones does an adult have	The grown skeleton counts 206 of them.	what number of bones is in the human body
why does bread rise	Yeast eats sugar and gives off gas that the dough holds.	what makes bread dough rise
how do planes stay in the air	The wing turns the stream of air downwards, which lifts it.	what keeps an airplane flying
what is a black hole	Its gravity is so strong that not even light escapes.	what is meant by a black hole
END
awk -F '\t' '{
    printf "{\"id\":\"answer-%d\",\"text\":\"%s\"}\n", NR, $2
    printf "{\"id\":\"asked-%d\",\"text\":\"%s\"}\n", NR, $3
}' pairs.tsv >faq.jsonl

# How many of the 24 answers are among the first two; beside them stands what
# somebody else asked in nearly the same words.
found() { # arguments of search
    answers_found 2 "$@"
}
above() { # a number, another
    echo "# $1 of 24 against $2"
    [ "$1" -gt "$2" ]
}
common="--embed-workers 1 --embed-batch 16"

start_e5 "$folder/plain.so"
by_name="--embed openai:intfloat/multilingual-e5-small --embed-url http://127.0.0.1:$port/v1 $common"
t "EM-40 the model is known by its name" run faq.jsonl --job with $by_name \
    --store sqlite:with.sqlite
t "EM-40 and the run says what it wants" says log '"passage: " before documents'
t "without the words nothing fails" run faq.jsonl --job without $by_name \
    --doc-prefix "" --query-prefix "" --store sqlite:without.sqlite
with=$(found with) without=$(found without)
t "EM-40 a search finds more answers with them" above "$with" \
    $((without + 5))
t "EM-43 it finds as many by the store's word alone" is "$(found --store \
    sqlite:with.sqlite --embed-url "http://127.0.0.1:$port/v1" \
    --checkpoint-dir none)" "$with"
t "EM-42 half of the dimensions, though the model was not made for it" \
    run faq.jsonl --job half $by_name --dim 192 --store sqlite:half.sqlite
t "EM-42 still find, and that quality is lost is said" sh -c '
    grep -q "quality is lost" log && [ "$1" -gt "$2" ]' sh "$(found half)" \
    "$without"

# The package's own server tells the two by the model's name, or a member.
start_e5
own="--embed-url http://127.0.0.1:$port/v1 $common"
t "a server that goes by the name" run faq.jsonl --job name \
    --embed openai:e5-passage $own --store sqlite:name.sqlite
named=$(found name)
t "EM-41 is asked for queries by the other name" above "$named" $((without + 5))
run faq.jsonl --job same --embed openai:e5-passage $own \
    --query-model e5-passage --store sqlite:same.sqlite
t "EM-41 without it the search is bad" above "$named" $(($(found same) + 10))
t "a server that wants a member" run faq.jsonl --job member --embed openai:small \
    $own --embed-extra '{"input_type":"passage"}' \
    --query-extra '{"input_type":"query"}' --store sqlite:member.sqlite
t "EM-41 gets it" is "$(found member)" "$named"
t "and every vector is the same, whoever put the words" sh -c '
    for s in name member; do
        sqlite3 $s.sqlite "SELECT id, hex(embedding) FROM documents ORDER BY id" >$s
    done
    cmp name member'
