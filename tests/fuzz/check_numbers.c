/* A number array of any bytes: every way of checking it stops at the same byte with the same
 * verdict and count; the numbers of a good one have the values of strtof(). */
#include <math.h>
#include <stdlib.h>

#include "vecgate/json.h"

#include "base/json_numbers.h"
#include "base/number.h"
#include "tests/support/fuzz.h"

static void must(bool is_so)
{
    if (!is_so)
        abort();
}

static void must_be_librarys(vg_slice raw, size_t count)
{
    float *floats = malloc(count * sizeof(*floats));
    const char *at = raw.at + 1;
    size_t bad = count;
    size_t made;

    must(floats != NULL);
    made = vg_json_floats(raw, floats, count, &bad);
    must(made == count || (made == 0 && bad < count));
    for (size_t i = 0; i < count && i <= bad; i++) {
        const char *past, *wrong;
        float wanted;

        while (*at != '-' && (*at < '0' || *at > '9'))
            at++;
        past = vg_number_skip(at, raw.at + raw.len, &wrong);
        must(past != NULL);
        wanted = vg_number_exact_f32(vg_slice_of(at, (size_t)(past - at)));
        must(i == bad ? isinf(wanted) : memcmp(&wanted, &floats[i], sizeof(wanted)) == 0);
        at = past;
    }
    free(floats);
}

static void compare_ways(vg_slice text)
{
    const char *end = text.at + text.len;
    const vg_numbers_way *way;
    vg_numbers first, other;
    bool verdict = vg_numbers_ways(0)->scan(text.at + 1, end, &first);
    size_t count = 0, bad_at = 0;

    for (size_t w = 1; (way = vg_numbers_ways(w)) != NULL; w++) {
        must(way->scan(text.at + 1, end, &other) == verdict);
        must(other.stop == first.stop);
        must(!verdict || other.count == first.count);
    }
    must(vg_json_check_numbers(text, &count, &bad_at) == (verdict && first.stop + 1 == end));
    if (verdict)
        must_be_librarys(vg_slice_of(text.at, (size_t)(first.stop + 1 - text.at)), first.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1 + VG_JSON_PAD);

    must(text != NULL);
    text[0] = '[';
    memcpy(text + 1, data, size);
    memset(text + 1 + size, "1.,]e"[size % 5], VG_JSON_PAD); /* must not matter */
    compare_ways(vg_slice_of(text, size + 1));
    free(text);
    return 0;
}
