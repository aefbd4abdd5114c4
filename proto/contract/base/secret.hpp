// A value that must not be shown. It has no stream operator and no fmt formatter: code that tries to log one does not compile.
#pragma once
#include <string>
#include <string_view>
#include <utility>

namespace smartroute {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) noexcept = default;
  ~Secret() { wipe(); }

  // The only way out. Call it where the value is used, never to keep a copy.
  std::string_view reveal() const noexcept { return value_; }
  bool empty() const noexcept { return value_.empty(); }
  // What may be shown: "…" and the last four characters, or only "…" when the secret is shorter than 12 bytes.
  std::string hint() const;
  // Equal-time comparison: takes as long for a wrong first byte as for a wrong last one.
  friend bool operator==(const Secret& a, const Secret& b) noexcept;

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace smartroute
