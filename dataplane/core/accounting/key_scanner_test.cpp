#include "dataplane/core/accounting/key_scanner.hpp"

#include <gtest/gtest.h>

#include "dataplane/core/accounting/key_samples.hpp"

namespace smartroute::accounting {
namespace {

std::vector<std::string> found_in(const KeyScanner& keys, std::string_view text, TextKind kind = TextKind::Plain,
                                  TextCuts cuts = {}) {
  std::vector<KeyScanner::Found> places;
  keys.find(text, kind, cuts, places);
  std::vector<std::string> out;
  std::size_t last = 0;
  for (const auto& found : places) {
    EXPECT_LE(last, found.begin);
    EXPECT_LT(found.begin, found.end);
    EXPECT_LE(found.end, text.size());
    last = found.end;
    out.emplace_back(text.substr(found.begin, found.end - found.begin));
  }
  return out;
}
using Keys = std::vector<std::string>;

TEST(KeyScanner, FindsKeysOfEveryShapeWhereverTheyStand) {
  const KeyScanner keys;
  const std::pair<const char*, const char*> around[] = {
      {"", ""},           {"my key is ", " ok?"}, {"KEY=", "\n"},      {"\"", "\""},       {"url?key=", "&x=1"},
      {"(", ")"},         {"`", "`"},             {"x:", ";"},         {"\xe4\xbd\xa0", "\xe5\xa5\xbd"},
      {"%3D", "%26"},     {"<", ">"},             {"12345678 ", ", a"}};
  for (const KeySample& sample : key_samples())
    for (const auto& [before, after] : around)
      EXPECT_EQ(found_in(keys, before + sample.key + after), Keys{sample.key}) << sample.name << " in " << before;
}

TEST(KeyScanner, FindsAKeyAtEveryOffset) {
  const KeyScanner keys;
  for (const KeySample& sample : {key_samples()[0], key_samples()[10], key_samples().back()})
    for (std::size_t before = 0; before < 40; ++before)
      for (const std::size_t after : {0, 1, 2, 3, 9})
        EXPECT_EQ(found_in(keys, std::string(before, ' ') + sample.key + std::string(after, ' ')), Keys{sample.key}) << before << " " << after;
}

TEST(KeyScanner, FindsSeveral) {
  std::string text;
  Keys all;
  for (const KeySample& sample : key_samples()) {
    text += sample.key + "\n";
    all.push_back(sample.key);
  }
  EXPECT_EQ(found_in(KeyScanner(), text), all);
}

TEST(KeyScanner, LeavesOrdinaryTextsAlone) {
  std::string base64;
  std::uint64_t state = 7;
  for (int i = 0; i < 200'000; ++i) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    base64 += "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[state >> 58];
  }
  const std::pair<const char*, std::string> rows[] = {
      {"a sentence", "I was asked to do a risk-averse, task-oriented desk-research on disk-encryption-at-rest."},
      {"class names", "<div class=\"sk-container-id-1 sk-estimator-doc-link sk-toggleable__label-arrow\">"},
      {"an identifier", "sk-learn-compatible-estimators-and-transformers"},
      {"a function", "from huggingface_hub import hf_hub_download; hf_raise_for_status(r); gsk_test = gsk_scale(x)"},
      {"shell", "curl -H \"Authorization: Bearer $OPENAI_API_KEY\" https://api.openai.com/v1/chat/completions"},
      {"a placeholder", "Authorization: Bearer YOUR_API_KEY_GOES_HERE and Bearer <token> and bearer authentication-schemes"},
      {"words with bearer", "The bearer of this letter is a flag-bearer. Bearer tokens authenticate requests."},
      {"a short key of a tutorial", "sk-1234 or sk-test or sk-..."},
      {"a fingerprint", "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8 0123456789abcdef0123456789abcdef01234567"},
      {"uuids", "123e4567-e89b-12d3-a456-426614174000 and 9b2fd0c6-7b0a-4f0e-9f57-1f6f3f3c2d11"},
      {"certificates", "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----"},
      {"a public key", "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----"},
      {"rules of markdown", std::string(500, '-') + "\n| --- | --- |\n"},
      {"ASIA in capitals", "ASIA PACIFIC; ASIAPACIFIC; AKIAK; AKIABCDEFGHIJKLMNOPQRSTUVWXYZ"},
      {"a base64 object that is no token", "eyJhIjoxfQ== and eyJhbGciOiJIUzI1NiJ9 alone"},
      {"code", "task_sk = disk-0; mask-based(ask-1); xoxo-hugs; SG.log; ya29; ghp_short; npm_config_registry; fw_version_1_2"},
      {"stripe's words", "pk_test_mode sk_live_stream rk_test_case"},
      {"base64", base64},
      {"a data URL", "data:image/png;base64," + base64.substr(0, 50'000)},
      {"Chinese", "\xe8\xaf\xb7\xe5\xb8\xae\xe6\x88\x91\xe5\x86\x99\xe4\xb8\x80\xe4\xb8\xaa sk-\xe5\x87\xbd\xe6\x95\xb0"},
      {"empty", ""},
      {"two bytes", "sk"}};
  const KeyScanner keys;
  for (const auto& [name, text] : rows)
    for (const auto kind : {TextKind::Plain, TextKind::Json}) EXPECT_EQ(found_in(keys, text, kind), Keys{}) << name;
}

TEST(KeyScanner, TakesTheTokenBehindBearerInAnyCase) {
  const KeyScanner keys;
  const std::string token = "a1b2c3d4e5f6g7h8i9j0";
  for (const char* word : {"Bearer ", "bearer ", "BEARER ", "Bearer    "})
    EXPECT_EQ(found_in(keys, "authorization: " + (word + token) + "\r\n"), Keys{token}) << word;
}

TEST(KeyScanner, TakesAPrivateKeyToItsEndLine) {
  const KeyScanner keys;
  const std::string plain = private_key_sample("\n"), json = private_key_sample("\\n");
  EXPECT_EQ(found_in(keys, "a\n" + plain + "\nb"), Keys{plain});
  EXPECT_EQ(found_in(keys, "{\"k\":\"" + json + "\\nthanks\"}", TextKind::Json), Keys{json});
  const std::string begun = plain.substr(0, 300);
  EXPECT_EQ(found_in(keys, begun, TextKind::Plain, {false, true}), Keys{begun}) << "cut";
  const std::string open = json.substr(0, json.find("q3q2"));
  EXPECT_EQ(found_in(keys, "{\"k\":\"" + open + "\",\"other\":\"-----END X-----\"}", TextKind::Json).size(), 1u) << "not beyond its string";
  EXPECT_EQ(found_in(keys, "a PEM file begins with -----BEGIN PRIVATE KEY----- and then the key follows.").front().size(), 27u);
}

TEST(KeyScanner, KnowsBordersThatAreEscapes) {
  const KeyScanner keys;
  const std::string key = key_samples()[0].key, npm = key_samples()[38].key;
  for (const char* before : {"\\n", "\\t", "\\r", "\\u0022", "\\\\n", "\\\"", "\\\\\\\""})
    EXPECT_EQ(found_in(keys, "{\"a\":\"x" + (before + key) + "\"}", TextKind::Json), Keys{key}) << before;
  EXPECT_EQ(found_in(keys, "x" + key), Keys{}) << "a word goes on to the left";
  ASSERT_EQ(npm.substr(0, 4), "npm_");
  EXPECT_EQ(found_in(keys, "{\"a\":\"\\" + npm + "\"}", TextKind::Json), Keys{}) << "a line end and pm_...";
  EXPECT_EQ(found_in(keys, "{\"a\":\"\\\\" + npm + "\"}", TextKind::Json), Keys{npm}) << "a backslash and the key";
}

TEST(KeyScanner, FindsGivenSecretsWhateverTheyLookLike) {
  const std::vector<std::string_view> secrets{"hunter2-is-mine", "correct horse battery", "12345678901", "short", "sk-team-a", "sk-team-a-longer", "sk-team-a-other"};
  const KeyScanner keys(secrets);
  EXPECT_EQ(found_in(keys, "xhunter2-is-mine!"), Keys{"hunter2-is-mine"});
  EXPECT_EQ(found_in(keys, "correct horse battery staple"), Keys{"correct horse battery"});
  EXPECT_EQ(found_in(keys, "short"), Keys{}) << "a word";
  EXPECT_EQ(found_in(keys, "sk-team-a, sk-team-a-longer sk-team-a-other"), (Keys{"sk-team-a", "sk-team-a-longer", "sk-team-a-other"}));
  EXPECT_EQ(found_in(keys, "hunter2-is-min"), Keys{});
  EXPECT_EQ(found_in(keys, "hunter2-is-min", TextKind::Plain, {false, true}), Keys{"hunter2-is-min"}) << "cut";
}

TEST(KeyScanner, TakesTheWholeOfANumberOutsideStrings) {
  const std::vector<std::string_view> secrets{"12345678901"};
  const KeyScanner keys(secrets);
  std::vector<KeyScanner::Found> out;
  keys.find("{\"a\":\"12345678901\",\"b\":-99123456789012.5}", TextKind::Json, {}, out);
  ASSERT_EQ(out.size(), 2u);
  EXPECT_FALSE(out[0].bare_number);
  EXPECT_TRUE(out[1].bare_number);
  EXPECT_EQ(out[1].end - out[1].begin, std::string("-99123456789012.5").size());
}

TEST(KeyScanner, TakesAPartOfAKeyForOneWhereTheTextIsCut) {
  const KeyScanner keys;
  for (const KeySample& sample : key_samples()) {
    if (std::string_view(sample.name).starts_with("encrypted") || std::string_view(sample.name).starts_with("jwt")) continue;
    for (std::size_t size = 24; size <= sample.key.size(); ++size) {
      const std::string part = sample.key.substr(0, size);
      EXPECT_EQ(found_in(keys, "key: " + part, TextKind::Plain, {false, true}), Keys{part}) << sample.name;
    }
  }
  EXPECT_EQ(found_in(keys, "0Fg7hK9_rest of it", TextKind::Plain, {true, false}), Keys{"0Fg7hK9_rest"});
  EXPECT_EQ(found_in(keys, "ordinary words", TextKind::Plain, {true, false}), Keys{});
}

// One would feel it: a megabyte of each takes milliseconds if it is linear, and many minutes if it is not.
TEST(KeyScanner, IsLinearInWhatIsHostile) {
  const KeyScanner keys;
  for (const std::string unit : {"sk-", "eyJ-", "eyJ-a.", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "Bearer ", "bearer=", "SG.", "\\\\", "\\\"",
                                 "-", "ghp_ ", "eyJaaaaa.eyJ", "AKIA", "xoxb-"}) {
    std::string text;
    while (text.size() < 1'000'000) text += unit;
    for (const auto kind : {TextKind::Plain, TextKind::Json}) (void)found_in(keys, text, kind);
  }
}

}  // namespace
}  // namespace smartroute::accounting
