/* See build_log.h. */
#include "engine/build_log.h"

#include "base/clock.h"
#include "base/log.h"

#define SECOND UINT64_C(1000000000)

enum { LOG_SLOTS = 10000 /* fewer are not worth a line */ };
static const uint64_t log_every_ns = 10 * SECOND;

static void log_line(vg_table *table, uint32_t place, const char *phrase, const vg_hnsw *graph,
                     uint32_t used)
{
    uint64_t took_ns = vg_clock_now_ns() - table->builds[place].began_ns;

    vg_log(VG_INFO, phrase, VG_S("collection", table->name),
           VG_S("vector", table->vectors[place].name), VG_N("indexed", vg_hnsw_next(graph)),
           VG_N("of", used), VG_F("seconds", (double)took_ns / (double)SECOND));
}

void vg_build_log_progress(vg_table *table, uint32_t place, const vg_hnsw *graph, uint32_t used)
{
    uint64_t now_ns = vg_clock_now_ns();
    vg_build *build = &table->builds[place];

    if (build->began_ns == 0 && used - vg_hnsw_next(graph) < LOG_SLOTS)
        return;
    if (build->began_ns == 0) {
        build->began_ns = build->told_ns = now_ns;
        log_line(table, place, "an index is being built", graph, used);
    } else if (now_ns - build->told_ns >= log_every_ns) {
        build->told_ns = now_ns;
        log_line(table, place, "an index is still being built", graph, used);
    }
}

void vg_build_log_end(vg_table *table, uint32_t place, const vg_hnsw *graph)
{
    vg_build *build = &table->builds[place];

    if (build->began_ns > 0)
        log_line(table, place, "an index is built", graph, vg_hnsw_next(graph));
    build->began_ns = 0;
    build->is_refused = false;
}
