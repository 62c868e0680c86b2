/* The rows of tokens.def by their names. */
#ifndef VG_TESTS_GATE_TOKENS_H
#define VG_TESTS_GATE_TOKENS_H

#include <string.h>

typedef struct named_text {
    const char *name, *text;
} named_text;

static const named_text texts[] = {
#define KEY(name, text)   {#name, text},
#define TOKEN(name, text) {#name, text},
#include "tokens.def"
#undef KEY
#undef TOKEN
};

enum { TEXTS = sizeof texts / sizeof texts[0] };

/* NULL: there is none of that name. */
static inline const char *text_named(const char *name)
{
    for (int i = 0; i < TEXTS; i++)
        if (strcmp(texts[i].name, name) == 0)
            return texts[i].text;
    return NULL;
}

#endif
