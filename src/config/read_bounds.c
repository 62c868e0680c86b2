/* An entry is a tenant's name and some of the options `quota.…` that each tenant has, with the
 * ranges and units that those have. */
#include "config/read_bounds.h"

#include <stddef.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "config/entries.h"

#define QUOTA  "quota."
#define TENANT "tenant"

enum { FIELDS_MOST = 16 };

/* A row, and where it stood. */
typedef struct placed {
    vg_tenant_bounds row;
    const vg_yaml *node;
} placed;

/* ---- fields ---- */

static bool is_field(const vg_option *row)
{
    return strncmp(row->name, QUOTA, strlen(QUOTA)) == 0 &&
           (row->kind == VG_OPT_COUNT || row->kind == VG_OPT_BYTES);
}

const vg_option *vg_bounds_next(const vg_option *field)
{
    const vg_option *row = field != NULL ? field + 1 : vg_process_options;

    while (row->name != NULL && !is_field(row))
        row++;
    return row->name != NULL ? row : NULL;
}

const char *vg_bounds_name(const vg_option *field)
{
    return field->name + strlen(QUOTA);
}

uint64_t *vg_bounds_at(const vg_option *field, vg_tenant_limits *limits)
{
    return (uint64_t *)(void *)((char *)limits + field->at - offsetof(vg_conf, quota.each));
}

static const vg_option *find_field(vg_slice name)
{
    const vg_option *field = vg_bounds_next(NULL);

    while (field != NULL && !vg_slice_is_str(name, vg_bounds_name(field)))
        field = vg_bounds_next(field);
    return field;
}

static void refuse_field(const vg_list_reader *r, const vg_yaml *member)
{
    vg_arena *arena = r->complaints->arena;
    const char *words[FIELDS_MOST] = {TENANT};
    const char *near;
    vg_slice all = VG_LIT(TENANT);
    size_t count = 1;

    for (const vg_option *field = vg_bounds_next(NULL); field != NULL && count < FIELDS_MOST;
         field = vg_bounds_next(field)) {
        words[count++] = vg_bounds_name(field);
        all = vg_arena_printf(arena, VG_FMT ", %s", VG_ARG(all), vg_bounds_name(field));
    }
    near = vg_nearest(member->key, words, count);
    vg_complain(r->complaints, vg_list_place(r, member),
                "bounds of a tenant have no field " VG_FMT "%s%s%s" VG_FMT,
                VG_ARG(vg_complain_quote(arena, member->key)),
                near != NULL ? "; did you mean " : ": they have ", near != NULL ? near : "",
                near != NULL ? "?" : "", VG_ARG(near != NULL ? VG_LIT("") : all));
}

/* ---- an entry ---- */

static void read_value(const vg_list_reader *r, const vg_yaml *member, const vg_option *field,
                       vg_tenant_limits *to)
{
    vg_slice text, reason = {0};
    vg_option row = *field;

    row.at = 0;
    if (vg_list_text(r, member, &text) &&
        !vg_option_read(&row, text, r->complaints->arena, vg_bounds_at(field, to), &reason))
        vg_complain(r->complaints, vg_list_place(r, member), VG_FMT ": " VG_FMT,
                    VG_ARG(member->key), VG_ARG(reason));
}

static void read_member(const vg_list_reader *r, const vg_yaml *member, vg_tenant_bounds *to)
{
    const vg_option *field = find_field(member->key);

    if (vg_slice_is_str(member->key, TENANT))
        vg_list_tenant(r, member, &to->tenant);
    else if (field != NULL)
        read_value(r, member, field, &to->own);
    else
        refuse_field(r, member);
}

static bool read_entry(const vg_list_reader *r, const vg_yaml *entry, vg_tenant_bounds *to)
{
    uint32_t before = r->complaints->count;
    size_t members = 0;

    memset(to, 0, sizeof *to);
    for (const vg_option *field = vg_bounds_next(NULL); field != NULL;
         field = vg_bounds_next(field))
        *vg_bounds_at(field, &to->own) = VG_AS_EACH;
    if (entry->kind != VG_YAML_MAPPING)
        return vg_list_refuse(r, entry, "expected an entry such as {tenant: acme, rate: 1000}");
    for (const vg_yaml *m = entry->first; m != NULL; m = m->next, members++)
        read_member(r, m, to);
    if (r->complaints->count != before)
        return false;
    if (to->tenant.len == 0)
        return vg_list_refuse(r, entry, "needs a tenant: whose bounds these are");
    return members > 1 || vg_list_refuse(r, entry, "says no bound of the tenant");
}

/* ---- the list ---- */

static int by_tenant(const void *a, const void *b)
{
    const placed *one = a, *two = b;
    int order = vg_slice_cmp(one->row.tenant, two->row.tenant);

    return order != 0 ? order
                      : (one->node->line > two->node->line) - (one->node->line < two->node->line);
}

/* Rows by tenant, each once. */
static vg_tenant_bounds_list sort(const vg_list_reader *r, placed *all, uint32_t count)
{
    vg_tenant_bounds *rows = VG_TAKE_N(r->complaints->arena, vg_tenant_bounds, (size_t)count + 1);

    if (rows == NULL)
        return (vg_tenant_bounds_list){0}; /* the arena tells */
    qsort(all, count, sizeof *all, by_tenant);
    for (uint32_t i = 0; i < count; i++) {
        rows[i] = all[i].row;
        if (i > 0 && vg_slice_is(rows[i].tenant, rows[i - 1].tenant))
            vg_complain(r->complaints, vg_list_place(r, all[i].node),
                        "tenant: " VG_FMT " has bounds already, in " VG_FMT,
                        VG_ARG(vg_complain_quote(r->complaints->arena, rows[i].tenant)),
                        VG_ARG(vg_list_place(r, all[i - 1].node)));
    }
    return (vg_tenant_bounds_list){.at = rows, .count = count};
}

static vg_tenant_bounds_list read_entries(const vg_list_reader *r, const vg_yaml *list)
{
    uint32_t count = 0;
    placed *all;

    for (const vg_yaml *item = list->first; item != NULL; item = item->next)
        count++;
    all = VG_TAKE_N(r->complaints->arena, placed, (size_t)count + 1);
    count = 0;
    for (const vg_yaml *item = list->first; all != NULL && item != NULL; item = item->next) {
        all[count].node = item;
        count += read_entry(r, item, &all[count].row);
    }
    return sort(r, all, count);
}

vg_tenant_bounds_list vg_bounds_read(const vg_yaml *list, const vg_list_source *source,
                                     vg_complaints *complaints)
{
    const vg_list_reader r = {source, complaints};

    if (list->kind == VG_YAML_LIST)
        return read_entries(&r, list);
    if (!list->is_null)
        vg_list_refuse(&r, list, "expected a list of tenants, each with some bounds");
    return (vg_tenant_bounds_list){0};
}

vg_tenant_bounds_list vg_bounds_read_text(vg_slice text, const vg_list_source *source,
                                          vg_complaints *complaints)
{
    const vg_yaml *root = NULL;

    if (vg_slice_trim(text).len > 0) /* else: nobody has bounds of its own */
        root = vg_yaml_read(complaints->arena, text, source->place, complaints);
    return root != NULL ? vg_bounds_read(root, source, complaints) : (vg_tenant_bounds_list){0};
}
