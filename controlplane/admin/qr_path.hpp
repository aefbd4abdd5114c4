// A QR code as the outline of its dark modules. Pure.
#pragma once
#include <cstdint>
#include <string>

namespace smartroute::control::admin {

struct QrPath {
  std::string path;           // `d` of an SVG path, one unit a module; empty: the text does not fit
  std::uint32_t modules = 0;  // width and height, without quiet zone
};
QrPath qr_path(const std::string& text);

}  // namespace smartroute::control::admin
