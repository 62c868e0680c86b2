/* How many of how many lately: a sliding window of ten slices, each one atomic word, so that
 * workers that share its memory count together without locks. All zero is an empty one.
 *
 * Races: two that count in the same slice at once both count (compare and swap). A clock that lags
 * behind another worker's by less than the window counts in the newer slice. A slice that is begun
 * anew while another reads it is read as the old or the new one, whole. */
#ifndef CALL_WINDOW_H
#define CALL_WINDOW_H

#include <stdatomic.h>
#include <stdint.h>

enum { VG_WINDOW_SLICES = 10 };

typedef struct vg_window {
    _Atomic uint64_t slices[VG_WINDOW_SLICES]; /* number of the slice : 32, all : 16, marked : 16 */
} vg_window;

typedef struct vg_window_count {
    uint32_t all;
    uint32_t marked;
} vg_window_count;

/* `window_ms` is 10 at least. When it becomes another, what was counted before is forgotten. A
 * slice holds 65 535 of each; past that both of its numbers are halved, so that their ratio stays.
 */
void vg_window_add(vg_window *window, uint64_t window_ms, uint64_t now_ms, vg_window_count by);
/* What was added in the last window: up to a tenth of it less. */
vg_window_count vg_window_sum(const vg_window *window, uint64_t window_ms, uint64_t now_ms);
void vg_window_clear(vg_window *window);

#endif
