// Traffic for tests and measurements of the log store: records as a gateway in use writes them, with bodies that compress as real ones do.
#pragma once
#include <cstdint>
#include <string>

#include "contract/base/random.hpp"
#include "smartroute/v1/telemetry.pb.h"

namespace smartroute::store {

class LogLoad {
 public:
  struct Shape {
    std::int64_t begin_us = 1'700'000'000'000'000;
    double step_us = 500;         // from one record to the next
    bool bodies = true;
    int keys = 40, instances = 4;
  };
  LogLoad(Shape shape, std::uint64_t seed) : shape_(shape), random_(seed) {}

  // The next `records` of the load, of one instance.
  v1::ReportRequest batch(int records);
  std::int64_t now_us() const { return shape_.begin_us + static_cast<std::int64_t>(shape_.step_us * static_cast<double>(made_)); }
  std::uint64_t made() const { return made_; }

 private:
  void fill(v1::RequestRecord& record);
  std::string prose(std::size_t bytes);

  const Shape shape_;
  SeededRandom random_;
  std::uint64_t made_ = 0;
};

}  // namespace smartroute::store
