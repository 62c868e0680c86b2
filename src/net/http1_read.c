/* From bytes to events. A head goes through two readers that must agree on where it ends: the walk
 * over its lines here and llhttp. Bodies of known length are merely counted;
 * chunks are llhttp's. */
#include "net/http1_read.h"

#include "base/chunk_lines.h"

#define REFUSE(code, status, what) ((vg_refusal){VG_##code, (status), (what)})

/* --- what llhttp tells about a head ---------------------------------------------------------- */

static int out_of_memory(vg_http1 *self)
{
    self->refusal =
        REFUSE(OVERLOADED, 0, "the gateway has no memory for this request now, try again soon");
    return HPE_USER;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    vg_http1 *self = parser->data;

    if (!vg_head_extend(self->head, &self->head->target, vg_slice_of(at, len)))
        return out_of_memory(self);
    return HPE_OK;
}

static void lower(char *at, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (at[i] >= 'A' && at[i] <= 'Z')
            at[i] |= 0x20;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    vg_http1 *self = parser->data;
    vg_head *head = self->head;

    if (!self->is_name_open && vg_head_add(head) == NULL)
        return out_of_memory(self);
    self->is_name_open = true;
    if (!vg_head_extend(head, &head->headers[head->count - 1].name, vg_slice_of(at, len)))
        return out_of_memory(self);
    lower(head->text + head->len - len, len);
    return HPE_OK;
}

/* Only here a name is judged: how much of it a call of on_name() brings depends on how the bytes
 * were cut. */
static int on_name_complete(llhttp_t *parser)
{
    vg_http1 *self = parser->data;
    const vg_head *head = self->head;

    self->is_name_open = false;
    if (head->headers[head->count - 1].name.len == 0)
        self->refusal = REFUSE(INVALID, 400, "a header field has no name");
    else if (head->count > self->max_headers)
        self->refusal = REFUSE(TOO_LARGE, 431, "the request has more header fields than allowed");
    else
        return HPE_OK;
    return HPE_USER;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    vg_http1 *self = parser->data;
    vg_head *head = self->head;

    if (!vg_head_extend(head, &head->headers[head->count - 1].value, vg_slice_of(at, len)))
        return out_of_memory(self);
    return HPE_OK;
}

static int pause_at_headers(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static const llhttp_settings_t head_settings = {
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_complete,
    .on_header_value = on_value,
    .on_headers_complete = pause_at_headers,
};

/* --- refusals -------------------------------------------------------------------------------- */

static vg_refusal unknown_method(const vg_http1 *self)
{
    char c = self->first | 0x20;

    if (c >= 'a' && c <= 'z')
        return REFUSE(INVALID, 501, "the method is not one that HTTP knows");
    return REFUSE(INVALID, 400, "these bytes are not an HTTP/1.1 request");
}

static vg_refusal from_llhttp(const vg_http1 *self, llhttp_errno_t error)
{
    if (self->parser.method == HTTP_PRI) /* the preface looks like a head and goes on behind it */
        return REFUSE(INVALID, 505, "HTTP/2 is not spoken here, use HTTP/1.1");
    switch (error) {
    case HPE_INVALID_METHOD:
        return unknown_method(self);
    case HPE_INVALID_VERSION:
        return REFUSE(INVALID, 505, "the version must be HTTP/1.0 or HTTP/1.1");
    case HPE_INVALID_URL:
        return REFUSE(INVALID, 400, "the request target holds a byte that must be escaped");
    case HPE_INVALID_HEADER_TOKEN:
        return REFUSE(INVALID, 400, "a header field holds a byte that may not stand there");
    case HPE_UNEXPECTED_CONTENT_LENGTH:
        return REFUSE(INVALID, 400, "the length of the body is told twice");
    case HPE_INVALID_CONTENT_LENGTH:
        return REFUSE(INVALID, 400, "content-length must be one decimal number");
    case HPE_INVALID_TRANSFER_ENCODING:
        return REFUSE(INVALID, 501, "the only transfer-encoding known is chunked");
    case HPE_INVALID_CHUNK_SIZE:
        return REFUSE(INVALID, 400, "the size of a chunk must be a hexadecimal number of 64 bits");
    default:
        return REFUSE(INVALID, 400, "the request is not well-formed HTTP/1.1");
    }
}

static size_t refuse(vg_http1 *self, vg_refusal refusal, vg_http1_event *event)
{
    if (self->refusal.what == NULL) /* the first reason stands */
        self->refusal = refusal;
    *event = VG_HTTP1_REFUSED;
    return 0;
}

/* A head that fills its bound before its first line has ended is a target that is too long. */
static vg_refusal head_too_large(const vg_http1 *self)
{
    if (!self->line.any)
        return REFUSE(TOO_LARGE, 414, "the request line is longer than allowed");
    return REFUSE(TOO_LARGE, 431, "the head of the request is larger than allowed");
}

/* --- lines of a head ------------------------------------------------------------------------- */

static bool begins_folded(const vg_http1 *self, char next)
{
    return self->line.any && self->line.bytes == 0 && (next == ' ' || next == '\t');
}

/* Takes the line that ends at the LF behind `part`. False: no CR stands before the LF. */
static bool end_line(vg_http1 *self, vg_slice part)
{
    size_t bytes = self->line.bytes + part.len;
    char before = part.len > 0 ? part.at[part.len - 1] : self->line.before;

    if (bytes == 0 || before != '\r')
        return false;
    self->line.ended = self->line.any && bytes == 1;
    self->line.any = self->line.any || bytes > 1;
    self->line.bytes = 0;
    return true;
}

/* How many bytes of `in` are head and break no rule of lines; when fewer than all, `ended` or
 * `broken` says why. */
static size_t walk_lines(vg_http1 *self, vg_slice in)
{
    size_t at = 0;

    while (at < in.len && !self->line.ended) {
        vg_slice rest = vg_slice_skip(in, at);
        vg_slice part = vg_slice_of(rest.at, vg_slice_find(rest, '\n'));

        if (begins_folded(self, rest.at[0])) {
            self->line.broken = "a header field may not go on in the next line";
            return at;
        }
        at += part.len;
        if (part.len == rest.len) {
            self->line.bytes += part.len;
            self->line.before = part.at[part.len - 1];
            return at;
        }
        if (!end_line(self, part)) {
            self->line.broken = "a line of the head must end in CR LF";
            return at;
        }
        at++;
    }
    return at;
}

/* --- reading --------------------------------------------------------------------------------- */

static const llhttp_settings_t chunk_settings;

static vg_slice first_bytes(vg_slice in, uint64_t most)
{
    return vg_slice_of(in.at, in.len < most ? in.len : (size_t)most);
}

static size_t end_head(vg_http1 *self, size_t used, vg_http1_event *event)
{
    vg_refusal refusal = vg_http1_check(self);

    if (refusal.what != NULL)
        return refuse(self, refusal, event);
    self->left = 0;
    self->frame_bytes = 0;
    if (!self->request->has_body) {
        self->at = VG_HTTP1_AT_END;
    } else if (self->request->content_length != UINT64_MAX) {
        self->at = VG_HTTP1_IN_LENGTH;
        self->left = self->request->content_length;
    } else {
        self->at = VG_HTTP1_IN_CHUNKS;
        self->line.before = '\0';
        self->parser.upgrade = 0; /* ignored: no other protocol begins behind this message */
        self->parser.settings = (void *)&chunk_settings;
        llhttp_resume(&self->parser);
    }
    *event = VG_HTTP1_HEAD;
    return used;
}

static size_t read_head(vg_http1 *self, vg_slice in, vg_http1_event *event)
{
    size_t n = walk_lines(self, first_bytes(in, self->max_head_bytes - self->frame_bytes));
    llhttp_errno_t error = HPE_OK;

    if (n > 0 && self->frame_bytes == 0)
        self->first = in.at[0];
    if (n > 0)
        error = llhttp_execute(&self->parser, in.at, n);
    self->frame_bytes += (uint32_t)n;
    if (error == HPE_PAUSED && self->line.ended && llhttp_get_error_pos(&self->parser) == in.at + n)
        return end_head(self, n, event);
    if (error != HPE_OK || self->line.ended)
        return refuse(self, from_llhttp(self, error), event);
    if (self->line.broken != NULL)
        return refuse(self, REFUSE(INVALID, 400, self->line.broken), event);
    if (self->frame_bytes == self->max_head_bytes)
        return refuse(self, head_too_large(self), event);
    *event = VG_HTTP1_MORE;
    return n;
}

static size_t read_length(vg_http1 *self, vg_slice in, vg_http1_event *event)
{
    self->span = first_bytes(in, self->left);
    vg_http1_skip(self, self->span.len);
    *event = in.len == 0 ? VG_HTTP1_MORE : VG_HTTP1_BODY;
    return self->span.len;
}

/* Both pause, so that one call brings one event. */
static int on_chunk_bytes(llhttp_t *parser, const char *at, size_t len)
{
    vg_http1 *self = parser->data;

    self->span = vg_slice_of(at, len);
    return len > 0 ? HPE_PAUSED : HPE_OK;
}

static int on_chunks_complete(llhttp_t *parser)
{
    vg_http1 *self = parser->data;

    self->at = VG_HTTP1_AT_END;
    return HPE_PAUSED;
}

static const llhttp_settings_t chunk_settings = {
    .on_body = on_chunk_bytes,
    .on_message_complete = on_chunks_complete,
};

/* Takes the bytes of lines up to `end`, or to the piece of the body that stands there. */
static bool walk_frame(vg_http1 *self, const char *at, const char *end)
{
    if (self->span.len > 0)
        end = self->span.at;
    self->frame_bytes += (uint32_t)(end - at);
    return vg_chunk_lines_go_on(&self->line.before, vg_slice_of(at, (size_t)(end - at)));
}

static size_t read_chunks(vg_http1 *self, vg_slice in, vg_http1_event *event)
{
    vg_slice part = first_bytes(in, self->max_head_bytes - self->frame_bytes);
    llhttp_errno_t error;
    const char *end;

    *event = VG_HTTP1_MORE;
    if (in.len == 0)
        return 0;
    if (part.len == 0)
        return refuse(
            self, REFUSE(TOO_LARGE, 431, "a chunk's extension or the trailer is too large"), event);
    self->span = (vg_slice){NULL, 0};
    error = llhttp_execute(&self->parser, part.at, part.len);
    end = error == HPE_OK ? part.at + part.len : llhttp_get_error_pos(&self->parser);
    if (!walk_frame(self, part.at, end)) {
        self->at = VG_HTTP1_IN_CHUNKS; /* llhttp may have seen an end */
        return refuse(self, REFUSE(INVALID, 400, "a line around chunks must end in CR LF"), event);
    }
    if (error != HPE_OK && error != HPE_PAUSED)
        return refuse(self, from_llhttp(self, error), event);
    if (error == HPE_PAUSED)
        llhttp_resume(&self->parser);
    if (self->span.len > 0) {
        self->frame_bytes = 0;
        self->line.before = '\0';
        *event = VG_HTTP1_BODY;
    }
    return (size_t)(end - part.at);
}

size_t vg_http1_read(vg_http1 *self, vg_slice in, vg_http1_event *event)
{
    size_t used = 0, n;

    if (self->refusal.what != NULL)
        return refuse(self, self->refusal, event);
    do {
        vg_slice rest = vg_slice_skip(in, used);

        n = 0;
        if (self->at == VG_HTTP1_IN_HEAD)
            n = read_head(self, rest, event);
        else if (self->at == VG_HTTP1_IN_LENGTH)
            n = read_length(self, rest, event);
        else if (self->at == VG_HTTP1_IN_CHUNKS)
            n = read_chunks(self, rest, event);
        else
            *event = VG_HTTP1_END;
        used += n;
    } while (*event == VG_HTTP1_MORE && (used < in.len || self->at == VG_HTTP1_AT_END));
    return used;
}

/* --- life ------------------------------------------------------------------------------------ */

void vg_http1_init(vg_http1 *self, uint32_t max_head_bytes, uint32_t max_headers)
{
    *self = (vg_http1){.max_head_bytes = max_head_bytes, .max_headers = max_headers};
}

void vg_http1_begin(vg_http1 *self, vg_head *head, vg_request *request)
{
    vg_http1_init(self, self->max_head_bytes, self->max_headers);
    self->head = head;
    self->request = request;
    *request = (vg_request){0};
    llhttp_init(&self->parser, HTTP_REQUEST, &head_settings);
    self->parser.data = self;
}

uint64_t vg_http1_left(const vg_http1 *self)
{
    return self->at == VG_HTTP1_IN_LENGTH ? self->left : 0;
}

void vg_http1_skip(vg_http1 *self, uint64_t n)
{
    self->left -= n;
    if (self->left == 0)
        self->at = VG_HTTP1_AT_END;
}

bool vg_http1_is_whole(const vg_http1 *self)
{
    return self->at == VG_HTTP1_AT_END;
}

vg_slice vg_http1_path(const vg_http1 *self)
{
    vg_slice target = self->head == NULL ? (vg_slice){0} : self->head->target;

    if (self->request != NULL && self->request->path.len > 0)
        return self->request->path;
    return vg_slice_of(target.at, vg_slice_find(target, '?'));
}
