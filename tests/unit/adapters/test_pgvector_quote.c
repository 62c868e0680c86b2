/* Names as identifiers: short, quoted, and never two alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vecgate/op.h"

#include "adapters/vector/pgvector/quote.h"
#include "base/map.h"
#include "base/utf8.h"
#include "tests/support/chance.h"

#define FIFTY "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"

static const struct {
    const char *says, *name, *identifier;
} rows[] = {
    {"a plain name", "docs", "c_docs"},
    {"nothing", "", "c_"},
    {"case is kept", "Docs", "c_Docs"},
    {"quotes and blanks are plain", "a \"b\"; --", "c_a \"b\"; --"},
    {"letters of any script", "文档", "c_文档"},
    {"61 bytes fit", FIFTY "12345678901", "c_" FIFTY "12345678901"},
    {"62 do not", FIFTY "123456789012",
     "c_aaaaaaaaaabbbbbbbbbbcccccccc~c2b135187c4c501da4772d35274255b1"},
    {"the mark is not plain", "a~b", "c_a~7611434e2278657084187d5deccad375"},
    {"a line break is not", "a\nb", NULL},
    {"half a character is not", "a\xc3", NULL},
};

static void names_are_readable_where_they_can(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vg_slice made = vg_pg_table_name(arena, vg_slice_str(rows[i].name));

        if (rows[i].identifier && !vg_slice_is_str(made, rows[i].identifier))
            fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(made));
        if (!rows[i].identifier && vg_slice_find(made, '~') == made.len)
            fail_msg("%s: " VG_FMT, rows[i].says, VG_ARG(made));
    }
    vg_arena_free(arena);
}

/* ---- never two alike ---- */

enum { NAMES = 20000, MOST = 300 };

static vg_slice chance_name(vg_arena *arena)
{
    static const char *parts[] = {"a",  "b",        "~",    "\"", "_", "c_",
                                  "v_", "\xc3\xa9", "\xff", "\n", ".", FIFTY};
    char *at = vg_arena_take(arena, MOST + sizeof FIFTY);
    size_t len = 0, wanted = chance_below(chance_below(4) == 0 ? MOST : 8);

    assert_non_null(at);
    while (len < wanted) {
        vg_slice part = vg_slice_str(parts[chance_below(sizeof parts / sizeof *parts)]);

        memcpy(at + len, part.at, part.len);
        len += part.len;
    }
    if (chance_below(50) == 0)
        at[len++] = '\0';
    return vg_slice_of(at, len);
}

/* The first name that gave an identifier stands for it. */
static void must_be_alone(vg_map *made, vg_slice identifier, vg_slice *name)
{
    const vg_slice *other = vg_map_get(made, identifier);

    assert_true(identifier.len > 0 && identifier.len <= VG_PG_NAME_BYTES);
    assert_int_equal(vg_slice_find(identifier, '\0'), identifier.len);
    if (other && !vg_slice_is(*other, *name))
        fail_msg(VG_FMT " is \"" VG_FMT "\" and \"" VG_FMT "\"", VG_ARG(identifier), VG_ARG(*other),
                 VG_ARG(*name));
    assert_true(vg_map_put(made, identifier, name));
}

/* What was made is a name in its turn: nobody can ask for another's. */
static void two_names_are_never_alike(void **state)
{
    vg_arena *arena = vg_arena_new((size_t)1 << 28);
    vg_map *made = vg_map_new();

    (void)state;
    chance_begin("two_names_are_never_alike");
    for (int i = 0; i < NAMES; i++) {
        vg_slice *name = VG_TAKE(arena, vg_slice), *again = VG_TAKE(arena, vg_slice);

        assert_true(name && again);
        *name = chance_name(arena);
        *again = vg_pg_table_name(arena, *name);
        must_be_alone(made, *again, name);
        *again = vg_slice_skip(*again, 2);
        must_be_alone(made, vg_pg_table_name(arena, *again), again);
    }
    vg_map_free(made);
    vg_arena_free(arena);
}

/* ---- tenants ---- */

/* Of what is hostile, or looks like something else; a tenant's name that can be. */
static vg_slice chance_tenant(vg_arena *arena)
{
    static const char *parts[] = {"a",
                                  "A",
                                  "\"",
                                  "'",
                                  "/",
                                  ".",
                                  "..",
                                  "%2F",
                                  ";",
                                  "--",
                                  " ",
                                  "\\",
                                  "$1",
                                  "\xc3\xa9",
                                  "e\xcc\x81",
                                  "\xd0\xb0",
                                  "_",
                                  "~",
                                  "\xe2\x80\x8b",
                                  "vg_",
                                  "vecgate",
                                  "public",
                                  "pg_",
                                  "default",
                                  "vg",
                                  "x",
                                  FIFTY,
                                  "\xf0\x9f\x98\x80"};
    char *at = vg_arena_take(arena, VG_TENANT_NAME_BYTES);
    size_t len = 0, wanted = 1 + chance_below(chance_below(4) == 0 ? VG_TENANT_NAME_BYTES : 6);

    assert_non_null(at);
    while (len < wanted) {
        vg_slice part = vg_slice_str(parts[chance_below(sizeof parts / sizeof *parts)]);

        if (len + part.len > VG_TENANT_NAME_BYTES)
            break;
        memcpy(at + len, part.at, part.len);
        len += part.len;
    }
    if (len == 0 || at[0] == '/')
        return VG_LIT("a");
    if (at[0] == '.' && len <= 2)
        at[0] = 'a';
    return vg_slice_of(at, len);
}

static vg_slice *keep(vg_arena *arena, vg_slice name)
{
    vg_slice *kept = VG_TAKE(arena, vg_slice);

    assert_non_null(kept);
    *kept = name;
    return kept;
}

/* Not of two tenants, nor of the gateway's own schemas and PostgreSQL's. */
static void a_schema_is_of_one_tenant(void **state)
{
    vg_arena *arena = vg_arena_new((size_t)1 << 28);
    vg_map *made = vg_map_new(), *numbers = vg_map_new();

    (void)state;
    chance_begin("a_schema_is_of_one_tenant");
    for (int i = 0; i < NAMES; i++) {
        vg_slice tenant = chance_tenant(arena), other = chance_tenant(arena);
        const vg_slice parts[] = {tenant, other};
        vg_slice schema = vg_pg_schema_name(arena, tenant);
        vg_slice both = vg_arena_printf(arena, "%zu/" VG_FMT "/" VG_FMT, tenant.len, VG_ARG(tenant),
                                        VG_ARG(other));

        assert_true(vg_tenant_name_can_be(tenant));
        must_be_alone(made, schema, keep(arena, tenant));
        assert_true(vg_slice_starts(schema, VG_LIT("vg_")));
        assert_int_equal(vg_utf8_check(schema), schema.len);
        must_be_alone(numbers, vg_pg_name(arena, "n_", parts, 2), keep(arena, both));
    }
    vg_map_free(made);
    vg_map_free(numbers);
    vg_arena_free(arena);
}

static void parts_are_told_apart(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    vg_slice one = vg_pg_index_name(arena, VG_LIT("a"), VG_LIT("b"), VG_LIT("cd"));
    vg_slice two = vg_pg_index_name(arena, VG_LIT("a"), VG_LIT("bc"), VG_LIT("d"));
    vg_slice three = vg_pg_index_name(arena, VG_LIT("ab"), VG_LIT(""), VG_LIT("cd"));

    (void)state;
    assert_true(one.len <= VG_PG_NAME_BYTES && vg_slice_starts(one, VG_LIT("i_a~")));
    assert_false(vg_slice_is(one, two));
    assert_false(vg_slice_is(one, three));
    vg_arena_free(arena);
}

static void quotes_are_doubled(void **state)
{
    vg_arena *arena = vg_arena_new(1 << 20);

    (void)state;
    assert_true(
        vg_slice_is(vg_pg_quote(arena, VG_LIT("a\"; DROP --")), VG_LIT("\"a\"\"; DROP --\"")));
    assert_true(vg_slice_is(vg_pg_quote(arena, VG_LIT("")), VG_LIT("\"\"")));
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_readable_where_they_can),
        cmocka_unit_test(two_names_are_never_alike),
        cmocka_unit_test(a_schema_is_of_one_tenant),
        cmocka_unit_test(parts_are_told_apart),
        cmocka_unit_test(quotes_are_doubled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
