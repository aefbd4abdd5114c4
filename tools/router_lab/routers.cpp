#include "tools/router_lab/routers.hpp"

#include <fstream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "contract/config/decode.hpp"
#include "dataplane/core/classify/ask_ends.hpp"
#include "dataplane/core/classify/embedded_classifier.hpp"
#include "dataplane/core/classify/keyword_classifier.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::router_lab {
namespace {

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) return fail(ErrorKind::Invalid, path + ": cannot be read");
  return text;
}

Result<config::Router> read_router_config(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  const config::DocumentResult document = config::decode_document(*text, path);
  for (const auto& problem : document.problems)
    if (problem.severity == config::Severity::Error) return fail(ErrorKind::Invalid, config::to_string(problem));
  const config::SecretSource no_secrets{[](const std::string&) { return std::nullopt; },
                                        [](const std::string&) { return std::nullopt; }};
  return config::decode(*document.message, no_secrets).config.router;
}

class Embedded {
 public:
  static Result<std::shared_ptr<const Embedded>> load(const std::string& path) {
    auto out = std::make_shared<Embedded>();
    std::span<const std::byte> bytes = classify::built_in_weights();
    if (!path.empty()) {
      auto file = read_file(path);
      if (!file) return tl::unexpected(file.error());
      out->bytes_ = *std::move(file);
      bytes = std::as_bytes(std::span(out->bytes_));
    }
    auto classifier = classify::EmbeddedClassifier::load(bytes);
    if (!classifier) return tl::unexpected(classifier.error());
    out->classifier_.emplace(*std::move(classifier));
    return out;
  }

  Verdict judge(const Prompt& prompt) const {
    classify::Subject subject;
    subject.ask = prompt.text;
    const classify::Opinion opinion = classifier_->classify(subject);
    return {opinion.tier, opinion.confidence};
  }

 private:
  std::string bytes_;
  std::optional<classify::EmbeddedClassifier> classifier_;
};

// Rules as the proxy reads them: of a long text both ends.
std::optional<config::TierName> by_rules(const classify::KeywordClassifier& rules, const Prompt& prompt) {
  std::string text = prompt.text, scratch;
  classify::keep_ends(text);
  const auto opinion = rules.classify(text, scratch);
  if (!opinion.decides) return std::nullopt;
  return opinion.decides->tier;
}

Router random_router(std::uint64_t seed) {
  return [state = seed](const Prompt&) mutable {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return Verdict{static_cast<config::TierName>((state >> 33) % config::kTierCount), 1.0f / config::kTierCount};
  };
}

}  // namespace

Result<Router> make_router(const RouterSettings& settings) {
  const std::string& mode = settings.mode;
  if (mode == "random") return random_router(settings.seed);
  const bool with_rules = mode == "keyword" || mode == "cascade", with_model = mode == "embedded" || mode == "cascade";
  if (!with_rules && !with_model)
    return fail(ErrorKind::Invalid, "mode " + mode + ": there are embedded, keyword, cascade and random");
  std::shared_ptr<const Embedded> model;
  if (with_model) {
    auto loaded = Embedded::load(settings.weights);
    if (!loaded) return tl::unexpected(loaded.error());
    model = *std::move(loaded);
  }
  if (!with_rules) return Router([model](const Prompt& prompt) { return model->judge(prompt); });
  if (settings.config.empty()) return fail(ErrorKind::Invalid, "mode " + mode + " needs --config FILE for its rules");
  const auto config = read_router_config(settings.config);
  if (!config) return tl::unexpected(config.error());
  auto rules = std::make_shared<const classify::KeywordClassifier>(config->keywords);
  return Router([model, rules, fallback = config->default_tier](const Prompt& prompt) {
    if (const auto tier = by_rules(*rules, prompt)) return Verdict{*tier, 1.0f};
    return model ? model->judge(prompt) : Verdict{fallback, 0.0f};
  });
}

}  // namespace smartroute::router_lab
