/* The router: what is found for which method and path, as a table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "net/router.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
    vg_route route;
    const char *name;
};

static const struct row rows[] = {
    {{"GET", "/"}, "root"},
    {{"GET", "/collections"}, "list"},
    {{"GET", "/collections/{c}"}, "info"},
    {{"PUT", "/collections/{c}"}, "create"},
    {{"POST", "/collections/aliases"}, "change aliases"},
    {{"PUT", "/collections/{c}/points"}, "upsert"},
    {{"POST", "/collections/{c}/points/search"}, "search"},
    {{"GET", "/collections/{c}/points/{id}"}, "get point"},
    {{"GET", "/collections/{c}/{a}/{b}/end"}, "two more"},
    {{"GET", "/collections/all/x/{b}/other"}, "literal branch"},
    {{"HEAD", "/own"}, "own head"},
    {{"GET", "/own"}, "own get"},
};

static const struct {
    const char *says, *method, *path;
    const char *name; /* NULL: not found */
    const char *allow;
    const char *params; /* "a,b" */
} finds[] = {
    {"the root", "GET", "/", "root", "GET", ""},
    {"a literal", "GET", "/collections", "list", "GET", ""},
    {"a parameter", "GET", "/collections/a%20b", "info", "GET, PUT", "a%20b"},
    {"the same by method", "PUT", "/collections/a", "create", "GET, PUT", "a"},
    {"another method", "DELETE", "/collections/a", NULL, "GET, PUT", ""},
    {"a literal wins", "POST", "/collections/aliases", "change aliases", "GET, PUT, POST", ""},
    {"but leaves other methods to the parameter", "GET", "/collections/aliases", "info",
     "GET, PUT, POST", "aliases"},
    {"two parameters", "GET", "/collections/a/points/7", "get point", "GET", "a,7"},
    {"a literal behind a parameter", "POST", "/collections/a/points/search", "search", "POST, GET",
     "a"},
    {"what is allowed counts both", "PUT", "/collections/a/points/search", NULL, "POST, GET", ""},
    {"back from a literal branch that ends", "GET", "/collections/all/x/y/end", "two more", "GET",
     "all,x,y"},
    {"down the literal branch", "GET", "/collections/all/x/y/other", "literal branch", "GET", "y"},
    {"HEAD is answered by GET", "HEAD", "/collections/a", "info", "GET, PUT", "a"},
    {"HEAD has its own", "HEAD", "/own", "own head", "HEAD, GET", ""},
    {"an unknown path", "GET", "/nowhere", NULL, "", ""},
    {"a path that only begins", "GET", "/collection", NULL, "", ""},
    {"a path that goes on", "GET", "/collections/a/b", NULL, "", ""},
    {"a path within", "GET", "/collections/a/points/7/8", NULL, "", ""},
    {"methods are told apart by case", "get", "/collections", NULL, "GET", ""},
    {"the asterisk is no path", "OPTIONS", "*", NULL, "", ""},
    {"nothing is no path", "GET", "", NULL, "", ""},
};

static void expect_params(const char *says, const vg_match *match, const char *wanted)
{
    char got[256] = "";
    size_t len = 0;

    for (int p = 0; p < VG_ROUTE_PARAMS && match->params[p].at != NULL; p++)
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s" VG_FMT, p > 0 ? "," : "",
                                VG_ARG(match->params[p]));
    if (strcmp(got, wanted) != 0)
        fail_msg("%s: parameters \"%s\", wanted \"%s\"", says, got, wanted);
}

static void paths_lead_to_rows(void **state)
{
    vg_router *router = vg_router_new(rows, sizeof(rows[0]), COUNT(rows));

    (void)state;
    assert_non_null(router);
    for (size_t i = 0; i < COUNT(finds); i++) {
        vg_match match =
            vg_router_find(router, vg_slice_str(finds[i].method), vg_slice_str(finds[i].path));
        const struct row *row = match.row;
        const char *name = row != NULL ? row->name : "nothing";
        const char *wanted = finds[i].name != NULL ? finds[i].name : "nothing";

        if (strcmp(name, wanted) != 0)
            fail_msg("%s: found %s, wanted %s", finds[i].says, name, wanted);
        if (!vg_slice_is_str(match.allow, finds[i].allow))
            fail_msg("%s: allows \"" VG_FMT "\"", finds[i].says, VG_ARG(match.allow));
        if (match.path_known != (finds[i].allow[0] != '\0'))
            fail_msg("%s: path_known is wrong", finds[i].says);
        expect_params(finds[i].says, &match, finds[i].params);
    }
    vg_router_free(router);
}

static void an_empty_table_knows_no_path(void **state)
{
    vg_router *router = vg_router_new(rows, sizeof(rows[0]), 0);

    (void)state;
    assert_false(vg_router_find(router, VG_LIT("GET"), VG_LIT("/")).path_known);
    vg_router_free(router);
    vg_router_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_rows),
        cmocka_unit_test(an_empty_table_knows_no_path),
    };

    return cmocka_run_group_tests_name("net/router", tests, NULL, NULL);
}
