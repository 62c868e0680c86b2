/* See respawn.h. */
#include "cli/respawn.h"

uint64_t vg_respawn_after_ms(vg_respawn *respawn, uint64_t lived_ms)
{
    uint64_t wait_ms = VG_RESPAWN_FIRST_MS;

    if (lived_ms >= VG_RESPAWN_LONG_MS) {
        respawn->streak = 0;
        return 0;
    }
    for (uint32_t i = 0; i < respawn->streak && wait_ms < VG_RESPAWN_MOST_MS; i++)
        wait_ms *= 2;
    if (wait_ms >= VG_RESPAWN_MOST_MS)
        return VG_RESPAWN_MOST_MS;
    respawn->streak++;
    return wait_ms;
}
