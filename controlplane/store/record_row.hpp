// A record as lists show it, before it is stored or apart from it.
#pragma once
#include <string>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::store {

// batch.records(index) as Store::query() lists it: with record_id and instance_id, without bodies and without the texts of its route.
v1::RequestRecord listed_record(const v1::ReportRequest& batch, int index);
// Its record_id alone.
std::string record_id_of(const v1::ReportRequest& batch, int index);

}  // namespace smartroute::store
