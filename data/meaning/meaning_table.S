/* The table of meanings, data/meaning/meaning.bin, as a part of the program:
 * meaning.c reads it. */
#ifdef __CET__
#include <cet.h>
#endif
	.section .rodata
	.balign 64
	.globl meaning_table
	.hidden meaning_table
	.type meaning_table, %object
meaning_table:
	.incbin MEANING_BIN
	.globl meaning_table_end
	.hidden meaning_table_end
	.type meaning_table_end, %object
meaning_table_end:
	.byte 0
	.size meaning_table, meaning_table_end - meaning_table
	.size meaning_table_end, 1
	.section .note.GNU-stack, "", %progbits
