/* Tokens that are remembered: which go first, how many stay, and who holds one that went. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gate/tokens.h"

static void put(vg_tokens *tokens, uint64_t number)
{
    vg_token *token = vg_token_new(&(vg_digest){{number}});

    assert_non_null(token);
    token->claims.not_before_ms = number;
    vg_tokens_put(tokens, token);
    vg_token_let_go(token);
}

static bool has(vg_tokens *tokens, uint64_t number)
{
    const vg_token *token = vg_tokens_find(tokens, &(vg_digest){{number}});

    assert_true(token == NULL || token->claims.not_before_ms == number);
    return token != NULL;
}

static void the_one_used_longest_ago_goes_first(void **state)
{
    vg_tokens *tokens = vg_tokens_new(3, 1 << 20);

    (void)state;
    put(tokens, 1);
    put(tokens, 2);
    put(tokens, 3);
    assert_true(has(tokens, 1));
    put(tokens, 4);
    assert_int_equal(vg_tokens_count(tokens), 3);
    assert_false(has(tokens, 2));
    put(tokens, 5);
    assert_false(has(tokens, 3));
    assert_true(has(tokens, 1) && has(tokens, 4) && has(tokens, 5));
    vg_tokens_free(tokens);
}

static void so_many_bytes_are_remembered(void **state)
{
    vg_token *one = vg_token_new(&(vg_digest){{1}});
    size_t bytes = vg_arena_bytes(one->arena);
    vg_tokens *tokens = vg_tokens_new(100, 2 * bytes);

    (void)state;
    vg_token_let_go(one);
    put(tokens, 1);
    put(tokens, 2);
    put(tokens, 3);
    assert_int_equal(vg_tokens_count(tokens), 2);
    assert_false(has(tokens, 1));
    one = vg_token_new(&(vg_digest){{4}});
    assert_non_null(vg_arena_take(one->arena, 3 * bytes));
    vg_tokens_put(tokens, one); /* larger than all together: it is not remembered */
    vg_token_let_go(one);
    assert_false(has(tokens, 4));
    put(tokens, 5);
    assert_int_equal(vg_tokens_count(tokens), 1);
    vg_tokens_free(tokens);
}

static void many_tokens_leave_nothing_behind(void **state)
{
    vg_tokens *tokens = vg_tokens_new(50, 1 << 24);

    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        put(tokens, i);
    assert_int_equal(vg_tokens_count(tokens), 50);
    for (uint64_t i = 0; i < 1000; i++)
        assert_int_equal(has(tokens, i), i >= 950);
    vg_tokens_forget(tokens);
    assert_int_equal(vg_tokens_count(tokens), 0);
    assert_false(has(tokens, 999));
    put(tokens, 7);
    assert_true(has(tokens, 7));
    vg_tokens_free(tokens);
}

static void who_is_held_lives_on(void **state)
{
    vg_tokens *tokens = vg_tokens_new(1, 1 << 20);
    vg_arena *request = vg_arena_new(1 << 16);
    vg_token *token;

    (void)state;
    put(tokens, 1);
    token = vg_tokens_find(tokens, &(vg_digest){{1}});
    assert_true(vg_token_hold(token, request));
    put(tokens, 2);
    assert_false(has(tokens, 1));
    assert_true(token->claims.not_before_ms == 1);
    vg_tokens_free(tokens);
    assert_true(token->claims.not_before_ms == 1);
    vg_arena_free(request);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_one_used_longest_ago_goes_first),
        cmocka_unit_test(so_many_bytes_are_remembered),
        cmocka_unit_test(many_tokens_leave_nothing_behind),
        cmocka_unit_test(who_is_held_lives_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
