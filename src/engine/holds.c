/* See holds.h. */
#include "engine/holds.h"

#include <sqlite3.h>

#include "filter/eval.h"

static const char holds_type[] = "vg_holds";

static vg_slice bytes_of(sqlite3_value *value)
{
    const char *at = sqlite3_value_blob(value); /* of a text too: its bytes */

    return vg_slice_of(at, (size_t)sqlite3_value_bytes(value));
}

static uint32_t list_held(const vg_holds *holds, vg_slice digits)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < holds->count && i < digits.len; i++)
        if (digits.at[i] == '1')
            holds->held[count++] = holds->names[i];
    return count;
}

static void fail(sqlite3_context *context, const char *what)
{
    sqlite3_result_error(context, what, -1);
    sqlite3_result_error_code(context, SQLITE_CORRUPT_VTAB); /* keeps the text */
}

static void ask(sqlite3_context *context, vg_documents *documents, const vg_holds *holds,
                vg_subject *subject, vg_slice payload)
{
    bool is_damaged;
    vg_document *document = vg_documents_read(documents, payload, &is_damaged);

    if (document) {
        subject->payload = document->root;
        sqlite3_result_int(context, vg_eval(holds->filter, subject));
        vg_document_let(document);
    } else if (is_damaged) {
        fail(context, "a stored payload is no JSON");
    } else {
        sqlite3_result_error_nomem(context);
    }
}

static void answer(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    const vg_holds *holds = sqlite3_value_pointer(argv[0], holds_type);
    vg_slice key = bytes_of(argv[1]);
    vg_subject subject = {0};

    (void)argc;
    if (!holds) {
        sqlite3_result_error(context, "vg_holds() without a filter", -1);
        return;
    }
    if (!vg_point_id_of_key((const uint8_t *)key.at, key.len, &subject.id)) {
        fail(context, "a stored id is no key");
        return;
    }
    subject.vectors = holds->held;
    subject.vector_count = list_held(holds, bytes_of(argv[3]));
    ask(context, sqlite3_user_data(context), holds, &subject, bytes_of(argv[2]));
}

static void let(void *arg)
{
    vg_documents_let(arg);
}

/* When it fails, SQLite lets the documents itself. */
bool vg_holds_register(sqlite3 *db, vg_documents *documents)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;

    vg_documents_hold(documents);
    return sqlite3_create_function_v2(db, "vg_holds", 4, flags, documents, answer, NULL, NULL,
                                      let) == SQLITE_OK;
}

void vg_holds_bind(sqlite3_stmt *stmt, int place, vg_holds *holds)
{
    sqlite3_bind_pointer(stmt, place, holds, holds_type, NULL);
}
