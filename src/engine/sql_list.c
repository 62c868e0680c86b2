/* See sql_list.h. Eponymous and read-only: column `value`, a row for each text, whole number or id.
 */
#include "engine/sql_list.h"

#include <sqlite3.h>

#include "filter/sql.h"

const char vg_sql_list_type[] = "vg_list";

int vg_sql_need_hidden(sqlite3_index_info *info, int first, int count)
{
    int found = 0;

    for (int i = 0; i < info->nConstraint; i++) {
        int at = info->aConstraint[i].iColumn - first;

        if (at < 0 || info->aConstraint[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!info->aConstraint[i].usable)
            return SQLITE_CONSTRAINT;
        info->aConstraintUsage[i].argvIndex = at + 1;
        info->aConstraintUsage[i].omit = 1;
        found++;
    }
    info->estimatedCost = 10;
    info->estimatedRows = 2;
    return found == count ? SQLITE_OK : SQLITE_CONSTRAINT;
}

typedef struct list {
    sqlite3_vtab_cursor base;
    const vg_sql_value *of;
    uint32_t here;
} list;

static int connect_list(sqlite3 *db, void *arg, int argc, const char *const *argv,
                        sqlite3_vtab **out, char **error)
{
    (void)arg;
    (void)argc;
    (void)argv;
    (void)error;
    *out = sqlite3_malloc(sizeof **out);
    if (!*out)
        return SQLITE_NOMEM;
    memset(*out, 0, sizeof **out);
    return sqlite3_declare_vtab(db, "CREATE TABLE x(value,list HIDDEN)");
}

static int disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

static int plan_list(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    return vg_sql_need_hidden(info, 1, 1);
}

static int open_list(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    list *l = sqlite3_malloc(sizeof *l);

    (void)base;
    if (!l)
        return SQLITE_NOMEM;
    memset(l, 0, sizeof *l);
    *out = &l->base;
    return SQLITE_OK;
}

static int close_list(sqlite3_vtab_cursor *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

static int find_list(sqlite3_vtab_cursor *base, int plan, const char *name, int argc,
                     sqlite3_value **argv)
{
    list *l = (list *)base;

    (void)plan;
    (void)name;
    (void)argc;
    l->of = sqlite3_value_pointer(argv[0], vg_sql_list_type);
    l->here = 0;
    return SQLITE_OK;
}

static int next_of_list(sqlite3_vtab_cursor *base)
{
    ((list *)base)->here++;
    return SQLITE_OK;
}

static int is_end_of_list(sqlite3_vtab_cursor *base)
{
    const list *l = (const list *)base;

    if (!l->of)
        return true;
    switch (l->of->kind) {
    case VG_SQL_VALUE_TEXTS:
        return l->here >= l->of->as.ask->set.text_count;
    case VG_SQL_VALUE_WHOLES:
        return l->here >= l->of->as.ask->set.whole_count;
    default:
        return l->here >= l->of->as.ask->condition->as.ids.count;
    }
}

static int say_listed(sqlite3_vtab_cursor *base, sqlite3_context *context, int which)
{
    const list *l = (const list *)base;
    const vg_ask *ask = l->of->as.ask;
    uint8_t key[VG_ID_KEY_MAX];
    vg_slice text;

    if (which != 0)
        return SQLITE_OK;
    switch (l->of->kind) {
    case VG_SQL_VALUE_TEXTS:
        text = ask->set.texts[l->here];
        sqlite3_result_text64(context, text.at ? text.at : "", text.len, SQLITE_TRANSIENT,
                              SQLITE_UTF8);
        break;
    case VG_SQL_VALUE_WHOLES:
        sqlite3_result_int64(context, ask->set.wholes[l->here]);
        break;
    default:
        sqlite3_result_blob(context, key,
                            (int)vg_point_id_key(&ask->condition->as.ids.at[l->here], key),
                            SQLITE_TRANSIENT);
    }
    return SQLITE_OK;
}

static int say_row_of_list(sqlite3_vtab_cursor *base, sqlite3_int64 *row)
{
    *row = ((const list *)base)->here;
    return SQLITE_OK;
}

static const sqlite3_module list_module = {
    .xConnect = connect_list,
    .xBestIndex = plan_list,
    .xDisconnect = disconnect,
    .xOpen = open_list,
    .xClose = close_list,
    .xFilter = find_list,
    .xNext = next_of_list,
    .xEof = is_end_of_list,
    .xColumn = say_listed,
    .xRowid = say_row_of_list,
};

bool vg_sql_list_register(sqlite3 *db)
{
    return sqlite3_create_module_v2(db, "vg_list", &list_module, NULL, NULL) == SQLITE_OK;
}
