# The fuzz targets. In make check they are fed their seeds; make fuzz builds
# them with clang's libFuzzer and lets them run. Its main comes before the one
# of libreplay.a, which is then left out.
check_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES = %D%/replay.c %D%/fuzz.c %D%/fuzz.h
FUZZ_MAIN =

FUZZ_TARGETS = \
	%D%/frames \
	%D%/imports \
	%D%/ledger \
	%D%/messages \
	%D%/options \
	%D%/packed \
	%D%/pages \
	%D%/records \
	%D%/refusals \
	%D%/replies \
	%D%/safetensors \
	%D%/spool \
	%D%/stored \
	%D%/tokenizer \
	%D%/vectors \
	%D%/words
check_PROGRAMS += $(FUZZ_TARGETS) %D%/make_seeds
%C%_make_seeds_LDADD = %D%/libreplay.a tests/libsupport.a libengine.a \
	$(DEPS_LIBS) -lm

TESTS += %D%/replay_seeds.sh
EXTRA_DIST += %D%/replay_seeds.sh %D%/run.sh %D%/seeds

.PHONY: fuzz fuzz-programs
fuzz-programs: $(FUZZ_TARGETS) %D%/make_seeds
fuzz:
	@FUZZ_TARGETS='$(FUZZ_TARGETS)' $(SHELL) $(srcdir)/%D%/run.sh \
	    '$(abs_srcdir)'
