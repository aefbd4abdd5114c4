#include "tools/cli/command_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace smartroute::cli {
namespace {

struct Leaf {
  std::string name;
  const CLI::App* command;
};

// Everything that does something: verbs without children, and those that work without one.
void add_leaves(const CLI::App& app, const std::string& name, std::vector<Leaf>& leaves) {
  const auto children = app.get_subcommands([](const CLI::App*) { return true; });
  if (app.get_require_subcommand_min() == 0) leaves.push_back({name, &app});
  for (const CLI::App* child : children) add_leaves(*child, (name.empty() ? "" : name + " ") + child->get_name(), leaves);
}

class CommandTree : public ::testing::Test {
 protected:
  CommandTree() {
    add_commands(app_, action_);
    add_leaves(app_, "", leaves_);
  }
  Action action_;
  CLI::App app_{"SmartRoute", "smartroute"};
  std::vector<Leaf> leaves_;
};

TEST_F(CommandTree, EveryCommandCanAnswerInJson) {
  // Scripts and pages for other programs, processes that stay, and files in a form of their own.
  const std::set<std::string> exceptions{"completion", "man", "up", "demo", "logs export"};
  for (const Leaf& leaf : leaves_) {
    const CLI::Option* output = leaf.command->get_option_no_throw("--output");
    const bool can = output != nullptr && output->check_name("-o") && output->get_type_name().find("json") != std::string::npos;
    EXPECT_EQ(can, exceptions.count(leaf.name) == 0) << leaf.name;
  }
}

TEST_F(CommandTree, HoldsEveryVerbAnOperatorNeeds) {
  std::set<std::string> names;
  for (const Leaf& leaf : leaves_) names.insert(leaf.name);
  for (const char* name : {"up", "demo", "init", "validate", "config show", "config history", "config rollback", "route explain", "replay", "logs", "logs tail", "logs query", "logs export",
                           "providers list", "providers test", "health", "doctor", "top", "drain", "version", "completion", "config diff", "config apply", "config export", "config import", "backup", "restore"})
    EXPECT_EQ(names.count(name), 1u) << name;
}

TEST_F(CommandTree, EveryFlagIsDescribedInOneLine) {
  for (const Leaf& leaf : leaves_)
    for (const CLI::Option* option : leaf.command->get_options()) {
      EXPECT_FALSE(option->get_description().empty()) << leaf.name << " " << option->get_name();
      EXPECT_EQ(option->get_description().find('\n'), std::string::npos) << leaf.name << " " << option->get_name();
    }
}

TEST_F(CommandTree, FlagsOfOneVerbDoNotReachAnother) {
  app_.parse("config show 7 -o json --admin 127.0.0.1:1", false);
  EXPECT_TRUE(action_);
}

TEST_F(CommandTree, UpAndDemoBothStand) {
  EXPECT_NO_THROW(app_.parse("up --demo --workers 1", false));
  EXPECT_TRUE(action_);
}

}  // namespace
}  // namespace smartroute::cli
