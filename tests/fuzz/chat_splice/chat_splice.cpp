// Any bytes as a chat body. What parses must splice into a body that parses again, with exactly the
// edits that were asked for and every other byte of every field as it was.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/core/openai/chat_request.hpp"
#include "tests/fuzz/fuzz_support.hpp"

namespace {

using namespace smartroute::openai;

using smartroute::fuzz::require;

// A body with its padding, and how it reads.
struct Parsed {
  explicit Parsed(std::string_view body) : bytes(body), size(body.size()) {
    bytes.append(ChatParser::kPadding, '"');
    ChatParser parser;
    request = parser.parse(text(), {});
  }
  std::string_view text() const { return std::string_view(bytes).substr(0, size); }
  std::string_view at(Span span) const {
    require(span.begin <= span.end && span.end <= size, "a span lies inside the body");
    return text().substr(span.begin, span.end - span.begin);
  }

  std::string bytes;
  std::size_t size;
  smartroute::Result<ChatRequest> request =
      smartroute::fail(smartroute::ErrorKind::Internal, "not parsed");
};

std::string splice(const Parsed& body, std::string_view model, const std::vector<Param>& defaults,
                   const std::vector<Param>& forced) {
  SplicedBody spliced;
  spliced.build(body.text(), *body.request, model, defaults, forced);
  std::string out;
  for (const std::string_view piece : spliced.pieces()) out += piece;
  require(out.size() == spliced.size(), "the size is the sum of the pieces");
  return out;
}

const Param* find(const std::vector<Param>& params, std::string_view key) {
  for (const Param& param : params)
    if (param.key == key) return &param;
  return nullptr;
}

void check_edits(const Parsed& body, const std::vector<Param>& members) {
  static const std::string kModel = "\"x\\\"y\"";
  static const std::vector<Param> kDefaults{
      {"temperature", "0.70"}, {"zz", "[1,{\"a\":null}]"}, {"top_p", "1"}};
  static const std::vector<Param> kForced{
      {"top_p", "1e0"}, {"us\ner", "\"u\\u0000\""}, {"stop", "{}"}};
  const Parsed after(splice(body, kModel, kDefaults, kForced));
  require(after.request.has_value(), "a spliced body parses again");
  require(after.request->model == "x\"y", "the model is the one asked for");

  std::vector<Param> want;
  for (const Param& member : members) {
    const Param* param = find(kForced, member.key);
    want.push_back({member.key, member.key == "model" ? kModel
                                : param != nullptr    ? param->value
                                                      : member.value});
  }
  for (const std::vector<Param>* added : {&kForced, &kDefaults})
    for (const Param& param : *added)
      if (find(want, param.key) == nullptr) want.push_back(param);

  const auto have = parse_params(after.text());
  require(have && have->size() == want.size(), "a spliced body has the fields it should");
  for (std::size_t i = 0; i < want.size(); ++i)
    require((*have)[i].key == want[i].key && (*have)[i].value == want[i].value,
            "a field is as it should be");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Parsed body(smartroute::fuzz::view_of(data, size));
  (void)inspect_answer(body.text());
  const auto members = parse_params(body.text());
  if (!body.request) return 0;

  const ChatRequest& request = *body.request;
  require(members.has_value() && members->size() == request.fields.size(),
          "a chat body is a JSON object");
  require(inspect_answer(body.text()).is_json_object, "a chat body reads as an answer too");
  require(!request.model.empty() && request.model.size() <= kMaxModelBytes,
          "the model's name is bounded");
  require(body.at(request.object_end) == "}", "the object's end is its brace");
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    require(body.at(request.fields[i].key).size() >= 2, "a key has quotes");
    require(body.at(request.fields[i].value) == (*members)[i].value, "both readers see one value");
  }
  std::string text;
  append_text(body.text(), request.user_content(0), 64, text);
  require(text.size() <= 64, "the text keeps its limit");

  require(splice(body, body.at(request.model_value), {}, {}) == body.text(),
          "without edits nothing changes");
  check_edits(body, *members);
  return 0;
}
