/* Who of several workers may take the next connection of a socket that all of them accept from: a
 * slab made before they are forked, with one word for each that says how many it has. The one that
 * is woken first would take a whole burst, for all its life; so who has more than another leaves
 * the next one to that one, for a moment. Any thread. */
#ifndef NET_FAIR_H
#define NET_FAIR_H

#include <stdbool.h>
#include <stdint.h>

typedef struct vg_fair vg_fair;

/* NULL: no memory. */
vg_fair *vg_fair_new(uint32_t workers);
void vg_fair_free(vg_fair *fair);
/* That worker accepts, and has so many connections. */
void vg_fair_set(vg_fair *fair, uint32_t worker, uint32_t connections);
/* It does not accept any more: it drains, or is dead. */
void vg_fair_leave(vg_fair *fair, uint32_t worker);
/* Has nobody else who accepts clearly less: an eighth, and at least one? */
bool vg_fair_may_take(const vg_fair *fair, uint32_t worker);

#endif
