#!/usr/bin/env python3
"""Makes tokens.def: keys and tokens by PyJWT and cryptography, which share no code with the gate.

    python3 -m venv /tmp/tokens && /tmp/tokens/bin/pip install pyjwt cryptography
    /tmp/tokens/bin/python tests/unit/gate/make_tokens.py > tests/unit/gate/tokens.def

Keys are new each time; the private ones that sign are kept nowhere. Times are around NOW, rig.c's clock."""

import base64
import datetime
import hashlib
import hmac
import json

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

NOW = 1700000000
SECRET = "the secret of the tests, 40 bytes of it."


def pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tokens")])
    day = datetime.datetime(2023, 1, 1)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(key.public_key()).serial_number(1).not_valid_before(day)
            .not_valid_after(day + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.PEM).decode()


def jwk(key, **more):
    kinds = {rsa.RSAPublicKey: jwt.algorithms.RSAAlgorithm,
             ec.EllipticCurvePublicKey: jwt.algorithms.ECAlgorithm,
             ed25519.Ed25519PublicKey: jwt.algorithms.OKPAlgorithm}
    public = key.public_key()
    kind = next(made for cls, made in kinds.items() if isinstance(public, cls))
    return {k: v for k, v in json.loads(kind.to_jwk(public)).items() if k != "key_ops"} | more


RSA_A, RSA_B = (rsa.generate_private_key(65537, 2048) for _ in range(2))
SMALL = rsa.generate_private_key(65537, 1024)
EC_A, EC_B = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
P384 = ec.generate_private_key(ec.SECP384R1())
UNUSED = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def url(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(header, claims, secret=SECRET.encode()):
    """HS256, of texts that no library would write."""
    text = url(header.encode()) + "." + url(claims.encode())
    return text + "." + url(hmac.new(secret, text.encode(), hashlib.sha256).digest())


def hs(claims, **more):
    return jwt.encode(claims, SECRET, algorithm="HS256", **more)


def row(kind, name, text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    print(f'{kind}({name}, "{quoted}")')


print("/* Written by make_tokens.py. KEY(name, file's text), TOKEN(name, token): a row each. */")
row("KEY", "SECRET", SECRET)
row("KEY", "PEM", pem(RSA_A) + pem(EC_A))
row("KEY", "PEM_RSA_A", pem(RSA_A))
row("KEY", "PEM_CERTIFICATE_B", certificate(RSA_B))
row("KEY", "PEM_PKCS1_B", RSA_B.public_key().public_bytes(serialization.Encoding.PEM,
                                                          serialization.PublicFormat.PKCS1).decode())
row("KEY", "PEM_SMALL", pem(SMALL))
row("KEY", "PEM_P384", pem(P384))
row("KEY", "PEM_ED", pem(ED))
row("KEY", "PEM_PRIVATE", private_pem(UNUSED))
row("KEY", "JWKS", json.dumps({"keys": [
    jwk(RSA_A, kid="a", use="sig", alg="RS256"), jwk(RSA_B, kid="b"), jwk(EC_A, kid="e", use="sig"),
    jwk(ED, kid="d"), jwk(P384, kid="p"), jwk(RSA_B, kid="x", use="enc")]}))
row("KEY", "JWKS_OF_NONE", json.dumps({"keys": [jwk(ED, kid="d")]}))
row("KEY", "JWKS_SECRET", json.dumps({"keys": [{"kty": "oct", "k": url(b"x" * 32)}]}))
row("KEY", "JWKS_PRIVATE", json.dumps({"keys": [
    json.loads(jwt.algorithms.ECAlgorithm.to_jwk(UNUSED))]}))
row("KEY", "JWKS_SMALL", json.dumps({"keys": [jwk(SMALL)]}))
off = jwk(EC_A)
off["y"] = jwk(EC_B)["y"]
row("KEY", "JWKS_OFF_CURVE", json.dumps({"keys": [off]}))

row("TOKEN", "FULL", hs({"sub": "alice"}))
row("TOKEN", "NOTHING", hs({}))
row("TOKEN", "READ", hs({"access": "r"}))
row("TOKEN", "MANAGE", hs({"access": "m", "iat": NOW, "jti": "1", "unknown": [1]}))
row("TOKEN", "LISTED", hs({"access": [
    {"collection": "docs", "access": "r"}, {"collection": "images", "access": "rw"},
    {"collection": "points", "access": "prw",
     "payload": {"user": "alice", "a.b[]": 7, "ok": True}}]}))
row("TOKEN", "LISTED_NONE", hs({"access": []}))
row("TOKEN", "EXISTS", hs({"access": "r", "value_exists": {"collection": "users", "matches": [
    {"key": "name", "value": "alice"}, {"key": "level", "value": -3}, {"key": "off",
                                                                       "value": False}]}}))
row("TOKEN", "TENANT_ACME", hs({"tenant": "acme"}))
row("TOKEN", "TENANT_DEFAULT", hs({"tenant": "default"}))
row("TOKEN", "EXPIRES", hs({"sub": "bob", "exp": NOW}))
row("TOKEN", "EXPIRES_WITH_FRACTION", hs({"exp": NOW + 0.5}))
row("TOKEN", "NOT_BEFORE", hs({"nbf": NOW + 60}))
row("TOKEN", "EXPIRES_LATE", by_hand('{"alg":"HS256"}', '{"exp":1e300}'))
row("TOKEN", "EXPIRED_EARLY", by_hand('{"alg":"HS256"}', '{"exp":-1e300}'))
row("TOKEN", "AUDIENCE", hs({"aud": "vecgate", "iss": "idp"}))
row("TOKEN", "AUDIENCES", hs({"aud": ["other", "vecgate"], "iss": "idp"}))
row("TOKEN", "OTHER_AUDIENCE", hs({"aud": ["vecgate2"], "iss": "idp"}))
row("TOKEN", "AUDIENCE_ALONE", hs({"aud": "vecgate"}))
row("TOKEN", "OTHER_ISSUER", hs({"aud": "vecgate", "iss": "idp2"}))
row("TOKEN", "WITH_KID", hs({"sub": "alice"}, headers={"kid": "whatever"}))
row("TOKEN", "HOSTILE_NAME", hs({"sub": "a\nb\x7f" + "ü" * 100}))

row("TOKEN", "RS_A", jwt.encode({"sub": "alice"}, RSA_A, algorithm="RS256"))
row("TOKEN", "RS_A_KID", jwt.encode({"sub": "alice"}, RSA_A, algorithm="RS256",
                                    headers={"kid": "a"}))
row("TOKEN", "RS_B", jwt.encode({"sub": "alice"}, RSA_B, algorithm="RS256"))
row("TOKEN", "RS_B_KID", jwt.encode({"sub": "alice"}, RSA_B, algorithm="RS256",
                                    headers={"kid": "b"}))
row("TOKEN", "RS_B_AS_A", jwt.encode({"sub": "alice"}, RSA_B, algorithm="RS256",
                                     headers={"kid": "a"}))
row("TOKEN", "RS_B_FOR_ENCRYPTION", jwt.encode({"sub": "alice"}, RSA_B, algorithm="RS256",
                                               headers={"kid": "x"}))
row("TOKEN", "ES_A", jwt.encode({"sub": "alice"}, EC_A, algorithm="ES256"))
row("TOKEN", "ES_A_KID", jwt.encode({"sub": "alice"}, EC_A, algorithm="ES256",
                                    headers={"kid": "e"}))
row("TOKEN", "ES_B", jwt.encode({"sub": "alice"}, EC_B, algorithm="ES256"))
text = url(b'{"alg":"ES256"}') + "." + url(b'{"sub":"alice"}')
row("TOKEN", "ES_AS_DER", text + "." + url(EC_A.sign(text.encode(), ec.ECDSA(hashes.SHA256()))))
row("TOKEN", "ES_OF_ZEROES", text + "." + url(b"\0" * 64))

row("TOKEN", "NONE", jwt.encode({"sub": "alice"}, None, algorithm="none"))
row("TOKEN", "NONE_IN_CAPITALS", url(b'{"alg":"NONE"}') + "." + url(b'{"sub":"alice"}') + ".")
row("TOKEN", "HS384", jwt.encode({"sub": "alice"}, SECRET + "more", algorithm="HS384"))
row("TOKEN", "HS512", jwt.encode({"sub": "alice"}, SECRET + "more" * 10, algorithm="HS512"))
row("TOKEN", "PS256", jwt.encode({"sub": "alice"}, RSA_A, algorithm="PS256"))
row("TOKEN", "HS_BY_PUBLIC_KEY", by_hand('{"alg":"HS256"}', '{"sub":"alice"}',
                                         pem(RSA_A).encode()))
row("TOKEN", "HS_BY_NOTHING", by_hand('{"alg":"HS256"}', '{"sub":"alice"}', b""))
row("TOKEN", "RS_HEADER_HS_SIGNED", by_hand('{"alg":"RS256"}', '{"sub":"alice"}'))
row("TOKEN", "HS_HEADER_RS_SIGNED", url(b'{"alg":"HS256"}') + jwt.encode(
    {"sub": "alice"}, RSA_A, algorithm="RS256")[len(url(b'{"alg":"RS256","typ":"JWT"}')):])
row("TOKEN", "OTHER_SECRET", jwt.encode({"sub": "alice"}, SECRET + "x", algorithm="HS256"))
row("TOKEN", "CRIT", by_hand('{"alg":"HS256","crit":["exp"]}', '{"sub":"alice"}'))
row("TOKEN", "ALG_TWICE", by_hand('{"alg":"none","alg":"HS256"}', '{"sub":"alice"}'))
row("TOKEN", "NO_ALG", by_hand('{"typ":"JWT"}', '{"sub":"alice"}'))
row("TOKEN", "ALG_IS_NUMBER", by_hand('{"alg":256}', '{"sub":"alice"}'))
row("TOKEN", "KID_IS_NUMBER", by_hand('{"alg":"HS256","kid":1}', '{"sub":"alice"}'))
row("TOKEN", "HEADER_IS_LIST", by_hand('["HS256"]', '{"sub":"alice"}'))

wrong = {
    "CLAIMS_ARE_LIST": "[]",
    "CLAIMS_ARE_NOT_JSON": "{",
    "CLAIM_TWICE": '{"access":"r","access":"m"}',
    "CLAIMS_TOO_DEEP": '{"a":' + "[" * 17 + "]" * 17 + "}",
    "SUB_IS_NUMBER": '{"sub":7}',
    "EXP_IS_TEXT": '{"exp":"1700000000"}',
    "NBF_IS_LIST": '{"nbf":[1]}',
    "ACCESS_IS_WORD": '{"access":"rw"}',
    "ACCESS_IS_NULL": '{"access":null}',
    "ACCESS_IS_OBJECT": '{"access":{"collection":"a","access":"r"}}',
    "ACCESS_OF_NUMBERS": '{"access":[1,2]}',
    "ACCESS_IN_CAPITALS": '{"access":"M"}',
    "ONE_ACCESS_IS_M": '{"access":[{"collection":"a","access":"m"}]}',
    "ONE_WITHOUT_ACCESS": '{"access":[{"collection":"a"}]}',
    "ONE_WITHOUT_NAME": '{"access":[{"access":"r"}]}',
    "ONE_WITH_EMPTY_NAME": '{"access":[{"collection":"","access":"r"}]}',
    "ONE_MISSPELT": '{"access":[{"collection":"a","access":"r","paylod":{"a":1}}]}',
    "ONE_TWICE": '{"access":[{"collection":"a","access":"r"},{"collection":"a","access":"rw"}]}',
    "ACCESS_TWICE_IN_ONE": '{"access":[{"collection":"a","access":"r","access":"rw"}]}',
    "PAYLOAD_IS_LIST": '{"access":[{"collection":"a","access":"r","payload":["a"]}]}',
    "PAYLOAD_OF_REAL": '{"access":[{"collection":"a","access":"r","payload":{"a":1.5}}]}',
    "PAYLOAD_OF_NULL": '{"access":[{"collection":"a","access":"r","payload":{"a":null}}]}',
    "PAYLOAD_OF_NO_PATH": '{"access":[{"collection":"a","access":"r","payload":{"a[":1}}]}',
    "PAYLOAD_OF_HUGE": '{"access":[{"collection":"a","access":"r","payload":{"a":1e30}}]}',
    "EXISTS_IS_LIST": '{"value_exists":[]}',
    "EXISTS_WITHOUT_MATCHES": '{"value_exists":{"collection":"a"}}',
    "EXISTS_MISSPELT": '{"value_exists":{"collection":"a","matches":[],"match":[]}}',
    "EXISTS_OF_NO_KEY": '{"value_exists":{"collection":"a","matches":[{"value":1}]}}',
    "EXISTS_OF_KEY_NUMBER": '{"value_exists":{"collection":"a","matches":[{"key":1,"value":1}]}}',
    "EXISTS_MATCHES_OBJECT": '{"value_exists":{"collection":"a","matches":{"key":"a","value":1}}}',
    "TENANT_IS_NUMBER": '{"tenant":1}',
    "TENANT_IS_EMPTY": '{"tenant":""}',
    "TENANT_WITH_SLASH": '{"tenant":"/x"}',
}
for name, claims in wrong.items():
    row("TOKEN", name, by_hand('{"alg":"HS256"}', claims))
