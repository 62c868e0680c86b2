/* See sql_values.h. Both tables are eponymous and read-only; a cursor holds the document that its
 * values are views of. */
#include "engine/sql_values.h"

#include <sqlite3.h>

#include "engine/documents.h"
#include "engine/holds.h"
#include "engine/sql_list.h"
#include "filter/geo.h"
#include "filter/values.h"

static const char path_type[] = "vg_path", tokens_type[] = "vg_tokens", geo_type[] = "vg_geo";

/* ---- values ---- */

typedef enum column {
    IS_NULL,
    IS_OBJECT,
    TEXT,
    NUMBER,
    REAL,
    WHOLE,
    TRUTH,
    US,
    COUNT,
    LAT,
    LON,
    DOCUMENT,
    PAYLOAD,
    PATH,
} column;

static const char values_columns[] =
    "CREATE TABLE x(is_null,is_object,text,number,real,whole,truth,us,count,lat,lon,document,"
    "payload HIDDEN,path HIDDEN)";

enum { FEW = 4 }; /* values that need no memory of their own */

typedef struct source {
    sqlite3_vtab base;
    vg_documents *documents;
    vg_reach reach;
} source;

typedef struct values {
    sqlite3_vtab_cursor base;
    vg_document *document;
    vg_value *at;
    size_t count, room, here;
    bool is_starved;
    vg_value few[FEW];
} values;

/* A source before it is connected. The two of a connection share their documents. */
typedef struct shared {
    vg_documents *documents; /* held */
    vg_reach reach;
} shared;

static int connect(sqlite3 *db, void *arg, int argc, const char *const *argv, sqlite3_vtab **out,
                   char **error)
{
    const shared *from = arg;
    source *s = sqlite3_malloc(sizeof *s);

    (void)argc;
    (void)argv;
    (void)error;
    if (!s)
        return SQLITE_NOMEM;
    *s = (source){.documents = from->documents, .reach = from->reach};
    *out = &s->base;
    return sqlite3_declare_vtab(db, values_columns);
}

static int disconnect(sqlite3_vtab *base)
{
    sqlite3_free(base);
    return SQLITE_OK;
}

static int plan_values(sqlite3_vtab *base, sqlite3_index_info *info)
{
    (void)base;
    return vg_sql_need_hidden(info, PAYLOAD, 2);
}

static int open_values(sqlite3_vtab *base, sqlite3_vtab_cursor **out)
{
    values *v = sqlite3_malloc(sizeof *v);

    (void)base;
    if (!v)
        return SQLITE_NOMEM;
    memset(v, 0, sizeof *v);
    v->at = v->few;
    v->room = FEW;
    *out = &v->base;
    return SQLITE_OK;
}

static int close_values(sqlite3_vtab_cursor *base)
{
    values *v = (values *)base;

    vg_document_let(v->document);
    if (v->at != v->few)
        sqlite3_free(v->at);
    sqlite3_free(v);
    return SQLITE_OK;
}

static bool make_room(values *v)
{
    size_t room = v->room * 4;
    vg_value *at = sqlite3_malloc64(room * sizeof *at);

    if (!at)
        return false;
    memcpy(at, v->at, v->count * sizeof *at);
    if (v->at != v->few)
        sqlite3_free(v->at);
    v->at = at;
    v->room = room;
    return true;
}

static bool keep(const vg_value *value, void *arg)
{
    values *v = arg;

    if (v->count == v->room && !make_room(v))
        return v->is_starved = true;
    v->at[v->count++] = *value;
    return false;
}

static vg_slice text_of(sqlite3_value *value)
{
    const char *at = (const char *)sqlite3_value_text(value);

    return vg_slice_of(at, (size_t)sqlite3_value_bytes(value));
}

static int find_values(sqlite3_vtab_cursor *base, int plan, const char *name, int argc,
                       sqlite3_value **argv)
{
    values *v = (values *)base;
    source *s = (source *)base->pVtab;
    const vg_path *path = sqlite3_value_pointer(argv[1], path_type);
    bool is_damaged;

    (void)plan;
    (void)name;
    (void)argc;
    vg_document_let(v->document);
    v->here = v->count = 0;
    v->document = vg_documents_read(s->documents, text_of(argv[0]), &is_damaged);
    if (v->document && path)
        vg_values_each(v->document->root, path, s->reach, keep, v);
    if (v->document && !v->is_starved)
        return SQLITE_OK;
    if (!is_damaged)
        return SQLITE_NOMEM;
    sqlite3_free(base->pVtab->zErrMsg);
    base->pVtab->zErrMsg = sqlite3_mprintf("a stored payload is no JSON");
    return SQLITE_CORRUPT_VTAB;
}

static int next_value(sqlite3_vtab_cursor *base)
{
    ((values *)base)->here++;
    return SQLITE_OK;
}

static int is_end(sqlite3_vtab_cursor *base)
{
    const values *v = (const values *)base;

    return v->here >= v->count;
}

static void say_text(sqlite3_context *context, vg_slice text)
{
    sqlite3_result_text64(context, text.at ? text.at : "", text.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

/* Nothing said is NULL. */
static void say_number(sqlite3_context *context, const vg_value *value, column which)
{
    vg_number number;

    if (!vg_value_number(value, &number))
        return;
    if (which == REAL || (which == NUMBER && !number.is_whole))
        sqlite3_result_double(context, number.real);
    else if (number.is_whole)
        sqlite3_result_int64(context, number.whole);
}

static void say_place(sqlite3_context *context, const vg_value *value, column which)
{
    vg_geo at;

    if (vg_value_geo(value, &at))
        sqlite3_result_double(context, which == LAT ? at.lat : at.lon);
}

static void say_us(sqlite3_context *context, const vg_value *value)
{
    int64_t us;

    if (vg_value_datetime(value, &us))
        sqlite3_result_int64(context, us);
}

static int say_column(sqlite3_vtab_cursor *base, sqlite3_context *context, int which)
{
    const values *v = (const values *)base;
    const vg_value *value = &v->at[v->here];

    switch ((column)which) {
    case IS_NULL:
        sqlite3_result_int(context, value->kind == VG_JSON_NULL);
        break;
    case IS_OBJECT:
        sqlite3_result_int(context, value->kind == VG_JSON_OBJECT);
        break;
    case TEXT:
        if (value->kind == VG_JSON_STRING)
            say_text(context, value->text);
        break;
    case NUMBER:
    case REAL:
    case WHOLE:
        say_number(context, value, which);
        break;
    case TRUTH:
        if (value->kind == VG_JSON_TRUE || value->kind == VG_JSON_FALSE)
            sqlite3_result_int(context, value->kind == VG_JSON_TRUE);
        break;
    case US:
        say_us(context, value);
        break;
    case COUNT:
        sqlite3_result_int64(context, vg_value_count(value));
        break;
    case LAT:
    case LON:
        say_place(context, value, which);
        break;
    case DOCUMENT:
        say_text(context, value->raw);
        break;
    default:
        break;
    }
    return SQLITE_OK;
}

static int say_row(sqlite3_vtab_cursor *base, sqlite3_int64 *row)
{
    *row = (sqlite3_int64)((const values *)base)->here;
    return SQLITE_OK;
}

static const sqlite3_module values_module = {
    .xConnect = connect,
    .xBestIndex = plan_values,
    .xDisconnect = disconnect,
    .xOpen = open_values,
    .xClose = close_values,
    .xFilter = find_values,
    .xNext = next_value,
    .xEof = is_end,
    .xColumn = say_column,
    .xRowid = say_row,
};

/* ---- functions ---- */

static void has_tokens(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const vg_tokens *tokens = sqlite3_value_pointer(argv[1], tokens_type);

    (void)argc;
    sqlite3_result_int(context, tokens && sqlite3_value_type(argv[0]) == SQLITE_TEXT &&
                                    vg_tokens_meet(tokens, text_of(argv[0])));
}

static void is_in(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const vg_condition *condition = sqlite3_value_pointer(argv[2], geo_type);
    const vg_geo at = {.lat = sqlite3_value_double(argv[0]), .lon = sqlite3_value_double(argv[1])};

    (void)argc;
    sqlite3_result_int(context, condition && sqlite3_value_type(argv[0]) != SQLITE_NULL &&
                                    vg_geo_meets(at, condition));
}

/* ---- a connection ---- */

static void free_shared(void *arg)
{
    shared *s = arg;

    vg_documents_let(s->documents);
    sqlite3_free(s);
}

static bool register_source(sqlite3 *db, const char *name, vg_reach reach, vg_documents *documents)
{
    shared *s = sqlite3_malloc(sizeof *s);

    if (!s)
        return false;
    *s = (shared){documents, reach};
    vg_documents_hold(documents);
    return sqlite3_create_module_v2(db, name, &values_module, s, free_shared) == SQLITE_OK;
}

static bool register_function(sqlite3 *db, const char *name, int count,
                              void (*run)(sqlite3_context *, int, sqlite3_value **))
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

    return sqlite3_create_function_v2(db, name, count, flags, NULL, run, NULL, NULL, NULL) ==
           SQLITE_OK;
}

bool vg_sql_values_register(sqlite3 *db)
{
    vg_documents *documents = vg_documents_new();
    bool good = documents && register_source(db, "vg_values", VG_REACH_VALUES, documents) &&
                register_source(db, "vg_elements", VG_REACH_ELEMENTS, documents) &&
                vg_holds_register(db, documents) && vg_sql_list_register(db) &&
                register_function(db, "vg_has_tokens", 2, has_tokens) &&
                register_function(db, "vg_is_in", 3, is_in);

    if (documents)
        vg_documents_let(documents);
    return good;
}

/* ---- what calls them ---- */

void vg_sql_values_source(vg_sql_writer *w, const vg_ask *ask, vg_reach reach, const void *arg)
{
    (void)arg;
    vg_sql_write_with(w,
                      reach == VG_REACH_ELEMENTS ? "vg_elements(%d,%p) %v" : "vg_values(%d,%p) %v",
                      (vg_sql_value){.kind = VG_SQL_VALUE_PATH, .as.ask = ask});
}

void vg_sql_values_tokens(vg_sql_writer *w, const vg_tokens *tokens, const void *arg)
{
    (void)arg;
    vg_sql_write_with(w, "vg_has_tokens(%v.text,%p)",
                      (vg_sql_value){.kind = VG_SQL_VALUE_TOKENS, .as.tokens = *tokens});
}

/* A number is typed, and SQLite compares integers and reals exactly. */
void vg_sql_values_range(vg_sql_writer *w, const vg_range *range, const void *arg)
{
    (void)arg;
    vg_sql_write_bounds(w, "%v.number", range, true);
}

void vg_sql_values_area(vg_sql_writer *w, const vg_ask *ask, const void *arg)
{
    (void)arg;
    vg_sql_write_with(w, "vg_is_in(%v.lat,%v.lon,%p)",
                      (vg_sql_value){.kind = VG_SQL_VALUE_GEO, .as.ask = ask});
}

void vg_sql_values_bind(sqlite3_stmt *stmt, int place, const vg_sql_value *value)
{
    vg_slice text = value->as.text;

    switch (value->kind) {
    case VG_SQL_VALUE_TEXT:
        sqlite3_bind_text64(stmt, place, text.at ? text.at : "", text.len, SQLITE_STATIC,
                            SQLITE_UTF8);
        break;
    case VG_SQL_VALUE_WHOLE:
        sqlite3_bind_int64(stmt, place, value->as.whole);
        break;
    case VG_SQL_VALUE_REAL:
        sqlite3_bind_double(stmt, place, value->as.real);
        break;
    case VG_SQL_VALUE_PATH:
        sqlite3_bind_pointer(stmt, place, (void *)&value->as.ask->path, path_type, NULL);
        break;
    case VG_SQL_VALUE_GEO:
        sqlite3_bind_pointer(stmt, place, (void *)value->as.ask->condition, geo_type, NULL);
        break;
    case VG_SQL_VALUE_TOKENS:
        sqlite3_bind_pointer(stmt, place, (void *)&value->as.tokens, tokens_type, NULL);
        break;
    default:
        sqlite3_bind_pointer(stmt, place, (void *)value, vg_sql_list_type, NULL);
    }
}
