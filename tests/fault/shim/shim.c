/* Preloaded into a vecgate under test: stands before the calls that change files below
 * $VG_SHIM_DIR, an absolute path without links.
 *
 *     VG_SHIM_JOURNAL=file   what changes is written there (journal.h)
 *     VG_SHIM_CONTROL=file   calls fail as is said there (faults.h)
 *     VG_SHIM_LIES=n         every n-th sync is answered and not made: a disk that a test must
 * catch
 *
 * A change is made and written down under one lock, so the journal's order is that of the effects.
 * A sync is written down when it is over, with the moment at which it began: it is good for what
 * was changed before that. A process that a fault kills is killed under the lock: what it did is in
 * the journal, and nothing else. Calls that are not here and change a file all the same are found
 * by the test that compares the journal with the directory.
 *
 * What is mapped is not seen. SQLite maps its -shm for writing, which outlives no power loss, and
 * no other file: the same test would find it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "faults.h"
#include "journal.h"

enum { PATH_ROOM = 1024 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *dir;
static size_t dir_len;
static unsigned long lies, syncs;

__attribute__((constructor)) static void begin(void)
{
    const char *journal = getenv("VG_SHIM_JOURNAL"), *control = getenv("VG_SHIM_CONTROL");

    dir = getenv("VG_SHIM_DIR");
    dir_len = dir ? strlen(dir) : 0;
    if (getenv("VG_SHIM_LIES"))
        lies = strtoul(getenv("VG_SHIM_LIES"), NULL, 10);
    if (dir && journal)
        journal_open(journal);
    if (dir && control)
        faults_open(control);
}

static void give_up(const char *why, const char *path)
{
    char text[PATH_ROOM + 128];
    int n = snprintf(text, sizeof text, "fault shim: %s: %s\n", why, path);

    syscall(SYS_write, STDERR_FILENO, text, (size_t)n);
    abort();
}

/* What follows the directory in the path, "" for itself; NULL: it is elsewhere. */
static const char *below(const char *path)
{
    if (!dir || strncmp(path, dir, dir_len) != 0)
        return NULL;
    if (path[dir_len] == '\0')
        return path + dir_len;
    return path[dir_len] == '/' ? path + dir_len + 1 : NULL;
}

/* The same for an open file, of whose path `room` holds a copy. */
static const char *below_fd(int fd, char room[PATH_ROOM])
{
    char link[48];
    ssize_t n;

    if (!dir || fd < 0)
        return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, room, PATH_ROOM - 1);
    if (n <= 0)
        return NULL;
    room[n] = '\0';
    return below(room);
}

static uint64_t inode_of(int fd)
{
    struct stat found;

    return fstat(fd, &found) == 0 ? found.st_ino : 0;
}

static long fail(int error)
{
    errno = error;
    return -1;
}

/* Ends a call: the lock goes, errno stays. */
static long leave(long answer)
{
    int error = errno;

    pthread_mutex_unlock(&lock);
    errno = error;
    return answer;
}

static void put_path(journal_kind kind, uint64_t inode, const char *path)
{
    journal_put(kind, inode, 0, path, strlen(path));
}

/* ---- opening ---- */

static int open_below(const char *path, int flags, mode_t mode)
{
    const char *name = below(path);
    bool is_new;
    int error, fd;

    pthread_mutex_lock(&lock);
    is_new = (flags & O_CREAT) && access(path, F_OK) != 0;
    if (!is_new && (flags & O_CREAT) && (flags & O_EXCL))
        return (int)leave(fail(EEXIST));
    error = faults_hit(is_new ? FAULT_CREATE : FAULT_OPEN, "open", name);
    if (error)
        return (int)leave(fail(error));
    fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= 0 && is_new)
        put_path(JOURNAL_CREATE, inode_of(fd), name);
    else if (fd >= 0 && (flags & O_TRUNC))
        journal_put(JOURNAL_TRUNCATE, inode_of(fd), 0, "", 0);
    return (int)leave(fd);
}

static int do_open(int at, const char *path, int flags, mode_t mode)
{
    char room[PATH_ROOM];
    bool writes = (flags & (O_CREAT | O_TRUNC)) || (flags & O_ACCMODE) != O_RDONLY;
    int fd;

    if (writes && !(flags & O_DIRECTORY) && below(path))
        return open_below(path, flags, mode);
    fd = (int)syscall(SYS_openat, at, path, flags, mode);
    if (writes && path[0] != '/' && below_fd(fd, room))
        give_up("a path that is not absolute", path);
    return fd;
}

static mode_t mode_of(int flags, va_list rest)
{
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = mode_of(flags, rest);
    va_end(rest);
    return do_open(AT_FDCWD, path, flags, mode);
}

int openat(int at, const char *path, int flags, ...)
{
    va_list rest;
    mode_t mode;

    va_start(rest, flags);
    mode = mode_of(flags, rest);
    va_end(rest);
    return do_open(at, path, flags, mode);
}

int creat(const char *path, mode_t mode)
{
    return do_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

/* ---- what is in a file ---- */

static ssize_t real_write(int fd, const void *bytes, size_t len, off_t at)
{
    return at < 0 ? syscall(SYS_write, fd, bytes, len) : syscall(SYS_pwrite64, fd, bytes, len, at);
}

/* `at` < 0: where the file stands. A write that fails has brought half of it to the file. */
static ssize_t do_write(int fd, const void *bytes, size_t len, off_t at)
{
    char room[PATH_ROOM];
    const char *name = below_fd(fd, room);
    off_t to = at;
    ssize_t n;
    int error;

    if (!name)
        return real_write(fd, bytes, len, at);
    pthread_mutex_lock(&lock);
    error = faults_hit(FAULT_WRITE, "write", name);
    if (to < 0)
        to = lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR);
    n = real_write(fd, bytes, error ? len / 2 : len, at);
    if (n > 0)
        journal_put(JOURNAL_WRITE, inode_of(fd), (uint64_t)to, bytes, (size_t)n);
    return leave(error ? fail(error) : n);
}

ssize_t write(int fd, const void *bytes, size_t len)
{
    return do_write(fd, bytes, len, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return do_write(fd, bytes, len, at);
}

static ssize_t write_parts(int fd, const struct iovec *parts, int count, off_t at)
{
    size_t len = 0;
    ssize_t n;
    char *all;

    for (int i = 0; i < count; i++)
        len += parts[i].iov_len;
    all = malloc(len + 1);
    if (!all)
        return fail(ENOMEM);
    len = 0;
    for (int i = 0; i < count; i++) {
        memcpy(all + len, parts[i].iov_base, parts[i].iov_len);
        len += parts[i].iov_len;
    }
    n = do_write(fd, all, len, at);
    free(all);
    return n;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char room[PATH_ROOM];

    return below_fd(fd, room) ? write_parts(fd, parts, count, -1)
                              : syscall(SYS_writev, fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
    return write_parts(fd, parts, count, at);
}

int ftruncate(int fd, off_t size)
{
    char room[PATH_ROOM];
    const char *name = below_fd(fd, room);
    struct stat found = {0};
    int error, done;

    if (!name)
        return (int)syscall(SYS_ftruncate, fd, size);
    pthread_mutex_lock(&lock);
    fstat(fd, &found);
    error = faults_hit(size > found.st_size ? FAULT_GROW : FAULT_SHRINK, "ftruncate", name);
    if (error)
        return (int)leave(fail(error));
    done = (int)syscall(SYS_ftruncate, fd, size);
    if (done == 0)
        journal_put(JOURNAL_TRUNCATE, found.st_ino, (uint64_t)size, "", 0);
    return (int)leave(done);
}

/* Refused, as some file systems do: whoever asks falls back on writing. */
int fallocate(int fd, int mode, off_t at, off_t len)
{
    char room[PATH_ROOM];

    return below_fd(fd, room) ? (int)fail(EOPNOTSUPP)
                              : (int)syscall(SYS_fallocate, fd, mode, at, len);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
    return fallocate(fd, 0, at, len) == 0 ? 0 : errno;
}

/* ---- bringing it to the disk ---- */

static void put_sync(int fd, const char *name, uint64_t since)
{
    struct stat found = {0};

    fstat(fd, &found);
    if (S_ISDIR(found.st_mode))
        journal_put(JOURNAL_SYNC_DIR, 0, since, name, strlen(name));
    else
        journal_put(JOURNAL_SYNC, found.st_ino, since, "", 0);
}

static int do_sync(int fd, long number)
{
    char room[PATH_ROOM];
    const char *name = below_fd(fd, room);
    uint64_t since;
    bool is_lie;
    int error, done;

    if (!name)
        return (int)syscall(number, fd);
    pthread_mutex_lock(&lock);
    error = faults_hit(FAULT_SYNC, "sync", name);
    since = journal_is_open() ? journal_now() : 0;
    is_lie = lies && ++syncs % lies == 0;
    pthread_mutex_unlock(&lock);
    if (error || is_lie)
        return error ? (int)fail(error) : 0;
    done = (int)syscall(number, fd);
    if (done != 0)
        return done;
    pthread_mutex_lock(&lock);
    put_sync(fd, name, since);
    return (int)leave(0);
}

int fsync(int fd)
{
    return do_sync(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return do_sync(fd, SYS_fdatasync);
}

/* ---- names ---- */

static int do_unlink(int at, const char *path, int flags)
{
    const char *name = below(path);
    int error, done;

    if (!name)
        return (int)syscall(SYS_unlinkat, at, path, flags);
    pthread_mutex_lock(&lock);
    error = access(path, F_OK) == 0 ? faults_hit(FAULT_UNLINK, "unlink", name) : 0;
    if (error)
        return (int)leave(fail(error));
    done = (int)syscall(SYS_unlinkat, at, path, flags);
    if (done == 0)
        put_path(JOURNAL_UNLINK, 0, name);
    return (int)leave(done);
}

int unlink(const char *path)
{
    return do_unlink(AT_FDCWD, path, 0);
}

int unlinkat(int at, const char *path, int flags)
{
    return do_unlink(at, path, flags);
}

int rmdir(const char *path)
{
    return do_unlink(AT_FDCWD, path, AT_REMOVEDIR);
}

int rename(const char *from, const char *to)
{
    const char *old = below(from), *now = below(to);
    char both[2 * PATH_ROOM];
    int error, done;

    if (!old || !now)
        return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    pthread_mutex_lock(&lock);
    error = faults_hit(FAULT_RENAME, "rename", old);
    if (error)
        return (int)leave(fail(error));
    done = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (done == 0)
        journal_put(JOURNAL_RENAME, 0, 0, both,
                    (size_t)snprintf(both, sizeof both, "%s%c%s", old, '\0', now));
    return (int)leave(done);
}

int mkdir(const char *path, mode_t mode)
{
    const char *name = below(path);
    int error, done;

    if (!name || access(path, F_OK) == 0)
        return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    pthread_mutex_lock(&lock);
    error = faults_hit(FAULT_MKDIR, "mkdir", name);
    if (error)
        return (int)leave(fail(error));
    done = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (done == 0)
        put_path(JOURNAL_MKDIR, 0, name);
    return (int)leave(done);
}

/* ---- the same by the names that large files had ---- */

int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char *path, int flags, ...) __attribute__((alias("openat")));
int creat64(const char *path, mode_t mode) __attribute__((alias("creat")));
ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
    __attribute__((alias("pwrite")));
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at)
    __attribute__((alias("pwritev")));
int ftruncate64(int fd, off64_t size) __attribute__((alias("ftruncate")));
int fallocate64(int fd, int mode, off64_t at, off64_t len) __attribute__((alias("fallocate")));
int posix_fallocate64(int fd, off64_t at, off64_t len) __attribute__((alias("posix_fallocate")));
