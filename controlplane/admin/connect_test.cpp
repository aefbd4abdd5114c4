#include "controlplane/admin/connect.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "controlplane/admin/convert.hpp"

namespace smartroute::control::admin {
namespace {

using nlohmann::json;

TEST(Connect, ReadsContentTypes) {
  EXPECT_EQ(encoding_of("application/json"), Encoding::Json);
  EXPECT_EQ(encoding_of("Application/JSON ; charset=utf-8"), Encoding::Json);
  EXPECT_EQ(encoding_of("application/proto"), Encoding::Binary);
  for (const char* other :
       {"", "text/plain", "application/connect+json", "application/x-www-form-urlencoded",
        "multipart/form-data", "application/jsonx", "application/grpc"}) {
    EXPECT_EQ(encoding_of(other), std::nullopt) << other;
  }
}

TEST(Connect, JsonUsesTheProtobufMapping) {
  rpc::PutConfigRequest request;
  ASSERT_TRUE(decode_message(
      Encoding::Json,
      R"({"source":{"text":"a: b"},"baseRevision":"18446744073709551615","note":"ü"})", request));
  EXPECT_EQ(request.base_revision(), 18446744073709551615u);
  EXPECT_EQ(request.source().text(), "a: b");
  rpc::GetConfigResponse response;
  response.mutable_revision()->set_number(7);
  response.mutable_revision()->set_created_at_ms(1);
  const auto answer = encode_message(Encoding::Json, response);
  EXPECT_EQ(answer.content_type, "application/json");
  const auto parsed = json::parse(answer.body);
  EXPECT_EQ(parsed["revision"]["number"], "7");
  EXPECT_EQ(parsed["revision"]["createdAtMs"], "1");
}

TEST(Connect, BinaryIsTheWireForm) {
  rpc::ListRevisionsRequest request;
  request.set_page_size(3);
  rpc::ListRevisionsRequest read;
  ASSERT_TRUE(decode_message(Encoding::Binary, request.SerializeAsString(), read));
  EXPECT_EQ(read.page_size(), 3);
  EXPECT_EQ(decode_message(Encoding::Binary, "\xff\xff\xff", read).error().code,
            Code::InvalidArgument);
  EXPECT_EQ(encode_message(Encoding::Binary, request).body, request.SerializeAsString());
}

TEST(Connect, EmptyBodyIsAnEmptyMessage) {
  rpc::ListInstancesRequest request;
  EXPECT_TRUE(decode_message(Encoding::Json, "", request));
  EXPECT_TRUE(decode_message(Encoding::Json, "{}", request));
}

TEST(Connect, RefusesWhatIsNoSuchMessage) {
  const std::string deep = std::string(2'000, '[') + std::string(2'000, ']');
  for (const std::string& body :
       {std::string("{"), std::string("[]"), std::string("{\"baseRevison\":\"1\"}"),
        std::string("{\"baseRevision\":-1}"), std::string("{\"note\":\"\xff\"}"),
        std::string("{\"note\":1}"), deep, std::string("{\"source\":") + deep + "}"}) {
    rpc::PutConfigRequest request;
    const auto result = decode_message(Encoding::Json, body, request);
    ASSERT_FALSE(result) << body.substr(0, 60);
    EXPECT_EQ(result.error().code, Code::InvalidArgument);
  }
}

TEST(Connect, ErrorsCarryCodeMessageDetailsAndProblems) {
  CallError error{Code::InvalidArgument, "2 problems", {}};
  error.problems.push_back({"tiers.t1.models[0]", "names no configured provider", "openai",
                            "gateway.yaml", 14, config::Severity::Error});
  const auto answer = error_response(error);
  EXPECT_EQ(answer.status, 400);
  const auto parsed = json::parse(answer.body);
  EXPECT_EQ(parsed["code"], "invalid_argument");
  EXPECT_EQ(parsed["message"], "2 problems");
  EXPECT_TRUE(parsed["details"].is_array());
  EXPECT_EQ(parsed["problems"][0]["path"], "tiers.t1.models[0]");
  EXPECT_EQ(parsed["problems"][0]["line"], 14);
  EXPECT_EQ(parsed["problems"][0]["severity"], "SEVERITY_ERROR");
  EXPECT_FALSE(json::parse(error_response({Code::Aborted, "\xff", {}}).body).contains("problems"));
}

TEST(Connect, MapsCodesToTheStatusesOfTheProtocol) {
  const struct {
    Code code;
    int status;
    const char* name;
  } rows[] = {
      {Code::Canceled, 499, "canceled"},
      {Code::Unknown, 500, "unknown"},
      {Code::InvalidArgument, 400, "invalid_argument"},
      {Code::DeadlineExceeded, 504, "deadline_exceeded"},
      {Code::NotFound, 404, "not_found"},
      {Code::AlreadyExists, 409, "already_exists"},
      {Code::PermissionDenied, 403, "permission_denied"},
      {Code::ResourceExhausted, 429, "resource_exhausted"},
      {Code::FailedPrecondition, 400, "failed_precondition"},
      {Code::Aborted, 409, "aborted"},
      {Code::OutOfRange, 400, "out_of_range"},
      {Code::Unimplemented, 501, "unimplemented"},
      {Code::Internal, 500, "internal"},
      {Code::Unavailable, 503, "unavailable"},
      {Code::DataLoss, 500, "data_loss"},
      {Code::Unauthenticated, 401, "unauthenticated"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(status_of(row.code), row.status) << row.name;
    EXPECT_EQ(name_of(row.code), row.name);
  }
}

}  // namespace
}  // namespace smartroute::control::admin
