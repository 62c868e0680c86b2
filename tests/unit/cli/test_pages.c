/* Pages hold every row of the tables that they come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vecgate/vector_backend.h"

#include "cli/pages.h"
#include "front/front.h"

static void assert_says(const vg_buf *page, vg_slice part)
{
    if (memmem(page->at, page->len, part.at, part.len) == NULL)
        fail_msg("\"" VG_FMT "\" is not in the page", VG_ARG(part));
}

static const char *need_of(const vg_front_row *row)
{
    return vg_right_word(row->right != VG_RIGHT_OF_KIND ? row->right : vg_right_of(row->kind));
}

static void every_route_is_listed_with_what_it_does(void **state)
{
    const vg_front_api *const apis[] = {&vg_front_native, &vg_front_qdrant, &vg_front_admin};
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_buf page;

    (void)state;
    vg_buf_init(&page, 0);
    vg_pages_write_routes(&page);
    for (size_t a = 0; a < sizeof apis / sizeof apis[0]; a++)
        for (size_t i = 0; i < apis[a]->count; i++) {
            const vg_front_row *row = &apis[a]->rows[i];
            const char *says = row->refuses != NULL ? row->refuses : row->doc;

            assert_non_null(says);
            assert_says(&page,
                        vg_arena_printf(arena, "| %s | `%s` | %s | %s |\n", row->route.method,
                                        row->route.path, need_of(row), says));
        }
    vg_buf_fini(&page);
    vg_arena_free(arena);
}

static void every_backend_has_a_column(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_buf page;

    (void)state;
    vg_buf_init(&page, 0);
    vg_pages_write_capabilities(&page);
    for (const vg_adapter *const *at = vg_adapters; *at != NULL; at++) {
        assert_says(&page, vg_arena_printf(arena, "- `%s`: %s\n", (*at)->name, (*at)->summary));
        assert_says(&page, vg_arena_printf(arena, " `%s` |", (*at)->name));
    }
    for (const vg_adapter *const *at = vg_metadata_adapters; *at != NULL; at++)
        assert_says(&page,
                    vg_arena_printf(arena, "| `%s://` | %s |\n", (*at)->name, (*at)->summary));
    assert_says(&page, VG_LIT("| operation `search` | yes | yes | yes |\n"));
    vg_buf_fini(&page);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_route_is_listed_with_what_it_does),
        cmocka_unit_test(every_backend_has_a_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
