// What the text of a secret is: the secret itself, or the place where it lies.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "contract/config/decode.hpp"
#include "contract/config/report.hpp"

namespace smartroute::v1 {
class SecretValue;
}

namespace smartroute::config {

enum class SecretPlace { Environment, File };

struct SecretReference {
  SecretPlace place;
  std::string name;  // of the variable, or the path
};

// "${NAME}", "os.environ/NAME", "env.NAME" and "file:/path"; anything else is a literal.
std::optional<SecretReference> parse_reference(std::string_view text);

// Looks a reference up; an unset, empty or unreadable one is nullopt.
std::optional<std::string> look_up(const SecretReference& reference, const SecretSource& secrets);

enum class SecretState { None, Known, Missing };
struct ResolvedSecret {
  std::string value;
  SecretState state = SecretState::None;
};
// A literal, or what its reference gives. Missing comes with a warning at `path`; a hint is None.
ResolvedSecret resolve(const v1::SecretValue& secret, const SecretSource& secrets,
                       const std::string& path, Report& report);

}  // namespace smartroute::config
