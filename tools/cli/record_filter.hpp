// The flags that say which records, as a RecordFilter of the admin API and as the query of a URL. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "contract/base/result.hpp"

namespace smartroute::admin::v1 {
class RecordFilter;
}

namespace smartroute::cli {

// As they were given; lists may come as several flags or with commas.
struct FilterWords {
  std::string since, until;
  std::vector<std::string> tiers, models, providers, statuses, keys, categories, errors, endings, instances;
  std::string text, request_id;
  std::uint32_t min_ms = 0, min_retries = 0;
};

// Error: Invalid, with the flag that is wrong.
Result<admin::v1::RecordFilter> filter_of(const FilterWords& words, std::int64_t now_us);

// "filter=" and its JSON, as the addresses of export and tail take it; empty for a filter that says nothing.
std::string query_of(const admin::v1::RecordFilter& filter);
// Percent-encoded for a query.
std::string escaped(const std::string& text);

}  // namespace smartroute::cli
