/* See faulty_vfs.h. A file is the real one behind a table of methods of ours. */
#include "faulty_vfs.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <sqlite3.h>

static sqlite3_vfs *real;
static sqlite3_vfs faulty;
static _Atomic uint64_t calls, fails_at;
static _Atomic bool for_good, has_failed;

typedef struct file {
    sqlite3_file base;
    sqlite3_file *real; /* in the bytes behind this */
} file;

static sqlite3_file *real_of(sqlite3_file *of)
{
    return ((file *)(void *)of)->real;
}

static bool fails_once(bool *is_behind)
{
    uint64_t at = atomic_load(&fails_at), n = atomic_fetch_add(&calls, 1) + 1;

    *is_behind = at != 0 && n > at;
    if (at == 0 || n != at)
        return false;
    atomic_store(&has_failed, true);
    return true;
}

static bool is_faulty(void)
{
    bool is_behind, fails = fails_once(&is_behind);

    return fails || (is_behind && atomic_load(&for_good));
}

/* --- what may fail --- */

static int on_write(sqlite3_file *f, const void *from, int bytes, sqlite3_int64 at)
{
    if (!is_faulty())
        return real_of(f)->pMethods->xWrite(real_of(f), from, bytes, at);
    real_of(f)->pMethods->xWrite(real_of(f), from, bytes / 2, at); /* torn */
    return SQLITE_IOERR_WRITE;
}

/* What it should have brought to the disk may be there all the same. */
static int on_sync(sqlite3_file *f, int flags)
{
    int rc = real_of(f)->pMethods->xSync(real_of(f), flags);

    return is_faulty() ? SQLITE_IOERR_FSYNC : rc;
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 bytes)
{
    return is_faulty() ? SQLITE_IOERR_TRUNCATE : real_of(f)->pMethods->xTruncate(real_of(f), bytes);
}

static int on_shm_lock(sqlite3_file *f, int at, int n, int flags)
{
    bool is_behind;

    if ((flags & SQLITE_SHM_LOCK) && (flags & SQLITE_SHM_EXCLUSIVE) && fails_once(&is_behind))
        return SQLITE_BUSY; /* once: SQLite waits for seconds before it gives up */
    return real_of(f)->pMethods->xShmLock(real_of(f), at, n, flags);
}

/* --- the rest goes through --- */

static int on_close(sqlite3_file *f)
{
    return real_of(f)->pMethods->xClose(real_of(f));
}

static int on_read(sqlite3_file *f, void *to, int bytes, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), to, bytes, at);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int on_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int on_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int on_check_lock(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int on_control(sqlite3_file *f, int what, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), what, arg);
}

static int on_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int on_device(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int on_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, out);
}

static void on_shm_barrier(sqlite3_file *f)
{
    real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int on_shm_unmap(sqlite3_file *f, int removes)
{
    return real_of(f)->pMethods->xShmUnmap(real_of(f), removes);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* no memory mapping: all is read by on_read() */
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector,
    .xDeviceCharacteristics = on_device,
    .xShmMap = on_shm_map,
    .xShmLock = on_shm_lock,
    .xShmBarrier = on_shm_barrier,
    .xShmUnmap = on_shm_unmap,
};

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    file *self = (file *)(void *)f;
    int rc;

    (void)vfs;
    self->real = (sqlite3_file *)(void *)(self + 1);
    memset(self->real, 0, (size_t)real->szOsFile);
    rc = real->xOpen(real, name, self->real, flags, out);
    self->base.pMethods = self->real->pMethods ? &methods : NULL;
    return rc;
}

void faulty_install(void)
{
    real = sqlite3_vfs_find(NULL);
    faulty = *real;
    faulty.zName = "faulty";
    faulty.szOsFile = (int)sizeof(file) + real->szOsFile;
    faulty.xOpen = on_open;
    sqlite3_vfs_register(&faulty, 1);
}

void faulty_arm(uint64_t n, bool stays)
{
    atomic_store(&calls, 0);
    atomic_store(&has_failed, false);
    atomic_store(&for_good, stays);
    atomic_store(&fails_at, n);
}

uint64_t faulty_calls(void)
{
    return atomic_load(&calls);
}

bool faulty_has_failed(void)
{
    return atomic_load(&has_failed);
}
