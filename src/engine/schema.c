/* See schema.h. */
#include "engine/schema.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT = 160 };

static vg_code refuse_foreign(const vg_schema *schema, vg_arena *arena, vg_status *status)
{
    return vg_status_setf(status, arena, VG_CONFLICT, vg_slice_str(schema->file),
                          "%s is a SQLite database of another program; name another place",
                          schema->file);
}

static vg_code refuse_newer(const vg_schema *schema, uint64_t found, vg_arena *arena,
                            vg_status *status)
{
    return vg_status_setf(status, arena, VG_CONFLICT, vg_slice_str(schema->file),
                          "%s has format %" PRIu64
                          ", written by a newer vecgate; this one (" VG_VERSION
                          ") knows formats up to %" PRIu32 ": use the newer program",
                          schema->file, found, schema->version);
}

static bool write_version(vg_sql *sql, const vg_schema *schema)
{
    char text[TEXT];

    snprintf(text, sizeof text,
             "PRAGMA application_id=%" PRIu32 ";PRAGMA user_version=%" PRIu32
             ";INSERT OR REPLACE INTO meta VALUES('format','%" PRIu32 "')",
             schema->application, schema->version, schema->version);
    return vg_sql_run(sql, text);
}

/* One transaction, the version last: a crash leaves the old format or the new one. */
static bool migrate(vg_sql *sql, const vg_schema *schema, uint64_t from)
{
    if (!vg_sql_run(sql, "BEGIN IMMEDIATE"))
        return false;
    for (uint64_t i = from; i < schema->version; i++)
        if (!vg_sql_run(sql, schema->steps[i]))
            return false;
    return write_version(sql, schema) && vg_sql_run(sql, "COMMIT");
}

static vg_code fail(vg_sql *sql, const vg_schema *schema, vg_arena *arena, vg_status *status)
{
    vg_code code = vg_sql_trouble(sql, schema->file, arena, status);

    vg_sql_run(sql, "ROLLBACK"); /* fails when nothing was begun: fine */
    return code;
}

/* Two places say the version; when they differ somebody else wrote into the file. */
static vg_code check_meta(vg_sql *sql, const vg_schema *schema, vg_arena *arena, vg_status *status)
{
    uint64_t format;

    if (!vg_sql_ask_u64(sql, "SELECT CAST(value AS INTEGER) FROM meta WHERE key='format'", &format))
        return fail(sql, schema, arena, status);
    if (format == schema->version)
        return VG_OK;
    return vg_status_setf(status, arena, VG_BACKEND_ERROR, vg_slice_str(schema->file),
                          "%s contradicts itself: user_version is %" PRIu32
                          ", meta.format %" PRIu64,
                          schema->file, schema->version, format);
}

vg_code vg_schema_apply(vg_sql *sql, const vg_schema *schema, vg_arena *arena, vg_status *status)
{
    uint64_t version, application, tables;

    if (!vg_sql_ask_u64(sql, "PRAGMA user_version", &version) ||
        !vg_sql_ask_u64(sql, "PRAGMA application_id", &application) ||
        !vg_sql_ask_u64(sql, "SELECT count(*) FROM sqlite_master", &tables))
        return fail(sql, schema, arena, status);
    /* an empty file is new, whoever made it */
    if (tables > 0 && application != schema->application)
        return refuse_foreign(schema, arena, status);
    if (version > schema->version)
        return refuse_newer(schema, version, arena, status);
    if (version < schema->version && !migrate(sql, schema, version))
        return fail(sql, schema, arena, status);
    return check_meta(sql, schema, arena, status);
}
