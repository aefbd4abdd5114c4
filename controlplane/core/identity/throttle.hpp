// Bounds guessing. Each address gets kAddressTries in kAddressWindow, whatever it tries; each account
// gets kFreeFailures, and then has to wait twice as long after each further one, whoever tries. A try
// counts as a failure from its beginning, so that trying in parallel wins nothing. Accounts that do not
// exist are counted alike. Pure: the caller locks.
#pragma once
#include <array>
#include <chrono>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "contract/base/clock.hpp"

namespace smartroute::control::identity {

class Throttle {
 public:
  static constexpr std::size_t kAddressTries = 5;
  static constexpr std::chrono::seconds kAddressWindow{60};
  static constexpr int kFreeFailures = 3;
  static constexpr std::chrono::seconds kFirstWait{2};
  static constexpr std::chrono::seconds kLongestWait{15 * 60};
  static constexpr std::chrono::seconds kForgetAfter{60 * 60};  // without a failure
  // Remembered of each; the one seen longest ago is forgotten first.
  static constexpr std::size_t kMaxAddresses = 4'096, kMaxAccounts = 4'096;

  // Whether a try may be evaluated now: nullopt, or how long it has to wait. `account`: any key.
  std::optional<std::chrono::seconds> begin(std::string_view address, std::string_view account, SteadyTime now);
  // The try was right.
  void succeeded(std::string_view address, std::string_view account);
  // It was neither right nor wrong (a code was missing): as if it had not been.
  void undo(std::string_view address, std::string_view account);

 private:
  struct Address {
    std::string key;
    std::array<SteadyTime, kAddressTries> tries{};
    std::size_t count = 0;  // of tries within the window, oldest first
  };
  struct Account {
    std::string key;
    int failures = 0;
    SteadyTime last{};
    SteadyTime open_again{};
  };
  template <class Entry>
  struct Table {
    std::list<Entry> entries;  // last seen first
    std::unordered_map<std::string_view, typename std::list<Entry>::iterator> by_key;
    Entry* find(std::string_view key);
    Entry& get(std::string_view key, std::size_t most);
    void erase(std::string_view key);
  };
  void take_back(std::string_view address);

  Table<Address> addresses_;
  Table<Account> accounts_;
};

}  // namespace smartroute::control::identity
