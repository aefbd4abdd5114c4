// Spellings that have led other gateways into their own networks, and what this one makes of each. tests/security/ssrf.test.mjs plays
// them over whole processes.
#include <gtest/gtest.h>

#include "contract/config/base_url.hpp"

namespace smartroute::config {
namespace {

struct Refusal {
  const char* url;
  const char* says;
};

TEST(BaseUrlCorpus, RefusesSpellingsThatTwoProgramsReadDifferently) {
  const Refusal rows[] = {
      {"http://2130706433/v1", "if 127.0.0.1 is meant, write that"},
      {"http://2130706433:8080", "127.0.0.1"},
      {"http://0177.0.0.1", "127.0.0.1"},
      {"http://0177.0.0.01", "127.0.0.1"},
      {"http://017700000001", "127.0.0.1"},
      {"http://0x7f000001", "127.0.0.1"},
      {"http://0x7f.0x0.0x0.0x1", "127.0.0.1"},
      {"http://0X7F.1", "127.0.0.1"},
      {"http://127.1", "127.0.0.1"},
      {"http://127.0.1", "127.0.0.1"},
      {"http://0", "0.0.0.0"},
      {"http://0x0", "0.0.0.0"},
      {"http://2852039166/latest/meta-data", "169.254.169.254"},
      {"http://0xa9fea9fe", "169.254.169.254"},
      {"http://0251.0376.0251.0376", "169.254.169.254"},
      {"http://169.254.43518", "169.254.169.254"},
      {"http://169.16689662", "169.254.169.254"},
      {"http://010.0.0.1", "8.0.0.1"},
      {"http://127.0.0.001", "127.0.0.1"},
      {"http://127.0.0.256", "four decimal numbers"},
      {"http://4294967296", "four decimal numbers"},
      {"http://1.2.3.4.5", "four decimal numbers"},
      {"http://[::ffff:127.0.0.1]", "stands for the IPv4 address 127.0.0.1; write that"},
      {"http://[::ffff:7f00:1]:8080/v1", "127.0.0.1"},
      {"http://[::FFFF:7F00:0001]", "127.0.0.1"},
      {"http://[0:0:0:0:0:ffff:127.0.0.1]", "127.0.0.1"},
      {"http://[::127.0.0.1]", "127.0.0.1"},
      {"http://[::7f00:1]", "127.0.0.1"},
      {"http://[::ffff:8.8.8.8]", "8.8.8.8"},
      {"http://[::ffff:a9fe:a9fe]", "169.254.169.254"},
      {"http://[::ffff:0:127.0.0.1]", "127.0.0.1"},
      {"http://[64:ff9b::127.0.0.1]", "127.0.0.1"},
      {"http://[64:ff9b::a9fe:a9fe]", "169.254.169.254"},
      {"http://[2002:7f00:1::]", "127.0.0.1"},
      {"http://[2002:a9fe:a9fe::1]", "169.254.169.254"},
      {"http://[2002:c0a8:101::1]", "192.168.1.1"},
      {"http://[2001:0:4136:e378:8000:63bf:80ff:fffe]", "127.0.0.1"},
      {"http://[2001::5601:5601]", "169.254.169.254"},
      {"http://[fe80::1%25eth0]", "wrong IPv6"},
      {"http://[fe80::1%eth0]", "wrong IPv6"},
      {"http://[::1%25lo]", "wrong IPv6"},
      {"http://[127.0.0.1]", "wrong IPv6"},
      {"http://[::1", "closing bracket"},
      {"http://::1", "without brackets"},
      {"http://localhost.", "dot at its end"},
      {"http://127.0.0.1.", "dot at its end"},
      {"http://metadata.google.internal.", "dot at its end"},
      {"http://api.openai.com@127.0.0.1", "user or password"},
      {"http://127.0.0.1@api.openai.com", "user or password"},
      {"http://api.openai.com:443@169.254.169.254/", "user or password"},
      {"http://api.openai.com%40127.0.0.1", "names cannot have"},
      {"http://127%2e0%2e0%2e1", "names cannot have"},
      {"http://%6c%6f%63alhost", "names cannot have"},
      {"http://api.openai.com\\@127.0.0.1", "backslash"},
      {"http:\\\\127.0.0.1", "must begin with"},
      {"http://api.openai.com#@127.0.0.1", "fragment"},
      {"http://api.openai.com?@127.0.0.1", "query"},
      {"http:///127.0.0.1", "no host"},
      {"http:127.0.0.1", "must begin with"},
      {"//127.0.0.1", "must begin with"},
      {"http://１２７.０.０.１", "outside ASCII"},
      {"http://①②⑦.⓪.⓪.①", "outside ASCII"},
      {"http://127。0。0。1", "outside ASCII"},
      {"http://127．0．0．1", "outside ASCII"},
      {"http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "outside ASCII"},
      {"http://locaⅼhost", "outside ASCII"},
      {"http://127.0.0.1\t/", "space"},
      {"http://127.0.0.1 /", "space"},
      {"http://127.0.0.1\r\nHost: x", "space"},
      {"gopher://127.0.0.1:6379/_x", "must begin with"},
      {"file:///etc/passwd", "must begin with"},
      {"ftp://127.0.0.1", "must begin with"},
      {"unix:///run/docker.sock", "must begin with"},
      {"http://127.0.0.1:80:80", "two ports"},
      {"http://127.0.0.1:0", "port"},
      {"http://127.0.0.1:65616", "port"},
      {"http://api.openai.com/../../x", "'..'"},
      {"http://api.openai.com/v1/%2e%2e/x", "hides"},
  };
  for (const auto& [url, says] : rows) {
    const auto read = parse_base_url(url);
    ASSERT_FALSE(read.has_value()) << url;
    EXPECT_NE(read.error().text().find(says), std::string::npos) << url << ": " << read.error().text();
  }
}

TEST(BaseUrlCorpus, ReadsPlainSpellingsAsWhatTheyAre) {
  struct Row {
    const char* url;
    HostKind kind;
  };
  const Row rows[] = {
      {"http://127.0.0.1:11434/v1", HostKind::Loopback},
      {"HtTp://127.0.0.1", HostKind::Loopback},
      {"http://127.53.0.9", HostKind::Loopback},
      {"http://localhost", HostKind::Loopback},
      {"http://LOCALHOST", HostKind::Loopback},
      {"http://anything.localhost", HostKind::Loopback},
      {"http://[::1]", HostKind::Loopback},
      {"http://[0:0:0:0:0:0:0:1]", HostKind::Loopback},
      {"http://[0000::0001]", HostKind::Loopback},
      {"http://10.0.0.1", HostKind::Private},
      {"http://172.31.255.255", HostKind::Private},
      {"http://192.168.1.1", HostKind::Private},
      {"http://100.127.255.255", HostKind::Private},
      {"http://192.0.0.170", HostKind::Private},
      {"http://[fd12:3456::1]", HostKind::Private},
      {"http://[fec0::1]", HostKind::Private},
      {"http://[64:ff9b:1::1]", HostKind::Private},
      {"http://ollama:11434", HostKind::Private},
      {"http://vllm.default.svc", HostKind::Private},
      {"http://169.254.169.254", HostKind::LinkLocal},
      {"http://169.254.0.23", HostKind::LinkLocal},
      {"http://100.100.100.200", HostKind::LinkLocal},
      {"http://168.63.129.16", HostKind::LinkLocal},
      {"http://192.0.0.192", HostKind::LinkLocal},
      {"http://[fe80::1]", HostKind::LinkLocal},
      {"http://[febf:ffff::1]", HostKind::LinkLocal},
      {"http://[fd00:ec2::254]", HostKind::LinkLocal},
      {"http://[FD00:0EC2::254]", HostKind::LinkLocal},
      {"http://[fd20:ce::254]", HostKind::LinkLocal},
      {"http://[fd00:42::42]", HostKind::LinkLocal},
      {"http://[64:ff9b:1:a9fe:a9:fe00::]", HostKind::LinkLocal},
      {"http://[64:ff9b:1::a9fe:a9fe]", HostKind::LinkLocal},
      {"http://metadata.google.internal", HostKind::LinkLocal},
      {"http://METADATA.google.INTERNAL", HostKind::LinkLocal},
      {"http://metadata", HostKind::LinkLocal},
      {"http://metadata.tencentyun.com", HostKind::LinkLocal},
      {"http://0.0.0.0", HostKind::Unusable},
      {"http://0.1.2.3", HostKind::Unusable},
      {"http://[::]", HostKind::Unusable},
      {"http://[0:0:0:0:0:0:0:0]", HostKind::Unusable},
      {"http://224.0.0.1", HostKind::Unusable},
      {"http://255.255.255.255", HostKind::Unusable},
      {"http://[ff02::1]", HostKind::Unusable},
      {"https://8.8.8.8", HostKind::Public},
      {"https://[2606:4700::1111]", HostKind::Public},
      {"https://[64:ff9b::8.8.8.8]", HostKind::Public},
      {"https://[2002:808:808::1]", HostKind::Public},
      {"https://198.18.0.1", HostKind::Public},
      {"https://127.0.0.1.nip.io", HostKind::Public},          // a name: its addresses are judged when it is looked up
      {"https://localhost.localdomain", HostKind::Public},
      {"https://metadata.google.internal.evil.example", HostKind::Public},
      {"https://xn--bcher-kva.example", HostKind::Public},
  };
  for (const auto& [url, kind] : rows) {
    const auto read = parse_base_url(url);
    ASSERT_TRUE(read.has_value()) << url << ": " << read.error().text();
    EXPECT_EQ(classify_host(read->host), kind) << url;
  }
}

}  // namespace
}  // namespace smartroute::config
