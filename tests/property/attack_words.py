"""What an attacker writes where a name, an id, a value or a header stands. Both tenants take theirs from the same
lists, so that they meet."""
import string

SQL = "x'; DROP TABLE points; --"
# Of these each is one name, and no two are the same, whatever folds, normalises, decodes, unescapes or cuts them.
NAMES = [
    "docs", "Docs", "DOCS", "ｄocs", "dосs", "docs ", " docs", "docs.", "docs\u200b", "docs\u202e", "doc\u0073\u0301",
    "café", "cafe\u0301", "CAFÉ", "ß", "ss", "İ", "i\u0307", "ﬁ", "fi", "😀", "😀\ufe0f",
    SQL, "x' OR '1'='1", "x''", "x'", "`x`", "x;y", "x--", "$1", "%s%n", "{}", "{name=1}", "[1]", "x,y", "x\ty", "x\ny", "x\r\nx-y= z",
    "..%2f..%2fetc", "%2e%2e", "%00", "a%20b", "a b", "a+b", "a%2Fb", "...", ".hidden", "~", "-rf", "--help", "$(id)", "#x", "a&b=c", "a=b",
    "default", "public", "pg_catalog", "information_schema", "vecgate", "template1", "CON", "NUL", "null", "true", "0", "-1", "1e3",
    "collections", "aliases", "points", "exists", "search", "tenant", "tenant=other", "tenants;tenant=other", "@other", "n" * 255, "n" * 254 + "m",
    "ü" * 255, "😀" * 255, "\u00ad", "\ufeff", "\u0007", "\u007f",
]
# No collection and no alias can have these.
NO_NAMES = [".", "..", "a/b", "../docs", "/docs", "docs/", "docs/../docs", "a\\b", 'x"y', "x?y", "x*y", "<x>", "c:d", "x|y", "a\0b", "\0",
            "docs\0", "a\x1fb", "n" * 256, "ü" * 256, "N" * 10240, '","tenant":"other', "*", "http://x/y"]

TENANTS = [("acme", "acme "), ("a", "A"), ("tenant", "tеnant"), ("x'y", "x''y"), ("café", "cafe\u0301"), (SQL, "x"), ("a/b", "a"), ("...", ".. "),
           ("t" * 128, "t" * 127), ("a%2Fb", "a%2fb"), ("default", "Default"), ("a.b", "a_b"), ('{"a":1}', "{}"), ("a", "a:b"), ("😀", "😀\ufe0f")]

# In a path such a key stands as it is, or in double quotes.
KEYS = ["tag", "n", "a.b", "a b", "x'; DROP TABLE points; --", "%", "_", "ключ", "$1", "tenant", "tenant_id", "_tenant", "id", "vector", "payload",
        "\\", "a:b", "a/b", "😀", "%s", "[", "k" * 300]
# These can be stored and not be asked for.
ODD_KEYS = ['a"b', '"', "", "__proto__", "\u0001"]
TAGS = ["red", "Red", "röd", "it's", 'say "hi"', SQL, "' OR 1=1 --", "%", "_", "\\", "\\'", "$1", "{}", "", "null", "t1", "\u2028", "x" * 2000]
VECTORS = ["v", "V", "v'; DROP TABLE points; --", "v.w", "v w", "ν", "%", "tenant", "v" * 100]

IDS = [0, 1, 2, 3, 4, 5, 7, 42, 2**53, 2**53 + 1, 2**63 - 1, 2**63, 2**64 - 1,
       "00000000-0000-0000-0000-000000000000", "550e8400-e29b-41d4-a716-446655440000", "ffffffff-ffff-5fff-bfff-ffffffffffff"]
TEXT_IDS = ["1 ", "one", "ONE", "x' OR '1'='1", "a/b", "..", "%2e%2e", "tenant:1", '{"id":1}', "é", "e\u0301", "t" * 512]

UNRESERVED = set((string.ascii_letters + string.digits + "-._~").encode())
RAW = set(b"!$&'()*+,;=:@")  # may stand in a segment as they are


def segment(text, chance):
    """A text as a segment of a path: what must be escaped is, and now and then what need not."""
    eager = chance.choice([0, 0, 0.2, 1])
    made = ""
    for byte in text.encode():
        plain = byte in UNRESERVED and text not in (".", "..")
        if (plain or byte in RAW and chance.random() < 0.5) and chance.random() >= eager:
            made += chr(byte)
        else:
            made += ("%{:02X}" if chance.random() < 0.7 else "%{:02x}").format(byte)
    return made


def path_of(key):
    """A payload key as a path."""
    is_bare = all(one.isalnum() or one in "_-" for one in key) and key.isascii()
    return key if is_bare else f'"{key}"'


def id_forms(id, chance):
    """The same id as others may write it."""
    if not isinstance(id, str) or id in TEXT_IDS or chance.random() < 0.7:
        return id
    return chance.choice([id.upper(), id.replace("-", ""), f"urn:uuid:{id}", "{%s}" % id])


def header_tricks(other, chance):
    """Headers that want to be somebody else, or ask for something else than the request line."""
    foreign = chance.choice([other, other.upper(), f" {other}", f"{other}\t", f'"{other}"', f"{other},{other}", "", "*", "default", "/", "x" * 2000])
    name = chance.choice(["X-Vecgate-Tenant", "x-vecgate-tenant", "X-VECGATE-TENANT", "X_Vecgate_Tenant", "X-Tenant", "X-Vecgate-Tenant-Id"])
    return chance.choice([
        [(name, foreign)],
        [(name, foreign), (name, foreign)],
        [("api-key", "wrong")],
        [("Authorization", "Bearer wrong")],
        [("Authorization", "Basic d3Jvbmc6d3Jvbmc=")],
        [("X-Original-URL", "/v1/collections"), ("X-Rewrite-URL", "/v1/collections")],
        [("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "DELETE")],
        [("X-Forwarded-User", foreign), ("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=127.0.0.1")],
        [("Cookie", "tenant=other"), ("X-Request-Id", "x" * 100)],
        [("If-None-Match", "*"), ("Range", "bytes=0-10")],
    ])


# Requests lines that mean nothing, or not what they seem to mean.
TARGETS = [
    "/collections/%ff", "/collections/%c0%ae", "/collections/%", "/collections/%zz/points/1", "/collections//points", "//collections",
    "/collections/docs/../docs", "/collections/./docs", "/collections/../v1/collections", "/v1//collections", "/v1/./collections", "/v1/../collections",
    "/collections/%2e%2e/collections", "/collections/docs%2fpoints%2f1", "/collections/docs/points/%2e%2e", "/collections/docs/points/..",
    "/collections/docs;tenant=other", "/collections?tenant=other", "/collections?api-key=x&tenant=other", "/collections/docs?x-vecgate-tenant=other",
    "/collections/docs#x", "/collections/docs/", "/Collections/docs", "/COLLECTIONS", "/v1/collections/docs/points/", "/v1/jobs/..", "/v1/jobs/%00",
    "/v1/tenants", "/v1/tenants/other", "/metrics/", "/metrics?tenant=other", "/collections/docs/points/1;2", "/collections/docs/points/1,2", "http://other/collections",
]
