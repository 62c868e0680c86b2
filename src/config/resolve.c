/* Texts to values. A section that nobody chose is checked as far as that is possible without its
 * variables: it may name ones that are set elsewhere only. */
#include "base/secret.h"
#include "config/entries.h"
#include "config/expand.h"
#include "config/option.h"
#include "config/read_bounds.h"
#include "config/read_keys.h"

static void refuse(const vg_entry *entry, vg_slice reason, vg_complaints *complaints)
{
    vg_complain(complaints, entry->from, "%s: " VG_FMT, entry->name, VG_ARG(reason));
}

static void refuse_missing(const vg_entry *entry, vg_complaints *complaints)
{
    const char *own = entry->row->env;

    vg_complain(complaints, vg_slice_str(entry->name),
                "is needed: give it in the file, or by %s%s%s", entry->env,
                own != NULL ? " or " : "", own != NULL ? own : "");
}

/* What the text comes to. False: told. */
static bool expand(const vg_entry *entry, const char *const *variables, vg_slice *out,
                   vg_complaints *complaints)
{
    vg_arena *arena = complaints->arena;
    vg_slice reason = {0};
    bool is_done = true;

    if (entry->is_path)
        is_done = vg_expand_file(arena, entry->text, out, &reason);
    else if (entry->rank == VG_FROM_FILE)
        is_done = vg_expand(arena, entry->text, variables, out, &reason);
    else
        *out = entry->text;
    if (!is_done)
        refuse(entry, reason, complaints);
    return is_done;
}

static bool may_be_empty(const vg_option *row)
{
    bool is_text = row->kind == VG_OPT_TEXT || row->kind == VG_OPT_SECRET ||
                   vg_option_is_list(row) || row->kind == VG_OPT_URL || row->kind == VG_OPT_ADDRESS;

    return is_text && !row->need && (row->def == NULL || *row->def == '\0');
}

/* Into `values`, or when NULL only to see whether it can be done. False: told. */
static bool read_text(const vg_entry *entry, vg_slice text, void *values, vg_complaints *complaints)
{
    vg_slice reason = VG_LIT("must not be empty");
    vg_option row = *entry->row;
    vg_slice spare = {0}; /* the largest of all kinds */

    if (values == NULL) {
        values = &spare;
        row.at = 0;
    }
    if (text.len == 0 && may_be_empty(&row))
        return true;
    if (text.len > 0 && vg_option_read(&row, text, complaints->arena, values, &reason)) {
        if (row.kind == VG_OPT_SECRET && values == &spare)
            vg_secret_wipe((char *)(uintptr_t)spare.at, spare.len);
        return true;
    }
    refuse(entry, reason, complaints);
    return false;
}

void vg_entry_check(vg_entry *entry, vg_complaints *complaints)
{
    if (!vg_expand_is_needed(entry->text) && !vg_option_is_list(entry->row))
        entry->is_told = !read_text(entry, entry->text, NULL, complaints);
}

/* ---- lists ---- */

static void read_nodes(const vg_entry *entry, const vg_list_source *source,
                       vg_complaints *complaints)
{
    void *to = (char *)entry->section->values + entry->row->at;

    if (entry->row->kind == VG_OPT_KEYS)
        *(vg_key_list *)to = vg_keys_read(entry->list, source, complaints);
    else
        *(vg_tenant_bounds_list *)to = vg_bounds_read(entry->list, source, complaints);
}

static void read_list_text(const vg_entry *entry, vg_slice text, const vg_list_source *source,
                           vg_complaints *complaints)
{
    void *to = (char *)entry->section->values + entry->row->at;

    if (entry->row->kind == VG_OPT_KEYS)
        *(vg_key_list *)to = vg_keys_read_text(text, source, complaints);
    else
        *(vg_tenant_bounds_list *)to = vg_bounds_read_text(text, source, complaints);
}

/* Written out in the file, or a text of it: of the environment, or of a file of its own. */
static void read_list(const vg_entry *entry, const char *const *variables,
                      vg_complaints *complaints)
{
    vg_slice from = entry->from, text;
    vg_list_source source = {.variables = variables};

    source.expands = entry->list != NULL;
    if (entry->is_path)
        from = entry->text;
    else if (entry->list != NULL)
        from.len = from.len - strlen(strrchr(from.at, ':'));
    source.place = vg_arena_copy(complaints->arena, from).at;
    if (source.place == NULL)
        return;
    if (entry->list != NULL)
        read_nodes(entry, &source, complaints);
    else if (expand(entry, variables, &text, complaints))
        read_list_text(entry, text, &source, complaints);
}

static void resolve_given(const vg_entry *entry, const char *const *variables,
                          vg_complaints *complaints)
{
    bool is_elsewhere = entry->is_path || vg_expand_is_needed(entry->text);
    vg_slice text;

    if (vg_option_is_list(entry->row)) {
        read_list(entry, variables, complaints);
        return;
    }
    if (entry->is_told || (!entry->section->is_used && is_elsewhere))
        return;
    if (expand(entry, variables, &text, complaints))
        read_text(entry, text, entry->section->values, complaints);
}

/* Our own tables: a default that its row refuses is a mistake that a test finds. */
static void resolve_default(vg_entry *entry, vg_complaints *complaints)
{
    vg_slice def = vg_slice_str(entry->row->def);

    entry->from = VG_LIT("default");
    if (def.len > 0)
        read_text(entry, def, entry->section->values, complaints);
    if (entry->row->need && def.len == 0 && entry->section->is_used)
        refuse_missing(entry, complaints);
}

void vg_resolve(const vg_entries *entries, const vg_section *section, const char *const *variables,
                vg_complaints *complaints)
{
    for (uint32_t i = 0; i < entries->count; i++) {
        vg_entry *entry = &entries->at[i];

        if (entry->section != section)
            continue;
        if (entry->rank == VG_FROM_DEFAULT)
            resolve_default(entry, complaints);
        else
            resolve_given(entry, variables, complaints);
    }
}
