/* Read from /proc and getrusage(); names and units are those of every Prometheus client library. */
#include "observe/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Fields of /proc/PID/stat, from 1: utime and stime, the same of children, start in ticks. */
enum {
    AFTER_NAME = 3,
    FIELD_CPU = 14,
    FIELD_CHILDREN = 16,
    FIELD_START = 22,
    PATH_BYTES = 64,
};

static _Atomic int64_t open_fds = -1;

/* Since Linux 6.2 the size of the folder is the number of descriptors; before, it is 0. */
void vg_process_sample(void)
{
    struct stat folder;
    int64_t count = 0;
    DIR *dir;

    if (stat("/proc/self/fd", &folder) == 0 && folder.st_size > 0) {
        atomic_store(&open_fds, folder.st_size);
        return;
    }
    dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return;
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    atomic_store(&open_fds, count - 3); /* ".", ".." and the folder itself */
}

int64_t vg_process_descriptors(void)
{
    return atomic_load(&open_fds);
}

/* A small file of a process (0: this one) as text; false when it cannot be read. */
static bool read_small(int32_t pid, const char *file, char *to, size_t room)
{
    char path[PATH_BYTES];
    ssize_t n;
    int fd;

    if (pid > 0)
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    else
        snprintf(path, sizeof path, "/proc/self/%s", file);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, to, room - 1);
    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    to[n] = '\0';
    return true;
}

/* The n-th word of the text, from 0, as a number; false when it is none. */
static bool read_word(const char *text, int n, uint64_t *out)
{
    vg_slice rest = vg_slice_trim(vg_slice_str(text));

    for (; n > 0; n--)
        rest = vg_slice_trim(vg_slice_skip(rest, vg_slice_find(rest, ' ')));
    return vg_slice_u64(vg_slice_of(rest.at, vg_slice_find(rest, ' ')), out);
}

/* Field `first` and so many behind it of a process's `stat`, added up. Field 2 may hold any byte
 * but is closed by the last ')'. */
static bool read_stat(int32_t pid, int first, int count, uint64_t *sum)
{
    char text[1024];
    const char *after;
    uint64_t n;

    *sum = 0;
    after = read_small(pid, "stat", text, sizeof text) ? strrchr(text, ')') : NULL;
    for (int i = 0; after != NULL && i < count; i++) {
        if (!read_word(after + 1, first + i - AFTER_NAME, &n))
            return false;
        *sum += n;
    }
    return after != NULL;
}

/* ---- of one process ---- */

static double resident_bytes(int32_t pid)
{
    char text[128];
    uint64_t pages;

    if (!read_small(pid, "statm", text, sizeof text) || !read_word(text, 1, &pages))
        return -1;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double virtual_bytes(int32_t pid)
{
    char text[128];
    uint64_t pages;

    if (!read_small(pid, "statm", text, sizeof text) || !read_word(text, 0, &pages))
        return -1;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* Workers have the parent's bound, each for itself. */
static double most_fds(void)
{
    struct rlimit bound;

    return getrlimit(RLIMIT_NOFILE, &bound) == 0 && bound.rlim_cur != RLIM_INFINITY
               ? (double)bound.rlim_cur
               : -1;
}

static double cpu_seconds(int32_t pid)
{
    struct rusage usage;
    uint64_t ticks;

    if (pid > 0)
        return read_stat(pid, FIELD_CPU, 2, &ticks) ? (double)ticks / (double)sysconf(_SC_CLK_TCK)
                                                    : -1;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return -1;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double since(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* In ticks after boot. */
static double start_seconds(int32_t pid)
{
    static _Atomic double known = 0;
    uint64_t ticks;

    if (atomic_load(&known) > 0)
        return atomic_load(&known);
    if (!read_stat(pid, FIELD_START, 1, &ticks))
        return -1;
    atomic_store(&known, since(CLOCK_REALTIME) - since(CLOCK_BOOTTIME) +
                             (double)ticks / (double)sysconf(_SC_CLK_TCK));
    return atomic_load(&known);
}

/* ---- of all ---- */

/* The parent's own, and those of all workers that are there. */
static double sum_of(const vg_processes *group, double (*read)(int32_t pid))
{
    int32_t parent = atomic_load(&group->parent);
    double sum = read(parent);

    for (int i = 0; parent != 0 && i < VG_PROCESSES_MOST; i++) {
        int32_t pid = atomic_load(&group->pids[i]);
        double more = pid > 0 ? read(pid) : 0;

        sum += more > 0 ? more : 0;
    }
    return sum;
}

static double sum_resident(const vg_processes *group)
{
    return sum_of(group, resident_bytes);
}

static double sum_virtual(const vg_processes *group)
{
    return sum_of(group, virtual_bytes);
}

/* As many as process_open_fds counts. */
static double sum_most_fds(const vg_processes *group)
{
    double each = most_fds();
    int workers = 0;

    for (int i = 0; i < VG_PROCESSES_MOST; i++)
        workers += atomic_load(&group->pids[i]) > 0;
    return workers > 0 ? each * workers : each;
}

/* What those had spent who ended is in the parent's account from the moment it has waited for
 * them. */
static double sum_cpu(const vg_processes *group)
{
    int32_t parent = atomic_load(&group->parent);
    uint64_t ticks = 0;

    if (parent != 0 && !read_stat(parent, FIELD_CHILDREN, 2, &ticks))
        return -1;
    return sum_of(group, cpu_seconds) + (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static double sum_descriptors(const vg_processes *group)
{
    int64_t sum = 0;

    if (atomic_load(&group->parent) == 0)
        return (double)vg_process_descriptors();
    for (int i = 0; i < VG_PROCESSES_MOST; i++)
        if (atomic_load(&group->pids[i]) > 0)
            sum += atomic_load(&group->descriptors[i]);
    return (double)sum;
}

static double first_start(const vg_processes *group)
{
    return start_seconds(atomic_load(&group->parent));
}

static _Atomic int64_t certificate_expiry = INT64_MAX;

void vg_process_set_expiry(int64_t at)
{
    atomic_store(&certificate_expiry, at);
}

/* How long the certificate that expires first is good, the same in all workers; negative: there is
 * none. */
static double certificate_seconds(const vg_processes *group)
{
    int64_t at = atomic_load(&certificate_expiry);
    double left = (double)at - since(CLOCK_REALTIME);

    (void)group;
    if (at == INT64_MAX)
        return -1;
    return left > 0 ? left : 0;
}

static const struct {
    const char *name;
    const char *type;
    const char *doc;
    double (*read)(const vg_processes *group); /* negative: not known */
} rows[] = {
    {"vecgate_tls_certificate_expiry_seconds", "gauge",
     "until the first of our certificates expires; 0: one has; not there without TLS",
     certificate_seconds},
    {"process_resident_memory_bytes", "gauge",
     "memory of the process in RAM, shared pages included; of workers the sum", sum_resident},
    {"process_cpu_seconds_total", "counter",
     "CPU time spent, user and system; of workers the sum, those that ended included", sum_cpu},
    {"process_open_fds", "gauge", "open descriptors, counted every few seconds; of workers the sum",
     sum_descriptors},
    {"process_max_fds", "gauge", "descriptors that may be open; of workers the sum", sum_most_fds},
    {"process_virtual_memory_bytes", "gauge", "address space of the process; of workers the sum",
     sum_virtual},
    {"process_start_time_seconds", "gauge",
     "start of the process, or of the one that started the workers, since 1970", first_start},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void vg_process_write(const vg_processes *group, vg_buf *to)
{
    for (int i = 0; i < ROWS; i++) {
        double value = rows[i].read(group);

        if (value >= 0)
            vg_buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n%s %.15g\n", rows[i].name, rows[i].doc,
                          rows[i].name, rows[i].type, rows[i].name, value);
    }
}

void vg_process_write_docs(vg_buf *to)
{
    for (int i = 0; i < ROWS; i++)
        vg_buf_printf(to, "| `%s` | %s | | %s |\n", rows[i].name, rows[i].type, rows[i].doc);
}
