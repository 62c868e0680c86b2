/* See direct_names.h. A look-up is shared by the thread and the loop: whoever of the two is done
 * with it last frees it. */
#include "transport/direct_names.h"

#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "base/check.h"

#define MS_NS ((uint64_t)1000000)

enum { DOUBT_MS = 1000, WORD_BYTES = 128 };

struct look_up {
    pthread_mutex_t lock;
    bool is_left;      /* by one of the two */
    uv_async_t *async; /* NULL: nobody wants to know any more */
    char *host, *port;
    vg_direct_addresses found;
    char detail[WORD_BYTES];
};

struct vg_direct_names {
    vg_loop *loop;
    uv_async_t async;
    const char *host, *port;
    struct look_up *under_way; /* NULL: none */
    vg_list askers;
    bool is_known;
    bool is_number;
    uint64_t since_ns, until_ns;
    vg_direct_addresses known;
};

/* --- addresses ------------------------------------------------------------------------------- */

static void add(vg_direct_addresses *to, const struct addrinfo *info)
{
    if (to->count == VG_DIRECT_ADDRESSES || info->ai_addrlen > sizeof to->at[0])
        return;
    memset(&to->at[to->count], 0, sizeof to->at[0]);
    memcpy(&to->at[to->count++], info->ai_addr, info->ai_addrlen);
}

static const struct addrinfo *next_of(const struct addrinfo *info, int family, bool is_it)
{
    while (info != NULL && (info->ai_family == family) != is_it)
        info = info->ai_next;
    return info;
}

/* One of the first's family, one of another, and so on. */
static void add_all(vg_direct_addresses *to, const struct addrinfo *info)
{
    int family = info->ai_family;
    const struct addrinfo *same = info, *other = next_of(info, family, false);

    while (same != NULL || other != NULL) {
        if (same != NULL) {
            add(to, same);
            same = next_of(same->ai_next, family, true);
        }
        if (other != NULL) {
            add(to, other);
            other = next_of(other->ai_next, family, false);
        }
    }
}

static int ask(const char *host, const char *port, vg_direct_addresses *to)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *info = NULL;
    int error = getaddrinfo(host, port, &hints, &info);

    if (error != 0)
        return error;
    add_all(to, info);
    freeaddrinfo(info);
    return 0;
}

static bool read_number(const char *host, const char *port, vg_direct_addresses *to)
{
    int number = (int)strtol(port, NULL, 10);

    if (uv_ip4_addr(host, number, (struct sockaddr_in *)&to->at[0]) == 0 ||
        uv_ip6_addr(host, number, (struct sockaddr_in6 *)&to->at[0]) == 0)
        to->count = 1;
    return to->count == 1;
}

/* --- the thread ------------------------------------------------------------------------------ */

static void free_look_up(struct look_up *look_up)
{
    pthread_mutex_destroy(&look_up->lock);
    free(look_up->host);
    free(look_up->port);
    free(look_up);
}

/* The last to leave frees it. */
static void leave(struct look_up *look_up, bool is_thread)
{
    bool is_last;

    pthread_mutex_lock(&look_up->lock);
    is_last = look_up->is_left;
    look_up->is_left = true;
    if (is_thread && look_up->async != NULL)
        uv_async_send(look_up->async);
    else
        look_up->async = NULL;
    pthread_mutex_unlock(&look_up->lock);
    if (is_last)
        free_look_up(look_up);
}

static void *run(void *arg)
{
    struct look_up *look_up = arg;
    int error = ask(look_up->host, look_up->port, &look_up->found);
    char words[WORD_BYTES];

    if (error == EAI_SYSTEM)
        snprintf(look_up->detail, WORD_BYTES, "%s", strerror_r(errno, words, sizeof words));
    else if (error != 0)
        snprintf(look_up->detail, WORD_BYTES, "%s", gai_strerror(error));
    leave(look_up, true);
    return NULL;
}

static struct look_up *new_look_up(const vg_direct_names *names)
{
    struct look_up *look_up = calloc(1, sizeof *look_up);

    if (look_up == NULL)
        return NULL;
    pthread_mutex_init(&look_up->lock, NULL);
    look_up->async = (uv_async_t *)&names->async;
    look_up->host = strdup(names->host);
    look_up->port = strdup(names->port);
    if (look_up->host != NULL && look_up->port != NULL)
        return look_up;
    free_look_up(look_up);
    return NULL;
}

static bool start_look_up(vg_direct_names *names)
{
    struct look_up *look_up = new_look_up(names);
    pthread_attr_t attr;
    pthread_t thread;
    int error;

    if (look_up == NULL)
        return false;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    error = pthread_create(&thread, &attr, run, look_up);
    pthread_attr_destroy(&attr);
    if (error != 0) {
        free_look_up(look_up);
        return false;
    }
    names->under_way = look_up;
    return true;
}

/* --- on the loop ----------------------------------------------------------------------------- */

/* Those who begin to wait while these are told wait for the next. */
static void tell_all(vg_direct_names *names, const vg_direct_addresses *found, const char *detail)
{
    vg_list told, *link;

    vg_list_init(&told);
    while ((link = vg_list_shift(&names->askers)) != NULL)
        vg_list_push(&told, link);
    while ((link = vg_list_shift(&told)) != NULL) {
        vg_direct_asker *asker = vg_container_of(link, vg_direct_asker, link);

        asker->named(asker, found, detail);
    }
}

static bool is_over(struct look_up *look_up)
{
    bool is_over;

    pthread_mutex_lock(&look_up->lock);
    is_over = look_up->is_left;
    pthread_mutex_unlock(&look_up->lock);
    return is_over;
}

static void take(vg_direct_names *names, const vg_direct_addresses *found)
{
    names->is_known = found->count > 0;
    names->since_ns = vg_loop_now_ns(names->loop);
    names->until_ns = names->since_ns + VG_DIRECT_NAMES_MS * MS_NS;
    names->known = *found;
}

static void on_async(uv_async_t *async)
{
    vg_direct_names *names = async->data;
    struct look_up *look_up = names->under_way;
    char detail[WORD_BYTES] = "no thread is left to look the name up with";
    vg_direct_addresses found = {0};

    if (look_up != NULL && !is_over(look_up))
        return;
    if (look_up != NULL) {
        found = look_up->found;
        memcpy(detail, look_up->detail, sizeof detail);
        names->under_way = NULL;
        leave(look_up, false);
        take(names, &found);
    }
    tell_all(names, found.count > 0 ? &found : NULL,
             detail[0] != '\0' ? detail : "the name has no address");
}

const vg_direct_addresses *vg_direct_names_get(vg_direct_names *names, vg_direct_asker *asker)
{
    if (names->is_known && (names->is_number || vg_loop_now_ns(names->loop) < names->until_ns))
        return &names->known;
    vg_list_push(&names->askers, &asker->link);
    if (names->under_way == NULL && !start_look_up(names)) /* told from the loop, as always */
        uv_async_send(&names->async);
    return NULL;
}

void vg_direct_names_drop(vg_direct_asker *asker)
{
    vg_list_remove(&asker->link);
}

void vg_direct_names_doubt(vg_direct_names *names)
{
    uint64_t soon_ns = names->since_ns + DOUBT_MS * MS_NS;

    if (soon_ns < names->until_ns)
        names->until_ns = soon_ns;
}

/* --- its life -------------------------------------------------------------------------------- */

vg_direct_names *vg_direct_names_new(struct uv_loop_s *uv, vg_loop *loop, const char *host,
                                     const char *port)
{
    vg_direct_names *names = calloc(1, sizeof *names);

    if (names == NULL)
        return NULL;
    if (uv_async_init(uv, &names->async, on_async) != 0) {
        free(names);
        return NULL;
    }
    names->async.data = names;
    names->loop = loop;
    names->host = host;
    names->port = port;
    vg_list_init(&names->askers);
    names->is_number = read_number(host, port, &names->known);
    names->is_known = names->is_number;
    return names;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void vg_direct_names_close(vg_direct_names *names)
{
    if (names == NULL)
        return;
    if (names->under_way != NULL)
        leave(names->under_way, false);
    uv_close((uv_handle_t *)&names->async, on_closed);
}
