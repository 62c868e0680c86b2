/* What was committed, shown to readers: collections on the shelf, vectors, shapes. Nothing in here
 * can fail. The writer's thread. */
#ifndef ENGINE_PUBLISH_H
#define ENGINE_PUBLISH_H

#include "engine/shelf.h"
#include "engine/upkeep.h"
#include "engine/write.h"

void vg_publish(vg_shelf *shelf, vg_upkeep *upkeep, vg_write *write);

#endif
