/* See guests.h. */
#include "guests.h"

#include <stdio.h>
#include <unistd.h>

enum { GUEST_BYTES = 64 << 20 };

static void begin(guest *g, const bench *home, const char *tenant, vg_aim aim)
{
    *g = (guest){.b = {.stores = home->stores}};
    g->b.arena = vg_arena_new(GUEST_BYTES);
    assert_non_null(g->b.arena);
    g->visit = (vg_visit){
        .stores = home->stores, .tenant = vg_slice_str(tenant), .aim = aim, .arena = g->b.arena};
    sem_init(&g->ended, 0, 0);
}

static void on_finished(vg_work *work)
{
    sem_post(work->carrier);
}

static void post(guest *g)
{
    vg_queue *queue = vg_stores_queue(g->visit.stores);

    g->visit.work.finished = on_finished;
    g->visit.work.carrier = &g->ended;
    assert_true(queue->post(queue, &g->visit.work));
}

void guest_post(guest *g, const bench *home, const char *tenant, vg_aim aim)
{
    begin(g, home, tenant, aim);
    post(g);
}

static bool has_store(guest *g)
{
    g->b.status = g->visit.status;
    g->b.store = g->visit.store;
    return g->b.store != NULL;
}

bool guest_wait(guest *g)
{
    while (sem_wait(&g->ended) != 0)
        continue;
    return has_store(g);
}

bool guest_has_answer(guest *g)
{
    int count;

    sem_getvalue(&g->ended, &count);
    return count > 0;
}

bool guest_enter(guest *g, const bench *home, const char *tenant, vg_aim aim)
{
    begin(g, home, tenant, aim);
    if (vg_stores_enter(&g->visit))
        return has_store(g);
    post(g);
    return guest_wait(g);
}

/* What was read holds collections until its arena goes. */
void guest_leave(guest *g)
{
    vg_arena_free(g->b.arena);
    vg_stores_leave(&g->visit);
    sem_destroy(&g->ended);
}

bool is_in_tenants(const bench *home, const char *dir)
{
    char path[512];

    snprintf(path, sizeof path, "%s/tenants/%s", home->dir, dir);
    return access(path, F_OK) == 0;
}
