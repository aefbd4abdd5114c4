// What a prompt takes beside the tokens of its texts, family by family.
#pragma once
#include <cstdint>

namespace smartroute::tokens {

// How an image of w x h pixels is counted.
enum class ImageFormula : std::uint8_t {
  Tiles,    // OpenAI: scaled into 2048 x 2048, its shorter side to 768; `base` and `unit` for each 512 x 512 tile; detail low: `base`
  Patches,  // OpenAI: 32 x 32 patches, scaled so that they are at most 1536; `base` thousandths of a token each
  Area,     // Anthropic, Qwen: one token for `base` pixels; scaled so that there are at most `unit` tokens
  Squares,  // Google: `base` tokens for each 768 x 768 square; both sides up to 384: one
};

struct ImageRule {
  ImageFormula formula = ImageFormula::Tiles;
  std::uint32_t base = 85, unit = 170;
};

// The sum for tools, by the names of OpenAI's cookbook: `end` once if there are any; `init` and the tokens of "name:description" for each;
// `properties` once for each object with properties; `property` and the tokens of "name:type:description" for each of these; `enumeration` and,
// for each choice, `choice` and its tokens.
struct ToolRule {
  std::int32_t end = 12, init = 7, properties = 3, property = 3, enumeration = -3, choice = 3;
};

struct PromptRules {
  std::int32_t message = 3;  // around each message's role and content
  std::int32_t reply = 3;    // what the answer is primed with
  std::int32_t name = 1;     // for a "name", beside its text
  // Chats of plain texts come to exactly what the provider says.
  bool exact = false;
  ToolRule tools{};
  ImageRule image{};
};

}  // namespace smartroute::tokens
