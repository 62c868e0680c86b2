/* Pages made of the tables of the fronts and of the adapters. */
#ifndef CLI_PAGES_H
#define CLI_PAGES_H

#include "base/buf.h"

void vg_pages_write_routes(vg_buf *to);
void vg_pages_write_capabilities(vg_buf *to);

#endif
