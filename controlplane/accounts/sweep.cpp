#include "controlplane/accounts/sweep.hpp"

#include <utility>

namespace smartroute::control::accounts {

Sweep::Sweep(Accounts& accounts, std::function<void()> after) : accounts_(accounts) {
  every_.emplace(kEvery, [&accounts, after = std::move(after)] {
    accounts.tidy();
    after();
  });
}

Sweep::~Sweep() {
  every_.reset();
  accounts_.tidy();
}

}  // namespace smartroute::control::accounts
