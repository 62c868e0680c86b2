/* An entry is first sorted by its fields' names, then read field by field, then made into rows: one
 * for each of its keys. */
#include "config/read_keys.h"

#include "base/datetime.h"
#include "base/nearest.h"
#include "base/secret.h"

enum field {
    NAME,
    KEY,
    SHA256,
    KEYS,
    CERTIFICATE,
    RIGHTS,
    COLLECTIONS,
    TENANT,
    MAY_CHOOSE_TENANT,
    EXPIRES,
    FIELDS,
};

static const char *const names[] = {
    [NAME] = "name",
    [KEY] = "key",
    [SHA256] = "sha256",
    [KEYS] = "keys",
    [CERTIFICATE] = "certificate",
    [RIGHTS] = "rights",
    [COLLECTIONS] = "collections",
    [TENANT] = "tenant",
    [MAY_CHOOSE_TENANT] = "may_choose_tenant",
    [EXPIRES] = "expires",
};

/* Places as vg_key_rights. */
static const char *const rights[] = {"read", "write", "manage"};

enum { RIGHTS_WORDS = 3, NAME_BYTES = 128, COLLECTION_BYTES = 255, HEX_DIGITS = 64 };

struct reading {
    vg_list_reader list;
    vg_key_row *rows;
    uint32_t count, room;
};

/* An entry, or one of its `keys`: the node of each field. */
typedef struct draft {
    const vg_yaml *at[FIELDS];
} draft;

static vg_slice place(const struct reading *r, const vg_yaml *node)
{
    return vg_list_place(&r->list, node);
}

static bool refuse(const struct reading *r, const vg_yaml *node, const char *says)
{
    return vg_list_refuse(&r->list, node, says);
}

static bool text_of(const struct reading *r, const vg_yaml *node, vg_slice *out)
{
    return vg_list_text(&r->list, node, out);
}

/* ---- fields by name ---- */

/* Shown only when it is nearly a name: a comma in a key that is not quoted makes a "name" of what
 * stands behind it. */
static void refuse_field(const struct reading *r, const vg_yaml *member)
{
    const char *near = vg_nearest(member->key, names, FIELDS);

    if (near != NULL)
        vg_complain(r->list.complaints, place(r, member),
                    "a key has no field " VG_FMT "; did you mean %s?",
                    VG_ARG(vg_complain_quote(r->list.complaints->arena, member->key)), near);
    else
        vg_complain(r->list.complaints, place(r, member),
                    "a key has only name, key, sha256, keys, certificate, rights, collections, "
                    "tenant, may_choose_tenant and expires (a text with a comma needs quotes)");
}

static bool sort(const struct reading *r, const vg_yaml *entry, draft *to)
{
    uint32_t before = r->list.complaints->count;

    *to = (draft){{0}};
    if (entry->kind != VG_YAML_MAPPING)
        return refuse(r, entry, "expected an entry such as {name: app, key: …, rights: read}");
    for (const vg_yaml *m = entry->first; m != NULL; m = m->next) {
        int field = 0;

        while (field < FIELDS && !vg_slice_is_str(m->key, names[field]))
            field++;
        if (field < FIELDS)
            to->at[field] = m;
        else
            refuse_field(r, m);
    }
    return r->list.complaints->count == before;
}

/* ---- values ---- */

/* A name for logs, of a certificate, of a collection. */
static bool read_name(const struct reading *r, const vg_yaml *node, size_t most, vg_slice *out)
{
    if (!text_of(r, node, out))
        return false;
    if (out->len > most || !vg_list_is_printable(*out))
        return refuse(r, node, "is longer than a name can be, or holds control bytes");
    return true;
}

static bool read_rights(const struct reading *r, const vg_yaml *node, vg_key_rights *out)
{
    const char *near;
    vg_slice text;

    if (!text_of(r, node, &text))
        return false;
    for (int i = 0; i < RIGHTS_WORDS; i++)
        if (vg_slice_is_str(text, rights[i])) {
            *out = (vg_key_rights)i;
            return true;
        }
    near = vg_nearest(text, rights, RIGHTS_WORDS);
    vg_complain(
        r->list.complaints, place(r, node), "rights: must be one of read, write, manage%s%s%s",
        near != NULL ? "; did you mean " : "", near != NULL ? near : "", near != NULL ? "?" : "");
    return false;
}

static uint32_t count_of(const vg_yaml *list)
{
    uint32_t count = 0;

    for (const vg_yaml *item = list->first; item != NULL; item = item->next)
        count++;
    return count;
}

/* One name, or a list of them. An empty list would read as "all": refused. */
static bool read_collections(const struct reading *r, const vg_yaml *node, vg_key_row *row)
{
    const vg_yaml *first = node->kind == VG_YAML_LIST ? node->first : node;
    uint32_t count = node->kind == VG_YAML_LIST ? count_of(node) : 1;
    vg_slice *at = VG_TAKE_N(r->list.complaints->arena, vg_slice, count + 1);

    if (node->kind == VG_YAML_MAPPING || count == 0)
        return refuse(r, node, "expected names of collections; for all of them leave it out");
    for (uint32_t i = 0; at != NULL && i < count; i++, first = first->next)
        if (!read_name(r, first, COLLECTION_BYTES, &at[i]))
            return false;
    row->collections = at;
    row->collection_count = count;
    return at != NULL;
}

static bool read_bool(const struct reading *r, const vg_yaml *node, bool *out)
{
    vg_slice text;

    if (!text_of(r, node, &text))
        return false;
    *out = vg_slice_is_str(text, "true");
    return *out || vg_slice_is_str(text, "false") || refuse(r, node, "expected true or false");
}

/* YYYY-MM-DDTHH:MM:SS with a zone: without one nobody knows when. */
static bool has_zone(vg_slice text)
{
    char last = text.len > 19 ? text.at[text.len - 1] : 0;

    return last == 'Z' || last == 'z' || (text.len >= 25 && text.at[text.len - 3] == ':');
}

static bool read_time(const struct reading *r, const vg_yaml *node, uint64_t *out_ms)
{
    vg_slice text;
    int64_t us;

    if (!text_of(r, node, &text))
        return false;
    if (!has_zone(text) || !vg_datetime_read(text, &us) || us < 1000)
        return refuse(r, node, "expected a time as RFC 3339 has it, such as 2027-01-31T00:00:00Z");
    *out_ms = (uint64_t)us / 1000;
    return true;
}

/* ---- keys ---- */

bool vg_key_hash(vg_slice text, vg_slice where, const char *name, uint8_t sha256[VG_KEY_DIGEST],
                 vg_complaints *complaints)
{
    bool is_good = text.len >= VG_KEY_BYTES_LEAST && text.len <= VG_KEY_BYTES_MOST;

    if (!is_good)
        vg_complain(complaints, where,
                    "%s: must be %d to %d bytes; `openssl rand -hex 32` makes a good one", name,
                    VG_KEY_BYTES_LEAST, VG_KEY_BYTES_MOST);
    if (!vg_secret_sha256(text, sha256)) {
        vg_complain(complaints, where, "%s: could not be hashed", name);
        is_good = false;
    }
    vg_secret_wipe((char *)(uintptr_t)text.at, text.len);
    return is_good;
}

static bool read_key(const struct reading *r, const vg_yaml *node, uint8_t *sha256)
{
    vg_slice text;
    bool is_good;

    if (!text_of(r, node, &text))
        return false;
    if (!vg_list_is_printable(text)) {
        vg_secret_wipe((char *)(uintptr_t)text.at, text.len);
        return refuse(r, node, "holds control bytes (a line end?): no header can carry them");
    }
    is_good = vg_key_hash(text, place(r, node), "key", sha256, r->list.complaints);
    vg_secret_wipe((char *)(uintptr_t)node->text.at, node->text.len);
    return is_good;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_hex(const struct reading *r, const vg_yaml *node, uint8_t *sha256)
{
    vg_slice text;

    if (!text_of(r, node, &text))
        return false;
    for (size_t i = 0; text.len == HEX_DIGITS && i < HEX_DIGITS; i += 2) {
        int high = hex_value(text.at[i]), low = hex_value(text.at[i + 1]);

        if (high < 0 || low < 0)
            text.len = 0;
        else
            sha256[i / 2] = (uint8_t)(high << 4 | low);
    }
    return text.len == HEX_DIGITS ||
           refuse(r, node, "expected 64 hex digits: `printf %s KEY | sha256sum` shows them");
}

static void add(struct reading *r, const vg_key_row *row)
{
    if (r->count == r->room) {
        uint32_t room = r->room > 0 ? 2 * r->room : 16;
        vg_key_row *rows = vg_arena_resize(r->list.complaints->arena, r->rows,
                                           r->room * sizeof *rows, room * sizeof *rows);

        if (rows == NULL)
            return; /* the arena tells */
        r->rows = rows;
        r->room = room;
    }
    r->rows[r->count++] = *row;
}

/* The key of an entry, or one of its several; `row` has all else. */
static void read_secret(struct reading *r, const vg_yaml *entry, const draft *d, vg_key_row row)
{
    bool is_good;

    if ((d->at[KEY] != NULL) == (d->at[SHA256] != NULL)) {
        refuse(r, entry, "needs one of key and sha256");
        return;
    }
    is_good = d->at[KEY] != NULL ? read_key(r, d->at[KEY], row.sha256)
                                 : read_hex(r, d->at[SHA256], row.sha256);
    if (d->at[EXPIRES] != NULL)
        is_good = read_time(r, d->at[EXPIRES], &row.expires_ms) && is_good;
    row.from = place(r, entry);
    if (is_good)
        add(r, &row);
}

/* An expiry of the entry holds for those that have none of their own. */
static void read_several(struct reading *r, const vg_yaml *keys, const vg_key_row *row)
{
    if (keys->kind != VG_YAML_LIST || keys->first == NULL) {
        refuse(r, keys, "expected a list such as [{key: …, expires: …}, {sha256: …}]");
        return;
    }
    for (const vg_yaml *item = keys->first; item != NULL; item = item->next) {
        draft d;

        if (!sort(r, item, &d))
            continue;
        for (int field = 0; field < FIELDS; field++)
            if (d.at[field] != NULL && field != KEY && field != SHA256 && field != EXPIRES)
                refuse(r, d.at[field], "belongs to the entry, not to one of its keys");
        read_secret(r, item, &d, *row);
    }
}

/* ---- entries ---- */

static bool read_common(const struct reading *r, const vg_yaml *entry, const draft *d,
                        vg_key_row *row)
{
    const uint32_t before = r->list.complaints->count;

    *row = (vg_key_row){.tenant = VG_LIT("default"), .from = place(r, entry)};
    if (d->at[NAME] != NULL)
        read_name(r, d->at[NAME], NAME_BYTES, &row->name);
    else
        refuse(r, entry, "needs a name: who it is in logs");
    if (d->at[RIGHTS] != NULL)
        read_rights(r, d->at[RIGHTS], &row->rights);
    else
        refuse(r, entry, "needs rights: read, write or manage");
    if (d->at[COLLECTIONS] != NULL)
        read_collections(r, d->at[COLLECTIONS], row);
    if (d->at[TENANT] != NULL)
        vg_list_tenant(&r->list, d->at[TENANT], &row->tenant);
    if (d->at[MAY_CHOOSE_TENANT] != NULL)
        read_bool(r, d->at[MAY_CHOOSE_TENANT], &row->may_choose_tenant);
    if (d->at[EXPIRES] != NULL)
        read_time(r, d->at[EXPIRES], &row->expires_ms);
    return r->list.complaints->count == before;
}

static void read_entry(struct reading *r, const vg_yaml *entry)
{
    vg_key_row row;
    draft d;
    int ways;

    if (!sort(r, entry, &d) || !read_common(r, entry, &d, &row))
        return;
    ways = (d.at[KEY] != NULL) + (d.at[SHA256] != NULL) + (d.at[KEYS] != NULL) +
           (d.at[CERTIFICATE] != NULL);
    if (ways != 1)
        refuse(r, entry, "needs one of key, sha256, keys and certificate");
    else if (d.at[KEYS] != NULL)
        read_several(r, d.at[KEYS], &row);
    else if (d.at[CERTIFICATE] == NULL)
        read_secret(r, entry, &d, row);
    else if (read_name(r, d.at[CERTIFICATE], COLLECTION_BYTES, &row.certificate))
        add(r, &row);
}

vg_key_list vg_keys_read(const vg_yaml *list, const vg_list_source *source,
                         vg_complaints *complaints)
{
    struct reading r = {.list = {.source = source, .complaints = complaints}};
    vg_key_list out;

    if (list->kind == VG_YAML_LIST)
        for (const vg_yaml *item = list->first; item != NULL; item = item->next)
            read_entry(&r, item);
    else if (!list->is_null)
        refuse(&r, list, "expected a list of keys, each with name, key and rights");
    out = (vg_key_list){.at = r.rows, .count = r.count};
    vg_keys_seal(&out);
    return out;
}

vg_key_list vg_keys_read_text(vg_slice text, const vg_list_source *source,
                              vg_complaints *complaints)
{
    const vg_yaml *root = vg_yaml_read(complaints->arena, text, source->place, complaints);

    return root != NULL ? vg_keys_read(root, source, complaints) : (vg_key_list){0};
}

vg_key_list vg_keys_read_file(const char *path, const char *const *variables,
                              vg_complaints *complaints)
{
    const vg_list_source source = {.place = path, .expands = true, .variables = variables};
    const vg_yaml *root = vg_yaml_read_file(path, complaints);
    bool is_empty = root != NULL && root->kind == VG_YAML_MAPPING && root->first == NULL;

    return root != NULL && !is_empty ? vg_keys_read(root, &source, complaints) : (vg_key_list){0};
}

/* ---- the whole list ---- */

static void put_row(vg_buf *to, const vg_key_row *row)
{
    vg_buf_put(to, row->name);
    vg_buf_put_byte(to, '\0');
    vg_buf_put(to, row->certificate);
    vg_buf_put_byte(to, '\0');
    vg_buf_put(to, vg_slice_of((const char *)row->sha256, sizeof row->sha256));
    for (uint32_t i = 0; i < row->collection_count; i++) {
        vg_buf_put(to, row->collections[i]);
        vg_buf_put_byte(to, '\0');
    }
    vg_buf_put_byte(to, '\0');
    vg_buf_put(to, row->tenant);
    vg_buf_printf(to, "%c%d %d %llu\n", '\0', (int)row->rights, row->may_choose_tenant,
                  (unsigned long long)row->expires_ms);
}

void vg_keys_seal(vg_key_list *list)
{
    vg_buf said;

    memset(list->digest, 0, sizeof list->digest);
    vg_buf_init(&said, 0);
    for (uint32_t i = 0; i < list->count; i++)
        put_row(&said, &list->at[i]);
    if (list->count > 0)
        vg_secret_sha256(vg_buf_bytes(&said), list->digest);
    vg_buf_fini(&said);
}
