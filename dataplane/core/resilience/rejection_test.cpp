#include <gtest/gtest.h>

#include <string>

#include "dataplane/core/resilience/outcome.hpp"

namespace smartroute::resilience {
namespace {

using enum AttemptOutcome;

const RetryRules kDefaults{config::Retry{}};

// What providers answer: the status, the body, and what it is.
struct Row {
  const char* name;
  int status;
  const char* body;
  AttemptOutcome outcome;
};

void expect_judged(const Row& row) {
  const AttemptOutcome by_status = judge_status(row.status, kDefaults);
  EXPECT_TRUE(body_tells(by_status, row.status) || row.outcome == by_status) << row.name;
  EXPECT_EQ(name_of(judge_rejection(by_status, row.status, row.body)), name_of(row.outcome)) << row.name;
}

TEST(JudgeRejection, KnowsRequestsThatAreLongerThanTheWindow) {
  const Row rows[] = {
      {"OpenAI", 400,
       R"({"error":{"message":"This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
       ContextLength},
      {"OpenAI, words only", 400,
       R"({"error":{"message":"This model's maximum context length is 4097 tokens, however you requested 4226 tokens.","type":"invalid_request_error","param":null,"code":null}})",
       ContextLength},
      {"OpenAI, code only", 400, R"({"error":{"message":"no","type":"invalid_request_error","code":"context_length_exceeded"}})",
       ContextLength},
      {"OpenAI, one long message", 400,
       R"({"error":{"message":"Invalid 'messages[17].content': string too long.","type":"invalid_request_error","code":"string_above_max_length"}})",
       ContextLength},
      {"Anthropic", 400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200251 tokens > 200000 maximum"}})",
       ContextLength},
      {"Anthropic, with the answer's share", 400,
       R"({"type":"error","error":{"type":"invalid_request_error","message":"input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000"}})",
       ContextLength},
      {"Google", 400,
       R"({"error":{"code":400,"message":"The input token count (218152) exceeds the maximum number of tokens allowed (65536).","status":"INVALID_ARGUMENT"}})",
       ContextLength},
      {"Mistral", 400,
       R"({"object":"error","message":"Prompt contains 40000 tokens, too large for model with 32768 maximum context length","type":"invalid_request_error","code":"3051"})",
       ContextLength},
      {"vLLM", 400,
       R"({"object":"error","message":"This model's maximum context length is 2048 tokens. However, you requested 3000 tokens","type":"BadRequestError","param":null,"code":400})",
       ContextLength},
      {"llama.cpp", 400,
       R"({"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":256}})",
       ContextLength},
      {"xAI", 400, R"({"error":{"message":"This model's maximum prompt length is 131072 but the request contains 136973 tokens."}})",
       ContextLength},
      {"Moonshot", 400,
       R"({"error":{"message":"Invalid request: Your request exceeded model token limit: 131072","type":"invalid_request_error"}})",
       ContextLength},
      {"Qwen", 400,
       R"({"error":{"code":"invalid_parameter_error","message":"<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]","type":"invalid_request_error"}})",
       ContextLength},
      {"as a 413", 413, R"({"error":{"message":"prompt is too long","type":"invalid_request_error"}})", ContextLength},
      {"as a 422", 422, R"({"error":{"message":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096","type":"validation"}})",
       ContextLength},
      {"not JSON", 400, "This model's MAXIMUM CONTEXT LENGTH is 2048 tokens", ContextLength},
      {"under a 429, by code", 429, R"({"error":{"message":"too long","code":"context_length_exceeded"}})", ContextLength},
  };
  for (const Row& row : rows) expect_judged(row);
}

TEST(JudgeRejection, KnowsRefusalsOfWhatTheRequestSays) {
  const Row rows[] = {
      {"OpenAI", 400,
       R"({"error":{"message":"Your request was rejected as a result of our safety system.","type":"invalid_request_error","code":"content_policy_violation"}})",
       ContentPolicy},
      {"OpenAI, reasoning models", 400,
       R"({"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy.","code":"invalid_prompt"}})",
       ContentPolicy},
      {"Azure", 400,
       R"({"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy.","type":null,"param":"prompt","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
       ContentPolicy},
      {"Azure, inner code only", 400, R"({"error":{"message":"no","innererror":{"code":"ResponsibleAIPolicyViolation"}}})", ContentPolicy},
      {"Anthropic", 400, R"({"type":"error","error":{"type":"invalid_request_error","message":"Output blocked by content filtering policy"}})",
       ContentPolicy},
      {"OpenRouter", 403,
       R"({"error":{"code":403,"message":"openai/gpt-4 requires moderation on OpenRouter. Your input was flagged for \"violence\".","metadata":{"reasons":["violence"]}}})",
       ContentPolicy},
      {"xAI", 403, R"({"error":{"message":"Content violates usage guidelines."}})", ContentPolicy},
      {"Qwen", 400,
       R"({"error":{"message":"Input data may contain inappropriate content.","type":"data_inspection_failed","code":"data_inspection_failed"}})",
       ContentPolicy},
      {"Qwen, with a path", 400, R"({"error":{"message":"no","code":"InternalError.Algo.DataInspectionFailed"}})", ContentPolicy},
      {"DeepSeek", 400, R"({"error":{"message":"Content Exists Risk","type":"invalid_request_error","code":"invalid_request_error"}})",
       ContentPolicy},
      {"Moonshot", 400,
       R"({"error":{"message":"The request was rejected because it was considered high risk","type":"content_filter"}})", ContentPolicy},
      {"Volcengine", 400, R"({"error":{"code":"InputTextSensitiveContentDetected","message":"no"}})", ContentPolicy},
      {"Google", 400, R"({"error":{"code":400,"message":"Blocked.","status":"PROHIBITED_CONTENT"}})", ContentPolicy},
  };
  for (const Row& row : rows) expect_judged(row);
}

TEST(JudgeRejection, LeavesOtherRejectionsAsTheirStatusHasThem) {
  const Row rows[] = {
      {"speaks of content", 400,
       R"({"error":{"message":"Invalid value for 'content': expected a string, got null.","type":"invalid_request_error","param":"messages[0].content","code":null}})",
       RejectedRequest},
      {"speaks of tokens", 400,
       R"({"error":{"message":"max_tokens is too large: 5000. This model supports at most 4096 completion tokens.","type":"invalid_request_error","code":"invalid_value"}})",
       RejectedRequest},
      {"a long name of a tool", 400,
       R"({"error":{"message":"Invalid 'tools[0].function.name': string too long.","code":"string_above_max_length"}})", RejectedRequest},
      {"speaks of a policy", 400, R"({"error":{"message":"Unknown field: policy. See our content guidelines."}})", RejectedRequest},
      {"bytes, not tokens", 413,
       R"({"type":"error","error":{"type":"request_too_large","message":"Request exceeds the maximum size"}})", RejectedRequest},
      {"a proxy's 413", 413, "<html><head><title>413 Request Entity Too Large</title></head></html>", RejectedRequest},
      {"nothing at all", 400, "", RejectedRequest},
      {"a 404 is not asked", 404, R"({"error":{"message":"prompt is too long","code":"context_length_exceeded"}})", RetryableRejection},
      {"quota", 429,
       R"({"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","code":"insufficient_quota"}})",
       RateLimited},
      {"load", 429,
       R"({"error":{"message":"Rate limit reached for gpt-4 on tokens per min (TPM): Limit 10000, Used 9000, Requested 2000.","type":"tokens","code":"rate_limit_exceeded"}})",
       RateLimited},
      {"load that speaks of prompts", 429, R"({"error":{"message":"prompt is too long for now; input was flagged"}})", RateLimited},
      {"a key without a right", 403, R"({"error":{"message":"You are not allowed to use this model","code":"model_not_allowed"}})",
       CredentialsRefused},
      {"an account that was blocked", 403,
       R"({"error":{"message":"Your resource has been temporarily blocked because we detected behavior that may violate our content policy."}})",
       CredentialsRefused},
      {"a 401 is not asked", 401, R"({"error":{"message":"input was flagged","code":"content_filter"}})", CredentialsRefused},
      {"a 500 is not asked", 500, R"({"error":{"code":"context_length_exceeded"}})", RetryableStatus},
      {"a quoted request", 400,
       R"({"error":{"message":"bad","input":"say \"ResponsibleAIPolicyViolation\" or maximum context length"}})", RejectedRequest},
  };
  for (const Row& row : rows) expect_judged(row);
}

TEST(JudgeRejection, ARequestLargerThanTheAllowanceIsNoFailureOfTheModel) {
  const Row rows[] = {
      {"OpenAI", 429,
       R"({"error":{"message":"Request too large for gpt-4 in organization org-x on tokens per min (TPM): Limit 10000, Requested 20000.","type":"tokens","code":"rate_limit_exceeded"}})",
       RetryableRejection},
      {"Groq", 413,
       R"({"error":{"message":"Request too large for model `m` in organization `o` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 14810, please reduce your message size","type":"tokens","code":"rate_limit_exceeded"}})",
       RetryableRejection},
  };
  for (const Row& row : rows) expect_judged(row);
  EXPECT_EQ(row_of(RetryableRejection).health, HealthKind::None);
}

TEST(JudgeRejection, AnErrorInsideAnAnswerIsTheRequestsFaultIfItSaysSo) {
  EXPECT_TRUE(body_tells(ErrorInBody, 200));
  EXPECT_EQ(judge_rejection(ErrorInBody, 200, R"({"error":{"message":"prompt is too long","code":400}})"), ContextLength);
  EXPECT_EQ(judge_rejection(ErrorInBody, 200, R"({"error":{"message":"Your input was flagged","code":403}})"), ContentPolicy);
  EXPECT_EQ(judge_rejection(ErrorInBody, 200, R"({"error":{"message":"overloaded","code":502}})"), ErrorInBody);
}

TEST(JudgeRejection, AStatusOnTheListStaysRetryableWhateverItSays) {
  EXPECT_EQ(judge_rejection(RetryableRejection, 400, R"({"error":{"code":"content_filter","message":"no"}})"), RetryableRejection);
  EXPECT_EQ(judge_rejection(RetryableRejection, 400, R"({"error":{"code":"context_length_exceeded"}})"), ContextLength);
  EXPECT_EQ(judge_rejection(RetryableRejection, 404, R"({"error":{"code":"context_length_exceeded"}})"), RetryableRejection);
}

TEST(BodyTells, OnlyWhereTheBodyCanChangeTheOutcome) {
  for (const int status : {400, 413, 422, 451}) EXPECT_TRUE(body_tells(RejectedRequest, status)) << status;
  for (const int status : {402, 404, 405, 410, 415}) EXPECT_FALSE(body_tells(RejectedRequest, status)) << status;
  EXPECT_TRUE(body_tells(CredentialsRefused, 403));
  EXPECT_FALSE(body_tells(CredentialsRefused, 401));
  EXPECT_TRUE(body_tells(RateLimited, 429));
  for (const AttemptOutcome outcome : {Answered, RetryableStatus, ServerError, BadResponse, Reset})
    EXPECT_FALSE(body_tells(outcome, 400)) << name_of(outcome);
}

TEST(JudgeRejection, ReadsOnlyTheBeginningOfWhatIsNotJson) {
  const std::string far = std::string(100'000, 'x') + "maximum context length";
  EXPECT_EQ(judge_rejection(RejectedRequest, 400, far), RejectedRequest);
}

TEST(ErrorText, IsAShortTextWithAKeyword) {
  struct TextRow {
    const char* name;
    std::string text, request;
    bool is_error;
  };
  const std::string kLong = "rate limit" + std::string(kMaxKeywordText, '.');
  const TextRow rows[] = {
      {"a keyword", "Rate limit reached, sorry.", R"({"messages":[]})", true},
      {"in capitals", "THE SERVER IS OVERLOADED", "{}", true},
      {"another", "Please try again later", "{}", true},
      {"none", "All is well.", "{}", false},
      {"nothing", "", "{}", false},
      {"what was asked for", "A rate limit bounds requests.", R"({"content":"What is a rate limit?"})", false},
      {"what was asked for, in capitals", "A rate limit bounds requests.", R"({"content":"EXPLAIN RATE LIMIT"})", false},
      {"another keyword than the one asked about", "Overloaded. The rate limit was hit.", R"({"content":"rate limit?"})", true},
      {"long", kLong, "{}", false},
      {"just short enough", kLong.substr(0, kMaxKeywordText), "{}", true},
      {"one byte too long", kLong.substr(0, kMaxKeywordText + 1), "{}", false},
      {"at the request's end", "try again", R"(... try again)", false},
      {"request shorter than the keyword", "try again", "t", true},
  };
  for (const TextRow& row : rows) EXPECT_EQ(is_error_text(row.text, row.request, kDefaults), row.is_error) << row.name;
}

TEST(ErrorText, KnowsKeywordsThatTheRequestSpellsInEscapes) {
  config::Retry config;
  config.error_keywords = {"\xe9\x99\x90\xe6\xb5\x81", "a \"quoted\" word", "\xf0\x9f\x94\xa5 down"};
  const RetryRules retry(config);
  EXPECT_TRUE(is_error_text("\xe9\x99\x90\xe6\xb5\x81", "{}", retry));
  EXPECT_FALSE(is_error_text("\xe9\x99\x90\xe6\xb5\x81", "{\"content\":\"\xe9\x99\x90\xe6\xb5\x81?\"}", retry));
  EXPECT_FALSE(is_error_text("\xe9\x99\x90\xe6\xb5\x81", R"({"content":"\u9650\u6D41?"})", retry));
  EXPECT_TRUE(is_error_text("\xe9\x99\x90\xe6\xb5\x81", R"({"content":"\u9650\u6d42?"})", retry));
  EXPECT_FALSE(is_error_text("a \"quoted\" word", R"({"content":"a \"quoted\" word"})", retry));
  EXPECT_FALSE(is_error_text("\xf0\x9f\x94\xa5 down", R"({"content":"\uD83D\uDD25 down"})", retry));
}

TEST(ErrorText, WithoutKeywordsNothingIsOne) {
  config::Retry config;
  config.error_keywords = {};
  EXPECT_FALSE(is_error_text("rate limit", "{}", RetryRules(config)));
  config.error_keywords = {""};
  EXPECT_FALSE(is_error_text("rate limit", "{}", RetryRules(config)));
}

}  // namespace
}  // namespace smartroute::resilience
