#include "dataplane/core/classify/tier_weights.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>

namespace smartroute::classify {
namespace {

static_assert(std::endian::native == std::endian::little, "the weights file is read as it lies");

constexpr std::array<char, 4> kMagic = {'S', 'R', 'T', 'W'};
constexpr std::size_t kChecked = 20;  // the checksum covers what follows it
constexpr std::size_t kTableBegins = 24;
constexpr std::size_t kEntryBytes = 12;
constexpr std::size_t kSectionAlign = 64;
constexpr std::size_t kPlanBytes = 12 + kPoolCount * sizeof(float);

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  return table;
}();

std::uint32_t checksum_of(std::span<const std::byte> bytes) noexcept {
  std::uint32_t c = 0xffffffffu;
  for (const std::byte b : bytes) c = kCrcTable[(c ^ static_cast<std::uint32_t>(b)) & 0xff] ^ c >> 8;
  return ~c;
}

auto wrong(const std::string& what) { return fail(ErrorKind::Invalid, "classifier weights: " + what); }

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t at) noexcept {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

using Sections = std::array<std::span<const std::byte>, kMostSections + 1>;  // by number

Result<Sections> read_sections(std::span<const std::byte> bytes) {
  if (bytes.size() < kTableBegins) return wrong("shorter than a header");
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) return wrong("not a weights file");
  if (const auto format = number_at(bytes, 4); format != kWeightsFormat)
    return wrong("format " + std::to_string(format) + ", this program reads " + std::to_string(kWeightsFormat));
  if (const auto version = number_at(bytes, 8); version != kFeatureVersion)
    return wrong("trained on features " + std::to_string(version) + ", this program has " +
                 std::to_string(kFeatureVersion));
  if (const auto size = number_at(bytes, 12); size != bytes.size())
    return wrong(std::to_string(bytes.size()) + " bytes instead of " + std::to_string(size));
  if (checksum_of(bytes.subspan(kChecked)) != number_at(bytes, 16)) return wrong("checksum does not fit");
  const std::size_t count = number_at(bytes, 20);
  if (count > kMostSections || bytes.size() - kTableBegins < count * kEntryBytes) return wrong("section table too long");
  Sections sections;
  std::size_t free_from = kTableBegins + count * kEntryBytes;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t entry = kTableBegins + i * kEntryBytes;
    const std::uint32_t number = number_at(bytes, entry);
    const std::size_t offset = number_at(bytes, entry + 4), length = number_at(bytes, entry + 8);
    if (offset < free_from || offset > bytes.size() || length > bytes.size() - offset)
      return wrong("section " + std::to_string(number) + " lies outside");
    free_from = offset + length;
    if (number < sections.size()) sections[number] = bytes.subspan(offset, length);
  }
  return sections;
}

template <std::size_t kCount>
bool take_floats(std::span<const std::byte>& from, std::array<float, kCount>& to) noexcept {
  if (from.size() < sizeof to) return false;
  std::memcpy(to.data(), from.data(), sizeof to);
  from = from.subspan(sizeof to);
  for (const float value : to)
    if (!std::isfinite(value)) return false;
  return true;
}

bool read_decision(std::span<const std::byte> from, TierWeights& w) noexcept {
  std::array<float, 1> sharpness;
  if (!take_floats(from, w.start) || !take_floats(from, sharpness)) return false;
  for (auto& row : w.cost)
    if (!take_floats(from, row)) return false;
  w.sharpness = sharpness[0];
  return from.empty() && w.sharpness > 0;
}

template <class T>
void append(std::vector<std::byte>& out, const T* data, std::size_t count) {
  const auto* from = reinterpret_cast<const std::byte*>(data);
  out.insert(out.end(), from, from + count * sizeof(T));
}

void put_number(std::vector<std::byte>& out, std::size_t at, std::uint32_t value) noexcept {
  std::memcpy(out.data() + at, &value, sizeof value);
}

}  // namespace

Result<TierWeights> read_weights(std::span<const std::byte> bytes) {
  const auto sections = read_sections(bytes);
  if (!sections) return tl::unexpected(sections.error());
  const auto section = [&sections](Section s) { return (*sections)[static_cast<std::size_t>(s)]; };
  TierWeights w;
  const auto plan = section(Section::Plan);
  if (plan.size() != kPlanBytes) return wrong("no plan");
  w.groups = number_at(plan, 0);
  if (number_at(plan, 4) != kMarginCount || number_at(plan, 8) != kPoolCount) return wrong("rows of another size");
  auto steps = plan.subspan(12);
  if (w.groups == 0 || w.groups > kMostGroups || !take_floats(steps, w.step)) return wrong("plan out of bounds");
  w.table = section(Section::Table);
  if (w.table.size() != w.groups * kGroupBytes) return wrong("table and plan do not fit");
  if (!read_decision(section(Section::Decision), w)) return wrong("decision section");
  w.checksum = number_at(bytes, 16);
  return w;
}

std::vector<std::byte> write_weights(const TierWeights& w) {
  std::vector<std::byte> plan, decision;
  const std::array<std::uint32_t, 3> numbers = {w.groups, kMarginCount, kPoolCount};
  append(plan, numbers.data(), numbers.size());
  append(plan, w.step.data(), w.step.size());
  append(decision, w.start.data(), w.start.size());
  append(decision, &w.sharpness, 1);
  for (const auto& row : w.cost) append(decision, row.data(), row.size());
  struct Part {
    Section number;
    std::span<const std::byte> bytes;
  };
  const std::array<Part, 3> parts = {Part{Section::Plan, plan}, Part{Section::Table, w.table},
                                     Part{Section::Decision, decision}};
  std::vector<std::byte> out(kTableBegins + parts.size() * kEntryBytes);
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  put_number(out, 4, kWeightsFormat);
  put_number(out, 8, kFeatureVersion);
  put_number(out, 20, static_cast<std::uint32_t>(parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    out.resize((out.size() + kSectionAlign - 1) / kSectionAlign * kSectionAlign);
    const std::size_t entry = kTableBegins + i * kEntryBytes;
    put_number(out, entry, static_cast<std::uint32_t>(parts[i].number));
    put_number(out, entry + 4, static_cast<std::uint32_t>(out.size()));
    put_number(out, entry + 8, static_cast<std::uint32_t>(parts[i].bytes.size()));
    out.insert(out.end(), parts[i].bytes.begin(), parts[i].bytes.end());
  }
  put_number(out, 12, static_cast<std::uint32_t>(out.size()));
  put_number(out, 16, checksum_of(std::span<const std::byte>(out).subspan(kChecked)));
  return out;
}

}  // namespace smartroute::classify
