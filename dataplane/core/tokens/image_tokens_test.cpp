#include "dataplane/core/tokens/image_tokens.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "dataplane/core/tokens/base64_text.hpp"
#include "dataplane/core/tokens/tokenizer_choice.hpp"

namespace smartroute::tokens {
namespace {

using testing::base64;
using testing::png;
using namespace std::string_literals;

TEST(ImageTokens, AreAsDocumented) {
  struct Row {
    const char* model;
    ImageSize size;
    Detail detail;
    std::uint64_t tokens;
  };
  const Row rows[] = {
      {"gpt-4o", {1'024, 1'024}, Detail::High, 765},
      {"gpt-4o", {2'048, 4'096}, Detail::High, 1'105},
      {"gpt-4o", {4'096, 8'192}, Detail::Low, 85},
      {"gpt-4o", {512, 512}, Detail::High, 255},
      {"gpt-4o", {513, 512}, Detail::High, 425},
      {"gpt-4o", {1, 1}, Detail::High, 255},
      {"gpt-4o", {4'000'000'000, 1}, Detail::High, 85 + 4 * 170},
      {"gpt-4.1", {1'024, 1'024}, Detail::High, 765},
      {"gpt-4-turbo", {1'024, 1'024}, Detail::High, 765},
      {"gpt-4o-mini", {1'024, 1'024}, Detail::High, 2'833 + 4 * 5'667},
      {"gpt-4o-mini", {9, 9}, Detail::Low, 2'833},
      {"o1", {1'024, 1'024}, Detail::High, 75 + 4 * 150},
      {"gpt-5", {1'024, 1'024}, Detail::High, 70 + 4 * 140},
      {"gpt-4.1-mini", {1'024, 1'024}, Detail::High, 1'659},
      {"gpt-4.1-mini", {1'800, 2'400}, Detail::High, 2'353},  // 1,452 patches
      {"gpt-4.1-nano", {1'024, 1'024}, Detail::High, 2'520},
      {"o4-mini", {1'024, 1'024}, Detail::High, 1'762},
      {"gpt-5-mini", {1'024, 1'024}, Detail::High, 1'659},
      {"gpt-5-nano", {1'024, 1'024}, Detail::High, 2'520},
      {"gpt-4.1-mini", {4'000'000'000, 4'000'000'000}, Detail::High, 2'465},
      {"gpt-4.1-mini", {4'000'000'000, 1}, Detail::High, 2},
      {"gpt-4.1-mini", {2'048, 2'048}, Detail::Low, 415},
      {"claude-sonnet-4", {1'000, 1'000}, Detail::High, 1'334},
      {"claude-sonnet-4", {200, 200}, Detail::High, 54},
      {"claude-sonnet-4", {8'000, 8'000}, Detail::High, 1'600},
      {"gemini-2.5-pro", {384, 384}, Detail::High, 258},
      {"gemini-2.5-pro", {960, 540}, Detail::High, 516},
  };
  for (const Row& row : rows)
    EXPECT_EQ(image_tokens(tokenizer_of(row.model).prompt->image, row.size, row.detail), row.tokens)
        << row.model << " " << row.size.width << "x" << row.size.height;
}

std::string be(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}
std::string le(std::uint32_t value, int bytes) {
  const std::string out = be(value, bytes);
  return {out.rbegin(), out.rend()};
}

std::string jpeg(std::uint32_t width, std::uint32_t height, std::string segments) {
  return "\xff\xd8" + segments + "\xff\xc2" + be(17, 2) + "\x08" + be(height, 2) + be(width, 2) + std::string(20, '\1');
}

TEST(ImageSize, IsReadFromTheBeginningOfAFile) {
  struct Row {
    const char* name;
    std::string file;
    std::uint32_t width, height;  // 0: not known
  };
  const std::string app = "\xff\xe0" + be(16, 2) + std::string(14, 'J');
  const std::string exif = "\xff\xe1" + be(60'000, 2) + std::string(59'998, '\xff');
  const std::string tables = "\xff\xdb" + be(67, 2) + std::string(65, '\2') + "\xff\xc4" + be(20, 2) + std::string(18, '\3');
  const Row rows[] = {
      {"PNG", png(640, 480), 640, 480},
      {"PNG, enormous", png(0x7fffffff, 1), 0x7fffffff, 1},
      {"PNG without an area", png(0, 480), 0, 0},
      {"PNG, cut", png(640, 480).substr(0, 22), 0, 0},
      {"GIF", "GIF89a" + le(320, 2) + le(200, 2) + "xx", 320, 200},
      {"JPEG", jpeg(1'920, 1'080, app), 1'920, 1'080},
      {"JPEG with much in front", jpeg(1'920, 1'080, app + exif + exif + tables), 1'920, 1'080},
      {"JPEG with fill", jpeg(30, 20, "\xff\xff\xff"s + app.substr(1)), 30, 20},
      {"JPEG that has begun to speak", jpeg(30, 20, "\xff\xda" + be(8, 2) + "abcdef"), 0, 0},
      {"JPEG with a segment of no length", jpeg(30, 20, "\xff\xe0" + be(0, 2)), 0, 0},
      {"JPEG, garbled", jpeg(30, 20, "zz"), 0, 0},
      {"WebP, lossy", "RIFF\0\0\0\0WEBPVP8 "s + le(99, 4) + "abc\x9d\x01\x2a" + le(550, 2) + le(368, 2), 550, 368},
      {"WebP, lossless", "RIFF\0\0\0\0WEBPVP8L"s + le(99, 4) + "\x2f" + le((386 - 1) | (395 - 1) << 14, 4), 386, 395},
      {"WebP, extended", "RIFF\0\0\0\0WEBPVP8X"s + le(10, 4) + le(0, 4) + le(1'023, 3) + le(767, 3), 1'024, 768},
      {"WebP, extended and cut", "RIFF\0\0\0\0WEBPVP8X"s + le(10, 4) + le(0, 4) + le(1'023, 3), 0, 0},
      {"WebP of another kind", "RIFF\0\0\0\0WEBPXXXX"s + std::string(30, 'x'), 0, 0},
      {"PDF", "%PDF-1.7\n" + std::string(50, 'x'), 0, 0},
      {"nothing", "", 0, 0},
  };
  for (const Row& row : rows) {
    const auto size = image_size(base64(row.file));
    EXPECT_EQ(size ? size->width : 0, row.width) << row.name;
    EXPECT_EQ(size ? size->height : 0, row.height) << row.name;
  }
}

TEST(ImageSize, IsNotInventedForWhatIsNoBase64) {
  const std::string good = base64(png(640, 480));
  for (std::size_t cut = 0; cut < 32; ++cut) EXPECT_FALSE(image_size(std::string(good, 0, cut)).has_value()) << cut;
  ASSERT_TRUE(image_size(std::string(good, 0, 32)).has_value());
  for (std::size_t at = 0; at < 32; ++at) {
    if (at > 10 && at < 16) continue;  // a length that nobody asks for
    std::string bad = good;
    bad[at] = '!';
    EXPECT_FALSE(image_size(bad).has_value()) << at;
  }
}

TEST(ImageSize, LooksAtSoManySegmentsAndNoMore) {
  std::string segments;
  for (int i = 0; i < kMaxSegments; ++i) segments += "\xff\xe0" + be(2, 2);
  EXPECT_FALSE(image_size(base64(jpeg(30, 20, segments))).has_value());
  EXPECT_TRUE(image_size(base64(jpeg(30, 20, segments.substr(4)))).has_value());
}

TEST(DataOfUrl, IsTheBase64OfADataUrl) {
  EXPECT_EQ(data_of_url("data:image/png;base64,AAAA"), "AAAA");
  EXPECT_EQ(data_of_url("data:image/png;charset=x;base64,AAAA"), "AAAA");
  EXPECT_EQ(data_of_url("data:text/plain,AAAA"), "");
  EXPECT_EQ(data_of_url("https://example.com/a;base64,AAAA"), "");
  EXPECT_EQ(data_of_url(""), "");
}

}  // namespace
}  // namespace smartroute::tokens
