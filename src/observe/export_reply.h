/* What a receiver of OTLP answers: ExportTraceServiceResponse, in protobuf or JSON. */
#ifndef OBSERVE_EXPORT_REPLY_H
#define OBSERVE_EXPORT_REPLY_H

#include "vecgate/slice.h"

typedef struct vg_export_reply {
    uint64_t rejected; /* spans that it will not keep */
    bool has_message;  /* it says something about them, or about all is well but … */
} vg_export_reply;

/* An answer that cannot be read says nothing. VG_JSON_PAD readable bytes must be behind the body.
 */
vg_export_reply vg_export_reply_read(vg_slice body, bool is_json);

#endif
