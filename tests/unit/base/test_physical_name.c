/* Derived names: what they look like, and that no two of them are one. */
#include "base/physical_name.h"
#include "tests/support/chance.h"
#include "tests/unit/base/unit.h"

enum { MOST = 200, PAIRS = 3000, PART_BYTES = 150 };

static void names_are_escaped_and_bounded(void **state)
{
    static const struct {
        const char *says, *tenant, *collection;
        size_t most;
        const char *name;
    } rows[] = {
        {"what is plain stays", "acme", "docs_2-x", 200, "vg~own.acme.docs_2-x"},
        {"capitals do not", "Acme", "d", 200, "vg~own.~41cme.d"},
        {"nor does a separator", "a.b", "c", 200, "vg~own.a~2eb.c"},
        {"nor an escape", "a~2e", "c", 200, "vg~own.a~7e2e.c"},
        {"nor other letters", "\xc3\xa4", "\xd0\xb0", 200, "vg~own.~c3~a4.~d0~b0"},
        {"nor a derived name", "a", "vg~own.a.c", 200, "vg~own.a.vg~7eown~2ea~2ec"},
        {"it just fits", "t", "cc", 12, "vg~own.t.cc"},
    };
    vg_arena *arena = vg_arena_new(1 << 16);
    vg_slice name;

    (void)state;
    for (size_t i = 0; i < ROWS(rows); i++)
        expect_text(rows[i].says,
                    vg_physical_own(arena, vg_slice_str(rows[i].tenant),
                                    vg_slice_str(rows[i].collection), rows[i].most),
                    rows[i].name);
    name = vg_physical_own(arena, VG_LIT("t"), VG_LIT("cc"), 10);
    expect("a byte less is a hash", vg_slice_starts(name, VG_LIT("vg~long.")));
    expect("which is bounded", name.len <= VG_PHYSICAL_LEAST);
    name = vg_physical_shared(arena, VG_LIT("{}"));
    expect("what is shared says so", vg_physical_is_shared(name) && vg_physical_is_derived(name));
    expect("and is bounded", name.len <= VG_PHYSICAL_LEAST);
    expect("what is not does not", !vg_physical_is_shared(VG_LIT("vg~own.shared.x")));
    expect("a name of its own is not derived", !vg_physical_is_derived(VG_LIT("vg-own.t.c")));
    expect_text("what a tenant's names begin with", vg_physical_own_prefix(arena, VG_LIT("Acme")),
                "vg~own.~41cme.");
    vg_arena_free(arena);
}

static void a_hash_tells_lists_apart(void **state)
{
    static const vg_slice lists[][2] = {
        {VG_LIT_INIT("ab"), VG_LIT_INIT("c")},
        {VG_LIT_INIT("a"), VG_LIT_INIT("bc")},
        {VG_LIT_INIT("abc"), VG_LIT_INIT("")},
        {VG_LIT_INIT(""), VG_LIT_INIT("abc")},
    };
    uint8_t digests[ROWS(lists)][VG_SHA256_BYTES];

    (void)state;
    for (size_t i = 0; i < ROWS(lists); i++)
        expect("it is made", vg_digest_texts(lists[i], 2, digests[i]));
    for (size_t i = 0; i < ROWS(lists); i++)
        for (size_t j = 0; j < i; j++)
            expect("two differ", memcmp(digests[i], digests[j], VG_SHA256_BYTES) != 0);
}

/* ---- by chance ---- */

/* Of the alphabet of the derivation itself, so that parts look like escapes, separators, prefixes
 * and each other. */
static vg_slice hostile_part(vg_arena *arena)
{
    static const char *const pieces[] = {"a",
                                         "A",
                                         ".",
                                         "~",
                                         "~2e",
                                         "~7e",
                                         "vg~",
                                         "own.",
                                         "long.",
                                         "shared.",
                                         "-",
                                         "_",
                                         "2",
                                         "e",
                                         "\xc3\xa4",
                                         "a\xcc\x88",
                                         "\xd0\xb0",
                                         "\x7f",
                                         "\xe2\x80\x8b",
                                         " ",
                                         "%2e",
                                         "\n",
                                         "\xff"};
    char text[PART_BYTES + 16];
    size_t most = 1 + chance_below(chance_below(4) == 0 ? PART_BYTES : 6);
    size_t len = 0;

    while (len < most) {
        const char *piece = pieces[chance_below(ROWS(pieces))];

        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    return vg_arena_copy(arena, vg_slice_of(text, len));
}

struct pair {
    vg_slice tenant, collection, name;
};

/* Often only a little away from another: a byte moved over the border, a case, an escape. */
static struct pair near_to(vg_arena *arena, const struct pair *other)
{
    vg_slice all =
        vg_arena_printf(arena, VG_FMT VG_FMT, VG_ARG(other->tenant), VG_ARG(other->collection));
    size_t cut = 1 + chance_below(all.len - 1);

    switch (chance_below(4)) {
    case 0: /* the same bytes, divided elsewhere */
        return (struct pair){.tenant = vg_slice_of(all.at, cut),
                             .collection = vg_slice_skip(all, cut)};
    case 1:
        return (struct pair){.tenant = other->collection, .collection = other->tenant};
    case 2: /* the name that was derived */
        return (struct pair){.tenant = other->tenant, .collection = other->name};
    default:
        return (struct pair){.tenant = hostile_part(arena), .collection = other->collection};
    }
}

static bool is_allowed(vg_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (memchr("abcdefghijklmnopqrstuvwxyz0123456789_-~.", name.at[i], 40) == NULL)
            return false;
    return name.len > 0 && name.len <= MOST && vg_physical_is_derived(name) &&
           !vg_physical_is_shared(name);
}

static int by_name(const void *left, const void *right)
{
    return vg_slice_cmp(((const struct pair *)left)->name, ((const struct pair *)right)->name);
}

static bool begins_as(vg_arena *arena, const struct pair *one, const struct pair *other)
{
    return vg_slice_starts(one->name, vg_physical_own_prefix(arena, other->tenant));
}

static bool is_same(const struct pair *a, const struct pair *b)
{
    return vg_slice_is(a->tenant, b->tenant) && vg_slice_is(a->collection, b->collection);
}

static void two_pairs_never_have_one_name(void **state)
{
    static struct pair pairs[PAIRS];
    vg_arena *arena = vg_arena_new(64 << 20);

    (void)state;
    chance_begin("two_pairs_never_have_one_name");
    for (size_t i = 0; i < PAIRS; i++) {
        pairs[i] = i > 0 && chance_below(2) == 0 ? near_to(arena, &pairs[chance_below(i)])
                                                 : (struct pair){.tenant = hostile_part(arena),
                                                                 .collection = hostile_part(arena)};
        pairs[i].name = vg_physical_own(arena, pairs[i].tenant, pairs[i].collection, MOST);
        expect("it is a name that backends take", is_allowed(pairs[i].name));
    }
    for (size_t i = 0; i < PAIRS; i++) {
        const struct pair *one = &pairs[i], *other = &pairs[chance_below(PAIRS)];

        expect("a prefix is one tenant's",
               !begins_as(arena, one, other) || vg_slice_is(one->tenant, other->tenant));
    }
    qsort(pairs, PAIRS, sizeof pairs[0], by_name);
    for (size_t i = 1; i < PAIRS; i++)
        expect("one name, one pair",
               !vg_slice_is(pairs[i - 1].name, pairs[i].name) || is_same(&pairs[i - 1], &pairs[i]));
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_escaped_and_bounded),
        cmocka_unit_test(a_hash_tells_lists_apart),
        cmocka_unit_test(two_pairs_never_have_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
