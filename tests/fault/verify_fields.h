/* Are the payload indexes of an open store what its payloads say? Waits for those that are being
 * filled: opening a store goes on with them. Then each is made anew in a database beside, and
 * compared. Also: no table is left that nobody knows of, and SQLite finds no fault in the file. */
#ifndef FAULT_VERIFY_FIELDS_H
#define FAULT_VERIFY_FIELDS_H

#include "engine/read.h"

/* False: read->status says what is wrong. `read` without a collection; `dir` is its data directory,
 * in which a file is left. */
bool verify_fields(const vg_read *read, vg_slice dir);

#endif
