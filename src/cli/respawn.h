/* When a worker that died is replaced. Pure: times are given. */
#ifndef CLI_RESPAWN_H
#define CLI_RESPAWN_H

#include <stdint.h>

enum { VG_RESPAWN_FIRST_MS = 100, VG_RESPAWN_MOST_MS = 10000, VG_RESPAWN_LONG_MS = 10000 };

/* Of one worker's place; all zero: nobody died there. */
typedef struct vg_respawn {
    uint32_t streak; /* deaths one after the other, each after a short life */
} vg_respawn;

/* Its worker died after so long: for how long its place stays empty. After a long life not at all;
 * else 100 ms, doubling with each short one up to 10 s. */
uint64_t vg_respawn_after_ms(vg_respawn *respawn, uint64_t lived_ms);

#endif
