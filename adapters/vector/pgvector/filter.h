/* A filter as a condition over a row `p` of a collection's table, for statements of this shape:
 *
 *     SELECT … FROM schema.table p WHERE <condition> AND …
 *
 * where p.id is an id (sql.h), p.payload a jsonb object, and p."v_…" (quote.h) the vectors'
 * columns. The condition is never NULL, stands in no need of parentheses, and raises no error,
 * whatever the payloads hold. It means exactly what filter/eval.h means with the same indexes, over
 * the payload as the column gives it back: nothing remains for others to evaluate. (jsonb keeps 1e3
 * as 1000, a whole number.)
 *
 * The server takes such conditions for very costly: with its `jit` on, which is the default, it
 * would compile each statement anew, for longer than it runs. Set it off in the transaction. Inside
 * this adapter only. */
#ifndef ADAPTERS_VECTOR_PGVECTOR_FILTER_H
#define ADAPTERS_VECTOR_PGVECTOR_FILTER_H

#include "vecgate/op.h"

#include "adapters/vector/pgvector/sql.h"

/* Writes it where the text of `sql` has got to; a filter that is NULL is `true`. Of the spec, the
 * vectors and the declared fields are looked at. Filter and spec must live as long as the
 * statement. False: INVALID (`Invalid json path: 'x'`) or TOO_LARGE. */
bool vg_pg_write_filter(vg_pg_sql *sql, const vg_filter *filter, const vg_collection_spec *spec,
                        vg_status *status);

#endif
