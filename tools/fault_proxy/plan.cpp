#include "tools/fault_proxy/plan.hpp"

#include <array>
#include <utility>

#include "tools/fault_proxy/plan_json.hpp"
#include "tools/latin1.hpp"

namespace smartroute::fault_proxy {
namespace {

using Json = nlohmann::json;
using Ordered = nlohmann::ordered_json;

constexpr double kMaxNumber = 1e12;  // keeps sums far from overflow

template <class T>
using Names = std::pair<std::string_view, T>;
constexpr std::array<Names<Accept>, 3> kAccepts{
    {{"serve", Accept::Serve}, {"refuse", Accept::Refuse}, {"blackhole", Accept::Blackhole}}};
constexpr std::array<Names<Sizes>, 2> kSizes{{{"fixed", Sizes::Fixed}, {"random", Sizes::Random}}};
constexpr std::array<Names<Origin>, 2> kOrigins{{{"start", Origin::Start}, {"body", Origin::Body}}};
constexpr std::array<Names<Fault>, 8> kFaults{{{"none", Fault::None},
                                               {"cut", Fault::Cut},
                                               {"reset", Fault::Reset},
                                               {"half_close", Fault::HalfClose},
                                               {"stall", Fault::Stall},
                                               {"flip", Fault::Flip},
                                               {"insert", Fault::Insert},
                                               {"drop", Fault::Drop}}};

struct BadField {
  std::string why;
};

template <class T, std::size_t N>
T named(const Json& value, const std::array<Names<T>, N>& table) {
  std::string names;
  for (const auto& [name, meaning] : table) {
    if (value.is_string() && value.get_ref<const std::string&>() == name) return meaning;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  throw BadField{"must be one of " + names};
}

template <class T, std::size_t N>
std::string_view name_in(T meaning, const std::array<Names<T>, N>& table) noexcept {
  for (const auto& [name, value] : table)
    if (value == meaning) return name;
  return "";
}

std::uint64_t count(const Json& value) {
  if (!value.is_number()) throw BadField{"must be a number"};
  const double n = value.get<double>();
  if (!(n >= 0 && n <= kMaxNumber)) throw BadField{"must lie between 0 and 1e12"};
  return static_cast<std::uint64_t>(n);
}

std::chrono::milliseconds millis(const Json& value) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(count(value)));
}

// U+0000 to U+00FF, one byte each.
std::string latin1(const Json& value) {
  if (!value.is_string()) throw BadField{"must be a text"};
  auto bytes = tools::latin1_bytes(value.get_ref<const std::string&>());
  if (!bytes) throw BadField{"must hold no character above U+00FF: each is one byte"};
  return *std::move(bytes);
}

std::string utf8(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    const auto c = static_cast<unsigned char>(byte);
    if (c < 0x80) {
      out += byte;
    } else {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

void set_flow_field(Flow& flow, const std::string& name, const Json& value) {
  if (name == "delay_ms") {
    flow.delay = millis(value);
  } else if (name == "write_size") {
    flow.write_size = count(value);
  } else if (name == "sizes") {
    flow.sizes = named(value, kSizes);
  } else if (name == "gap_us") {
    flow.gap = std::chrono::microseconds(static_cast<std::int64_t>(count(value)));
  } else if (name == "bytes_per_s") {
    flow.bytes_per_second = count(value);
  } else if (name == "fault") {
    flow.fault = named(value, kFaults);
  } else if (name == "at") {
    flow.at = count(value);
  } else if (name == "from") {
    flow.from = named(value, kOrigins);
  } else if (name == "stall_ms") {
    flow.stall = millis(value);
  } else if (name == "mask") {
    const std::uint64_t mask = count(value);
    if (mask < 1 || mask > 255) throw BadField{"must lie between 1 and 255"};
    flow.mask = static_cast<std::uint8_t>(mask);
  } else if (name == "bytes") {
    flow.insert = latin1(value);
  } else if (name == "count") {
    flow.count = count(value);
  } else {
    throw BadField{"unknown field"};
  }
}

Result<Flow> flow_of(const Json& object, const std::string& where) {
  if (!object.is_object()) return fail(ErrorKind::Invalid, where + ": must be an object");
  Flow flow;
  for (const auto& [name, value] : object.items()) {
    try {
      set_flow_field(flow, name, value);
    } catch (const BadField& bad) {
      return fail(ErrorKind::Invalid, where + "." + name + ": " + bad.why);
    }
  }
  return flow;
}

Ordered json_of_flow(const Flow& flow) {
  const Flow plain;
  Ordered out = Ordered::object();
  if (flow.delay != plain.delay) out["delay_ms"] = flow.delay.count();
  if (flow.write_size != 0) out["write_size"] = flow.write_size;
  if (flow.sizes != plain.sizes) out["sizes"] = name_in(flow.sizes, kSizes);
  if (flow.gap != plain.gap) out["gap_us"] = flow.gap.count();
  if (flow.bytes_per_second != 0) out["bytes_per_s"] = flow.bytes_per_second;
  if (flow.fault != plain.fault) out["fault"] = name_of(flow.fault);
  if (flow.at != 0) out["at"] = flow.at;
  if (flow.from != plain.from) out["from"] = name_in(flow.from, kOrigins);
  if (flow.stall != plain.stall) out["stall_ms"] = flow.stall.count();
  if (flow.mask != plain.mask) out["mask"] = flow.mask;
  if (flow.insert != plain.insert) out["bytes"] = utf8(flow.insert);
  if (flow.count != plain.count) out["count"] = flow.count;
  return out;
}

}  // namespace

std::string_view name_of(Fault fault) noexcept { return name_in(fault, kFaults); }

Result<Plan> plan_of(const Json& object, const std::string& where) {
  if (!object.is_object()) return fail(ErrorKind::Invalid, where + ": must be an object");
  Plan plan;
  for (const auto& [name, value] : object.items()) {
    const std::string field = where + "." + name;
    try {
      if (name == "request" || name == "response") {
        auto flow = flow_of(value, field);
        if (!flow) return fail(std::move(flow).error());
        (name == "request" ? plan.request : plan.response) = *std::move(flow);
      } else if (name == "accept") {
        plan.accept = named(value, kAccepts);
      } else if (name == "connect_ms") {
        plan.connect_delay = millis(value);
      } else if (name == "seed") {
        plan.seed = count(value);
      } else {
        throw BadField{"unknown field"};
      }
    } catch (const BadField& bad) {
      return fail(ErrorKind::Invalid, field + ": " + bad.why);
    }
  }
  return plan;
}

Ordered json_of(const Plan& plan) {
  const Plan plain;
  Ordered out = Ordered::object();
  if (plan.accept != plain.accept) out["accept"] = name_in(plan.accept, kAccepts);
  if (plan.connect_delay != plain.connect_delay) out["connect_ms"] = plan.connect_delay.count();
  if (plan.seed != plain.seed) out["seed"] = plan.seed;
  if (plan.request != plain.request) out["request"] = json_of_flow(plan.request);
  if (plan.response != plain.response) out["response"] = json_of_flow(plan.response);
  return out;
}

Result<Plan> parse_plan(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  if (object.is_discarded()) return fail(ErrorKind::Invalid, "plan: not JSON");
  return plan_of(object, "plan");
}

std::string to_json(const Plan& plan) { return json_of(plan).dump(); }

}  // namespace smartroute::fault_proxy
