/* See values.h. Recursion is as deep as the path has steps, and as the document has levels. */
#include "filter/values.h"

#include <math.h>

#include "base/datetime.h"
#include "base/number.h"

typedef struct walk {
    const vg_path *path;
    vg_reach reach;
    vg_value_fn *see;
    void *arg;
} walk;

static bool follow(const walk *w, const vg_json *node, uint32_t step);

static bool show(const walk *w, const vg_json *node)
{
    vg_value value = {
        .kind = node->kind == VG_JSON_VECTOR ? VG_JSON_ARRAY : node->kind,
        .raw = node->raw,
        .text = node->text,
        .node = node,
    };

    return w->see(&value, w->arg);
}

/* A number of a VECTOR node. What is asked of it by further steps leads nowhere: it is a leaf. */
static bool show_number(const walk *w, vg_slice text, uint32_t step)
{
    vg_value value = {.kind = VG_JSON_NUMBER, .raw = text};

    return step == w->path->count && w->see(&value, w->arg);
}

static vg_slice next_number(vg_slice *left)
{
    vg_slice number;
    size_t len = 0;

    while (left->len > 0 && (left->at[0] == '[' || left->at[0] == ',' || left->at[0] == ' ' ||
                             left->at[0] == '\t' || left->at[0] == '\n' || left->at[0] == '\r'))
        *left = vg_slice_skip(*left, 1);
    while (len < left->len && !strchr(", \t\n\r]", left->at[len]))
        len++;
    number = vg_slice_of(left->at, len);
    *left = vg_slice_skip(*left, len);
    return number;
}

static bool follow_numbers(const walk *w, const vg_json *vector, uint32_t step)
{
    vg_slice left = vector->raw;

    for (uint32_t i = 0; i < vector->count; i++)
        if (show_number(w, next_number(&left), step))
            return true;
    return false;
}

static bool follow_all(const walk *w, const vg_json *array, uint32_t step)
{
    if (array->kind == VG_JSON_VECTOR)
        return follow_numbers(w, array, step);
    for (const vg_json *child = array->first; child; child = child->next)
        if (follow(w, child, step))
            return true;
    return false;
}

static bool follow_index(const walk *w, const vg_json *array, uint64_t index, uint32_t step)
{
    const vg_json *child = array->first;

    if (index >= array->count)
        return false;
    if (array->kind == VG_JSON_VECTOR)
        return show_number(w, vg_json_number_at(array, (size_t)index), step);
    while (index-- > 0)
        child = child->next;
    return follow(w, child, step);
}

/* The path has led here. */
static bool arrive(const walk *w, const vg_json *node)
{
    const walk elements = {w->path, VG_REACH_VALUES, w->see, w->arg};

    if (w->reach == VG_REACH_ELEMENTS && vg_json_is_array(node))
        return follow_all(&elements, node, w->path->count);
    return show(w, node);
}

static bool follow(const walk *w, const vg_json *node, uint32_t step)
{
    const vg_path_step *to = &w->path->steps[step];

    if (step == w->path->count)
        return arrive(w, node);
    if (to->kind == VG_PATH_KEY) {
        const vg_json *child = vg_json_get(node, to->key);

        return child && follow(w, child, step + 1);
    }
    if (!vg_json_is_array(node))
        return false;
    if (to->kind == VG_PATH_ALL)
        return follow_all(w, node, step + 1);
    return follow_index(w, node, to->index, step + 1);
}

bool vg_values_each(const vg_json *document, const vg_path *path, vg_reach reach, vg_value_fn *see,
                    void *arg)
{
    const walk w = {path, reach, see, arg};

    return document && follow(&w, document, 0);
}

bool vg_value_number(const vg_value *value, vg_number *out)
{
    if (value->kind != VG_JSON_NUMBER)
        return false;
    out->is_whole = vg_number_i64(value->raw, &out->whole);
    out->real = out->is_whole ? (double)out->whole : vg_number_f64(value->raw);
    return true;
}

uint32_t vg_value_count(const vg_value *value)
{
    if (value->kind == VG_JSON_NULL)
        return 0;
    return value->kind == VG_JSON_ARRAY ? value->node->count : 1;
}

static bool read_degrees(const vg_json *object, vg_slice key, double most, double *out)
{
    const vg_json *node = vg_json_get(object, key);

    if (!node || node->kind != VG_JSON_NUMBER)
        return false;
    *out = vg_number_f64(node->raw);
    if (fabs(*out) < VG_GEO_NOTHING)
        *out = 0;
    return *out >= -most && *out <= most;
}

bool vg_value_geo(const vg_value *value, vg_geo *out)
{
    return value->kind == VG_JSON_OBJECT &&
           read_degrees(value->node, VG_LIT("lon"), 180, &out->lon) &&
           read_degrees(value->node, VG_LIT("lat"), 90, &out->lat);
}

bool vg_value_datetime(const vg_value *value, int64_t *us)
{
    return value->kind == VG_JSON_STRING && vg_datetime_read(value->text, us);
}
