/* What stands before, between and behind the bytes of a chunked body, sizes and trailers, is lines
 * (RFC 9112 7.1): each ends in CR LF, has no other CR, and none of the trailer is folded. llhttp
 * takes a bare LF at some of these places; what others may take for two lines, or one, is refused.
 */
#ifndef BASE_CHUNK_LINES_H
#define BASE_CHUNK_LINES_H

#include "vecgate/slice.h"

/* Is the rule kept by `part`, behind the byte *last ('\0': right behind a head or bytes of the
 * body)? *last goes on. After false it is void. */
bool vg_chunk_lines_go_on(char *last, vg_slice part);

#endif
