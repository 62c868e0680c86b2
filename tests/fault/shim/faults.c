/* See faults.h. */
#include "faults.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static fault_control *control;

void faults_open(const char *path)
{
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *at = MAP_FAILED;

    if (fd >= 0)
        at = (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED,
                             fd, 0);
    if (at == MAP_FAILED)
        abort();
    close(fd);
    control = at;
}

static bool is_meant(fault_kind kind, const char *path)
{
    size_t len = strlen(path), end = strnlen(control->only, FAULT_ONLY);

    return (atomic_load(&control->kinds) & kind) && end <= len &&
           memcmp(path + len - end, control->only, end) == 0;
}

int faults_hit(fault_kind kind, const char *call, const char *path)
{
    uint64_t fails_at, n;

    if (!control || !is_meant(kind, path))
        return 0;
    n = atomic_fetch_add(&control->calls, 1) + 1;
    fails_at = atomic_load(&control->fails_at);
    if (fails_at == 0 || n < fails_at || (n > fails_at && !atomic_load(&control->stays)))
        return 0;
    snprintf(control->said, sizeof control->said, "%s %s", call, path);
    atomic_fetch_add(&control->failed, 1);
    if (atomic_load(&control->error) == 0)
        kill(getpid(), SIGKILL);
    return (int)atomic_load(&control->error);
}
