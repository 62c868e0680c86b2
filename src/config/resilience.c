/* `vector.<backend>.resilience`: how the troubles of a backend are met. A remote one has all rows.
 * Of our own stores, which live and die with this process and have queues of their own, only what
 * holds back clients: there is nothing to break, to repeat or to ask twice.
 *
 * All of it may change while serving: only the loop reads it, anew for each decision, and what was
 * learned of the backend is kept elsewhere (call/shared.h). */
#include <stddef.h>

#include "config/entries.h"

#define AT(field) offsetof(vg_resilience, field)

#define SECOND ((uint64_t)1000)
#define HOUR   (3600 * SECOND)

/* clang-format off */
#define PLACES_MOST(default) \
    {"in_flight.most", VG_OPT_COUNT, AT(admit.most), .def = default, .max = 1000000, \
     .live = true, .doc = "operations that may be under way at once, of all workers; 0: no bound"}
#define REST_OF_PLACES_AND_QUOTA \
    {"in_flight.waiting", VG_OPT_COUNT, AT(admit.waiting), .def = "1024", .max = 1000000, \
     .live = true, .doc = "operations that may wait for such a place, per worker, tenants in turn; more are refused with 503"}, \
    {"quota.rate", VG_OPT_COUNT, AT(quota.rate), .def = "0", .max = 1000000, \
     .live = true, .doc = "operations a second of all tenants; more are refused with 429; 0: no bound"}, \
    {"quota.burst", VG_OPT_COUNT, AT(quota.burst), .def = "100", .min = 1, .max = 1000000, \
     .live = true, .doc = "of these at once, after a rest"}, \
    {"quota.tenant_rate", VG_OPT_COUNT, AT(quota.tenant_rate), .def = "0", .max = 1000000, \
     .live = true, .doc = "operations a second of each tenant; more are refused with 429; 0: no bound"}, \
    {"quota.tenant_burst", VG_OPT_COUNT, AT(quota.tenant_burst), .def = "100", .min = 1, .max = 1000000, \
     .live = true, .doc = "of these at once, after a rest"}

static const vg_option local[] = {
    PLACES_MOST("0"),
    REST_OF_PLACES_AND_QUOTA,
    {0},
};

static const vg_option remote[] = {
    {"breaker.enabled", VG_OPT_BOOL, AT(breaker.is_on), .def = "true",
     .live = true, .doc = "whether a backend that fails too often is left alone for a time"},
    {"breaker.window", VG_OPT_DURATION, AT(breaker.window_ms), .def = "10s", .min = SECOND, .max = HOUR,
     .live = true, .doc = "over how long its exchanges are counted"},
    {"breaker.least", VG_OPT_COUNT, AT(breaker.least), .def = "20", .min = 1, .max = 100000,
     .live = true, .doc = "exchanges in that time before their failures mean anything"},
    {"breaker.failures", VG_OPT_COUNT, AT(breaker.percent), .def = "50", .min = 1, .max = 100,
     .live = true, .doc = "percent of them that open the breaker"},
    {"breaker.connects", VG_OPT_COUNT, AT(breaker.connects), .def = "5", .min = 1, .max = 100000,
     .live = true, .doc = "failures to connect in a row that open it"},
    {"breaker.slow", VG_OPT_DURATION, AT(breaker.slow_ms), .def = "1s", .max = HOUR,
     .live = true, .doc = "a time-out counts as a failure when the exchange had this long"},
    {"breaker.open", VG_OPT_DURATION, AT(breaker.open_ms), .def = "1s", .min = 10, .max = HOUR,
     .live = true, .doc = "how long it stays open the first time, less a fifth at most by chance; doubled each time that a probe fails"},
    {"breaker.open_most", VG_OPT_DURATION, AT(breaker.open_most_ms), .def = "60s", .min = 10, .max = HOUR,
     .live = true, .doc = "how long it stays open at most"},
    {"breaker.probes", VG_OPT_COUNT, AT(breaker.probes), .def = "3", .min = 1, .max = 100,
     .live = true, .doc = "exchanges, one at a time, that must succeed before it is closed"},
    {"retry.most", VG_OPT_COUNT, AT(retry.most), .def = "2", .max = 10,
     .live = true, .doc = "how often an exchange that failed is sent again, if it may be; 0: never"},
    {"retry.wait", VG_OPT_DURATION, AT(retry.wait_ms), .def = "25ms", .min = 1, .max = 60 * SECOND,
     .live = true, .doc = "up to how long after, by chance; doubled each time"},
    {"retry.throttled_most", VG_OPT_COUNT, AT(retry.throttled_most), .def = "3", .max = 10,
     .live = true, .doc = "how often after the backend answered that there are too many requests; 0: never"},
    {"retry.throttled_wait", VG_OPT_DURATION, AT(retry.throttled_wait_ms), .def = "1s", .min = 1, .max = 60 * SECOND,
     .live = true, .doc = "how long after that, unless the backend says it; doubled each time"},
    {"retry.budget", VG_OPT_COUNT, AT(retry.percent), .def = "20", .max = 100,
     .live = true, .doc = "retries in percent of the exchanges lately, over all operations"},
    {"retry.budget_least", VG_OPT_COUNT, AT(retry.least), .def = "10", .max = 100000,
     .live = true, .doc = "retries that are allowed however few exchanges there were"},
    {"retry.budget_window", VG_OPT_DURATION, AT(retry.window_ms), .def = "10s", .min = SECOND, .max = HOUR,
     .live = true, .doc = "how long is lately"},
    PLACES_MOST("128"),
    REST_OF_PLACES_AND_QUOTA,
    {"quota.slow", VG_OPT_COUNT, AT(quota.slow_percent), .def = "50", .min = 1, .max = 100,
     .live = true, .doc = "percent of `quota.rate` that are left when the backend answers that there are too many requests, once in a second"},
    {"quota.recover", VG_OPT_COUNT, AT(quota.quick_percent), .def = "5", .min = 1, .max = 100,
     .live = true, .doc = "percent of `quota.rate` that come back for each second of success"},
    {"hedge.enabled", VG_OPT_BOOL, AT(hedge.is_on), .def = "false",
     .live = true, .doc = "whether a read that takes longer than 19 in 20 of the last minute is asked a second time, and the first answer counts"},
    {"hedge.most", VG_OPT_COUNT, AT(hedge.percent), .def = "5", .min = 1, .max = 100,
     .live = true, .doc = "percent of the reads that may be asked twice"},
    {0},
};
/* clang-format on */

const vg_option *vg_resilience_options(const vg_adapter *adapter)
{
    return adapter->via == VG_VIA_LOCAL ? local : remote;
}
