// The rules of configuration revisions that need neither a database nor a clock: what counts as the
// same content, what a hidden secret in a new document stands for, and what differs between two
// revisions. Messages here hold their literal secrets in the clear ("authored" form); nothing here
// shows one.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/config/problem.hpp"
#include "controlplane/core/revision.hpp"

namespace smartroute::v1 {
class Config;
}

namespace smartroute::control {

// A keyed one-way function; equal secrets give equal text and nothing else can be learnt from it.
using SecretDigest = std::function<std::string(std::string_view secret)>;

// config::fingerprint of the message with each literal secret replaced by its digest: equal
// configurations have equal fingerprints, and the fingerprint, which is shown, tells nothing about
// a secret.
std::string content_fingerprint(const v1::Config& authored, const SecretDigest& digest);

// Replaces every hidden secret of `incoming` ("…abcd", which an API client got and sends back
// unchanged) by the secret it stands for in `previous` (null: none). List elements are matched by
// id, the elements of a list of secrets by their hint, the same position first, each used once. A
// hint that shows a reference becomes that reference. One that matches nothing is an error at its
// path.
config::Problems restore_hidden_secrets(v1::Config& incoming, const v1::Config* previous);

// Every field that differs, in schema order. Lists of messages with an `id` are matched by it, maps
// by key, lists of scalars compare as a whole. Secrets show as hints; one whose value changed says
// so even when the hints are equal.
std::vector<Change> diff_fields(const v1::Config& from, const v1::Config& to);

// `from` and `to` as redacted YAML, compared line by line in the unified format with three lines of
// context. Empty when the documents read the same.
std::string diff_documents(const v1::Config& from, const v1::Config& to,
                           std::string_view from_label, std::string_view to_label);

}  // namespace smartroute::control
