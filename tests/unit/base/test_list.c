/* Lists: order, and that a link knows whether it is in one. */
#include "base/check.h"
#include "base/list.h"
#include "tests/unit/base/unit.h"

struct thing {
    char name;
    vg_list link;
};

static void expect_order(const vg_list *head, const char *wanted)
{
    char names[8] = "";
    size_t n = 0;

    for (vg_list *at = head->next; at != head; at = at->next)
        names[n++] = vg_container_of(at, struct thing, link)->name;
    assert_string_equal(names, wanted);
    for (vg_list *at = head->prev; at != head; at = at->prev)
        assert_int_equal(vg_container_of(at, struct thing, link)->name, names[--n]);
}

static void links_stay_in_the_order_they_came(void **state)
{
    struct thing a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'};
    vg_list head;

    (void)state;
    vg_list_init(&head);
    vg_list_push(&head, &a.link);
    vg_list_push(&head, &b.link);
    vg_list_push_front(&head, &c.link);
    expect_order(&head, "cab");
    vg_list_remove(&a.link);
    expect_order(&head, "cb");
    assert_ptr_equal(vg_list_shift(&head), &c.link);
    assert_ptr_equal(vg_list_shift(&head), &b.link);
    assert_null(vg_list_shift(&head));
    expect_order(&head, "");
}

static void a_link_knows_whether_it_is_in_a_list(void **state)
{
    struct thing a;
    vg_list head;

    (void)state;
    vg_list_init(&head);
    vg_list_init(&a.link);
    assert_true(vg_list_is_empty(&a.link));
    vg_list_push(&head, &a.link);
    assert_false(vg_list_is_empty(&a.link));
    vg_list_remove(&a.link);
    vg_list_remove(&a.link);
    assert_true(vg_list_is_empty(&a.link));
    assert_true(vg_list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links_stay_in_the_order_they_came),
        cmocka_unit_test(a_link_knows_whether_it_is_in_a_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
