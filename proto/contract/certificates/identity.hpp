// Who a data plane is, by its certificate. Its subject alternative names hold
//   URI spiffe://smartroute/instance/NAME     the data plane NAME, or
//   DNS NAME                                  the same, for authorities that give out no URIs.
// Data planes that come and go in numbers may share one certificate: a group. Its URI is the operator's word, by custom
// spiffe://smartroute/proxies; who shows it may say that it is any instance. Names are compared byte by byte; a common
// name and a wildcard count for nothing.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "contract/certificates/certificate.hpp"

namespace smartroute::certificates {

inline constexpr std::string_view kInstanceUriPrefix = "spiffe://smartroute/instance/";
inline constexpr std::string_view kGroupUri = "spiffe://smartroute/proxies";

std::string instance_uri(std::string_view instance);
// Characters that a name of an instance may have in a URI without being escaped: letters, digits and "-._~".
bool is_instance_name(std::string_view name);

bool has_uri(const Certificate& certificate, std::string_view uri);
// The certificate is of this instance, whatever the group.
bool is_instance(const Certificate& certificate, std::string_view instance);
// The instance that its first URI of this form names.
std::optional<std::string> named_instance(const Certificate& certificate);

// Its names in one line for messages: "URI spiffe://..., DNS edge-1"; "no names" without any.
std::string names_text(const Certificate& certificate);

}  // namespace smartroute::certificates
