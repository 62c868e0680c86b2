/* libyaml's events to a tree. A fault ends the reading with one complaint; keys that come twice are
 * all told, because the reading can go on behind them. */
#include "config/yaml.h"

#include <yaml.h>

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; deleted when the next is read */
    bool has_event;
    vg_arena *arena;
    const char *file;
    vg_complaints *complaints;
    bool has_repeats;
    int nodes;
};

static void fault(struct reader *r, size_t line, const char *says)
{
    vg_complain(r->complaints, vg_arena_printf(r->arena, "%s:%zu", r->file, line), "%s", says);
}

/* Bytes that are no YAML text at all have an offset instead of a line. */
static size_t line_of_problem(const struct reader *r, vg_slice text)
{
    size_t line = 1;

    if (r->parser.error != YAML_READER_ERROR)
        return r->parser.problem_mark.line + 1;
    for (size_t i = 0; i < r->parser.problem_offset && i < text.len; i++)
        line += text.at[i] == '\n';
    return line;
}

static bool next(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event) != 0;
    return r->has_event;
}

static size_t line_of_event(const struct reader *r)
{
    return r->event.start_mark.line + 1;
}

/* Refuses what this event may not carry. */
static bool check_event(struct reader *r)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    switch (r->event.type) {
    case YAML_ALIAS_EVENT:
        fault(r, line_of_event(r), "aliases (*name) are not allowed: write the value out");
        return false;
    case YAML_SCALAR_EVENT:
        anchor = r->event.data.scalar.anchor;
        tag = r->event.data.scalar.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = r->event.data.mapping_start.anchor;
        tag = r->event.data.mapping_start.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        anchor = r->event.data.sequence_start.anchor;
        tag = r->event.data.sequence_start.tag;
        break;
    default:
        break;
    }
    if (anchor != NULL)
        fault(r, line_of_event(r), "anchors (&name) are not allowed: write the value out");
    else if (tag != NULL)
        fault(r, line_of_event(r), "tags (!name) are not allowed: the option decides its type");
    return anchor == NULL && tag == NULL;
}

static vg_yaml *node_new(struct reader *r, vg_yaml_kind kind)
{
    vg_yaml *node;

    if (++r->nodes > VG_YAML_NODES) {
        fault(r, line_of_event(r), "too many values: a configuration has at most 20000");
        return NULL;
    }
    node = VG_TAKE(r->arena, vg_yaml);
    if (node == NULL)
        return NULL;
    node->kind = kind;
    node->line = (uint32_t)line_of_event(r);
    return node;
}

static bool says_nothing(const yaml_event_t *event)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    if (event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (vg_slice_is_str(
                vg_slice_of((const char *)event->data.scalar.value, event->data.scalar.length),
                words[i]))
            return true;
    return false;
}

static vg_yaml *read_text(struct reader *r)
{
    vg_yaml *node = node_new(r, VG_YAML_TEXT);

    if (node == NULL)
        return NULL;
    node->text = vg_arena_copy(r->arena, vg_slice_of((const char *)r->event.data.scalar.value,
                                                     r->event.data.scalar.length));
    node->is_null = says_nothing(&r->event);
    return node->text.at != NULL ? node : NULL;
}

static vg_yaml *read_node(struct reader *r, int depth);

static vg_yaml *read_list(struct reader *r, int depth)
{
    vg_yaml *list = node_new(r, VG_YAML_LIST);
    const vg_yaml **end = list != NULL ? &list->first : NULL;

    while (list != NULL && next(r)) {
        vg_yaml *item;

        if (r->event.type == YAML_SEQUENCE_END_EVENT)
            return list;
        item = read_node(r, depth + 1);
        if (item == NULL)
            return NULL;
        *end = item;
        end = &item->next;
    }
    return NULL;
}

static void check_repeated(struct reader *r, const vg_yaml *mapping, const vg_yaml *member)
{
    for (const vg_yaml *m = mapping->first; m != NULL && m != member; m = m->next) {
        if (!vg_slice_is(m->key, member->key))
            continue;
        vg_complain(r->complaints, vg_arena_printf(r->arena, "%s:%u", r->file, member->line),
                    VG_FMT ": is given twice, first in line %u", VG_ARG(member->key), m->line);
        r->has_repeats = true;
        return;
    }
}

/* The event is a key's: reads it and what it stands for. */
static vg_yaml *read_member(struct reader *r, int depth)
{
    vg_yaml *member;
    vg_slice key;
    uint32_t line = (uint32_t)line_of_event(r);

    if (!check_event(r))
        return NULL;
    if (r->event.type != YAML_SCALAR_EVENT) {
        fault(r, line, "a key must be a word");
        return NULL;
    }
    key = vg_arena_copy(r->arena, vg_slice_of((const char *)r->event.data.scalar.value,
                                              r->event.data.scalar.length));
    if (key.at == NULL || !next(r))
        return NULL;
    member = read_node(r, depth + 1);
    if (member != NULL) {
        member->key = key;
        member->line = line;
    }
    return member;
}

static vg_yaml *read_mapping(struct reader *r, int depth)
{
    vg_yaml *mapping = node_new(r, VG_YAML_MAPPING);
    const vg_yaml **end = mapping != NULL ? &mapping->first : NULL;

    while (mapping != NULL && next(r)) {
        vg_yaml *member;

        if (r->event.type == YAML_MAPPING_END_EVENT)
            return mapping;
        member = read_member(r, depth);
        if (member == NULL)
            return NULL;
        *end = member;
        end = &member->next;
        check_repeated(r, mapping, member);
    }
    return NULL;
}

/* The event begins a value: reads it whole. */
static vg_yaml *read_node(struct reader *r, int depth)
{
    if (!check_event(r))
        return NULL;
    if (depth > VG_YAML_DEPTH) {
        fault(r, line_of_event(r), "nested too deep: a configuration has at most 16 levels");
        return NULL;
    }
    if (r->event.type == YAML_SCALAR_EVENT)
        return read_text(r);
    if (r->event.type == YAML_SEQUENCE_START_EVENT)
        return read_list(r, depth);
    return read_mapping(r, depth);
}

static bool skip(struct reader *r, int events)
{
    while (events > 0 && next(r))
        events--;
    return events == 0;
}

/* STREAM-START (DOCUMENT-START node DOCUMENT-END)? STREAM-END */
static const vg_yaml *read_stream(struct reader *r)
{
    const vg_yaml *root;

    if (!skip(r, 2))
        return NULL;
    if (r->event.type == YAML_STREAM_END_EVENT)
        return node_new(r, VG_YAML_MAPPING);
    if (!next(r))
        return NULL;
    root = read_node(r, 0);
    if (root == NULL || !skip(r, 2))
        return NULL;
    if (r->event.type != YAML_STREAM_END_EVENT) {
        fault(r, line_of_event(r), "a second document: a configuration is one");
        return NULL;
    }
    return root;
}

/* libyaml's own words; ours were told already. */
static void tell_problem(struct reader *r, vg_slice text)
{
    if (vg_arena_is_spent(r->arena))
        vg_complain(r->complaints, vg_slice_str(r->file), "too large to be read");
    else if (r->parser.error != YAML_NO_ERROR)
        fault(r, line_of_problem(r, text),
              r->parser.problem != NULL ? r->parser.problem : "is not YAML");
}

const vg_yaml *vg_yaml_read(vg_arena *arena, vg_slice text, const char *file,
                            vg_complaints *complaints)
{
    struct reader r = {.arena = arena, .file = file, .complaints = complaints};
    const vg_yaml *root = NULL;

    if (text.len > VG_YAML_BYTES) {
        vg_complain(complaints, vg_slice_str(file), "is larger than 1 MiB");
        return NULL;
    }
    if (!yaml_parser_initialize(&r.parser)) {
        vg_complain(complaints, vg_slice_str(file), "there is no memory to read it");
        return NULL;
    }
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    /* libyaml wants a place for its input, also when that is empty */
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.at != NULL ? text.at : ""),
                                 text.len);
    root = read_stream(&r);
    if (root == NULL)
        tell_problem(&r, text);
    if (r.has_event)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return r.has_repeats ? NULL : root;
}
