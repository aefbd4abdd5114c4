// Plans as values of the JSON library, for those who read documents that hold plans.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "tools/fault_proxy/plan.hpp"

namespace smartroute::fault_proxy {

// `where` begins the text of errors.
Result<Plan> plan_of(const nlohmann::json& object, const std::string& where);
nlohmann::ordered_json json_of(const Plan& plan);

}  // namespace smartroute::fault_proxy
