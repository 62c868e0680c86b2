/* A chain of secrets, one an hour: secret(h + 1) = HMAC(secret(h), "next"), and the key of an hour
 * is HMAC(secret(h), "name"), HMAC(secret(h), "cipher"), HMAC(secret(h), "mac"). */
#include "net/tls_tickets.h"

#include <pthread.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/secret.h"

enum { SECRET_BYTES = 32 };

static struct {
    pthread_mutex_t lock; /* nobody holds it at the fork: there is one thread then */
    bool is_made;
    bool has_old;
    uint64_t hour;
    unsigned char secret[SECRET_BYTES]; /* of the hour behind this one */
    vg_ticket_key now, old;
} chain = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool derive(const unsigned char secret[SECRET_BYTES], const char *word,
                   unsigned char to[SECRET_BYTES])
{
    unsigned len = SECRET_BYTES;

    return HMAC(EVP_sha256(), secret, SECRET_BYTES, (const unsigned char *)word, strlen(word), to,
                &len) != NULL;
}

static bool derive_key(const unsigned char secret[SECRET_BYTES], vg_ticket_key *key)
{
    unsigned char name[SECRET_BYTES];

    if (!derive(secret, "name", name) || !derive(secret, "cipher", key->cipher) ||
        !derive(secret, "mac", key->mac))
        return false;
    memcpy(key->name, name, sizeof key->name);
    return true;
}

/* One hour on; a failure leaves all as it was. */
static bool step(void)
{
    unsigned char next[SECRET_BYTES];
    vg_ticket_key key;

    if (!derive_key(chain.secret, &key) || !derive(chain.secret, "next", next))
        return false;
    vg_secret_wipe(&chain.old, sizeof chain.old);
    chain.old = chain.now;
    chain.now = key;
    memcpy(chain.secret, next, sizeof next);
    vg_secret_wipe(next, sizeof next);
    vg_secret_wipe(&key, sizeof key);
    chain.hour++;
    return true;
}

static bool make(uint64_t now_ms)
{
    if (RAND_priv_bytes(chain.secret, sizeof chain.secret) != 1)
        return false;
    chain.hour = now_ms / VG_TICKET_HOUR_MS - 1;
    chain.has_old = false;
    chain.is_made = step();
    return chain.is_made;
}

/* A clock that was put back changes nothing: the chain goes one way. */
static bool be_at(uint64_t now_ms)
{
    uint64_t hour = now_ms / VG_TICKET_HOUR_MS;

    if (!chain.is_made && !make(now_ms))
        return false;
    while (chain.hour < hour) {
        if (!step())
            return false;
        chain.has_old = true;
    }
    return true;
}

bool vg_tls_tickets_prepare(uint64_t now_ms)
{
    bool is_ready;

    pthread_mutex_lock(&chain.lock);
    is_ready = be_at(now_ms);
    pthread_mutex_unlock(&chain.lock);
    return is_ready;
}

bool vg_tls_tickets_current(uint64_t now_ms, vg_ticket_key *key)
{
    bool is_ready;

    pthread_mutex_lock(&chain.lock);
    is_ready = be_at(now_ms);
    if (is_ready)
        *key = chain.now;
    pthread_mutex_unlock(&chain.lock);
    return is_ready;
}

static const vg_ticket_key *find(const unsigned char name[VG_TICKET_NAME_BYTES])
{
    if (memcmp(chain.now.name, name, VG_TICKET_NAME_BYTES) == 0)
        return &chain.now;
    if (chain.has_old && memcmp(chain.old.name, name, VG_TICKET_NAME_BYTES) == 0)
        return &chain.old;
    return NULL;
}

bool vg_tls_tickets_find(uint64_t now_ms, const unsigned char name[VG_TICKET_NAME_BYTES],
                         vg_ticket_key *key, bool *is_old)
{
    const vg_ticket_key *found;

    pthread_mutex_lock(&chain.lock);
    found = be_at(now_ms) ? find(name) : NULL;
    *is_old = found == &chain.old;
    if (found != NULL)
        *key = *found;
    pthread_mutex_unlock(&chain.lock);
    return found != NULL;
}

void vg_tls_tickets_forget(void)
{
    pthread_mutex_lock(&chain.lock);
    chain.is_made = false;
    vg_secret_wipe(chain.secret, sizeof chain.secret);
    pthread_mutex_unlock(&chain.lock);
}
