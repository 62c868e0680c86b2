/* Streams without a network: the vg_stream_… functions, and a test in the place of the connection.
 * A stream that is answered twice, or read from after its end, ends the test. */
#ifndef VG_TESTS_SUPPORT_FAKE_STREAM_H
#define VG_TESTS_SUPPORT_FAKE_STREAM_H

#include "net/stream.h"

/* What became of a stream; valid until the next one is made. */
typedef struct fake_answer {
    int status;      /* 0: none */
    char head[2048]; /* "name: value\n" for each header, the content type first */
    vg_slice body;   /* NUL behind it */
    bool is_aborted;
} fake_answer;

/* A request whose head has come. `headers` alternate name and value, and end with NULL; NULL: none.
 */
vg_stream *fake_stream_new(const vg_stream_user *user, const char *method, const char *target,
                           const char *const *headers);
/* Its Host header; "localhost" without this. */
void fake_stream_set_host(vg_stream *stream, const char *host);
/* It announces a body of this length. */
void fake_stream_announce(vg_stream *stream, uint64_t length);

/* The turns of the loop in which the user is called. */
void fake_stream_head(vg_stream *stream);
void fake_stream_body(vg_stream *stream, vg_slice body);
void fake_stream_leave(vg_stream *stream);
/* Only when the user owes nothing any more: on_end, and the stream is gone. */
void fake_stream_end(vg_stream *stream);

bool fake_stream_is_accepted(const vg_stream *stream);
bool fake_stream_owes(const vg_stream *stream); /* neither answered nor aborted */
const fake_answer *fake_stream_answer(void);

#endif
