/* TLS towards one endpoint: whom it trusts, the sessions it may go on with, and one link for each
 * connection. OpenSSL sees no socket: bytes that came are lent to it for a call, and what it wants
 * to send is appended to a buffer of the caller's, who writes it in one go.
 *
 * A server is always verified: by its chain, and by the host's name or address. Nothing older than
 * TLS 1.2 is spoken, nothing is renegotiated. The authorities are read once, when the endpoint is
 * made; a CA file that could not be read is tried again for each connection.
 *
 * Inside src/transport only; loop's thread only. */
#ifndef TRANSPORT_DIRECT_TLS_H
#define TRANSPORT_DIRECT_TLS_H

#include "vecgate/vector_backend.h"

#include "base/buf.h"

typedef struct vg_direct_tls vg_direct_tls;
typedef struct vg_direct_link vg_direct_link;

enum { VG_DIRECT_REASON = 192 };

/* `host` and `endpoint` must outlive it. NULL: no memory. */
vg_direct_tls *vg_direct_tls_new(const vg_endpoint *endpoint, const char *host);
/* No link is left. NULL is fine. */
void vg_direct_tls_free(vg_direct_tls *tls);

/* NULL: it cannot begin; `reason` says why. */
vg_direct_link *vg_direct_link_new(vg_direct_tls *tls, char reason[VG_DIRECT_REASON]);
void vg_direct_link_free(vg_direct_link *link);

typedef enum vg_direct_shake { VG_DIRECT_WAITS, VG_DIRECT_OPEN, VG_DIRECT_FAILED } vg_direct_shake;

/* Goes on with the handshake by what came; first with nothing. `out`: what is to be sent, also when
 * it failed. After OPEN, `rest` is what came behind it. */
vg_direct_shake vg_direct_link_shake(vg_direct_link *link, vg_slice in, vg_buf *out, vg_slice *rest,
                                     char reason[VG_DIRECT_REASON]);
bool vg_direct_link_is_resumed(const vg_direct_link *link);

typedef enum vg_direct_end {
    VG_DIRECT_GOES_ON,
    VG_DIRECT_SAID_SO,  /* no more comes, and the other side said so */
    VG_DIRECT_JUST_CUT, /* no more comes */
    VG_DIRECT_BROKEN,   /* the bytes are not what the other side would send, or it complains */
} vg_direct_end;

/* Appends to `plain` what the bytes say, as far as records are whole. */
vg_direct_end vg_direct_link_read(vg_direct_link *link, vg_slice in, vg_buf *plain, vg_buf *out,
                                  char reason[VG_DIRECT_REASON]);
/* Seals bytes; false: nothing can be sent any more. */
bool vg_direct_link_write(vg_direct_link *link, vg_slice plain, vg_buf *out);
/* Has the other side said that no more comes? */
bool vg_direct_link_is_ended(const vg_direct_link *link);
/* Says that no more comes of us. */
void vg_direct_link_end(vg_direct_link *link, vg_buf *out);

#endif
