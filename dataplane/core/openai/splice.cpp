#include <simdjson.h>

#include <algorithm>
#include <limits>

#include "dataplane/core/openai/chat_request.hpp"
#include "dataplane/core/openai/json_scanner.hpp"
#include "dataplane/core/openai/json_text.hpp"
#include "dataplane/core/openai/key_set.hpp"

namespace smartroute::openai {
namespace {

constexpr std::string_view kModelKey = "model";

const Param* find(const std::vector<Param>& params, std::string_view key) noexcept {
  for (const Param& param : params)
    if (param.key == key) return &param;
  return nullptr;
}

void append_member(std::string_view key, std::string_view value, bool comma, std::string& out) {
  if (comma) out += ',';
  out += json_quote(key);
  out += ':';
  out += value;
}

const TopLevelField* find_field(std::string_view body, const ChatRequest& request,
                                std::string_view key) {
  std::string unescaped;
  for (const TopLevelField& field : request.fields) {
    std::string_view name = inside(body, field.key);
    if (field.key_escaped) {
      unescaped.clear();
      append_unescaped(name, name.size(), unescaped);
      name = unescaped;
    }
    if (name == key) return &field;
  }
  return nullptr;
}

bool client_set(std::string_view body, const ChatRequest& request, std::string_view key) {
  return find_field(body, request, key) != nullptr;
}

}  // namespace

void SplicedBody::build(std::string_view body, const ChatRequest& request,
                        std::string_view model_json, const std::vector<Param>& defaults,
                        const std::vector<Param>& forced, const Param* asked) {
  edits_.clear();
  pieces_.clear();
  added_.clear();

  bool has_model = false;
  std::string unescaped;
  for (const TopLevelField& field : request.fields) {
    std::string_view name = inside(body, field.key);
    if (field.key_escaped) {
      unescaped.clear();
      append_unescaped(name, name.size(), unescaped);
      name = unescaped;
    }
    std::string_view wanted;
    if (name == kModelKey) {
      has_model = true;
      wanted = model_json;
    } else if (const Param* param = find(forced, name)) {
      wanted = param->value;
    } else if (asked != nullptr && asked->key == name) {
      wanted = asked->value;
    } else {
      continue;
    }
    const std::string_view present =
        body.substr(field.value.begin, field.value.end - field.value.begin);
    if (wanted != present) edits_.push_back({field.value.begin, field.value.end, wanted});
  }

  bool comma = !request.fields.empty();
  const auto add = [&](std::string_view key, std::string_view value) {
    append_member(key, value, comma, added_);
    comma = true;
  };
  if (!has_model) add(kModelKey, model_json);
  for (const Param& param : forced)
    if (param.key != kModelKey && !client_set(body, request, param.key))
      add(param.key, param.value);
  if (asked != nullptr && find(forced, asked->key) == nullptr &&
      !client_set(body, request, asked->key))
    add(asked->key, asked->value);
  for (const Param& param : defaults)
    if (param.key != kModelKey && find(forced, param.key) == nullptr &&
        (asked == nullptr || asked->key != param.key) &&
        !client_set(body, request, param.key))
      add(param.key, param.value);
  if (!added_.empty())
    edits_.push_back({request.object_end.begin, request.object_end.begin, added_});

  // Fields are in the order of the body and so are the edits.
  std::size_t done = 0;
  size_ = 0;
  const auto piece = [&](std::string_view text) {
    if (text.empty()) return;
    pieces_.push_back(text);
    size_ += text.size();
  };
  for (const Edit& edit : edits_) {
    piece(body.substr(done, edit.begin - done));
    piece(edit.text);
    done = edit.end;
  }
  piece(body.substr(done));
}

std::optional<Param> ask_for_usage(std::string_view body, const ChatRequest& request,
                                   const std::vector<Param>& defaults,
                                   const std::vector<Param>& forced) {
  constexpr std::string_view kOptions = "stream_options", kUsage = "include_usage";
  if (!request.stream || request.include_usage || find(forced, kOptions) != nullptr)
    return std::nullopt;
  std::string_view others;
  if (const TopLevelField* const field = find_field(body, request, kOptions)) {
    others = body.substr(field->value.begin, field->value.end - field->value.begin);
  } else if (const Param* const usual = find(defaults, kOptions)) {
    others = usual->value;
  }
  Param param{std::string(kOptions), R"({"include_usage":true)"};
  if (!others.empty()) {
    const auto present = parse_params(others);      // none of null, and of what nobody knows
    for (const Param& option : present ? *present : std::vector<Param>()) {
      if (option.key != kUsage) {
        append_member(option.key, option.value, true, param.value);
      } else if (option.value == "true") {
        return std::nullopt;
      }
    }
  }
  param.value += '}';
  return param;
}

bool refuses_to_report_usage(int status, std::string_view error_body) {
  return (status == 400 || status == 422) &&
         (error_body.find("stream_options") != std::string_view::npos || error_body.find("include_usage") != std::string_view::npos);
}

Result<std::vector<Param>> parse_params(std::string_view json_object) {
  constexpr std::size_t kLongest = std::numeric_limits<std::uint32_t>::max() - 1;
  if (json_object.size() > kLongest) return fail(ErrorKind::Invalid, "parameters are too large");
  if (!simdjson::validate_utf8(json_object.data(), json_object.size()))
    return fail(ErrorKind::Invalid, "parameters are not valid UTF-8");
  std::string stack;
  JsonScanner scan(json_object, ParseLimits{}, stack);
  std::vector<Param> params;
  KeySet keys;
  if (scan.open_object()) {
    JsonString key;
    Span value;
    while (scan.next_member(key)) {
      const std::string_view name = keys.add(scan, key);
      if (!scan.skip(value)) break;
      params.push_back({std::string(name), std::string(scan.text(value))});
    }
    scan.finish();
  }
  if (scan.failed())
    return fail(ErrorKind::Invalid, "parameters must be a JSON object: " + scan.problem());
  if (const auto twice = keys.duplicate())
    return fail(ErrorKind::Invalid, "parameter '" + std::string(*twice) + "' is given twice");
  return params;
}

}  // namespace smartroute::openai
