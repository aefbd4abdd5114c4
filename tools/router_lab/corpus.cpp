#include "tools/router_lab/corpus.hpp"

#include <algorithm>
#include <map>
#include <string>

namespace smartroute::router_lab {
namespace {

std::uint32_t number_of(std::map<std::string, std::uint32_t>& known, const std::string& name) {
  return known.emplace(name, static_cast<std::uint32_t>(known.size())).first->second;
}

}  // namespace

Corpus make_corpus(std::span<const Prompt> prompts) {
  Corpus corpus;
  corpus.rows.resize(prompts.size());
  std::map<std::string, std::uint32_t> families, groups;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    const Prompt& prompt = prompts[i];
    Row& row = corpus.rows[i];
    const std::string family = family_of(prompt.source);
    row.family = number_of(families, family);
    row.weigh_with = number_of(groups, family + (prompt.lang == "en" || prompt.lang == "zh" ? prompt.lang : "*"));
    row.tier = static_cast<std::uint8_t>(prompt.tier.value());
    classify::Subject subject;
    subject.ask = prompt.text;
    classify::FeatureSet features;
    classify::read_features(subject, features);
    for (std::size_t p = 0; p < classify::kPoolCount; ++p) {
      const auto of = features.of(static_cast<classify::Pool>(p));
      auto& ids = row.ids[p];
      ids.assign(of.begin(), of.end());
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      corpus.hash.insert(corpus.hash.end(), ids.begin(), ids.end());
    }
  }
  std::sort(corpus.hash.begin(), corpus.hash.end());
  corpus.hash.erase(std::unique(corpus.hash.begin(), corpus.hash.end()), corpus.hash.end());
  for (Row& row : corpus.rows)
    for (auto& ids : row.ids)
      for (std::uint32_t& id : ids)
        id = static_cast<std::uint32_t>(std::lower_bound(corpus.hash.begin(), corpus.hash.end(), id) -
                                        corpus.hash.begin());
  corpus.families.resize(families.size());
  for (const auto& [name, number] : families) corpus.families[number] = name;
  corpus.weigh_groups = static_cast<std::uint32_t>(groups.size());
  return corpus;
}

}  // namespace smartroute::router_lab
