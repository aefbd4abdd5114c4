#include "tools/mock_provider/behaviour.hpp"

#include <functional>
#include <nlohmann/json.hpp>

#include "tools/latin1.hpp"

namespace smartroute::mock_provider {
namespace {

using Json = nlohmann::json;
using Setter = std::function<void(Behaviour&, const Json&)>;

// Largest value of any size, count or wait; keeps sums far from overflow.
constexpr double kMaxNumber = 1e12;

struct BadField {
  std::string why;
};

double number(const Json& value) {
  if (!value.is_number()) throw BadField{"must be a number"};
  const double n = value.get<double>();
  if (!(n >= 0 && n <= kMaxNumber)) throw BadField{"must lie between 0 and 1e12"};
  return n;
}

bool boolean(const Json& value) {
  if (!value.is_boolean()) throw BadField{"must be true or false"};
  return value.get<bool>();
}

template <class T>
T count(const Json& value) {
  return static_cast<T>(number(value));
}

std::chrono::microseconds from_ms(const Json& value) {
  return std::chrono::microseconds(static_cast<std::int64_t>(number(value) * 1000));
}

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

constexpr std::pair<std::string_view, Framing> kFramings[] = {
    {"ok", Framing::Ok},
    {"cl_te", Framing::ClTe},
    {"two_cl", Framing::TwoCl},
    {"bad_chunk", Framing::BadChunk},
    {"extra_bytes", Framing::ExtraBytes},
    {"http10_eof", Framing::Http10Eof},
    {"eof", Framing::Eof},
    {"no_reason", Framing::NoReason},
    {"1xx_then_200", Framing::Interim},
    {"te_gzip", Framing::TeGzip},
    {"short_cl", Framing::ShortCl},
    {"html_200", Framing::Html200},
    {"json_for_stream", Framing::JsonForStream},
    {"no_last_chunk", Framing::NoLastChunk},
    {"trailers", Framing::Trailers},
    {"chunk_ext", Framing::ChunkExt},
};

Framing framing(const Json& value) {
  if (value.is_string()) {
    for (const auto& [name, framing] : kFramings) {
      if (value.get_ref<const std::string&>() == name) return framing;
    }
  }
  std::string names;
  for (const auto& [name, framing] : kFramings)
    names += names.empty() ? name : ", " + std::string(name);
  throw BadField{"must be one of " + names};
}

// U+0000 to U+00FF, one byte each.
std::string latin1(const Json& value) {
  if (!value.is_string()) throw BadField{"must be a text"};
  auto bytes = tools::latin1_bytes(value.get_ref<const std::string&>());
  if (!bytes) throw BadField{"must hold no character above U+00FF: each is one byte"};
  return *std::move(bytes);
}

LineEnd line_end(const Json& value) {
  constexpr std::pair<std::string_view, LineEnd> kNames[] = {
      {"lf", LineEnd::Lf}, {"crlf", LineEnd::CrLf}, {"cr", LineEnd::Cr}, {"mixed", LineEnd::Mixed}};
  for (const auto& [name, meaning] : kNames)
    if (value.is_string() && value.get_ref<const std::string&>() == name) return meaning;
  throw BadField{"must be one of lf, crlf, cr, mixed"};
}

void set_headers(Behaviour& b, const Json& value) {
  if (!value.is_object()) throw BadField{"must be an object of strings"};
  for (const auto& [name, header] : value.items()) b.headers.emplace_back(name, text(header));
}

void set_events(Behaviour& b, const Json& value) {
  const bool endless = value.is_number_integer() && value.get<std::int64_t>() == -1;
  b.events = endless ? -1 : count<std::int64_t>(value);
}

void set_status(Behaviour& b, const Json& value) {
  b.status = count<int>(value);
  if (b.status < 200 || b.status > 999) throw BadField{"must lie between 200 and 999"};
}

void set_ratio(Behaviour& b, const Json& value) {
  b.fail_ratio = number(value);
  if (b.fail_ratio > 1) throw BadField{"must lie between 0 and 1"};
}

const std::map<std::string, Setter, std::less<>>& setters() {
  static const std::map<std::string, Setter, std::less<>> table = {
      {"latency_ms", [](auto& b, auto& v) { b.latency = from_ms(v); }},
      {"first_token_ms", [](auto& b, auto& v) { b.first_token = from_ms(v); }},
      {"pace_ms", [](auto& b, auto& v) { b.pace = from_ms(v); }},
      {"events", set_events},
      {"chunk_bytes", [](auto& b, auto& v) { b.chunk_bytes = count<std::size_t>(v); }},
      {"content_bytes", [](auto& b, auto& v) { b.content_bytes = count<std::size_t>(v); }},
      {"echo_request", [](auto& b, auto& v) { b.echo_request = boolean(v); }},
      {"status", set_status},
      {"body", [](auto& b, auto& v) { b.body = text(v); }},
      {"headers", set_headers},
      {"retry_after", [](auto& b, auto& v) { b.retry_after = count<int>(v); }},
      {"error_200", [](auto& b, auto& v) { b.error_200 = boolean(v); }},
      {"error_at_event", [](auto& b, auto& v) { b.error_at_event = count<std::int64_t>(v); }},
      {"raw_error", [](auto& b, auto& v) { b.raw_error = boolean(v); }},
      {"cut_before_head", [](auto& b, auto& v) { b.cut_before_head = boolean(v); }},
      {"cut_at_byte", [](auto& b, auto& v) { b.cut_at_byte = count<std::uint64_t>(v); }},
      {"rst", [](auto& b, auto& v) { b.rst = boolean(v); }},
      {"stall_before_head", [](auto& b, auto& v) { b.stall_before_head = boolean(v); }},
      {"stall_at_byte", [](auto& b, auto& v) { b.stall_at_byte = count<std::uint64_t>(v); }},
      {"framing", [](auto& b, auto& v) { b.framing = framing(v); }},
      {"gzip", [](auto& b, auto& v) { b.gzip = boolean(v); }},
      {"pad_bytes", [](auto& b, auto& v) { b.pad_bytes = count<std::size_t>(v); }},
      {"header_bytes", [](auto& b, auto& v) { b.header_bytes = count<std::size_t>(v); }},
      {"no_done", [](auto& b, auto& v) { b.no_done = boolean(v); }},
      {"no_usage", [](auto& b, auto& v) { b.no_usage = boolean(v); }},
      {"no_finish_reason", [](auto& b, auto& v) { b.no_finish_reason = boolean(v); }},
      {"write_size", [](auto& b, auto& v) { b.write_size = count<std::size_t>(v); }},
      {"write_gap_us",
       [](auto& b, auto& v) { b.write_gap = std::chrono::microseconds(count<std::int64_t>(v)); }},
      {"event_writes", [](auto& b, auto& v) { b.event_writes = boolean(v); }},
      {"fail_every", [](auto& b, auto& v) { b.fail_every = count<std::uint64_t>(v); }},
      {"fail_ratio", set_ratio},
      {"seed", [](auto& b, auto& v) { b.seed = count<std::uint64_t>(v); }},
      {"sequence", [](auto& b, auto& v) { b.sequence = count<std::int64_t>(v); }},
      {"tag", [](auto& b, auto& v) { b.tag = text(v); }},
      {"line_end", [](auto& b, auto& v) { b.form.line_end = line_end(v); }},
      {"bom", [](auto& b, auto& v) { b.form.bom = boolean(v); }},
      {"named", [](auto& b, auto& v) { b.form.named = boolean(v); }},
      {"comments", [](auto& b, auto& v) { b.form.comments = boolean(v); }},
      {"no_space", [](auto& b, auto& v) { b.form.no_space = boolean(v); }},
      {"two_lines", [](auto& b, auto& v) { b.form.two_lines = boolean(v); }},
      {"usage_every_event", [](auto& b, auto& v) { b.usage_every_event = boolean(v); }},
      {"garbage_at_event", [](auto& b, auto& v) { b.garbage_at_event = count<std::int64_t>(v); }},
      {"garbage", [](auto& b, auto& v) { b.garbage = latin1(v); }},
      {"after_done", [](auto& b, auto& v) { b.after_done = latin1(v); }},
      {"stamp", [](auto& b, auto& v) { b.stamp = boolean(v); }},
  };
  return table;
}

bool has_fault(const Behaviour& b) {
  return b.status != 200 || b.error_200 || b.error_at_event || b.cut_before_head || b.cut_at_byte ||
         b.stall_before_head || b.stall_at_byte || b.garbage_at_event || !b.after_done.empty() ||
         b.framing != Framing::Ok;
}

Result<Behaviour> from_json(const Json& object, const std::string& where) {
  if (!object.is_object()) return fail(ErrorKind::Invalid, where + ": must be an object");
  Behaviour behaviour;
  for (const auto& [name, value] : object.items()) {
    const auto setter = setters().find(name);
    if (setter == setters().end())
      return fail(ErrorKind::Invalid, where + "." + name + ": unknown field");
    try {
      setter->second(behaviour, value);
    } catch (const BadField& bad) {
      return fail(ErrorKind::Invalid, where + "." + name + ": " + bad.why);
    }
  }
  if (behaviour.sometimes() && !has_fault(behaviour)) behaviour.status = 500;
  return behaviour;
}

}  // namespace

Behaviour Behaviour::healthy() const {
  static const Behaviour fresh;
  Behaviour b = *this;
  b.status = fresh.status;
  b.body.reset();
  b.headers.clear();
  b.retry_after.reset();
  b.error_200 = false;
  b.error_at_event.reset();
  b.raw_error = false;
  b.garbage_at_event.reset();
  b.garbage.clear();
  b.after_done.clear();
  b.cut_before_head = false;
  b.cut_at_byte.reset();
  b.rst = false;
  b.stall_before_head = false;
  b.stall_at_byte.reset();
  b.framing = Framing::Ok;
  return b;
}

Result<Behaviour> parse_behaviour(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  if (object.is_discarded()) return fail(ErrorKind::Invalid, "behaviour: not JSON");
  return from_json(object, "behaviour");
}

Result<Script> parse_script(std::string_view json) {
  const Json document = Json::parse(json, nullptr, false);
  if (!document.is_object()) return fail(ErrorKind::Invalid, "script: must be a JSON object");
  Script script;
  for (const auto& [name, value] : document.items()) {
    if (name == "default") {
      auto behaviour = from_json(value, "default");
      if (!behaviour) return fail(std::move(behaviour).error());
      script.fallback = *std::move(behaviour);
    } else if (name == "models" && value.is_object()) {
      for (const auto& [model, object] : value.items()) {
        auto behaviour = from_json(object, "models." + model);
        if (!behaviour) return fail(std::move(behaviour).error());
        script.models.emplace(model, *std::move(behaviour));
      }
    } else {
      return fail(ErrorKind::Invalid,
                  "script." + name + ": only `default` and `models` (an object) are known");
    }
  }
  return script;
}

bool is_script(std::string_view json) {
  // No behaviour has an object by these names, and every script has one of them.
  const Json document = Json::parse(json, nullptr, false);
  return document.is_object() && (document.contains("models") || document.contains("default"));
}

}  // namespace smartroute::mock_provider
