/* A filter as SQL: one condition, never NULL, over a row of points. The tree is written here; how a
 * database says the rest, its dialect does. No byte of a filter gets into the text: values are
 * parameters.
 *
 *     must            a AND b                       must_not     NOT a AND NOT b
 *     should          (a OR b)                      min_should   (a + b + c) >= 2
 *     a field         EXISTS(SELECT 1 FROM <elements of the path> v1 WHERE v1.text = <1>)
 *     nested object   EXISTS(SELECT 1 FROM <values of the path> v1 WHERE v1.is_object AND (…)),
 * with v1.document in the place of the payload
 *
 * Three-valued logic ends inside the EXISTS: what is NULL there is just not found.
 *
 * A source, elements or values, is something that stands in FROM and has the columns
 *
 *     is_null, is_object   truth values              text      a string's
 *     whole                of an i64                 real      any number's
 *     us                   a date-time text's        truth     of true and false
 *     lat, lon             a place's                 count     vg_value_count()
 *                                                    document  the value as JSON
 *
 * each NULL where the value is not of the kind. What they mean is filter/values.h. A source may
 * leave out what the ask does not look at. */
#ifndef FILTER_SQL_H
#define FILTER_SQL_H

#include "filter/ready.h"
#include "filter/values.h"

/* ---- what stands for the parameters ---- */

typedef struct vg_sql_value {
    enum {
        VG_SQL_VALUE_TEXT,
        VG_SQL_VALUE_WHOLE,
        VG_SQL_VALUE_REAL,
        VG_SQL_VALUE_PATH,   /* `ask`: its path */
        VG_SQL_VALUE_TEXTS,  /* `ask`: its set */
        VG_SQL_VALUE_WHOLES, /* `ask`: its set */
        VG_SQL_VALUE_IDS,    /* `ask`: its condition's */
        VG_SQL_VALUE_GEO,    /* `ask`: its condition's, GEO_RADIUS or GEO_POLYGON */
        VG_SQL_VALUE_TOKENS, /* `tokens` */
        VG_SQL_VALUE_OTHER,  /* the dialect's own */
    } kind;
    union {
        vg_slice text;
        int64_t whole;
        double real;
        const vg_ask *ask;
        vg_tokens tokens;
        const void *other;
    } as;
} vg_sql_value;

/* ---- a dialect ---- */

typedef struct vg_sql_writer vg_sql_writer;

/* In a fragment, `%p` stands for the next parameter, `%d` for the document that a path begins in,
 * and `%v` for the name of the row that holds a value. */
typedef struct vg_sql_dialect {
    const char *parameter; /* "?%d", for printf */
    const char *next;      /* what may stand for the one after the last; NULL: nothing else */
    const char *yes, *no;  /* conditions */
    const char *not_open, *not_close;
    const char *sum_open, *sum_close;   /* around a condition that is added up */
    const char *payload;                /* the document of a row */
    const char *in_texts, *in_wholes;   /* what stands behind a value that is one of the set %p */
    const char *out_texts, *out_wholes; /* none of it; the value is not NULL */
    const char *has_part;               /* %v.text holds the text %p */
    const char *is_listed_id;           /* the point's id is one of %p */
    /* What stands in FROM for the values, or the elements, of the ask's path. */
    void (*source)(vg_sql_writer *writer, const vg_ask *ask, vg_reach reach, const void *arg);
    /* vg_tokens_meet(tokens, %v.text). The ask's, or one of them. */
    void (*has_tokens)(vg_sql_writer *writer, const vg_tokens *tokens, const void *arg);
    /* %v.whole or, where there is none, %v.real lies within bounds that are whole. */
    void (*in_wholes_range)(vg_sql_writer *writer, const vg_range *range, const void *arg);
    /* %v.lat, %v.lon lie in the ask's GEO_RADIUS or GEO_POLYGON. */
    void (*in_area)(vg_sql_writer *writer, const vg_ask *ask, const void *arg);
    /* The column that tells of the vector: "p.vector IS NOT NULL"; false: there is no such vector.
     */
    bool (*has_vector)(vg_sql_writer *writer, vg_slice name, const void *arg);
    /* Answers a field's condition, not one in a nested object, by an index of the database's own;
     * false: not, or not all of it: what was written, if anything, holds wherever the condition
     * does and ends in AND; the common way comes behind it. NULL: never. */
    bool (*by_index)(vg_sql_writer *writer, const vg_ask *ask, const void *arg);
} vg_sql_dialect;

/* ---- for dialects ---- */

/* A fragment without values. */
void vg_sql_write(vg_sql_writer *writer, const char *fragment);
/* As it is: `%` means itself. */
void vg_sql_write_plain(vg_sql_writer *writer, vg_slice text);
/* A fragment with one %p. */
void vg_sql_write_with(vg_sql_writer *writer, const char *fragment, vg_sql_value value);
void vg_sql_write_u64(vg_sql_writer *writer, uint64_t number);
/* `name` within the ask's bounds, or not NULL when there are none: real ones, or whole ones. */
void vg_sql_write_bounds(vg_sql_writer *writer, const char *name, const vg_range *range,
                         bool is_whole);
/* `name` one of the ask's set, by kind. */
void vg_sql_write_listed(vg_sql_writer *writer, const char *text, const char *whole,
                         const char *truth, const vg_ask *ask);

/* ---- compiling ---- */

typedef struct vg_sql_condition {
    vg_slice text;
    const vg_sql_value *values; /* in the order of their parameters */
    uint32_t count;
    uint32_t sources; /* how many of them it looks into: conditions that no index answers */
    int open;         /* most symbols that wait for their end, for parsers with a fixed stack */
} vg_sql_condition;

/* Whom it is written for. */
typedef struct vg_sql_target {
    const vg_sql_dialect *dialect;
    const void *arg; /* of the dialect's functions */
    int first;       /* the number of the first parameter */
} vg_sql_target;

/* All in the arena; `ready` must outlive it. False: TOO_LARGE, the arena is spent. */
bool vg_sql_compile(const vg_sql_target *target, const vg_ready *ready, vg_arena *arena,
                    vg_sql_condition *out, vg_status *status);

#endif
