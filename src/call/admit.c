/* A ring of tenants; each is its first waiter, with the others in a list behind it:
 *
 *     turns ─▶ a1 ───▶ b1 ───▶ c1 ─▶ (turns)
 *              │       │
 *              a2      b2
 *              │
 *              a3                                   */
#include "call/admit.h"

#include "base/check.h"

static vg_waiter *first_at(vg_list *turn)
{
    return vg_container_of(turn, vg_waiter, turn);
}

static vg_waiter *behind_at(vg_list *link)
{
    return vg_container_of(link, vg_waiter, behind);
}

void vg_admit_init(vg_admit *admit, vg_places *places, uint32_t worker)
{
    *admit = (vg_admit){.places = places, .worker = worker};
    vg_list_init(&admit->turns);
}

static bool take_place(vg_admit *admit, const vg_admit_conf *conf)
{
    if (!vg_places_take(admit->places, admit->worker, conf->most))
        return false;
    admit->in_flight++;
    return true;
}

static vg_waiter *first_of(const vg_admit *admit, uint64_t tenant)
{
    for (vg_list *at = admit->turns.next; at != &admit->turns; at = at->next)
        if (first_at(at)->tenant == tenant)
            return first_at(at);
    return NULL;
}

static vg_waiter *first_of_most(const vg_admit *admit)
{
    vg_waiter *most = NULL;

    for (vg_list *at = admit->turns.next; at != &admit->turns; at = at->next)
        if (most == NULL || first_at(at)->count > most->count)
            most = first_at(at);
    return most;
}

/* --- into the queue, and out of it ----------------------------------------------------------- */

static void push(vg_admit *admit, vg_waiter *waiter)
{
    vg_waiter *first = first_of(admit, waiter->tenant);

    vg_list_init(&waiter->turn);
    vg_list_init(&waiter->behind);
    waiter->count = 0;
    waiter->is_waiting = true;
    if (first == NULL) {
        vg_list_push(&admit->turns, &waiter->turn);
        first = waiter;
    } else {
        vg_list_push(&first->behind, &waiter->behind);
    }
    first->count++;
    admit->waiting++;
}

/* The next of its tenant takes its place in the ring, and what it headed. */
static void succeed(vg_waiter *first)
{
    vg_waiter *next = behind_at(first->behind.next);

    vg_list_remove(&first->behind); /* the list stays, headed by the next */
    vg_list_link(first->turn.prev, &next->turn, &first->turn);
    next->count = first->count - 1;
}

void vg_admit_withdraw(vg_admit *admit, vg_waiter *waiter)
{
    bool is_first;

    if (!waiter->is_waiting)
        return;
    is_first = !vg_list_is_empty(&waiter->turn);
    if (!is_first) {
        first_of(admit, waiter->tenant)->count--;
        vg_list_remove(&waiter->behind);
    } else if (!vg_list_is_empty(&waiter->behind)) {
        succeed(waiter);
    }
    vg_list_remove(&waiter->turn);
    waiter->is_waiting = false;
    admit->waiting--;
}

/* --- the way in and out ---------------------------------------------------------------------- */

bool vg_admit_try(vg_admit *admit, const vg_admit_conf *conf)
{
    return admit->waiting == 0 && take_place(admit, conf);
}

/* Who makes room for one more of that tenant; NULL: nobody. */
static vg_waiter *victim_for(const vg_admit *admit, uint64_t tenant)
{
    const vg_waiter *own = first_of(admit, tenant);
    vg_waiter *most = first_of_most(admit);
    uint32_t count = own != NULL ? own->count : 0;

    if (most == NULL || most->count <= count + 1)
        return NULL;
    return behind_at(most->behind.prev);
}

vg_admission vg_admit_enter(vg_admit *admit, const vg_admit_conf *conf, vg_waiter *waiter,
                            vg_waiter **ousted)
{
    *ousted = NULL;
    if (vg_admit_try(admit, conf))
        return VG_ADMIT_IN;
    if (conf->waiting == 0)
        return VG_ADMIT_REFUSED;
    if (admit->waiting >= conf->waiting) {
        *ousted = victim_for(admit, waiter->tenant);
        if (*ousted == NULL)
            return VG_ADMIT_REFUSED;
        vg_admit_withdraw(admit, *ousted);
    }
    push(admit, waiter);
    return VG_ADMIT_WAITS;
}

void vg_admit_leave(vg_admit *admit)
{
    VG_CHECK(admit->in_flight > 0);
    admit->in_flight--;
    vg_places_give(admit->places, admit->worker);
}

vg_waiter *vg_admit_next(vg_admit *admit, const vg_admit_conf *conf)
{
    vg_waiter *next;
    bool has_more;

    if (vg_list_is_empty(&admit->turns) || !take_place(admit, conf))
        return NULL;
    next = first_at(admit->turns.next);
    has_more = !vg_list_is_empty(&next->behind);
    vg_admit_withdraw(admit, next);
    if (has_more) { /* its tenant's next turn comes last */
        vg_list *turn = admit->turns.next;

        vg_list_remove(turn);
        vg_list_push(&admit->turns, turn);
    }
    return next;
}
