/*
 * batchtop completion: print the script of a shell.
 *
 * A script splits the line into words as its shell does, asks the program what
 * the last one could become, and shows it. bash alone breaks words at ':' and
 * '=', so its script puts them together again, and takes away from each answer
 * what stands before the last such sign, as readline wants it.
 */
#include "config.h"
#include "cmd/complete.h"

#include <string.h>

#include "util/str.h"

static const char bash_script[] =
    "# bash completion for batchtop: eval \"$(batchtop completion bash)\"\n"
    "_batchtop()\n"
    "{\n"
    "    local rest=${COMP_LINE:0:COMP_POINT} i piece value skip answer\n"
    "    local -a words=()\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        piece=${COMP_WORDS[i]}\n"
    "        if ((i > 0)) && [[ $rest != [[:space:]]* ]]; then\n"
    "            words[-1]+=$piece # readline broke the word here\n"
    "        else\n"
    "            rest=${rest#\"${rest%%[![:space:]]*}\"}\n"
    "            words+=(\"$piece\")\n"
    "        fi\n"
    "        rest=${rest#\"$piece\"}\n"
    "    done\n"
    "    for i in \"${!words[@]}\"; do # a quoted word without its quotes\n"
    "        value=${words[i]#[\\\"\\']}\n"
    "        [[ $value == \"${words[i]}\" ]] || value=${value%${words[i]:0:1}}\n"
    "        words[i]=${value//\\\\/}\n"
    "    done\n"
    "    local last=${words[-1]} open=${COMP_WORDS[COMP_CWORD]}\n"
    "    skip=\n"
    "    [[ $open == [\\\"\\']* || $last != *[:=]* ||\n"
    "        $COMP_WORDBREAKS != *[:=]* ]] || skip=${last%\"${last##*[:=]}\"}\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r answer; do\n"
    "        if [[ $answer == '!files '* ]]; then\n"
    "            answer=${answer#!files }\n"
    "            while IFS= read -r value; do\n"
    "                COMPREPLY+=(\"${answer#\"$skip\"}$value\")\n"
    "            done < <(compgen -f -- \"${last#\"$answer\"}\")\n"
    "            compopt -o filenames 2>/dev/null\n"
    "        else\n"
    "            value=${answer%%$'\\t'*}\n"
    "            [[ $value != *[:/=] ]] || compopt -o nospace 2>/dev/null\n"
    "            COMPREPLY+=(\"${value#\"$skip\"}\")\n"
    "        fi\n"
    "    done < <(\"${words[0]/#\\~/$HOME}\" --complete \"${words[@]:1}\" 2>/dev/null)\n"
    "}\n"
    "complete -F _batchtop batchtop\n";

static const char zsh_script[] =
    "#compdef batchtop\n"
    "# zsh completion for batchtop: source <(batchtop completion zsh)\n"
    "_batchtop()\n"
    "{\n"
    "    local answer value\n"
    "    local -a open whole said open_said\n"
    "    for answer in ${(f)\"$(${~${(Q)words[1]}} --complete \\\n"
    "        \"${(@Q)words[2,CURRENT]}\" 2>/dev/null)\"}; do\n"
    "        if [[ $answer == '!files '* ]]; then\n"
    "            answer=${answer#'!files '}\n"
    "            [[ -z $answer ]] || compset -P ${(b)answer}\n"
    "            _files\n"
    "            continue\n"
    "        fi\n"
    "        value=${answer%%$'\\t'*}\n"
    "        answer=${answer#$value}\n"
    "        answer=${answer:+ -- ${answer#$'\\t'}}\n"
    "        if [[ $value == *[:/=] ]]; then\n"
    "            open+=($value) open_said+=(\"$value$answer\")\n"
    "        else\n"
    "            whole+=($value) said+=(\"$value$answer\")\n"
    "        fi\n"
    "    done\n"
    "    (($#open)) && compadd -l -S '' -d open_said -a open\n"
    "    (($#whole)) && compadd -l -d said -a whole\n"
    "}\n"
    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n"
    "    _batchtop \"$@\"\n"
    "else\n"
    "    compdef _batchtop batchtop\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion for batchtop: batchtop completion fish | source\n"
    "function __batchtop_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l last (string unescape -- (commandline -ct))\n"
    "    or set last (commandline -ct)\n"
    "    for answer in ($words[1] --complete $words[2..-1] \"$last\" 2>/dev/null)\n"
    "        if string match -q '!files *' -- $answer\n"
    "            set -l prefix (string sub -s 8 -- $answer)\n"
    "            set -l name (string sub -s (math 1 + (string length -- \"$prefix\")) -- $last)\n"
    "            for file in (__fish_complete_path \"$name\")\n"
    "                printf '%s%s\\n' \"$prefix\" $file\n"
    "            end\n"
    "        else\n"
    "            printf '%s\\n' $answer\n"
    "        end\n"
    "    end\n"
    "end\n"
    "complete -c batchtop -f -a '(__batchtop_complete)'\n";

int cmd_completion(struct options *opt)
{
    static const struct {
        const char *shell, *script;
    } scripts[] = { { "bash", bash_script },
                    { "zsh", zsh_script },
                    { "fish", fish_script } };
    const char *wanted = opt->corpus.count ? opt->corpus.item[0] : "";
    char shown[64];
    struct error err;

    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++)
        if (strcmp(scripts[i].shell, wanted) == 0) {
            fputs(scripts[i].script, stdout);
            return EXIT_STORED;
        }
    str_printable(shown, sizeof shown, text_of(wanted));
    error_set(&err, ERROR_CONFIG, 0,
              "completion takes one of bash, zsh and fish, not \"%s\"", shown);
    return cmd_error(&err);
}
