/* See tls_bio.h. */
#include "base/tls_bio.h"

#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static BIO_METHOD *method;

static int read_wire(BIO *bio, char *to, size_t room, size_t *len)
{
    vg_tls_wire *wire = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    *len = wire->in.len < room ? wire->in.len : room;
    if (*len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    memcpy(to, wire->in.at, *len);
    wire->in = vg_slice_skip(wire->in, *len);
    return 1;
}

static int write_wire(BIO *bio, const char *from, size_t len, size_t *written)
{
    vg_tls_wire *wire = BIO_get_data(bio);

    BIO_clear_retry_flags(bio);
    vg_buf_put(wire->out, vg_slice_of(from, len));
    *written = len;
    return !vg_buf_is_spent(wire->out);
}

/* There is nothing to flush, and nothing else that it could be told. */
static long control(BIO *bio, int what, long number, void *at)
{
    (void)bio, (void)number, (void)at;
    return what == BIO_CTRL_FLUSH;
}

static int create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static void make_method(void)
{
    method = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "wire");
    if (method == NULL)
        return;
    BIO_meth_set_read_ex(method, read_wire);
    BIO_meth_set_write_ex(method, write_wire);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, create);
}

BIO *vg_tls_bio_new(vg_tls_wire *wire)
{
    BIO *bio;

    pthread_once(&once, make_method);
    bio = method != NULL ? BIO_new(method) : NULL;
    if (bio != NULL)
        BIO_set_data(bio, wire);
    return bio;
}
