# The house's figures, each held by a limit: TAP, one line a figure.
#
#     find src ui tests -type f | perl house.pl [--all] [--aims]
#
# --all lists what stands behind each figure, not only behind one that fails;
# --aims holds the aims instead of the limits, so it says what is left to do.
# No module of perl is used: Debian's perl-base has hardly any.
use strict;
use warnings;

# A limit only ever goes down.
my @figures = ( # name, limit, aim, what is counted
    [ 'circle',    3,  3, 'modules in the largest circle of includes' ],
    [ 'lost',      0,  0, 'includes of ours lead to no file' ],
    [ 'statics',   0,  0, '% of static functions share their name' ],
    [ 'sentence',  0,  0, '.c files open without a sentence' ],
    [ 'file',      0,  0, 'files over 600 lines' ],
    [ 'function',  0,  0, 'functions over 60 lines' ],
    [ 'folder',   20, 20, '.c files in the largest folder' ],
);

my $CIRCLE_MODULES = 3;
my $FILE_LINES = 600;
my $FUNCTION_LINES = 60;
my $FOLDER_FILES = 20;

my %option = map { $_ => 1 } @ARGV;
chomp(my @all = <STDIN>);
my @files = sort grep { /\.(?:[ch]|sh|pl|py)$/ } @all;
my @sources = grep { /\.[ch]$/ } @files;
my @product = grep { !m{^tests/} } @sources;
die "there is nothing to read\n" unless @sources;

# --- reading ---

sub text_of {
    my ($file) = @_;
    open my $from, '<', $file or die "$file: $!\n";
    local $/;
    my $text = <$from>;
    return defined $text ? $text : '';
}

sub lines_of { return $_[0] =~ tr/\n//; }

# Line breaks stay, so that lines can still be counted.
sub without_comments {
    my ($text) = @_;
    $text =~ s{("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|(/\*.*?\*/|//[^\n]*)}
              { defined $1 ? $1 : "\n" x lines_of($2) }gse;
    return $text;
}

my (%raw, %code);
$raw{$_} = text_of($_) for @files;
$code{$_} = without_comments($raw{$_}) for @sources;

# --- includes; a module is X.c with X.h ---

sub folder_of { return $_[0] =~ m{^(.*)/} ? $1 : '.'; }
sub module_of { return $_[0] =~ s/\.[ch]$//r; }

# Under which names an include may mean a file: each end of its path.
my %ends;
for my $file (@sources) {
    my $end = $file;
    push @{ $ends{$end} }, $file;
    push @{ $ends{$end} }, $file while $end =~ s{^[^/]*/}{};
}

sub file_meant { # the one beside the file that includes it comes first
    my ($from, $name) = @_;
    my $beside = folder_of($from) . "/$name";
    return $beside if exists $code{$beside};
    return $ends{$name} ? $ends{$name}[0] : undef;
}

my (%arrows, @lost);
for my $file (@sources) {
    while ($code{$file} =~ /^[ \t]*#[ \t]*include[ \t]*"([^"]+)"/mg) {
        next if $1 =~ /^(config|wire_build)\.h$/; # make's
        my $to = file_meant($file, $1);
        push @lost, "$file: $1" unless defined $to;
        next if !defined $to || module_of($to) eq module_of($file);
        $arrows{ module_of($file) }{ module_of($to) } = 1;
    }
}

# Tarjan's strongly connected components.
my (%index, %low, %open, @path, @circles);
sub visit {
    no warnings 'recursion';
    my ($at) = @_;
    $index{$at} = $low{$at} = keys %index;
    push @path, $at;
    $open{$at} = 1;
    for my $to (sort keys %{ $arrows{$at} || {} }) {
        visit($to) unless exists $index{$to};
        $low{$at} = $low{$to} if $open{$to} && $low{$to} < $low{$at};
    }
    close_circle($at) if $low{$at} == $index{$at};
}

sub close_circle {
    my ($root) = @_;
    my (@circle, $module);
    do {
        push @circle, $module = pop @path;
        delete $open{$module};
    } until $module eq $root;
    push @circles, [ sort @circle ];
}

sub circle_figure {
    exists $index{$_} or visit($_) for sort map { module_of($_) } @sources;
    my @by_size = sort { @$b <=> @$a } @circles;
    return (scalar @{ $by_size[0] },
            map { @$_ . ": @$_" } grep { @$_ > $CIRCLE_MODULES } @by_size);
}

sub lost_figure { return (scalar @lost, @lost); }

# --- functions: the name, whether it is static, its first line, how many ---

my (%functions, %owners);
for my $file (@sources) {
    my $text = $code{$file} =~ s/"(?:\\.|[^"\\\n])*"/""/gr;
    $text =~ s/'(?:\\.|[^'\\\n])*'/0/g;
    $text =~ s/__attribute__\s*\(\(.*?\)\)(?=\s)//g;
    while ($text =~ /^([A-Za-z_][^;{}=#]*\))\s*\{/mg) {
        my ($head, $start) = ($1, $-[0]);
        next unless $head =~ /\b(\w+)\s*\(/;
        my $name = $1;
        $text =~ /\G[^\n]*\}$|\n\}/mg or last;
        my $body = substr($text, $start, pos($text) - $start);
        push @{ $functions{$file} }, {
            name => $name,
            static => scalar($head =~ /^static\b/),
            line => 1 + lines_of(substr($text, 0, $start)),
            lines => 1 + lines_of($body),
        };
    }
}

sub statics_figure {
    my ($all, $shared, %files) = (0, 0);
    for my $file (grep { /\.c$/ } @product) {
        for my $f (grep { $_->{static} } @{ $functions{$file} || [] }) {
            $files{ $f->{name} }{$file} = 1;
        }
    }
    my @names = sort { keys %{ $files{$b} } <=> keys %{ $files{$a} }
                       || $a cmp $b } keys %files;
    $all += keys %{ $files{$_} } for @names;
    my @twice = grep { keys %{ $files{$_} } > 1 } @names;
    $shared += keys %{ $files{$_} } for @twice;
    return (sprintf('%.1f', $all ? 100 * $shared / $all : 0),
            map { "$_: " . join ' ', sort keys %{ $files{$_} } } @twice);
}

sub function_figure {
    my @long;
    for my $file (@sources) {
        push @long, map { "$file:$_->{line}: $_->{name}, $_->{lines} lines" }
            grep { $_->{lines} > $FUNCTION_LINES } @{ $functions{$file} || [] };
    }
    return (scalar @long, @long);
}

# --- files and folders ---

# The comment that comes first, or right behind config.h, has a sentence, as
# far as can be told: five words or more up to a full stop.
sub opens_with_a_sentence {
    my ($text) = @_;
    $text =~ s/^\s*#\s*include\s*"config\.h"//;
    return 0 unless $text =~ m{^\s*/\*(.*?)\*/}s;
    my $comment = $1 =~ s/^[ \t]*\*//mgr;
    return $comment =~ /(?:\S*[^\s.?]\s+){4}\S*[.?](?:\s|$)/;
}

sub sentence_figure {
    my @mute = grep { /\.c$/ && !opens_with_a_sentence($raw{$_}) } @sources;
    return (scalar @mute, @mute);
}

# A table that a program made is data: its opening comment says not to edit it.
sub is_made { return $_[0] =~ m{^\s*/\*[^*]*\bdo not edit\b}; }

sub file_figure {
    my @long = map { my $lines = lines_of($raw{$_});
                     $lines > $FILE_LINES && !is_made($raw{$_})
                         ? "$_: $lines lines" : () } @files;
    return (scalar @long, @long);
}

sub folder_figure {
    my %count;
    $count{ folder_of($_) }++ for grep { /\.c$/ } @sources;
    my @by_size = sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count;
    return ($count{ $by_size[0] }, map { "$_: $count{$_}" }
            grep { $count{$_} > $FOLDER_FILES } @by_size);
}

# --- the report ---

my %figure_of = (circle => \&circle_figure, lost => \&lost_figure,
                 statics => \&statics_figure, sentence => \&sentence_figure,
                 file => \&file_figure, function => \&function_figure,
                 folder => \&folder_figure);
my $n = 0;
for my $row (@figures) {
    my ($name, $limit, $aim, $unit) = @$row;
    $limit = $aim if $option{'--aims'};
    my ($figure, @behind) = $figure_of{$name}->();
    my $fails = $figure > $limit;
    printf "%s %d - %s: %s %s (limit %s, aim %s)\n", $fails ? 'not ok' : 'ok',
        ++$n, $name, $figure, $unit, $limit, $aim;
    print map { "#   $_\n" } @behind if $fails || $option{'--all'};
}
