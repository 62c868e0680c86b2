/* A transport that does what the test wrote down: the next exchange must have this name, and ends
 * so. Endings come from a later turn of the loop, once each. What the test did not expect ends the
 * test. */
#ifndef VG_TESTS_SUPPORT_FAKE_TRANSPORT_H
#define VG_TESTS_SUPPORT_FAKE_TRANSPORT_H

#include "base/loop.h"
#include "transport/transport.h"

typedef struct fake_transport fake_transport;

/* close() of its table frees it; nothing may be under way then, nor still be expected. */
fake_transport *fake_transport_new(vg_loop *loop);
vg_transport *fake_transport_table(fake_transport *fake);

/* What comes next, in the order given. A reply's body is copied; it has one header, "server: fake".
 */
void fake_expect_reply(fake_transport *fake, const char *name, int status, const char *body);
void fake_expect_fault(fake_transport *fake, const char *name, vg_fault fault, bool was_sent);
/* It ends when the test says so, or when it is stopped: with was_sent as given. */
void fake_expect_hang(fake_transport *fake, const char *name, bool was_sent);

/* The one that hangs gets its reply after all. It stays under way until a later turn. */
void fake_answer(fake_transport *fake, int status, const char *body);

int fake_sent(const fake_transport *fake);    /* exchanges so far */
int fake_stopped(const fake_transport *fake); /* stop() for one under way */
int fake_left(const fake_transport *fake);    /* expected and not come yet */
/* From now on expectations that are left are forgotten: for tests that end early by design. */
void fake_forget(fake_transport *fake);

#endif
