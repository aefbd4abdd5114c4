#include "dataplane/core/accounting/entry.hpp"

#include <gtest/gtest.h>

namespace smartroute::accounting {
namespace {

openai::Usage said(std::optional<std::uint64_t> prompt, std::optional<std::uint64_t> completion,
                   std::optional<std::uint64_t> total = std::nullopt) {
  openai::Usage usage;
  usage.prompt = prompt;
  usage.completion = completion;
  usage.total = total;
  return usage;
}

Record answered_record(std::string_view request, std::string_view response) {
  Record record;
  record.request_id = "r";
  record.model = "p/m";
  record.provider = "p";
  record.status = 200;
  record.ending = Ending::Completed;
  record.tokenizer = tokens::tokenizer_of("gpt-4o");
  record.texts.request = request;
  record.texts.response = response;
  record.texts.max_bytes = 1'000;
  return record;
}

std::string joined(EntryWriter& writer) {
  std::string bytes;
  for (const std::string_view part : writer.parts()) bytes += part;
  return bytes;
}

TEST(Entry, ComesBackAsItWas) {
  Record record = answered_record("question", "answer");
  record.usage.prompt = 1;
  record.usage.cached = 2;
  record.texts.log = true;
  record.trace.sampled = true;
  record.configured_model = false;
  record.route.prompt_tokens = 9;
  prices::Price price;
  price.output = 4;
  record.price = &price;
  record.attempts.resize(3);
  record.attempts[0].cost_nano = 10;
  record.attempts[1].cost_nano = 20;
  EntryWriter writer;
  writer.write(record);
  const std::string bytes = joined(writer);
  const Entry entry = read_entry(bytes);
  EXPECT_EQ(entry.provider, "p");
  EXPECT_EQ(entry.model, "p/m");
  EXPECT_EQ(entry.request, "question");
  EXPECT_EQ(entry.response, "answer");
  RecordEncoder encoder;
  EXPECT_EQ(entry.record, encoder.encode(record));
  EXPECT_EQ(entry.head.usage, record.usage);
  EXPECT_EQ(entry.head.price.output, 4);
  EXPECT_EQ(entry.head.t3_price.output, std::nullopt);
  EXPECT_EQ(entry.head.estimated_prompt, 9u);
  EXPECT_EQ(entry.head.thrown_away_nano, 30);
  EXPECT_FALSE(entry.head.thrown_away_unknown);
  EXPECT_TRUE(entry.head.answered && entry.head.sampled && entry.head.log && !entry.head.configured_model);
}

TEST(Entry, TakesTextsOnlyWhereTheyAreNeeded) {
  struct Row {
    const char* name;
    bool log;
    openai::Usage usage;
    Ending ending;
    int status;
    std::size_t request, response;
  };
  const std::string body(50'000, 'b');
  const std::size_t kept = 1'000 + kBeyondCut;
  const openai::Usage all = said(1, 2);
  const Row rows[] = {{"nothing to count, nothing to keep", false, all, Ending::Completed, 200, 0, 0},
                      {"to keep", true, all, Ending::Completed, 200, kept, kept},
                      {"no prompt count", false, said(std::nullopt, 2), Ending::Completed, 200, 50'000, 0},
                      {"no completion count", true, said(2, std::nullopt), Ending::Completed, 200, kept, 50'000},
                      {"by the total", false, said(2, std::nullopt, 3), Ending::Completed, 200, 0, 0},
                      {"nobody answered", false, said({}, {}), Ending::UpstreamError, 502, 0, 0},
                      {"a refusal was passed on", false, said({}, {}), Ending::UpstreamPassed, 400, 0, 0},
                      {"left before the end", false, all, Ending::ClientGone, 200, 0, 50'000}};
  for (const Row& row : rows) {
    Record record = answered_record(body, body);
    record.texts.log = row.log;
    record.usage = row.usage;
    record.ending = row.ending;
    record.status = row.status;
    EntryWriter writer;
    writer.write(record);
    const std::string bytes = joined(writer);
    const Entry entry = read_entry(bytes);
    EXPECT_EQ(entry.request.size(), row.request) << row.name;
    EXPECT_EQ(entry.response.size(), row.response) << row.name;
    EXPECT_EQ(entry.head.request_size, 50'000u) << row.name;
  }
}

TEST(Entry, OneRequestInSixteenTeachesATokenizerWeDoNotHave) {
  Record record = answered_record("question", "answer");
  record.tokenizer = tokens::tokenizer_of("somebodys-own-model");
  record.usage = said(1, 2);
  EntryWriter writer;
  unsigned lessons = 0;
  for (unsigned i = 0; i < 10 * kLearnEvery; ++i) {
    writer.write(record);
    const std::string bytes = joined(writer);
    const Entry entry = read_entry(bytes);
    lessons += entry.head.learn ? 1 : 0;
    EXPECT_EQ(entry.request.size(), entry.head.learn ? 8u : 0u);
  }
  EXPECT_EQ(lessons, 10u);
  const std::string large(kMaxLearnBytes + 1, 'x');
  record.texts.request = large;
  for (unsigned i = 0; i < 2 * kLearnEvery; ++i) {
    writer.write(record);
    EXPECT_EQ(writer.text_bytes(), 0u);
  }
}

TEST(Entry, GoesWithoutItsTextsWhenThereIsNoRoom) {
  Record record = answered_record("question", "answer");
  record.texts.log = true;
  EntryWriter writer;
  writer.write(record);
  EXPECT_GT(writer.text_bytes(), 0u);
  EXPECT_TRUE(writer.drop_texts());
  const std::string bytes = joined(writer);
  const Entry entry = read_entry(bytes);
  EXPECT_TRUE(entry.head.bodies_dropped);
  EXPECT_TRUE(entry.request.empty() && entry.response.empty());
  record.texts.log = false;
  writer.write(record);
  EXPECT_FALSE(writer.drop_texts()) << "they were only to be counted";
}

}  // namespace
}  // namespace smartroute::accounting
