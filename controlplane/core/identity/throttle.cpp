#include "controlplane/core/identity/throttle.hpp"

#include <algorithm>

namespace smartroute::control::identity {
namespace {

std::chrono::seconds rounded_up(SteadyTime::duration left) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds(1));
}

SteadyTime::duration wait_after(int failures) {
  auto wait = Throttle::kFirstWait;
  for (int i = Throttle::kFreeFailures; i < failures && wait < Throttle::kLongestWait; ++i) wait *= 2;
  return std::min(wait, Throttle::kLongestWait);
}

}  // namespace

template <class Entry>
Entry* Throttle::Table<Entry>::find(std::string_view key) {
  const auto found = by_key.find(key);
  return found == by_key.end() ? nullptr : &*found->second;
}

template <class Entry>
Entry& Throttle::Table<Entry>::get(std::string_view key, std::size_t most) {
  if (const auto found = by_key.find(key); found != by_key.end()) {
    entries.splice(entries.begin(), entries, found->second);
    return entries.front();
  }
  if (entries.size() >= most) {
    by_key.erase(entries.back().key);
    entries.pop_back();
  }
  entries.emplace_front();
  entries.front().key = key;
  by_key.emplace(entries.front().key, entries.begin());
  return entries.front();
}

template <class Entry>
void Throttle::Table<Entry>::erase(std::string_view key) {
  const auto found = by_key.find(key);
  if (found == by_key.end()) return;
  const auto entry = found->second;
  by_key.erase(found);  // before the text that its key looks at
  entries.erase(entry);
}

std::optional<std::chrono::seconds> Throttle::begin(std::string_view address, std::string_view account, SteadyTime now) {
  // An account is only remembered for a try that its address had left: or one address could push out all
  // the others, and what is known of them, with names that nobody has.
  if (const Account* const known = accounts_.find(account);
      known != nullptr && known->failures >= kFreeFailures && now < known->open_again)
    return rounded_up(known->open_again - now);
  Address& from = addresses_.get(address, kMaxAddresses);
  const auto begin = from.tries.begin();
  const auto fresh = std::find_if(begin, begin + static_cast<std::ptrdiff_t>(from.count),
                                  [now](SteadyTime at) { return now - at < kAddressWindow; });
  const auto kept = static_cast<std::size_t>(begin + static_cast<std::ptrdiff_t>(from.count) - fresh);
  std::copy(fresh, begin + static_cast<std::ptrdiff_t>(from.count), begin);
  from.count = kept;
  if (from.count == kAddressTries) return rounded_up(kAddressWindow - (now - from.tries.front()));
  from.tries[from.count++] = now;
  Account& who = accounts_.get(account, kMaxAccounts);
  if (who.failures > 0 && now - who.last >= kForgetAfter) who.failures = 0;
  ++who.failures;
  who.last = now;
  who.open_again = now + wait_after(who.failures);
  return std::nullopt;
}

void Throttle::take_back(std::string_view address) {
  if (Address* const from = addresses_.find(address); from != nullptr && from->count > 0) --from->count;
}

void Throttle::succeeded(std::string_view address, std::string_view account) {
  take_back(address);
  accounts_.erase(account);
}

void Throttle::undo(std::string_view address, std::string_view account) {
  take_back(address);
  Account* const who = accounts_.find(account);
  if (who == nullptr || who->failures == 0) return;
  --who->failures;
  who->open_again = who->last;
}

}  // namespace smartroute::control::identity
