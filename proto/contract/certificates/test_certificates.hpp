// For tests: a certificate, its key and its authority; and keys that are not its.
#pragma once
#include <string>

namespace smartroute::certificates::test {

// Made for tests, and of use to nobody: openssl genpkey -algorithm ed25519; openssl x509 -req -days 36500.
// Names: URI spiffe://smartroute/instance/edge-1, DNS edge-1, DNS edge-1.example, IP 127.0.0.1.
inline const std::string kEdge = R"(-----BEGIN CERTIFICATE-----
MIIBkzCCAUWgAwIBAgIUFg47C+R4a+a7sik6Y6eihcq5QuEwBQYDK2VwMB0xGzAZ
BgNVBAMMEmEgdGVzdCdzIGF1dGhvcml0eTAgFw0yNjExMjMxNDAyMDFaGA8yMTI2
MTAzMDE0MDIwMVowIDENMAsGA1UECgwEVGVzdDEPMA0GA1UEAwwGZWRnZS0xMCow
BQYDK2VwAyEA6xPxERt98eoZ8d1qxALRUdpZDsQDPwbd2yPNyvGNhBWjgZEwgY4w
TAYDVR0RBEUwQ4Yjc3BpZmZlOi8vc21hcnRyb3V0ZS9pbnN0YW5jZS9lZGdlLTGC
BmVkZ2UtMYIOZWRnZS0xLmV4YW1wbGWHBH8AAAEwHQYDVR0OBBYEFC9aHCol0/X0
X1UYArOpFwKwbGyBMB8GA1UdIwQYMBaAFFBrfSvPAdpR8aAIldo4t379pi2rMAUG
AytlcANBAAptiNyxDpjgFDWWQ/SMYv6hvRxwI45Vmu4S/gsakfYAw9k8jJbeRuCT
3zewIVprQOtcAimi7JgLXXRvcxlUBQ4=
-----END CERTIFICATE-----
)";
inline const std::string kEdgeKey = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIAp1foTGBXqi1TyRep2MpQfBJZWEZIFCRDhH97NKJ2vJ
-----END PRIVATE KEY-----
)";
inline const std::string kAuthority = R"(-----BEGIN CERTIFICATE-----
MIIBUTCCAQOgAwIBAgIUIhCsUTqTmtCRzwvPFCBOU1Td5fkwBQYDK2VwMB0xGzAZ
BgNVBAMMEmEgdGVzdCdzIGF1dGhvcml0eTAgFw0yNjExMjMxNDAyMDFaGA8yMTI2
MTAzMDE0MDIwMVowHTEbMBkGA1UEAwwSYSB0ZXN0J3MgYXV0aG9yaXR5MCowBQYD
K2VwAyEAte2/nzoeVwaGbCAGCHqHy/7EptPsTq7joZJ74woXmUmjUzBRMB0GA1Ud
DgQWBBRQa30rzwHaUfGgCJXaOLd+/aYtqzAfBgNVHSMEGDAWgBRQa30rzwHaUfGg
CJXaOLd+/aYtqzAPBgNVHRMBAf8EBTADAQH/MAUGAytlcANBAOYkO/nN4OLRNcam
4bjVLAmEaWj2GFvhOwT8hBU8vx2omlV32fijRgSyneS/k8a7hQELRltXqh5uoq5L
tCL3YQY=
-----END CERTIFICATE-----
)";
inline const std::string kOtherKey = R"(-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIBl2Jwp3d0Px2q4mkCCRXbN0JY+MUBWAzmEG5UB2SN/P
-----END PRIVATE KEY-----
)";
inline const std::string kLockedKey = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjF7Ewo/1pAGgICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEPvRNjZcrgoehXD0pV0+rHoEQDoN
ce7R7p+E2db/fHayInsUhUeioCnffrwSkMs8NRs75SKnvaUeY2P4t+QtCxjRWUHy
rqfmGCbsK4vYULTtKXY=
-----END ENCRYPTED PRIVATE KEY-----
)";

}  // namespace smartroute::certificates::test
