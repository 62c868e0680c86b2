/* One allocation holds a head of the usual size; larger ones get text and table of their own. */
#include "net/head.h"

#include <stdlib.h>

enum { TEXT_BYTES = 3072, HEADERS = 24 };

struct block {
    vg_head head;
    vg_header headers[HEADERS];
    char text[TEXT_BYTES];
};

static void use_own(struct block *block)
{
    block->head = (vg_head){
        .text = block->text, .room = TEXT_BYTES, .headers = block->headers, .header_room = HEADERS};
}

vg_head *vg_head_new(void)
{
    struct block *block = malloc(sizeof(*block));

    if (block == NULL)
        return NULL;
    use_own(block);
    return &block->head;
}

static void give_back(void *at, const void *own, size_t bytes)
{
    if (at == own)
        return;
    free(at);
    vg_arena_total_give(bytes);
}

/* Ready for the next request: an idle connection's head goes back to the listener's stock. */
void vg_head_clear(vg_head *head)
{
    struct block *block = (struct block *)head;

    give_back(head->text, block->text, head->room);
    give_back(head->headers, block->headers, head->header_room * sizeof(vg_header));
    use_own(block);
}

void vg_head_free(vg_head *head)
{
    if (head == NULL)
        return;
    vg_head_clear(head);
    free(head);
}

/* A counted block of `bytes` that begins with the first `used` of `old`. */
static void *grown(const void *old, size_t used, size_t bytes)
{
    void *at;

    if (!vg_arena_total_take(bytes))
        return NULL;
    at = malloc(bytes);
    if (at == NULL) {
        vg_arena_total_give(bytes);
        return NULL;
    }
    return memcpy(at, old, used);
}

/* A slice that points into text that has moved. NULL is none, and stays. */
static void move(vg_slice *part, const char *from, char *to)
{
    if (part->at != NULL)
        part->at = to + (part->at - from);
}

bool vg_head_reserve(vg_head *head, size_t n)
{
    struct block *block = (struct block *)head;
    size_t room = head->room;
    char *text;

    if (head->room - head->len >= n)
        return true;
    while (room - head->len < n)
        room *= 2;
    text = grown(head->text, head->len, room);
    if (text == NULL)
        return false;
    move(&head->target, head->text, text);
    for (uint32_t i = 0; i < head->count; i++) {
        move(&head->headers[i].name, head->text, text);
        move(&head->headers[i].value, head->text, text);
    }
    give_back(head->text, block->text, head->room);
    head->text = text;
    head->room = room;
    return true;
}

bool vg_head_extend(vg_head *head, vg_slice *part, vg_slice bytes)
{
    if (!vg_head_reserve(head, bytes.len))
        return false;
    if (part->at == NULL) /* its first bytes; others follow right behind, as it is the newest */
        part->at = head->text + head->len;
    memcpy(head->text + head->len, bytes.at, bytes.len);
    head->len += bytes.len;
    part->len += bytes.len;
    return true;
}

vg_header *vg_head_add(vg_head *head)
{
    struct block *block = (struct block *)head;
    uint32_t room = head->header_room * 2;
    vg_header *headers;

    if (head->count == head->header_room) {
        headers = grown(head->headers, head->count * sizeof(*headers), room * sizeof(*headers));
        if (headers == NULL)
            return NULL;
        give_back(head->headers, block->headers, head->header_room * sizeof(*headers));
        head->headers = headers;
        head->header_room = room;
    }
    head->headers[head->count] = (vg_header){0};
    return &head->headers[head->count++];
}
