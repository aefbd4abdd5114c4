// Pages of records out of logs.db. Internal to store/.
//
// Rows lie newest first. A filter that facets narrow walks the slots of time in which all its conditions occur and reads only their rows; any other reads
// row after row. Either way a row is matched as bytes, and parsed only when it is on the page. All of a page is of one moment.
#pragma once
#include "contract/base/result.hpp"
#include "controlplane/store/log_families.hpp"
#include "controlplane/store/store.hpp"

namespace smartroute::store {

Result<RecordPage> query_records(const LogFamilies& families, const RecordQuery& query);
// With texts and bodies, as far as they are there.
Result<v1::RequestRecord> find_record(const LogFamilies& families, std::string_view record_id);

}  // namespace smartroute::store
