/* Records of many lengths, and whether they came back as they are. */
#include "config.h"
#include "tests/support/source_lines.h"
#include "tests/support/source_tools.h"

#include <stdio.h>

char lines[LINES * 200];
size_t lines_len, line_at[LINES + 1];

void make_lines(void)
{
    char *p = lines;

    for (int i = 0; i < LINES; i++) {
        line_at[i] = (size_t)(p - lines);
        p += sprintf(p, "{\"id\":\"%d\",\"text\":\"%x%0*x\"}\n", i,
                     (unsigned)i * 2654435761u, i % 100 + 1, (unsigned)i);
    }
    lines_len = line_at[LINES] = (size_t)(p - lines);
}

void assert_lines(size_t n)
{
    assert_int_equal(got.count, n);
    assert_int_equal(got.rejected, 0);
    for (size_t i = 0; i < n; i++) {
        char id[24];

        sprintf(id, "%zu", i);
        assert_string_equal(got.at[i].id, id);
        assert_int_equal(got.at[i].offset, line_at[i]);
        assert_int_equal(got.at[i].line, i + 1);
    }
}

void assert_all_lines(void)
{
    if (got.end != SOURCE_END)
        fail_msg("%s", got.err.text);
    assert_lines(LINES);
}
