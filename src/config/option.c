/* The kinds of option. Numbers need their units written out, so that nobody has to guess what 30
 * means. */
#include "config/option.h"

#include "base/nearest.h"
#include "config/address.h"
#include "config/complain.h"
#include "config/keys.h"
#include "config/read_bounds.h"

/* What a row's value is read with. */
struct reading {
    const vg_option *row;
    vg_slice text;
    vg_arena *arena;
    void *at;
    vg_slice *reason;
};

struct unit {
    const char *word;
    uint64_t factor;
};

static const struct unit sizes[] = {
    {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}, {0}};
static const struct unit times[] = {{"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {0}};
static const struct unit ones[] = {{"", 1}, {0}};

static const struct unit *units_of(vg_option_kind kind)
{
    if (kind == VG_OPT_BYTES)
        return sizes;
    return kind == VG_OPT_DURATION ? times : ones;
}

static bool expected(const struct reading *r, const char *what)
{
    *r->reason = vg_arena_printf(r->arena, "expected %s, got " VG_FMT, what,
                                 VG_ARG(vg_complain_quote(r->arena, r->text)));
    return false;
}

/* ---- true and false ---- */

static bool read_bool(const struct reading *r)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (vg_slice_is_nocase(r->text, vg_slice_str(words[i]))) {
            *(bool *)r->at = i % 2 == 1;
            return true;
        }
    return expected(r, "true or false");
}

/* ---- numbers ---- */

static const char *number_form(vg_option_kind kind)
{
    if (kind == VG_OPT_BYTES)
        return "a size such as 512, 64KiB, 32MiB or 1GiB";
    if (kind == VG_OPT_DURATION)
        return "a time with its unit, such as 250ms, 30s, 5m or 2h";
    return "a whole number";
}

vg_slice vg_option_number(vg_option_kind kind, uint64_t n, vg_arena *arena)
{
    const struct unit *unit = units_of(kind);

    if (n == 0)
        return kind == VG_OPT_DURATION ? VG_LIT("0s") : VG_LIT("0");
    while (n % unit->factor != 0)
        unit++;
    return vg_arena_printf(arena, "%llu%s", (unsigned long long)(n / unit->factor), unit->word);
}

static bool check_range(const struct reading *r, uint64_t n)
{
    const vg_option *row = r->row;
    vg_slice least = vg_option_number(row->kind, row->min, r->arena);

    if (n >= row->min && (row->max == 0 || n <= row->max))
        return true;
    if (row->max == 0)
        *r->reason = vg_arena_printf(r->arena, "must be at least " VG_FMT ", got " VG_FMT,
                                     VG_ARG(least), VG_ARG(vg_complain_quote(r->arena, r->text)));
    else
        *r->reason =
            vg_arena_printf(r->arena, "must be " VG_FMT " to " VG_FMT ", got " VG_FMT,
                            VG_ARG(least), VG_ARG(vg_option_number(row->kind, row->max, r->arena)),
                            VG_ARG(vg_complain_quote(r->arena, r->text)));
    return false;
}

/* Digits, then one of the units that the kind has. */
static bool read_number(const struct reading *r)
{
    size_t digits = 0;
    uint64_t n;
    vg_slice word;

    while (digits < r->text.len && r->text.at[digits] >= '0' && r->text.at[digits] <= '9')
        digits++;
    word = vg_slice_skip(r->text, digits);
    for (const struct unit *unit = units_of(r->row->kind); unit->word != NULL; unit++) {
        if (!vg_slice_is_str(word, unit->word))
            continue;
        if (!vg_slice_u64(vg_slice_of(r->text.at, digits), &n) || n > UINT64_MAX / unit->factor)
            break;
        *(uint64_t *)r->at = n * unit->factor;
        return check_range(r, n * unit->factor);
    }
    return expected(r, number_form(r->row->kind));
}

/* ---- texts ---- */

static bool has_control_bytes(vg_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7f)
            return true;
    return false;
}

/* Line ends in a secret would end the header that it is sent in. */
static bool read_text(const struct reading *r)
{
    vg_slice copy;

    if (has_control_bytes(r->text)) {
        *r->reason = VG_LIT("holds control bytes (a line end?)");
        return false;
    }
    copy = vg_arena_copy(r->arena, r->text);
    *(vg_slice *)r->at = copy;
    return copy.at != NULL;
}

static bool read_address(const struct reading *r)
{
    vg_address address;

    if (!vg_address_read(r->text, &address))
        return expected(r, "HOST:PORT or [IPV6]:PORT");
    return read_text(r);
}

static bool read_url(const struct reading *r)
{
    vg_url url;

    if (vg_url_has_credentials(r->text)) {
        *r->reason = VG_LIT("holds a user name or password: they have options of their own");
        return false;
    }
    if (!vg_url_read(r->text, &url))
        return expected(r, "http://HOST[:PORT][/PATH] or https://…");
    return read_text(r);
}

/* ---- words ---- */

static size_t count_words(const vg_option *row)
{
    size_t count = 0;

    while (row->words[count] != NULL)
        count++;
    return count;
}

static vg_slice list_words(const vg_option *row, vg_arena *arena)
{
    vg_slice list = {0};

    for (const char *const *word = row->words; *word != NULL; word++)
        list = vg_arena_printf(arena, VG_FMT "%s%s", VG_ARG(list), list.len > 0 ? ", " : "", *word);
    return list;
}

static bool read_word(const struct reading *r)
{
    size_t count = count_words(r->row);
    const char *near;

    for (size_t i = 0; i < count; i++)
        if (vg_slice_is_str(r->text, r->row->words[i])) {
            *(int *)r->at = (int)i;
            return true;
        }
    near = vg_nearest(r->text, r->row->words, count);
    *r->reason = vg_arena_printf(
        r->arena, "must be one of " VG_FMT ", got " VG_FMT "%s%s%s",
        VG_ARG(list_words(r->row, r->arena)), VG_ARG(vg_complain_quote(r->arena, r->text)),
        near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
    return false;
}

/* ---- all of them ---- */

bool vg_option_read(const vg_option *row, vg_slice text, vg_arena *arena, void *values,
                    vg_slice *reason)
{
    struct reading r = {row, text, arena, (char *)values + row->at, reason};

    switch (row->kind) {
    case VG_OPT_BOOL:
        return read_bool(&r);
    case VG_OPT_COUNT:
    case VG_OPT_BYTES:
    case VG_OPT_DURATION:
        return read_number(&r);
    case VG_OPT_TEXT:
    case VG_OPT_SECRET:
        return read_text(&r);
    case VG_OPT_WORD:
        return read_word(&r);
    case VG_OPT_ADDRESS:
        return read_address(&r);
    case VG_OPT_URL:
        return read_url(&r);
    case VG_OPT_KEYS:   /* read_keys.c */
    case VG_OPT_BOUNDS: /* read_bounds.c */
    case VG_OPT_END:
        break;
    }
    *reason = VG_LIT("this option has no kind");
    return false;
}

vg_slice vg_option_write(const vg_option *row, const void *values, vg_arena *arena)
{
    const void *at = (const char *)values + row->at;

    switch (row->kind) {
    case VG_OPT_BOOL:
        return *(const bool *)at ? VG_LIT("true") : VG_LIT("false");
    case VG_OPT_COUNT:
    case VG_OPT_BYTES:
    case VG_OPT_DURATION:
        return vg_option_number(row->kind, *(const uint64_t *)at, arena);
    case VG_OPT_KEYS:
        return ((const vg_key_list *)at)->count > 0 ? VG_LIT("********") : VG_LIT("");
    case VG_OPT_BOUNDS:
        return vg_tenant_bounds_write(at, arena);
    case VG_OPT_SECRET:
        return ((const vg_slice *)at)->len > 0 ? VG_LIT("********") : VG_LIT("");
    case VG_OPT_WORD:
        return vg_slice_str(row->words[*(const int *)at]);
    case VG_OPT_TEXT:
    case VG_OPT_ADDRESS:
    case VG_OPT_URL:
        return *(const vg_slice *)at;
    case VG_OPT_END:
        break;
    }
    return (vg_slice){0};
}

bool vg_option_is_same(const vg_option *row, const void *a, const void *b)
{
    const char *left = (const char *)a + row->at, *right = (const char *)b + row->at;

    switch (row->kind) {
    case VG_OPT_BOOL:
        return *(const bool *)left == *(const bool *)right;
    case VG_OPT_WORD:
        return *(const int *)left == *(const int *)right;
    case VG_OPT_COUNT:
    case VG_OPT_BYTES:
    case VG_OPT_DURATION:
        return *(const uint64_t *)left == *(const uint64_t *)right;
    case VG_OPT_KEYS:
        return memcmp(((const vg_key_list *)left)->digest, ((const vg_key_list *)right)->digest,
                      VG_KEY_DIGEST) == 0;
    case VG_OPT_BOUNDS:
        return vg_tenant_bounds_is_same((const void *)left, (const void *)right);
    default:
        return vg_slice_is(*(const vg_slice *)left, *(const vg_slice *)right);
    }
}

bool vg_option_copy(const vg_option *row, const void *from, void *to, vg_arena *arena)
{
    vg_slice reason, text;

    from = (const char *)from + row->at;
    switch (row->kind) {
    case VG_OPT_KEYS: /* without its rows: what was made of them has them */
        *(vg_key_list *)((char *)to + row->at) = *(const vg_key_list *)from;
        ((vg_key_list *)((char *)to + row->at))->at = NULL;
        return true;
    case VG_OPT_BOUNDS:
        return vg_tenant_bounds_copy(from, (void *)((char *)to + row->at), arena);
    case VG_OPT_SECRET:
    case VG_OPT_TEXT:
        text = vg_arena_copy(arena, *(const vg_slice *)from);
        *(vg_slice *)((char *)to + row->at) = text;
        return text.at != NULL;
    default:
        text = vg_option_write(row, (const char *)from - row->at, arena);
        return vg_option_read(row, text, arena, to, &reason);
    }
}

bool vg_option_is_list(const vg_option *row)
{
    return row->kind == VG_OPT_KEYS || row->kind == VG_OPT_BOUNDS;
}

static vg_slice describe_number(const vg_option *row, const char *word, vg_arena *arena)
{
    vg_slice least = vg_option_number(row->kind, row->min, arena);

    if (row->max != 0)
        return vg_arena_printf(arena, "%s, " VG_FMT " to " VG_FMT, word, VG_ARG(least),
                               VG_ARG(vg_option_number(row->kind, row->max, arena)));
    return row->min == 0 ? vg_slice_str(word)
                         : vg_arena_printf(arena, "%s, at least " VG_FMT, word, VG_ARG(least));
}

vg_slice vg_option_describe(const vg_option *row, vg_arena *arena)
{
    static const char *const words[] = {
        [VG_OPT_BOOL] = "true or false", [VG_OPT_COUNT] = "number",
        [VG_OPT_BYTES] = "size",         [VG_OPT_DURATION] = "time",
        [VG_OPT_TEXT] = "text",          [VG_OPT_SECRET] = "secret",
        [VG_OPT_ADDRESS] = "HOST:PORT",  [VG_OPT_URL] = "URL",
        [VG_OPT_KEYS] = "list of keys",  [VG_OPT_BOUNDS] = "list of tenants",
    };

    if (row->kind == VG_OPT_WORD)
        return vg_arena_printf(arena, "one of " VG_FMT, VG_ARG(list_words(row, arena)));
    if (row->kind == VG_OPT_COUNT || row->kind == VG_OPT_BYTES || row->kind == VG_OPT_DURATION)
        return describe_number(row, words[row->kind], arena);
    return vg_slice_str(words[row->kind]);
}
