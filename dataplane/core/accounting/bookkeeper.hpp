// Closes the account of one request: its texts are redacted, its tokens counted where the provider did not, its cost computed, and the record becomes
// what goes to the control plane.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/core/accounting/entry.hpp"
#include "dataplane/core/accounting/redaction.hpp"
#include "dataplane/core/accounting/settled_observer.hpp"
#include "dataplane/core/accounting/settlement.hpp"

namespace smartroute::v1 {
class RequestRecord;
}

namespace smartroute::accounting {

// Reusable memory; one thread.
class Bookkeeper {
 public:
  explicit Bookkeeper(std::uint64_t hash_seed);
  ~Bookkeeper();
  Bookkeeper(const Bookkeeper&) = delete;
  Bookkeeper& operator=(const Bookkeeper&) = delete;

  struct Closed {
    Settled settled;              // views into the entry and into `out`, good until either changes; without a record: it could not be read
    std::size_t redactions = 0;
    unsigned local_counts = 0;    // of prompt and completion: counted or estimated here
  };
  // Appends the bytes of the whole v1::RequestRecord to `out`.
  Closed close(const Entry& entry, const Redactor& redactor, std::string& out);
  Closed close(Entry&&, const Redactor&, std::string&) = delete;   // the views would be of what is gone

 private:
  struct Body {
    std::string_view text;
    bool cut = false;
  };
  Body body_of(std::string_view text, std::uint64_t size, bool whole, std::size_t most, const Redactor& redactor,
               std::string& room, std::size_t& redactions) const;
  void encode_account(const EntryHead& head, const Account& account, const Body& request, const Body& response);

  Settler settler_;
  std::unique_ptr<v1::RequestRecord> account_;   // of what is added to the record, but for the bodies
  std::string encoded_, record_room_, request_room_, response_room_;
};

}  // namespace smartroute::accounting
