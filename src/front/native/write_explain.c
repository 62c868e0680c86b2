/* How a search was done, for whoever asks: what the backend did of it and what the gateway, how the
 * backend says that it did so, each exchange, and where the time went until the answer was written.
 * Pure: any thread. */
#include "front/native/native.h"
#include "plan/share.h"

static void put(vg_json_out *out, const char *key)
{
    vg_json_put_key(out, vg_slice_str(key));
}

static void put_count(vg_json_out *out, const char *key, uint64_t count)
{
    put(out, key);
    vg_json_put_u64(out, count);
}

static void put_word(vg_json_out *out, const char *key, const char *word)
{
    put(out, key);
    if (word)
        vg_json_put_text(out, vg_slice_str(word));
    else
        vg_json_put_null(out);
}

static void put_ms(vg_json_out *out, const char *key, uint64_t ns)
{
    uint64_t us = ns / 1000;

    put(out, key);
    vg_json_put_f64(out, (double)us / 1000.0);
}

/* ---- one search ---- */

static void put_method(vg_json_out *json, const vg_explain *explain)
{
    put_word(json, "method", explain ? explain->method : NULL);
    if (!explain || !explain->method)
        return;
    put(json, "estimate");
    if (explain->has_estimate)
        vg_json_put_u64(json, explain->estimate);
    else
        vg_json_put_null(json);
    put_count(json, "points", explain->points);
    put_count(json, "compared", explain->compared);
    put_count(json, "unindexed", explain->unindexed);
    put_count(json, "ef", explain->ef);
    put_word(json, "quantization", explain->codes);
    put(json, "rescored");
    vg_json_put_bool(json, explain->is_rescored);
}

static void put_parts(vg_json_out *json, const char *key, uint32_t parts)
{
    put(json, key);
    vg_json_open_array(json);
    for (int i = 0; i < VG_PARTS; i++)
        if (parts >> i & 1)
            vg_json_put_text(json, vg_slice_str(vg_query_part_word((vg_query_part)i)));
    vg_json_close_array(json);
}

static vg_share share_of(const vg_op *op, uint32_t i)
{
    vg_query search;

    if (op->kind == VG_OP_QUERY)
        return vg_share_of(&op->in.query.at[i], op->out.searches.is_made);
    search = (vg_query){.kind = VG_QUERY_SEARCH, .search = op->in.search.queries[i]};
    return vg_share_of(&search, false);
}

/* ---- the request ---- */

static void put_exchange(vg_json_out *json, const vg_timed *timed)
{
    vg_json_open_object(json);
    put_word(json, "name", timed->name);
    put_count(json, "try", (uint64_t)timed->attempt);
    put(json, "hedge");
    vg_json_put_bool(json, timed->is_hedge);
    put_ms(json, "began_ms", timed->began_ns);
    put_ms(json, "ms", timed->took_ns);
    put_ms(json, "connect_ms", timed->connect_ns);
    put_word(json, "outcome", timed->code);
    put_word(json, "fault", timed->fault);
    if (timed->has_bytes) {
        put_count(json, "request_bytes", timed->sent_bytes);
        put_count(json, "reply_bytes", timed->reply_bytes);
    }
    vg_json_close_object(json);
}

static void put_exchanges(vg_json_out *json, const vg_timing *timing)
{
    uint32_t told = timing->exchanges < timing->room ? timing->exchanges : timing->room;

    put(json, "exchanges");
    vg_json_open_array(json);
    for (uint32_t i = 0; i < told; i++)
        put_exchange(json, &timing->list[i]);
    vg_json_close_array(json);
    put_count(json, "exchanges_untold", timing->exchanges - told);
}

static void put_phases(vg_json_out *json, const vg_timing *timing)
{
    put(json, "phases_ms");
    vg_json_open_object(json);
    for (int i = 0; i < VG_TIME_WRITE; i++)
        put_ms(json, vg_time_word((vg_time)i), timing->spent_ns[i]);
    vg_json_close_object(json);
}

static void put_request(vg_json_out *json, const vg_timing *timing)
{
    if (!timing)
        return;
    put_exchanges(json, timing);
    put_phases(json, timing);
}

/* It counts all points, also those that a credential's claims hide: then it is not told. */
static const vg_explain *explain_of(const vg_op *op, uint32_t i)
{
    const vg_explain *explains = op->out.searches.explains;
    bool hides = op->claims && op->claims->only;

    return explains && !hides ? &explains[i] : NULL;
}

void vg_native_write_explain(vg_json_out *json, const vg_op *op, uint32_t i, bool is_alone)
{
    vg_share share = share_of(op, i);

    put(json, "explain");
    vg_json_open_object(json);
    put_method(json, explain_of(op, i));
    put_parts(json, "pushed_down", share.pushed_down);
    put_parts(json, "remainder", share.remainder);
    if (is_alone)
        put_request(json, op->timing);
    vg_json_close_object(json);
}

void vg_native_write_explain_all(vg_json_out *json, const vg_op *op)
{
    put(json, "explain");
    vg_json_open_object(json);
    put_request(json, op->timing);
    vg_json_close_object(json);
}
