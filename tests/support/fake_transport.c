/* See fake_transport.h. */
#include "tests/support/fake_transport.h"

#include <stdlib.h>
#include <string.h>

#include "vecgate/json.h"

#include "base/buf.h"
#include "base/check.h"
#include "base/list.h"

struct plan { /* one exchange: expected, then under way */
    vg_list link;
    vg_task task;
    fake_transport *fake;
    const char *name;
    bool hangs;
    int status;
    vg_fault fault;
    bool was_sent;
    vg_buf body;
    const vg_exchange *x;
    vg_ended_fn *ended;
    void *arg;
    bool is_over; /* its ending is posted */
};

struct fake_transport {
    vg_transport table; /* first */
    vg_loop *loop;
    vg_list expected;
    vg_list under_way;
    int sent;
    int stopped;
    int left;
    uint32_t in_flight;
};

static struct plan *plan_of(vg_list *link)
{
    return vg_container_of(link, struct plan, link);
}

static void free_plan(struct plan *plan)
{
    vg_list_remove(&plan->link);
    vg_buf_fini(&plan->body);
    free(plan);
}

/* --- ending ---------------------------------------------------------------------------------- */

static void on_over(vg_task *task)
{
    struct plan *plan = vg_container_of(task, struct plan, task);
    static char value[5]; /* gone after the callback */
    vg_header header = {VG_LIT("server"), {value, 4}};
    vg_reply reply = {.via = plan->x->via, .http = {.headers = &header, .header_count = 1}};
    vg_ending ending = {.fault = plan->fault, .was_sent = plan->was_sent};

    memcpy(value, "fake", sizeof value);
    plan->fake->in_flight--;
    if (plan->fault == VG_FAULT_NONE) {
        reply.http.status = plan->status;
        reply.http.body = vg_buf_bytes(&plan->body);
        ending.reply = &reply;
        ending.body = &plan->body;
    } else {
        ending.detail = VG_LIT("so says the test");
    }
    plan->ended(plan->arg, &ending);
    memcpy(value, "gone", sizeof value);
    free_plan(plan);
}

static void end(struct plan *plan)
{
    plan->is_over = true;
    plan->task.run = on_over;
    vg_loop_post(plan->fake->loop, &plan->task);
}

static void fill(struct plan *plan, int status, const char *body)
{
    char *behind;

    plan->status = status;
    plan->was_sent = true;
    plan->fault = VG_FAULT_NONE;
    vg_buf_put(&plan->body, vg_slice_str(body));
    behind = vg_buf_reserve(&plan->body, VG_JSON_PAD);
    VG_CHECK(behind != NULL);
    memset(behind, 0, VG_JSON_PAD);
}

/* --- the transport --------------------------------------------------------------------------- */

static void send_fake(vg_transport *self, const vg_exchange *x, vg_ended_fn *ended, void *arg)
{
    fake_transport *fake = (fake_transport *)self;
    vg_list *link = vg_list_shift(&fake->expected);
    struct plan *plan;

    VG_CHECK(link != NULL); /* nothing more was expected */
    plan = plan_of(link);
    VG_CHECK(strcmp(plan->name, x->name) == 0);
    vg_list_push(&fake->under_way, &plan->link);
    plan->x = x;
    plan->ended = ended;
    plan->arg = arg;
    fake->left--;
    fake->sent++;
    fake->in_flight++;
    if (!plan->hangs)
        end(plan);
}

static void stop_fake(vg_transport *self, void *arg)
{
    fake_transport *fake = (fake_transport *)self;

    for (vg_list *at = fake->under_way.next; at != &fake->under_way; at = at->next) {
        struct plan *plan = plan_of(at);

        if (plan->arg != arg || plan->is_over)
            continue;
        plan->fault = VG_FAULT_STOPPED;
        fake->stopped++;
        end(plan);
    }
}

static uint32_t count_fake(const vg_transport *self)
{
    return ((const fake_transport *)self)->in_flight;
}

static void close_fake(vg_transport *self)
{
    fake_transport *fake = (fake_transport *)self;

    VG_CHECK(fake->in_flight == 0);
    VG_CHECK(vg_list_is_empty(&fake->expected));
    free(fake);
}

fake_transport *fake_transport_new(vg_loop *loop)
{
    fake_transport *fake = calloc(1, sizeof *fake);

    fake->table = (vg_transport){
        .send = send_fake, .stop = stop_fake, .close = close_fake, .in_flight = count_fake};
    fake->loop = loop;
    vg_list_init(&fake->expected);
    vg_list_init(&fake->under_way);
    return fake;
}

vg_transport *fake_transport_table(fake_transport *fake)
{
    return &fake->table;
}

/* --- what the test says ---------------------------------------------------------------------- */

static struct plan *expect(fake_transport *fake, const char *name)
{
    struct plan *plan = calloc(1, sizeof *plan);

    plan->fake = fake;
    plan->name = name;
    vg_buf_init(&plan->body, 0);
    vg_list_push(&fake->expected, &plan->link);
    fake->left++;
    return plan;
}

void fake_expect_reply(fake_transport *fake, const char *name, int status, const char *body)
{
    fill(expect(fake, name), status, body);
}

void fake_expect_fault(fake_transport *fake, const char *name, vg_fault fault, bool was_sent)
{
    struct plan *plan = expect(fake, name);

    plan->fault = fault;
    plan->was_sent = was_sent;
}

void fake_expect_hang(fake_transport *fake, const char *name, bool was_sent)
{
    struct plan *plan = expect(fake, name);

    plan->hangs = true;
    plan->was_sent = was_sent;
}

void fake_answer(fake_transport *fake, int status, const char *body)
{
    struct plan *plan = plan_of(fake->under_way.next);

    VG_CHECK(!vg_list_is_empty(&fake->under_way) && !plan->is_over);
    fill(plan, status, body);
    end(plan);
}

int fake_sent(const fake_transport *fake)
{
    return fake->sent;
}

int fake_stopped(const fake_transport *fake)
{
    return fake->stopped;
}

int fake_left(const fake_transport *fake)
{
    return fake->left;
}

void fake_forget(fake_transport *fake)
{
    while (!vg_list_is_empty(&fake->expected))
        free_plan(plan_of(fake->expected.next));
    fake->left = 0;
}
