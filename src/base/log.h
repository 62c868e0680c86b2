/* Logs: a fixed phrase and typed fields, one line each. JSON lines, or text when stderr is a
 * terminal. A vg_secret has no field maker, so it cannot be logged. Any thread; lines never mix.
 *
 *     vg_log(VG_WARN, "a reply was refused", VG_S("backend", name), VG_N("bytes", n));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "vecgate/slice.h"

typedef enum vg_log_level { VG_DEBUG, VG_INFO, VG_WARN, VG_ERROR } vg_log_level;

typedef struct vg_log_field {
    const char *key;
    enum {
        VG_FIELD_END,
        VG_FIELD_SKIP,
        VG_FIELD_TEXT,
        VG_FIELD_NUMBER,
        VG_FIELD_REAL,
        VG_FIELD_BOOL
    } kind;
    vg_slice text;
    int64_t number;
    double real;
} vg_log_field;

/* clang-format off */
#define VG_S(name, slice)  ((vg_log_field){.key = (name), .kind = VG_FIELD_TEXT, .text = (slice)})
#define VG_Z(name, string) ((vg_log_field){.key = (name), .kind = VG_FIELD_TEXT, .text = vg_slice_str(string)})
#define VG_N(name, value)  ((vg_log_field){.key = (name), .kind = VG_FIELD_NUMBER, .number = (int64_t)(value)})
#define VG_F(name, value)  ((vg_log_field){.key = (name), .kind = VG_FIELD_REAL, .real = (value)})
#define VG_B(name, value)  ((vg_log_field){.key = (name), .kind = VG_FIELD_BOOL, .number = (value)})
#define VG_IF(is, field)   ((is) ? (field) : (vg_log_field){.kind = VG_FIELD_SKIP})
/* clang-format on */

typedef enum vg_log_form { VG_LOG_AUTO, VG_LOG_TEXT, VG_LOG_JSON } vg_log_form;

/* Once, before threads are made. `fd` stays the caller's. AUTO: text when fd is a terminal. */
void vg_log_init(int fd, vg_log_level least, vg_log_form form);
/* The same with a file, which lines are appended to; made, with mode 0600, if it is not there. 0,
 * or the errno of the failure: then nothing has changed. */
int vg_log_init_file(const char *path, vg_log_level least, vg_log_form form);
/* From here on a thread of the log's own writes, so that a slow reader of the log stops nobody;
 * lines that come faster than they are read for long are dropped, and their number is logged. After
 * the fork. False: no thread, and lines are written by whoever logs, as before. */
bool vg_log_start(void);
/* Writes what waits (for a second at most, if nobody reads) and ends the thread. */
void vg_log_stop(void);
/* Somebody renamed the file: it is opened again under its name before the next line is written, and
 * no line is in both or in none. When that fails the log goes on where it was, and says so. No
 * effect without a file. Any thread. */
void vg_log_renew(void);
/* How many lines were lost since this was asked last: dropped because nobody reads the log, or
 * refused by the system (a full disk). When lines can be written again, one says how many were
 * lost. Any thread. */
uint64_t vg_log_take_lost(void);
void vg_log_set_level(vg_log_level least); /* any time */
bool vg_log_is_on(vg_log_level level);

/* Use vg_log(). Fields end at VG_FIELD_END. Values are cut at 1 KiB as they are
 * written, with control bytes escaped; a field that does not fit is left out, those behind it are
 * not. */
void vg_log_write(vg_log_level level, const char *phrase, const vg_log_field *fields);

/* Whatever the least level is: for lines that are switched by something else. */
void vg_log_write_always(vg_log_level level, const char *phrase, const vg_log_field *fields);

/* At least one field; a bare phrase is vg_log_phrase(). */
#define vg_log(level, phrase, ...)                                                   \
    (vg_log_is_on(level)                                                             \
         ? vg_log_write((level), (phrase),                                           \
                        (const vg_log_field[]){__VA_ARGS__, {.kind = VG_FIELD_END}}) \
         : (void)0)
#define vg_log_phrase(level, phrase) \
    vg_log_write((level), (phrase), (const vg_log_field[]){{.kind = VG_FIELD_END}})

#endif
