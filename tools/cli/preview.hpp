// What `smartroute route explain` and `smartroute replay` share: a configuration file as the View that the proxy would make of it, inputs,
// and answers as text. The text functions are pure.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "contract/base/result.hpp"

namespace smartroute::routing {
class View;
}
namespace smartroute::admin::v1 {
class ExplainRouteResponse;
class ReplayRoutesResponse;
}  // namespace smartroute::admin::v1
namespace google::protobuf {
class Message;
}

namespace smartroute::cli {

// "-": standard input. Errors as read_file().
Result<std::string> read_input(const std::string& file);

// Checks `text`; its problems go to stderr as `smartroute validate` prints them. Secrets it refers to count as there. Null: it has errors.
std::shared_ptr<const routing::View> view_of(const std::string& text, const std::string& file);

std::string explain_text(const admin::v1::ExplainRouteResponse& said);
std::string replay_text(const admin::v1::ReplayRoutesResponse& said);

// The JSON of the admin API, on one line each way. Error: UpstreamBroke.
std::string to_json(const google::protobuf::Message& message);
Result<void> from_json(const std::string& json, google::protobuf::Message& message);

}  // namespace smartroute::cli
