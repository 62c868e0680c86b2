/* libcurl's multi interface on libuv: one poll per socket for the socket's life, one timer. Inside
 * src/transport only; nothing above sees curl.h. */
#ifndef TRANSPORT_CURL_LOOP_H
#define TRANSPORT_CURL_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include <curl/curl.h>

struct uv_loop_s;
typedef struct vg_curl_loop vg_curl_loop;

/* A transfer ended; it is still in the multi. Never called from within a call of ours. */
typedef void vg_curl_ended_fn(CURL *easy, CURLcode result);

/* `max_idle` connections are kept for more use. NULL when memory is gone. */
vg_curl_loop *vg_curl_loop_new(struct uv_loop_s *uv, uint32_t max_idle, vg_curl_ended_fn *ended);
/* Its sockets become ours: must be called for every handle before it is added. */
bool vg_curl_loop_adopt(vg_curl_loop *self, CURL *easy);
bool vg_curl_loop_add(vg_curl_loop *self, CURL *easy);
void vg_curl_loop_remove(vg_curl_loop *self, CURL *easy);
/* No handle is in it. Closes all connections; frees itself once libuv has closed their polls. */
void vg_curl_loop_close(vg_curl_loop *self);

#endif
