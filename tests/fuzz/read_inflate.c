/* A compressed body as a client sends it. The first byte chooses the coding and how bytes are cut;
 * cut so or given as large pieces, the same comes out, up to the same ending. */
#include "base/buf.h"
#include "base/check.h"
#include "net/inflate.h"
#include "tests/support/fuzz.h"

enum { MOST = 1 << 20 };

struct outcome {
    vg_buf bytes;
    bool is_bad;
    bool is_whole;
};

static bool drain(vg_inflate *inflate, size_t room, struct outcome *to)
{
    vg_inflated answer = VG_INFLATE_FULL;
    size_t made;

    while (answer == VG_INFLATE_FULL && to->bytes.len < MOST) {
        char *at = vg_buf_reserve(&to->bytes, room);

        VG_CHECK(at != NULL);
        answer = vg_inflate_run(inflate, at, room, &made);
        VG_CHECK(made <= room && (answer != VG_INFLATE_FULL || made == room));
        to->bytes.len += made;
    }
    to->is_bad = answer == VG_INFLATE_BAD;
    return answer == VG_INFLATE_HUNGRY;
}

/* `piece` and `room`: how many bytes go in and come out at once. */
static void decompress(vg_coding coding, vg_slice in, size_t piece, size_t room, struct outcome *to)
{
    vg_inflate *inflate = vg_inflate_new(coding);

    VG_CHECK(inflate != NULL);
    *to = (struct outcome){.is_bad = false};
    vg_buf_init(&to->bytes, 0);
    while (in.len > 0) {
        size_t n = in.len < piece ? in.len : piece;

        vg_inflate_give(inflate, vg_slice_of(in.at, n));
        in = vg_slice_skip(in, n);
        if (!drain(inflate, room, to))
            break;
    }
    to->is_whole = vg_inflate_is_whole(inflate);
    vg_inflate_free(inflate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t seed = size > 0 ? data[0] : 0;
    vg_coding coding = seed & 1 ? VG_CODING_GZIP : VG_CODING_DEFLATE;
    vg_slice in = vg_slice_of((const char *)data + (size > 0), size - (size > 0));
    struct outcome whole, cut;

    decompress(coding, in, VG_INFLATE_PIECE, 64 * 1024, &whole);
    decompress(coding, in, 1 + seed % 7, 1 + seed, &cut);
    if (whole.bytes.len < MOST) {
        VG_CHECK(whole.is_bad == cut.is_bad && whole.is_whole == cut.is_whole);
        VG_CHECK(whole.is_bad || vg_slice_is(vg_buf_bytes(&whole.bytes), vg_buf_bytes(&cut.bytes)));
    }
    vg_buf_fini(&whole.bytes);
    vg_buf_fini(&cut.bytes);
    return 0;
}
