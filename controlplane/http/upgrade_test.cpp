#include "controlplane/http/upgrade.hpp"

#include <gtest/gtest.h>

namespace smartroute::control::http {
namespace {

using Form = UpgradeOffer::Form;
const std::string kKeyLine = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const std::string kVersionLine = "Sec-WebSocket-Version: 13\r\n";
const std::string kOffer = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

std::string head(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

TEST(Upgrade, ReadsASoundOffer) {
  const auto offer = read_upgrade(
      head("connection: keep-alive, UPGRADE\r\nUPGRADE: h2c , WebSocket\r\n" + kKeyLine +
           kVersionLine + "Sec-WebSocket-Protocol: a,b\r\nsec-websocket-protocol: , c-1 ,\r\n"));
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->form, Form::Sound);
  EXPECT_EQ(offer->key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(offer->subprotocols, (std::vector<std::string>{"a", "b", "c-1"}));
}

TEST(Upgrade, IsNoneWithoutBothFields) {
  for (const char* fields :
       {"", "Upgrade: websocket\r\n", "Connection: upgrade\r\n",
        "Upgrade: h2c\r\nConnection: upgrade\r\n", "Upgrade: websocket\r\nConnection: close\r\n",
        "Upgrade: websockets\r\nConnection: upgrade\r\n"}) {
    EXPECT_FALSE(read_upgrade(head(fields))) << fields;
  }
}

TEST(Upgrade, JudgesTheRest) {
  const struct {
    const char* name;
    std::string fields;
    Form form;
  } rows[] = {
      {"no key", kVersionLine, Form::Malformed},
      {"two keys", kKeyLine + kKeyLine + kVersionLine, Form::Malformed},
      {"short key", "Sec-WebSocket-Key: abc=\r\n" + kVersionLine, Form::Malformed},
      {"key without padding", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQAA\r\n" + kVersionLine,
       Form::Malformed},
      {"key that is no base64", "Sec-WebSocket-Key: dGhlIHNhbXBs-SBub25jZQ==\r\n" + kVersionLine,
       Form::Malformed},
      {"no version", kKeyLine, Form::Malformed},
      {"two versions", kKeyLine + kVersionLine + kVersionLine, Form::Malformed},
      {"old version", kKeyLine + "Sec-WebSocket-Version: 8\r\n", Form::OtherVersion},
      {"subprotocol that is no token",
       kKeyLine + kVersionLine + "Sec-WebSocket-Protocol: a, b c\r\n", Form::Malformed},
      {"sound", kKeyLine + kVersionLine, Form::Sound},
  };
  for (const auto& row : rows) {
    const auto offer = read_upgrade(head(kOffer + row.fields));
    ASSERT_TRUE(offer) << row.name;
    EXPECT_EQ(offer->form, row.form) << row.name;
  }
}

}  // namespace
}  // namespace smartroute::control::http
