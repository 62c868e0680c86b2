/* What http1_read makes of a connection's bytes, as text, so that two ways of cutting the same
 * bytes can be compared, and a test can say what it wants in one string:
 *
 *     GET /a?q host=h len=5 keep [name: value]… { body } POST …
 *     …!400 what
 */
#ifndef VG_TESTS_SUPPORT_TRANSCRIPT_H
#define VG_TESTS_SUPPORT_TRANSCRIPT_H

#include "base/buf.h"

typedef struct vg_transcript {
    uint32_t max_head_bytes;
    uint32_t max_headers;
    /* How many bytes the next call gets at most; `arg` as given. NULL: all there are. */
    size_t (*cut)(void *arg);
    void *arg;
} vg_transcript;

/* Reads message after message; what follows a refusal is not read. Adds the text to `to`. A message
 * that is not whole at the end leaves its part, with "…" behind it. */
void vg_transcript_write(const vg_transcript *how, vg_slice bytes, vg_buf *to);

#endif
