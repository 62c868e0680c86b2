/* What Qdrant's failures mean here: the HTTP status decides the code; its text, which the gateway
 * shows as if it had said it itself, tells more where one status stands for several codes. The text
 * loses Qdrant's prefix, since the front of the same API puts it back. */
#include "adapters/vector/qdrant/qdrant.h"
#include "base/retry_after.h"

enum { TEXT_BYTES = 512, ENVELOPE_BYTES = 64 * 1024 };

/* clang-format off */
static const struct {
    int http;
    vg_code code;
    bool is_unclear; /* a write may be done, in part or whole, all the same */
} codes[] = {
    {400, VG_INVALID, false},
    {401, VG_BACKEND_AUTH, false},
    {403, VG_BACKEND_AUTH, false},
    {404, VG_NOT_FOUND, false},
    {405, VG_UNSUPPORTED, false},
    {408, VG_DEADLINE, true},
    {409, VG_CONFLICT, false},
    {413, VG_TOO_LARGE, false},
    {422, VG_RANGE, false},
    {429, VG_THROTTLED, false},
    {500, VG_BACKEND_ERROR, true},
    {501, VG_UNSUPPORTED, false},
    {502, VG_UNAVAILABLE, true},
    {503, VG_UNAVAILABLE, true},
    {504, VG_UNAVAILABLE, true},
    {507, VG_NO_SPACE, false},
};
/* clang-format on */

/* One status, several codes: these are told apart by their prefixes. */
static const vg_code siblings[] = {VG_INVALID,    VG_FORMAT,      VG_QUERY,
                                   VG_PATH,       VG_RANGE,       VG_RANGE_QUERY,
                                   VG_RANGE_PATH, VG_UNSUPPORTED, VG_TOO_LARGE};

static vg_code code_of(int http)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].http == http)
            return codes[i].code;
    }
    return http >= 500 ? VG_BACKEND_ERROR : VG_BACKEND_REPLY;
}

static bool is_unclear(int http)
{
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (codes[i].http == http)
            return codes[i].is_unclear;
    }
    return http < 300 || http >= 500;
}

static vg_slice prefix_of(vg_code code)
{
    return vg_slice_str(vg_code_describe(code)->qdrant_prefix);
}

/* Among the codes that Qdrant answers with this status, the one whose prefix the text has. */
static vg_code refine(vg_code code, int http, vg_slice text)
{
    if (http != 400 && http != 422)
        return code;
    for (size_t i = 0; i < sizeof siblings / sizeof siblings[0]; i++) {
        if (vg_code_describe(siblings[i])->qdrant_http == http &&
            vg_slice_starts(text, prefix_of(siblings[i])))
            return siblings[i];
    }
    return code;
}

/* --- Qdrant's text --------------------------------------------------------------------------- */

/* status.error of the envelope; {NULL, 0} when the body is no such thing. */
static vg_slice envelope_text(vg_arena *scratch, vg_slice body)
{
    const vg_json *error;
    const vg_json *document = NULL;
    vg_slice text = {0};

    if (body.len > 0 && body.len <= ENVELOPE_BYTES)
        document = vg_json_read(scratch, body, VG_JSON_DEPTH, NULL);
    error = vg_json_get(vg_json_get(document, VG_LIT("status")), VG_LIT("error"));
    if (error != NULL && error->kind == VG_JSON_STRING)
        text = vg_arena_copy(scratch, error->text);
    return text;
}

/* A refusal by the middleware comes as plain text; a proxy's page is not for the client. */
static vg_slice plain_text(vg_arena *scratch, vg_slice body)
{
    vg_slice line = vg_slice_of(body.at, vg_slice_find(body, '\n'));

    line = vg_slice_trim(line);
    if (line.len == 0 || line.at[0] == '<' || line.at[0] == '{')
        return (vg_slice){0};
    for (size_t i = 0; i < line.len; i++) {
        if ((unsigned char)line.at[i] < 0x20 || (unsigned char)line.at[i] >= 0x7f)
            return (vg_slice){0};
    }
    return vg_arena_copy(scratch, line);
}

/* No more than is good in a sentence, and no half character at its end. */
static vg_slice shorten(vg_slice text)
{
    if (text.len <= TEXT_BYTES)
        return text;
    text.len = TEXT_BYTES;
    while (text.len > 0 && ((unsigned char)text.at[text.len] & 0xc0) == 0x80)
        text.len--;
    return text;
}

struct words {
    vg_slice text;
    bool is_qdrants; /* it came in Qdrant's envelope */
};

static struct words words_of(vg_arena *scratch, vg_slice body)
{
    vg_slice text = envelope_text(scratch, body);
    bool is_qdrants = text.len > 0;

    return (struct words){shorten(is_qdrants ? text : plain_text(scratch, body)), is_qdrants};
}

/* --- what becomes of it ---------------------------------------------------------------------- */

static vg_next fail(vg_try *t, const vg_http_reply *reply, vg_code code, vg_slice what,
                    vg_slice where)
{
    vg_try_fail(t, code, what);
    t->status.where = where;
    t->status.upstream = vg_arena_printf(t->scratch, "%d", reply->status);
    t->status.is_unclear = is_unclear(reply->status);
    return VG_FAIL;
}

static vg_slice header_of(const vg_http_reply *reply, vg_slice name)
{
    for (uint32_t i = 0; i < reply->header_count; i++)
        if (vg_slice_is(reply->headers[i].name, name))
            return reply->headers[i].value;
    return (vg_slice){0};
}

static uint32_t retry_after_ms(const vg_op *op, const vg_http_reply *reply)
{
    return vg_retry_after_ms(header_of(reply, VG_LIT("retry-after")),
                             header_of(reply, VG_LIT("date")), op->now_ms);
}

static bool examples_have_ids(const vg_example *at, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (at[i].id.kind != VG_ID_NONE)
            return true;
    }
    return false;
}

bool vg_qdrant_names_points(const vg_search *search)
{
    return search->by_id.kind != VG_ID_NONE ||
           examples_have_ids(search->positive, search->positive_count) ||
           examples_have_ids(search->negative, search->negative_count);
}

static bool query_names_points(const vg_query *query)
{
    for (uint32_t i = 0; i < query->prefetch_count; i++) {
        if (vg_qdrant_names_points(&query->prefetch[i].search))
            return true;
    }
    return vg_qdrant_names_points(&query->search);
}

static bool is_by_points(const vg_op *op)
{
    if (op->kind == VG_OP_GROUPS)
        return query_names_points(&op->in.groups.query);
    for (uint32_t i = 0; op->kind == VG_OP_SEARCH && i < op->in.search.count; i++) {
        if (vg_qdrant_names_points(&op->in.search.queries[i]))
            return true;
    }
    for (uint32_t i = 0; op->kind == VG_OP_QUERY && i < op->in.query.count; i++) {
        if (query_names_points(&op->in.query.at[i]))
            return true;
    }
    return false;
}

/* The word for the points that an op names; empty: it names none. */
static vg_slice names_points(const vg_op *op)
{
    if (vg_op_is_update(op->kind))
        return VG_LIT("points");
    return is_by_points(op) ? VG_LIT("query") : (vg_slice){0};
}

/* What was not there? An op that names points may miss one of them; all else misses its collection,
 * which is told under the client's name for it. */
static vg_next fail_absent(const vg_op *op, vg_try *t, const vg_http_reply *reply,
                           struct words words)
{
    vg_slice prefix = prefix_of(VG_NOT_FOUND);
    vg_slice what = words.text;
    vg_slice where = names_points(op);

    if (vg_slice_starts(what, prefix))
        what = vg_slice_skip(what, prefix.len);
    if (!words.is_qdrants)
        return fail(t, reply, VG_BACKEND_REPLY,
                    VG_LIT("there is no such path: is `url` that of a Qdrant, 1.10 or newer?"),
                    VG_LIT("qdrant"));
    if (where.len > 0 && !vg_slice_starts(what, VG_LIT("Collection ")))
        return fail(t, reply, VG_NOT_FOUND, what, where);
    what = vg_arena_printf(t->scratch, "Collection `" VG_FMT "` doesn't exist!", VG_ARG(op->name));
    return fail(t, reply, VG_NOT_FOUND, what, VG_LIT("collection"));
}

static vg_next fail_auth(vg_try *t, const vg_http_reply *reply, vg_slice text)
{
    vg_slice what;

    if (vg_slice_starts(text, VG_LIT("Storage locked: ")))
        return fail(t, reply, VG_READ_ONLY, text, VG_LIT("qdrant"));
    what = vg_arena_printf(t->scratch, "Qdrant refused the gateway's api_key with %d%s" VG_FMT,
                           reply->status, text.len > 0 ? ": " : "", VG_ARG(text));
    return fail(t, reply, VG_BACKEND_AUTH, what, VG_LIT("qdrant"));
}

bool vg_qdrant_is_absent(vg_try *t, const vg_http_reply *reply)
{
    return reply->status == 404 && envelope_text(t->scratch, reply->body).len > 0;
}

bool vg_qdrant_is_refusal(vg_code code)
{
    return code == VG_INVALID || code == VG_FORMAT || code == VG_RANGE || code == VG_UNSUPPORTED;
}

vg_next vg_qdrant_fail(const vg_op *op, vg_try *t, const vg_http_reply *reply)
{
    struct words words = words_of(t->scratch, reply->body);
    vg_slice text = words.text;
    vg_code code = refine(code_of(reply->status), reply->status, text);
    vg_slice prefix = prefix_of(code);

    if (vg_arena_is_spent(t->scratch)) /* the text may be what tells codes apart */
        return fail(t, reply, VG_TOO_LARGE, (vg_slice){0}, VG_LIT("qdrant"));
    if (code == VG_NOT_FOUND)
        return fail_absent(op, t, reply, words);
    if (code == VG_BACKEND_AUTH)
        return fail_auth(t, reply, text);
    if (code == VG_CONFLICT && op->kind == VG_OP_CREATE_COLLECTION)
        code = VG_EXISTS;
    if (text.len > prefix.len && vg_slice_starts(text, prefix))
        text = vg_slice_skip(text, prefix.len);
    else
        text = vg_arena_printf(t->scratch, "Qdrant answered %d%s" VG_FMT, reply->status,
                               text.len > 0 ? ": " : "", VG_ARG(text));
    fail(t, reply, code, text, VG_LIT("qdrant"));
    t->status.retry_after_ms = retry_after_ms(op, reply);
    return VG_FAIL;
}

vg_next vg_qdrant_misread(vg_try *t, const char *what)
{
    if (vg_arena_is_spent(t->scratch)) /* it may be well formed, and not have found room */
        vg_try_fail(t, VG_TOO_LARGE,
                    VG_LIT("Qdrant's answer does not fit into the memory of one request"));
    else
        vg_try_failf(t, VG_BACKEND_REPLY, "Qdrant's answer could not be understood: %s", what);
    t->status.where = VG_LIT("qdrant");
    t->status.is_unclear = true;
    return VG_FAIL;
}
