#include "controlplane/dashboard/coding.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::dashboard {
namespace {

constexpr Available kAll{true, true, true};

TEST(Coding, IsTheOneThatTheClientPrefersOfThoseThereAre) {
  const struct {
    const char* accept;
    Available available;
    Coding chosen;
  } rows[] = {
      {"", kAll, Coding::Identity},
      {"gzip, deflate, br, zstd", kAll, Coding::Brotli},
      {"gzip, deflate", kAll, Coding::Gzip},
      {"br", {true, true, false}, Coding::Identity},
      {"gzip, br", {true, true, false}, Coding::Gzip},
      {"GZIP", kAll, Coding::Gzip},
      {"x-gzip", kAll, Coding::Gzip},
      {"br;q=0.5, gzip;q=0.8", kAll, Coding::Gzip},
      {"br;q=0, gzip", kAll, Coding::Gzip},
      {"gzip;q=0.5, identity", kAll, Coding::Identity},
      {"gzip;q=0.5, identity;q=0.5", kAll, Coding::Gzip},
      {"identity;q=0, *;q=0", kAll, Coding::Identity},
      {"*", kAll, Coding::Brotli},
      {"*;q=0", kAll, Coding::Identity},
      {"br;q=0, *;q=0.1", kAll, Coding::Gzip},
      {"gzip; q=0.001 , identity;q=0", kAll, Coding::Gzip},
      {"gzip;q=2", kAll, Coding::Identity},
      {"gzip;q=0.5555", kAll, Coding::Identity},
      {"gzip;q=x, br;q=0.1", kAll, Coding::Brotli},
      {"deflate", kAll, Coding::Identity},
      {",,;q=1,gzip", kAll, Coding::Gzip},
  };
  for (const auto& row : rows)
    EXPECT_EQ(choose(row.accept, row.available), row.chosen) << row.accept;
}

TEST(Coding, KnowsAnEtagAmongOthers) {
  const struct {
    const char* field;
    bool named;
  } rows[] = {{"", false},          {"\"abc\"", true},          {"W/\"abc\"", true},
              {"\"x\", \"abc\"", true}, {"*", true},            {" * ", true},
              {"abc", false},       {"\"ab\"", false},          {"\"x,\"abc\"\"", false},
              {"\"abc", false},     {"\"*\"", false}};
  for (const auto& row : rows) EXPECT_EQ(names_etag(row.field, "\"abc\""), row.named) << row.field;
}

}  // namespace
}  // namespace smartroute::control::dashboard
