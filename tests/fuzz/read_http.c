/* Requests as a client sends them. The first byte chooses how the rest is cut; cut so or whole, the
 * events must be the same. */
#include "base/check.h"
#include "tests/support/fuzz.h"
#include "tests/support/transcript.h"

enum { HEAD_BYTES = 512, FIELDS = 8 };

/* Pieces of 1 to 32 bytes, in an order that the seed makes. */
static size_t next_cut(void *arg)
{
    uint32_t *seed = arg;

    *seed = *seed * 1664525 + 1013904223;
    return 1 + (*seed >> 27);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t seed = size > 0 ? data[0] : 0;
    vg_slice bytes = vg_slice_of((const char *)data + (size > 0), size - (size > 0));
    vg_buf whole, cut;

    vg_buf_init(&whole, 0);
    vg_buf_init(&cut, 0);
    vg_transcript_write(&(vg_transcript){.max_head_bytes = HEAD_BYTES, .max_headers = FIELDS},
                        bytes, &whole);
    vg_transcript_write(&(vg_transcript){HEAD_BYTES, FIELDS, next_cut, &seed}, bytes, &cut);
    VG_CHECK(vg_slice_is(vg_buf_bytes(&whole), vg_buf_bytes(&cut)));
    vg_buf_fini(&whole);
    vg_buf_fini(&cut);
    return 0;
}
