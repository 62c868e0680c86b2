/* See herald.h. A worker says one byte: its number, with the highest bit set for a sign of life. */
#include "cli/herald.h"

#include <unistd.h>

#include "base/check.h"
#include "cli/pulse.h"

#define MS ((uint64_t)1000000)

/* A pipe that is full holds as much already; one that nobody reads any more belongs to a parent
 * that has ended, of which the signal tells. */
static void tell_parent(const vg_herald *herald, uint8_t mark)
{
    uint8_t byte = (uint8_t)(herald->number | mark);

    if (write(herald->fd, &byte, 1) != 1)
        return;
}

static void on_timer(vg_timer *timer)
{
    vg_herald *herald = vg_container_of(timer, vg_herald, timer);

    if (herald->fd >= 0)
        tell_parent(herald, VG_PULSE_BEAT);
    else
        vg_notify_alive(herald->notify);
    vg_timer_start(herald->loop, timer,
                   vg_loop_now_ns(herald->loop) + vg_notify_look_ms(herald->notify) * MS);
}

static void tell_serving(const vg_herald *herald)
{
    if (herald->fd >= 0)
        tell_parent(herald, 0);
    else if (!herald->is_ending)
        vg_notify_ready(herald->notify);
}

void vg_herald_start(vg_herald *herald, vg_loop *loop)
{
    herald->loop = loop;
    herald->timer.on_timer = on_timer;
    tell_serving(herald);
    if (vg_notify_look_ms(herald->notify) > 0)
        on_timer(&herald->timer);
}

void vg_herald_reloading(vg_herald *herald)
{
    if (herald->fd < 0 && !herald->is_ending)
        vg_notify_reloading(herald->notify);
}

void vg_herald_reloaded(vg_herald *herald)
{
    tell_serving(herald);
}

void vg_herald_ending(vg_herald *herald)
{
    herald->is_ending = true;
    if (herald->fd < 0)
        vg_notify_stopping(herald->notify);
}

void vg_herald_stop(vg_herald *herald)
{
    if (herald->loop != NULL)
        vg_timer_stop(herald->loop, &herald->timer);
}
