/* The door alone: a listener whose user answers every request with the words of /healthz, and every
 * body with its own bytes. The peer is nginx with `return 200`:
 *
 *     serve_healthz 127.0.0.1:7000        wrk -c 64 http://127.0.0.1:7000/healthz */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/listener.h"
#include "net/loop_uv.h"

static void on_request(void *arg, vg_stream *stream)
{
    (void)arg;
    vg_stream_accept(stream, 32 << 20);
}

static void on_body(void *arg, vg_stream *stream)
{
    static const vg_answer answer = {.status = 200, .content_type = VG_LIT_INIT("text/plain")};
    const vg_request *request = vg_stream_request(stream);
    vg_buf body;

    (void)arg;
    if (!request->has_body) {
        vg_stream_answer_static(stream, &answer, VG_LIT("healthz check passed"));
        return;
    }
    vg_stream_take_body(stream, &body);
    vg_stream_answer(stream, &answer, &body);
}

static void on_gone(void *arg, vg_stream *stream)
{
    (void)arg;
    vg_stream_abort(stream);
}

static void on_nothing(void *arg, vg_stream *stream)
{
    (void)arg;
    (void)stream;
}

static vg_slice on_refusal(void *arg, vg_arena *arena, const vg_refused *refused, vg_answer *answer)
{
    (void)arg;
    answer->content_type = VG_LIT("text/plain");
    return vg_arena_copy(arena, vg_status_what(refused->status));
}

static const vg_stream_user user = {.on_request = on_request,
                                    .on_body = on_body,
                                    .on_gone = on_gone,
                                    .on_drain = on_nothing,
                                    .on_end = on_nothing,
                                    .on_refusal = on_refusal};

int main(int argc, char **argv)
{
    vg_arena *arena = vg_arena_new(64 * 1024);
    vg_metrics *metrics = vg_metrics_new(1);
    vg_slice address = argc > 1 ? vg_slice_str(argv[1]) : VG_LIT("127.0.0.1:7000");
    vg_status status = {0};
    vg_bounds bounds;
    uv_loop_t uv;
    vg_loop_uv *driver;

    signal(SIGPIPE, SIG_IGN);
    vg_bounds_default(&bounds);
    uv_loop_init(&uv);
    driver = vg_loop_uv_open(&uv, metrics);
    if (driver == NULL || vg_listener_open(&(vg_listener_parts){&uv, vg_loop_uv_loop(driver),
                                                                metrics, &bounds, &user, NULL},
                                           address, arena, &status) == NULL) {
        fprintf(stderr, VG_FMT "\n", VG_ARG(vg_status_what(&status)));
        return EXIT_FAILURE;
    }
    uv_run(&uv, UV_RUN_DEFAULT);
    return EXIT_SUCCESS;
}
