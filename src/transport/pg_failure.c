/* See pg_failure.h. */
#include "transport/pg_failure.h"

#include <stdio.h>

#include <libpq-fe.h>

/* libpq's words end in line feeds; a message is one line. */
static void put_line(char *to, size_t room, const char *says)
{
    size_t len;

    snprintf(to, room, "%s", says);
    len = strlen(to);
    while (len > 0 && to[len - 1] == '\n')
        to[--len] = '\0';
    for (char *at = to; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ')
            *at = ' ';
    }
}

/* With PQERRORS_VERBOSE a server's refusal reads "… FATAL:  53300: sorry, …\nLOCATION: …"; the word
 * before it may be in the server's language, and there may be one for each address. */
static const char *find_state(const char *says)
{
    const char *found = NULL;

    for (const char *at = strstr(says, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        if (strspn(at + 3, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 && at[8] == ':')
            found = at + 3;
    }
    return found;
}

/* What Neon's proxy says while a database that slept is being woken: to be tried again. */
static bool is_waking(const char *says)
{
    return strstr(says, "Couldn't connect to compute node") != NULL;
}

static void refuse(vg_pg_failure *failure, const char *state, const char *says)
{
    size_t len = strcspn(says, "\n");

    *failure = (vg_pg_failure){.fault = VG_FAULT_NONE};
    snprintf(failure->state, sizeof failure->state, "%.5s", state);
    snprintf(failure->detail, sizeof failure->detail, "%.*s", (int)(len < 200 ? len : 200), says);
}

/* Who is asked for TLS and goes away, before it says yes or no, is no TLS fault (OpenSSL is not in
 * these words yet). Since TLS 1.3 what a server thinks of our certificate comes behind the
 * handshake: as an alert. */
static vg_fault fault_of(const char *says, bool in_tls)
{
    bool was_asked = strstr(says, "server closed the connection unexpectedly") != NULL ||
                     strstr(says, "could not receive data from server") != NULL;

    if ((in_tls && !was_asked) || strstr(says, "channel binding") != NULL ||
        strstr(says, " alert ") != NULL)
        return VG_FAULT_TLS;
    return VG_FAULT_CONNECT;
}

void vg_pg_failure_say(vg_pg_failure *failure, vg_fault fault, const char *says)
{
    *failure = (vg_pg_failure){.fault = fault};
    put_line(failure->detail, sizeof failure->detail, says);
}

void vg_pg_failure_read(vg_pg_failure *failure, struct pg_conn *pg, bool in_tls)
{
    const char *says = PQerrorMessage(pg);
    const char *state = find_state(says);

    if (is_waking(says)) {
        vg_pg_failure_say(failure, VG_FAULT_CONNECT, says);
        failure->is_waking = true;
    } else if (state != NULL) {
        refuse(failure, state, state + strlen("00000: "));
    } else if (PQconnectionNeedsPassword(pg)) {
        refuse(failure, "28P01", "the server wants a password and none is configured");
    } else {
        vg_pg_failure_say(failure, fault_of(says, in_tls), says);
    }
}
