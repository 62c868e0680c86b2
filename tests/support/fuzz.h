/* The one function of a fuzz target, called by libFuzzer or by replay.c for each input. */
#ifndef VG_TESTS_SUPPORT_FUZZ_H
#define VG_TESTS_SUPPORT_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Reads `data` as the peer would send it. Returns 0; whatever is wrong ends the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
