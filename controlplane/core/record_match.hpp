// Which records a filter means. Pure; one implementation for queries, tails and exports.
#pragma once
#include <string_view>

#include "smartroute/v1/admin.pb.h"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control {

// RecordFilter of admin.proto. A filter that says nothing matches all.
bool matches(const admin::v1::RecordFilter& filter, const v1::RequestRecord& record);

// Problems of a filter, as a sentence for its author; empty: none. Bounds: 100 values a list, 256 bytes a text.
std::string complaint_about(const admin::v1::RecordFilter& filter);

}  // namespace smartroute::control
