// Request records and statistics as people read them. Pure.
#pragma once
#include <string>

#include "tools/cli/text.hpp"

namespace smartroute::v1 {
class RequestRecord;
class TokenCount;
}  // namespace smartroute::v1
namespace google::protobuf {
template <class T>
class RepeatedPtrField;
}

namespace smartroute::cli {

// One line a record under headings, and what the marks of tokens mean. Empty: "no records".
std::string records_text(const google::protobuf::RepeatedPtrField<v1::RequestRecord>& records);
// For records that come one at a time: columns of a fixed width.
std::string record_heading();
std::string record_line(const v1::RequestRecord& record);

// A record whole: its five moments, its attempts, tokens, price and cost, and the bodies it has, JSON laid out.
std::string record_text(const v1::RequestRecord& record);

// "812" as the provider said, "812*" as counted by the gateway, "~812" as estimated, "-" unknown.
std::string tokens_text(bool known, const v1::TokenCount& tokens);
constexpr const char* kTokenLegend = "tokens in/out: 12 said by the provider, 12* counted here, ~12 estimated, - unknown";

}  // namespace smartroute::cli
