// The checks of `smartroute doctor`, a group each. They judge; what needs an answer of a gateway was asked for by gather().
#pragma once
#include "tools/cli/doctor_facts.hpp"
#include "tools/cli/doctor_report.hpp"

namespace smartroute::cli {

FindingGroup check_local(const DoctorOptions& options, const GatewayFacts& facts);
FindingGroup check_configuration(const DoctorOptions& options, const GatewayFacts& facts);
FindingGroup check_control(const DoctorOptions& options, const GatewayFacts& facts);
FindingGroup check_data_planes(const DoctorOptions& options, const GatewayFacts& facts);
// Calls the providers, one after the other, for kProvidersTime in all.
FindingGroup check_providers(const DoctorOptions& options, const GatewayFacts& facts);
FindingGroup check_security(const DoctorOptions& options, const GatewayFacts& facts);
FindingGroup check_dashboard(const GatewayFacts& facts);

constexpr std::chrono::milliseconds kProvidersTime{30'000};

}  // namespace smartroute::cli
