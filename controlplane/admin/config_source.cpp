#include "controlplane/admin/config_source.hpp"

#include <string>

#include "controlplane/core/secret_fields.hpp"

namespace smartroute::control::admin {
namespace {

// Sealed secrets are the store's own form: nobody may bring one in, for it could be another
// record's.
std::string sealed_secret_path(const v1::Config& config) {
  std::string found;
  for_each_secret(config, [&](const SecretPlace& place, const v1::SecretValue& secret) {
    if (secret.has_sealed() && found.empty()) found = place.path;
  });
  return found;
}

}  // namespace

CallResult<store::ConfigSource> to_source(const rpc::ConfigSource& source, ConfigBounds bounds) {
  switch (source.form_case()) {
    case rpc::ConfigSource::kText:
      return store::DocumentText{source.text(), ""};
    case rpc::ConfigSource::kConfig:
      break;
    case rpc::ConfigSource::FORM_NOT_SET:
      return refuse(Code::InvalidArgument,
                    "source needs either config (a message) or text (a YAML or JSON document)");
  }
  if (const auto bytes = source.config().ByteSizeLong(); bytes > bounds.max_config_bytes) {
    return refuse(Code::InvalidArgument, "the configuration has " + std::to_string(bytes) +
                                             " bytes; " + std::to_string(bounds.max_config_bytes) +
                                             " is the most a data plane takes");
  }
  if (const auto path = sealed_secret_path(source.config()); !path.empty()) {
    return refuse(Code::InvalidArgument,
                  path +
                      ": a sealed secret cannot be sent; send its value, a reference, or the hint "
                      "that was shown to keep the one that is stored");
  }
  return source.config();
}

}  // namespace smartroute::control::admin
