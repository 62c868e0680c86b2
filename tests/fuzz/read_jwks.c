/* Any bytes as a file of keys for tokens, PEM or a JWKS: keys within their bounds, or a complaint.
 */
#include "base/check.h"
#include "gate/jwt_keys.h"
#include "tests/support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vg_arena *arena = vg_arena_new(8 << 20);
    vg_jwt_keys *keys = vg_jwt_keys_new(arena);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    bool is_good;

    vg_buf_init(&told, 0);
    is_good =
        vg_jwt_keys_read(keys, vg_slice_of((const char *)data, size), VG_LIT("F"), &complaints);
    VG_CHECK(is_good == (complaints.count == 0));
    VG_CHECK(!is_good || vg_jwt_keys_count(keys) > 0);
    VG_CHECK(vg_jwt_keys_count(keys) <= VG_JWT_KEYS);
    VG_CHECK(vg_jwt_keys_verify(keys, VG_JWT_HS256, (vg_slice){0}, VG_LIT("a.b"),
                                VG_LIT("01234567890123456789012345678901")) != VG_JWT_IS_GOOD);
    VG_CHECK(vg_jwt_keys_verify(keys, VG_JWT_ES256, (vg_slice){0}, VG_LIT("a.b"),
                                VG_LIT("short")) != VG_JWT_IS_GOOD);
    vg_buf_fini(&told);
    vg_arena_free(arena);
    return 0;
}
