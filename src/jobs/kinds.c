/* See kinds.h. */
#include "jobs/kinds.h"

static const vg_job_kind *const kinds[VG_JOB_KINDS] = {
    [VG_JOB_REPAIR] = &vg_job_repair,
    [VG_JOB_INDEX] = &vg_job_index,
    [VG_JOB_ERASE] = &vg_job_erase,
};

static const char *const names[VG_JOB_KINDS] = {
#define JOB_KIND(kind, name, doc) [VG_JOB_##kind] = (name),
#include "vecgate/job.def"
};

const char *vg_job_kind_name(const vg_job_kind *kind)
{
    return names[kind->place];
}

const vg_job_kind *vg_job_kind_of(vg_slice name)
{
    for (int i = 0; i < VG_JOB_KINDS; i++)
        if (vg_slice_is_str(name, names[i]))
            return kinds[i];
    return NULL;
}
