// The demo's two providers, inside the process that runs it, and the folder that remembers where
// they were.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "contract/base/result.hpp"

namespace smartroute::mock_provider {
class MockProvider;
}

namespace smartroute::cli {

class Demo {
 public:
  Demo();
  ~Demo();  // stops the providers

  // Starts both on the ports that `state` remembers, so that a configuration stored there stays
  // right. When those are taken, or nothing is remembered, on free ones: then everything the demo
  // had stored in `state` is removed first. Only ever call it with a folder that belongs to the
  // demo.
  Result<void> start(const std::filesystem::path& state);

  bool was_reset() const { return was_reset_; }  // stored demo data had to go
  // The configuration over the two providers.
  std::string config() const;

 private:
  Result<void> start_on(std::uint16_t steady_port, std::uint16_t shaky_port);

  std::unique_ptr<mock_provider::MockProvider> steady_;
  std::unique_ptr<mock_provider::MockProvider> shaky_;
  bool was_reset_ = false;
};

}  // namespace smartroute::cli
