/* The journal: what changed files below the data directory, in the order in which it took effect.
 * A record is a journal_head and its bytes; its address is the offset at which it begins, so that
 * the size of the file is the present moment for every process that looks at it.
 * Numbers are those of the machine; disk.py reads it. */
#ifndef FAULT_JOURNAL_H
#define FAULT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum journal_kind {
    JOURNAL_CREATE = 1, /* bytes: the path; inode: the new file's */
    JOURNAL_WRITE,      /* bytes: what was written at `at` */
    JOURNAL_TRUNCATE,   /* at: the new size */
    JOURNAL_SYNC,       /* at: what began before this moment is on the disk */
    JOURNAL_SYNC_DIR,   /* bytes: the path; at: as above */
    JOURNAL_RENAME,     /* bytes: old path, NUL, new path */
    JOURNAL_UNLINK,     /* bytes: the path */
    JOURNAL_MKDIR,      /* bytes: the path */
} journal_kind;

typedef struct journal_head {
    uint32_t kind;
    uint32_t len;
    uint64_t inode;
    uint64_t at;
} journal_head;

/* Paths are below the data directory, without a leading slash; its own is "". */
void journal_open(const char *path);
bool journal_is_open(void);
/* Now. The rest below: under the caller's lock. */
uint64_t journal_now(void);
void journal_put(journal_kind kind, uint64_t inode, uint64_t at, const void *bytes, size_t len);

#endif
