// Redaction of an encoded v1::RequestRecord: every string in it, whatever field it stands in; patterns only where people, models or providers wrote
// (ask, system, preview, error, reasons).
#pragma once
#include <string>
#include <string_view>

#include "dataplane/core/accounting/redaction.hpp"

namespace smartroute::accounting {

// As Redactor::clean(). A record with nothing to take out, which is nearly every one, is only looked at. Bytes that are no record are left
// out whole: `text` is empty then.
Redactor::Clean clean_record(std::string_view record, const Redactor& redactor, std::string& room);

}  // namespace smartroute::accounting
