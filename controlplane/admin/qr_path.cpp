#include "controlplane/admin/qr_path.hpp"

#include <qrencode.h>

#include <memory>

namespace smartroute::control::admin {

QrPath qr_path(const std::string& text) {
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M), &QRcode_free);
  QrPath out;
  if (!code) return out;
  out.modules = static_cast<std::uint32_t>(code->width);
  const auto dark = [&](int x, int y) { return x < code->width && (code->data[y * code->width + x] & 1) != 0; };
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width; ++x) {
      if (!dark(x, y)) continue;
      const int from = x;
      while (dark(x, y)) ++x;
      const std::string run = std::to_string(x - from);
      out.path += "M" + std::to_string(from) + " " + std::to_string(y) + "h" + run + "v1h-" + run + "z";
    }
  }
  return out;
}

}  // namespace smartroute::control::admin
