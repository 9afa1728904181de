# make bench: how fast it is; make bench-console: what the console costs.
# Never part of make check.
BENCH_LIBS = libengine.a $(DEPS_LIBS) -lm
EXTRA_PROGRAMS += %D%/bench_base64
%C%_bench_base64_SOURCES = %D%/bench_base64.c
%C%_bench_base64_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/bench_floats
%C%_bench_floats_SOURCES = %D%/bench_floats.c
%C%_bench_floats_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/bench_json
%C%_bench_json_SOURCES = %D%/bench_json.c
%C%_bench_json_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/bench_static
%C%_bench_static_SOURCES = %D%/bench_static.c
%C%_bench_static_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/quality_local
%C%_quality_local_SOURCES = %D%/quality_local.c
%C%_quality_local_LDADD = $(BENCH_LIBS)

BENCHES = \
	%D%/bench_base64 \
	%D%/bench_floats \
	%D%/bench_json \
	%D%/bench_static

CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += %D%/console.sh %D%/whole.sh

.PHONY: bench bench-console
bench: $(BENCHES) batchtop
	@for b in $(BENCHES); do ./$$b || exit 1; done
	@BATCHTOP=./batchtop FAKEAPI=tests/fakeapi $(SHELL) $(srcdir)/%D%/whole.sh $(srcdir)

# Five minutes, most of them waiting.
bench-console: batchtop tests/fakeapi tests/ptyrun
	@BATCHTOP=./batchtop FAKEAPI=tests/fakeapi PTYRUN=tests/ptyrun $(SHELL) $(srcdir)/%D%/console.sh
