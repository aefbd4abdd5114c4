#include "tools/token_tables/classes.hpp"

#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

#include "dataplane/core/tokens/character_class.hpp"
#include "dataplane/core/tokens/table_layout.hpp"
#include "tools/token_tables/ranks.hpp"

namespace smartroute::token_tables {
namespace {

using tokens::CharacterClass;

CharacterClass class_at(char kind, std::size_t offset) {
  switch (kind) {
    case 'A': return offset % 2 == 0 ? CharacterClass::Upper : CharacterClass::Lower;
    case 'U': return CharacterClass::Upper;
    case 'l': return CharacterClass::Lower;
    case 'L': return CharacterClass::Letter;
    case 'M': return CharacterClass::Mark;
    case 'N': return CharacterClass::Number;
    case 'S': return CharacterClass::Space;
    case 'R': return CharacterClass::Newline;
    default: fail(std::string("no class of characters is called ") + kind);
  }
}

}  // namespace

std::string build_classes(const std::string& file) {
  using namespace tokens::tables;
  std::ifstream in(file);
  if (!in) fail("cannot read " + file);
  std::string classes(kBlocks << kBlockBits, static_cast<char>(CharacterClass::Other));
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::size_t from = 0, to = 0;
    char kind = 0;
    if (!(words >> std::hex >> from >> to >> kind) || from > to || to >= classes.size()) fail(file + ": cannot read \"" + line + "\"");
    for (std::size_t at = from; at <= to; ++at) classes[at] = static_cast<char>(class_at(kind, at - from));
  }

  std::map<std::string, std::uint16_t> known;
  std::vector<std::uint16_t> index;
  std::string blocks;
  for (std::size_t at = 0; at < classes.size(); at += std::size_t{1} << kBlockBits) {
    const std::string block = classes.substr(at, std::size_t{1} << kBlockBits);
    const auto [found, fresh] = known.try_emplace(block, static_cast<std::uint16_t>(known.size()));
    if (fresh) blocks += block;
    index.push_back(found->second);
  }
  return std::string(reinterpret_cast<const char*>(index.data()), index.size() * sizeof index[0]) + blocks;
}

}  // namespace smartroute::token_tables
