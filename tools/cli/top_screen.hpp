// What `smartroute top` shows: one look at a running gateway. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "smartroute/v1/admin.pb.h"
#include "tools/cli/terminal.hpp"

namespace smartroute::cli {

struct TopSnapshot {
  std::string admin;     // address that was asked
  std::string complaint;  // why the last look failed; what stands below is older then
  int window_minutes = 5;
  admin::v1::GetAboutResponse about;
  admin::v1::GetStatsResponse all;       // totals of the window
  admin::v1::GetStatsResponse tiers;     // by tier
  admin::v1::GetStatsResponse models;    // by model
  admin::v1::ListModelHealthResponse health;
  admin::v1::ListInstancesResponse fleet;
  admin::v1::ListRecordsResponse errors;  // newest first
};

// Lines without their ends, none wider than `size.columns`, as many as `size.rows` at most: of long lists the end is left out. rows 0: all of it.
std::vector<std::string> top_lines(const TopSnapshot& snapshot, ScreenSize size, Style style);

// One object, with the numbers of the screen.
std::string top_json(const TopSnapshot& snapshot);

}  // namespace smartroute::cli
