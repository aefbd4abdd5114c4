#include "tools/fault_proxy/plan_book.hpp"

#include "tools/fault_proxy/plan_json.hpp"

namespace smartroute::fault_proxy {
namespace {

using Json = nlohmann::json;

bool is_document(const Json& object) {
  for (const char* field : {"default", "sequence", "repeat", "mix", "span"})
    if (object.contains(field)) return true;
  return false;
}

// A plan inside a JSON string has its quotes escaped, and all else that JSON escapes.
std::string unescaped(std::string_view text) {
  if (text.find("\\\"") == std::string_view::npos) return std::string(text);
  const Json string = Json::parse("\"" + std::string(text) + "\"", nullptr, false);
  return string.is_string() ? string.get<std::string>() : std::string(text);
}

Result<void> read_field(const std::string& name, const Json& value, PlanDocument& out) {
  const auto wrong = [&](const char* why) { return fail(ErrorKind::Invalid, name + ": " + why); };
  if (name == "default") {
    auto plan = plan_of(value, name);
    if (!plan) return fail(std::move(plan).error());
    out.fallback = *std::move(plan);
  } else if (name == "sequence") {
    if (!value.is_array()) return wrong("must be an array of plans");
    for (std::size_t i = 0; i < value.size(); ++i) {
      auto plan = plan_of(value[i], "sequence[" + std::to_string(i) + "]");
      if (!plan) return fail(std::move(plan).error());
      out.sequence.push_back(*std::move(plan));
    }
  } else if (name == "repeat") {
    if (!value.is_boolean()) return wrong("must be true or false");
    out.repeat = value.get<bool>();
  } else if (name == "mix") {
    if (!value.is_string()) return wrong("must be a text such as cut:20,clean:80");
  } else if (name == "seed" || name == "span") {
    if (!value.is_number_unsigned()) return wrong("must be a whole number");
    if (name == "seed") out.seed = value.get<std::uint64_t>();
  } else {
    return wrong("unknown field");
  }
  return {};
}

}  // namespace

Result<PlanDocument> parse_document(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object()) return fail(ErrorKind::Invalid, "plan: must be a JSON object");
  PlanDocument out;
  if (!is_document(object)) {
    auto plan = plan_of(object, "plan");
    if (!plan) return fail(std::move(plan).error());
    out.fallback = *std::move(plan);
    return out;
  }
  for (const auto& [name, value] : object.items())
    if (auto read = read_field(name, value, out); !read) return fail(std::move(read).error());
  if (object.contains("mix")) {
    auto mix = Mix::parse(object["mix"].get<std::string>(),
                          object.value("span", std::uint64_t{Mix::kDefaultSpan}));
    if (!mix) return fail(std::move(mix).error());
    out.mix = *std::move(mix);
  }
  return out;
}

void PlanBook::set(PlanDocument document) {
  const std::lock_guard lock(mutex_);
  document_ = std::move(document);
}

void PlanBook::reset() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t open = counters_.open;
  counters_ = {};
  counters_.open = open;
}

Plan PlanBook::pick(std::uint64_t number) const {
  const auto& sequence = document_.sequence;
  if (!sequence.empty() && (document_.repeat || number < sequence.size()))
    return sequence[number % sequence.size()];
  if (document_.mix) return document_.mix->draw(document_.seed, number);
  return document_.fallback;
}

PlanBook::Drawn PlanBook::for_connection() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = counters_.connections++;
  ++counters_.open;
  return {number, pick(number), {}};
}

PlanBook::Drawn PlanBook::opening() {
  const std::lock_guard lock(mutex_);
  const std::uint64_t number = counters_.connections++;
  ++counters_.open;
  Plan plan;
  plan.accept = document_.fallback.accept;
  plan.connect_delay = document_.fallback.connect_delay;
  return {number, plan, {}};
}

PlanBook::Drawn PlanBook::for_request(std::string_view request) {
  const std::lock_guard lock(mutex_);
  Drawn drawn{counters_.requests++, {}, {}};
  const auto begin = request.find(mark_);
  if (begin == std::string_view::npos) {
    drawn.plan = pick(drawn.number);
    return drawn;
  }
  const std::string_view rest = request.substr(begin + mark_.size());
  auto plan = parse_plan(unescaped(rest.substr(0, rest.find("]]"))));
  if (plan) {
    drawn.plan = *std::move(plan);
  } else {
    drawn.problem = plan.error().text();
    drawn.plan.response.fault = Fault::Reset;
  }
  return drawn;
}

void PlanBook::note_fault(std::string_view name) {
  const std::lock_guard lock(mutex_);
  ++counters_.faults[std::string(name)];
}

void PlanBook::note_bytes(std::uint64_t request, std::uint64_t response) {
  const std::lock_guard lock(mutex_);
  counters_.request_bytes += request;
  counters_.response_bytes += response;
}

void PlanBook::note_upstream_failed() {
  const std::lock_guard lock(mutex_);
  ++counters_.upstream_failed;
}

void PlanBook::note_closed() {
  const std::lock_guard lock(mutex_);
  --counters_.open;
}

Counters PlanBook::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace smartroute::fault_proxy
