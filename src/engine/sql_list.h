/* The table function vg_list(list) of sql_values.h, and what the table functions share. */
#ifndef ENGINE_SQL_LIST_H
#define ENGINE_SQL_LIST_H

#include <stdbool.h>

struct sqlite3;
struct sqlite3_index_info;

/* The type of the pointer that is bound: to a vg_sql_value of a list's kind. */
extern const char vg_sql_list_type[];
bool vg_sql_list_register(struct sqlite3 *db);

/* For xBestIndex: the hidden columns, `count` from `first` on, must all be given, each by an
 * equation. They become the arguments of xFilter. */
int vg_sql_need_hidden(struct sqlite3_index_info *info, int first, int count);

#endif
