#include "contract/certificates/identity.hpp"

#include <algorithm>

namespace smartroute::certificates {
namespace {

// What a certificate says goes into log lines.
constexpr std::size_t kMaxNamesShown = 4;
constexpr std::size_t kMaxNameBytes = 128;

std::string shown(std::string_view name) {
  std::string text(name.substr(0, kMaxNameBytes));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

}  // namespace

std::string instance_uri(std::string_view instance) {
  return std::string(kInstanceUriPrefix) + std::string(instance);
}

bool is_instance_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
  };
  return !name.empty() && name.size() <= kMaxNameBytes && std::all_of(name.begin(), name.end(), plain);
}

bool has_uri(const Certificate& certificate, std::string_view uri) {
  const auto& uris = certificate.uris;
  return !uri.empty() && std::find(uris.begin(), uris.end(), uri) != uris.end();
}

bool is_instance(const Certificate& certificate, std::string_view instance) {
  if (instance.empty()) return false;
  const auto& names = certificate.dns_names;
  return has_uri(certificate, instance_uri(instance)) ||
         std::find(names.begin(), names.end(), instance) != names.end();
}

std::optional<std::string> named_instance(const Certificate& certificate) {
  for (const auto& uri : certificate.uris)
    if (uri.starts_with(kInstanceUriPrefix) && is_instance_name(uri.substr(kInstanceUriPrefix.size())))
      return uri.substr(kInstanceUriPrefix.size());
  return std::nullopt;
}

std::string names_text(const Certificate& certificate) {
  std::string text;
  std::size_t left = kMaxNamesShown;
  const auto add = [&](const char* kind, const std::vector<std::string>& names) {
    for (const auto& name : names) {
      if (left == 0) return;
      --left;
      text += (text.empty() ? "" : ", ") + std::string(kind) + " " + shown(name);
    }
  };
  add("URI", certificate.uris);
  add("DNS", certificate.dns_names);
  return text.empty() ? "no names" : text;
}

}  // namespace smartroute::certificates
