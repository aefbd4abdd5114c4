// Durations, addresses, names that are near, reports.
#include <gmock/gmock.h>

#include "contract/config/base_url.hpp"
#include "contract/config/decode.hpp"
#include "contract/config/duration_text.hpp"
#include "contract/config/keyword_pattern.hpp"
#include "contract/config/nearest.hpp"
#include "contract/config/report.hpp"
#include "contract/config/validate.hpp"

#include <re2/re2.h>

namespace smartroute::config {
namespace {

using ::testing::HasSubstr;

TEST(Duration, ReadsNumberAndUnit) {
  for (const auto& [text, millis] :
       std::initializer_list<std::pair<const char*, std::int64_t>>{{"5s", 5'000},
                                                                   {"500ms", 500},
                                                                   {"1.5s", 1'500},
                                                                   {"5m", 300'000},
                                                                   {"2h", 7'200'000},
                                                                   {"0s", 0},
                                                                   {"0.25h", 900'000},
                                                                   {"0.001s", 1},
                                                                   {"007s", 7'000}}) {
    const auto value = parse_duration(text);
    ASSERT_TRUE(value.has_value()) << text;
    EXPECT_EQ(value->count(), millis) << text;
  }
}

TEST(Duration, SaysWhatToWriteInstead) {
  for (const auto& [text, what] : std::initializer_list<std::pair<const char*, const char*>>{
           {"5", "'5s' for seconds"},
           {"-5s", "negative"},
           {"5 s", "unknown unit"},
           {"5sec", "unknown unit"},
           {"s", "no duration"},
           {"", "no duration"},
           {"5.s", "no duration"},
           {".5s", "no duration"},
           {"1e3s", "unknown unit"},
           {"0.5ms", "finer"},
           {"1.0005s", "finer"},
           {"1d", "unknown unit"},
           {"9999999999h", "hundred years"},
           {"99999999999999999999s", "too long"},
           {"1.0000000000s", "too long"},
           {"+5s", "no duration"},
           {"infinity", "no duration"}}) {
    const auto value = parse_duration(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_THAT(value.error().text(), HasSubstr(what)) << text;
  }
}

TEST(Duration, FormatsInTheLargestWholeUnitAndReadsBack) {
  EXPECT_EQ(format_duration(Millis(300'000)), "5m");
  EXPECT_EQ(format_duration(Millis(1'500)), "1500ms");
  EXPECT_EQ(format_duration(Millis(0)), "0s");
  for (const std::int64_t millis : {0LL, 1LL, 999LL, 1'000LL, 59'999LL, 60'000LL, 61'000LL,
                                    3'600'000LL, 86'400'000LL, 3'162'240'000'000LL})
    EXPECT_EQ(parse_duration(format_duration(Millis(millis))).value_or(Millis(-1)).count(), millis);
}

TEST(BaseUrl, ReadsSchemeHostPortAndPath) {
  struct Row {
    const char* text;
    BaseUrl url;
    const char* authority;
  };
  const Row rows[] = {
      {"https://api.openai.com/v1", {true, "api.openai.com", 443, "/v1"}, "api.openai.com"},
      {"HTTPS://API.OpenAI.com/v1/", {true, "api.openai.com", 443, "/v1"}, "api.openai.com"},
      {"http://localhost:11434", {false, "localhost", 11434, ""}, "localhost:11434"},
      {"http://localhost/", {false, "localhost", 80, ""}, "localhost"},
      {"https://[::1]:8443/a/b", {true, "::1", 8443, "/a/b"}, "[::1]:8443"},
      {"http://[2001:DB8::1]", {false, "2001:db8::1", 80, ""}, "[2001:db8::1]"},
      {"http://10.0.0.1:80/v1//", {false, "10.0.0.1", 80, "/v1"}, "10.0.0.1"},
      {"https://x.azure.com/openai/deployments/a%20b",
       {true, "x.azure.com", 443, "/openai/deployments/a%20b"},
       "x.azure.com"},
      {"http://my_service:8000/v1", {false, "my_service", 8000, "/v1"}, "my_service:8000"},
      {"https://xn--bcher-kva.example",
       {true, "xn--bcher-kva.example", 443, ""},
       "xn--bcher-kva.example"},
  };
  for (const auto& row : rows) {
    const auto url = parse_base_url(row.text);
    ASSERT_TRUE(url.has_value()) << row.text << ": " << url.error().text();
    EXPECT_EQ(*url, row.url) << row.text;
    EXPECT_EQ(authority(*url), row.authority);
  }
}

TEST(BaseUrl, RefusesEverythingElseWithoutRepeatingIt) {
  const std::string rows[] = {"",
                              "api.openai.com/v1",
                              "ftp://x.com",
                              "file:///etc/passwd",
                              "unix:/run/x.sock",
                              "//x.com",
                              "https:x.com",
                              "https:/x.com",
                              "https://",
                              "https:///v1",
                              "https://:443/",
                              "https://user:hunter2@x.com",
                              "https://hunter2@x.com/",
                              "https://x.com?a=hunter2",
                              "https://x.com/#hunter2",
                              "https://x.com\\@y.com",
                              "https://x.com:0",
                              "https://x.com:65536",
                              "https://x.com:080",
                              "https://x.com:",
                              "https://x.com:8a",
                              "https://x.com:-1",
                              "https://x.com:1:2",
                              "https://::1/",
                              "https://[::1",
                              "https://[::1]x",
                              "https://[fe80::1%25eth0]/",
                              "https://[::g]",
                              "https://[127.0.0.1]",
                              " https://x.com",
                              "https://x.com ",
                              "https://x.com/\t",
                              "https://x.com/\r\nHost: y",
                              std::string("https://x\0.com", 14),
                              "https://x.com/é",
                              "https://аpi.openai.com",
                              "https://x..com",
                              "https://.x.com",
                              "https://x.com.",
                              "https://-x.com",
                              "https://x-.com",
                              "https://x!.com",
                              "https://x%2ecom",
                              "https://" + std::string(64, 'a') + ".com",
                              "https://" + std::string(3000, 'a'),
                              "https://2130706433/",
                              "https://0x7f000001/",
                              "https://0177.0.0.1/",
                              "https://127.1/",
                              "https://127.0.0.256/",
                              "https://1.2.3.4.5/",
                              "https://0x7f.1/",
                              "https://169.254.43518/",
                              "https://x.com/../a",
                              "https://x.com/a/./b",
                              "https://x.com//a",
                              "https://x.com/a%2fb",
                              "https://x.com/%2e%2e/",
                              "https://x.com/%0d%0a",
                              "https://x.com/%00",
                              "https://x.com/%zz",
                              "https://x.com/%4",
                              "https://x.com/<a>"};
  for (const auto& text : rows) {
    const auto url = parse_base_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_EQ(url.error().text().find("hunter2"), std::string::npos);
    EXPECT_EQ(url.error().kind(), ErrorKind::Invalid);
  }
}

TEST(BaseUrl, ClassifiesHosts) {
  for (const auto& [host, kind] : std::initializer_list<std::pair<const char*, HostKind>>{
           {"api.openai.com", HostKind::Public},
           {"8.8.8.8", HostKind::Public},
           {"2606:4700::1", HostKind::Public},
           {"127.0.0.1", HostKind::Loopback},
           {"127.255.0.1", HostKind::Loopback},
           {"::1", HostKind::Loopback},
           {"localhost", HostKind::Loopback},
           {"a.localhost", HostKind::Loopback},
           {"10.1.2.3", HostKind::Private},
           {"172.16.0.1", HostKind::Private},
           {"172.32.0.1", HostKind::Public},
           {"192.168.1.1", HostKind::Private},
           {"100.64.0.1", HostKind::Private},
           {"fd12::1", HostKind::Private},
           {"ollama", HostKind::Private},
           {"gpu.local", HostKind::Private},
           {"a.b.svc.cluster.local", HostKind::Private},
           {"169.254.169.254", HostKind::LinkLocal},
           {"fe80::1", HostKind::LinkLocal},
           {"::ffff:169.254.169.254", HostKind::LinkLocal},
           {"64:ff9b::a9fe:a9fe", HostKind::LinkLocal},
           {"2002:a9fe:a9fe::", HostKind::LinkLocal},
           {"fd00:ec2::254", HostKind::LinkLocal},
           {"100.100.100.200", HostKind::LinkLocal},
           {"metadata.google.internal", HostKind::LinkLocal},
           {"::ffff:127.0.0.1", HostKind::Loopback},
           {"0.0.0.0", HostKind::Unusable},
           {"::", HostKind::Unusable},
           {"224.0.0.1", HostKind::Unusable},
           {"255.255.255.255", HostKind::Unusable},
           {"ff02::1", HostKind::Unusable}})
    EXPECT_EQ(classify_host(host), kind) << host;
}

TEST(NearestName, FindsSlipsAndNothingElse) {
  const std::vector<std::string> names{"openai",   "anthropic", "deepseek",
                                       "base_url", "api_key",   "t1"};
  EXPECT_EQ(nearest_name("opneai", names), "openai");
  EXPECT_EQ(nearest_name("OpenAI", names), "openai");
  EXPECT_EQ(nearest_name("baseUrl", names), "base_url");
  EXPECT_EQ(nearest_name("anthropics", names), "anthropic");
  EXPECT_EQ(nearest_name("mistral", names), "");
  EXPECT_EQ(nearest_name("x", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name(std::string(100'000, 'a'), names), "");
}

TEST(NearestName, CountsASwapOfNeighboursOnce) {
  EXPECT_EQ(edit_distance("ab", "ba", 3), 1u);
  EXPECT_EQ(edit_distance("kitten", "sitting", 3), 3u);
  EXPECT_EQ(edit_distance("kitten", "sitting", 2), 3u);
  EXPECT_EQ(edit_distance("", "abc", 3), 3u);
}

TEST(NearestName, StopsWhenItsPurseIsEmpty) {
  NearestNames purse(100);
  EXPECT_EQ(purse.find("opena", {"openai"}), "openai");  // costs 31
  EXPECT_EQ(purse.find("opena", {"openai"}), "openai");
  EXPECT_EQ(purse.find("opena", {"openai"}), "openai");
  EXPECT_EQ(purse.find("opena", {"openai"}), "");
}

TEST(KeywordPattern, RefusesWhatIsTooLargeOrWrong) {
  EXPECT_TRUE(is_pattern("/a/"));
  EXPECT_FALSE(is_pattern("//"));
  EXPECT_FALSE(is_pattern("/a"));
  ASSERT_TRUE(compile_pattern("/prove|证明/").has_value());
  EXPECT_TRUE(re2::RE2::PartialMatch("PROVE it", **compile_pattern("/prove|证明/")));
  for (const char* bomb :
       {"/((a{100}){100}){100}/", "/(/", "/\\1/", "/(?=a)/", "/a{1001}/", "/\\pL{900}/"})
    EXPECT_FALSE(compile_pattern(bomb).has_value()) << bomb;
}

TEST(Report, CountsWhatItLeavesOutAndNeverLosesAnError) {
  Report report;
  for (std::size_t i = 0; i < kMaxWarnings + 10; ++i) report.warn("w", "x");
  report.error("e", "x");
  Problems problems = report.take();
  EXPECT_EQ(problems.size(), kMaxWarnings + 2);
  EXPECT_TRUE(has_errors(problems));
  EXPECT_EQ(problems.back().severity, Severity::Warning);
  for (std::size_t i = 0; i < kMaxErrors + 3; ++i) report.error("e", "x");
  problems = report.take();
  EXPECT_EQ(problems.back().what, "3 more problems are not shown");
  EXPECT_EQ(problems.back().severity, Severity::Error);
}

TEST(Problem, ReadsLikeACompilersMessage) {
  Problem problem{
      "tiers.t1.models[2]", "names no configured provider", "openai/gpt-4o", "gateway.yaml", 14,
      Severity::Error};
  EXPECT_EQ(to_string(problem),
            "gateway.yaml:14: tiers.t1.models[2]: names no configured provider, did you mean "
            "'openai/gpt-4o'?");
  problem.severity = Severity::Warning;
  problem.nearest.clear();
  problem.file.clear();
  EXPECT_EQ(to_string(problem),
            "line 14: warning: tiers.t1.models[2]: names no configured provider");
  problem.line = 0;
  problem.file = "a.yaml";
  EXPECT_EQ(to_string(problem),
            "a.yaml: warning: tiers.t1.models[2]: names no configured provider");
}

TEST(Problem, TakesTheLineOfTheLongestKnownPrefix) {
  const SourceMap lines{{"tiers", 3}, {"tiers.t1.models", 5}, {"params.models.kimi-k2.5", 9}};
  Problems problems{{"tiers.t1.models[2]", "", "", "", 0, Severity::Error},
                    {"tiers.t2", "", "", "", 0, Severity::Error},
                    {"params.models.kimi-k2.5.top_p", "", "", "", 0, Severity::Error},
                    {"router", "", "", "", 0, Severity::Error}};
  attach_lines(problems, lines, "f.yaml");
  EXPECT_EQ(problems[0].line, 5);
  EXPECT_EQ(problems[1].line, 3);
  EXPECT_EQ(problems[2].line, 9);
  EXPECT_EQ(problems[3].line, 0);
  EXPECT_EQ(problems[3].file, "f.yaml");
}

TEST(Shown, CutsAndEscapes) {
  EXPECT_EQ(shown("a\nb\x7f"), "'a\\x0ab\\x7f'");
  EXPECT_EQ(shown(std::string(100, 'a')), "'" + std::string(64, 'a') + "…'");
  EXPECT_EQ(shown(std::string(63, 'a') + "é"), "'" + std::string(63, 'a') + "…'");
}

}  // namespace
}  // namespace smartroute::config
