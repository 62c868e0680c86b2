/* Any bytes as a list of tenants' bounds: rows in order, each tenant once, that read the same when
 * they are written; or complaints. */
#include "config/read_bounds.h"

#include "vecgate/op.h"

#include "base/check.h"
#include "config/config.h"
#include "tests/support/fuzz.h"

static void check_row(const vg_tenant_bounds_list *list, uint32_t i)
{
    vg_tenant_quota quota = {.tenants = *list};
    vg_tenant_limits found = vg_tenant_limits_of(&quota, list->at[i].tenant);

    VG_CHECK(vg_tenant_name_can_be(list->at[i].tenant));
    VG_CHECK(list->at[i].own.rate == VG_AS_EACH || list->at[i].own.rate <= 1000000);
    VG_CHECK(i == 0 || vg_slice_cmp(list->at[i - 1].tenant, list->at[i].tenant) < 0);
    VG_CHECK(found.rate == (list->at[i].own.rate == VG_AS_EACH ? 0 : list->at[i].own.rate));
}

static void check_again(const vg_tenant_bounds_list *list, const vg_list_source *source,
                        vg_complaints *complaints)
{
    vg_slice text = vg_tenant_bounds_write(list, complaints->arena);
    vg_tenant_bounds_list again;

    if (vg_arena_is_spent(complaints->arena))
        return;
    VG_CHECK((text.len == 0) == (list->count == 0));
    again = vg_bounds_read_text(text, source, complaints);
    VG_CHECK(vg_arena_is_spent(complaints->arena) ||
             (complaints->count == 0 && vg_tenant_bounds_is_same(list, &again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const vg_list_source source = {.place = "F"};
    vg_arena *arena = vg_arena_new(16 << 20);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};
    vg_tenant_bounds_list list;

    vg_buf_init(&told, 0);
    list = vg_bounds_read_text(vg_slice_of((const char *)data, size), &source, &complaints);
    VG_CHECK(told.len == 0 || complaints.count > 0);
    if (complaints.count == 0) {
        for (uint32_t i = 0; i < list.count; i++)
            check_row(&list, i);
        check_again(&list, &source, &complaints);
    }
    vg_buf_fini(&told);
    vg_arena_free(arena);
    return 0;
}
