/* See eval.h. A missing field fails every test but is_empty and the negations; a value of a wrong
 * kind is no match and never an error (FACTS 7). */
#include "filter/eval.h"

#include "filter/geo.h"
#include "filter/values.h"

/* What is asked, and of whom. Inside a nested object `payload` is the element. */
typedef struct asking {
    const vg_ask *ask;
    const vg_subject *subject;
    const vg_json *payload;
    bool in_object;
} asking;

static bool meets(const vg_ready *filter, const asking *whom);

/* ---- values ---- */

static bool is_within(const vg_range *range, double value)
{
    return (!range->has_lt || value < range->lt) && (!range->has_gt || value > range->gt) &&
           (!range->has_lte || value <= range->lte) && (!range->has_gte || value >= range->gte);
}

static bool is_whole_within(const vg_range *range, int64_t value)
{
    return (!range->has_lt || value < range->lt_us) && (!range->has_gt || value > range->gt_us) &&
           (!range->has_lte || value <= range->lte_us) &&
           (!range->has_gte || value >= range->gte_us);
}

/* -1, 0 or 1 as the number is below, at or above the bound, exactly. */
static int compare_to_whole(const vg_number *number, int64_t bound)
{
    int64_t whole = number->whole;
    double rest = 0;

    if (!number->is_whole) {
        if (number->real >= 0x1p63 || number->real < -0x1p63)
            return number->real < 0 ? -1 : 1;
        whole = (int64_t)number->real;
        rest = number->real - (double)whole;
    }
    if (whole != bound)
        return whole < bound ? -1 : 1;
    return (rest > 0) - (rest < 0);
}

static bool is_within_wholes(const vg_range *range, const vg_number *number)
{
    return (!range->has_lt || compare_to_whole(number, range->lt_us) < 0) &&
           (!range->has_gt || compare_to_whole(number, range->gt_us) > 0) &&
           (!range->has_lte || compare_to_whole(number, range->lte_us) <= 0) &&
           (!range->has_gte || compare_to_whole(number, range->gte_us) >= 0);
}

static bool equals(const vg_value *value, const vg_match_value *wanted)
{
    vg_number number;

    if (wanted->kind == VG_MATCH_TEXT)
        return value->kind == VG_JSON_STRING && vg_slice_is(value->text, wanted->text);
    if (wanted->kind == VG_MATCH_BOOL)
        return value->kind == (wanted->integer ? VG_JSON_TRUE : VG_JSON_FALSE);
    return vg_value_number(value, &number) && number.is_whole && number.whole == wanted->integer;
}

static bool is_listed(const vg_value *value, const vg_match_set *set)
{
    vg_number number;

    switch (value->kind) {
    case VG_JSON_STRING:
        return vg_match_set_has_text(set, value->text);
    case VG_JSON_NUMBER:
        return vg_value_number(value, &number) && number.is_whole &&
               vg_match_set_has_whole(set, number.whole);
    case VG_JSON_FALSE:
    case VG_JSON_TRUE:
        return set->has_bool[value->kind == VG_JSON_TRUE];
    default:
        return false;
    }
}

static bool is_excepted(const vg_value *value, const vg_ask *ask)
{
    vg_number number;

    if (ask->among == VG_AMONG_TEXTS && value->kind != VG_JSON_STRING)
        return true;
    if (ask->among == VG_AMONG_WHOLES && (!vg_value_number(value, &number) || !number.is_whole))
        return true;
    return value->kind == VG_JSON_NULL || is_listed(value, &ask->set);
}

static bool has_part(vg_slice text, vg_slice part)
{
    return part.len == 0 ||
           (text.len >= part.len && memmem(text.at, text.len, part.at, part.len) != NULL);
}

static bool has_text(const vg_value *value, const vg_ask *ask)
{
    if (value->kind != VG_JSON_STRING)
        return false;
    if (ask->by_tokens)
        return vg_tokens_meet(&ask->tokens, value->text);
    return has_part(value->text, ask->condition->as.text);
}

static bool is_place_within(const vg_value *value, const vg_condition *condition)
{
    vg_geo at;

    return vg_value_geo(value, &at) && vg_geo_meets(at, condition);
}

static bool is_object_within(const vg_value *value, const asking *whom)
{
    asking inner = *whom;

    if (value->kind != VG_JSON_OBJECT)
        return false;
    inner.payload = value->node;
    inner.in_object = true;
    return meets(whom->ask->filter, &inner);
}

static bool is_number_within(const vg_value *value, const vg_ask *ask)
{
    vg_number number;

    if (!vg_value_number(value, &number))
        return false;
    return ask->is_whole ? is_within_wholes(&ask->range, &number)
                         : is_within(&ask->range, number.real);
}

static bool suffices(const vg_value *value, void *arg)
{
    const asking *whom = arg;
    const vg_ask *ask = whom->ask;
    int64_t us;

    switch (ask->condition->test) {
    case VG_TEST_MATCH_VALUE:
        return equals(value, &ask->condition->as.value);
    case VG_TEST_MATCH_ANY:
        return is_listed(value, &ask->set);
    case VG_TEST_MATCH_EXCEPT:
        return !is_excepted(value, ask);
    case VG_TEST_MATCH_TEXT:
    case VG_TEST_MATCH_PHRASE:
        return has_text(value, ask);
    case VG_TEST_RANGE:
        return is_number_within(value, ask);
    case VG_TEST_DATETIME_RANGE:
        return vg_value_datetime(value, &us) && is_whole_within(&ask->range, us);
    case VG_TEST_VALUES_COUNT:
        return is_within(&ask->range, vg_value_count(value));
    case VG_TEST_IS_EMPTY:
        return vg_value_count(value) > 0;
    case VG_TEST_IS_NULL:
        return value->kind == VG_JSON_NULL;
    case VG_TEST_NESTED_OBJECT:
        return is_object_within(value, whom);
    default:
        return is_place_within(value, ask->condition);
    }
}

static bool any(const asking *whom, vg_reach reach)
{
    asking each = *whom;

    return vg_values_each(whom->payload, &whom->ask->path, reach, suffices, &each);
}

/* Every token somewhere in the field, be it in different elements. */
static bool has_all_tokens(const asking *whom)
{
    vg_ask one = *whom->ask;
    asking each = *whom;

    each.ask = &one;
    one.tokens.count = 1;
    for (uint32_t i = 0; i < whom->ask->tokens.count; i++) {
        one.tokens.at = &whom->ask->tokens.at[i];
        if (!any(&each, VG_REACH_ELEMENTS))
            return false;
    }
    return whom->ask->tokens.count > 0;
}

/* ---- points ---- */

static bool has_id(const asking *whom)
{
    const vg_condition *c = whom->ask->condition;

    for (uint32_t i = 0; i < c->as.ids.count && !whom->in_object; i++)
        if (vg_point_id_cmp(&c->as.ids.at[i], &whom->subject->id) == 0)
            return true;
    return false;
}

static bool has_vector(const asking *whom)
{
    for (uint32_t i = 0; i < whom->subject->vector_count && !whom->in_object; i++)
        if (vg_slice_is(whom->subject->vectors[i], whom->ask->condition->as.text))
            return true;
    return false;
}

static bool answer(const asking *whom)
{
    const vg_condition *c = whom->ask->condition;

    switch (c->test) {
    case VG_TEST_NESTED_FILTER:
        return meets(whom->ask->filter, whom);
    case VG_TEST_HAS_ID:
        return has_id(whom);
    case VG_TEST_HAS_VECTOR:
        return has_vector(whom);
    case VG_TEST_IS_EMPTY:
        return any(whom, VG_REACH_VALUES) != c->as.is.wanted;
    case VG_TEST_IS_NULL:
        return any(whom, whom->ask->sees_inside ? VG_REACH_ELEMENTS : VG_REACH_VALUES) ==
               c->as.is.wanted;
    case VG_TEST_VALUES_COUNT:
    case VG_TEST_NESTED_OBJECT:
        return any(whom, VG_REACH_VALUES);
    case VG_TEST_MATCH_TEXT:
        if (whom->ask->by_tokens)
            return has_all_tokens(whom);
        return any(whom, VG_REACH_ELEMENTS);
    default:
        return any(whom, VG_REACH_ELEMENTS);
    }
}

/* How many of them hold, counted up to `enough`. */
static uint32_t count_true(const vg_asks *asks, const asking *whom, uint32_t enough)
{
    asking each = *whom;
    uint32_t count = 0;

    for (uint32_t i = 0; i < asks->count && count < enough; i++) {
        each.ask = &asks->at[i];
        count += answer(&each);
    }
    return count;
}

static bool all_true(const vg_asks *asks, const asking *whom)
{
    asking each = *whom;

    for (uint32_t i = 0; i < asks->count; i++) {
        each.ask = &asks->at[i];
        if (!answer(&each))
            return false;
    }
    return true;
}

static bool meets(const vg_ready *filter, const asking *whom)
{
    if (!all_true(&filter->must, whom) || count_true(&filter->must_not, whom, 1) > 0)
        return false;
    if (filter->should.count > 0 && count_true(&filter->should, whom, 1) == 0)
        return false;
    return filter->min_should.count == 0 ||
           count_true(&filter->min_should, whom, filter->min_count) >= filter->min_count;
}

bool vg_eval(const vg_ready *filter, const vg_subject *subject)
{
    const asking whom = {.subject = subject, .payload = subject->payload};

    return meets(filter, &whom);
}
