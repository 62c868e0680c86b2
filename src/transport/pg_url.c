/* See pg_url.h. libpq parses; this file checks, splits the lists of hosts, and fills in. */
#include "transport/pg_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "base/secret.h"
#include "transport/pg_hosts.h"

enum { MOST_BYTES = 8192 };

#define SYSTEM_CAS "/etc/ssl/certs/ca-certificates.crt"

struct reader {
    vg_pg_url *url;
    const vg_pg_url_parts *parts;
    char *why;
    size_t why_room;
};

static bool refuse(struct reader *r, const char *why)
{
    snprintf(r->why, r->why_room, "%s", why);
    return false;
}

static bool out_of_memory(struct reader *r)
{
    return refuse(r, "there is no memory to read the URL");
}

/* --- options --------------------------------------------------------------------------------- */

char *vg_pg_text(vg_slice bytes)
{
    char *text = malloc(bytes.len + 1);

    if (text == NULL)
        return NULL;
    if (bytes.len > 0)
        memcpy(text, bytes.at, bytes.len);
    text[bytes.len] = '\0';
    return text;
}

static void forget(char *value)
{
    if (value != NULL)
        vg_secret_wipe(value, strlen(value));
    free(value);
}

static vg_pg_option *find(const vg_pg_url *url, const char *keyword)
{
    for (uint32_t i = 0; i < url->option_count; i++) {
        if (strcmp(url->options[i].keyword, keyword) == 0)
            return (vg_pg_option *)&url->options[i];
    }
    return NULL;
}

const char *vg_pg_url_option(const vg_pg_url *url, const char *keyword)
{
    const vg_pg_option *option = find(url, keyword);

    return option != NULL ? option->value : NULL;
}

/* `keyword` is a literal, or libpq's. Replaces. */
static bool set(struct reader *r, const char *keyword, vg_slice value)
{
    vg_pg_url *url = r->url;
    vg_pg_option *option = find(url, keyword);
    char *copy = vg_pg_text(value);

    if (copy == NULL)
        return out_of_memory(r);
    if (option == NULL && url->option_count == VG_PG_OPTIONS) {
        forget(copy);
        return refuse(r, "the URL has too many parameters");
    }
    if (option == NULL) {
        option = &url->options[url->option_count++];
        *option = (vg_pg_option){.keyword = keyword};
    }
    forget(option->value);
    option->value = copy;
    return true;
}

static bool set_text(struct reader *r, const char *keyword, const char *value)
{
    return set(r, keyword, vg_slice_str(value));
}

static bool set_default(struct reader *r, const char *keyword, const char *value)
{
    return find(r->url, keyword) != NULL || set_text(r, keyword, value);
}

/* --- hosts ----------------------------------------------------------------------------------- */

/* The next of a list with commas; `rest` is what is behind it, NULL behind the last. */
static vg_slice next_of(const char **rest)
{
    const char *at = *rest;
    size_t len = strcspn(at, ",");

    *rest = at[len] == ',' ? at + len + 1 : NULL;
    return vg_slice_of(at, len);
}

static uint32_t count_of(const char *list)
{
    uint32_t count = 1;

    for (; *list != '\0'; list++)
        count += *list == ',';
    return count;
}

static bool copy_to(struct reader *r, char **to, vg_slice from)
{
    *to = vg_pg_text(from);
    return *to != NULL || out_of_memory(r);
}

struct lists { /* as libpq has them; NULL where none is given */
    const char *names;
    const char *addresses;
    const char *ports;
};

static bool fits(const char *list, uint32_t hosts)
{
    return list == NULL || count_of(list) == hosts;
}

static bool read_host(struct reader *r, vg_pg_host *host, struct lists *rest)
{
    vg_slice name = rest->names != NULL ? next_of(&rest->names) : (vg_slice){0};
    vg_slice address = rest->addresses != NULL ? next_of(&rest->addresses) : (vg_slice){0};
    vg_slice port = rest->ports != NULL ? next_of(&rest->ports) : (vg_slice){0};
    uint64_t number;

    if (name.len == 0 && address.len == 0)
        return refuse(r, "the URL names no host");
    if (name.len > 255)
        return refuse(r, "the URL names a host that is longer than names are");
    if (port.len == 0)
        port = VG_LIT("5432"); /* else the environment might say another */
    if (!vg_slice_u64(port, &number) || number == 0 || number > 65535)
        return refuse(r, "the URL has a port that is no number from 1 to 65535");
    if (address.len > 0 && !copy_to(r, &host->address, address))
        return false;
    return copy_to(r, &host->name, name.len > 0 ? name : address) && copy_to(r, &host->port, port);
}

/* One port stands for all hosts. */
static bool read_hosts(struct reader *r, const struct lists *lists)
{
    struct lists rest = *lists;
    bool has_one_port = lists->ports != NULL && count_of(lists->ports) == 1;
    const char *first = lists->names != NULL ? lists->names : lists->addresses;
    uint32_t count = first != NULL ? count_of(first) : 0;

    if (count == 0)
        return refuse(r, "the URL names no host");
    if (count > VG_PG_HOSTS)
        return refuse(r, "the URL names too many hosts");
    if (!fits(lists->addresses, count) || (!has_one_port && !fits(lists->ports, count)))
        return refuse(r, "the URL has as many hosts as it has neither ports nor addresses");
    for (uint32_t i = 0; i < count; i++) {
        if (has_one_port)
            rest.ports = lists->ports;
        r->url->host_count = i + 1;
        if (!read_host(r, &r->url->hosts[i], &rest))
            return false;
    }
    return true;
}

/* --- what libpq read ------------------------------------------------------------------------- */

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strcmp(word, *words) == 0)
            return true;
    }
    return false;
}

static bool is_utf8(const char *encoding)
{
    return strcasecmp(encoding, "utf8") == 0 || strcasecmp(encoding, "utf-8") == 0 ||
           strcasecmp(encoding, "unicode") == 0;
}

/* libpq would look at these words only when it connects. */
static const struct worded {
    const char *keyword;
    const char *words[8];
} worded[] = {
    {"sslmode", {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}},
    {"gssencmode", {"disable", "prefer", "require"}},
    {"channel_binding", {"disable", "prefer", "require"}},
    {"target_session_attrs",
     {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"}},
};

static bool refuse_word(struct reader *r, const struct worded *row)
{
    size_t len;

    snprintf(r->why, r->why_room, "the URL's parameter %s is none of", row->keyword);
    for (const char *const *word = row->words; *word != NULL; word++) {
        len = strlen(r->why);
        snprintf(r->why + len, r->why_room - len, "%s%s", word == row->words ? " " : ", ", *word);
    }
    return false;
}

static bool is_allowed(struct reader *r, const char *keyword, const char *value)
{
    static const char *const refused[] = {"service", "replication", NULL};

    if (is_one_of(keyword, refused)) {
        snprintf(r->why, r->why_room, "the URL's parameter %s cannot be used here", keyword);
        return false;
    }
    for (size_t i = 0; i < sizeof worded / sizeof *worded; i++) {
        if (strcmp(keyword, worded[i].keyword) == 0 && !is_one_of(value, worded[i].words))
            return refuse_word(r, &worded[i]);
    }
    if (strcmp(keyword, "client_encoding") == 0 && !is_utf8(value))
        return refuse(r, "the URL's client_encoding can only be UTF8");
    return true;
}

/* Whatever has a default built in is said, so that the environment does not say otherwise. */
static bool take_option(struct reader *r, struct lists *lists, const PQconninfoOption *option)
{
    const char *value = option->val != NULL ? option->val : option->compiled;

    if (value == NULL || value[0] == '\0')
        return true;
    if (option->val != NULL && !is_allowed(r, option->keyword, value))
        return false;
    if (strcmp(option->keyword, "host") == 0)
        lists->names = option->val;
    else if (strcmp(option->keyword, "hostaddr") == 0)
        lists->addresses = option->val;
    else if (strcmp(option->keyword, "port") == 0)
        lists->ports = option->val;
    else if (strcmp(option->keyword, "connect_timeout") == 0)
        r->url->connect_ms = strtoul(value, NULL, 10) * 1000;
    else if (option->val != NULL || strcmp(option->keyword, "sslmode") != 0)
        return strcmp(option->keyword, "gssencmode") == 0 && option->val == NULL
                   ? true
                   : set_text(r, option->keyword, value);
    return true;
}

static bool take_options(struct reader *r, const PQconninfoOption *options)
{
    struct lists lists = {0};

    for (; options->keyword != NULL; options++) {
        if (!take_option(r, &lists, options))
            return false;
    }
    return read_hosts(r, &lists);
}

/* libpq quotes what it cannot read, which may hold a secret; but for a parameter's name. */
static bool refuse_syntax(struct reader *r, const char *says)
{
    const char *about = says != NULL ? strstr(says, "invalid URI query parameter: \"") : NULL;
    const char *name = about != NULL ? strchr(about, '"') + 1 : "";
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz_");

    if (len < 3 || len > 40 || name[len] != '"')
        return refuse(r, "the URL cannot be read: it should look like "
                         "postgresql://user:password@host:5432/database?sslmode=verify-full");
    snprintf(r->why, r->why_room, "the URL's parameter %.*s is not known", (int)len, name);
    return false;
}

static void free_options(PQconninfoOption *options)
{
    for (PQconninfoOption *at = options; at != NULL && at->keyword != NULL; at++) {
        if (at->val != NULL)
            vg_secret_wipe(at->val, strlen(at->val));
    }
    PQconninfoFree(options);
}

static bool parse(struct reader *r)
{
    char *text = vg_pg_text(r->parts->url);
    char *says = NULL;
    PQconninfoOption *options;
    bool good;

    if (text == NULL)
        return out_of_memory(r);
    options = PQconninfoParse(text, &says);
    good = options != NULL ? take_options(r, options) : refuse_syntax(r, says);
    free_options(options);
    forget(says);
    forget(text);
    return good;
}

/* --- what is ours ---------------------------------------------------------------------------- */

static bool verifies(const vg_pg_url *url)
{
    const char *mode = vg_pg_url_option(url, "sslmode");

    return mode != NULL && strncmp(mode, "verify", 6) == 0;
}

static bool has_own_root(void)
{
    const char *home = getenv("HOME");
    char path[512];

    if (home == NULL)
        return false;
    snprintf(path, sizeof path, "%s/.postgresql/root.crt", home);
    return access(path, R_OK) == 0;
}

static bool set_tls(struct reader *r, bool is_a_must)
{
    vg_pg_option *root = find(r->url, "sslrootcert");
    bool is_system = root != NULL && strcmp(root->value, "system") == 0;
    vg_slice ca_file = r->parts->ca_file;

    if (root == NULL && ca_file.len > 0 && !set(r, "sslrootcert", ca_file))
        return false;
    if ((ca_file.len > 0 || is_system) && !set_default(r, "sslmode", "verify-full"))
        return false;
    if (is_a_must && !set_default(r, "sslmode", "require"))
        return false;
    if (is_system)
        return set_text(r, "sslrootcert", SYSTEM_CAS);
    if (verifies(r->url) && !has_own_root())
        return set_default(r, "sslrootcert", SYSTEM_CAS);
    return set_default(r, "sslmode", "prefer");
}

static bool uses_sni(const vg_pg_url *url)
{
    const char *sni = vg_pg_url_option(url, "sslsni");

    return sni == NULL || strcmp(sni, "0") != 0;
}

/* Told twice it has to be the same. */
static bool fits_endpoint(struct reader *r, const char *told, vg_slice id)
{
    vg_slice word = vg_slice_of(told, strcspn(told, " "));

    return !uses_sni(r->url) || vg_slice_is(word, id) ||
           refuse(r, "the URL's parameter options names another endpoint than its host does");
}

/* Without SNI it cannot tell whose endpoint is meant. */
static bool set_endpoint(struct reader *r, const vg_pg_host *host)
{
    const char *given = vg_pg_url_option(r->url, "options");
    const char *told = given != NULL ? strstr(given, "endpoint=") : NULL;
    vg_slice id = vg_pg_host_endpoint(host);
    char options[1024];
    int len;

    if (told != NULL)
        return fits_endpoint(r, told + strlen("endpoint="), id);
    if (uses_sni(r->url))
        return true;
    len = snprintf(options, sizeof options, "%s%sendpoint=" VG_FMT, given != NULL ? given : "",
                   given != NULL ? " " : "", VG_ARG(id));
    if (len < 0 || (size_t)len >= sizeof options)
        return refuse(r, "the URL's parameter options is too long");
    return set_text(r, "options", options);
}

/* For who has gone without a word: the system's own patience is a quarter of an hour for what was
 * sent, and two hours for what is waited for. */
static bool set_patience(struct reader *r)
{
    return set_default(r, "tcp_user_timeout", "30000") && set_default(r, "keepalives_idle", "60") &&
           set_default(r, "keepalives_interval", "10") && set_default(r, "keepalives_count", "3");
}

static bool complete(struct reader *r)
{
    bool is_on_neon = false;

    for (uint32_t i = 0; i < r->url->host_count; i++) {
        vg_pg_host *host = &r->url->hosts[i];

        if (vg_pg_host_pools(host) && r->parts->is_direct)
            vg_pg_host_go_past(host);
        r->url->loses_names = r->url->loses_names || vg_pg_host_pools(host);
        if (vg_pg_host_is_neon(host) && !is_on_neon && !set_endpoint(r, host))
            return false;
        is_on_neon = is_on_neon || vg_pg_host_is_neon(host);
    }
    if (r->parts->password.len > 0 && !set(r, "password", r->parts->password))
        return false;
    if (find(r->url, "user") == NULL)
        return refuse(r, "the URL names no user: postgresql://user@host:5432/database");
    return set_tls(r, is_on_neon) && set_patience(r) && set_default(r, "gssencmode", "disable") &&
           set_default(r, "fallback_application_name", "vecgate") &&
           set_text(r, "client_encoding", "UTF8");
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool is_text(vg_slice bytes)
{
    return bytes.len == 0 || memchr(bytes.at, '\0', bytes.len) == NULL;
}

bool vg_pg_url_read(vg_pg_url *url, const vg_pg_url_parts *parts, char *why, size_t why_room)
{
    struct reader r = {url, parts, why, why_room};
    bool is_url = vg_slice_starts(parts->url, VG_LIT("postgresql://")) ||
                  vg_slice_starts(parts->url, VG_LIT("postgres://"));

    *url = (vg_pg_url){0};
    if (!is_url)
        return refuse(&r, "the URL should begin with postgresql://");
    if (parts->url.len > MOST_BYTES)
        return refuse(&r, "the URL is too long");
    if (!is_text(parts->url) || !is_text(parts->password) || !is_text(parts->ca_file))
        return refuse(&r, "the URL, the password or the CA file holds a NUL byte");
    if (getenv("PGSERVICE") != NULL)
        return refuse(&r, "PGSERVICE is set in the environment: a service may ask LDAP, which "
                          "would block");
    return parse(&r) && complete(&r);
}

void vg_pg_url_fini(vg_pg_url *url)
{
    for (uint32_t i = 0; i < url->host_count; i++) {
        free(url->hosts[i].name);
        free(url->hosts[i].address);
        free(url->hosts[i].port);
    }
    for (uint32_t i = 0; i < url->option_count; i++)
        forget(url->options[i].value);
    *url = (vg_pg_url){0};
}
