/* The end of a process that found its own mistake: one line on stderr, then abort(), so that the
 * supervisor sees a signal and a core tells the rest. */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log_out.h"

void vg_check_failed(const char *file, int line, const char *function, const char *condition)
{
    vg_log_out_last_words();
    fprintf(stderr, "%s:%d: %s: this must hold: %s\n", file, line, function, condition);
    abort();
}
