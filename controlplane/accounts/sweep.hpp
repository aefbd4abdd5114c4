// Looks in from time to time: expired sessions go, what was used last is stored, and whoever wants to
// know is told. Thread rule: construct and destroy on one thread.
#pragma once
#include <chrono>
#include <functional>
#include <optional>

#include "controlplane/accounts/accounts.hpp"
#include "controlplane/base/every.hpp"

namespace smartroute::control::accounts {

class Sweep {
 public:
  static constexpr std::chrono::seconds kEvery{15};
  // `after` is called on the sweeping thread behind each look. Both must outlive the sweep.
  Sweep(Accounts& accounts, std::function<void()> after);
  // Looks once more.
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

 private:
  Accounts& accounts_;
  std::optional<base::Every> every_;
};

}  // namespace smartroute::control::accounts
