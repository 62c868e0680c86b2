/* Each claim has a reader, in the order in which they are told. */
#include "gate/token_claims.h"

#include "vecgate/filter.h"
#include "vecgate/payload_path.h"

enum { NAME_BYTES = 128, COLLECTION_BYTES = 1024 };

/* Further in the future than any clock: 9999-12-31. */
#define LATEST_S ((double)253402300799)

struct reading {
    const vg_token_rules *rules;
    vg_arena *keep;
    vg_arena *arena;
    vg_status *status;
    vg_token_claims *out;
};

/* "Invalid API key or JWT: access[0].access: …" */
static bool refuse(const struct reading *r, const vg_json *v, const char *says)
{
    vg_status_setf(r->status, r->arena, VG_UNAUTHENTICATED, (vg_slice){0},
                   "Invalid API key or JWT: " VG_FMT ": %s", VG_ARG(vg_json_path(r->arena, v)),
                   says);
    return false;
}

static bool refuse_starved(const struct reading *r)
{
    vg_status_set(r->status, VG_OVERLOADED, VG_LIT(VG_STARVED), (vg_slice){0});
    return false;
}

static bool forbid(vg_status *status, vg_slice what)
{
    vg_status_set(status, VG_FORBIDDEN, what, (vg_slice){0});
    return false;
}

static bool is_text(const vg_json *v)
{
    return v != NULL && v->kind == VG_JSON_STRING;
}

static bool has_text(const struct reading *r, const vg_json *v, size_t most)
{
    if (!is_text(v) || v->text.len == 0)
        return refuse(r, v, "expected a text");
    return v->text.len <= most || refuse(r, v, "is longer than a name can be");
}

static bool copy(const struct reading *r, vg_slice text, vg_slice *out)
{
    *out = vg_arena_copy(r->keep, text);
    return out->at != NULL || refuse_starved(r);
}

/* A member that must be there. */
static const vg_json *need(const struct reading *r, const vg_json *object, const char *name)
{
    const vg_json *v = vg_json_get(object, vg_slice_str(name));

    if (v == NULL)
        vg_status_setf(r->status, r->arena, VG_UNAUTHENTICATED, (vg_slice){0},
                       "Invalid API key or JWT: " VG_FMT ": needs %s",
                       VG_ARG(vg_json_path(r->arena, object)), name);
    return v;
}

/* An object that has no other members than these. */
static bool has_only(const struct reading *r, const vg_json *v, const char *const *names,
                     size_t count)
{
    if (v->kind != VG_JSON_OBJECT || vg_json_repeated(v) != NULL)
        return refuse(r, v, "expected an object without repeated names");
    for (const vg_json *member = v->first; member != NULL; member = member->next) {
        size_t i = 0;

        while (i < count && !vg_slice_is_str(member->key, names[i]))
            i++;
        if (i == count)
            return refuse(r, member, "is not known here, and might have meant a restriction");
    }
    return true;
}

/* ---- when ---- */

/* Seconds, a fraction allowed (RFC 7519, 2: NumericDate), to milliseconds. */
static bool read_time(const struct reading *r, const vg_json *v, uint64_t *out_ms)
{
    double seconds;
    vg_status unused = {0};

    if (v->kind != VG_JSON_NUMBER || !vg_json_read_f64(r->arena, v, &seconds, &unused))
        return refuse(r, v, "expected a number of seconds since 1970");
    if (seconds < 0)
        seconds = 0;
    *out_ms = (uint64_t)((seconds < LATEST_S ? seconds : LATEST_S) * 1000);
    return true;
}

static bool read_times(const struct reading *r, const vg_json *claims)
{
    const vg_json *exp = vg_json_get(claims, VG_LIT("exp"));
    const vg_json *nbf = vg_json_get(claims, VG_LIT("nbf"));
    uint64_t leeway_ms = r->rules->leeway_ms, ms;

    if (!vg_json_is_null(exp)) {
        if (!read_time(r, exp, &ms))
            return false;
        r->out->who.expires_ms = ms + leeway_ms > 0 ? ms + leeway_ms : 1;
    }
    if (!vg_json_is_null(nbf)) {
        if (!read_time(r, nbf, &ms))
            return false;
        r->out->not_before_ms = ms > leeway_ms ? ms - leeway_ms : 0;
    }
    return true;
}

bool vg_token_claims_hold(const vg_token_claims *claims, uint64_t now_ms, vg_status *status)
{
    if (claims->who.expires_ms > 0 && now_ms >= claims->who.expires_ms)
        return forbid(status, VG_LIT("ExpiredSignature: this token has expired"));
    if (now_ms < claims->not_before_ms)
        return forbid(status, VG_LIT("ImmatureSignature: this token is not valid yet"));
    return true;
}

/* ---- for whom, from whom ---- */

/* `aud` is a text or a list of them (RFC 7519, 4.1.3). */
static bool names_audience(const vg_json *aud, vg_slice audience)
{
    if (is_text(aud))
        return vg_slice_is(aud->text, audience);
    if (aud == NULL || aud->kind != VG_JSON_ARRAY)
        return false;
    for (const vg_json *one = aud->first; one != NULL; one = one->next)
        if (is_text(one) && vg_slice_is(one->text, audience))
            return true;
    return false;
}

static bool check_parties(const struct reading *r, const vg_json *claims)
{
    const vg_json *iss = vg_json_get(claims, VG_LIT("iss"));
    vg_slice what = {0};

    if (r->rules->audience.len > 0 &&
        !names_audience(vg_json_get(claims, VG_LIT("aud")), r->rules->audience))
        what = VG_LIT("Invalid API key or JWT: aud: InvalidAudience, this token is not for here");
    else if (r->rules->issuer.len > 0 &&
             (!is_text(iss) || !vg_slice_is(iss->text, r->rules->issuer)))
        what = VG_LIT("Invalid API key or JWT: iss: InvalidIssuer, this token is not from there");
    if (what.len > 0)
        vg_status_set(r->status, VG_UNAUTHENTICATED, what, (vg_slice){0});
    return what.len == 0;
}

/* ---- who ---- */

/* For lines of the audit: control bytes and quotes of others do not belong there. */
static void clean(char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
            at[i] = '?';
}

/* How much of it is shown: whole letters of UTF-8. */
static size_t cut(vg_slice text)
{
    size_t len = text.len;

    if (len > NAME_BYTES)
        len = NAME_BYTES;
    while (len < text.len && len > 0 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
        len--;
    return len;
}

static bool read_name(const struct reading *r, const vg_json *claims)
{
    const vg_json *sub = vg_json_get(claims, VG_LIT("sub"));
    vg_slice name = VG_LIT("token");

    if (!vg_json_is_null(sub)) {
        if (!is_text(sub))
            return refuse(r, sub, "expected a text");
        name = vg_arena_printf(r->keep, "token %.*s", (int)cut(sub->text), sub->text.at);
        if (name.at == NULL)
            return refuse_starved(r);
        clean((char *)(uintptr_t)name.at, name.len);
    }
    r->out->who.name = name;
    return true;
}

static bool read_tenant(const struct reading *r, const vg_json *claims)
{
    const vg_json *tenant = vg_json_get(claims, VG_LIT("tenant"));
    vg_slice name = VG_LIT("default");

    if (!vg_json_is_null(tenant)) {
        if (!is_text(tenant) || !vg_tenant_name_can_be(tenant->text))
            return refuse(r, tenant, "expected a tenant's name, which is " VG_TENANT_NAME_RULE);
        name = tenant->text;
    }
    if (!vg_slice_is_str(name, "default") && !r->rules->may_name_tenant)
        return forbid(r->status, VG_LIT("tokens may not name a tenant here: jwt.tenants is false"));
    if (!vg_slice_is_str(name, "default") && r->rules->has_one_tenant)
        return forbid(r->status,
                      VG_LIT("there is no tenant beside default here: `tenants` is one"));
    r->out->who.tenant.is_sole = r->rules->has_one_tenant;
    return copy(r, name, &r->out->who.tenant.name);
}

/* ---- filters ---- */

/* Texts, whole numbers, true and false: what Qdrant's `match.value` takes. */
static bool read_value(const struct reading *r, const vg_json *v, vg_match_value *out)
{
    vg_status unused = {0};

    *out = (vg_match_value){.kind = VG_MATCH_BOOL, .integer = v->kind == VG_JSON_TRUE};
    if (v->kind == VG_JSON_TRUE || v->kind == VG_JSON_FALSE)
        return true;
    out->kind = VG_MATCH_TEXT;
    if (v->kind == VG_JSON_STRING)
        return copy(r, v->text, &out->text);
    out->kind = VG_MATCH_INTEGER;
    return (v->kind == VG_JSON_NUMBER && vg_json_read_i64(r->arena, v, &out->integer, &unused)) ||
           refuse(r, v, "expected a text, a whole number, true or false");
}

static bool add_condition(const struct reading *r, const vg_json *at, vg_slice path,
                          const vg_json *value, vg_filter *to)
{
    vg_condition *condition = (vg_condition *)(uintptr_t)&to->must.at[to->must.count++];

    if (!vg_path_is(path))
        return refuse(r, at, "expected the path of a payload field");
    condition->test = VG_TEST_MATCH_VALUE;
    return copy(r, path, &condition->key) && read_value(r, value, &condition->as.value);
}

/* With room for so many conditions. */
static vg_filter *make_filter(const struct reading *r, const vg_json *at, uint32_t count)
{
    vg_filter *filter = VG_TAKE(r->keep, vg_filter);
    vg_condition *conditions = VG_TAKE_N(r->keep, vg_condition, count + 1);

    if (count > VG_TOKEN_CONDITIONS)
        refuse(r, at, "has more than 64 conditions");
    else if (filter == NULL || conditions == NULL)
        refuse_starved(r);
    else
        filter->must.at = conditions;
    return filter != NULL && filter->must.at != NULL ? filter : NULL;
}

/* {path: value, …}, each ANDed. */
static const vg_filter *read_payload(const struct reading *r, const vg_json *v)
{
    vg_filter *filter;

    if (v->kind != VG_JSON_OBJECT || vg_json_repeated(v) != NULL) {
        refuse(r, v, "expected an object of paths and values, none twice");
        return NULL;
    }
    filter = make_filter(r, v, v->count);
    for (const vg_json *m = v->first; filter != NULL && m != NULL; m = m->next)
        if (!add_condition(r, m, m->key, m, filter))
            return NULL;
    return filter;
}

/* [{key, value}, …], each ANDed. */
static const vg_filter *read_matches(const struct reading *r, const vg_json *v)
{
    static const char *const names[] = {"key", "value"};
    vg_filter *filter;

    if (v->kind != VG_JSON_ARRAY) {
        refuse(r, v, "expected a list of {key, value}");
        return NULL;
    }
    filter = make_filter(r, v, v->count);
    for (const vg_json *pair = v->first; filter != NULL && pair != NULL; pair = pair->next) {
        const vg_json *key, *value;

        if (!has_only(r, pair, names, 2) || (key = need(r, pair, "key")) == NULL ||
            (value = need(r, pair, "value")) == NULL)
            return NULL;
        if (!is_text(key)) {
            refuse(r, key, "expected a text");
            return NULL;
        }
        if (!add_condition(r, key, key->text, value, filter))
            return NULL;
    }
    return filter;
}

static bool read_exists(const struct reading *r, const vg_json *claims)
{
    static const char *const names[] = {"collection", "matches"};
    const vg_json *v = vg_json_get(claims, VG_LIT("value_exists"));
    const vg_json *collection, *matches;

    if (vg_json_is_null(v))
        return true;
    if (!has_only(r, v, names, 2) || (collection = need(r, v, "collection")) == NULL ||
        (matches = need(r, v, "matches")) == NULL || !has_text(r, collection, COLLECTION_BYTES) ||
        !copy(r, collection->text, &r->out->who.exists_in))
        return false;
    r->out->who.exists = read_matches(r, matches);
    return r->out->who.exists != NULL;
}

/* ---- access ---- */

struct word {
    const char *word;
    vg_access access;
};

static const struct word of_all[] = {{"r", VG_ACCESS_READ}, {"m", VG_ACCESS_MANAGE}, {NULL, 0}};
static const struct word of_one[] = {
    {"r", VG_ACCESS_READ}, {"rw", VG_ACCESS_WRITE}, {"prw", VG_ACCESS_POINTS}, {NULL, 0}};

static bool read_word(const struct reading *r, const vg_json *v, const struct word *words,
                      const char *expected, vg_access *out)
{
    for (; is_text(v) && words->word != NULL; words++)
        if (vg_slice_is_str(v->text, words->word)) {
            *out = words->access;
            return true;
        }
    return refuse(r, v, expected);
}

static bool read_collection(const struct reading *r, const vg_json *v, vg_collection_access *out)
{
    static const char *const names[] = {"collection", "access", "payload"};
    const vg_json *collection, *access, *payload;

    if (!has_only(r, v, names, 3) || (collection = need(r, v, "collection")) == NULL ||
        (access = need(r, v, "access")) == NULL || !has_text(r, collection, COLLECTION_BYTES) ||
        !copy(r, collection->text, &out->collection) ||
        !read_word(r, access, of_one, "expected \"r\", \"rw\" or \"prw\"", &out->access))
        return false;
    payload = vg_json_get(v, VG_LIT("payload"));
    out->only = vg_json_is_null(payload) ? NULL : read_payload(r, payload);
    return vg_json_is_null(payload) || out->only != NULL;
}

static bool is_listed(const vg_identity *who, vg_slice collection)
{
    for (uint32_t i = 0; i < who->collection_count; i++)
        if (vg_slice_is(who->collections[i].collection, collection))
            return true;
    return false;
}

static bool read_list(const struct reading *r, const vg_json *list)
{
    vg_identity *who = &r->out->who;
    vg_collection_access *at;

    if (list->count > VG_TOKEN_COLLECTIONS)
        return refuse(r, list, "has more than 512 collections");
    at = VG_TAKE_N(r->keep, vg_collection_access, list->count + 1);
    if (at == NULL)
        return refuse_starved(r);
    who->collections = at;
    for (const vg_json *v = list->first; v != NULL; v = v->next) {
        vg_collection_access *one = &at[who->collection_count];

        if (!read_collection(r, v, one))
            return false;
        if (is_listed(who, one->collection))
            return refuse(r, v, "names a collection that another one names too");
        who->collection_count++;
    }
    return true;
}

static bool read_access(const struct reading *r, const vg_json *claims)
{
    const vg_json *access = vg_json_get(claims, VG_LIT("access"));
    static const char expected[] = "expected \"r\", \"m\" or a list of {collection, access}";

    if (access != NULL && access->kind == VG_JSON_ARRAY)
        return read_list(r, access);
    if (access != NULL)
        return read_word(r, access, of_all, expected, &r->out->who.global);
    r->out->who.global = VG_ACCESS_MANAGE;
    return true;
}

bool vg_token_claims_read(const vg_token_reading *with, const vg_json *claims, vg_token_claims *out,
                          vg_status *status)
{
    const struct reading r = {with->rules, with->keep, with->arena, status, out};

    *out = (vg_token_claims){.who = {.global = VG_ACCESS_NONE}};
    return read_times(&r, claims) && vg_token_claims_hold(out, with->now_ms, status) &&
           check_parties(&r, claims) && read_name(&r, claims) && read_tenant(&r, claims) &&
           read_access(&r, claims) && read_exists(&r, claims);
}
