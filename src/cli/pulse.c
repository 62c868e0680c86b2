/* See pulse.h. */
#include "cli/pulse.h"

#include <fcntl.h>
#include <unistd.h>

#define MS ((uint64_t)1000000)

enum { BYTES = 256 };

static uint64_t all_of(uint32_t count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

bool vg_pulse_open(vg_pulse *pulse)
{
    if (pipe2(pulse->fds, O_CLOEXEC | O_NONBLOCK) == 0)
        return true;
    pulse->fds[0] = pulse->fds[1] = -1;
    return false;
}

void vg_pulse_close(vg_pulse *pulse)
{
    for (int i = 0; i < 2; i++)
        if (pulse->fds[i] >= 0)
            close(pulse->fds[i]);
}

static void take_byte(vg_pulse *pulse, uint8_t byte)
{
    uint64_t bit = (uint64_t)1 << (byte & 63);

    pulse->beating |= bit;
    if ((byte & VG_PULSE_BEAT) != 0)
        return;
    pulse->serving |= bit;
    pulse->settled |= bit;
}

static void take_all(vg_pulse *pulse)
{
    uint8_t bytes[BYTES];
    ssize_t n;

    while ((n = read(pulse->fds[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++)
            take_byte(pulse, bytes[i]);
}

static void tell_ready(vg_pulse *pulse)
{
    pulse->is_ready = true;
    vg_notify_ready(pulse->notify);
}

static void tell_life(vg_pulse *pulse, uint64_t now_ns)
{
    uint64_t look_ms = vg_notify_look_ms(pulse->notify);

    if (look_ms == 0 || now_ns < pulse->due_ns)
        return;
    pulse->due_ns = now_ns + look_ms * MS;
    if ((pulse->serving & ~pulse->beating) != 0)
        return;
    vg_notify_alive(pulse->notify);
    pulse->beating = 0;
}

void vg_pulse_look(vg_pulse *pulse, uint64_t now_ns)
{
    take_all(pulse);
    if (!pulse->is_ready && !pulse->is_ending && pulse->settled == all_of(pulse->count))
        tell_ready(pulse);
    tell_life(pulse, now_ns);
}

uint64_t vg_pulse_due_ns(const vg_pulse *pulse)
{
    return vg_notify_look_ms(pulse->notify) > 0 ? pulse->due_ns : UINT64_MAX;
}

/* What it said before is taken first, or it would count as said by the dead. */
void vg_pulse_bury(vg_pulse *pulse, uint32_t worker)
{
    uint64_t bit = (uint64_t)1 << worker;

    take_all(pulse);
    pulse->serving &= ~bit;
    pulse->settled &= ~bit;
    pulse->beating &= ~bit;
}

/* While the start is not over yet there is nothing to take back. */
void vg_pulse_reloading(vg_pulse *pulse)
{
    if (pulse->is_ready)
        vg_notify_reloading(pulse->notify);
}

void vg_pulse_reloaded(vg_pulse *pulse, bool is_handed_on)
{
    take_all(pulse);
    if (is_handed_on) {
        pulse->settled = 0;
        pulse->is_ready = false;
    } else if (pulse->is_ready) {
        tell_ready(pulse);
    }
}

void vg_pulse_ending(vg_pulse *pulse)
{
    pulse->is_ending = true;
    vg_notify_stopping(pulse->notify);
}
