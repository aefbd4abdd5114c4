#include "controlplane/outgoing/model_list.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::outgoing {
namespace {

using Ids = std::vector<std::string>;

std::optional<Ids> read(std::string_view json) { return read_model_list(json, 3, 8); }

TEST(ModelList, ReadsWhatProvidersSend) {
  EXPECT_EQ(read(R"({"object":"list","data":[{"id":"a","object":"model"},{"object":"model","id":"b"}]})"), (Ids{"a", "b"}));
  EXPECT_EQ(read(R"([{"id":"a"},{"id":"b"}])"), (Ids{"a", "b"}));
  EXPECT_EQ(read(R"({"data":[]})"), Ids());
}

TEST(ModelList, HasBounds) {
  EXPECT_EQ(read(R"({"data":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}]})"), (Ids{"a", "b", "c"}));
  EXPECT_EQ(read(R"({"data":[{"id":"longer than eight"},{"id":"b"}]})"), Ids{"b"});
  EXPECT_EQ(read("{\"data\":[{\"id\":\"a\\u0000b\"},{\"id\":\"x\\ny\"},{\"id\":7},{\"name\":\"n\"},{\"id\":\"ok\"}]}"), Ids{"ok"});
}

TEST(ModelList, IsNotFoundInWhatIsNone) {
  for (const char* text : {"", "<html>", "null", "7", "\"data\"", "{}", R"({"data":{}})", R"({"data":["a"]})", R"({"error":{}})", R"({"data":[{"id")", "\xff\xfe"})
    EXPECT_FALSE(read(text).has_value()) << text;
  EXPECT_FALSE(read(std::string(100'000, '[')).has_value());
}

TEST(ErrorText, IsFoundWhereProvidersWriteIt) {
  EXPECT_EQ(read_error_text(R"({"error":{"message":"no such key","code":1}})"), "no such key");
  EXPECT_EQ(read_error_text(R"({"error":"no such key"})"), "no such key");
  EXPECT_EQ(read_error_text(R"({"message":"no such key"})"), "no such key");
  EXPECT_EQ(read_error_text(R"({"detail":"Not Found"})"), "Not Found");
  EXPECT_EQ(read_error_text("  not\r\n\tfound "), "not found");
  EXPECT_EQ(read_error_text("<html><body>404</body></html>"), "");
  EXPECT_EQ(read_error_text("\xff"), "");
  EXPECT_EQ(read_error_text(R"({"error":{"message":7}})"), "");
}

}  // namespace
}  // namespace smartroute::control::outgoing
