/* `quota.tenants`, from YAML (or JSON, which YAML contains) to a list and back. A field is what the
 * option of that name is for each tenant. Inside src/config.
 *
 *     - tenant: acme
 *       rate: 1000
 *       body: 64MiB                                                                            */
#ifndef CONFIG_READ_BOUNDS_H
#define CONFIG_READ_BOUNDS_H

#include "config/bounds.h"
#include "config/option.h"
#include "config/read_list.h"

/* Rows in the complaints' arena. What is wrong is told, and left out. */
vg_tenant_bounds_list vg_bounds_read(const vg_yaml *list, const vg_list_source *source,
                                     vg_complaints *complaints);
/* The same of a text. */
vg_tenant_bounds_list vg_bounds_read_text(vg_slice text, const vg_list_source *source,
                                          vg_complaints *complaints);
/* JSON that reads as the same list; empty for an empty one. */
vg_slice vg_tenant_bounds_write(const vg_tenant_bounds_list *list, vg_arena *arena);
bool vg_tenant_bounds_is_same(const vg_tenant_bounds_list *a, const vg_tenant_bounds_list *b);
/* Over a list that was copied before, or read. False: no memory, and nothing has changed. */
bool vg_tenant_bounds_copy(const vg_tenant_bounds_list *from, vg_tenant_bounds_list *to,
                           vg_arena *arena);

/* The fields beside `tenant`, in the order of the options; NULL: before the first, after the last.
 */
const vg_option *vg_bounds_next(const vg_option *field);
const char *vg_bounds_name(const vg_option *field); /* "rate" */
uint64_t *vg_bounds_at(const vg_option *field, vg_tenant_limits *limits);

#endif
