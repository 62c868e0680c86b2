/* What a whole head means: version, target, host, the body's length and coding (RFC 9110, 9112).
 * Whatever two readers could understand in two ways is refused, so that nothing can be smuggled
 * past one of them. */
#include "net/http1_read.h"
#include "net/path.h"

#define REFUSE(code, status, what) ((vg_refusal){VG_##code, (status), (what)})
#define FINE                       ((vg_refusal){VG_OK, 0, NULL})

/* The header fields that are the protocol's. */
enum { HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONTENT_ENCODING, EXPECT, FIELDS };
static const vg_slice names[FIELDS] = {
    [HOST] = VG_LIT_INIT("host"),
    [CONTENT_LENGTH] = VG_LIT_INIT("content-length"),
    [TRANSFER_ENCODING] = VG_LIT_INIT("transfer-encoding"),
    [CONTENT_ENCODING] = VG_LIT_INIT("content-encoding"),
    [EXPECT] = VG_LIT_INIT("expect"),
};

struct field {
    vg_slice value; /* of the first */
    uint32_t count;
};

/* Trims all values and picks those that are the protocol's. */
static void pick_fields(vg_head *head, struct field fields[FIELDS])
{
    for (uint32_t i = 0; i < head->count; i++) {
        vg_header *header = &head->headers[i];

        header->value = vg_slice_trim(header->value);
        if (header->value.at == NULL)
            header->value = VG_LIT(""); /* given, and empty */
        for (int f = 0; f < FIELDS; f++)
            if (vg_slice_is(header->name, names[f]) && fields[f].count++ == 0)
                fields[f].value = header->value;
    }
}

static vg_refusal check_version(vg_http1 *self)
{
    const llhttp_t *parser = &self->parser;
    bool closes = parser->flags & F_CONNECTION_CLOSE;

    self->is_1_0 = parser->http_minor == 0;
    self->keeps_alive = !closes && (!self->is_1_0 || (parser->flags & F_CONNECTION_KEEP_ALIVE));
    if (parser->http_major != 1 || parser->http_minor > 1)
        return REFUSE(INVALID, 505, "the version must be HTTP/1.0 or HTTP/1.1");
    if (parser->method == HTTP_CONNECT)
        return REFUSE(INVALID, 501, "this is not a proxy: CONNECT is not known");
    return FINE;
}

static vg_refusal check_target(vg_http1 *self, vg_slice *authority)
{
    vg_head *head = self->head;
    vg_request *request = self->request;
    bool is_options = self->parser.method == HTTP_OPTIONS;
    vg_target target;
    const char *wrong;
    size_t len;

    if (!vg_head_reserve(head, head->target.len + 1)) /* one more: "" becomes "/" */
        return REFUSE(OVERLOADED, 0, "the gateway has no memory for this request now");
    wrong = vg_path_read_target(head->target, is_options, &target);
    if (wrong != NULL)
        return REFUSE(INVALID, 400, wrong);
    *authority = target.authority;
    request->target = head->target;
    request->query = target.query;
    if (vg_slice_is(target.path, VG_LIT("*"))) {
        request->path = target.path;
        return FINE;
    }
    if (!vg_path_normalise(target.path, head->text + head->len, &len))
        return REFUSE(INVALID, 400, "the path may not hold the segments \".\" and \"..\"");
    request->path = vg_slice_of(head->text + head->len, len);
    head->len += len;
    return FINE;
}

static bool is_host(vg_slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.at[i];
        bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!is_word && (c == '\0' || strchr("-._~%!$&'()*+,;=:[]", c) == NULL))
            return false;
    }
    return true;
}

/* RFC 9112 3.2: exactly one in 1.1; a target that names a host wins over the field. */
static vg_refusal check_host(vg_http1 *self, const struct field *host, vg_slice authority)
{
    if (host->count > 1 || (host->count == 0 && !self->is_1_0))
        return REFUSE(INVALID, 400, "a request has exactly one host field");
    self->request->host = authority.len > 0 ? authority : host->value;
    if (!is_host(host->value) || !is_host(authority))
        return REFUSE(INVALID, 400, "the host must be a name or an address, with its port");
    return FINE;
}

static vg_refusal check_chunked(vg_http1 *self, const struct field fields[FIELDS])
{
    const struct field *coding = &fields[TRANSFER_ENCODING];

    if (fields[CONTENT_LENGTH].count > 0)
        return REFUSE(INVALID, 400, "content-length and transfer-encoding exclude each other");
    if (self->is_1_0)
        return REFUSE(INVALID, 400, "HTTP/1.0 has no transfer-encoding");
    if (coding->count > 1 || !vg_slice_is_nocase(coding->value, VG_LIT("chunked")) ||
        !(self->parser.flags & F_CHUNKED))
        return REFUSE(INVALID, 501, "the only transfer-encoding known is chunked, given once");
    self->request->has_body = true;
    self->request->content_length = UINT64_MAX;
    return FINE;
}

static vg_refusal check_length(vg_http1 *self, const struct field fields[FIELDS])
{
    const struct field *length = &fields[CONTENT_LENGTH];
    vg_request *request = self->request;

    if (fields[TRANSFER_ENCODING].count > 0)
        return check_chunked(self, fields);
    if (length->count == 0)
        return FINE;
    if (length->count > 1 || !vg_slice_u64(length->value, &request->content_length) ||
        request->content_length != self->parser.content_length ||
        request->content_length == UINT64_MAX)
        return REFUSE(INVALID, 400, "content-length must be one decimal number, given once");
    request->has_body = request->content_length > 0;
    return FINE;
}

static vg_refusal check_expect(vg_http1 *self, const struct field *expect)
{
    if (expect->count == 0 || self->is_1_0)
        return FINE;
    if (expect->count > 1 || !vg_slice_is_nocase(expect->value, VG_LIT("100-continue")))
        return REFUSE(INVALID, 417, "the only expectation that can be met is 100-continue");
    self->expects_continue = self->request->has_body;
    return FINE;
}

static vg_refusal check_coding(vg_http1 *self, const struct field *coding)
{
    if (coding->count == 0 || !self->request->has_body)
        return FINE;
    if (coding->count == 1 && vg_slice_is_nocase(coding->value, VG_LIT("identity")))
        return FINE;
    if (coding->count == 1 && (vg_slice_is_nocase(coding->value, VG_LIT("gzip")) ||
                               vg_slice_is_nocase(coding->value, VG_LIT("x-gzip"))))
        self->coding = VG_CODING_GZIP;
    else if (coding->count == 1 && vg_slice_is_nocase(coding->value, VG_LIT("deflate")))
        self->coding = VG_CODING_DEFLATE;
    else
        return REFUSE(MEDIA_TYPE, 0, "the content-encoding of a body must be gzip or deflate");
    return FINE;
}

vg_refusal vg_http1_check(vg_http1 *self)
{
    struct field fields[FIELDS] = {{{NULL, 0}, 0}};
    vg_request *request = self->request;
    vg_slice authority;
    vg_refusal refusal = check_version(self);

    if (refusal.what == NULL)
        refusal = check_target(self, &authority);
    if (refusal.what != NULL)
        return refusal;
    pick_fields(self->head, fields);
    request->method = vg_slice_str(llhttp_method_name(self->parser.method));
    request->is_head = self->parser.method == HTTP_HEAD;
    request->headers = self->head->headers;
    request->header_count = self->head->count;
    refusal = check_host(self, &fields[HOST], authority);
    if (refusal.what == NULL)
        refusal = check_length(self, fields);
    if (refusal.what == NULL)
        refusal = check_expect(self, &fields[EXPECT]);
    if (refusal.what == NULL)
        refusal = check_coding(self, &fields[CONTENT_ENCODING]);
    return refusal;
}
