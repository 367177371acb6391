// SPDX-License-Identifier: Apache-2.0
#include "identity/token.hpp"

#include <gtest/gtest.h>

#include "identity/access.hpp"
#include "base/base64url.hpp"

namespace ingot::identity {
namespace {

using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

// RFC 7515 A.1: the key, and a token that it signed (its claims have no "sub" and ended in 2011).
const std::string rfc_secret = *from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
const std::string rfc_token =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

// RFC 8037 A.2 and A.4: a key, a text of another kind that it signed. RFC 7515 A.2: the same for RS256.
const char* const ed25519_jwk = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
const std::string ed25519_text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
const std::string ed25519_signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
const char* const rsa_jwk =
    R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs)"
    R"(D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV)"
    R"(MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})";
const std::string rsa_text = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const std::string rsa_signature =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6x"
    "BArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Ioyp"
    "GlUPQGe77Rw";

const Time now{seconds(1'800'000'000)};
const std::string secret(32, 'k');
const TokenRules hmac_rules{.secret = secret, .keys = {}, .issuer = "", .audience = ""};

std::string signed_with(const std::string& key, const std::string& header, const std::string& claims) {
  const std::string text = to_base64url(header) + "." + to_base64url(claims);
  return text + "." + to_base64url(hmac_sha256(key, text));
}
std::string token_of(const std::string& claims, const std::string& header = R"({"alg":"HS256"})") { return signed_with(secret, header, claims); }

std::string refusal(const std::string& token, const TokenRules& rules = hmac_rules) {
  const auto verified = verify_token(token, rules, now);
  return verified.ok() ? "believed" : verified.error().message;
}

PublicKey key_of(const char* jwk) { return **PublicKey::parse(jwk); }

TEST(Base64url, Is_that_of_rfc_4648_without_padding) {
  const std::vector<std::pair<std::string, std::string>> vectors = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xfb\xff", "-_8"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(to_base64url(bytes), text);
    EXPECT_EQ(from_base64url(text), bytes);
  }
  for (const char* bad : {"Z", "Zg==", "Z+8", "Z/8", "Zm 9", "Zh", "Zm9", "Zm9vYh"}) EXPECT_FALSE(from_base64url(bad)) << bad;  // "Zh", "Zm9" carry bits of no byte
}

TEST(Keys, Verify_the_examples_of_the_rfcs) {
  EXPECT_EQ(refusal(rfc_token, {.secret = rfc_secret, .keys = {}, .issuer = "", .audience = ""}), "the token has expired");  // so the signature was good
  EXPECT_TRUE(key_of(ed25519_jwk).verifies(ed25519_text, *from_base64url(ed25519_signature)));
  EXPECT_TRUE(key_of(rsa_jwk).verifies(rsa_text, *from_base64url(rsa_signature)));
  EXPECT_FALSE(key_of(ed25519_jwk).verifies(ed25519_text + "A", *from_base64url(ed25519_signature)));
  EXPECT_FALSE(key_of(rsa_jwk).verifies(rsa_text, std::string(256, 'x')));
  EXPECT_FALSE(key_of(rsa_jwk).verifies(rsa_text, ""));
  EXPECT_EQ(refusal(rsa_text + "." + rsa_signature, {.secret = "", .keys = {key_of(rsa_jwk)}, .issuer = "", .audience = ""}), "the token has expired");
}

TEST(Keys, Of_a_file_are_public_strong_and_for_signatures) {
  const auto parsed = [](const std::string& keys) { return parse_jwks("{\"keys\":[" + keys + "]}"); };
  EXPECT_EQ(parsed(std::string(rsa_jwk) + "," + R"({"kty":"OKP","crv":"Ed25519","kid":"e","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})")->size(), 2u);
  EXPECT_FALSE(parsed("").ok());
  EXPECT_FALSE(parsed(std::string(rsa_jwk) + "," + rsa_jwk).ok()) << "two keys without an id";
  EXPECT_FALSE(parsed(R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"})").ok()) << "a secret is no public key";
  EXPECT_FALSE(parsed(R"({"kty":"RSA","n":"0vx7agoebGcQ","e":"AQAB"})").ok()) << "a short key";
  EXPECT_FALSE(parsed(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})").ok());
  EXPECT_FALSE(parsed(R"({"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})").ok());
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[7]})"}) EXPECT_FALSE(parse_jwks(text).ok()) << text;
}

TEST(Token, What_is_signed_is_believed) {
  const Principal principal{"u-1", "acme", {"sales"}, {"crm:contact:read"}, 1'800'000'600};
  const auto verified = verify_token(sign_token(principal, hmac_rules, now), hmac_rules, now);
  ASSERT_TRUE(verified.ok());
  EXPECT_EQ(verified->subject, "u-1");
  EXPECT_EQ(verified->tenant, "acme");
  EXPECT_EQ(verified->roles, principal.roles);
  EXPECT_EQ(verified->permissions, principal.permissions);
  EXPECT_EQ(verified->expires_at, 1'800'000'600);
}

TEST(Token, A_byte_more_or_less_or_other_is_refused) {
  const std::string good = token_of(R"({"sub":"u","exp":1900000000})");
  ASSERT_EQ(refusal(good), "believed");
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string other = good;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    EXPECT_NE(refusal(other), "believed") << at;
    EXPECT_NE(refusal(good.substr(0, at)), "believed") << at;
  }
  for (const std::string& bad : {good + ".", good + "A", "." + good, good + "=", " " + good, std::string(), std::string(".."), std::string(9000, 'A')}) EXPECT_NE(refusal(bad), "believed") << bad;
}

// RFC 8725 3.1: the classics.
TEST(Token, The_algorithm_is_the_keys) {
  const std::string claims = R"({"sub":"u","exp":1900000000})";
  const std::string unsigned_one = to_base64url(R"({"alg":"none"})") + "." + to_base64url(claims) + ".";
  EXPECT_NE(refusal(unsigned_one), "believed");
  for (const char* name : {"none", "None", "NONE", "nOnE", "HS384", "hs256", "RS256", "EdDSA", "ES256", ""}) {
    EXPECT_NE(refusal(token_of(claims, std::string(R"({"alg":")") + name + "\"}")), "believed") << name;
  }
  for (const char* header : {"{}", R"({"alg":7})", R"({"alg":["HS256"]})", R"(["HS256"])", R"({"alg":"HS256","crit":["exp"]})", "{"}) EXPECT_NE(refusal(token_of(claims, header)), "believed") << header;
  // A public key's text as an HMAC secret: there is no secret, so there is nothing to confuse.
  const TokenRules only_public{.secret = "", .keys = {key_of(rsa_jwk)}, .issuer = "", .audience = ""};
  EXPECT_EQ(refusal(signed_with(rsa_jwk, R"({"alg":"HS256"})", claims), only_public), "the token's signature is not good");
  EXPECT_EQ(refusal(signed_with("", R"({"alg":"HS256"})", claims), only_public), "the token's signature is not good");
  EXPECT_EQ(refusal(signed_with(std::string(32, 'j'), R"({"alg":"HS256"})", claims)), "the token's signature is not good");
}

TEST(Token, A_key_is_found_by_its_id) {
  const auto keyed = [](const char* kid) { return key_of((std::string(R"({"kty":"OKP","crv":"Ed25519","kid":")") + kid + R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})").c_str()); };
  EXPECT_EQ(keyed("a").id(), "a");
  const TokenRules rules{.secret = "", .keys = {keyed("a")}, .issuer = "", .audience = ""};
  EXPECT_EQ(refusal(ed25519_text + "." + ed25519_signature, rules), "the token is malformed") << "no id: every key of the kind is tried; the text is no JSON";
  const std::string other = to_base64url(R"({"alg":"EdDSA","kid":"b"})") + ed25519_text.substr(ed25519_text.find('.'));
  EXPECT_EQ(refusal(other + "." + ed25519_signature, rules), "the token's signature is not good");
}

TEST(Token, Times_are_those_of_rfc_7519_with_half_a_minute_of_leeway) {
  const auto at = [](const std::string& times) { return refusal(token_of(R"({"sub":"u")" + times + "}")); };
  EXPECT_EQ(at(R"(,"exp":1800000001)"), "believed");
  EXPECT_EQ(at(R"(,"exp":1799999971)"), "believed");
  EXPECT_EQ(at(R"(,"exp":1799999970)"), "the token has expired");
  EXPECT_EQ(at(R"(,"exp":1800000000.5,"nbf":1800000029.5)"), "believed");
  EXPECT_EQ(at(R"(,"exp":1900000000,"nbf":1800000031)"), "the token is not valid yet");
  EXPECT_EQ(at(""), "the token has no end (\"exp\")");
  for (const char* bad : {R"(,"exp":"1900000000")", R"(,"exp":1e300)", R"(,"exp":null)", R"(,"exp":true)", R"(,"exp":1900000000,"iat":"x")", R"(,"exp":1900000000,"nbf":[])"}) {
    EXPECT_NE(at(bad), "believed") << bad;
  }
}

TEST(Token, Issuer_and_audience) {
  const auto with = [](const std::string& claims, const std::string& issuer, const std::string& audience) {
    return refusal(token_of(R"({"sub":"u","exp":1900000000)" + claims + "}"), {.secret = secret, .keys = {}, .issuer = issuer, .audience = audience});
  };
  EXPECT_EQ(with(R"(,"iss":"x")", "", ""), "believed");
  EXPECT_EQ(with(R"(,"iss":"x")", "x", ""), "believed");
  EXPECT_EQ(with(R"(,"iss":"y")", "x", ""), "the token is from another issuer");
  EXPECT_EQ(with("", "x", ""), "the token is from another issuer");
  EXPECT_EQ(with(R"(,"aud":"me")", "", "me"), "believed");
  EXPECT_EQ(with(R"(,"aud":["you","me"])", "", "me"), "believed");
  EXPECT_EQ(with(R"(,"aud":["you"])", "", "me"), "the token is for another audience");
  EXPECT_EQ(with(R"(,"aud":"me")", "", ""), "the token is for another audience") << "who does not say who it is, is nobody's audience";
  EXPECT_EQ(with(R"(,"aud":[""])", "", ""), "the token is for another audience");
  EXPECT_EQ(with("", "", "me"), "the token names no audience");
}

TEST(Token, Claims_of_other_types_are_refused) {
  for (const char* claims : {R"("sub":7)", R"("sub":"")", R"("sub":null)", R"("x":1)", R"("sub":"u","roles":"admin")", R"("sub":"u","roles":[1])", R"("sub":"u","tenant":{})",
                             R"("sub":"u","permissions":["*"])", R"("sub":"u","permissions":["a:b"])", R"("sub":"u","permissions":{"a:b:c":true})"}) {
    EXPECT_NE(refusal(token_of(std::string("{") + claims + R"(,"exp":1900000000})")), "believed") << claims;
  }
  EXPECT_NE(refusal(token_of("[]")), "believed");
  EXPECT_NE(refusal(token_of("{\"sub\":\"\xff\",\"exp\":1900000000}")), "believed") << "not UTF-8";
  EXPECT_NE(refusal(token_of(R"({"exp":1900000000,"sub":")" + std::string(300, 'u') + "\"}")), "believed");
}

TEST(Access, Grants_what_role_token_and_everybody_have) {
  const AccessRules rules{.tokens = hmac_rules, .roles = {{"sales", {"crm:*:read"}}, {"boss", {"*:*:*"}}}, .anonymous = {"core:setting:read"}};
  const auto caller = [&](std::vector<dispatch::Header> headers) { return caller_of(headers, rules, now); };
  const std::string token = token_of(R"({"sub":"u","exp":1900000000,"roles":["sales","unknown"],"permissions":["hr:person:read"]})");
  EXPECT_EQ(caller({})->granted, rules.anonymous);
  EXPECT_EQ(identity_json(*caller({})), "null");
  const auto known = caller({{"authorization", "bEARER  " + token}});
  ASSERT_TRUE(known.ok());
  EXPECT_EQ(known->granted, (std::vector<std::string>{"core:setting:read", "crm:*:read", "hr:person:read"}));
  EXPECT_EQ(identity_json(*known), R"({"subject":"u","tenant":null,"roles":["sales","unknown"]})");
  for (const std::string& field : {std::string("Basic dTpw"), std::string("Bearer"), std::string("Bearer "), token, "Bearer " + token + " x", "Bearer " + token + ","}) {
    EXPECT_FALSE(caller({{"Authorization", field}}).ok()) << field;
  }
  EXPECT_FALSE(caller({{"Authorization", "Bearer " + token}, {"authorization", "Bearer " + token}}).ok());
}

TEST(Access, Without_a_key_nobody_is_anybody) {
  const AccessRules rules{.tokens = {}, .roles = {{"boss", {"*:*:*"}}}, .anonymous = {}};
  const auto caller = caller_of({{"Authorization", "Bearer " + token_of(R"({"sub":"u","exp":1900000000,"roles":["boss"]})")}}, rules, now);
  ASSERT_TRUE(caller.ok());
  EXPECT_FALSE(caller->principal.has_value());
  EXPECT_TRUE(caller->granted.empty());
}

}  // namespace
}  // namespace ingot::identity
