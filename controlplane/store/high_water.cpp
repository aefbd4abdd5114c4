#include "controlplane/store/high_water.hpp"

#include <charconv>
#include <optional>

#include "contract/base/crc32c.hpp"

namespace smartroute::store {
namespace {

constexpr std::string_view kTitle = "smartroute high-water 1";
constexpr std::size_t kMaxTextBytes = 4096;

std::string hex32(std::uint32_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (int shift = 28; shift >= 0; shift -= 4) out += kDigits[value >> shift & 0xf];
  return out;
}

// Takes the next line "<name> <value>" off the text; nullopt if it is another one or not ended.
std::optional<std::string_view> take(std::string_view& text, std::string_view name) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  if (line.substr(0, name.size()) != name || line.size() <= name.size() + 1 ||
      line[name.size()] != ' ')
    return std::nullopt;
  text.remove_prefix(end + 1);
  return line.substr(name.size() + 1);
}

std::optional<std::uint64_t> number(const std::optional<std::string_view>& text) {
  if (!text) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) return std::nullopt;
  return value;
}

auto unreadable(std::string what) { return fail(ErrorKind::Storage, std::move(what)); }

}  // namespace

std::string encode_high_water(const HighWater& mark) {
  std::string text(kTitle);
  text += "\nstore " + mark.store_id;
  text += "\ncommit " + std::to_string(mark.commit);
  text += "\nrevision " + std::to_string(mark.revision.number);
  text += "\nfingerprint " + (mark.fingerprint.empty() ? "-" : mark.fingerprint) + "\n";
  return text + "check " + hex32(crc32c(text)) + "\n";
}

Result<HighWater> decode_high_water(std::string_view text) {
  if (text.size() > kMaxTextBytes) return unreadable("it is too long");
  std::string_view rest = text;
  if (rest.substr(0, kTitle.size() + 1) != std::string(kTitle) + "\n")
    return unreadable("it does not begin with '" + std::string(kTitle) + "'");
  rest.remove_prefix(kTitle.size() + 1);
  const auto store_id = take(rest, "store");
  const auto commit = number(take(rest, "commit"));
  const auto revision = number(take(rest, "revision"));
  const auto fingerprint = take(rest, "fingerprint");
  const std::string_view covered = text.substr(0, text.size() - rest.size());
  const auto check = take(rest, "check");
  if (!store_id || !commit || !revision || !fingerprint || !check || !rest.empty())
    return unreadable("a line is missing or not as written");
  if (*check != hex32(crc32c(covered))) return unreadable("its checksum does not match");
  HighWater mark;
  mark.store_id = std::string(*store_id);
  mark.commit = *commit;
  mark.revision = Revision{*revision};
  if (*fingerprint != "-") mark.fingerprint = std::string(*fingerprint);
  return mark;
}

}  // namespace smartroute::store
