/* See pg_named.h. */
#include "transport/pg_named.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/map.h"

struct vg_pg_named {
    vg_map *names; /* by key: the text and the types of its parameters */
    vg_list order; /* used last is first */
    uint32_t most;
    uint32_t count;
    uint64_t user;
    char wanted[VG_PG_NAMED_BYTES]; /* the key that is looked for */
};

static vg_pg_name *name_of(vg_list *link)
{
    return vg_container_of(link, vg_pg_name, place);
}

vg_pg_named *vg_pg_named_new(uint32_t most)
{
    vg_pg_named *named = calloc(1, sizeof *named);

    if (named == NULL)
        return NULL;
    named->names = vg_map_new();
    named->most = most;
    vg_list_init(&named->order);
    if (named->names != NULL)
        return named;
    free(named);
    return NULL;
}

void vg_pg_named_free(vg_pg_named *named)
{
    if (named == NULL)
        return;
    vg_pg_named_drop_all(named);
    vg_map_free(named->names);
    free(named);
}

void vg_pg_named_begin(vg_pg_named *named)
{
    named->user++;
}

void vg_pg_named_drop(vg_pg_named *named, vg_pg_name *name)
{
    vg_map_remove(named->names, name->key);
    vg_list_remove(&name->place);
    named->count--;
    free(name);
}

void vg_pg_named_drop_all(vg_pg_named *named)
{
    vg_list *place;

    while ((place = vg_list_shift(&named->order)) != NULL)
        vg_pg_named_drop(named, name_of(place));
}

uint32_t vg_pg_named_count(const vg_pg_named *named)
{
    return named->count;
}

static size_t key_bytes(const vg_pg_statement *statement)
{
    return statement->sql.len + statement->param_count * sizeof(uint32_t);
}

static vg_slice write_key(char *at, const vg_pg_statement *statement)
{
    memcpy(at, statement->sql.at, statement->sql.len);
    for (uint32_t i = 0; i < statement->param_count; i++)
        memcpy(at + statement->sql.len + i * sizeof(uint32_t), &statement->params[i].type,
               sizeof(uint32_t));
    return vg_slice_of(at, key_bytes(statement));
}

/* With its key behind it. */
static vg_pg_name *make(const vg_pg_statement *statement)
{
    vg_pg_name *name = calloc(1, sizeof *name + key_bytes(statement));

    if (name == NULL)
        return NULL;
    vg_list_init(&name->place);
    name->key = write_key((char *)(name + 1), statement);
    snprintf(name->text, sizeof name->text, "vg_%016" PRIx64, vg_map_hash(name->key));
    return name;
}

static bool make_room(vg_pg_named *named, char out[24])
{
    vg_pg_name *oldest;

    if (named->count < named->most)
        return true;
    oldest = name_of(named->order.prev);
    if (oldest->used_by == named->user)
        return false;
    memcpy(out, oldest->text, sizeof oldest->text);
    vg_pg_named_drop(named, oldest);
    return true;
}

static bool keep(vg_pg_named *named, vg_pg_name *name, char out[24])
{
    if (!make_room(named, out) || !vg_map_put(named->names, name->key, name))
        return false;
    named->count++;
    return true;
}

static vg_pg_name *make_and_keep(vg_pg_named *named, const vg_pg_statement *statement, char out[24])
{
    vg_pg_name *made = make(statement);

    if (made != NULL && keep(named, made, out))
        return made;
    free(made);
    return NULL;
}

vg_pg_name *vg_pg_named_take(vg_pg_named *named, const vg_pg_statement *statement, char out[24])
{
    vg_pg_name *name;

    out[0] = '\0';
    if (key_bytes(statement) > VG_PG_NAMED_BYTES)
        return NULL;
    name = vg_map_get(named->names, write_key(named->wanted, statement));
    if (name == NULL)
        name = make_and_keep(named, statement, out);
    if (name == NULL)
        return NULL;
    vg_list_remove(&name->place);
    vg_list_push_front(&named->order, &name->place);
    name->used_by = named->user;
    return name;
}
