# make bench: the table of bench/README.md; make bench-parts: single functions;
# make bench-console: what the console costs. Never part of make check.
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
EXTRA_PROGRAMS += %D%/bench_sqlite
%C%_bench_sqlite_SOURCES = %D%/bench_sqlite.c
%C%_bench_sqlite_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/bench_static
%C%_bench_static_SOURCES = %D%/bench_static.c
%C%_bench_static_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/quality
%C%_quality_SOURCES = %D%/quality.c %D%/quality_sets.c %D%/quality_sets.h
%C%_quality_LDADD = $(BENCH_LIBS)
EXTRA_PROGRAMS += %D%/measure
%C%_measure_SOURCES = %D%/measure.c
%C%_measure_LDADD =

BENCHES = \
	%D%/bench_base64 \
	%D%/bench_floats \
	%D%/bench_json \
	%D%/bench_sqlite \
	%D%/bench_static

PEER_FILES = \
	%D%/peers/common.mjs \
	%D%/peers/package-lock.json \
	%D%/peers/package.json \
	%D%/peers/pinecone.mjs \
	%D%/peers/qdrant.mjs

CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += \
	%D%/README.md \
	%D%/bench_lib.sh \
	%D%/console.sh \
	%D%/row_cost.sh \
	%D%/row_local.sh \
	%D%/row_peers.sh \
	%D%/row_seek.sh \
	%D%/run.sh \
	$(PEER_FILES)

.PHONY: bench bench-console bench-parts bench-peers bench-quick quality
RUN_BENCH = BATCHTOP=./batchtop FAKEAPI=tests/fakeapi MEASURE=%D%/measure \
	PEERS=%D%/peers $(SHELL) $(srcdir)/%D%/run.sh $(srcdir)
# Some twenty minutes.
bench: batchtop tests/fakeapi %D%/measure
	@$(RUN_BENCH)
bench-quick: batchtop tests/fakeapi %D%/measure
	@QUICK=1 $(RUN_BENCH)
bench-parts: $(BENCHES)
	@for b in $(BENCHES); do ./$$b || exit 1; done

# What is found with the embedders that are built in. Two minutes.
WORDNET = examples/wordnet.jsonl
FORTUNES = /usr/share/games/fortunes
quality: %D%/quality
	@test -s '$(WORDNET)' || { mkdir -p examples && \
	    $(SHELL) $(srcdir)/examples/wordnet.sh >'$(WORDNET)'; }
	@./%D%/quality $(srcdir)/data/meaning '$(FORTUNES)' '$(WORDNET)' \
	    hash local $(EMBEDDERS)

# Clients of others, for the row "peers" alone: from npm, with pinned versions.
bench-peers:
	@mkdir -p %D%/peers
	@for f in $(PEER_FILES); do \
	    test $$f -ef $(srcdir)/$$f || cp $(srcdir)/$$f %D%/peers/; done
	@cd %D%/peers && npm ci --ignore-scripts --no-audit --no-fund

# Five minutes, most of them waiting.
bench-console: batchtop tests/fakeapi tests/ptyrun
	@BATCHTOP=./batchtop FAKEAPI=tests/fakeapi PTYRUN=tests/ptyrun $(SHELL) $(srcdir)/%D%/console.sh
