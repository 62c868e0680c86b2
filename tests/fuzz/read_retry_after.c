/* A backend's Retry-After, and its Date behind a line feed: never more than a day. */
#include "base/check.h"
#include "base/retry_after.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_slice text = vg_slice_of((const char *)data, size);
    vg_slice value = vg_slice_of(text.at, vg_slice_find(text, '\n'));
    vg_slice date = vg_slice_skip(text, value.len + 1);

    VG_CHECK(vg_retry_after_ms(value, date, 784111777000) <= VG_RETRY_AFTER_MOST_MS);
    return 0;
}
