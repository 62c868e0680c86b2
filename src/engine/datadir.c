/* See datadir.h. */
#include "engine/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_TEXT = 24 };

vg_code vg_datadir_fail(const char *path, const char *what, vg_arena *arena, vg_status *status)
{
    int error = errno;
    vg_code code = error == ENOSPC || error == EDQUOT ? VG_NO_SPACE : VG_READ_ONLY;
    char text[128];

    if (error == ENOTDIR || error == EEXIST || error == ENAMETOOLONG)
        code = VG_INVALID;
    return vg_status_setf(status, arena, code, vg_slice_str(path), "%s: %s: %s", path, what,
                          strerror_r(error, text, sizeof text));
}

static bool is_directory(const char *path)
{
    struct stat found;

    if (stat(path, &found) != 0)
        return false;
    errno = ENOTDIR;
    return S_ISDIR(found.st_mode);
}

bool vg_datadir_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    return good;
}

bool vg_datadir_sync_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *above = !slash          ? strdup(".")
                  : slash == path ? strdup("/")
                                  : strndup(path, (size_t)(slash - path));
    bool good = above && vg_datadir_sync(above);

    free(above);
    return good;
}

bool vg_datadir_is_there(const char *path)
{
    struct stat found;

    return lstat(path, &found) == 0 || errno != ENOENT;
}

static bool make_one(const char *path)
{
    if (mkdir(path, 0700) != 0)
        return errno == EEXIST && is_directory(path);
    return chmod(path, 0700) == 0 &&
           vg_datadir_sync_parent(path); /* an umask may have taken bits away */
}

vg_code vg_datadir_make(vg_slice path, vg_arena *arena, vg_status *status)
{
    vg_slice copy = vg_arena_copy(arena, path);
    char *text = (char *)copy.at;

    if (!text || copy.len == 0 || memchr(text, '\0', copy.len))
        return vg_status_set(status, VG_INVALID, VG_LIT("the data directory has no name"),
                             (vg_slice){0});
    while (copy.len > 1 && text[copy.len - 1] == '/')
        text[--copy.len] = '\0';
    for (char *slash = strchr(text + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!is_directory(text) && !make_one(text))
            return vg_datadir_fail(text, "the directory cannot be made", arena, status);
        *slash = '/';
    }
    return make_one(text) ? VG_OK
                          : vg_datadir_fail(text, "the directory cannot be made", arena, status);
}

/* What is locked, in words: two texts with a path between. */
struct subject {
    const char *what, *instead;
    const char *option;
    vg_slice path;
};

static vg_code tell_other(int fd, const struct subject *subject, vg_arena *arena, vg_status *status)
{
    char pid[PID_TEXT] = {0};
    ssize_t n = pread(fd, pid, sizeof pid - 1, 0);
    vg_slice who = vg_slice_of(pid, n > 0 ? (size_t)n : 0);
    uint64_t number;

    if (who.len > 0 && who.at[who.len - 1] == '\n')
        who.len--;
    if (!vg_slice_u64(who, &number))
        who = VG_LIT("unknown");
    return vg_status_setf(status, arena, VG_CONFLICT, vg_slice_str(subject->option),
                          "%s " VG_FMT " is in use by the process with pid " VG_FMT
                          ": stop that one, or name another %s",
                          subject->what, VG_ARG(subject->path), VG_ARG(who), subject->instead);
}

/* After the lock is held: whoever finds it taken reads the holder's pid, or for a moment none. */
static bool write_pid(int fd)
{
    char pid[PID_TEXT];
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());

    return ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) == n && fchmod(fd, 0600) == 0;
}

/* O_CLOEXEC: a program that is started from here must not keep it locked. A fork without exec does:
 * the lock belongs to the open file, not to the process. So workers hold what their parent locked,
 * until the last of them has ended. */
static int lock(vg_slice name, const struct subject *subject, vg_arena *arena, vg_status *status)
{
    int fd = name.at ? open(name.at, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

    if (fd < 0) {
        vg_datadir_fail(name.at ? name.at : "the lock", "the lock cannot be opened", arena, status);
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && write_pid(fd))
        return fd;
    if (errno == EWOULDBLOCK)
        tell_other(fd, subject, arena, status);
    else
        vg_datadir_fail(name.at, "the lock cannot be taken", arena, status);
    close(fd);
    return -1;
}

int vg_datadir_lock(vg_slice path, vg_arena *arena, vg_status *status)
{
    const struct subject subject = {"the data directory", "directory", "data", path};

    return lock(vg_arena_printf(arena, VG_FMT "/LOCK", VG_ARG(path)), &subject, arena, status);
}

int vg_datadir_lock_file(vg_slice path, vg_arena *arena, vg_status *status)
{
    const struct subject subject = {"the metadata file", "file", "metadata.store", path};

    return lock(vg_arena_printf(arena, VG_FMT ".lock", VG_ARG(path)), &subject, arena, status);
}

/* The file stays: removing it would let two processes lock two files of one name. */
void vg_datadir_unlock(int lock)
{
    if (lock >= 0)
        close(lock);
}
