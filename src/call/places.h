/* Places in flight at a backend, counted by all workers together without locks: a row for each
 * worker, whose sum is what is in flight. Only its own worker changes a row, until it is dead and
 * the supervisor clears it: so nobody keeps a place for good. All zero: nothing is in flight.
 *
 * A worker that has no place is given one however many there are: its queue is moved by what leaves
 * its own places, so without one it would wait for a word that does not come. In flight are
 * therefore at most `most`, and one more for each worker but one.
 *
 * Races: a row is counted up before the sum is read, in one order that all workers see. Of two that
 * want the last place one is let in, or neither; never both. */
#ifndef CALL_PLACES_H
#define CALL_PLACES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { VG_WORKERS_MOST = 64, VG_PLACES_LINE = 64 };

typedef struct vg_places_row {
    _Alignas(VG_PLACES_LINE) _Atomic uint32_t taken;
} vg_places_row;

typedef struct vg_places {
    vg_places_row rows[VG_WORKERS_MOST];
} vg_places;

/* True: there is a place below `most` (0: no bound), or it is this worker's only one; it is taken
 * until vg_places_give(). */
bool vg_places_take(vg_places *places, uint32_t worker, uint64_t most);
void vg_places_give(vg_places *places, uint32_t worker);
/* What a worker that is dead had taken is free. */
void vg_places_clear(vg_places *places, uint32_t worker);
uint64_t vg_places_sum(const vg_places *places);

#endif
