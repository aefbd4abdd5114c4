#include "tools/cli/record_filter.hpp"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "smartroute/v1/admin.pb.h"
#include "tools/cli/moment.hpp"

namespace smartroute::cli {
namespace {

using admin::v1::RecordFilter;

template <class Repeated>
void copy(const std::vector<std::string>& from, Repeated* to) {
  for (const auto& value : from) *to->Add() = value;
}

Result<std::int64_t> moment(const char* flag, const std::string& text, std::int64_t now_us) {
  if (text.empty()) return 0;
  auto at = parse_moment_us(text, now_us);
  if (!at) return tl::unexpected(Error(ErrorKind::Invalid, std::string(flag) + ": " + at.error().text()));
  return *at;
}

}  // namespace

Result<RecordFilter> filter_of(const FilterWords& words, std::int64_t now_us) {
  const auto since = moment("--since", words.since, now_us);
  if (!since) return tl::unexpected(since.error());
  const auto until = moment("--until", words.until, now_us);
  if (!until) return tl::unexpected(until.error());
  if (*until != 0 && *until <= *since)
    return fail(ErrorKind::Invalid, "--until " + words.until + " is not after --since " + (words.since.empty() ? "1970" : words.since));
  RecordFilter filter;
  filter.set_since_us(*since);
  filter.set_until_us(*until);
  copy(words.tiers, filter.mutable_tiers());
  copy(words.models, filter.mutable_models());
  copy(words.providers, filter.mutable_providers());
  copy(words.keys, filter.mutable_key_ids());
  copy(words.endings, filter.mutable_endings());
  copy(words.statuses, filter.mutable_statuses());
  copy(words.errors, filter.mutable_error_kinds());
  copy(words.categories, filter.mutable_categories());
  copy(words.instances, filter.mutable_instance_ids());
  filter.set_text(words.text);
  filter.set_request_id(words.request_id);
  filter.set_min_duration_ms(words.min_ms);
  filter.set_min_retries(words.min_retries);
  return filter;
}

std::string escaped(const std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain)
      out += c;
    else
      (((out += '%') += kDigits[byte >> 4]) += kDigits[byte & 15]);
  }
  return out;
}

std::string query_of(const RecordFilter& filter) {
  if (filter.ByteSizeLong() == 0) return {};
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(filter, &json);
  return "filter=" + escaped(json);
}

}  // namespace smartroute::cli
