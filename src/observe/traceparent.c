/* What a caller says of its trace is foreign: whatever is not exactly as the standard has it counts
 * as not said. A traceparent that cannot be read takes its tracestate with it, not the other way
 * round. */
#include "observe/traceparent.h"

#include "vecgate/arena.h"

#include "base/id.h"

enum {
    MOST_MEMBERS = 32,
    MOST_KEY = 256,
    MOST_VALUE = 256,
    LONG_MEMBER = 128, /* those go first when there is no room for all */
};

/* ---- traceparent ---- */

/* Capitals are not well formed. */
static bool read_hex(vg_slice text, size_t at, uint8_t *bytes, size_t n)
{
    for (size_t i = at; i < at + 2 * n; i++)
        if (text.at[i] >= 'A' && text.at[i] <= 'F')
            return false;
    return vg_hex_read(vg_slice_of(text.at + at, 2 * n), bytes, n);
}

static bool is_zero(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Version 00 ends here; a later one may go on behind a hyphen. */
static bool ends_well(vg_slice text, uint8_t version)
{
    return text.len == VG_TRACEPARENT || (version > 0 && text.at[VG_TRACEPARENT] == '-');
}

static bool read_parent(vg_slice text, vg_trace *trace)
{
    uint8_t version, flags;

    if (text.len < VG_TRACEPARENT || text.at[2] != '-' || text.at[35] != '-' || text.at[52] != '-')
        return false;
    if (!read_hex(text, 0, &version, 1) || version == 0xff || !ends_well(text, version) ||
        !read_hex(text, 3, trace->trace_id, VG_TRACE_ID) ||
        !read_hex(text, 36, trace->span_id, VG_SPAN_ID) || !read_hex(text, 53, &flags, 1))
        return false;
    trace->flags = flags & (VG_TRACE_SAMPLED | VG_TRACE_RANDOM);
    return !is_zero(trace->trace_id, VG_TRACE_ID) && !is_zero(trace->span_id, VG_SPAN_ID);
}

void vg_trace_write(const vg_trace *trace, char to[VG_TRACEPARENT])
{
    memcpy(to, "00-", 3);
    vg_hex_write(trace->trace_id, VG_TRACE_ID, to + 3);
    to[35] = '-';
    vg_hex_write(trace->span_id, VG_SPAN_ID, to + 36);
    to[52] = '-';
    vg_hex_write(&trace->flags, 1, to + 53);
}

/* ---- tracestate ---- */

struct members {
    vg_slice at[MOST_MEMBERS];
    uint32_t count;
    size_t bytes; /* with a comma behind each */
};

static bool is_key_char(char c, bool is_first)
{
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return true;
    return !is_first && c != '\0' && strchr("_-*/@", c) != NULL;
}

static bool is_key(vg_slice key)
{
    if (key.len == 0 || key.len > MOST_KEY)
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (!is_key_char(key.at[i], i == 0))
            return false;
    return true;
}

/* Blanks at its end are gone already. */
static bool is_value(vg_slice value)
{
    if (value.len == 0 || value.len > MOST_VALUE)
        return false;
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] < ' ' || value.at[i] > '~' || value.at[i] == '=' || value.at[i] == ',')
            return false;
    return true;
}

static bool is_member(vg_slice member)
{
    size_t key = vg_slice_find(member, '=');

    return key < member.len && is_key(vg_slice_of(member.at, key)) &&
           is_value(vg_slice_skip(member, key + 1));
}

/* Those of one header; empty ones are nothing. */
static bool add_members(struct members *members, vg_slice text)
{
    for (;;) {
        size_t len = vg_slice_find(text, ',');
        vg_slice member = vg_slice_trim(vg_slice_of(text.at, len));

        if (member.len > 0) {
            if (members->count == MOST_MEMBERS || !is_member(member))
                return false;
            members->at[members->count++] = member;
            members->bytes += member.len + 1;
        }
        if (len == text.len)
            return true;
        text = vg_slice_skip(text, len + 1);
    }
}

static void drop(struct members *members, uint32_t which)
{
    members->bytes -= members->at[which].len + 1;
    members->count--;
    memmove(&members->at[which], &members->at[which + 1],
            (members->count - which) * sizeof members->at[0]);
}

/* The newest are on the left. */
static void fit(struct members *members)
{
    for (uint32_t i = members->count; i > 0 && members->bytes > VG_TRACESTATE_BYTES + 1; i--)
        if (members->at[i - 1].len > LONG_MEMBER)
            drop(members, i - 1);
    while (members->bytes > VG_TRACESTATE_BYTES + 1)
        drop(members, members->count - 1);
}

static vg_slice join(vg_arena *arena, const struct members *members)
{
    char *text = members->count > 0 ? vg_arena_take(arena, members->bytes) : NULL, *to = text;

    if (text == NULL)
        return (vg_slice){0};
    for (uint32_t i = 0; i < members->count; i++) {
        memcpy(to, members->at[i].at, members->at[i].len);
        to += members->at[i].len;
        *to++ = ',';
    }
    return vg_slice_of(text, members->bytes - 1);
}

/* ---- both ---- */

static vg_slice read_state(vg_arena *arena, const vg_header *headers, uint32_t count)
{
    struct members members = {.count = 0};

    for (uint32_t i = 0; i < count; i++)
        if (vg_slice_is(headers[i].name, VG_LIT("tracestate")) &&
            !add_members(&members, headers[i].value))
            return (vg_slice){0};
    fit(&members);
    return join(arena, &members);
}

/* Two contradict each other. */
static const vg_header *find_parent(const vg_header *headers, uint32_t count)
{
    const vg_header *found = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (!vg_slice_is(headers[i].name, VG_LIT("traceparent")))
            continue;
        if (found != NULL)
            return NULL;
        found = &headers[i];
    }
    return found;
}

bool vg_trace_read(vg_arena *arena, const vg_header *headers, uint32_t count, vg_trace *trace)
{
    const vg_header *parent = find_parent(headers, count);

    *trace = (vg_trace){0};
    if (parent == NULL)
        return false;
    if (!read_parent(parent->value, trace)) {
        *trace = (vg_trace){0};
        return false;
    }
    trace->state = read_state(arena, headers, count);
    return true;
}
