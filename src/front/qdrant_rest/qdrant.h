/* Qdrant's REST API: the functions that its table of routes is made of. Readers fill op->in,
 * writers make the answer; all are pure and run on any thread. */
#ifndef FRONT_QDRANT_REST_QDRANT_H
#define FRONT_QDRANT_REST_QDRANT_H

#include "vecgate/json.h"

#include "front/front.h"

/* read_collection.c */
vg_front_read_fn vg_read_collection_list, vg_read_collection_name, vg_read_collection_create,
    vg_read_collection_change, vg_read_collection_drop;
/* read_field.c */
vg_front_read_fn vg_read_field_create, vg_read_field_drop;
/* read_alias.c */
vg_front_read_fn vg_read_alias_changes;
/* read_points.c */
vg_front_read_fn vg_read_points_one, vg_read_points_many, vg_read_points_scroll,
    vg_read_points_count, vg_read_points_facet;
/* read_update.c: of kinds UPSERT to DELETE_VECTORS, and BATCH */
vg_front_read_fn vg_read_update_one, vg_read_update_batch;
/* read_query.c */
vg_front_read_fn vg_read_query_one, vg_read_query_batch;
/* read_older.c */
vg_front_read_fn vg_read_older_one_search, vg_read_older_searches, vg_read_older_one_recommend,
    vg_read_older_recommends, vg_read_older_one_discover, vg_read_older_discovers;
/* read_groups.c */
vg_front_read_fn vg_read_groups_query, vg_read_groups_search, vg_read_groups_recommend,
    vg_read_groups_matrix;

/* write_points.c */
vg_front_write_fn vg_write_points_one, vg_write_points_many, vg_write_points_page,
    vg_write_points_count, vg_write_points_facet;
void vg_write_points_put_record(vg_json_out *json, const vg_point *point);
/* With `version` and `score`: both 0 of what was found without a score. */
void vg_write_points_put_hit(vg_json_out *json, const vg_point *point);
void vg_write_points_put_value(vg_json_out *json, const vg_match_value *value);
/* write_query.c: `hits` are a list, `query` is {"points": a list}; those of many are a list of
 * such */
vg_front_write_fn vg_write_query_one, vg_write_query_many, vg_write_query_hits,
    vg_write_query_many_hits, vg_write_query_groups, vg_write_query_pairs, vg_write_query_offsets;
/* write_update.c */
vg_front_write_fn vg_write_update_one, vg_write_update_batch, vg_write_update_field;
/* write_collection.c */
vg_front_write_fn vg_write_collection_names, vg_write_collection_info, vg_write_collection_done,
    vg_write_collection_dropped, vg_write_collection_exists, vg_write_collection_aliases;
vg_front_tell_fn vg_write_collection_version; /* GET / */
/* error.c */
void vg_error_write(vg_arena *arena, const vg_status *status, vg_front_out *out);

/* ---- the envelope, error.c: {"result": …, "status": "ok", "time": …} ---- */
/* Begins it; what is put next is the result. */
void vg_envelope_open(vg_json_out *json, vg_front_out *out);
void vg_envelope_close(vg_json_out *json, const vg_front_out *out);

#endif
