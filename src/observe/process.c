/* Read from /proc and getrusage(); names and units are those of every Prometheus client library. */
#include "observe/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

/* A small file of /proc, as text; false when it cannot be read. */
static bool read_small(const char *path, char *to, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, room - 1);

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

static double resident_bytes(void)
{
    char text[128];
    uint64_t pages;

    if (!read_small("/proc/self/statm", text, sizeof text) || !read_word(text, 1, &pages))
        return -1;
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return -1;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double open_descriptors(void)
{
    return (double)atomic_load(&open_fds);
}

static double since(clockid_t clock)
{
    struct timespec at;

    clock_gettime(clock, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* Field 22 of /proc/self/stat is the start in ticks after boot; field 2 may hold any byte but is
 * closed by the last ')'. */
static double start_seconds(void)
{
    static _Atomic double known = 0;
    char text[1024];
    const char *after;
    uint64_t ticks;

    if (atomic_load(&known) > 0)
        return atomic_load(&known);
    if (!read_small("/proc/self/stat", text, sizeof text))
        return -1;
    after = strrchr(text, ')');
    if (after == NULL || !read_word(after + 1, 22 - 3, &ticks))
        return -1;
    atomic_store(&known, since(CLOCK_REALTIME) - since(CLOCK_BOOTTIME) +
                             (double)ticks / (double)sysconf(_SC_CLK_TCK));
    return atomic_load(&known);
}

static const struct {
    const char *name;
    const char *type;
    const char *doc;
    double (*read)(void); /* negative: not known */
} rows[] = {
    {"process_resident_memory_bytes", "gauge",
     "memory of the process in RAM, shared pages included", resident_bytes},
    {"process_cpu_seconds_total", "counter", "CPU time spent, user and system", cpu_seconds},
    {"process_open_fds", "gauge", "open descriptors, counted every few seconds", open_descriptors},
    {"process_start_time_seconds", "gauge", "start of the process, since 1970", start_seconds},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void vg_process_write(vg_buf *to)
{
    for (int i = 0; i < ROWS; i++) {
        double value = rows[i].read();

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
