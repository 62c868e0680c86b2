/* Two adapters for tests of the catalog and the plan: a vector backend that holds collections and a
 * metadata store that holds rows, both in memory, and the transport that carries their exchanges.
 * What happens to an exchange can be scripted. The stores outlive the runners: a test ends one
 * world at any exchange and makes another one on what is left. */
#ifndef VG_TESTS_SUPPORT_TOY_ADAPTER_H
#define VG_TESTS_SUPPORT_TOY_ADAPTER_H

#include "vecgate/vector_backend.h"

#include "base/list.h"
#include "base/loop.h"
#include "transport/transport.h"

typedef struct toys toys;

toys *toy_new(void);
void toy_free(toys *toy);

/* The tables, which a test may change before it makes runners. */
vg_adapter *toy_vectors_adapter(toys *toy);
/* The vector backend is a store that no other gateway can have open. */
void toy_make_local(toys *toy);
/* … and the metadata store. */
void toy_make_metadata_local(toys *toy);
/* It has one space of objects for all tenants, and place(): what is not the sole tenant's own gets
 * an object of a derived name, or with vectors of an odd size a part of the one that is shared. */
void toy_make_placed(toys *toy);
/* It has no steps for DROP_TENANT. */
void toy_make_without_drop_tenant(toys *toy);
/* Its indexes are built by BUILD_INDEX, all as one: a build does its part at once, and what is
 * GOING_ON gets on by one with every look, until it is done. */
typedef struct toy_build {
    vg_build_state state;
    uint64_t done, total;
    bool goes_on; /* a build leaves the rest to looks; else it is done with it */
    bool is_told; /* descriptions tell of builds themselves: that all is well */
    unsigned looks, builds;
    char cursor[32]; /* that was told last */
} toy_build;
toy_build *toy_make_builder(toys *toy);
const vg_backend *toy_vectors(toys *toy);
const vg_backend *toy_metadata(toys *toy);
/* One for each runner, which closes it. */
vg_transport *toy_transport_new(toys *toy, vg_loop *loop);

/* ---- what is to happen to exchanges ---- */
typedef enum toy_fate {
    TOY_DO,           /* as usual */
    TOY_REFUSE,       /* nothing is done, the adapter answers `code` */
    TOY_FAULT_BEFORE, /* no connection: nothing is sent */
    TOY_FAULT_AFTER,  /* done, but the connection breaks before the reply */
    TOY_HOLD_BEFORE,  /* sent, and nothing happens until it is released or stopped */
    TOY_HOLD_AFTER,   /* done, and no reply comes until it is released or stopped */
    TOY_WAIT,         /* no exchange: the adapter waits an hour with VG_WAIT */
} toy_fate;

enum { TOY_ANY = VG_OP_KINDS, TOY_FOREVER = 1 << 30 };

typedef struct toy_rule {
    int kind;       /* vg_op_kind, or TOY_ANY */
    unsigned skip;  /* the first that match are left alone */
    unsigned times; /* then so many meet their fate */
    toy_fate fate;
    vg_code code;
} toy_rule;

/* The first rule that takes an exchange decides; each counts for itself. */
void toy_script(toys *toy, toy_rule rule);
void toy_unscript(toys *toy);
/* How many exchanges a rule has decided about since the rules were taken away the last time. */
unsigned toy_met(const toys *toy);
/* Lets all go on that are held; what waits with VG_WAIT is not concerned. */
void toy_release(toys *toy);
unsigned toy_held(const toys *toy);

/* "meta_get create_collection …": what was sent since the last call; valid until the next. */
const char *toy_log(toys *toy);

/* ---- what is in the stores ---- */
unsigned toy_collections(const toys *toy);
unsigned toy_rows(const toys *toy); /* everybody's */
unsigned toy_rows_of(const toys *toy, const char *tenant);
/* Objects that belong to that tenant, parts of a shared one included; "": to nobody by name. */
unsigned toy_objects_of(const toys *toy, const char *tenant);
/* NULL: no such row. Borrowed. Where none is named, the tenant is "default". */
const vg_meta_row *toy_row(const toys *toy, const char *name);
const vg_meta_row *toy_row_of(const toys *toy, const char *tenant, const char *name);
/* How many rows' names begin so; `last`: the last of them. */
unsigned toy_rows_under(const toys *toy, const char *prefix, const vg_meta_row **last);
/* What the backend's object is, as a row's spec says it; NULL: there is none. Borrowed. */
const char *toy_spec(const toys *toy, const char *name);
/* Behind everybody's back. Size 0: it is taken away. */
void toy_set_collection(toys *toy, const char *name, uint32_t size);
/* One more, of any form. */
void toy_set_spec(toys *toy, const char *name, const vg_collection_spec *spec);
void toy_set_row(toys *toy, const vg_meta_row *row);
void toy_remove_row(toys *toy, const char *name);

/* ---- between toy_adapter.c and toy_transport.c ---- */
typedef struct toy_work {
    vg_work work; /* run() does it */
    toys *toy;
    const vg_op *op;
    vg_try *try;
    vg_code refused;
} toy_work;

typedef struct toy_script_state {
    toy_rule rules[8];
    unsigned count;
    vg_list held; /* exchanges */
    unsigned held_count;
    unsigned met; /* fates of rules */
    char log[4096];
    char told[4096];
} toy_script_state;

toy_script_state *toy_scripted(toys *toy);
/* The fate of the next exchange of that kind; counts it. */
toy_rule toy_judge(toys *toy, vg_op_kind kind);

#endif
