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

/* Planned sections have no struct: the value is only checked. */
static void *values_of(const vg_entry *entry, uint64_t spare[4])
{
    return entry->section->values != NULL ? entry->section->values : spare;
}

static void resolve_given(const vg_entry *entry, const char *const *variables,
                          vg_complaints *complaints)
{
    uint64_t spare[4] = {0};
    vg_slice text, reason = {0};

    if (!entry->section->is_used && (entry->is_path || vg_expand_is_needed(entry->text)))
        return;
    if (!expand(entry, variables, &text, complaints))
        return;
    if (text.len == 0 && may_be_empty(entry->row))
        return;
    if (text.len == 0)
        refuse(entry, VG_LIT("must not be empty"), complaints);
    else if (!vg_option_read(entry->row, text, complaints->arena, values_of(entry, spare), &reason))
        refuse(entry, reason, complaints);
}

/* Our own tables: a default that its row refuses is a mistake that a test finds. */
static void resolve_default(const vg_entry *entry, vg_complaints *complaints)
{
    vg_slice def = vg_slice_str(entry->row->def);
    uint64_t spare[4] = {0};
    vg_slice reason = {0};

    if (def.len > 0 &&
        !vg_option_read(entry->row, def, complaints->arena, values_of(entry, spare), &reason))
        vg_complain(complaints, VG_LIT("default"), "%s: " VG_FMT, entry->name, VG_ARG(reason));
    if (entry->row->need && def.len == 0 && entry->section->is_used)
        refuse_missing(entry, complaints);
}

void vg_resolve(const vg_entries *entries, const vg_section *section, const char *const *variables,
                vg_complaints *complaints)
{
    for (uint32_t i = 0; i < entries->count; i++) {
        const vg_entry *entry = &entries->at[i];

        if (entry->section != section)
            continue;
        if (entry->rank == VG_FROM_DEFAULT)
            resolve_default(entry, complaints);
        else
            resolve_given(entry, variables, complaints);
    }
}
