/* What test_http1.c says of plain connections holds over TLS. */
#include "tests/unit/net/test_http1.c"
