/* --name VALUE and --name=VALUE; every flag sets an option but --config and --help. */
#include "cli/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/nearest.h"

struct reading {
    char *const *words;
    unsigned takes;
    vg_arena *arena;
    vg_flags *out;
    vg_slice *complaint;
    int sets;
};

/* `option` NULL: the value itself is NAME=VALUE, or for --config a file. */
static const struct flag {
    const char *name;
    const char *option;
    unsigned needs;
    const char *value;
} known[] = {
    {"--config", NULL, VG_TAKES_CONFIG, "FILE"},
    {"--data", "data", VG_TAKES_SETS, "DIR"},
    {"--listen", "listen", VG_TAKES_SETS, "ADDRESS:PORT"},
    {"--set", NULL, VG_TAKES_SETS, "NAME=VALUE"},
    {"--connect", NULL, VG_TAKES_TRIES, NULL},
    {"--isolation", NULL, VG_TAKES_TRIES, NULL},
    {"--help", NULL, 0, NULL},
    {"-h", NULL, 0, NULL},
};

enum { KNOWN = sizeof known / sizeof known[0] };

static bool refuse_flag(const struct reading *r, vg_slice name)
{
    const char *names[KNOWN];
    const char *near;
    size_t count = 0;

    for (int i = 0; i < KNOWN; i++)
        if ((known[i].needs & ~r->takes) == 0)
            names[count++] = known[i].name;
    near = vg_nearest(name, names, count);
    *r->complaint = vg_arena_printf(r->arena, "there is no flag " VG_FMT "%s%s%s", VG_ARG(name),
                                    near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                                    near != NULL ? "?" : "");
    return false;
}

static const struct flag *find(const struct reading *r, vg_slice name)
{
    for (int i = 0; i < KNOWN; i++)
        if (vg_slice_is_str(name, known[i].name) && (known[i].needs & ~r->takes) == 0)
            return &known[i];
    return NULL;
}

static bool take(struct reading *r, const struct flag *flag, const char *value)
{
    if (flag->needs == VG_TAKES_CONFIG) {
        r->out->config = value;
        return true;
    }
    if (r->sets == VG_FLAGS_SETS) {
        *r->complaint = VG_LIT("too many flags: write a file, and name it with --config");
        return false;
    }
    r->out->sets[r->sets++] =
        flag->option != NULL ? vg_arena_printf(r->arena, "%s=%s", flag->option, value).at : value;
    return true;
}

/* A flag that takes no value. */
static bool *switch_of(vg_flags *out, const char *name)
{
    if (strcmp(name, "--connect") == 0)
        return &out->connect;
    return strcmp(name, "--isolation") == 0 ? &out->isolation : &out->help;
}

static bool read_flag(struct reading *r)
{
    vg_slice word = vg_slice_str(*r->words++);
    vg_slice name = vg_slice_of(word.at, vg_slice_find(word, '='));
    const struct flag *flag = find(r, name);

    if (flag == NULL)
        return refuse_flag(r, name);
    if (flag->value == NULL && name.len == word.len)
        return *switch_of(r->out, flag->name) = true;
    if (flag->value != NULL && name.len < word.len)
        return take(r, flag, word.at + name.len + 1);
    if (flag->value != NULL && *r->words != NULL)
        return take(r, flag, *r->words++);
    *r->complaint =
        flag->value != NULL
            ? vg_arena_printf(r->arena, "%s needs %s behind it", flag->name, flag->value)
            : vg_arena_printf(r->arena, "%s takes no value", flag->name);
    return false;
}

static bool read_word(struct reading *r)
{
    const char *word = *r->words++;

    if ((r->takes & VG_TAKES_WORD) != 0 && r->out->word == NULL) {
        r->out->word = word;
        return true;
    }
    *r->complaint = vg_arena_printf(r->arena, "\"%s\" is one word too many", word);
    return false;
}

bool vg_flags_read(char *const *words, unsigned takes, vg_arena *arena, vg_flags *out,
                   vg_slice *complaint)
{
    struct reading r = {words, takes, arena, out, complaint, 0};

    *out = (vg_flags){0};
    while (*r.words != NULL)
        if (!(**r.words == '-' ? read_flag(&r) : read_word(&r)))
            return false;
    if ((takes & VG_TAKES_WORD) == 0 || out->word != NULL || out->help)
        return true;
    *complaint = VG_LIT("a word is missing: the directory to write to");
    return false;
}

const char *vg_flags_file(const vg_flags *flags)
{
    const char *from_env = getenv("VECGATE_CONFIG");

    if (flags->config != NULL)
        return flags->config;
    return from_env != NULL && *from_env != '\0' ? from_env : NULL;
}

vg_config *vg_flags_config_of(const vg_flags *flags, vg_slice text)
{
    const vg_config_source source = {.file = vg_flags_file(flags),
                                     .text = text,
                                     .environ = (const char *const *)environ,
                                     .sets = flags->sets};
    vg_config *config;
    vg_buf complaints;

    vg_buf_init(&complaints, 1 << 20);
    config = vg_config_read(&source, &complaints);
    fprintf(stderr, VG_FMT, VG_ARG(vg_buf_bytes(&complaints)));
    vg_buf_fini(&complaints);
    return config;
}

vg_config *vg_flags_config(const vg_flags *flags)
{
    return vg_flags_config_of(flags, (vg_slice){0});
}

vg_credentials *vg_flags_credentials(const vg_config *config)
{
    vg_credentials *credentials;
    vg_buf complaints;

    vg_buf_init(&complaints, 1 << 20);
    credentials = vg_credentials_new(&vg_config_values(config)->credentials, &complaints);
    fprintf(stderr, VG_FMT, VG_ARG(vg_buf_bytes(&complaints)));
    vg_buf_fini(&complaints);
    return credentials;
}

static void tell_expired(const vg_identity *who, vg_slice from)
{
    vg_log(VG_WARN, "a credential has expired and is refused", VG_S("credential", who->name),
           VG_S("where", from));
}

void vg_flags_tell_expired(const vg_credentials *credentials)
{
    vg_credentials_each_expired(credentials, vg_clock_wall_ms(), tell_expired);
}

/* The place first, unless the sentence names it anyway. */
void vg_flags_tell(const char *command, const vg_status *status)
{
    vg_slice what = vg_status_what(status), where = status->where;

    if (where.len == 0 || memmem(what.at, what.len, where.at, where.len) != NULL)
        fprintf(stderr, "vecgate %s: " VG_FMT "\n", command, VG_ARG(what));
    else
        fprintf(stderr, "vecgate %s: " VG_FMT ": " VG_FMT "\n", command, VG_ARG(where),
                VG_ARG(what));
}
