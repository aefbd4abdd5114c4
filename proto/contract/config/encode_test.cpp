#include <gmock/gmock.h>
#include <google/protobuf/util/message_differencer.h>

#include <array>
#include <limits>

#include "contract/base/random.hpp"
#include "contract/config/decode.hpp"
#include "contract/config/message_form.hpp"
#include "smartroute/v1/config.pb.h"

namespace smartroute::config {
namespace {

using google::protobuf::util::MessageDifferencer;
namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// Fills a message with values of every kind, also ones that a document makes hard to write.
class RandomConfig {
 public:
  explicit RandomConfig(std::uint64_t seed) : random_(seed) {}

  v1::Config make() {
    v1::Config config;
    fill(config);
    return config;
  }

 private:
  bool sometimes() { return random_.below(2) == 0; }

  std::string text(bool as_key = false) {
    static const std::array<const char*, 24> kTexts{"openai", "openai/gpt-4o:free",
                                                    "true",   "12",
                                                    "5s",     "",
                                                    " x ",    "a: b",
                                                    "# no",   "null",
                                                    "- a",    "{x}",
                                                    "\"q\"",  "\\",
                                                    "é😀",     "a'b",
                                                    "*x",     "&x",
                                                    "%",      "@",
                                                    "yes",    "1e5",
                                                    "0x1F",   "\xe2\x80\xa8"};
    std::string out = kTexts[random_.below(kTexts.size())];
    if (!as_key && random_.below(6) == 0) out += "\n\t\x01\x7f";
    if (random_.below(10) == 0) out += std::string(120, 'w');
    return out;
  }

  std::string json(int depth) {
    static const std::array<const char*, 8> kScalars{
        "0.7", "1.0", "-0", "1e5", "true", "null", "\"5\"", "12345678901234567890123"};
    if (depth == 0 || sometimes()) return kScalars[random_.below(kScalars.size())];
    const bool map = sometimes();
    std::string out(1, map ? '{' : '[');
    for (std::uint64_t i = 0, n = random_.below(4); i < n; ++i) {
      if (i > 0) out += ',';
      if (map) out += "\"k" + std::to_string(i) + "\":";
      out += json(depth - 1);
    }
    return out + (map ? '}' : ']');
  }

  void fill(pb::Message& message) {
    const auto& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) {
      const auto& field = *type.field(i);
      if (sometimes()) continue;
      if (field.is_map()) {
        for (std::uint64_t n = random_.below(4), j = 0; j < n; ++j)
          add_entry(message, field, text(true) + std::to_string(j));
      } else if (field.is_repeated()) {
        for (std::uint64_t n = random_.below(4), j = 0; j < n; ++j) put(message, field);
      } else {
        put(message, field);
      }
    }
  }

  void add_entry(pb::Message& message, const Field& field, const std::string& key) {
    auto* entry = message.GetReflection()->AddMessage(&message, &field);
    entry->GetReflection()->SetString(entry, field.message_type()->map_key(), key);
    put(*entry, *field.message_type()->map_value());
  }

  void put(pb::Message& message, const Field& field) {
    const auto& reflection = *message.GetReflection();
    const bool add = field.is_repeated();
    switch (field.cpp_type()) {
      case Field::CPPTYPE_MESSAGE:
        return put_part(add ? *reflection.AddMessage(&message, &field)
                            : *reflection.MutableMessage(&message, &field));
      case Field::CPPTYPE_STRING:
        return add ? reflection.AddString(&message, &field, text())
                   : reflection.SetString(&message, &field, text());
      case Field::CPPTYPE_BOOL:
        return reflection.SetBool(&message, &field, sometimes());
      case Field::CPPTYPE_INT32: {
        const auto value = static_cast<std::int32_t>(random_.next());
        return add ? reflection.AddInt32(&message, &field, value)
                   : reflection.SetInt32(&message, &field, value);
      }
      case Field::CPPTYPE_INT64:
        return reflection.SetInt64(&message, &field, static_cast<std::int64_t>(random_.next()));
      case Field::CPPTYPE_DOUBLE: {
        static const std::array<double, 8> kReals{
            0, -0.0, 0.1, 1e300, 5e-324, -2.5, 1.0 / 3, std::numeric_limits<double>::max()};
        return reflection.SetDouble(&message, &field, kReals[random_.below(kReals.size())]);
      }
      case Field::CPPTYPE_ENUM: {
        const auto& type = *field.enum_type();
        const auto index = 1 + random_.below(static_cast<std::uint64_t>(type.value_count() - 1));
        return reflection.SetEnum(&message, &field, type.value(static_cast<int>(index)));
      }
      default:
        FAIL() << "a field of a new kind: " << field.full_name();
    }
  }

  void put_part(pb::Message& part) {
    switch (form_of(*part.GetDescriptor())) {
      case MessageForm::Mapping:
        return fill(part);
      case MessageForm::Duration: {
        auto& duration = static_cast<pb::Duration&>(part);
        duration.set_seconds(static_cast<std::int64_t>(random_.below(100'000'000)));
        duration.set_nanos(
            static_cast<std::int32_t>(random_.below(sometimes() ? 1 : 1000) * 1'000'000));
        return;
      }
      case MessageForm::Secret: {
        static const std::array<const char*, 4> kReferences{"${KEY}", "file:/run/a b", "env.KEY",
                                                            ""};
        return static_cast<v1::SecretValue&>(part).set_value(
            kReferences[random_.below(kReferences.size())]);
      }
      case MessageForm::JsonObject:
        return static_cast<v1::JsonObject&>(part).set_json("{\"a\":" + json(3) + "}");
    }
  }

  SeededRandom random_;
};

void expect_same(const v1::Config& message, const std::string& text, Format format,
                 std::uint64_t seed) {
  const auto back = decode_document(text, "f", format);
  for (const auto& problem : back.problems)
    ADD_FAILURE() << "seed " << seed << ": " << to_string(problem) << "\n" << text;
  std::string difference;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(message, *back.message)) << "seed " << seed << "\n"
                                                           << difference << text;
}

TEST(Encode, DecodingWhatWasEncodedIsTheIdentity) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const v1::Config message = RandomConfig(seed).make();
    expect_same(message, encode_yaml(message), Format::Yaml, seed);
    expect_same(message, encode_json(message), Format::Json, seed);
    if (HasFailure()) return;
  }
}

TEST(Encode, WritesTheFormThatPeopleEdit) {
  const auto document = decode_document(R"(
tiers: {t1: {models: [openai/gpt-4o-mini, deepseek/deepseek-chat], strategy: STRATEGY_SEQUENTIAL, timeouts: {first_byte: 300s, idle: 1500ms}}}
providers:
  - {id: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}"}
  - {id: deepseek, base_url: "https://api.deepseek.com/v1", headers: {x-title: gateway}}
model_map: {z: openai, a: openai}
params: {global: {temperature: 0.70}}
)",
                                        "f");
  ASSERT_TRUE(document.problems.empty());
  EXPECT_EQ(encode_yaml(*document.message), R"(providers:
  - {id: openai, base_url: "https://api.openai.com/v1", api_key: "${OPENAI_API_KEY}"}
  - id: deepseek
    base_url: "https://api.deepseek.com/v1"
    headers: {x-title: gateway}
model_map: {a: openai, z: openai}
tiers:
  t1:
    models: [openai/gpt-4o-mini, deepseek/deepseek-chat]
    strategy: sequential
    timeouts: {first_byte: 5m, idle: 1500ms}
params:
  global: {temperature: 0.70}
)");
}

TEST(Encode, AnEmptyMessageIsAnEmptyMapping) {
  EXPECT_EQ(encode_yaml(v1::Config{}), "{}\n");
  EXPECT_EQ(encode_json(v1::Config{}), "{}\n");
}

TEST(Encode, ALiteralSecretLeavesOnlyItsHint) {
  v1::Config message;
  message.add_providers()->mutable_api_key()->set_value("a-literal-secret-9876");
  message.add_providers()->mutable_api_key()->set_sealed("ciphertext");
  const std::string text = encode_yaml(message);
  EXPECT_EQ(text.find("a-literal"), std::string::npos);
  EXPECT_EQ(text.find("ciphertext"), std::string::npos);
  const auto back = decode_document(text, "f");
  EXPECT_EQ(back.message->providers(0).api_key().hint(), "…9876");
  EXPECT_EQ(back.message->providers(1).api_key().hint(), "…");
}

TEST(Encode, KeepsJsonThatIsNoJsonAsTextForTheReaderToRefuse) {
  v1::Config message;
  message.mutable_params()->mutable_global()->set_json("{broken");
  EXPECT_TRUE(has_errors(decode_document(encode_yaml(message), "f").problems));
}

}  // namespace
}  // namespace smartroute::config
