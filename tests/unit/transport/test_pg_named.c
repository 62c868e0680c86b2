/* The names of a connection's prepared statements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "transport/pg_named.h"

static vg_pg_statement statement_of(const char *sql)
{
    return (vg_pg_statement){.sql = vg_slice_str(sql), .comes_again = true};
}

static vg_pg_name *take(vg_pg_named *named, const char *sql, char out[24])
{
    vg_pg_statement statement = statement_of(sql);

    return vg_pg_named_take(named, &statement, out);
}

static void one_text_has_one_name(void **state)
{
    vg_pg_named *named = vg_pg_named_new(4), *other = vg_pg_named_new(4);
    vg_pg_param ints[1] = {{.type = 23}}, texts[1] = {{.type = 25}};
    vg_pg_statement statement = statement_of("SELECT $1");
    vg_pg_name *first, *second;
    char out[24];

    (void)state;
    first = take(named, "SELECT 1", out);
    assert_false(first->is_known);
    assert_string_equal(out, "");
    assert_ptr_equal(take(named, "SELECT 1", out), first);
    second = take(named, "SELECT 2", out);
    assert_string_not_equal(second->text, first->text);
    assert_string_equal(take(other, "SELECT 1", out)->text, first->text); /* on all connections */
    statement.params = ints;
    statement.param_count = 1;
    first = vg_pg_named_take(named, &statement, out);
    statement.params = texts;
    assert_ptr_not_equal(vg_pg_named_take(named, &statement, out), first); /* by its types, too */
    assert_int_equal(vg_pg_named_count(named), 4);
    vg_pg_named_free(named);
    vg_pg_named_free(other);
}

static void what_was_not_used_for_longest_makes_room(void **state)
{
    vg_pg_named *named = vg_pg_named_new(2);
    char out[24], name[24];

    (void)state;
    vg_pg_named_begin(named);
    take(named, "A", out);
    vg_pg_named_begin(named);
    memcpy(name, take(named, "B", out)->text, sizeof name);
    vg_pg_named_begin(named);
    take(named, "A", out);
    vg_pg_named_begin(named);
    assert_non_null(take(named, "C", out));
    assert_string_equal(out, name); /* B went */
    assert_int_equal(vg_pg_named_count(named), 2);
    assert_non_null(take(named, "D", out));
    assert_string_not_equal(out, "");
    assert_null(take(named, "E", out)); /* C and D are of the same exchange */
    assert_string_equal(out, "");
    vg_pg_named_free(named);
}

static void what_is_too_long_goes_without(void **state)
{
    static char text[VG_PG_NAMED_BYTES + 2];
    vg_pg_named *named = vg_pg_named_new(2);
    char out[24];

    (void)state;
    memset(text, 'x', VG_PG_NAMED_BYTES + 1);
    assert_null(take(named, text, out));
    text[VG_PG_NAMED_BYTES] = '\0';
    assert_non_null(take(named, text, out));
    vg_pg_named_free(named);
}

static void what_is_dropped_is_new_again(void **state)
{
    vg_pg_named *named = vg_pg_named_new(2);
    vg_pg_name *name;
    char out[24];

    (void)state;
    name = take(named, "A", out);
    name->is_known = true;
    vg_pg_named_drop(named, name);
    assert_int_equal(vg_pg_named_count(named), 0);
    assert_false(take(named, "A", out)->is_known);
    take(named, "B", out);
    vg_pg_named_drop_all(named);
    assert_int_equal(vg_pg_named_count(named), 0);
    vg_pg_named_free(named);
    vg_pg_named_free(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_text_has_one_name),
        cmocka_unit_test(what_was_not_used_for_longest_makes_room),
        cmocka_unit_test(what_is_too_long_goes_without),
        cmocka_unit_test(what_is_dropped_is_new_again),
    };

    return cmocka_run_group_tests_name("transport/pg_named", tests, NULL, NULL);
}
