// Training rows as feature ids: every prompt read once by the proxy's own feature reader.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/core/classify/features.hpp"
#include "tools/router_lab/dataset.hpp"

namespace smartroute::router_lab {

struct Row {
  std::array<std::vector<std::uint32_t>, classify::kPoolCount> ids;  // each feature once a pool
  std::uint32_t family = 0;
  std::uint32_t weigh_with = 0;  // rows of one family and language share a weight
  std::uint8_t tier = 0;
  float weight = 1;
};

struct Corpus {
  std::vector<Row> rows;
  std::vector<std::uint32_t> hash;  // of a feature, by id
  std::vector<std::string> families;
  std::uint32_t weigh_groups = 0;
};

// Needs a tier in every prompt. Row i is prompt i.
Corpus make_corpus(std::span<const Prompt> prompts);

}  // namespace smartroute::router_lab
