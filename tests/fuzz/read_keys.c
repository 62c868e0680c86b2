/* Any bytes as a list of API keys: rows that a gate can be made of, or complaints. */
#include "config/read_keys.h"

#include "vecgate/op.h"

#include "base/check.h"
#include "tests/support/fuzz.h"

static void check_row(const vg_key_row *row)
{
    VG_CHECK(row->name.len > 0 && row->name.len <= 128);
    VG_CHECK(row->rights <= VG_KEY_MANAGE);
    VG_CHECK(vg_tenant_name_can_be(row->tenant));
    VG_CHECK((row->collections == NULL) == (row->collection_count == 0));
    for (uint32_t i = 0; i < row->collection_count; i++)
        VG_CHECK(row->collections[i].len > 0);
    VG_CHECK(row->from.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vg_list_source source = {.place = "F"};
    vg_arena *arena = vg_arena_new(16 << 20);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    vg_key_list list;

    vg_buf_init(&told, 0);
    list = vg_keys_read_text(vg_slice_of((const char *)data, size), &source, &complaints);
    for (uint32_t i = 0; i < list.count; i++)
        check_row(&list.at[i]);
    vg_keys_seal(&list);
    VG_CHECK(told.len == 0 || complaints.count > 0);
    vg_buf_fini(&told);
    vg_arena_free(arena);
    return 0;
}
