/* See toy_change.h. */
#include "tests/support/toy_change.h"

#include <stdio.h>

#include "base/check.h"

/* ---- aliases ---- */

static vg_alias_action read_action(vg_slice word)
{
    size_t equals = vg_slice_find(word, '='), arrow = vg_slice_find(word, '>');

    if (word.at[0] == '!')
        return (vg_alias_action){.kind = VG_ALIAS_DELETE, .name = vg_slice_skip(word, 1)};
    if (arrow < word.len)
        return (vg_alias_action){.kind = VG_ALIAS_RENAME,
                                 .name = vg_slice_of(word.at, arrow),
                                 .to = vg_slice_skip(word, arrow + 1)};
    VG_CHECK(equals < word.len);
    return (vg_alias_action){.kind = VG_ALIAS_CREATE,
                             .name = vg_slice_of(word.at, equals),
                             .collection = vg_slice_skip(word, equals + 1)};
}

static size_t count_words(vg_slice text)
{
    size_t words = 1;

    for (size_t i = 0; i < text.len; i++)
        words += text.at[i] == ' ';
    return words;
}

static bool read_actions(vg_op *op, vg_slice text)
{
    vg_alias_action *at = VG_TAKE_N(op->arena, vg_alias_action, count_words(text));
    uint32_t count = 0;

    if (!at || (text.len > 0 && !text.at))
        return false;
    while (text.len > 0) {
        size_t len = vg_slice_find(text, ' ');

        at[count++] = read_action(vg_slice_of(text.at, len));
        text = len < text.len ? vg_slice_skip(text, len + 1) : (vg_slice){0};
    }
    op->in.aliases.at = at;
    op->in.aliases.count = count;
    return true;
}

static toy_ask *fail(toy_ask *ask)
{
    ask->op.status.code = VG_TOO_LARGE;
    ask->done = 1;
    return ask;
}

toy_ask *toy_begin_aliases(toy_world *world, const char *actions)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_CHANGE_ALIASES, NULL);

    if (!ask)
        return NULL;
    if (read_actions(&ask->op, vg_arena_copy(ask->op.arena, vg_slice_str(actions))) &&
        vg_catalog_change_aliases(world->catalog, &ask->op))
        return ask;
    return fail(ask);
}

vg_code toy_change_aliases(toy_world *world, const char *actions)
{
    toy_ask *ask = toy_begin_aliases(world, actions);

    toy_settle(world);
    return toy_end(ask);
}

const char *toy_aliases(toy_world *world, const char *name)
{
    static char text[4096];
    toy_ask *ask = toy_make_ask(world, VG_OP_LIST_ALIASES, name);
    size_t used = 0;
    bool good;

    toy_start(ask);
    toy_settle(world);
    good = toy_code(ask) == VG_OK;
    text[0] = '\0';
    for (uint32_t i = 0; good && i < ask->op.out.aliases.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s" VG_FMT "=" VG_FMT,
                                 i > 0 ? " " : "", VG_ARG(ask->op.out.aliases.at[i].name),
                                 VG_ARG(ask->op.out.aliases.at[i].collection));
    VG_CHECK(used < sizeof text);
    toy_end(ask);
    return good ? text : NULL;
}

/* ---- settings and fields ---- */

toy_ask *toy_begin_patch(toy_world *world, const char *name, const char *patch)
{
    toy_ask *ask = toy_make_ask(world, VG_OP_UPDATE_COLLECTION, name);

    if (!ask)
        return NULL;
    ask->op.in.change.patch = vg_arena_copy(ask->op.arena, vg_slice_str(patch));
    toy_start(ask);
    return ask;
}

toy_ask *toy_begin_index(toy_world *world, const char *name, const char *key, vg_index_kind kind)
{
    bool drops = kind == VG_INDEX_NONE;
    toy_ask *ask = toy_make_ask(world, drops ? VG_OP_DROP_INDEX : VG_OP_CREATE_INDEX, name);

    if (!ask)
        return NULL;
    ask->op.in.index.index.key = vg_arena_copy(ask->op.arena, vg_slice_str(key));
    ask->op.in.index.index.kind = kind;
    ask->op.in.index.wait = true;
    toy_start(ask);
    return ask;
}

vg_code toy_patch(toy_world *world, const char *name, const char *patch)
{
    toy_ask *ask = toy_begin_patch(world, name, patch);

    toy_settle(world);
    return toy_end(ask);
}

vg_code toy_index(toy_world *world, const char *name, const char *key, vg_index_kind kind)
{
    toy_ask *ask = toy_begin_index(world, name, key, kind);

    toy_settle(world);
    return toy_end(ask);
}

const char *toy_spec_found(toy_world *world, const char *name)
{
    static char text[4096];
    toy_ask *ask = toy_begin_find(world, name);
    const vg_collection_spec *spec;
    size_t used;

    toy_settle(world);
    if (toy_code(ask) != VG_OK)
        return vg_code_describe(toy_end(ask))->metric;
    spec = &ask->op.collection->spec;
    used = (size_t)snprintf(text, sizeof text, VG_FMT "|", VG_ARG(spec->settings));
    for (uint32_t i = 0; i < spec->indexes.count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s" VG_FMT ":%s",
                                 i > 0 ? "," : "", VG_ARG(spec->indexes.at[i].key),
                                 vg_index_kind_word(spec->indexes.at[i].kind));
    VG_CHECK(used < sizeof text);
    toy_end(ask);
    return text;
}
