/* The environment: VECGATE_ and an option's name, the names of their own that some options have,
 * and for secrets and lists both with _FILE behind. A variable that begins with VECGATE_ and means
 * nothing is a slip, except what Kubernetes sets for a service called vecgate. */
#include "base/nearest.h"
#include "config/entries.h"
#include "config/expand.h"
#include "config/option.h"

/* May a variable with _FILE behind its name say where it is? */
static bool may_be_file(const vg_entry *entry)
{
    return entry->row->kind == VG_OPT_SECRET || vg_option_is_list(entry->row);
}

/* One variable for an entry, or the file that it names. */
static void take(vg_entry *entry, vg_rank rank, const char *name, const char *const *variables,
                 vg_complaints *complaints)
{
    vg_slice file_name = vg_arena_printf(complaints->arena, "%s_FILE", name);
    vg_slice value = vg_expand_variable(variables, vg_slice_str(name));
    vg_slice file = {0};

    if (may_be_file(entry))
        file = vg_expand_variable(variables, file_name);
    if (value.len > 0 && file.len > 0) {
        vg_complain(complaints, file_name, "%s: is given by %s too: unset one of them", entry->name,
                    name);
    } else if (value.len > 0) {
        vg_entry_give(entry, rank, value, vg_slice_str(name));
    } else if (file.len > 0) {
        vg_entry_give(entry, rank, file, file_name);
        entry->is_path = true;
    }
}

static bool is_known(const vg_entries *entries, vg_slice name)
{
    for (uint32_t i = 0; i < entries->count; i++) {
        vg_slice env = vg_slice_str(entries->at[i].env);

        if (vg_slice_is(name, env))
            return true;
        if (may_be_file(&entries->at[i]) && vg_slice_starts(name, env) &&
            vg_slice_is_str(vg_slice_skip(name, env.len), "_FILE"))
            return true;
    }
    return vg_slice_is_str(name, "VECGATE_CONFIG"); /* the command's: names the file */
}

/* VECGATE_SERVICE_HOST, VECGATE_SERVICE_PORT, VECGATE_PORT, VECGATE_PORT_6333_TCP, … */
static bool is_kubernetes(vg_slice name)
{
    return vg_slice_is_str(name, "VECGATE_SERVICE_HOST") ||
           vg_slice_starts(name, VG_LIT("VECGATE_SERVICE_PORT")) ||
           vg_slice_is_str(name, "VECGATE_PORT") || vg_slice_starts(name, VG_LIT("VECGATE_PORT_"));
}

static void refuse_unknown(const vg_entries *entries, vg_slice name, vg_complaints *complaints)
{
    const char **words = VG_TAKE_N(complaints->arena, const char *, entries->count);
    const char *near = NULL;

    for (uint32_t i = 0; words != NULL && i < entries->count; i++)
        words[i] = entries->at[i].env;
    if (words != NULL)
        near = vg_nearest(name, words, entries->count);
    vg_complain(complaints, name, "there is no such option%s%s%s",
                near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                near != NULL ? "?" : "");
}

void vg_env_read(const char *const *variables, vg_entries *entries, vg_complaints *complaints)
{
    for (uint32_t i = 0; i < entries->count; i++) {
        vg_entry *entry = &entries->at[i];

        if (entry->row->env != NULL)
            take(entry, VG_FROM_OWN_VARIABLE, entry->row->env, variables, complaints);
        take(entry, VG_FROM_VARIABLE, entry->env, variables, complaints);
    }
    for (; variables != NULL && *variables != NULL; variables++) {
        vg_slice name = vg_slice_of(*variables, vg_slice_find(vg_slice_str(*variables), '='));

        if (vg_slice_starts(name, VG_LIT("VECGATE_")) && !is_known(entries, name) &&
            !is_kubernetes(name))
            refuse_unknown(entries, name, complaints);
    }
}

void vg_command_read(const char *const *sets, vg_entries *entries, vg_complaints *complaints)
{
    for (; sets != NULL && *sets != NULL; sets++) {
        vg_slice set = vg_slice_str(*sets);
        vg_slice name = vg_slice_of(set.at, vg_slice_find(set, '='));
        vg_entry *entry = vg_entries_find(entries, name);

        if (name.len == set.len)
            vg_complain(complaints, VG_LIT("command line"), "expected NAME=VALUE, got " VG_FMT,
                        VG_ARG(vg_complain_quote(complaints->arena, set)));
        else if (entry == NULL)
            vg_complain(complaints, VG_LIT("command line"),
                        VG_FMT ": there is no such option" VG_FMT, VG_ARG(name),
                        VG_ARG(vg_entries_hint(entries, name, complaints->arena)));
        else
            vg_entry_give(entry, VG_FROM_COMMAND, vg_slice_skip(set, name.len + 1),
                          VG_LIT("command line"));
    }
}
