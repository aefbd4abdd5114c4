// URLs that want a gateway to knock where it should not, and names whose name server does.

// Refused when they are written down: [url, what the sentence says]. Where a plain form exists, the sentence shows it.
export const refusedSpellings = [
  // IPv4 in other clothes than four decimal numbers.
  ["http://2130706433/v1", "127.0.0.1"],
  ["http://0177.0.0.1/v1", "127.0.0.1"],
  ["http://0177.0.0.01", "127.0.0.1"],
  ["http://017700000001", "127.0.0.1"],
  ["http://0x7f000001", "127.0.0.1"],
  ["http://0x7f.0x0.0x0.0x1", "127.0.0.1"],
  ["http://0X7F.1", "127.0.0.1"],
  ["http://127.1", "127.0.0.1"],
  ["http://127.0.1", "127.0.0.1"],
  ["http://127.0.0.001", "127.0.0.1"],
  ["http://0", "0.0.0.0"],
  ["http://2852039166/latest/meta-data", "169.254.169.254"],
  ["http://0xa9fea9fe/latest", "169.254.169.254"],
  ["http://0251.0376.0251.0376", "169.254.169.254"],
  ["http://169.254.43518", "169.254.169.254"],
  ["http://010.0.0.1", "8.0.0.1"],
  ["http://4294967296", "four decimal numbers"],
  ["http://127.0.0.256", "four decimal numbers"],
  // IPv4 in the clothes of IPv6.
  ["http://[::ffff:127.0.0.1]", "127.0.0.1"],
  ["http://[::ffff:7f00:1]", "127.0.0.1"],
  ["http://[::FFFF:A9FE:A9FE]", "169.254.169.254"],
  ["http://[0:0:0:0:0:ffff:10.0.0.1]", "10.0.0.1"],
  ["http://[::127.0.0.1]", "127.0.0.1"],
  ["http://[::ffff:0:127.0.0.1]", "127.0.0.1"],
  ["http://[64:ff9b::169.254.169.254]", "169.254.169.254"],
  ["http://[64:ff9b::7f00:1]", "127.0.0.1"],
  ["http://[2002:7f00:1::]", "127.0.0.1"],
  ["http://[2002:a9fe:a9fe::]", "169.254.169.254"],
  ["http://[2001::80ff:fffe]", "127.0.0.1"], // Teredo: the client's address, every bit turned
  // Link-local addresses, metadata services, addresses that nobody has.
  ["http://169.254.169.254/latest/meta-data", "never connected to"],
  ["http://169.254.0.1", "never connected to"],
  ["http://100.100.100.200", "never connected to"],
  ["http://168.63.129.16", "never connected to"],
  ["http://192.0.0.192", "never connected to"],
  ["http://[fe80::1]", "never connected to"],
  ["http://[fd00:ec2::254]", "never connected to"],
  ["http://[fd20:ce::254]", "never connected to"],
  ["http://metadata.google.internal/computeMetadata/v1", "never connected to"],
  ["http://Metadata.Google.Internal", "never connected to"],
  ["http://metadata", "never connected to"],
  ["http://0.0.0.0", "no server can have"],
  ["http://[::]", "no server can have"],
  ["http://224.0.0.1", "no server can have"],
  ["http://255.255.255.255", "no server can have"],
  // Two hosts in one URL, and hosts that are one only for some readers.
  ["http://api.openai.com@127.0.0.1", "user or password"],
  ["http://127.0.0.1:80@api.openai.com", "user or password"],
  ["http://api.openai.com%40127.0.0.1", "names cannot have"],
  ["http://api.openai.com\\@127.0.0.1", "backslash"],
  ["http://api.openai.com#@127.0.0.1", "fragment"],
  ["http://api.openai.com?@127.0.0.1", "query"],
  ["http://127%2e0%2e0%2e1", "names cannot have"],
  ["http://%6cocalhost", "names cannot have"],
  ["http://localhost.", "dot at its end"],
  ["http://127.0.0.1.", "dot at its end"],
  ["http://metadata.google.internal.", "dot at its end"],
  ["http://[fe80::1%25lo]", "wrong IPv6"],
  ["http://[::1%25lo]", "wrong IPv6"],
  ["http://１２７.０.０.１", "ASCII"],
  ["http://127。0。0。1", "ASCII"],
  ["http://①②⑦.⓪.⓪.①", "ASCII"],
  ["http://ⓛocalhost", "ASCII"],
  ["http://127.0.0.1\r\nHost: api.openai.com", "control character"],
  ["http:///127.0.0.1", "no host"],
  ["http:127.0.0.1", "must begin with"],
  ["//127.0.0.1", "must begin with"],
  ["gopher://127.0.0.1:6379/_FLUSHALL", "must begin with"],
  ["file:///etc/passwd", "must begin with"],
  ["unix:///run/docker.sock", "must begin with"],
  ["http://127.0.0.1:65616", "port"],
  ["http://api.openai.com/v1/%2e%2e/admin", "hides"],
];

const publicV4 = "93.184.216.34";
const publicV6 = "2606:2800:220:1::34";

// Names that look public and are not. Refused when they are looked up, whatever of them is public.
export const hostileNames = {
  "private.example": { A: ["10.9.9.9"] },
  "private-172.example": { A: ["172.31.9.9"] },
  "private-192.example": { A: ["192.168.9.9"] },
  "cgnat.example": { A: ["100.64.9.9"] },
  "loopback.example": { A: ["127.9.9.9"] },
  "127.9.9.9.nip.example": { A: ["127.9.9.9"] },
  "localhost.localdomain.example": { A: ["127.9.9.9"], AAAA: ["::1"] },
  "metadata.example": { A: ["169.254.169.254"] },
  "alibaba.example": { A: ["100.100.100.200"] },
  "azure.example": { A: ["168.63.129.16"] },
  "zero.example": { A: ["0.0.0.0"] },
  "broadcast.example": { A: ["255.255.255.255"] },
  "loopback6.example": { AAAA: ["::1"] },
  "any6.example": { AAAA: ["::"] },
  "ula.example": { AAAA: ["fd12::9"] },
  "aws6.example": { AAAA: ["fd00:ec2::254"] },
  "linklocal6.example": { AAAA: ["fe80::9"] },
  "mapped.example": { AAAA: ["::ffff:10.9.9.9"] },
  "mapped-metadata.example": { AAAA: ["::ffff:169.254.169.254"] },
  "compatible.example": { AAAA: ["::10.9.9.9"] },
  "nat64.example": { AAAA: ["64:ff9b::a9fe:a9fe"] },
  "nat64-local.example": { AAAA: ["64:ff9b:1::a09:909"] },
  "sixtofour.example": { AAAA: ["2002:a09:909::1"] },
  "teredo.example": { AAAA: ["2001::f5f6:f6f6"] },
  "mixed.example": { A: [publicV4, "10.9.9.9"] },
  "mixed-other-way.example": { A: ["10.9.9.9", publicV4] },
  "mixed-families.example": { A: [publicV4], AAAA: ["::1"] },
  "mixed-metadata.example": { A: [publicV4, "169.254.169.254"] },
  "alias.example": { CNAME: "inner.corp.example" },
  "inner.corp.example": { A: ["10.9.9.9"] },
  "alias-of-alias.example": { CNAME: "second.example" },
  "second.example": { CNAME: "third.example" },
  "third.example": { A: ["169.254.169.254"] },
};

// Refused even with allow_private.
export const neverNames = ["metadata.example", "alibaba.example", "azure.example", "zero.example", "aws6.example", "linklocal6.example", "mapped-metadata.example", "nat64.example", "mixed-metadata.example", "alias-of-alias.example"];

// Names that are what they say, one that is another at every second question, and a trusted one inside.
export const otherNames = {
  "public.example": { A: [publicV4] },
  "public6.example": { AAAA: [publicV6] },
  "both.example": { A: [publicV4], AAAA: [publicV6] },
  "rebinding.example": (nth, type) => (type === "A" ? { A: [nth % 2 === 1 ? publicV4 : "10.9.9.9"] } : {}),
  "trusted.example": { A: ["10.8.8.8"] },
};

export const publicAddresses = [publicV4, publicV6];
