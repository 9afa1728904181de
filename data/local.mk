# The table of meanings becomes a part of the program: nothing can be missing
# then. Its licence asks that LICENSE-APACHE and NOTICE go with the program.
MEANING_BIN = $(srcdir)/%D%/meaning/meaning.bin
libengine_a_SOURCES += %D%/meaning/meaning_table.S
libengine_a_CCASFLAGS = -DMEANING_BIN='"$(MEANING_BIN)"' $(AM_CCASFLAGS)
%D%/meaning/libengine_a-meaning_table.$(OBJEXT): $(MEANING_BIN)

dist_doc_DATA += %D%/meaning/LICENSE-APACHE %D%/meaning/NOTICE
EXTRA_DIST += %D%/meaning/README.md %D%/meaning/meaning.bin \
	%D%/meaning/distil.py %D%/meaning/meaning.py %D%/meaning/sources.py \
	%D%/meaning/teacher.py %D%/meaning/meaning.tsv \
	%D%/meaning/neighbours.tsv %D%/meaning/vectors.tsv \
	%D%/meaning/wording.tsv
