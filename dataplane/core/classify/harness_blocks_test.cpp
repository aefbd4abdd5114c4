#include "dataplane/core/classify/harness_blocks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace smartroute::classify {
namespace {

std::string stripped(std::string text) {
  strip_harness_blocks(text);
  return text;
}

TEST(HarnessBlocks, OnlyThePersonsWordsStay) {
  struct Row {
    const char *name, *text, *left;
  };
  const Row rows[] = {
      {"plain text", "hello", "hello"},
      {"comparison", "is a<b and b>c?", "is a<b and b>c?"},
      {"HTML of the ask", "center <div>this</div> please", "center <div>this</div> please"},
      {"reminder before", "<system-reminder>Prove theorems.\nplan</system-reminder>\nhi", "hi"},
      {"reminder behind", "hi\n<system-reminder>x</system-reminder>", "hi"},
      {"two reminders", "<system-reminder>a</system-reminder>hi<system-reminder>b</system-reminder>", "hi"},
      {"nothing but reminders", "<system-reminder>a</system-reminder>", ""},
      {"never closed", "<system-reminder>a hi", "<system-reminder>a hi"},
      {"closing tag alone", "a </system-reminder> hi", "a </system-reminder> hi"},
      {"longer name", "<system-reminders>a</system-reminders>", "<system-reminders>a</system-reminders>"},
      {"attributes", "<file_content path=\"a.cpp\">int x;</file_content> fix it", "fix it"},
      {"marked ask", "<user_info>os: x</user_info>\n<user_query>\nrename it\n</user_query>", "rename it"},
      {"marked ask beside unmarked text", "ctx <userRequest>go</userRequest> more", "go"},
      {"unwrapped", "<task>build it</task>\n<environment_details>files</environment_details>", "build it"},
      {"agents file", "# AGENTS.md instructions for /src\n\n<INSTRUCTIONS>\nrules\n</INSTRUCTIONS>\n\nsay hi", "say hi"},
      {"agents file alone", "# AGENTS.md instructions for /src\n<INSTRUCTIONS>r</INSTRUCTIONS>", ""},
      {"Chinese", "<system-reminder>证明</system-reminder>你好", "你好"},
      {"a marked ask that is empty leaves the rest", "<user_query> </user_query> hi", "hi"},
      {"nothing but a marked ask that is empty", "<user_query></user_query>", ""},
      {"cut tag at the end", "hi <system-reminder", "hi <system-reminder"},
  };
  for (const Row& row : rows) EXPECT_EQ(stripped(row.text), row.left) << row.name;
}

TEST(HarnessBlocks, ManyUnclosedBlocksStayAsTheyAre) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "<system-reminder><task>";
  EXPECT_EQ(stripped(text), text);
}

}  // namespace
}  // namespace smartroute::classify
