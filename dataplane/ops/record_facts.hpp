// The few facts of an encoded record that metrics of a settled account need. Reading them from the wire costs no copy of the texts beside them.
#pragma once
#include <cstdint>
#include <string_view>

namespace smartroute::ops {

// Views point into the record.
struct RecordFacts {
  std::int64_t first_byte_us = 0, completed_us = 0;
  bool streaming = false;
  std::string_view requested_model, mode, ending;
  std::string_view first_tried;  // model of the first attempt
};

// Of v1::RequestRecord. What cannot be read is left as it is.
RecordFacts facts_of(std::string_view record);

}  // namespace smartroute::ops
