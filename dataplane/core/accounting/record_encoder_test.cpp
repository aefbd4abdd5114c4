#include "dataplane/core/accounting/record_encoder.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <set>
#include <string>

#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::accounting {
namespace {

const prices::Price& price() {
  static const prices::Price price{.input = 0, .output = 1'250'000'000, .cached_input = 1, .cache_write = 2,
                                   .audio_input = 3, .audio_output = -1, .source = "config", .as_of = "2026-01-31"};
  return price;
}

Record full_record() {
  Record record;
  record.request_id = "req-1";
  record.received_us = 1;
  record.routed_us = 2;
  record.upstream_called_us = 3;
  record.first_byte_us = 4;
  record.completed_us = 5;
  record.endpoint = "chat_completions";
  record.requested_model = "auto";
  record.streaming = true;
  record.tier = "t2";
  record.mode = "keyword";
  record.reason = "keyword:prove";
  record.confidence = 0.75;
  record.attempts.push_back({"openai", "openai/gpt-4o", "rate_limited", 429, "slow down", 6, 7, false,
                             "upstream", 0, 20'000, false, TokenAmount{17, TokenSource::Local},
                             TokenAmount{0, TokenSource::Estimate}, 0, 0x0123'4567'89ab'cdef});
  record.attempts.push_back({"deepseek", "deepseek/chat", "answered", 200, "", 8, 9, true, "", 250, 0,
                             true, std::nullopt, std::nullopt, std::nullopt, 0});
  record.model = "deepseek/chat";
  record.provider = "deepseek";
  record.status = 200;
  record.ending = Ending::Completed;
  record.error = "none";
  record.price = &price();
  record.t3_model = "openai/gpt-5";
  record.category = "tool";
  record.preview = "prove it";
  record.finish_reason = "stop";
  record.answered_as = "deepseek-chat-0324";
  record.error_kind = "timeout";
  record.trace = {1, 0xfedc'ba98'7654'3210, 2, 3, true};
  record.key_name = "team a";
  record.key_id = "01234567";
  record.config_revision = 12;
  record.request_bytes = 13;
  record.response_bytes = 14;
  record.overhead_us = 15;
  record.client_address = "127.0.0.1";
  record.guarantee = "buffered";
  record.restarts = 16;
  record.strategy = "cheapest";
  RouteTrace& trace = record.route;
  trace.configured_mode = "cascade";
  trace.rules = {"prove", "at least"};
  trace.probability = {0.25f, 0.0f, 0.75f};
  trace.weights = "1-3fa91c02";
  trace.judge = "timeout";
  trace.judge_us = 300;
  trace.raised_by = "session";
  trace.first_tier = "t1";
  trace.candidates.push_back({"openai/gpt-4o", "no_credentials", ""});
  trace.candidates.push_back({"deepseek/chat", "", "$0.000034"});
  trace.ask = "prove it";
  trace.system = "be brief";
  trace.tools = 1;
  trace.images = 2;
  trace.human_turns = 3;
  trace.answers_tool = true;
  trace.prompt_tokens = 400;
  trace.max_output_tokens = 500;
  trace.conversation = 0xfedc'ba98'7654'3210;
  trace.conversation_named = true;
  trace.conversation_opening = 3;
  return record;
}

void set_count(const TokenAmount& amount, v1::TokenCount& out) {
  out.set_count(amount.count);
  out.set_source(static_cast<v1::TokenCount::Source>(amount.source));
}

void set_price(const prices::Price& price, v1::TokenPrice& out) {
  if (price.input) out.set_input(*price.input);
  if (price.output) out.set_output(*price.output);
  if (price.cached_input) out.set_cached_input(*price.cached_input);
  if (price.cache_write) out.set_cache_write(*price.cache_write);
  if (price.audio_input) out.set_audio_input(*price.audio_input);
  if (price.audio_output) out.set_audio_output(*price.audio_output);
  out.set_source(price.source);
  out.set_as_of(price.as_of);
}

std::string hex_of(std::uint64_t bits) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(bits));
  return text;
}

void set_trace(const TraceIds& trace, v1::RequestRecord& out) {
  if (trace.high == 0 && trace.low == 0) return;
  out.set_trace_id(hex_of(trace.high) + hex_of(trace.low));
  if (trace.span != 0) out.set_span_id(hex_of(trace.span));
  if (trace.parent != 0) out.set_parent_span_id(hex_of(trace.parent));
}

void set_route(const Record& record, v1::RouteDecision& out) {
  const RouteTrace& trace = record.route;
  out.set_configured_mode(std::string(trace.configured_mode));
  out.set_decided_by(std::string(record.mode));
  for (const std::string_view rule : trace.rules) out.add_rules(std::string(rule));
  if (trace.probability)
    for (const float p : *trace.probability) out.add_probabilities(p);
  out.set_weights(std::string(trace.weights));
  out.set_judge(std::string(trace.judge));
  out.set_judge_us(trace.judge_us);
  out.set_raised_by(std::string(trace.raised_by));
  out.set_first_tier(std::string(trace.first_tier));
  out.set_strategy(std::string(record.strategy));
  for (const CandidateTrace& candidate : trace.candidates) {
    auto& message = *out.add_candidates();
    message.set_model(std::string(candidate.model));
    message.set_skip(std::string(candidate.skip));
    message.set_note(candidate.note);
  }
  v1::RouteInput input;
  input.set_ask(trace.ask);
  input.set_system(trace.system);
  input.set_tools(trace.tools);
  input.set_images(trace.images);
  input.set_human_turns(trace.human_turns);
  input.set_answers_tool(trace.answers_tool);
  input.set_prompt_tokens(trace.prompt_tokens);
  input.set_max_output_tokens(trace.max_output_tokens);
  input.set_conversation(trace.conversation);
  input.set_conversation_named(trace.conversation_named);
  input.set_conversation_opening(trace.conversation_opening);
  if (input.ByteSizeLong() > 0) *out.mutable_input() = input;
}

// The same by protobuf's own setters, for records whose text is fit to be sent.
v1::RequestRecord message_of(const Record& record) {
  v1::RequestRecord out;
  out.set_request_id(record.request_id);
  out.set_received_us(record.received_us);
  out.set_routed_us(record.routed_us);
  out.set_upstream_called_us(record.upstream_called_us);
  out.set_first_byte_us(record.first_byte_us);
  out.set_completed_us(record.completed_us);
  out.set_endpoint(std::string(record.endpoint));
  out.set_requested_model(record.requested_model);
  out.set_streaming(record.streaming);
  out.set_tier(record.tier);
  out.set_mode(std::string(record.mode));
  out.set_reason(record.reason);
  out.set_confidence(record.confidence);
  for (const Attempt& attempt : record.attempts) {
    auto& message = *out.add_attempts();
    message.set_provider(attempt.provider);
    message.set_model(attempt.model);
    message.set_outcome(std::string(attempt.outcome));
    message.set_status(attempt.status);
    message.set_reason(attempt.reason);
    message.set_started_us(attempt.started_us);
    message.set_duration_us(attempt.duration_us);
    message.set_reused_connection(attempt.reused_connection);
    message.set_fault(std::string(attempt.fault));
    message.set_waited_ms(attempt.waited_ms);
    message.set_retry_after_ms(attempt.retry_after_ms);
    message.set_probe(attempt.probe);
    if (attempt.prompt) set_count(*attempt.prompt, *message.mutable_prompt_tokens());
    if (attempt.completion) set_count(*attempt.completion, *message.mutable_completion_tokens());
    if (attempt.cost_nano) message.set_cost_nano_usd(*attempt.cost_nano);
    if (attempt.span_id != 0) message.set_span_id(hex_of(attempt.span_id));
  }
  out.set_model(record.model);
  out.set_provider(record.provider);
  out.set_status(record.status);
  out.set_ending(std::string(name_of(record.ending)));
  out.set_error(record.error);
  if (record.price != nullptr) set_price(*record.price, *out.mutable_cost()->mutable_price());
  if (!record.t3_model.empty()) out.mutable_cost()->set_t3_model(std::string(record.t3_model));
  out.set_category(std::string(record.category));
  out.set_preview(record.preview);
  out.set_finish_reason(record.finish_reason);
  out.set_answered_as(record.answered_as);
  out.set_key_name(std::string(record.key_name));
  out.set_error_kind(std::string(record.error_kind));
  set_trace(record.trace, out);
  out.set_key_id(record.key_id);
  out.set_config_revision(record.config_revision);
  out.set_request_bytes(record.request_bytes);
  out.set_response_bytes(record.response_bytes);
  out.set_overhead_us(record.overhead_us);
  out.set_client_address(record.client_address);
  out.set_guarantee(std::string(record.guarantee));
  out.set_restarts(record.restarts);
  v1::RouteDecision route;
  set_route(record, route);
  if (route.ByteSizeLong() > 0) *out.mutable_route() = route;
  return out;
}

v1::RequestRecord parsed(const Record& record) {
  RecordEncoder encoder;
  const auto bytes = encoder.encode(record);
  v1::RequestRecord message;
  EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return message;
}

Record extreme_record() {
  Record record = full_record();
  record.received_us = std::numeric_limits<std::int64_t>::max();
  record.routed_us = std::numeric_limits<std::int64_t>::min();
  record.completed_us = -1;
  record.confidence = -0.0;
  record.status = std::numeric_limits<int>::min();
  record.trace = {std::numeric_limits<std::uint64_t>::max(), 0, 1, std::numeric_limits<std::uint64_t>::max(), true};
  record.attempts[0].prompt = TokenAmount{std::numeric_limits<std::uint64_t>::max(), TokenSource::Upstream};
  record.attempts[0].cost_nano = record.attempts[1].cost_nano = std::numeric_limits<std::int64_t>::min();
  record.config_revision = std::numeric_limits<std::uint64_t>::max();
  record.request_bytes = 128;
  record.response_bytes = 16'384;
  record.overhead_us = std::numeric_limits<std::uint32_t>::max();
  record.error = std::string(kMaxTextBytes, 'e');
  record.attempts[0].status = -1;
  record.attempts[0].duration_us = record.attempts[0].waited_ms = record.restarts =
      std::numeric_limits<std::uint32_t>::max();
  record.attempts[0].retry_after_ms = std::numeric_limits<std::uint64_t>::max();
  record.route.judge_us = record.route.tools = record.route.images = record.route.human_turns =
      std::numeric_limits<std::uint32_t>::max();
  record.route.prompt_tokens = record.route.max_output_tokens = record.route.conversation =
      std::numeric_limits<std::uint64_t>::max();
  return record;
}

TEST(RecordEncoder, WritesWhatProtobufWrites) {
  Record wide = full_record();  // every text as long as it may be, and more than one of everything
  for (std::string* text :
       {&wide.request_id, &wide.requested_model, &wide.tier, &wide.reason, &wide.model,
        &wide.provider, &wide.error, &wide.key_id, &wide.client_address, &wide.finish_reason, &wide.answered_as})
    *text = std::string(kMaxTextBytes, 'w');
  for (Attempt& attempt : wide.attempts)
    attempt.provider = attempt.model = attempt.reason = std::string(kMaxTextBytes, 'a');
  const std::string wide_view(kMaxTextBytes, 'v');
  RouteTrace& route = wide.route;
  for (std::string_view* text : {&route.configured_mode, &route.weights, &route.judge, &route.raised_by,
                                 &route.first_tier, &wide.strategy, &wide.mode, &wide.endpoint,
                                 &wide.guarantee, &wide.category, &wide.error_kind, &wide.key_name, &wide.t3_model})
    *text = wide_view;
  prices::Price wide_price = price();
  wide_price.source = wide_price.as_of = std::string(kMaxTextBytes, 'p');
  wide.price = &wide_price;
  wide.preview = std::string(kMaxPreviewBytes, 'p');
  for (Attempt& attempt : wide.attempts) attempt.fault = attempt.outcome = wide_view;
  route.rules.assign(20, wide_view);
  route.candidates.assign(40, {wide_view, wide_view, wide_view});
  route.ask.assign(kMaxAskTextBytes, 'a');
  route.system.assign(kMaxTextBytes, 's');
  Record no_route = full_record(), only_input, odd = full_record();
  no_route.mode = no_route.strategy = {};
  no_route.route = {};
  only_input.route.conversation = 1;
  odd.route.rules = {"", "\xe8\xaf\x81\xe6\x98\x8e"};
  odd.route.candidates.push_back({});
  odd.route.ask = "\xe8\xaf\x81\xe6\x98\x8e";
  Record no_cost = full_record(), unpriced = full_record(), untraced = full_record(), many = full_record();
  no_cost.price = nullptr;
  no_cost.t3_model = {};
  const prices::Price nothing;
  unpriced.price = &nothing;
  untraced.trace = {0, 0, 7, 8, false};
  many.attempts.resize(100, many.attempts[0]);
  Record foreign = full_record();
  foreign.requested_model = "gpt-4o \xe4\xbd\xa0\xe5\xa5\xbd";
  const std::pair<const char*, Record> rows[] = {{"empty", Record{}},
                                                 {"full", full_record()},
                                                 {"extreme numbers", extreme_record()},
                                                 {"longest text", wide},
                                                 {"no cost", no_cost},
                                                 {"a price that is not known", unpriced},
                                                 {"no trace", untraced},
                                                 {"many attempts", many},
                                                 {"text beyond ASCII", foreign},
                                                 {"no decision", no_route},
                                                 {"an input only", only_input},
                                                 {"empty members of lists", odd}};
  RecordEncoder reused;
  for (const auto& [name, record] : rows)
    EXPECT_EQ(std::string(reused.encode(record)), message_of(record).SerializeAsString()) << name;
}

TEST(RecordEncoder, GivesAttemptsOfEveryLengthTheirLength) {
  RecordEncoder encoder;
  Record record;
  record.attempts.resize(2);
  for (std::size_t size = 0; size <= 300; ++size) {
    record.attempts[0].reason.assign(size, 'r');
    ASSERT_EQ(std::string(encoder.encode(record)), message_of(record).SerializeAsString()) << size;
  }
  for (std::string* text :
       {&record.attempts[0].provider, &record.attempts[0].model, &record.attempts[0].reason})
    *text = std::string(kMaxTextBytes, 'x');
  for (std::size_t size = 4'000; size <= kMaxTextBytes; ++size) {  // 2 ** 14 lies between
    record.attempts[0].model.assign(size, 'm');
    record.attempts[0].outcome = record.attempts[0].provider;
    ASSERT_EQ(std::string(encoder.encode(record)), message_of(record).SerializeAsString()) << size;
  }
}

TEST(RecordEncoder, CarriesEveryField) {
  const auto message = parsed(full_record());
  // A field that is added to the message and forgotten here shows up as unset.
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  const std::set<std::string> added_later{"prompt_tokens", "completion_tokens", "token_details", "request_body",
                                          "response_body", "request_cut", "response_cut", "bodies_dropped",
                                          "record_id", "instance_id"};
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    if (added_later.contains(field->name())) continue;
    EXPECT_TRUE(field->is_repeated() ? reflection->FieldSize(message, field) > 0
                                     : reflection->HasField(message, field))
        << field->name();
  }
  for (const google::protobuf::Message* part :
       {static_cast<const google::protobuf::Message*>(&message.route()),
        static_cast<const google::protobuf::Message*>(&message.route().input())}) {
    const auto* fields = part->GetDescriptor();
    for (int i = 0; i < fields->field_count(); ++i) {
      const auto* field = fields->field(i);
      if (field->name() == "signals") continue;  // computed when somebody looks
      EXPECT_TRUE(field->is_repeated() ? part->GetReflection()->FieldSize(*part, field) > 0
                                       : part->GetReflection()->HasField(*part, field))
          << field->name();
    }
  }
  const auto* attempt = message.attempts(0).GetDescriptor();
  for (int i = 0; i < attempt->field_count(); ++i) {
    const auto* field = attempt->field(i);
    EXPECT_TRUE(message.attempts(0).GetReflection()->HasField(message.attempts(0), field) ||
                message.attempts(1).GetReflection()->HasField(message.attempts(1), field))
        << field->name();
  }
}

TEST(RecordEncoder, UnknownNumbersAreAbsentAndZeroesArePresent) {
  const auto message = parsed(full_record());
  EXPECT_TRUE(message.attempts(0).has_cost_nano_usd());
  EXPECT_EQ(message.attempts(0).cost_nano_usd(), 0);
  EXPECT_EQ(message.attempts(0).completion_tokens().source(), v1::TokenCount::SOURCE_ESTIMATE);
  EXPECT_FALSE(message.attempts(1).has_cost_nano_usd());
  EXPECT_FALSE(message.attempts(1).has_prompt_tokens());
  EXPECT_TRUE(message.cost().price().has_input());
  EXPECT_FALSE(message.cost().has_nano_usd());
}

TEST(RecordEncoder, CutsAPreviewBetweenCharacters) {
  Record record;
  record.preview = std::string(kMaxPreviewBytes - 1, 'a') + "\xe4\xbd\xa0 and more";
  EXPECT_EQ(parsed(record).preview(), std::string(kMaxPreviewBytes - 1, 'a'));
}

TEST(RecordEncoder, ReplacesWhatIsNotUtf8WhereverItStands) {
  for (std::size_t at = 0; at < 40; ++at) {
    Record record;
    record.requested_model = std::string(40, 'm');
    record.requested_model[at] = '\xff';
    std::string expected(40, 'm');
    expected[at] = '?';
    EXPECT_EQ(parsed(record).requested_model(), expected) << at;
  }
  Record record = full_record();
  record.attempts[1].reason = "\x80oops";
  EXPECT_EQ(parsed(record).attempts(1).reason(), "?oops");
}

TEST(RecordEncoder, KeepsTheWholeOfAnAskThatWasCutToItsEndsAndNoMore) {
  Record record;
  record.route.ask = std::string(2 * 4 * 1024 + 1, 'a');
  EXPECT_EQ(parsed(record).route().input().ask(), record.route.ask);
  record.route.ask.assign(1'000'000, 'a');
  EXPECT_EQ(parsed(record).route().input().ask().size(), kMaxAskTextBytes);
}

TEST(RecordEncoder, CutsBetweenCharacters) {
  Record record;
  const std::string text(kMaxTextBytes - 1, 'a');
  record.error = text + "\xe4\xbd\xa0 and more";
  EXPECT_EQ(parsed(record).error(), text);
  record.error = std::string(100'000, 'e');
  EXPECT_EQ(parsed(record).error(), std::string(kMaxTextBytes, 'e'));
  record.error = std::string(100'000, '\xff');
  EXPECT_EQ(parsed(record).error(), std::string(kMaxTextBytes, '?'));
}

}  // namespace
}  // namespace smartroute::accounting
