/* The exposition: text that a scraper accepts, and the invariants that it would not notice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "observe/table.h"

enum { MAX_LINES = 4000 };

struct page {
    vg_metrics *metrics;
    vg_buf text;
    char *lines[MAX_LINES]; /* NUL-terminated, in text */
    int count;
};

static void split(struct page *page)
{
    char *at = page->text.at, *end = at + page->text.len;

    assert_true(page->text.len > 0 && end[-1] == '\n');
    for (page->count = 0; at < end; page->count++) {
        char *newline = memchr(at, '\n', (size_t)(end - at));

        assert_true(page->count < MAX_LINES);
        page->lines[page->count] = at;
        *newline = '\0';
        at = newline + 1;
    }
}

static void page_write(struct page *page)
{
    vg_buf_init(&page->text, 0);
    vg_metrics_write(page->metrics, &page->text);
    assert_false(vg_buf_is_spent(&page->text));
    split(page);
}

static void page_init(struct page *page)
{
    page->metrics = vg_metrics_new(2);
    vg_buf_init(&page->text, 0);
}

static void page_fini(struct page *page)
{
    vg_buf_fini(&page->text);
    vg_metrics_free(page->metrics);
}

/* What stands behind `name` on its line; NULL when there is no such line. */
static const char *value_of(const struct page *page, const char *name)
{
    size_t len = strlen(name);

    for (int i = 0; i < page->count; i++)
        if (strncmp(page->lines[i], name, len) == 0 && page->lines[i][len] == ' ')
            return page->lines[i] + len + 1;
    return NULL;
}

static void assert_value(const struct page *page, const char *name, const char *wanted)
{
    const char *value = value_of(page, name);

    if (value == NULL)
        fail_msg("%s is not there", name);
    else
        assert_string_equal(value, wanted);
}

static void a_counter_shows_its_labels(void **state)
{
    struct page page;
    uint8_t backend;

    (void)state;
    page_init(&page);
    backend = vg_metrics_backend(page.metrics, VG_LIT("embedded"));
    vg_metrics_add(page.metrics, VG_M_operations_total,
                   (vg_cell){.backend = backend, .operation = VG_OP_SEARCH, .code = VG_DEADLINE},
                   7);
    page_write(&page);
    assert_value(
        &page,
        "vecgate_operations_total{backend=\"embedded\",operation=\"search\",code=\"deadline\"}",
        "7");
    page_fini(&page);
}

static void label_values_are_escaped(void **state)
{
    struct page page;
    uint8_t backend;

    (void)state;
    page_init(&page);
    backend = vg_metrics_backend(page.metrics, VG_LIT("a\\b\"c\nd"));
    vg_metrics_set(page.metrics, VG_M_calls_waiting, (vg_cell){.backend = backend}, -2);
    page_write(&page);
    assert_value(&page, "vecgate_calls_waiting{backend=\"a\\\\b\\\"c\\nd\"}", "-2");
    page_fini(&page);
}

static void buckets_are_cumulative(void **state)
{
    struct page page;

    (void)state;
    page_init(&page);
    vg_metrics_observe(page.metrics, VG_M_request_duration_seconds, (vg_cell){.api = VG_API_QDRANT},
                       50000);
    vg_metrics_set_worker(page.metrics, 1);
    vg_metrics_observe(page.metrics, VG_M_request_duration_seconds, (vg_cell){.api = VG_API_QDRANT},
                       2000000);
    vg_metrics_observe(page.metrics, VG_M_request_duration_seconds, (vg_cell){.api = VG_API_QDRANT},
                       11500000000);
    page_write(&page);
#define FAMILY "vecgate_request_duration_seconds"
    assert_value(&page, FAMILY "_bucket{api=\"qdrant\",le=\"0.0001\"}", "1");
    assert_value(&page, FAMILY "_bucket{api=\"qdrant\",le=\"0.001\"}", "1");
    assert_value(&page, FAMILY "_bucket{api=\"qdrant\",le=\"0.0025\"}", "2");
    assert_value(&page, FAMILY "_bucket{api=\"qdrant\",le=\"10\"}", "2");
    assert_value(&page, FAMILY "_bucket{api=\"qdrant\",le=\"+Inf\"}", "3");
    assert_value(&page, FAMILY "_count{api=\"qdrant\"}", "3");
    assert_value(&page, FAMILY "_sum{api=\"qdrant\"}", "11.50205");
    assert_value(&page, FAMILY "_count{api=\"native\"}", "0");
#undef FAMILY
    page_fini(&page);
}

static void a_peak_is_shown_in_seconds(void **state)
{
    struct page page;

    (void)state;
    page_init(&page);
    vg_metrics_max(page.metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, 1250);
    vg_metrics_max(page.metrics, VG_M_loop_turn_max_seconds, (vg_cell){0}, 1249);
    page_write(&page);
    assert_value(&page, "vecgate_loop_turn_max_seconds", "0.00000125");
    page_fini(&page);
}

static void a_route_is_shown_as_method_and_path(void **state)
{
    struct page page;

    (void)state;
    page_init(&page);
    vg_metrics_name_route(page.metrics, 7, "PUT", "/a/{b}");
    vg_metrics_add(page.metrics, VG_M_http_requests_total,
                   (vg_cell){.route = 7, .status = vg_metric_status(404)}, 3);
    vg_metrics_add(page.metrics, VG_M_http_requests_total, (vg_cell){.status = vg_metric_status(0)},
                   1);
    vg_metrics_add(page.metrics, VG_M_http_requests_total,
                   (vg_cell){.route = 8, .status = vg_metric_status(299)}, 2);
    page_write(&page);
#define FAMILY "vecgate_http_requests_total"
    assert_value(&page, FAMILY "{method=\"PUT\",route=\"/a/{b}\",status=\"404\"}", "3");
    assert_value(&page, FAMILY "{method=\"none\",route=\"none\",status=\"none\"}", "1");
    assert_value(&page, FAMILY "{method=\"none\",route=\"none\",status=\"other\"}", "2");
#undef FAMILY
    page_fini(&page);
}

/* A status that is none of those told apart would hide among others. */
static void every_status_of_the_code_table_is_told_apart(void **state)
{
    (void)state;
    for (int code = 0; code < VG_CODES; code++) {
        const vg_code_row *row = vg_code_describe((vg_code)code);

        assert_string_not_equal(vg_status_word(vg_metric_status(row->native_http)), "other");
        assert_string_not_equal(vg_status_word(vg_metric_status(row->qdrant_http)), "other");
    }
}

static void only_touched_cells_of_a_backend_are_shown(void **state)
{
    struct page page;

    (void)state;
    page_init(&page);
    vg_metrics_backend(page.metrics, VG_LIT("one"));
    vg_metrics_backend(page.metrics, VG_LIT("two"));
    vg_metrics_move(page.metrics, VG_M_exchanges_in_flight, (vg_cell){.backend = 2}, 1);
    vg_metrics_move(page.metrics, VG_M_exchanges_in_flight, (vg_cell){.backend = 2}, -1);
    page_write(&page);
    assert_null(value_of(&page, "vecgate_exchanges_in_flight{backend=\"one\"}"));
    assert_value(&page, "vecgate_exchanges_in_flight{backend=\"two\"}", "0");
    assert_value(&page, "vecgate_pool_waiting{pool=\"search\"}", "0");
    assert_value(&page, "vecgate_ready", "0");
    page_fini(&page);
}

static void memory_of_requests_is_told_without_being_counted(void **state)
{
    struct page page;
    uint64_t shown;

    (void)state;
    page_init(&page);
    assert_true(vg_arena_total_take(12345678));
    page_write(&page);
    shown = strtoull(value_of(&page, "vecgate_arena_bytes"), NULL, 10);
    vg_arena_total_give(12345678);
    assert_true(shown >= 12345678);
    page_fini(&page);
}

static void the_process_tells_about_itself(void **state)
{
    struct page page;

    (void)state;
    page_init(&page);
    page_write(&page);
    assert_true(strtod(value_of(&page, "process_resident_memory_bytes"), NULL) > 100000);
    assert_true(strtod(value_of(&page, "process_open_fds"), NULL) >= 3);
    assert_true(strtod(value_of(&page, "process_max_fds"), NULL) >= 20);
    assert_true(strtod(value_of(&page, "process_virtual_memory_bytes"), NULL) >
                strtod(value_of(&page, "process_resident_memory_bytes"), NULL));
    assert_true(strtod(value_of(&page, "process_cpu_seconds_total"), NULL) >= 0);
    assert_true(strtod(value_of(&page, "process_start_time_seconds"), NULL) > 1.6e9);
    assert_value(&page, "vecgate_build_info{version=\"" VG_VERSION "\"}", "1");
    page_fini(&page);
}

/* A group of which this process is the parent and one worker. */
static void a_group_tells_sums(void **state)
{
    double alone, both;
    struct page page;

    (void)state;
    page_init(&page);
    page_write(&page);
    alone = strtod(value_of(&page, "process_resident_memory_bytes"), NULL);
    page_fini(&page);
    page_init(&page);
    vg_metrics_set_process(page.metrics, 2, (int)getpid());
    vg_metrics_set_process(page.metrics, 0, (int)getpid());
    page_write(&page);
    both = strtod(value_of(&page, "process_resident_memory_bytes"), NULL);
    assert_true(both > 1.5 * alone && both < 3 * alone);
    assert_true(strtod(value_of(&page, "process_open_fds"), NULL) >= 3);
    assert_true(strtod(value_of(&page, "process_cpu_seconds_total"), NULL) >= 0);
    assert_true(strtod(value_of(&page, "process_start_time_seconds"), NULL) > 1.6e9);
    page_fini(&page);
}

static double group_cpu(void)
{
    struct page page;
    double seconds;

    page_init(&page);
    vg_metrics_set_process(page.metrics, 2, (int)getpid());
    page_write(&page);
    seconds = strtod(value_of(&page, "process_cpu_seconds_total"), NULL);
    page_fini(&page);
    return seconds;
}

/* A counter never goes down: what a worker had spent stays when it is gone. */
static void what_the_dead_spent_stays(void **state)
{
    double before = group_cpu();
    pid_t pid = fork();
    int status;

    (void)state;
    if (pid == 0) {
        while (clock() < CLOCKS_PER_SEC / 10)
            continue;
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(group_cpu() >= before + 0.05);
}

/* The family that a sample's name belongs to, given that family's type. */
static bool belongs(const char *line, const char *family, const char *type)
{
    size_t len = strlen(family);
    const char *rest = line + len;

    if (strncmp(line, family, len) != 0)
        return false;
    if (strcmp(type, "histogram") != 0)
        return *rest == ' ' || *rest == '{';
    return strncmp(rest, "_bucket{", 8) == 0 || strncmp(rest, "_sum", 4) == 0 ||
           strncmp(rest, "_count", 6) == 0;
}

static void fill(vg_metrics *metrics)
{
    vg_metrics_backend(metrics, VG_LIT("embedded"));
    for (int m = 0; m < VG_METRICS; m++)
        for (uint32_t i = 0; i < vg_metric_cells((vg_metric)m); i += 37) {
            vg_cell cell = vg_metric_cell((vg_metric)m, i);

            if (cell.backend > 1 || cell.route > 0)
                continue; /* nobody registered it: its name is that of none */
            if (vg_metric_rows[m].type == VG_METRIC_HISTOGRAM)
                vg_metrics_observe(metrics, (vg_metric)m, cell, i * 1000003);
            else
                vg_metrics_add(metrics, (vg_metric)m, cell, i);
        }
}

/* HELP, TYPE, samples; no family twice, no series twice: what scrapers do not check. */
static void families_are_whole_and_series_unique(void **state)
{
    struct page page;
    char family[128] = "", type[16] = "", help[128];

    (void)state;
    page_init(&page);
    fill(page.metrics);
    page_write(&page);
    for (int i = 0; i < page.count; i++) {
        const char *line = page.lines[i];
        size_t name = strcspn(line, " ");

        for (int k = 0; k < i; k++)
            if (strncmp(line, page.lines[k], name + 1) == 0 && line[0] != '#')
                fail_msg("twice: %s", line);
        if (sscanf(line, "# HELP %127s", help) == 1) {
            for (int k = 0; k < i; k++)
                assert_string_not_equal(line, page.lines[k]);
            assert_int_equal(sscanf(page.lines[i + 1], "# TYPE %127s %15s", family, type), 2);
            assert_string_equal(help, family);
        } else if (strncmp(line, "# TYPE", 6) != 0 && !belongs(line, family, type)) {
            fail_msg("%s stands in the family of %s", line, family);
        }
    }
    page_fini(&page);
}

static void the_docs_name_every_metric(void **state)
{
    vg_buf docs;
    char row[128];

    (void)state;
    vg_buf_init(&docs, 0);
    vg_metrics_write_docs(&docs);
    vg_buf_put_byte(&docs, '\0');
    for (int m = 0; m < VG_METRICS; m++) {
        snprintf(row, sizeof row, "| `vecgate_%s` | %s |", vg_metric_rows[m].name,
                 vg_metric_type_word(vg_metric_rows[m].type));
        if (strstr(docs.at, row) == NULL)
            fail_msg("docs lack %s", row);
    }
    assert_non_null(strstr(docs.at, "| `backend`, `operation`, `code` | operations that ended |"));
    vg_buf_fini(&docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_shows_its_labels),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(buckets_are_cumulative),
        cmocka_unit_test(a_peak_is_shown_in_seconds),
        cmocka_unit_test(a_route_is_shown_as_method_and_path),
        cmocka_unit_test(every_status_of_the_code_table_is_told_apart),
        cmocka_unit_test(only_touched_cells_of_a_backend_are_shown),
        cmocka_unit_test(memory_of_requests_is_told_without_being_counted),
        cmocka_unit_test(the_process_tells_about_itself),
        cmocka_unit_test(a_group_tells_sums),
        cmocka_unit_test(what_the_dead_spent_stays),
        cmocka_unit_test(families_are_whole_and_series_unique),
        cmocka_unit_test(the_docs_name_every_metric),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
