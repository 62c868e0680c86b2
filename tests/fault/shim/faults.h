/* Which call fails. A test maps the control file and arms a fault; the shim counts the calls of the
 * kinds that are meant and lets one of them fail, or it and all that follow, or ends the process
 * there. Everything under the shim's lock. */
#ifndef FAULT_FAULTS_H
#define FAULT_FAULTS_H

#include <stdatomic.h>
#include <stdint.h>

typedef enum fault_kind {
    FAULT_WRITE = 1,
    FAULT_GROW = 2,   /* ftruncate to more */
    FAULT_SHRINK = 4, /* ftruncate to less, or the same */
    FAULT_SYNC = 8,   /* of a file or a directory */
    FAULT_CREATE = 16,
    FAULT_OPEN = 32, /* for writing, what is there already */
    FAULT_UNLINK = 64,
    FAULT_RENAME = 128,
    FAULT_MKDIR = 256,
} fault_kind;

enum { FAULT_SAID = 128, FAULT_ONLY = 32 };

/* The control file. recording.py writes what a fault is, `fails_at` last. */
typedef struct fault_control {
    _Atomic uint64_t kinds;    /* the fault_kinds that count */
    _Atomic uint64_t error;    /* errno; 0: the process is killed instead of the call being made */
    _Atomic uint64_t stays;    /* do those that follow fail as well? */
    _Atomic uint64_t fails_at; /* the n-th call from now, 1 being the next; 0: none */
    _Atomic uint64_t calls;    /* counted since it was armed */
    _Atomic uint64_t failed;   /* of these */
    char said[FAULT_SAID];     /* the call that failed last */
    char only[FAULT_ONLY];     /* only files whose path ends so count; empty: all */
} fault_control;

void faults_open(const char *path);
/* The error that this call must fail with; 0: none. */
int faults_hit(fault_kind kind, const char *call, const char *path);

#endif
