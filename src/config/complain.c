/* The form of a complaint. */
#include "config/complain.h"

enum { SHOWN_BYTES = 60 };

void vg_complain(vg_complaints *complaints, vg_slice place, const char *format, ...)
{
    vg_slice sentence;
    va_list args;
    size_t from;

    va_start(args, format);
    sentence = vg_arena_vprintf(complaints->arena, format, args);
    va_end(args);
    from = complaints->to->len;
    if (place.len > 0) {
        vg_buf_put(complaints->to, place);
        vg_buf_put(complaints->to, VG_LIT(": "));
    }
    vg_buf_put(complaints->to, sentence);
    for (size_t i = from; i < complaints->to->len; i++)
        if ((unsigned char)complaints->to->at[i] < 0x20 || complaints->to->at[i] == 0x7f)
            complaints->to->at[i] = ' ';
    vg_buf_put_byte(complaints->to, '\n');
    complaints->count++;
}

vg_slice vg_complain_quote(vg_arena *arena, vg_slice text)
{
    size_t shown = text.len;

    if (shown > SHOWN_BYTES)
        shown = SHOWN_BYTES;
    while (shown < text.len && shown > 0 && ((unsigned char)text.at[shown] & 0xc0) == 0x80)
        shown--;
    return vg_arena_printf(arena, "\"%.*s%s\"", (int)shown, text.at, shown < text.len ? "…" : "");
}
