/* Payloads of a body, in both APIs. Any thread. */
#ifndef FRONT_READ_PAYLOAD_H
#define FRONT_READ_PAYLOAD_H

#include "front/member.h"

/* An object, as its text: it stays JSON. FORMAT when it is none, or when one of its numbers is
 * beyond float64, with that number's place: others who read it later could not hold it. */
bool vg_read_payload(vg_reader r, const vg_json *v, vg_slice *out);

#endif
