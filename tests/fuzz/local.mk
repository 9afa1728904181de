# The fuzz targets. In make check they are fed their seeds; make fuzz builds
# them with clang's libFuzzer and lets them run. Its main comes before the one
# of libreplay.a, which is then left out.
check_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = %D%/replay.c %D%/fuzz.c %D%/fuzz.h
FUZZ_MAIN =
FUZZ_LIBS = %D%/libreplay.a libhost.a libengine.a $(DEPS_LIBS) -lm

FUZZ_TARGETS = \
	%D%/frames \
	%D%/imports \
	%D%/ledger \
	%D%/options \
	%D%/packed \
	%D%/records \
	%D%/refusals \
	%D%/replies \
	%D%/safetensors \
	%D%/spool \
	%D%/stored \
	%D%/tokenizer \
	%D%/vectors \
	%D%/wire \
	%D%/words
check_PROGRAMS += $(FUZZ_TARGETS) %D%/make_seeds

%C%_frames_SOURCES = %D%/frames.c tests/sample_snapshot.c tests/sample_snapshot.h
%C%_frames_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_frames_LDADD = $(FUZZ_LIBS)
%C%_imports_SOURCES = %D%/imports.c
%C%_imports_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_imports_LDADD = $(FUZZ_LIBS)
%C%_ledger_SOURCES = %D%/ledger.c
%C%_ledger_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_ledger_LDADD = $(FUZZ_LIBS)
%C%_options_SOURCES = %D%/options.c
%C%_options_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_options_LDADD = $(FUZZ_LIBS)
%C%_packed_SOURCES = %D%/packed.c
%C%_packed_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_packed_LDADD = $(FUZZ_LIBS)
%C%_records_SOURCES = %D%/records.c
%C%_records_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_records_LDADD = $(FUZZ_LIBS)
%C%_refusals_SOURCES = %D%/refusals.c
%C%_refusals_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_refusals_LDADD = $(FUZZ_LIBS)
%C%_replies_SOURCES = %D%/replies.c $(REPLIES)
%C%_replies_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_replies_LDADD = $(FUZZ_LIBS)
%C%_safetensors_SOURCES = %D%/safetensors.c
%C%_safetensors_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_safetensors_LDADD = $(FUZZ_LIBS)
%C%_spool_SOURCES = %D%/spool.c
%C%_spool_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_spool_LDADD = $(FUZZ_LIBS)
%C%_stored_SOURCES = %D%/stored.c
%C%_stored_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_stored_LDADD = $(FUZZ_LIBS)
%C%_tokenizer_SOURCES = %D%/tokenizer.c
%C%_tokenizer_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_tokenizer_LDADD = $(FUZZ_LIBS)
%C%_vectors_SOURCES = %D%/vectors.c
%C%_vectors_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_vectors_LDADD = $(FUZZ_LIBS)
%C%_wire_SOURCES = %D%/wire.c $(ONLOOKER)
%C%_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_wire_LDADD = libconsole.a $(FUZZ_LIBS)
%C%_words_SOURCES = %D%/words.c
%C%_words_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_MAIN)
%C%_words_LDADD = $(FUZZ_LIBS)
%C%_make_seeds_SOURCES = %D%/make_seeds.c $(REPLIES)
%C%_make_seeds_LDADD = $(FUZZ_LIBS)

TESTS += %D%/replay_seeds.sh
EXTRA_DIST += %D%/replay_seeds.sh %D%/run.sh %D%/seeds

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_TARGETS) %D%/make_seeds
fuzz:
	@FUZZ_TARGETS='$(FUZZ_TARGETS)' $(SHELL) $(srcdir)/%D%/run.sh \
	    '$(abs_srcdir)'
