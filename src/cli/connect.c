/* See connect.h. Each place gets a loop and a store of its own, so that none waits for another. */
#include "cli/connect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "cli/await.h"
#include "cli/connect_place.h"
#include "cli/parts.h"

enum { OP_BYTES = 1 << 20, ARENA_BYTES = 1 << 20, ASKS = 2 };

#define MS ((uint64_t)1000000)

typedef enum verdict {
    REACHABLE,
    TO_BE_MADE,
    IN_USE,
    UNAUTHORISED,
    NOT_READY,
    UNREACHABLE
} verdict;

static const struct {
    const char *word;
    bool is_good;
} verdicts[] = {
    [REACHABLE] = {"reachable", true},  [TO_BE_MADE] = {"not there yet", true},
    [IN_USE] = {"in use", true},        [UNAUTHORISED] = {"unauthorised", false},
    [NOT_READY] = {"not ready", false}, [UNREACHABLE] = {"unreachable", false},
};

struct run {
    vg_config *config;
    vg_common common;
    vg_arena *arena;
    vg_metadata_conf metadata_conf;
};

/* What came of one place. Slices are in the run's arena. */
struct finding {
    verdict verdict;
    vg_slice what;  /* went wrong, or is to be known */
    vg_slice title; /* of what answered */
    vg_slice version;
    uint64_t took_ns[ASKS];
};

/* ---- asking ---- */

/* Words of its own: the story's place in the code is the runner's, not the server's. */
static verdict verdict_of(const vg_status *status)
{
    switch (status->code) {
    case VG_OK:
        return REACHABLE;
    case VG_BACKEND_AUTH:
        return UNAUTHORISED;
    case VG_DEADLINE:
        return UNREACHABLE;
    case VG_CONFLICT:
        return IN_USE;
    case VG_UNAVAILABLE: /* a server that says so itself is there: the runner names the place */
        return status->upstream.len > 0 || status->where.len == 0 ? NOT_READY : UNREACHABLE;
    default:
        return NOT_READY;
    }
}

static void keep(const struct run *run, struct finding *found, const vg_op *op)
{
    found->verdict = verdict_of(&op->status);
    if (op->status.code != VG_OK) {
        found->what = vg_arena_copy(run->arena, vg_status_what(&op->status));
        return;
    }
    found->title = vg_arena_copy(run->arena, op->out.health.title);
    found->version = vg_arena_copy(run->arena, op->out.health.version);
}

static void ask(const struct run *run, vg_parts *parts, struct finding *found, int nth)
{
    static const vg_tenant who = {.name = VG_LIT_INIT("default"), .is_sole = true};
    uint64_t began_ns = vg_clock_now_ns();
    vg_await asked;
    vg_op op = {.magic = VG_OP_MAGIC,
                .kind = VG_OP_HEALTH,
                .arena = vg_arena_new(OP_BYTES),
                .who = &who,
                .now_ms = vg_clock_wall_ms()};

    uv_update_time(&parts->uv);
    op.deadline_ns = vg_clock_now_ns() + parts->conf->deadline_ms * MS;
    vg_random_bytes(op.chance, sizeof op.chance);
    if (op.arena == NULL) {
        found->verdict = NOT_READY;
        found->what = VG_LIT("no memory is left");
        return;
    }
    vg_await_begin(&asked, &parts->uv, &op);
    vg_call_start(parts->vector.runner, &op);
    vg_await_end(&asked);
    found->took_ns[nth] = vg_clock_now_ns() - began_ns;
    keep(run, found, &op);
    vg_arena_free(op.arena);
}

/* A loop that only others wake is not turned by uv_run(): this keeps it awake. */
static void on_nothing(uv_timer_t *timer)
{
    (void)timer;
}

static void ask_all(const struct run *run, vg_parts *parts, struct finding *found)
{
    const uint64_t hour_ms = 3600000;
    uv_timer_t awake;

    uv_timer_init(&parts->uv, &awake);
    uv_timer_start(&awake, on_nothing, hour_ms, hour_ms);
    for (int i = 0; i < ASKS && found->verdict == REACHABLE; i++)
        ask(run, parts, found, i);
    while (vg_runner_calls(parts->vector.runner) > 0)
        uv_run(&parts->uv, UV_RUN_NOWAIT);
    uv_close((uv_handle_t *)&awake, NULL);
    uv_run(&parts->uv, UV_RUN_NOWAIT); /* which ends it, before its memory does */
}

/* ---- stores of files ---- */

/* The nearest that is there: may what is missing below it be made? */
static bool can_be_made(char *path)
{
    struct stat there;

    for (char *slash; stat(path, &there) != 0; *slash = '\0') {
        slash = strrchr(path, '/');
        if (errno != ENOENT || slash == NULL)
            return slash == NULL && errno == ENOENT && access(".", W_OK | X_OK) == 0;
        if (slash == path)
            return access("/", W_OK | X_OK) == 0;
    }
    return S_ISDIR(there.st_mode) && access(path, W_OK | X_OK) == 0;
}

typedef enum owner { NOBODY, SELF, ANOTHER } owner;

static owner owner_of_files(const char *path)
{
    owner whose = NOBODY;
    DIR *folder = opendir(path);
    struct dirent *entry;

    if (folder == NULL)
        return ANOTHER;
    while (whose != SELF && (entry = readdir(folder)) != NULL) {
        struct stat file;

        if (fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(file.st_mode))
            whose = file.st_uid == geteuid() ? SELF : ANOTHER;
    }
    closedir(folder);
    return whose;
}

/* A folder may be lent by its group, as volumes of Kubernetes are: the files in it tell then. To
 * root nothing is lent, as the owner could not use what it makes. */
static owner owner_of(const char *path, const struct stat *there)
{
    if (there->st_uid == geteuid())
        return SELF;
    if (geteuid() == 0 || access(path, R_OK | W_OK | X_OK) != 0)
        return ANOTHER;
    return owner_of_files(path);
}

/* True: it is there, and may be opened without leaving behind what its owner could not use. */
static bool is_ours(const struct run *run, const vg_connect_place *place, struct finding *found)
{
    vg_slice path = vg_arena_printf(run->arena, VG_FMT, VG_ARG(place->folder));
    struct stat there;
    owner whose;

    found->verdict = NOT_READY;
    if (path.at == NULL) {
        found->what = VG_LIT("no memory is left");
        return false;
    }
    if (stat(path.at, &there) != 0) {
        whose = can_be_made((char *)path.at) ? NOBODY : ANOTHER;
        found->what = VG_LIT("it is not there, and this user may not make it");
    } else {
        whose = owner_of(path.at, &there);
        found->what = vg_arena_printf(
            run->arena, "it belongs to user %u: ask as that one (setpriv --reuid %u, or sudo -u)",
            (unsigned)there.st_uid, (unsigned)there.st_uid);
    }
    if (whose == NOBODY)
        *found =
            (struct finding){.verdict = TO_BE_MADE, .what = VG_LIT("the first start makes it")};
    return whose == SELF;
}

/* ---- the report ---- */

/* The options that hold what the place is asked with. */
static void tell_options(const vg_adapter *adapter, bool are_secrets)
{
    const char *between = "";

    for (const vg_option *row = adapter->options; row != NULL && row->kind != VG_OPT_END; row++) {
        bool is_place = row->kind == VG_OPT_URL || (row->env != NULL && strstr(row->env, "_URL"));

        if (are_secrets ? row->kind != VG_OPT_SECRET : !is_place)
            continue;
        printf("%svector.%s.%s", between, adapter->name, row->name);
        if (row->env != NULL)
            printf(" (%s)", row->env);
        between = ", ";
    }
}

static void tell_right(const vg_connect_place *place, verdict came)
{
    bool is_remote = place->tls.len > 0;

    if (!is_remote || (came != UNAUTHORISED && came != UNREACHABLE))
        return;
    printf(came == UNAUTHORISED ? "    right    a credential that it takes, in "
                                : "    right    an address that answers within the time-outs, in ");
    tell_options(place->backend.adapter, came == UNAUTHORISED);
    printf("\n");
}

static void tell_capabilities(const vg_adapter *adapter)
{
    const char *between = "";

    printf("    can      ");
#define CAPABILITY(field, name, doc)   \
    if (adapter->can.field) {          \
        printf("%s%s", between, name); \
        between = ", ";                \
    }
#include "vecgate/capabilities.def"
#undef CAPABILITY
    printf("%svectors of %u numbers at most\n", between, adapter->can.max_vector_dimensions);
}

static void tell(const vg_connect_place *place, const struct finding *found)
{
    const vg_adapter *adapter = place->backend.adapter;

    printf("%s %s at " VG_FMT ": %s\n", place->role, adapter->name, VG_ARG(place->at),
           verdicts[found->verdict].word);
    if (found->what.len > 0)
        printf("    what     " VG_FMT "\n", VG_ARG(found->what));
    tell_right(place, found->verdict);
    if (found->verdict == REACHABLE) {
        printf("    version  " VG_FMT " " VG_FMT "\n", VG_ARG(found->title),
               VG_ARG(found->version));
        printf("    answers  after %.1f ms, on a connection that is there after %.1f ms\n",
               (double)found->took_ns[0] / (double)MS, (double)found->took_ns[1] / (double)MS);
    }
    if (place->tls.len > 0)
        printf("    tls      " VG_FMT "\n", VG_ARG(place->tls));
    if (found->verdict == REACHABLE && strcmp(place->role, "backend") == 0)
        tell_capabilities(adapter);
}

/* ---- the whole ---- */

static struct finding look_at(struct run *run, const vg_connect_place *place)
{
    const vg_store_parts store = {.backend = place->backend, .only_url = place->only_url};
    struct finding found = {0};
    vg_status status = {0};
    vg_parts parts;

    if (place->folder.len > 0 && !is_ours(run, place, &found))
        return found;
    found = (struct finding){0};
    if (vg_parts_make_one(&parts, run->config, &run->common, &store, &status)) {
        ask_all(run, &parts, &found);
    } else {
        found.verdict = verdict_of(&status);
        found.what = vg_arena_copy(run->arena, vg_status_what(&status));
    }
    vg_parts_free(&parts);
    return found;
}

static int look_at_all(struct run *run)
{
    vg_connect_place places[VG_CONNECT_PLACES];
    vg_status status = {0};
    uint32_t count =
        vg_connect_places(run->config, &run->metadata_conf, run->arena, places, &status);
    bool is_good = count > 0;

    if (count == 0)
        vg_flags_tell("check", &status);
    for (uint32_t i = 0; i < count; i++) {
        struct finding found = look_at(run, &places[i]);

        tell(&places[i], &found);
        is_good = is_good && verdicts[found.verdict].is_good;
    }
    return is_good ? 0 : 1;
}

/* The same configuration for one process, which holds no lock for others. */
static vg_config *read_config(const vg_flags *flags)
{
    vg_flags all = *flags;
    int count = 0;

    while (all.sets[count] != NULL)
        count++;
    if (count < VG_FLAGS_SETS)
        all.sets[count] = "workers=1";
    return vg_flags_config(&all);
}

int vg_connect_run(const vg_flags *flags)
{
    struct run run = {.config = read_config(flags), .arena = vg_arena_new(ARENA_BYTES)};
    vg_status status = {0};
    int answer = 1;

    if (run.config == NULL || run.arena == NULL) {
        vg_arena_free(run.arena);
        vg_config_free(run.config);
        return 1;
    }
    vg_log_init(2, VG_ERROR, (vg_log_form)vg_config_values(run.config)->log_form);
    run.metadata_conf =
        (vg_metadata_conf){vg_config_values(run.config)->metadata, VG_METADATA_ALONE};
    if (vg_common_make(&run.common, run.config, &status))
        answer = look_at_all(&run);
    else
        vg_flags_tell("check", &status);
    vg_common_free(&run.common);
    vg_arena_free(run.arena);
    vg_config_free(run.config);
    return answer;
}
