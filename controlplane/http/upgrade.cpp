#include "controlplane/http/upgrade.hpp"

#include <algorithm>

#include "dataplane/core/http1/chars.hpp"
#include "dataplane/core/http1/field_reader.hpp"

namespace smartroute::control::http {
namespace {

constexpr std::size_t kKeySize = 24;  // of 16 bytes in base64
constexpr std::string_view kVersion = "13";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// The next element of a comma-separated list, which is taken off its front.
std::string_view take_element(std::string_view& list) {
  const std::string_view element = list.substr(0, list.find(','));
  list.remove_prefix(std::min(list.size(), element.size() + 1));
  return trimmed(element);
}

template <std::size_t N>
bool lists(std::string_view list, const char (&lower)[N]) {
  while (!list.empty()) {
    if (http1::spells(take_element(list), lower)) return true;
  }
  return false;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (http1::classes_of(c) & http1::kToken) != 0;
  });
}

bool is_key(std::string_view text) {
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  return text.size() == kKeySize && text.substr(kKeySize - 2) == "==" &&
         std::all_of(text.begin(), text.end() - 2, is_base64);
}

// What the fields of a head say of an upgrade, before it is judged.
struct Fields {
  bool connection = false;  // lists "upgrade"
  bool websocket = false;   // Upgrade lists "websocket"
  int keys = 0, versions = 0;
  std::string_view key, version;
  std::vector<std::string> subprotocols;
  bool subprotocols_sound = true;
};

void take(const http1::Field& field, Fields& fields) {
  if (http1::spells(field.name, "connection")) {
    fields.connection |= lists(field.value, "upgrade");
  } else if (http1::spells(field.name, "upgrade")) {
    fields.websocket |= lists(field.value, "websocket");
  } else if (http1::spells(field.name, "sec-websocket-key")) {
    ++fields.keys;
    fields.key = field.value;
  } else if (http1::spells(field.name, "sec-websocket-version")) {
    ++fields.versions;
    fields.version = field.value;
  } else if (http1::spells(field.name, "sec-websocket-protocol")) {
    std::string_view list = field.value;
    while (!list.empty()) {
      const std::string_view name = take_element(list);
      if (name.empty()) continue;
      fields.subprotocols_sound &= is_token(name);
      fields.subprotocols.emplace_back(name);
    }
  }
}

}  // namespace

std::optional<UpgradeOffer> read_upgrade(std::string_view head) {
  head.remove_prefix(std::min(head.size(), head.find('\n') + 1));  // the request line
  Fields fields;
  http1::FieldReader reader(head);
  http1::Field field;
  while (reader.next(field) == http1::FieldReader::Next::Field) take(field, fields);
  if (!fields.connection || !fields.websocket) return std::nullopt;
  UpgradeOffer offer;
  offer.key = fields.key;
  offer.subprotocols = std::move(fields.subprotocols);
  if (fields.versions != 1 || fields.keys != 1 || !is_key(fields.key) ||
      !fields.subprotocols_sound) {
    offer.form = UpgradeOffer::Form::Malformed;
  } else {
    offer.form =
        fields.version == kVersion ? UpgradeOffer::Form::Sound : UpgradeOffer::Form::OtherVersion;
  }
  return offer;
}

}  // namespace smartroute::control::http
