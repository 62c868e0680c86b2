/* What a receiver of spans answers, in both forms: a number that a receiver can have said. */
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/check.h"
#include "observe/export_reply.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *body = calloc(1, size + VG_JSON_PAD);

    VG_CHECK(body != NULL);
    memcpy(body, data, size);
    VG_CHECK(vg_export_reply_read(vg_slice_of(body, size), false).rejected <= INT64_MAX);
    VG_CHECK(vg_export_reply_read(vg_slice_of(body, size), true).rejected <= INT64_MAX);
    free(body);
    return 0;
}
