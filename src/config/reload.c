/* A configuration that is read again while serving. What an adapter was given cannot change then:
 * it is read by many threads. */
#include "config/entries.h"
#include "config/option.h"

/* Of two entries of the same name: of one whose backend is another now, nothing is. */
static bool is_live(const vg_entry *was, const vg_entry *is)
{
    return is->row->live && is->section->is_live && was->section->is_used && is->section->is_used;
}

/* Of two entries of the same name; a section that is not in use has no values. */
static bool is_same(const vg_entry *was, const vg_entry *is)
{
    if (!was->section->is_used && !is->section->is_used)
        return true;
    return was->section->is_used == is->section->is_used &&
           vg_option_is_same(is->row, was->section->values, is->section->values);
}

/* "-" where nobody would read it. */
static vg_slice value_of(const vg_entry *entry, vg_arena *arena)
{
    return entry->section->is_used ? vg_option_write(entry->row, entry->section->values, arena)
                                   : VG_LIT("-");
}

/* The file of keys is not an option's text: nobody sees its change but by what it holds. */
static bool is_same_file(const vg_credential_conf *was, const vg_credential_conf *is)
{
    return memcmp(was->all.digest, is->all.digest, VG_KEY_DIGEST) == 0 ||
           !vg_slice_is(was->file, is->file) || is->file.len == 0;
}

bool vg_config_differences(const vg_config *was, const vg_config *is, vg_buf *live, vg_buf *restart)
{
    vg_arena *arena = vg_arena_new(1 << 20);
    bool any = !is_same_file(&was->conf.credentials, &is->conf.credentials);

    if (any)
        vg_buf_put(live, VG_LIT("credentials.file: read again\n"));
    for (uint32_t i = 0; arena != NULL && i < is->entries.count; i++) {
        const vg_entry *left = &was->entries.at[i], *right = &is->entries.at[i];

        if (is_same(left, right))
            continue;
        any = true;
        vg_buf_printf(is_live(left, right) ? live : restart, "%s: " VG_FMT " -> " VG_FMT "\n",
                      right->name, VG_ARG(value_of(left, arena)), VG_ARG(value_of(right, arena)));
    }
    vg_arena_free(arena);
    return any;
}

void vg_config_take_live(vg_config *config, const vg_config *from)
{
    for (uint32_t i = 0; i < config->entries.count; i++) {
        vg_entry *to = &config->entries.at[i];
        const vg_entry *next = &from->entries.at[i];

        if (!is_live(to, next) || is_same(to, next))
            continue;
        if (vg_option_copy(next->row, next->section->values, to->section->values, config->arena))
            to->from = vg_arena_copy(config->arena, next->from);
        to->rank = next->rank;
    }
    config->conf.credentials.all = from->conf.credentials.all;
    config->conf.credentials.all.at = NULL;
    config->conf.credentials.has_one_tenant = from->conf.credentials.has_one_tenant;
}
