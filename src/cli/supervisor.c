/* One thread, one poll(): signals come through a descriptor, and the time until the next worker is
 * due is its time-out. The first worker is started alone: when it cannot, what it said is enough.
 */
#include "cli/supervisor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/pulse.h"
#include "cli/reload.h"
#include "cli/respawn.h"
#include "cli/secure.h"

#define MS ((uint64_t)1000000)

enum { SIGNAL_STATUS = 128, FOREVER = -1 };

typedef struct place {
    pid_t pid; /* 0: it is empty */
    uint64_t born_ns;
    uint64_t due_ns; /* when an empty one is filled again */
    vg_respawn respawn;
} place;

typedef struct supervisor {
    const vg_supervisor_parts *parts;
    pid_t self;
    place places[VG_WORKERS_MOST];
    uint32_t count;  /* that are to be filled */
    vg_pulse pulse;  /* how they are */
    int signals;     /* descriptor */
    sigset_t mask;   /* as it was */
    bool is_ending;  /* SIGTERM or SIGINT has come */
    bool has_failed; /* somebody did not end well after that */
} supervisor;

/* ---- birth ---- */

static void list_signals(sigset_t *to)
{
    sigemptyset(to);
    sigaddset(to, SIGTERM);
    sigaddset(to, SIGINT);
    sigaddset(to, SIGHUP);
    sigaddset(to, SIGUSR1);
}

/* What the parent says to all is for one that has only just been born, too: it waits until there is
 * somebody to hear it (signals.c), else it would end the process on the spot. */
static void keep_signals_waiting(const supervisor *s)
{
    sigset_t mask;

    list_signals(&mask);
    sigorset(&mask, &mask, &s->mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
}

/* Both ends are -1 where nobody wants to know. Never returns. */
static void live(const supervisor *s, uint32_t number, const int told[2])
{
    const vg_worker worker = {number, told[1], s->pulse.fds[1]};

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != s->self)
        exit(1); /* the parent has ended already, and nobody would tell */
    close(s->signals);
    close(s->pulse.fds[0]);
    if (told[0] >= 0)
        close(told[0]);
    keep_signals_waiting(s);
    exit(s->parts->work(s->parts->arg, &worker));
}

static void plan_again(place *at, uint64_t lived_ms)
{
    at->pid = 0;
    at->due_ns = vg_clock_now_ns() + vg_respawn_after_ms(&at->respawn, lived_ms) * MS;
}

static void give_birth(supervisor *s, uint32_t number, const int told[2])
{
    place *at = &s->places[number];
    pid_t pid = fork();

    if (pid == 0)
        live(s, number, told);
    if (pid < 0) {
        vg_log(VG_ERROR, "a worker cannot be started", VG_N("worker", number),
               VG_Z("reason", strerrorname_np(errno)));
        plan_again(at, 0);
        return;
    }
    at->pid = pid;
    at->born_ns = vg_clock_now_ns();
    vg_metrics_set_process(s->parts->common->metrics, number, pid);
}

/* ---- death ---- */

static place *place_of(supervisor *s, pid_t pid)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->places[i].pid == pid)
            return &s->places[i];
    return NULL;
}

static void tell_death(const supervisor *s, const place *at, int status)
{
    bool is_killed = WIFSIGNALED(status);
    uint64_t now_ns = vg_clock_now_ns();

    vg_log(VG_ERROR, "a worker ended, another one takes its place", VG_N("worker", at - s->places),
           VG_N("pid", at->pid), VG_Z("signal", is_killed ? sigabbrev_np(WTERMSIG(status)) : ""),
           VG_N("status", is_killed ? 0 : WEXITSTATUS(status)),
           VG_N("lived_ms", (now_ns - at->born_ns) / MS));
}

static void bury(supervisor *s, place *at, int status)
{
    vg_common *common = s->parts->common;

    vg_common_bury(common, (uint32_t)(at - s->places));
    vg_pulse_bury(&s->pulse, (uint32_t)(at - s->places));
    if (s->is_ending) {
        s->has_failed = s->has_failed || status != 0;
        at->pid = 0;
        return;
    }
    vg_metrics_add(common->metrics, VG_M_worker_deaths_total, (vg_cell){0}, 1);
    tell_death(s, at, status);
    plan_again(at, (vg_clock_now_ns() - at->born_ns) / MS);
}

static void bury_the_dead(supervisor *s)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        place *at = place_of(s, pid);

        if (at != NULL)
            bury(s, at, status);
    }
}

static bool is_anybody_there(const supervisor *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->places[i].pid > 0)
            return true;
    return false;
}

/* ---- signals ---- */

static void tell_all(const supervisor *s, int number)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->places[i].pid > 0)
            kill(s->places[i].pid, number);
}

static void end(supervisor *s, int number)
{
    if (s->is_ending) { /* asked twice: what waits is given up */
        tell_all(s, SIGKILL);
        _exit(SIGNAL_STATUS + number);
    }
    s->is_ending = true;
    vg_pulse_ending(&s->pulse);
    vg_common_stop_listening(s->parts->common);
    tell_all(s, SIGTERM);
}

/* Can the files be read that it names? *tls is what became of the certificates, where there are. */
static vg_credentials *prepare(const supervisor *s, const vg_config *next, vg_tls_set **tls)
{
    bool is_secure = vg_secure_is_on(s->parts->config);
    vg_credentials *credentials = vg_flags_credentials(next);

    if (credentials != NULL && !vg_secure_read_again(next, is_secure, tls)) {
        vg_credentials_let_go(credentials);
        credentials = NULL;
    }
    return credentials;
}

/* The file is read once, here: its text is for workers, too. */
static vg_config *read_again(const supervisor *s, vg_buf *text)
{
    const char *file = vg_flags_file(s->parts->flags);

    if (file == NULL)
        return vg_flags_config(s->parts->flags);
    if (vg_config_load(file, text))
        return vg_flags_config_of(s->parts->flags, vg_buf_bytes(text));
    vg_config_free(vg_flags_config(s->parts->flags)); /* which says why not */
    return NULL;
}

/* It is good, all of it: only now workers get the text, for one may be reading just now. Those that
 * come later begin with what it says. */
static void hand_out(supervisor *s, const vg_buf *text, vg_credentials *credentials,
                     vg_tls_set *tls)
{
    vg_common *common = s->parts->common;

    if (vg_flags_file(s->parts->flags) != NULL)
        vg_handout_put(common->handout, vg_buf_bytes(text));
    vg_credentials_let_go(common->credentials);
    common->credentials = credentials;
    vg_tls_set_drop(common->tls);
    common->tls = tls;
    tell_all(s, SIGHUP);
}

static void reload(supervisor *s)
{
    bool is_keyless = vg_credentials_are_none(s->parts->common->credentials), is_good;
    vg_credentials *credentials;
    vg_tls_set *tls = NULL;
    vg_config *next;
    vg_buf text;

    vg_pulse_reloading(&s->pulse);
    vg_buf_init(&text, 2 * (size_t)VG_CONFIG_BYTES);
    next = read_again(s, &text);
    credentials = next != NULL ? prepare(s, next, &tls) : NULL;
    is_good = vg_reload_take_over(s->parts->config, is_keyless, next, credentials);
    vg_pulse_reloaded(&s->pulse, is_good);
    if (is_good) {
        hand_out(s, &text, credentials, tls);
    } else {
        vg_credentials_let_go(credentials);
        vg_tls_set_drop(tls);
    }
    vg_config_free(next);
    vg_buf_fini(&text);
}

static void take_signal(supervisor *s)
{
    struct signalfd_siginfo info;

    vg_metrics_add(s->parts->common->metrics, VG_M_log_lines_dropped_total, (vg_cell){0},
                   vg_log_take_lost());
    if (read(s->signals, &info, sizeof info) != sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGCHLD:
        bury_the_dead(s);
        break;
    case SIGHUP:
        if (!s->is_ending)
            reload(s);
        break;
    case SIGUSR1: /* each has a descriptor of its own */
        vg_log_renew();
        tell_all(s, SIGUSR1);
        break;
    default:
        end(s, (int)info.ssi_signo);
    }
}

static bool open_signals(supervisor *s)
{
    sigset_t wanted;

    list_signals(&wanted);
    sigaddset(&wanted, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &wanted, &s->mask) != 0)
        return false;
    s->signals = signalfd(-1, &wanted, SFD_CLOEXEC);
    return s->signals >= 0;
}

/* ---- the beginning ---- */

/* What the parent lacks before there is a worker, which then says nothing. */
static bool tell_lack(void)
{
    fprintf(stderr, "vecgate serve: no workers can be watched: %s\n", strerrordesc_np(errno));
    return false;
}

/* True when the first one serves. One byte says so; without one the pipe ends with the process. */
static bool start_first(supervisor *s)
{
    struct pollfd fds[2] = {{.fd = s->signals, .events = POLLIN}, {.events = POLLIN}};
    int told[2];
    char byte;
    ssize_t n;

    if (pipe(told) != 0)
        return tell_lack();
    s->count = 1;
    give_birth(s, 0, told);
    close(told[1]);
    fds[1].fd = told[0];
    while (poll(fds, 2, FOREVER) < 0 || fds[1].revents == 0)
        if (fds[0].revents != 0)
            take_signal(s);
    n = read(told[0], &byte, 1);
    close(told[0]);
    if (n != 1 && s->places[0].pid > 0 && !s->is_ending)
        waitpid(s->places[0].pid, NULL, 0);
    return n == 1;
}

static uint64_t fill_places(supervisor *s)
{
    uint64_t next_ns = UINT64_MAX;

    for (uint32_t i = 0; i < s->count; i++) {
        place *at = &s->places[i];

        if (at->pid == 0 && at->due_ns <= vg_clock_now_ns())
            give_birth(s, i, (int[2]){-1, -1});
        if (at->pid == 0 && at->due_ns < next_ns)
            next_ns = at->due_ns;
    }
    return next_ns;
}

static int wait_ms(uint64_t until_ns)
{
    uint64_t now_ns = vg_clock_now_ns();

    if (until_ns == UINT64_MAX)
        return FOREVER;
    return until_ns <= now_ns ? 0 : (int)((until_ns - now_ns) / MS) + 1;
}

static void look_after_all(supervisor *s)
{
    struct pollfd ready[2] = {{.fd = s->signals, .events = POLLIN},
                              {.fd = s->pulse.fds[0], .events = POLLIN}};

    while (!s->is_ending || is_anybody_there(s)) {
        uint64_t next_ns = s->is_ending ? UINT64_MAX : fill_places(s);
        uint64_t look_ns = vg_pulse_due_ns(&s->pulse);

        if (poll(ready, 2, wait_ms(look_ns < next_ns ? look_ns : next_ns)) > 0 &&
            ready[0].revents != 0)
            take_signal(s);
        vg_pulse_look(&s->pulse, vg_clock_now_ns());
    }
}

int vg_supervise(const vg_supervisor_parts *parts)
{
    vg_common *common = parts->common;
    supervisor s = {.parts = parts, .self = getpid()};
    bool is_started;

    s.pulse = (vg_pulse){.notify = parts->notify, .count = common->workers};
    if (!open_signals(&s) || !vg_pulse_open(&s.pulse)) {
        tell_lack();
        return 1;
    }
    vg_metrics_set_process(common->metrics, common->workers, (int)s.self);
    is_started = start_first(&s);
    if (is_started)
        s.count = common->workers;
    if (is_started || s.is_ending)
        look_after_all(&s);
    close(s.signals);
    vg_pulse_close(&s.pulse);
    return is_started && !s.has_failed ? 0 : 1;
}
