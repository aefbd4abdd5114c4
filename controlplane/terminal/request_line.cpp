#include "controlplane/terminal/request_line.hpp"

#include <cstdio>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::control::terminal {
namespace {

constexpr std::size_t kPreviewBytes = 120;
constexpr std::size_t kErrorBytes = 300;
constexpr int kMostOutcomes = 3;

bool failed(const v1::RequestRecord& record) { return !record.error_kind().empty(); }

std::string_view level_of(const v1::RequestRecord& record) {
  if (record.status() >= 500) return "error";
  if (record.status() == 0 && failed(record) && record.ending() != "client_gone") return "error";
  const bool odd = record.status() >= 400 || record.attempts_size() > 1 || record.restarts() > 0 ||
                   failed(record) || record.status() == 0 || record.ending() == "client_gone";
  return odd ? "warn" : "info";
}

void append_number(double value, const char* format, std::string& out) {
  char text[32];
  const int size = std::snprintf(text, sizeof text, format, value);
  if (size > 0) out.append(text, static_cast<std::size_t>(size));
}

// Words of the line, one blank between any two.
void next_word(std::string& out) {
  if (!out.empty()) out += ' ';
}

// Nearly all are chat completions; what is something else says so.
void append_endpoint(const v1::RequestRecord& record, std::string& out) {
  if (record.endpoint().empty() || record.endpoint() == "chat_completions") return;
  next_word(out);
  append_clean(record.endpoint(), kMaxNameBytes, out);
}

// What was asked for, where no model answered.
void append_wish(const v1::RequestRecord& record, std::string& out) {
  if (!record.model().empty() || record.requested_model().empty()) return;
  next_word(out);
  out += '(';
  append_clean(record.requested_model(), kMaxNameBytes, out);
  out += ')';
}

void append_duration(const v1::RequestRecord& record, std::string& out) {
  const std::int64_t took = record.completed_us() - record.received_us();
  if (record.completed_us() == 0 || took < 0) return;
  const double ms = static_cast<double>(took) / 1e3;
  next_word(out);
  if (ms < 10) {
    append_number(ms, "%.1f ms", out);
  } else if (ms < 1e3) {
    append_number(ms, "%.0f ms", out);
  } else {
    append_number(ms / 1e3, ms < 1e5 ? "%.1f s" : "%.0f s", out);
  }
}

void append_tokens(bool known, const v1::TokenCount& tokens, std::string& out) {
  if (!known) {
    out += '?';
    return;
  }
  const bool exact = tokens.source() == v1::TokenCount::SOURCE_UPSTREAM ||
                     tokens.source() == v1::TokenCount::SOURCE_LOCAL;
  if (!exact) out += '~';
  out += std::to_string(tokens.count());
}

void append_cost(std::int64_t nano_usd, std::string& out) {
  next_word(out);
  out += '$';
  char text[40];
  const int size = std::snprintf(text, sizeof text, "%.9f", static_cast<double>(nano_usd) / 1e9);
  std::string_view shown(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::size_t least = shown.find('.') + 3;  // cents
  while (shown.size() > least && shown.back() == '0') shown.remove_suffix(1);
  out += shown;
}

// Of the attempts that were given up, each kind once.
void append_retries(const v1::RequestRecord& record, std::string& out) {
  const int retries = record.attempts_size() - 1;
  if (retries < 1) return;
  next_word(out);
  out += "after " + std::to_string(retries) + (retries == 1 ? " retry (" : " retries (");
  int named = 0;
  for (int i = 0; i < retries && named < kMostOutcomes; ++i) {
    const std::string& outcome = record.attempts(i).outcome();
    bool told = false;
    for (int j = 0; j < i; ++j) told = told || record.attempts(j).outcome() == outcome;
    if (told) continue;
    if (named++ > 0) out += ", ";
    append_clean(outcome, kMaxNameBytes, out);
  }
  out += ')';
}

void append_outcome(const v1::RequestRecord& record, std::string& out) {
  if (record.restarts() > 0) {
    next_word(out);
    out += "began anew";
    if (record.restarts() > 1) out += " " + std::to_string(record.restarts()) + " times";
  }
  if (failed(record)) {
    next_word(out);
    append_clean(record.error_kind(), kMaxNameBytes, out);
    if (!record.error().empty()) {
      out += ": ";
      append_clean(record.error(), kErrorBytes, out);
    }
  } else if (record.ending() == "client_gone") {
    next_word(out);
    out += "client_gone";
  }
}

}  // namespace

Line line_of(const v1::RequestRecord& record) {
  Line line;
  line.at_us = record.completed_us() > 0 ? record.completed_us() : record.received_us();
  line.level = level_of(record);
  line.request = true;
  line.tier = clean(record.tier(), kMaxNameBytes);
  line.model = clean(record.model(), kMaxNameBytes);
  line.status = record.status();
  line.request_id = clean(record.request_id(), kMaxNameBytes);
  std::string& text = line.text;
  append_endpoint(record, text);
  append_wish(record, text);
  append_duration(record, text);
  if (record.has_prompt_tokens() || record.has_completion_tokens()) {
    next_word(text);
    append_tokens(record.has_prompt_tokens(), record.prompt_tokens(), text);
    text += '+';
    append_tokens(record.has_completion_tokens(), record.completion_tokens(), text);
    text += " tokens";
  }
  if (record.cost().has_nano_usd()) append_cost(record.cost().nano_usd(), text);
  append_retries(record, text);
  append_outcome(record, text);
  if (!record.preview().empty()) {
    next_word(text);
    text += '"';
    append_clean(record.preview(), kPreviewBytes, text);
    text += '"';
  }
  return line;
}

}  // namespace smartroute::control::terminal
