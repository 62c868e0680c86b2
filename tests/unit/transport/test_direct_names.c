/* Names and their addresses as the direct carrier asks for them: once for all who wait, in which
 * order, how long they are believed. getaddrinfo() is ours here, and the loop's clock, too. */
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <uv.h>

#include "base/check.h"
#include "tests/support/fake_loop.h"
#include "transport/direct_names.h"

static atomic_int asked;

static struct addrinfo *make_address(int family, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof *info);

    info->ai_family = family;
    info->ai_addrlen = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
    info->ai_addr = calloc(1, info->ai_addrlen);
    info->ai_addr->sa_family = (sa_family_t)family;
    info->ai_next = next;
    return info;
}

/* "most.invalid" has more addresses than are taken, "none.invalid" none, others four. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)service, (void)hints;
    asked++;
    if (strcmp(node, "none.invalid") == 0)
        return EAI_NONAME;
    *out = make_address(AF_INET, NULL);
    *out = make_address(AF_INET, *out);
    *out = make_address(AF_INET6, *out);
    *out = make_address(AF_INET6, *out);
    for (int i = 0; strcmp(node, "most.invalid") == 0 && i < 100; i++)
        *out = make_address(AF_INET6, *out);
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info != NULL) {
        struct addrinfo *next = info->ai_next;

        free(info->ai_addr);
        free(info);
        info = next;
    }
}

struct rig {
    uv_loop_t uv;
    fake_loop *fake;
    vg_direct_names *names;
};

struct guest {
    vg_direct_asker asker;
    int told;
    vg_direct_addresses found;
};

static int open_rig(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);

    asked = 0;
    uv_loop_init(&rig->uv);
    rig->fake = fake_loop_new();
    *state = rig;
    return 0;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;

    vg_direct_names_close(rig->names);
    while (uv_run(&rig->uv, UV_RUN_DEFAULT) != 0)
        continue;
    assert_int_equal(uv_loop_close(&rig->uv), 0);
    fake_loop_free(rig->fake);
    free(rig);
    return 0;
}

static struct rig *ask_for(void **state, const char *host)
{
    struct rig *rig = *state;

    rig->names = vg_direct_names_new(&rig->uv, fake_loop_loop(rig->fake), host, "6333");
    assert_non_null(rig->names);
    return rig;
}

static void on_named(vg_direct_asker *asker, const vg_direct_addresses *found, const char *detail)
{
    struct guest *guest = vg_container_of(asker, struct guest, asker);

    guest->told++;
    assert_true(found != NULL || detail[0] != '\0');
    if (found != NULL)
        guest->found = *found;
}

static const vg_direct_addresses *get(struct rig *rig, struct guest *guest)
{
    *guest = (struct guest){.asker = {.named = on_named}};
    vg_list_init(&guest->asker.link);
    return vg_direct_names_get(rig->names, &guest->asker);
}

static void wait_for(struct rig *rig, const struct guest *guest)
{
    while (guest->told == 0)
        uv_run(&rig->uv, UV_RUN_ONCE);
    assert_int_equal(guest->told, 1);
}

static void advance_ms(struct rig *rig, uint64_t ms)
{
    fake_loop_advance(rig->fake, ms * 1000000);
}

static void families_take_turns(void **state)
{
    static const sa_family_t order[] = {AF_INET6, AF_INET, AF_INET6, AF_INET};
    struct rig *rig = ask_for(state, "four.invalid");
    struct guest guest;

    assert_null(get(rig, &guest));
    wait_for(rig, &guest);
    assert_int_equal(guest.found.count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(guest.found.at[i].ss_family, order[i]);
}

static void more_addresses_than_are_taken_are_left(void **state)
{
    struct rig *rig = ask_for(state, "most.invalid");
    struct guest guest;

    assert_null(get(rig, &guest));
    wait_for(rig, &guest);
    assert_int_equal(guest.found.count, VG_DIRECT_ADDRESSES);
    assert_int_equal(guest.found.at[1].ss_family, AF_INET);
}

static void one_look_up_is_for_all_who_wait(void **state)
{
    struct rig *rig = ask_for(state, "four.invalid");
    struct guest guests[10];

    for (int i = 0; i < 10; i++)
        assert_null(get(rig, &guests[i]));
    vg_direct_names_drop(&guests[4].asker);
    for (int i = 0; i < 10; i++) {
        if (i != 4)
            wait_for(rig, &guests[i]);
    }
    assert_int_equal(guests[4].told, 0);
    assert_int_equal(asked, 1);
}

static void a_number_needs_none(void **state)
{
    static const struct {
        const char *host;
        sa_family_t family;
    } rows[] = {{"127.0.0.1", AF_INET}, {"::1", AF_INET6}};
    struct rig *rig = *state;
    struct guest guest;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const vg_direct_addresses *known;

        vg_direct_names_close(rig->names);
        ask_for(state, rows[i].host);
        known = get(rig, &guest);
        assert_non_null(known);
        assert_int_equal(known->count, 1);
        assert_int_equal(known->at[0].ss_family, rows[i].family);
        assert_int_equal(ntohs(((const struct sockaddr_in *)&known->at[0])->sin_port), 6333);
    }
    assert_int_equal(asked, 0);
}

static void an_answer_is_believed_for_a_minute(void **state)
{
    struct rig *rig = ask_for(state, "four.invalid");
    struct guest guest;

    get(rig, &guest);
    wait_for(rig, &guest);
    advance_ms(rig, VG_DIRECT_NAMES_MS - 1);
    assert_non_null(get(rig, &guest));
    advance_ms(rig, 1);
    assert_null(get(rig, &guest));
    wait_for(rig, &guest);
    assert_int_equal(asked, 2);
}

static void one_in_doubt_for_a_second(void **state)
{
    struct rig *rig = ask_for(state, "four.invalid");
    struct guest guest;

    get(rig, &guest);
    wait_for(rig, &guest);
    vg_direct_names_doubt(rig->names);
    advance_ms(rig, 999);
    assert_non_null(get(rig, &guest));
    advance_ms(rig, 1);
    assert_null(get(rig, &guest));
    wait_for(rig, &guest);
    assert_non_null(get(rig, &guest));
}

static void that_there_is_none_is_not_remembered(void **state)
{
    struct rig *rig = ask_for(state, "none.invalid");
    struct guest guest;

    for (int i = 1; i < 4; i++) {
        assert_null(get(rig, &guest));
        wait_for(rig, &guest);
        assert_int_equal(guest.found.count, 0);
        assert_int_equal(asked, i);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(families_take_turns),
        TEST(more_addresses_than_are_taken_are_left),
        TEST(one_look_up_is_for_all_who_wait),
        TEST(a_number_needs_none),
        TEST(an_answer_is_believed_for_a_minute),
        TEST(one_in_doubt_for_a_second),
        TEST(that_there_is_none_is_not_remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
