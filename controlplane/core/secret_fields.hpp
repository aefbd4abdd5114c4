// Finds every secret of a configuration message, whatever field it sits in: a walk over the
// message's descriptors, so that a secret field added to config.proto tomorrow is sealed, hidden
// and merged without a line of code here.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace smartroute::v1 {
class Config;
class SecretValue;
}  // namespace smartroute::v1

namespace smartroute::control {

// Where a secret stands. `path` is for people and problems, by position: providers[2].api_key.
// `identity` says which secret it is in another revision: providers[openai].api_key (by the `id`
// field of a list element, by key of a map, by position otherwise).
struct SecretPlace {
  std::string path;
  std::string identity;
  std::string list;  // identity of the list it is an element of (gateway.api_keys), empty if it is
                     // a field of its own
};

void for_each_secret(v1::Config& config,
                     const std::function<void(const SecretPlace&, v1::SecretValue&)>& visit);
void for_each_secret(const v1::Config& config,
                     const std::function<void(const SecretPlace&, const v1::SecretValue&)>& visit);

// True for text that only points to a secret and may be stored and shown: ${NAME}, file:/path,
// os.environ/NAME, env.NAME.
bool is_reference(std::string_view text);
// True for what an API shows instead of a literal: "…" and what follows it. No literal begins so.
bool is_hint(std::string_view text);
// What may be shown of a secret: a reference as it is, a literal as Secret::hint() does, a hint
// unchanged.
std::string shown(const v1::SecretValue& secret);

}  // namespace smartroute::control
