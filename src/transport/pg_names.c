/* See pg_names.h. All hosts are asked at once; the answers are put together in the URL's order. */
#include "transport/pg_names.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

#include <uv.h>

#include "base/check.h"

enum { MOST_ADDRESSES = 32, ADDRESS_ROOM = 64 };

struct asked {
    uv_getaddrinfo_t request;
    vg_pg_names *names;
    int error;
};

struct vg_pg_names {
    vg_task task; /* when nothing needs to be looked up */
    vg_loop *loop;
    const vg_pg_url *url;
    vg_pg_named_fn *named; /* NULL: dropped */
    void *arg;
    uint32_t open;
    struct asked asked[VG_PG_HOSTS];
    uint32_t count; /* of addresses */
    char hosts[MOST_ADDRESSES * 256];
    char addresses[MOST_ADDRESSES * ADDRESS_ROOM];
    char ports[MOST_ADDRESSES * 8];
};

bool vg_pg_addresses_copy(vg_pg_addresses *to, const vg_pg_addresses *from)
{
    *to = (vg_pg_addresses){.hosts = strdup(from->hosts),
                            .addresses = strdup(from->addresses),
                            .ports = strdup(from->ports),
                            .count = from->count};
    return to->hosts != NULL && to->addresses != NULL && to->ports != NULL;
}

void vg_pg_addresses_fini(vg_pg_addresses *addresses)
{
    free(addresses->hosts);
    free(addresses->addresses);
    free(addresses->ports);
}

static bool is_asked(const vg_pg_host *host)
{
    return host->address == NULL && host->name[0] != '/' && host->name[0] != '@';
}

static void append(char *list, size_t room, bool is_first, const char *word)
{
    size_t len = strlen(list);

    snprintf(list + len, room - len, "%s%s", is_first ? "" : ",", word);
}

static void add(vg_pg_names *names, const vg_pg_host *host, const char *address)
{
    bool is_first = names->count == 0;

    if (names->count == MOST_ADDRESSES)
        return;
    append(names->hosts, sizeof names->hosts, is_first, host->name);
    append(names->addresses, sizeof names->addresses, is_first, address);
    append(names->ports, sizeof names->ports, is_first, host->port);
    names->count++;
}

static void add_found(vg_pg_names *names, const vg_pg_host *host, const struct addrinfo *found)
{
    char number[ADDRESS_ROOM];

    for (; found != NULL; found = found->ai_next) {
        if (getnameinfo(found->ai_addr, found->ai_addrlen, number, sizeof number, NULL, 0,
                        NI_NUMERICHOST) == 0)
            add(names, host, number);
    }
}

static void tell(vg_pg_names *names)
{
    vg_pg_addresses found = {
        .hosts = names->hosts, .addresses = names->addresses, .ports = names->ports};
    const char *detail = "the name has no address";

    for (uint32_t i = 0; i < names->url->host_count; i++) {
        const vg_pg_host *host = &names->url->hosts[i];

        if (!is_asked(host))
            add(names, host, host->address != NULL ? host->address : "");
        else if (names->asked[i].error == 0)
            add_found(names, host, names->asked[i].request.addrinfo);
        else
            detail = uv_strerror(names->asked[i].error);
    }
    found.count = names->count;
    names->named(names->arg, names->count > 0 ? &found : NULL, detail);
}

static void end(vg_pg_names *names)
{
    if (names->named != NULL)
        tell(names);
    for (uint32_t i = 0; i < VG_PG_HOSTS; i++)
        uv_freeaddrinfo(names->asked[i].request.addrinfo);
    free(names);
}

static void on_found(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct asked *asked = request->data;
    vg_pg_names *names = asked->names;

    asked->error = status;
    asked->request.addrinfo = found;
    if (--names->open == 0)
        end(names);
}

static void on_nothing_asked(vg_task *task)
{
    end(vg_container_of(task, vg_pg_names, task));
}

static void ask(vg_pg_names *names, uv_loop_t *uv, uint32_t i)
{
    static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct asked *asked = &names->asked[i];

    asked->names = names;
    asked->request.data = asked;
    asked->error =
        uv_getaddrinfo(uv, &asked->request, on_found, names->url->hosts[i].name, NULL, &hints);
    if (asked->error == 0)
        names->open++;
    else
        asked->request.addrinfo = NULL;
}

vg_pg_names *vg_pg_names_start(struct uv_loop_s *uv, vg_loop *loop, const vg_pg_url *url,
                               vg_pg_named_fn *named, void *arg)
{
    vg_pg_names *names = calloc(1, sizeof *names);

    if (names == NULL)
        return NULL;
    names->task.run = on_nothing_asked;
    names->loop = loop;
    names->url = url;
    names->named = named;
    names->arg = arg;
    for (uint32_t i = 0; i < url->host_count; i++) {
        if (is_asked(&url->hosts[i]))
            ask(names, uv, i);
    }
    if (names->open == 0)
        vg_loop_post(loop, &names->task);
    return names;
}

void vg_pg_names_drop(vg_pg_names *names)
{
    names->named = NULL;
    for (uint32_t i = 0; i < VG_PG_HOSTS; i++) {
        if (names->asked[i].names != NULL && names->asked[i].error == 0)
            uv_cancel((uv_req_t *)&names->asked[i].request);
    }
}
