/* Counts in slices of time. */
#include "call/window.h"

#include <stdbool.h>

enum { FULL = 0xffff };

static uint32_t slice_number(uint64_t window_ms, uint64_t now_ms)
{
    return (uint32_t)(now_ms / (window_ms / VG_WINDOW_SLICES));
}

static uint64_t pack(uint32_t number, vg_window_count count)
{
    while (count.all > FULL || count.marked > FULL) {
        count.all /= 2;
        count.marked /= 2;
    }
    return (uint64_t)number << 32 | (uint64_t)count.all << 16 | count.marked;
}

static vg_window_count counts_of(uint64_t word)
{
    return (vg_window_count){.all = (uint32_t)(word >> 16) & FULL, .marked = word & FULL};
}

/* How many slices before `number` is the word's? Negative: after it. */
static int32_t age_of(uint64_t word, uint32_t number)
{
    return (int32_t)(number - (uint32_t)(word >> 32));
}

/* A slice that is further ahead than a clock may lag was numbered by a window of another length. */
static bool is_in_window(int32_t age)
{
    return age < VG_WINDOW_SLICES && age > -VG_WINDOW_SLICES;
}

void vg_window_add(vg_window *window, uint64_t window_ms, uint64_t now_ms, vg_window_count by)
{
    uint32_t number = slice_number(window_ms, now_ms);
    _Atomic uint64_t *slice = &window->slices[number % VG_WINDOW_SLICES];
    uint64_t was = atomic_load_explicit(slice, memory_order_relaxed), is;

    do {
        vg_window_count count = counts_of(was);
        int32_t age = age_of(was, number);

        if (age > 0 || !is_in_window(age))
            is = pack(number, by);
        else
            is = pack((uint32_t)(was >> 32), (vg_window_count){.all = count.all + by.all,
                                                               .marked = count.marked + by.marked});
    } while (!atomic_compare_exchange_weak_explicit(slice, &was, is, memory_order_relaxed,
                                                    memory_order_relaxed));
}

vg_window_count vg_window_sum(const vg_window *window, uint64_t window_ms, uint64_t now_ms)
{
    uint32_t number = slice_number(window_ms, now_ms);
    vg_window_count sum = {0};

    for (int i = 0; i < VG_WINDOW_SLICES; i++) {
        uint64_t word = atomic_load_explicit(&window->slices[i], memory_order_relaxed);
        vg_window_count count = counts_of(word);

        if (!is_in_window(age_of(word, number)))
            continue;
        sum.all += count.all;
        sum.marked += count.marked;
    }
    return sum;
}

void vg_window_clear(vg_window *window)
{
    for (int i = 0; i < VG_WINDOW_SLICES; i++)
        atomic_store_explicit(&window->slices[i], 0, memory_order_relaxed);
}
