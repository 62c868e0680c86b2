/* See codes.h. Rows of codes are padded with zeros to whole words or lines, so that kernels have no
 * slow ends: zeros add nothing, whichever the metric. A byte is the code + 128, so that the exact
 * kernels for bytes serve; with the sum of the bytes, which stands behind them, a dot product is
 *
 *     sum (a - 128)(b - 128) = sum ab - 128 (sum a + sum b) + 128 * 128 * d */
#include "engine/codes.h"

#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "engine/half.h"
#include "engine/narrow.h"

enum {
    LINE_BYTES = 64,
    WORD_BITS = 64,
    KERNEL_BYTES = 32,
    HUGE_PAGE = 2 << 20,
    ZERO = 128, /* the byte of 0 */
    MOST = 127,
    SAMPLE = 1 << 17, /* numbers that a scale is taken from */
    AHEAD = 4         /* rows that are fetched before they are measured */
};

/* From a query to a row of codes. */
typedef float far_fn(const vg_codes *codes, const void *query, const void *row);

struct vg_codes {
    vg_measure measure; /* the first member: whoever has it has the codes */
    _Atomic uint32_t holders;
    vg_dense *dense;
    vg_coding coding;
    vg_metric metric;
    far_fn *far;
    float step;   /* int8: from one code to the next */
    size_t count; /* numbers, bytes or words that are compared */
    size_t row_bytes;
    char *chunks[VG_DENSE_CHUNKS]; /* as those of vg_dense */
    _Atomic uint32_t next;
};

const char *vg_code_word(vg_code_kind kind)
{
    static const char *const words[VG_CODE_KINDS] = {
        [VG_CODE_BFLOAT16] = "bfloat16", [VG_CODE_INT8] = "int8", [VG_CODE_BINARY] = "binary"};

    return words[kind];
}

static const vg_codes *codes_of(const vg_measure *measure)
{
    return (const vg_codes *)(const void *)measure;
}

static uint32_t chunk_of(uint32_t slot)
{
    return 63U - (uint32_t)__builtin_clzll((uint64_t)slot / VG_DENSE_FIRST + 1);
}

static size_t chunk_room(uint32_t chunk)
{
    return (size_t)VG_DENSE_FIRST << chunk;
}

static size_t slots_before(uint32_t chunk)
{
    return (size_t)VG_DENSE_FIRST * (((size_t)1 << chunk) - 1);
}

static char *row_of(const vg_codes *codes, uint32_t slot)
{
    uint32_t chunk = chunk_of(slot);

    return codes->chunks[chunk] + (slot - slots_before(chunk)) * codes->row_bytes;
}

/* ---- making ---- */

static void put_bfloats(const vg_codes *codes, const float *from, void *to)
{
    uint16_t *at = to;

    for (size_t i = 0; i < codes->count; i++)
        at[i] = vg_bfloat_of(from[i]);
}

static uint32_t *sum_of(const vg_codes *codes, void *row)
{
    return (uint32_t *)(void *)((char *)row + codes->count);
}

static void put_bytes(const vg_codes *codes, const float *from, void *to)
{
    size_t size = vg_dense_dimension(codes->dense);
    uint8_t *at = to;
    uint32_t sum = 0;

    for (size_t i = 0; i < size; i++) {
        float code = fmaxf(-MOST, fminf(rintf(from[i] / codes->step), MOST));

        at[i] = (uint8_t)(ZERO + (int)code);
        sum += at[i];
    }
    *sum_of(codes, to) = sum;
}

static void put_bits(const vg_codes *codes, const float *from, void *to)
{
    size_t size = vg_dense_dimension(codes->dense);
    uint64_t *at = to;

    for (size_t i = 0; i < size; i++)
        at[i / WORD_BITS] |= (uint64_t)(from[i] > 0) << i % WORD_BITS;
}

/* Into memory that is zero. */
static void put(const vg_codes *codes, const float *from, void *to)
{
    if (codes->coding.kind == VG_CODE_BFLOAT16)
        put_bfloats(codes, from, to);
    else if (codes->coding.kind == VG_CODE_INT8)
        put_bytes(codes, from, to);
    else
        put_bits(codes, from, to);
}

static int by_value(const void *a, const void *b)
{
    float one = *(const float *)a, other = *(const float *)b;

    return (one > other) - (one < other);
}

/* Amounts of the numbers of some rows, spread over the slots; answers how many. */
static size_t sample(const vg_dense *dense, uint32_t used, float *to, size_t room)
{
    size_t size = vg_dense_dimension(dense), rows = room / size, count = 0;
    size_t apart = used / rows + 1;

    for (size_t slot = 0; slot < used; slot += apart) {
        const float *row = vg_dense_row(dense, (uint32_t)slot);

        for (size_t i = 0; i < size; i++)
            to[count++] = fabsf(row[i]);
    }
    return count;
}

/* False: no memory. */
static bool find_step(vg_codes *codes, uint32_t used)
{
    size_t room =
        vg_dense_dimension(codes->dense) > SAMPLE ? vg_dense_dimension(codes->dense) : SAMPLE;
    float *amounts = malloc(room * sizeof *amounts), scale = 0;
    size_t count;

    if (!amounts)
        return false;
    count = sample(codes->dense, used, amounts, room);
    qsort(amounts, count, sizeof *amounts, by_value);
    if (count > 0)
        scale = amounts[(size_t)((double)(count - 1) * (double)codes->coding.quantile)];
    codes->step = scale / MOST > 0 ? scale / MOST : 1;
    free(amounts);
    return true;
}

/* ---- measuring ---- */

/* Overflow makes infinities, and their differences are no numbers: those are as far as can be. */
static float far_of(float measured)
{
    return isnan(measured) ? INFINITY : measured;
}

static float far_bfloats(const vg_codes *codes, const void *query, const void *row)
{
    float measured = vg_narrow_best()->bfloat[codes->metric](query, row, codes->count);

    return far_of(codes->metric == VG_METRIC_DOT ? -measured : measured);
}

static float far_bytes(const vg_codes *codes, const void *query, const void *row)
{
    double measured = vg_narrow_best()->byte[codes->metric](query, row, codes->count);
    double step = codes->step, sums;

    if (codes->metric == VG_METRIC_L1)
        return (float)(measured * step);
    if (codes->metric == VG_METRIC_L2)
        return (float)(measured * step * step);
    sums = (double)*sum_of(codes, (void *)query) + *sum_of(codes, (void *)row);
    measured += (double)ZERO * ZERO * vg_dense_dimension(codes->dense) - ZERO * sums;
    return (float)-(measured * step * step);
}

static float far_bits(const vg_codes *codes, const void *query, const void *row)
{
    float differ = (float)vg_narrow_best()->bits(query, row, codes->count);

    if (codes->metric == VG_METRIC_DOT)
        return 2 * differ - (float)vg_dense_dimension(codes->dense);
    return codes->metric == VG_METRIC_L2 ? 4 * differ : 2 * differ;
}

static void fetch(const vg_codes *codes, uint32_t slot)
{
    const char *row = row_of(codes, slot);

    for (size_t at = 0; at < codes->row_bytes; at += LINE_BYTES)
        __builtin_prefetch(row + at);
}

/* A slot without a code: others have taken the place of these codes since, and the graph goes on
 * growing behind them. It is as far as can be; whoever walks by these does not ask for it. */
static void measure(const vg_measure *self, const void *query, const uint32_t *slots,
                    uint32_t count, float *far)
{
    const vg_codes *codes = codes_of(self);
    uint32_t next = vg_codes_next(codes);

    for (uint32_t i = 0; i < count && i < AHEAD; i++)
        if (slots[i] < next)
            fetch(codes, slots[i]);
    for (uint32_t i = 0; i < count; i++) {
        if (i + AHEAD < count && slots[i + AHEAD] < next)
            fetch(codes, slots[i + AHEAD]);
        far[i] = slots[i] < next ? codes->far(codes, query, row_of(codes, slots[i])) : INFINITY;
    }
}

static const void *query_of_slot(const vg_measure *self, uint32_t slot)
{
    const vg_codes *codes = codes_of(self);

    if (codes->coding.kind == VG_CODE_BFLOAT16)
        return vg_dense_row(codes->dense, slot);
    return row_of(codes, slot);
}

const vg_measure *vg_codes_measure(const vg_codes *codes)
{
    return &codes->measure;
}

const void *vg_codes_query(vg_arena *arena, const vg_codes *codes, const float *query)
{
    void *to;

    if (codes->coding.kind == VG_CODE_BFLOAT16)
        return query;
    to = vg_arena_take_zero(arena, 1, codes->row_bytes);
    if (to)
        put(codes, query, to);
    return to;
}

/* ---- life ---- */

static size_t up_to(size_t count, size_t step)
{
    return (count + step - 1) / step * step;
}

static void lay_out(vg_codes *codes)
{
    size_t size = vg_dense_dimension(codes->dense);

    codes->measure = (vg_measure){.far = measure, .query_of = query_of_slot};
    switch (codes->coding.kind) {
    case VG_CODE_BFLOAT16:
        codes->far = far_bfloats;
        codes->count = vg_dense_stride(codes->dense);
        codes->row_bytes = up_to(codes->count * sizeof(uint16_t), LINE_BYTES);
        break;
    case VG_CODE_INT8:
        codes->far = far_bytes;
        codes->count = up_to(size, KERNEL_BYTES);
        codes->row_bytes = up_to(codes->count + sizeof(uint32_t), KERNEL_BYTES);
        break;
    default:
        codes->far = far_bits;
        codes->count = (size + WORD_BITS - 1) / WORD_BITS;
        codes->row_bytes = codes->count * sizeof(uint64_t);
    }
}

vg_codes *vg_codes_new(vg_dense *dense, vg_coding coding, uint32_t used)
{
    vg_codes *codes = calloc(1, sizeof *codes);

    if (!codes)
        return NULL;
    codes->holders = 1;
    codes->dense = dense;
    codes->coding = coding;
    codes->metric = vg_exact_metric(vg_dense_form(dense)->distance);
    lay_out(codes);
    vg_dense_hold(dense);
    if (coding.kind != VG_CODE_INT8 || find_step(codes, used))
        return codes;
    vg_codes_let(codes);
    return NULL;
}

void vg_codes_hold(vg_codes *codes)
{
    atomic_fetch_add_explicit(&codes->holders, 1, memory_order_relaxed);
}

void vg_codes_let(vg_codes *codes)
{
    if (!codes || atomic_fetch_sub_explicit(&codes->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (uint32_t i = 0; i < VG_DENSE_CHUNKS && codes->chunks[i]; i++)
        munmap(codes->chunks[i], chunk_room(i) * codes->row_bytes);
    vg_dense_let(codes->dense);
    free(codes);
}

vg_coding vg_codes_coding(const vg_codes *codes)
{
    return codes->coding;
}

const vg_dense *vg_codes_dense(const vg_codes *codes)
{
    return codes->dense;
}

size_t vg_codes_slot_bytes(const vg_codes *codes)
{
    return codes->row_bytes;
}

uint32_t vg_codes_next(const vg_codes *codes)
{
    return atomic_load_explicit(&codes->next, memory_order_acquire);
}

/* Is there room for the slot? False: no memory. */
static bool reach(vg_codes *codes, uint32_t slot)
{
    uint32_t chunk = chunk_of(slot);
    size_t bytes = chunk_room(chunk) * codes->row_bytes;
    char *at;

    if (codes->chunks[chunk])
        return true;
    at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
              0);
    if (at == MAP_FAILED)
        return false;
    if (bytes >= HUGE_PAGE)
        madvise(at, bytes, MADV_HUGEPAGE);
    codes->chunks[chunk] = at;
    return true;
}

bool vg_codes_grow(vg_codes *codes, uint32_t used, uint32_t most)
{
    uint32_t slot = atomic_load_explicit(&codes->next, memory_order_relaxed);
    uint32_t end = used > slot && used - slot > most ? slot + most : used;

    for (; slot < end; slot++) {
        if (!reach(codes, slot))
            return false;
        put(codes, vg_dense_row(codes->dense, slot), row_of(codes, slot));
        atomic_store_explicit(&codes->next, slot + 1, memory_order_release);
    }
    return true;
}
