/* The trace that a request came with, and how it goes on. */
#include "vecgate/arena.h"

#include "observe/traceparent.h"
#include "tests/unit/base/unit.h"

#define PARENT "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

static const struct parent {
    const char *says, *value, *goes_on; /* NULL: it is ignored */
} parents[] = {
    {"as the standard shows it", PARENT, PARENT},
    {"not sampled", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"},
    {"an id of chance", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03"},
    {"flags that nobody knows go", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fd",
     "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
    {"a later version", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", PARENT},
    {"a later version with more", "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
     PARENT},
    {"a later version that goes on wrongly",
     "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what", NULL},
    {"version 00 with more", PARENT "-what", NULL},
    {"the version that is none", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL},
    {"no trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01", NULL},
    {"no parent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", NULL},
    {"capitals in the trace", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", NULL},
    {"capitals in the parent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067aa0ba902b7-01", NULL},
    {"capitals in the flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0A", NULL},
    {"capitals in the version", "0A-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL},
    {"no digit", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", NULL},
    {"a digit short", "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", NULL},
    {"no hyphen before the trace", "0004bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", NULL},
    {"no hyphen before the parent", "00-4bf92f3577b34da6a3ce929d0e0e4736000f067aa0ba902b7-01",
     NULL},
    {"no hyphen before the flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7001", NULL},
    {"no flags", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", NULL},
    {"nothing", "", NULL},
};

static void a_parent_is_read_exactly_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(parents); i++) {
        vg_header header = {VG_LIT("traceparent"), vg_slice_str(parents[i].value)};
        vg_trace trace = {.flags = 0xff};
        char text[VG_TRACEPARENT];
        bool good = vg_trace_read(NULL, &header, 1, &trace);

        expect(parents[i].says, good == (parents[i].goes_on != NULL));
        expect(parents[i].says, good == vg_trace_is_set(&trace));
        expect(parents[i].says, good || trace.flags == 0);
        if (!good)
            continue;
        vg_trace_write(&trace, text);
        expect_text(parents[i].says, vg_slice_of(text, sizeof text), parents[i].goes_on);
    }
}

static void two_parents_are_none(void **state)
{
    vg_header headers[] = {{VG_LIT("traceparent"), VG_LIT(PARENT)},
                           {VG_LIT("host"), VG_LIT("here")},
                           {VG_LIT("traceparent"), VG_LIT(PARENT)}};
    vg_trace trace;

    (void)state;
    assert_true(vg_trace_read(NULL, headers, 2, &trace));
    assert_false(vg_trace_read(NULL, headers, 3, &trace));
    assert_false(vg_trace_is_set(&trace));
}

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define KEYS                                                                               \
    "k01=v,k02=v,k03=v,k04=v,k05=v,k06=v,k07=v,k08=v,k09=v,k10=v,k11=v,k12=v,k13=v,"       \
    "k14=v,k15=v,k16=v,k17=v,k18=v,k19=v,k20=v,k21=v,k22=v,k23=v,k24=v,k25=v,k26=v,k27=v," \
    "k28=v,k29=v,k30=v,k31=v"

static const struct tracestate {
    const char *says, *first, *second, *goes_on; /* empty: it is left out */
} states[] = {
    {"one", "congo=t61rcWkgMzE", NULL, "congo=t61rcWkgMzE"},
    {"two headers in their order", "rojo=00f067aa0ba902b7", "congo=t61",
     "rojo=00f067aa0ba902b7,congo=t61"},
    {"empty members and blanks are nothing", " , a=1 ,\t,b=2,", "", "a=1,b=2"},
    {"a tenant's key", "fw529a3039@dt=FfAl", NULL, "fw529a3039@dt=FfAl"},
    {"all that a key may have", "0a_-*/@=x", NULL, "0a_-*/@=x"},
    {"a value with blanks inside", "a=b c", NULL, "a=b c"},
    {"nothing at all", "", NULL, ""},
    {"a key of capitals", "Foo=1", NULL, ""},
    {"a key that begins wrongly", "_a=1", NULL, ""},
    {"a key with a dot", "a.b=1", NULL, ""},
    {"no key", "=1", NULL, ""},
    {"no value", "a=", NULL, ""},
    {"no equals sign", "a", NULL, ""},
    {"two of them", "a=b=c", NULL, ""},
    {"one bad of two", "a=1,B=2", NULL, ""},
    {"one bad of two headers", "a=1", "B=2", ""},
    {"a byte that does not print", "a=\x01", NULL, ""},
    {"a letter that is not ASCII", "a=\xc3\xa9", NULL, ""},
    {"as many as may be", KEYS ",last=v", NULL, KEYS ",last=v"},
    {"one more", KEYS ",last=v,over=v", NULL, ""},
    {"the long ones go first",
     "a=" HUNDRED ",b=" HUNDRED HUNDRED ",c=" HUNDRED ",d=" HUNDRED HUNDRED ",e=1", NULL,
     "a=" HUNDRED ",b=" HUNDRED HUNDRED ",c=" HUNDRED ",e=1"},
    {"then those on the right",
     "a=" HUNDRED ",b=" HUNDRED ",c=" HUNDRED ",d=" HUNDRED ",e=" HUNDRED ",f=1", NULL,
     "a=" HUNDRED ",b=" HUNDRED ",c=" HUNDRED ",d=" HUNDRED},
    {"a value that is too long", "a=" HUNDRED HUNDRED HUNDRED, NULL, ""},
};

static void a_state_goes_on_as_it_came_or_not_at_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(states); i++) {
        vg_header headers[] = {{VG_LIT("tracestate"), vg_slice_str(states[i].first)},
                               {VG_LIT("traceparent"), VG_LIT(PARENT)},
                               {VG_LIT("tracestate"), vg_slice_str(states[i].second)}};
        vg_arena *arena = vg_arena_new(4096);
        vg_trace trace;

        expect(states[i].says,
               vg_trace_read(arena, headers, states[i].second != NULL ? 3 : 2, &trace));
        expect_text(states[i].says, trace.state, states[i].goes_on);
        vg_arena_free(arena);
    }
}

static void a_state_without_a_parent_is_nothing(void **state)
{
    vg_header headers[] = {{VG_LIT("tracestate"), VG_LIT("a=1")},
                           {VG_LIT("traceparent"), VG_LIT("00-nothing")}};
    vg_trace trace;

    (void)state;
    assert_false(vg_trace_read(NULL, headers, 1, &trace));
    assert_false(vg_trace_read(NULL, headers, 2, &trace));
    assert_int_equal(trace.state.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parent_is_read_exactly_or_not_at_all),
        cmocka_unit_test(two_parents_are_none),
        cmocka_unit_test(a_state_goes_on_as_it_came_or_not_at_all),
        cmocka_unit_test(a_state_without_a_parent_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
