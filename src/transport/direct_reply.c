/* See direct_reply.h. A head goes line by line through two readers that must agree on where it
 * ends: llhttp judges the grammar and the framing, http_reply.c keeps the fields. Bodies of known
 * length are merely counted; chunks are llhttp's. */
#include "transport/direct_reply.h"

#include "base/chunk_lines.h"

static bool refuse(vg_direct_reader *r, vg_fault fault)
{
    if (r->in->fault == VG_FAULT_NONE)
        r->in->fault = fault;
    return false;
}

/* --- llhttp ---------------------------------------------------------------------------------- */

static int on_head_end(llhttp_t *parser)
{
    vg_direct_reader *r = parser->data;

    r->is_head_ended = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {.on_headers_complete = on_head_end};

static bool walk_frame(vg_direct_reader *r, const char *end)
{
    size_t len = (size_t)(end - r->frame_at), room = VG_HTTP_HEAD_MAX - r->frame_bytes;
    vg_slice part = vg_slice_of(r->frame_at, len < room ? len : room);

    if (!vg_chunk_lines_go_on(&r->frame_last, part))
        return refuse(r, VG_FAULT_PROTOCOL);
    if (len > room)
        return refuse(r, VG_FAULT_TOO_LARGE);
    r->frame_at = end;
    r->frame_bytes += (uint32_t)len;
    return true;
}

static int on_chunk_bytes(llhttp_t *parser, const char *at, size_t len)
{
    vg_direct_reader *r = parser->data;

    if (!walk_frame(r, at))
        return HPE_USER;
    r->frame_at = at + len;
    r->frame_bytes = 0;
    r->frame_last = '\0';
    return vg_http_reply_body(r->in, vg_slice_of(at, len)) ? HPE_OK : HPE_USER;
}

static int on_chunks_end(llhttp_t *parser)
{
    vg_direct_reader *r = parser->data;

    r->is_ended = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t chunk_settings = {
    .on_body = on_chunk_bytes,
    .on_message_complete = on_chunks_end,
};

static void begin_head(vg_direct_reader *r)
{
    llhttp_init(&r->parser, HTTP_RESPONSE, &head_settings);
    r->parser.data = r;
    r->at = VG_DIRECT_HEAD;
    r->frame_bytes = 0;
    r->has_coding = r->is_chunked = r->is_head_ended = false;
    vg_buf_clear(&r->line);
}

/* --- what a whole head means ----------------------------------------------------------------- */

static bool has_length(const vg_direct_reader *r)
{
    return (r->parser.flags & F_CONTENT_LENGTH) != 0;
}

/* RFC 9112 6.3: no way but one to tell how long the body is, and none that we do not know. */
static bool is_framed_well(const vg_direct_reader *r)
{
    const llhttp_t *p = &r->parser;

    if (p->http_major != 1 || p->http_minor > 1 || p->status_code != r->in->status)
        return false;
    if (!r->has_coding)
        return (p->flags & F_CHUNKED) == 0;
    return r->is_chunked && (p->flags & F_CHUNKED) != 0 && !has_length(r) && p->http_minor == 1;
}

static bool end_interim(vg_direct_reader *r)
{
    if (r->in->status == 101 || has_length(r) || r->has_coding ||
        ++r->interim > VG_DIRECT_INTERIM_MAX)
        return refuse(r, VG_FAULT_PROTOCOL);
    begin_head(r);
    return true;
}

static bool is_bodiless(const vg_direct_reader *r)
{
    return r->is_head || r->in->status == 204 || r->in->status == 304;
}

/* A 204 that announces a body: what follows it is anybody's guess. */
static bool may_lie(const vg_direct_reader *r)
{
    return r->in->status == 204 && (r->has_coding || (has_length(r) && r->left > 0));
}

static bool begin_body(vg_direct_reader *r)
{
    r->left = has_length(r) ? r->parser.content_length : 0;
    r->frame_bytes = 0;
    if (is_bodiless(r)) {
        r->parser.flags |= F_SKIPBODY;
        r->keeps_alive = llhttp_should_keep_alive(&r->parser) != 0 && !may_lie(r);
        r->left = 0;
        r->at = VG_DIRECT_LENGTH;
        return true;
    }
    r->keeps_alive = llhttp_should_keep_alive(&r->parser) != 0;
    if (r->left > r->in->max_body)
        return refuse(r, VG_FAULT_TOO_LARGE);
    if (r->has_coding) {
        r->at = VG_DIRECT_CHUNKS;
        r->is_ended = false;
        r->frame_last = '\0';
        r->parser.upgrade = 0; /* ignored: no other protocol begins behind this reply */
        r->parser.settings = (void *)&chunk_settings;
        llhttp_resume(&r->parser);
    } else {
        r->at = has_length(r) ? VG_DIRECT_LENGTH : VG_DIRECT_TO_END;
    }
    return true;
}

static bool end_head(vg_direct_reader *r)
{
    if (!r->is_head_ended || !is_framed_well(r))
        return refuse(r, VG_FAULT_PROTOCOL);
    return r->in->status < 200 ? end_interim(r) : begin_body(r);
}

/* --- lines of a head ------------------------------------------------------------------------- */

static void note_coding(vg_direct_reader *r, vg_slice line)
{
    size_t colon = vg_slice_find(line, ':');

    if (!vg_slice_is_nocase(vg_slice_of(line.at, colon), VG_LIT("transfer-encoding")))
        return;
    line.len -= 2; /* CR LF */
    r->is_chunked =
        !r->has_coding &&
        vg_slice_is_nocase(vg_slice_trim(vg_slice_skip(line, colon + 1)), VG_LIT("chunked"));
    r->has_coding = true;
}

/* A line ends in CR LF and has no other CR, and none is folded: what others may take for two lines,
 * or one, is refused. */
static bool is_line(vg_slice line)
{
    bool is_folded = vg_slice_starts(line, VG_LIT(" ")) || vg_slice_starts(line, VG_LIT("\t"));

    return line.len >= 2 && vg_slice_find(line, '\r') == line.len - 2 && !is_folded;
}

/* Of a status line, RFC 9112 4: llhttp would also take less. */
static bool is_status_line(vg_slice line)
{
    return line.len > 13 && (vg_slice_starts(line, VG_LIT("HTTP/1.1 ")) ||
                             vg_slice_starts(line, VG_LIT("HTTP/1.0 ")));
}

static bool read_line(vg_direct_reader *r, vg_slice line)
{
    bool is_last = line.len == 2;
    llhttp_errno_t error;

    if (!is_line(line) || (r->frame_bytes == line.len && !is_status_line(line)))
        return refuse(r, VG_FAULT_PROTOCOL);
    error = llhttp_execute(&r->parser, line.at, line.len);
    if (error != (is_last ? HPE_PAUSED : HPE_OK))
        return refuse(r, VG_FAULT_PROTOCOL);
    note_coding(r, line);
    return vg_http_reply_line(r->in, line) && (!is_last || end_head(r));
}

/* Answers how many bytes of `bytes` were used. */
static size_t read_part(vg_direct_reader *r, vg_slice bytes)
{
    size_t len = vg_slice_find(bytes, '\n') + 1;
    bool is_whole = len <= bytes.len;
    vg_slice line;

    if (!is_whole)
        len = bytes.len;
    if (len > VG_HTTP_HEAD_MAX - r->frame_bytes) {
        refuse(r, VG_FAULT_TOO_LARGE);
        return 0;
    }
    r->frame_bytes += (uint32_t)len;
    line = vg_slice_of(bytes.at, len);
    if (!is_whole || r->line.len > 0) {
        vg_buf_put(&r->line, line);
        line = vg_buf_bytes(&r->line);
    }
    if (vg_buf_is_spent(&r->line))
        refuse(r, VG_FAULT_MEMORY);
    else if (is_whole && read_line(r, line))
        vg_buf_clear(&r->line);
    return len;
}

/* --- bodies ---------------------------------------------------------------------------------- */

static size_t read_length(vg_direct_reader *r, vg_slice bytes)
{
    if (bytes.len > r->left)
        bytes.len = (size_t)r->left;
    r->left -= bytes.len;
    if (bytes.len > 0)
        vg_http_reply_body(r->in, bytes);
    return bytes.len;
}

static size_t read_to_end(vg_direct_reader *r, vg_slice bytes)
{
    vg_http_reply_body(r->in, bytes);
    return bytes.len;
}

static size_t read_chunks(vg_direct_reader *r, vg_slice bytes)
{
    llhttp_errno_t error;
    const char *end;

    r->frame_at = bytes.at;
    error = llhttp_execute(&r->parser, bytes.at, bytes.len);
    end = error == HPE_OK ? bytes.at + bytes.len : llhttp_get_error_pos(&r->parser);
    walk_frame(r, end);
    if (error != HPE_OK && !r->is_ended)
        refuse(r, VG_FAULT_PROTOCOL);
    return (size_t)(end - bytes.at);
}

/* --- reading --------------------------------------------------------------------------------- */

static bool is_whole(const vg_direct_reader *r)
{
    return (r->at == VG_DIRECT_LENGTH && r->left == 0) ||
           (r->at == VG_DIRECT_CHUNKS && r->is_ended);
}

static size_t read_some(vg_direct_reader *r, vg_slice bytes)
{
    switch (r->at) {
    case VG_DIRECT_HEAD:
        return read_part(r, bytes);
    case VG_DIRECT_LENGTH:
        return read_length(r, bytes);
    case VG_DIRECT_CHUNKS:
        return read_chunks(r, bytes);
    default:
        return read_to_end(r, bytes);
    }
}

vg_direct_state vg_direct_read(vg_direct_reader *r, vg_slice bytes, size_t *used)
{
    *used = 0;
    r->has_begun = r->has_begun || bytes.len > 0;
    while (*used < bytes.len && r->in->fault == VG_FAULT_NONE && !is_whole(r))
        *used += read_some(r, vg_slice_skip(bytes, *used));
    if (r->in->fault != VG_FAULT_NONE)
        return VG_DIRECT_REFUSED;
    return is_whole(r) ? VG_DIRECT_WHOLE : VG_DIRECT_MORE;
}

vg_direct_state vg_direct_read_end(vg_direct_reader *r, bool is_clean)
{
    r->keeps_alive = false;
    return is_whole(r) || (r->at == VG_DIRECT_TO_END && is_clean) ? VG_DIRECT_WHOLE : VG_DIRECT_CUT;
}

/* --- life ------------------------------------------------------------------------------------ */

void vg_direct_reader_init(vg_direct_reader *r)
{
    *r = (vg_direct_reader){0};
    vg_buf_init(&r->line, 0);
}

void vg_direct_reader_fini(vg_direct_reader *r)
{
    vg_buf_fini(&r->line);
}

void vg_direct_reader_begin(vg_direct_reader *r, vg_http_incoming *in, const char *method)
{
    r->in = in;
    r->is_head = strcmp(method, "HEAD") == 0;
    r->has_begun = r->keeps_alive = r->is_ended = false;
    r->interim = 0;
    r->left = 0;
    begin_head(r);
}
