// For tests: keys of every shape, made up here, and texts that only look like some. Written in two parts, so that nobody's scanner takes this file for a leak.
#pragma once
#include <string>
#include <vector>

namespace smartroute::accounting {

struct KeySample {
  const char* name;
  std::string key;
};

inline const std::vector<KeySample>& key_samples() {
  const auto repeated = [](const char* unit, std::size_t size) {
    std::string out;
    while (out.size() < size) out += unit;
    return out.substr(0, size);
  };
  static const std::vector<KeySample> samples{
      {"openai", std::string("s") + "k-" + repeated("aB3dE5fG7h", 48)},
      {"openai project", std::string("s") + "k-proj-" + repeated("Zx9_yW8-vU7t", 120)},
      {"openai service account", std::string("s") + "k-svcacct-" + repeated("Qm4nP2rS", 80)},
      {"anthropic", std::string("s") + "k-ant-api03-" + repeated("Lk3-jH4_gF5d", 93)},
      {"openrouter", std::string("s") + "k-or-v1-" + repeated("0123456789abcdef", 64)},
      {"deepseek", std::string("s") + "k-" + repeated("0f1e2d3c4b5a6978", 32)},
      {"gateway of 22", std::string("s") + "k-" + repeated("Xy7_Zw", 22)},
      {"google", std::string("A") + "Iza" + repeated("SyD-9tSrke72PouQMnMX", 35)},
      {"google oauth", std::string("y") + "a29." + repeated("a0AfH6SMB-x_", 90)},
      {"google client", std::string("G") + "OCSPX-" + repeated("a1B2c3D4", 28)},
      {"aws id", std::string("A") + "KIA" + "IOSFODNN7EXAMPLE"},
      {"aws session", std::string("A") + "SIA" + "Y34FZKBOKMUTVV7A"},
      {"bedrock", std::string("A") + "BSK" + repeated("QmVkcm9ja0FQSUtleS1", 110)},
      {"github", std::string("g") + "hp_" + repeated("16C7e42F292c6912E7", 36)},
      {"github oauth", std::string("g") + "ho_" + repeated("16C7e42F292c6912E7", 36)},
      {"github server", std::string("g") + "hs_" + repeated("16C7e42F292c6912E7", 36)},
      {"github user", std::string("g") + "hu_" + repeated("16C7e42F292c6912E7", 36)},
      {"github refresh", std::string("g") + "hr_" + repeated("16C7e42F292c6912E7", 76)},
      {"github fine", std::string("g") + "ithub_pat_" + repeated("11ABCDEFG0a1b2c3d4_", 82)},
      {"gitlab", std::string("g") + "lpat-" + repeated("xY1-zW2_vU3", 20)},
      {"gitlab deploy", std::string("g") + "ldt-" + repeated("xY1-zW2_vU3", 20)},
      {"slack bot", std::string("x") + "oxb-" + "123456789012-1234567890123-" + repeated("AbCdEf", 24)},
      {"slack user", std::string("x") + "oxp-" + "123456789012-123456789012-" + repeated("0a1b2c", 32)},
      {"slack app", std::string("x") + "app-" + "1-A012345-678901-" + repeated("0a1b2c", 64)},
      {"hugging face", std::string("h") + "f_" + repeated("AbCdEfGhIj", 34)},
      {"groq", std::string("g") + "sk_" + repeated("a1B2c3D4e5", 52)},
      {"replicate", std::string("r") + "8_" + repeated("Hw0oHm3vZ9", 37)},
      {"xai", std::string("x") + "ai-" + repeated("a1B2c3D4e5", 80)},
      {"perplexity", std::string("p") + "plx-" + repeated("0a1b2c3d4e", 48)},
      {"nvidia", std::string("n") + "vapi-" + repeated("aB-c_D1e2", 64)},
      {"cerebras", std::string("c") + "sk-" + repeated("k3j4h5g6", 48)},
      {"fireworks", std::string("f") + "w_" + repeated("3ZaBcD9", 24)},
      {"together", std::string("t") + "gp_v1_" + repeated("aB_c-D1", 43)},
      {"tavily", std::string("t") + "vly-" + repeated("a1B2c3D4", 32)},
      {"langsmith", std::string("l") + "sv2_pt_" + repeated("0a1b2c3d", 32) + "_0a1b2c3d4e"},
      {"stripe", std::string("s") + "k_live_" + repeated("4eC39HqLyj", 24)},
      {"stripe publishable", std::string("p") + "k_live_" + repeated("4eC39HqLyj", 24)},
      {"stripe restricted", std::string("r") + "k_live_" + repeated("4eC39HqLyj", 24)},
      {"npm", std::string("n") + "pm_" + repeated("a1B2c3D4e5", 36)},
      {"pypi", std::string("p") + "ypi-AgEIcHlwaS5vcmc" + repeated("CJDU4ZD_a-", 80)},
      {"digitalocean", std::string("d") + "op_v1_" + repeated("0123456789abcdef", 64)},
      {"sendgrid", std::string("S") + "G." + repeated("aB1-cD2_eF", 22) + "." + repeated("gH3-iJ4_kL", 43)},
      {"shopify", std::string("s") + "hpat_" + repeated("0123456789abcdef", 32)},
      {"vault", std::string("h") + "vs." + repeated("CAESIJ1a2B3", 90)},
      {"jwt", std::string("e") + "yJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9" + "." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0" + "." + "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"},
      {"jwt without signature", std::string("e") + "yJhbGciOiJub25lIn0" + "." + "eyJzdWIiOiIxMjM0In0" + "."},
      {"encrypted token", std::string("e") + "yJhbGciOiJSU0EtT0FFUCJ9" + "." + repeated("OKOawDo13gRp2ojaHV7L", 60) + "." + repeated("48V1_ALb6US04U3b", 16) + "." + repeated("5eym8TW_c8SuK0lt", 40) + ".XFBoMYUZodetZdvT"},
  };
  return samples;
}

inline std::string private_key_sample(const char* line_end) {
  const std::string dashes(5, '-');
  std::string out = dashes + "BEGIN RSA PRIVATE KEY" + dashes + line_end;
  for (int i = 0; i < 12; ++i) out += std::string("MIIEpAIBAAKCAQEA04up8hoqzS1FVAkT2ZtRNzRLbp5nDNvB3ryPp5ocs3hzV3x4") + line_end;
  return out + "q3q2+4aw==" + line_end + dashes + "END RSA PRIVATE KEY" + dashes;
}

}  // namespace smartroute::accounting
