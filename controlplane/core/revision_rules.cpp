#include "controlplane/core/revision_rules.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "contract/config/decode.hpp"
#include "controlplane/core/secret_fields.hpp"
#include "controlplane/core/text_diff.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::control {
namespace {

// A secret of the previous revision that a hint may stand for.
struct Known {
  std::string identity;
  std::string list;
  std::string shown;
  std::string value;
};

// The text of a secret that is not there in the clear; empty when it is.
std::string hidden_text(const v1::SecretValue& secret) {
  if (secret.form_case() == v1::SecretValue::kHint) return secret.hint();
  if (secret.form_case() == v1::SecretValue::kValue && is_hint(secret.value()))
    return secret.value();
  return {};
}

std::vector<Known> known_secrets(const v1::Config* previous) {
  std::vector<Known> known;
  if (!previous) return known;
  for_each_secret(*previous, [&](const SecretPlace& place, const v1::SecretValue& secret) {
    if (secret.form_case() == v1::SecretValue::kValue)
      known.push_back({place.identity, place.list, shown(secret), secret.value()});
  });
  return known;
}

config::Problem problem(const SecretPlace& place, std::string what) {
  config::Problem result;
  result.path = place.path;
  result.what = std::move(what);
  return result;
}

// Restores the hidden secrets of one message; holds what has to be counted over all of them.
class Restore {
 public:
  Restore(v1::Config& incoming, const v1::Config* previous) : known_(known_secrets(previous)) {
    const v1::Config& counted = incoming;
    for_each_secret(counted, [&](const SecretPlace& place, const v1::SecretValue& secret) {
      if (!place.list.empty()) ++asked_[{place.list, hidden_text(secret)}];
    });
  }

  void one(const SecretPlace& place, v1::SecretValue& secret) {
    if (secret.form_case() == v1::SecretValue::kSealed) {
      problems_.push_back(problem(place,
                                  "is a sealed value, which only the store may hold; "
                                  "write the key itself or a reference such as ${NAME}"));
      return;
    }
    const std::string hint = hidden_text(secret);
    if (hint.empty()) {
      if (secret.form_case() == v1::SecretValue::kHint) secret.Clear();
    } else if (is_reference(hint)) {
      secret.set_value(hint);
    } else if (place.list.empty()) {
      field(place, hint, secret);
    } else {
      element(place, hint, secret);
    }
  }

  config::Problems take_problems() { return std::move(problems_); }

 private:
  void field(const SecretPlace& place, const std::string& hint, v1::SecretValue& secret) {
    const auto same = std::find_if(known_.begin(), known_.end(), [&](const Known& k) {
      return k.list.empty() && k.identity == place.identity;
    });
    if (same == known_.end()) return unmatched(place, hint);
    if (same->shown == hint) {
      secret.set_value(same->value);
      return;
    }
    problems_.push_back(
        problem(place, "shows a hidden key ('" + hint + "'), but the stored one shows as '" +
                           same->shown + "'; write the key itself or a reference such as ${NAME}"));
  }

  // The n-th of a list that shows this hint is the n-th stored one that does. When there are fewer
  // than stored, and the stored ones differ, nobody can say which were meant: guessing could keep a
  // key that was to be withdrawn.
  void element(const SecretPlace& place, const std::string& hint, v1::SecretValue& secret) {
    std::vector<const Known*> alike;
    std::set<std::string_view> values;
    for (const Known& k : known_) {
      if (k.list != place.list || k.shown != hint) continue;
      alike.push_back(&k);
      values.insert(k.value);
    }
    const std::size_t used = used_[{place.list, hint}]++;
    if (used >= alike.size()) return unmatched(place, hint);
    if (values.size() > 1 && asked_[{place.list, hint}] != alike.size()) {
      problems_.push_back(
          problem(place, "several stored keys show as '" + hint + "'; write out the ones to keep"));
      return;
    }
    secret.set_value(alike[used]->value);
  }

  void unmatched(const SecretPlace& place, const std::string& hint) {
    problems_.push_back(problem(
        place, "shows a hidden key ('" + hint +
                   "'), but no stored key belongs here; write the key itself or a reference "
                   "such as ${NAME}"));
  }

  using ListAndHint = std::pair<std::string, std::string>;
  std::vector<Known> known_;
  std::map<ListAndHint, std::size_t> asked_;
  std::map<ListAndHint, std::size_t> used_;
  config::Problems problems_;
};

}  // namespace

std::string content_fingerprint(const v1::Config& authored, const SecretDigest& digest) {
  v1::Config blinded = authored;
  for_each_secret(blinded, [&](const SecretPlace&, v1::SecretValue& secret) {
    if (secret.form_case() == v1::SecretValue::kValue && !is_reference(secret.value()))
      secret.set_value("digest:" + digest(secret.value()));
  });
  return config::fingerprint(blinded);
}

config::Problems restore_hidden_secrets(v1::Config& incoming, const v1::Config* previous) {
  Restore restore(incoming, previous);
  for_each_secret(incoming, [&](const SecretPlace& place, v1::SecretValue& secret) {
    restore.one(place, secret);
  });
  return restore.take_problems();
}

std::string diff_documents(const v1::Config& from, const v1::Config& to,
                           std::string_view from_label, std::string_view to_label) {
  return unified_diff(config::encode_yaml(config::redact(from)),
                      config::encode_yaml(config::redact(to)), from_label, to_label);
}

}  // namespace smartroute::control
