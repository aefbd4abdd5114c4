#include "controlplane/admin/connect.hpp"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include <nlohmann/json.hpp>

#include "controlplane/admin/convert.hpp"

namespace smartroute::control::admin {
namespace {

constexpr std::string_view kJsonType = "application/json";
constexpr std::string_view kBinaryType = "application/proto";

nlohmann::ordered_json to_json(const config::Problem& problem) {
  nlohmann::ordered_json out;
  out["path"] = problem.path;
  out["what"] = problem.what;
  if (!problem.nearest.empty()) out["nearest"] = problem.nearest;
  if (!problem.file.empty()) out["file"] = problem.file;
  if (problem.line > 0) out["line"] = problem.line;
  out["severity"] = v1::Problem::Severity_Name(to_message(problem).severity());
  return out;
}

}  // namespace

std::optional<Encoding> encoding_of(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (!content_type.empty() && content_type.back() == ' ') content_type.remove_suffix(1);
  std::string type(content_type);
  for (char& c : type) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  if (type == kJsonType) return Encoding::Json;
  if (type == kBinaryType) return Encoding::Binary;
  return std::nullopt;
}

CallResult<void> decode_message(Encoding encoding, std::string_view body,
                                google::protobuf::Message& out) {
  if (encoding == Encoding::Binary) {
    if (out.ParseFromArray(body.data(), static_cast<int>(body.size()))) return {};
    return refuse(Code::InvalidArgument, "the body is no " + out.GetTypeName() + " in binary form");
  }
  // An empty body is an empty message: `curl -X POST` without -d is a fair way to call a method
  // without arguments.
  if (body.empty()) return {};
  const google::protobuf::util::JsonParseOptions strict;
  const google::protobuf::StringPiece text(body.data(), body.size());
  const auto status = google::protobuf::util::JsonStringToMessage(text, &out, strict);
  if (status.ok()) return {};
  return refuse(Code::InvalidArgument,
                "the body is no " + out.GetTypeName() + " as JSON: " + status.message().ToString());
}

http::Response encode_message(Encoding encoding, const google::protobuf::Message& message) {
  http::Response response;
  if (encoding == Encoding::Binary) {
    response.content_type = kBinaryType;
    message.SerializeToString(&response.body);
    return response;
  }
  const google::protobuf::util::JsonPrintOptions options;
  if (!google::protobuf::util::MessageToJsonString(message, &response.body, options).ok()) {
    return error_response(CallError{Code::Internal, "the answer has no JSON form", {}});
  }
  return response;
}

int status_of(Code code) noexcept {
  switch (code) {
    case Code::Ok:
      return 200;
    case Code::Canceled:
      return 499;
    case Code::InvalidArgument:
    case Code::FailedPrecondition:
    case Code::OutOfRange:
      return 400;
    case Code::DeadlineExceeded:
      return 504;
    case Code::NotFound:
      return 404;
    case Code::AlreadyExists:
    case Code::Aborted:
      return 409;
    case Code::PermissionDenied:
      return 403;
    case Code::ResourceExhausted:
      return 429;
    case Code::Unimplemented:
      return 501;
    case Code::Unavailable:
      return 503;
    case Code::Unauthenticated:
      return 401;
    case Code::Unknown:
    case Code::Internal:
    case Code::DataLoss:
      return 500;
  }
  return 500;
}

http::Response error_response(const CallError& error) {
  nlohmann::ordered_json body;
  body["code"] = name_of(error.code);
  body["message"] = error.message;
  body["details"] = nlohmann::json::array();
  for (const auto& problem : error.problems) body["problems"].push_back(to_json(problem));
  http::Response response;
  response.status = status_of(error.code);
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (error.code == Code::Unauthenticated)
    response.headers.emplace_back("www-authenticate", "Bearer");
  return response;
}

}  // namespace smartroute::control::admin
