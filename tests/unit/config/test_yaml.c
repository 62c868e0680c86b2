/* The reader of YAML: what it takes, as an outline, and what it refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/yaml.h"

/* "a@1=b" for a text, "a@1{…}" for a mapping, "a@1[…]" for a list; "~" for nothing. */
static void outline(const vg_yaml *node, vg_buf *to)
{
    if (node->key.at != NULL)
        vg_buf_printf(to, VG_FMT, VG_ARG(node->key));
    vg_buf_printf(to, "@%u", node->line);
    if (node->kind == VG_YAML_TEXT) {
        vg_buf_printf(to, "=" VG_FMT, VG_ARG(node->is_null ? VG_LIT("~") : node->text));
        return;
    }
    vg_buf_put_byte(to, node->kind == VG_YAML_LIST ? '[' : '{');
    for (const vg_yaml *m = node->first; m != NULL; m = m->next) {
        outline(m, to);
        if (m->next != NULL)
            vg_buf_put_byte(to, ' ');
    }
    vg_buf_put_byte(to, node->kind == VG_YAML_LIST ? ']' : '}');
}

static const struct {
    const char *says;
    const char *yaml;
    const char *tree;       /* NULL: refused */
    const char *complaints; /* NULL: none */
} rows[] = {
    {"nothing is an empty mapping", "", "@1{}", NULL},
    {"so are comments", "# a\n\n# b\n", "@4{}", NULL},
    {"keys have lines", "a: 1\nb:\n  c: x y\n", "@1{a@1=1 b@2{c@3=x y}}", NULL},
    {"values are texts whatever they look like", "a: 0x1f\nb: 'no'\nc: 2001-01-01\n",
     "@1{a@1=0x1f b@2=no c@3=2001-01-01}", NULL},
    {"nothing has three spellings", "a:\nb: ~\nc: null\nd: ''\ne: 'null'\n",
     "@1{a@1=~ b@2=~ c@3=~ d@4= e@5=null}", NULL},
    {"lists and flows are read", "a: [x, {b: y}]\n", "@1{a@1[@1=x @1{b@1=y}]}", NULL},
    {"escapes are decoded", "a: \"\\u00e9\\n\"\n", "@1{a@1=é\n}", NULL},
    {"one document may say that it begins", "---\na: 1\n...\n", "@2{a@2=1}", NULL},
    {"a text may be all there is", "hello\n", "@1=hello", NULL},
    {"a key that comes twice", "a: 1\nb: 2\na: 3\n", NULL,
     "f.yaml:3: a: is given twice, first in line 1\n"},
    {"all keys that come twice", "a: 1\na: 2\nc:\n  d: 1\n  d: 2\n", NULL,
     "f.yaml:2: a: is given twice, first in line 1\n"
     "f.yaml:5: d: is given twice, first in line 4\n"},
    {"the same key elsewhere is another", "a: {b: 1}\nc: {b: 2}\n", "@1{a@1{b@1=1} c@2{b@2=2}}",
     NULL},
    {"an anchor", "a: &x 1\n", NULL,
     "f.yaml:1: anchors (&name) are not allowed: write the value out\n"},
    {"an anchor on a mapping", "a: &x\n  b: 1\n", NULL,
     "f.yaml:1: anchors (&name) are not allowed: write the value out\n"},
    {"an alias", "a: 1\nb: *x\n", NULL,
     "f.yaml:2: aliases (*name) are not allowed: write the value out\n"},
    {"a tag", "a: !!int 1\n", NULL,
     "f.yaml:1: tags (!name) are not allowed: the option decides its type\n"},
    {"a tag on a key", "!x a: 1\n", NULL,
     "f.yaml:1: tags (!name) are not allowed: the option decides its type\n"},
    {"a tag on a list", "a: !x [1]\n", NULL,
     "f.yaml:1: tags (!name) are not allowed: the option decides its type\n"},
    {"a key that is no word", "? [a]\n: 1\n", NULL, "f.yaml:1: a key must be a word\n"},
    {"a second document", "a: 1\n---\nb: 2\n", NULL,
     "f.yaml:2: a second document: a configuration is one\n"},
    {"a tab as indentation", "a:\n\tb: 1\n", NULL,
     "f.yaml:2: found character that cannot start any token\n"},
    {"a bracket that stays open", "a: [1, 2\n", NULL,
     "f.yaml:2: did not find expected ',' or ']'\n"},
    {"two values on a line", "a: b: c\n", NULL,
     "f.yaml:1: mapping values are not allowed in this context\n"},
    {"bytes that are no UTF-8", "a: 1\nb: \xff\n", NULL, "f.yaml:2: invalid leading UTF-8 octet\n"},
    {"a control byte", "a: 1\nb: \x01\n", NULL, "f.yaml:2: control characters are not allowed\n"},
    {"sixteen levels", "[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]\n",
     "@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1[@1=x]]]]]]]]]]]]]]]]", NULL},
    {"seventeen", "[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]\n", NULL,
     "f.yaml:1: nested too deep: a configuration has at most 16 levels\n"},
};

static void yaml_becomes_a_tree_or_complaints(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        vg_arena *arena = vg_arena_new(4 << 20);
        vg_buf told, shown;
        vg_complaints complaints = {arena, &told, 0};
        const vg_yaml *root;

        vg_buf_init(&told, 0);
        vg_buf_init(&shown, 0);
        root = vg_yaml_read(arena, vg_slice_str(rows[i].yaml), "f.yaml", &complaints);
        if (root != NULL)
            outline(root, &shown);
        if (!vg_slice_is_str(vg_buf_bytes(&shown), rows[i].tree) ||
            !vg_slice_is_str(vg_buf_bytes(&told), rows[i].complaints))
            fail_msg("%s: " VG_FMT " " VG_FMT, rows[i].says, VG_ARG(vg_buf_bytes(&shown)),
                     VG_ARG(vg_buf_bytes(&told)));
        vg_buf_fini(&told);
        vg_buf_fini(&shown);
        vg_arena_free(arena);
    }
}

/* Reads a text that is too much; the one complaint is this. */
static void assert_too_much(vg_slice text, const char *wanted)
{
    vg_arena *arena = vg_arena_new(16 << 20);
    vg_buf told;
    vg_complaints complaints = {arena, &told, 0};

    vg_buf_init(&told, 0);
    assert_null(vg_yaml_read(arena, text, "f.yaml", &complaints));
    vg_buf_put_byte(&told, '\0');
    assert_string_equal(told.at, wanted);
    vg_buf_fini(&told);
    vg_arena_free(arena);
}

static void size_and_number_are_bounded(void **state)
{
    vg_buf text;

    (void)state;
    vg_buf_init(&text, 0);
    vg_buf_put_byte(&text, '[');
    for (int i = 0; i < VG_YAML_NODES; i++)
        vg_buf_put(&text, VG_LIT("a,"));
    vg_buf_put_byte(&text, ']');
    assert_too_much(vg_buf_bytes(&text),
                    "f.yaml:1: too many values: a configuration has at most 20000\n");
    vg_buf_clear(&text);
    while (text.len <= VG_YAML_BYTES)
        vg_buf_put(&text, VG_LIT("# nothing\n"));
    assert_too_much(vg_buf_bytes(&text), "f.yaml: is larger than 1 MiB\n");
    vg_buf_fini(&text);
}

static void an_arena_that_is_spent_is_told(void **state)
{
    vg_arena *arena = vg_arena_new(4096);
    vg_buf told, text;
    vg_complaints complaints = {arena, &told, 0};

    (void)state;
    vg_buf_init(&told, 0);
    vg_buf_init(&text, 0);
    for (int i = 0; i < 1000; i++)
        vg_buf_printf(&text, "key_%d: value\n", i);
    assert_null(vg_yaml_read(arena, vg_buf_bytes(&text), "f.yaml", &complaints));
    assert_int_equal(complaints.count, 1);
    vg_buf_fini(&told);
    vg_buf_fini(&text);
    vg_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(yaml_becomes_a_tree_or_complaints),
        cmocka_unit_test(size_and_number_are_bounded),
        cmocka_unit_test(an_arena_that_is_spent_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
