/* What the toys' stores are made of: between toy_adapter.c, toy_vectors.c and toy_metadata.c. */
#ifndef VG_TESTS_SUPPORT_TOY_STORES_H
#define VG_TESTS_SUPPORT_TOY_STORES_H

#include "tests/support/toy_points.h"

/* Without place() each tenant has objects of its own. With it `tenant` is empty, but for the part
 * of a shared object that is one collection: that has tenant and name of the collection. */
struct collection {
    char *tenant;
    char *name;
    char *spec; /* as a row holds it */
    uint64_t writes;
    toy_point *points; /* by id */
    unsigned point_count;
};

struct row {
    vg_meta_row row; /* its slices are in `text` */
    char *text;
};

struct toys {
    vg_adapter vectors_adapter, metadata_adapter;
    vg_backend vectors, metadata;
    struct collection *collections;
    unsigned collection_count;
    struct row *rows; /* by tenant and name */
    unsigned row_count;
    toy_script_state script;
    char **texts; /* of points that were written */
    unsigned text_count;
    toy_build build;
};

/* What an operation does, into the try, as an adapter would; NULL: nothing. */
typedef void toy_deed(toy_work *w);
extern toy_deed *const toy_vector_deeds[VG_OP_KINDS];
extern toy_deed *const toy_metadata_deeds[VG_OP_KINDS];

/* toy_vectors.c's place(). */
bool toy_place(const vg_backend *self, const vg_tenant *who, vg_slice name,
               const vg_collection_spec *spec, vg_arena *arena, vg_placement *out,
               vg_status *status);

/* toy_points.c, toy_writes.c: reads and changes of a collection that is there. */
void toy_read_points(toy_work *w, const struct collection *collection);
void toy_write_points(toy_work *w, struct collection *collection);
void toy_free_texts(toys *toy);
/* Ends the test if a call is more than the table says that it may be. */
void toy_check_limits(const toy_work *work);

/* The default tenant's. */
struct collection *toy_find_collection(const toys *toy, vg_slice name);
/* That tenant's part of a shared object. */
struct collection *toy_find_part(const toys *toy, vg_slice tenant, vg_slice name);
/* One point of a collection; lost is one that is there. */
void toy_keep_point(struct collection *collection, toy_point point);
void toy_lose_point(struct collection *collection, uint64_t id);
/* What an op means by its physical name, which may be of a shared object. */
struct collection *toy_meant(const toy_work *w, vg_slice physical, bool raw_ids);
void toy_fail(toy_work *w, vg_code code, const char *what, const char *where);
void toy_free_collections(toys *toy);
void toy_free_rows(toys *toy);

#endif
