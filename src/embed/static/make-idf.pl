#!/usr/bin/perl
# Makes idf_table.c: the commonest words of WordNet's entries and how little
# each of them says. Needs perl-base and Debian's package wordnet-base.
#
#     perl make-idf.pl [FOLDER] > idf_table.c
#
# A synset (words, definition, examples) is a document. The words are those
# that words.c finds in ASCII text: runs of letters and digits, lower case.
use strict;
use warnings;

my $folder = shift // "/usr/share/wordnet";
my $keep = 8192;
my $steps = 8; # quantised: eighths of the natural logarithm
my ($total, %in) = (0);

for my $part (qw(noun verb adj adv)) {
    open my $file, "<", "$folder/data.$part"
        or die "make-idf.pl: $folder/data.$part: $!\n";
    while (<$file>) {
        next unless /^\d{8} \d\d \S ([0-9a-f]{2}) /;
        my ($head, $gloss) = split / \| /, $_, 2;
        my @field = split / /, $head;
        my @words = map { $field[4 + 2 * $_] } 0 .. hex($1) - 1;
        my $text = join " ", $gloss, @words;
        my %seen;
        $in{$_}++ for grep { !$seen{$_}++ } lc($text) =~ /[a-z0-9]+/g;
        $total++;
    }
}

my @common = sort { $in{$b} <=> $in{$a} || $a cmp $b } keys %in;
my @words = @common[0 .. $keep - 1];
my %level;
push @{ $level{ int($steps * log($total / $in{$_}) + 0.5) } }, $_ for @words;

my $rare = int($steps * log($total / $in{ $words[-1] }) + 0.5) + $steps;
print <<"END";
/* Made by make-idf.pl from WordNet (Princeton University): do not edit. */
#include "config.h"
#include "embed/static/idf.h"

const unsigned idf_steps = $steps;
const unsigned idf_rare = $rare;
const struct idf_level idf_levels[] = {
END
for my $l (sort { $a <=> $b } keys %level) {
    my @lines = ("");
    for my $word (sort @{ $level{$l} }) {
        push @lines, "" if length($lines[-1]) + length($word) > 66;
        $lines[-1] .= "$word ";
    }
    $lines[-1] =~ s/ $//;
    print "    { $l,\n", join("\n", map { "      \"$_\"" } @lines), " },\n";
}
print "    { 0, NULL }\n};\n";
