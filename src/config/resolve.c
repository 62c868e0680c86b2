/* Texts to values. A section that nobody chose is checked as far as that is possible without its
 * variables: it may name ones that are set elsewhere only. */
#include "config/entries.h"
#include "config/expand.h"
#include "config/option.h"

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
                   row->kind == VG_OPT_URL || row->kind == VG_OPT_ADDRESS;

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
    if (text.len > 0 && vg_option_read(&row, text, complaints->arena, values, &reason))
        return true;
    refuse(entry, reason, complaints);
    return false;
}

void vg_entry_check(vg_entry *entry, vg_complaints *complaints)
{
    if (!vg_expand_is_needed(entry->text))
        entry->is_told = !read_text(entry, entry->text, NULL, complaints);
}

static void resolve_given(const vg_entry *entry, const char *const *variables,
                          vg_complaints *complaints)
{
    bool is_elsewhere = entry->is_path || vg_expand_is_needed(entry->text);
    vg_slice text;

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
