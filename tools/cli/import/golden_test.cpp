// Configurations of other gateways beside what must become of them: tests/import/<gateway>/<name>.{json,yaml}, <name>.expected.yaml and
// <name>.report.json. SMARTROUTE_WRITE_GOLDEN=1 writes what comes out now; read the difference before you commit it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "contract/config/check.hpp"
#include "contract/config/document.hpp"
#include "contract/config/report.hpp"
#include "smartroute/v1/config.pb.h"
#include "tools/cli/import/report.hpp"

namespace smartroute::import {
namespace {

namespace fs = std::filesystem;
using config::Node;
using config::NodeKind;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> inputs() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator("tests/import")) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || name.find(".expected.") != std::string::npos || name.find(".report.") != std::string::npos) continue;
    if (name.ends_with(".json") || name.ends_with(".yaml")) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

void expect_golden(const fs::path& path, const std::string& text) {
  if (std::getenv("SMARTROUTE_WRITE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(text, read(path)) << path;
}

// A second walk, of its own.
void leaves(const Node& node, const std::string& path, std::vector<std::string>& into) {
  if (node.children.empty()) return into.push_back(path);
  for (std::size_t i = 0; i < node.children.size(); ++i)
    leaves(node.children[i], node.kind == NodeKind::Map ? config::member_path(path, node.children[i].key) : config::item_path(path, i), into);
}

config::SecretSource some_environment() {
  config::SecretSource secrets;
  secrets.environment = [](const std::string&) { return std::optional<std::string>("a-value-of-the-environment"); };
  return secrets;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, BecomesWhatStandsBesideIt) {
  const std::string text = read(GetParam());
  const auto import = import_config(text);
  ASSERT_TRUE(import) << import.error().text();
  EXPECT_EQ(name_of(import->dialect), GetParam().parent_path().filename().string());
  fs::path yaml = GetParam(), report = GetParam();
  expect_golden(yaml.replace_extension(".expected.yaml"), import->yaml);
  expect_golden(report.replace_extension(".report.json"), json_report(*import, GetParam().filename().string()));
}

TEST_P(Golden, HasNoErrorsByOurOwnValidator) {
  const auto import = import_config(read(GetParam()));
  ASSERT_TRUE(import);
  for (const auto& problem : config::check_document(import->yaml, "", some_environment()).problems)
    EXPECT_EQ(problem.severity, config::Severity::Warning) << config::to_string(problem) << "\n" << import->yaml;
}

TEST_P(Golden, ListsEveryValueExactlyOnce) {
  const std::string text = read(GetParam());
  const auto import = import_config(text);
  ASSERT_TRUE(import);
  std::vector<std::string> there, listed;
  const bool json = GetParam().extension() == ".json";
  leaves((json ? config::read_json(text) : config::read_yaml(text)).root, "", there);
  for (const auto* list : {&import->exactly, &import->approximately, &import->not_at_all})
    for (const Finding& one : *list) listed.push_back(one.path);
  std::sort(there.begin(), there.end());
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(there, listed);
}

TEST_P(Golden, ShowsNoSecretInItsReport) {
  const auto import = import_config(read(GetParam()));
  ASSERT_TRUE(import);
  const std::string shown = json_report(*import, "x") + text_report(*import, "x", Detail::Every);
  for (const char* canary : {"sk-live", "canary", "hunter2"}) EXPECT_EQ(shown.find(canary), std::string::npos) << canary;
}

INSTANTIATE_TEST_SUITE_P(Import, Golden, testing::ValuesIn(inputs()), [](const auto& one) {
  std::string name = one.param.parent_path().filename().string() + "_" + one.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(Import, HasFilesOfBothGateways) {
  std::size_t python = 0, litellm = 0;
  for (const auto& path : inputs()) (path.parent_path().filename() == "litellm" ? litellm : python) += 1;
  EXPECT_GE(python, 8u);
  EXPECT_GE(litellm, 6u);
}

}  // namespace
}  // namespace smartroute::import
