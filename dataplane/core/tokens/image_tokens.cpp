#include "dataplane/core/tokens/image_tokens.hpp"

#include <algorithm>
#include <cmath>

namespace smartroute::tokens {
namespace {

constexpr double kWhole = 1e-6;  // so much below a whole number is rounding

double pixels(double side) noexcept { return std::max(1.0, std::floor(side + kWhole)); }
double pieces(double side, double piece) noexcept { return std::max(1.0, std::ceil(side / piece - kWhole)); }

std::uint64_t tiles(const ImageRule& rule, double width, double height, Detail detail) noexcept {
  constexpr double kLongest = 2'048, kShortest = 768, kTile = 512;
  if (detail == Detail::Low) return rule.base;
  const double fit = std::min(1.0, kLongest / std::max(width, height));
  width = pixels(width * fit);
  height = pixels(height * fit);
  const double shrink = std::min(1.0, kShortest / std::min(width, height));
  return rule.base + rule.unit * static_cast<std::uint64_t>(pieces(pixels(width * shrink), kTile) * pieces(pixels(height * shrink), kTile));
}

std::uint64_t patches(const ImageRule& rule, double width, double height, Detail detail) noexcept {
  constexpr double kPatch = 32, kMost = 1'536, kLowSide = 512;
  if (detail == Detail::Low) {
    const double fit = std::min(1.0, kLowSide / std::max(width, height));
    width *= fit;
    height *= fit;
  }
  double count = pieces(width, kPatch) * pieces(height, kPatch);
  if (count > kMost) {
    double scale = std::sqrt(kMost * kPatch * kPatch / (width * height));
    // ... and down to whole patches along the side that loses more.
    const double across = width * scale / kPatch, down = height * scale / kPatch;
    scale *= std::min(std::floor(across) / across, std::floor(down) / down);
    count = std::min(kMost, pieces(width * scale, kPatch) * pieces(height * scale, kPatch));
  }
  return static_cast<std::uint64_t>(std::ceil(count * rule.base / 1'000 - kWhole));
}

std::uint64_t area(const ImageRule& rule, double width, double height) noexcept {
  return static_cast<std::uint64_t>(std::ceil(std::clamp(width * height / rule.base - kWhole, 1.0, static_cast<double>(rule.unit))));
}

std::uint64_t squares(const ImageRule& rule, double width, double height) noexcept {
  constexpr double kSmall = 384, kSquare = 768, kMost = 3'072;
  if (width <= kSmall && height <= kSmall) return rule.base;
  const double fit = std::min(1.0, kMost / std::max(width, height));
  return rule.base * static_cast<std::uint64_t>(pieces(width * fit, kSquare) * pieces(height * fit, kSquare));
}

}  // namespace

std::uint64_t image_tokens(const ImageRule& rule, ImageSize size, Detail detail) noexcept {
  switch (rule.formula) {
    case ImageFormula::Tiles:
      return tiles(rule, size.width, size.height, detail);
    case ImageFormula::Patches:
      return patches(rule, size.width, size.height, detail);
    case ImageFormula::Area:
      return area(rule, size.width, size.height);
    case ImageFormula::Squares:
      return squares(rule, size.width, size.height);
  }
  return 0;
}

}  // namespace smartroute::tokens
