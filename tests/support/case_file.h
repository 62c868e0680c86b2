/* A case: an operation, the exchanges that an adapter must make of it, the replies it gets, and how
 * it must end. One file holds several:
 *
 *     case  a sentence that says what is held
 *     op    {"do":"count","collection":"words"}
 *     sends POST /collections/words/points/count
 *           {"exact":true}
 *     reply 200 retry-after: 7
 *           {"result":{"count":3}}
 *     ends  OK 3
 *
 * A line that begins with a blank goes on with the one above: behind one blank for `op` and `ends`,
 * as the body for `sends` and `reply`, whose lines are joined without anything between. Headers of
 * a reply stand behind its status, semicolons between. '#' begins a line that is skipped. case_op.h
 * says what an operation looks like, case_result.h what an ending does. */
#ifndef VG_TESTS_SUPPORT_CASE_FILE_H
#define VG_TESTS_SUPPORT_CASE_FILE_H

#include "vecgate/arena.h"

typedef enum case_word { CASE_CASE, CASE_OP, CASE_SENDS, CASE_REPLY, CASE_ENDS } case_word;

typedef struct case_line {
    case_word word;
    int number;    /* in the file */
    vg_slice text; /* VG_JSON_PAD readable bytes behind it, and behind the body */
    vg_slice body;
} case_line;

typedef struct case_file {
    const char *path;
    case_line *lines;
    int count;
} case_file;

/* All in the arena. Ends the program with file:line when the file is not well formed. */
case_file case_file_read(vg_arena *arena, const char *path);

#endif
