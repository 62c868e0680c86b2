/* What conditions on payloads call inside SQLite (filter/sql.h):
 *
 *     vg_values(payload, path)     what a path leads to, a row each, with the columns of a source
 *     vg_elements(payload, path)   the same, arrays at the end by their elements
 *     vg_list(list)                column `value`: the texts, whole numbers or ids of a list
 *     vg_has_tokens(text, tokens)  0 or 1
 *     vg_is_in(lat, lon, place)    0 or 1: GEO_BOX, GEO_RADIUS, GEO_POLYGON
 *
 * Paths, lists, tokens and places come as pointers that were bound: no text is read for a row but
 * the payload, and that once, whatever the number of conditions. */
#ifndef ENGINE_SQL_VALUES_H
#define ENGINE_SQL_VALUES_H

#include "filter/sql.h"

struct sqlite3;
struct sqlite3_stmt;

/* Makes them known to a connection. False: no memory. */
bool vg_sql_values_register(struct sqlite3 *db);
/* Binds what stands for a parameter; it must live as long as the statement. */
void vg_sql_values_bind(struct sqlite3_stmt *stmt, int place, const vg_sql_value *value);

/* Of SQLite's dialect: what calls them. */
void vg_sql_values_source(vg_sql_writer *writer, const vg_ask *ask, vg_reach reach,
                          const void *arg);
void vg_sql_values_tokens(vg_sql_writer *writer, const vg_tokens *tokens, const void *arg);
void vg_sql_values_range(vg_sql_writer *writer, const vg_range *range, const void *arg);
void vg_sql_values_area(vg_sql_writer *writer, const vg_ask *ask, const void *arg);

#endif
