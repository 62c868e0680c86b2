/* Asks the native routes without a front around them: what an operation a request becomes, or the
 * problem that is answered instead, as text. */
#ifndef VG_TESTS_UNIT_FRONT_NATIVE_ASK_H
#define VG_TESTS_UNIT_FRONT_NATIVE_ASK_H

#include "front/front.h"

struct native_row {
    const char *says;
    const char *method;
    const char *target; /* "/v1/collections/c/points?timeout=1" */
    const char *body;   /* NULL: none */
    const char *want;   /* "search [1,2]#2 limit=10 …", or the problem's body */
};

/* Fails the test, naming the row, when the answer is another one. */
void native_check(const struct native_row *rows, size_t count);
/* The text; valid until the next call. A body may be given with its length. */
const char *native_line(const char *method, const char *target, vg_slice body);

/* Reads the request with less and less memory; the test fails when a reader gives up without a
 * story. Answers the least number of bytes that was enough, in steps of 16. */
size_t native_squeeze(const char *method, const char *target, vg_slice body);

/* {"type":"urn:vecgate:problem:<word>","title":…,"status":…,"detail":…,"field":…} as it is written;
 * for rows. */
#define PROBLEM(type, title, status, detail)                                                \
    "{\"type\":\"urn:vecgate:problem:" type "\",\"title\":\"" title "\",\"status\":" status \
    ",\"detail\":\"" detail "\"}"
#define PROBLEM_AT(type, title, status, detail, field)                                      \
    "{\"type\":\"urn:vecgate:problem:" type "\",\"title\":\"" title "\",\"status\":" status \
    ",\"detail\":\"" detail "\",\"field\":\"" field "\"}"
#define INVALID(detail, field) \
    PROBLEM_AT("invalid", "the request is not well formed", "400", detail, field)
#define FORMAT(detail, field) \
    PROBLEM_AT("format", "the body is not the JSON that was expected", "400", detail, field)
#define RANGE(detail, field) \
    PROBLEM_AT("range", "a value is out of its range", "422", detail, field)

#endif
