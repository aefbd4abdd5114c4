// Writes the bill of materials of an image tree as CycloneDX 1.5: the Debian packages whose files lie in it, by file; what only left its code
// in the programs (headers, data); the npm packages in the dashboard; and what depends on what.
//
//   node tools/package/sbom.mjs TREE OUT.json
//
// The same tree gives the same document: no time, and a serial number made of the content.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, existsSync, lstatSync, openSync, readFileSync, readSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { shippedPackages } from "../../dashboard/tools/third-party-notices.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const architectures = { x64: "amd64", arm64: "arm64" };
const architecture = architectures[process.arch] ?? process.arch;

/** Debian packages of which nothing but headers is used: their code is in the programs themselves. */
const compiledIn = ["libboost1.81-dev", "libcli11-dev", "libexpected-dev", "nlohmann-json3-dev"];

/** npm packages whose data is built into the programs, and what of it (see THIRD_PARTY_NOTICES.md). */
const dataOf = { "gpt-tokenizer": "token ranks: in the library that comes with the programs", "@pydantic/genai-prices": "list prices: built into the programs" };

/** Data that came into the source by hand. */
const copiedData = [
  { type: "data", "bom-ref": "data:ai-tokenizer", name: "ai-tokenizer", version: "1.0.6", description: "numbers it fitted: constants in the programs", licenses: [{ license: { id: "MIT" } }], purl: "pkg:npm/ai-tokenizer@1.0.6" },
  { type: "data", "bom-ref": "data:unicode", name: "unicode-character-data", version: "16.0.0", description: "classes of characters: built into the programs", licenses: [{ license: { id: "Unicode-3.0" } }] },
];

/** Debian's short names where SPDX has others. */
const spdx = {
  Expat: "MIT", "BSD-2-clause": "BSD-2-Clause", "BSD-3-clause": "BSD-3-Clause", "Apache-2": "Apache-2.0", "GPL-2": "GPL-2.0-only", "GPL-2+": "GPL-2.0-or-later",
  "GPL-3": "GPL-3.0-only", "GPL-3+": "GPL-3.0-or-later", "LGPL-2+": "LGPL-2.0-or-later", "LGPL-2.1": "LGPL-2.1-only", "LGPL-2.1+": "LGPL-2.1-or-later",
  "LGPL-3": "LGPL-3.0-only", "LGPL-3+": "LGPL-3.0-or-later", Zlib: "Zlib", zlib: "Zlib", ISC: "ISC", curl: "curl", "BSL-1.0": "BSL-1.0", "MPL-2.0": "MPL-2.0",
  "GPL-2 or Apache-2.0": "GPL-2.0-only OR Apache-2.0", "CC0-1.0": "CC0-1.0", "OLDAP-2.8": "OLDAP-2.8",
};
const spdxNames = new Set(["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "Unlicense", "0BSD", "CC0-1.0", "MPL-2.0", "Zlib", "curl", "BSL-1.0", "OLDAP-2.8", ...Object.values(spdx).filter((name) => !name.includes(" "))]);

const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest("hex");
const run = (program, ...args) => execFileSync(program, args, { encoding: "utf8", maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"] });

function licences(name) {
  const known = spdx[name] ?? name;
  if (known.includes(" OR ")) return [{ expression: known }];
  return [{ license: spdxNames.has(known) ? { id: known } : { name: known } }];
}

/** The licence of most of a Debian package: that of "Files: *", where its copyright file is one that machines can read. */
function debianLicence(name) {
  const file = `/usr/share/doc/${name}/copyright`;
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const paragraph = text.split(/\n\s*\n/).find((part) => /^Files:\s*\*\s*$/m.test(part));
  const said = paragraph && /^License:[ \t]*(\S.*)$/m.exec(paragraph)?.[1].trim();
  return said ? licences(said) : [{ license: { name: `see usr/share/doc/${name}/copyright` } }];
}

function debianComponent(name, more = {}) {
  const [version, source, homepage] = run("dpkg-query", "-W", "-f", "${Version}\\t${source:Package}\\t${Homepage}\n", name).split("\n")[0].split("\t");
  return {
    type: "library",
    "bom-ref": `deb:${name}`,
    name,
    version,
    licenses: debianLicence(name),
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`,
    ...(homepage ? { externalReferences: [{ type: "website", url: homepage }] } : {}),
    properties: [{ name: "smartroute:source-package", value: source }],
    ...more,
  };
}

/** Every regular file below a folder, as paths from it that begin with a slash. */
function filesBelow(folder, from = "/") {
  return readdirSync(join(folder, from), { withFileTypes: true }).flatMap((entry) => {
    const path = join(from, entry.name);
    if (entry.isDirectory()) return filesBelow(folder, path);
    return entry.isFile() ? [path] : [];
  });
}

function isElf(file) {
  if (lstatSync(file).size < 4) return false;
  const handle = openSync(file);
  const head = Buffer.alloc(4);
  readSync(handle, head, 0, 4, 0);
  closeSync(handle);
  return head.toString("latin1") === "\x7fELF";
}

/** Path in the tree -> Debian package, by the package database of this system; files that no package has are ours. */
function ownersOf(paths) {
  const names = paths.flatMap((path) => [path, path.replace(/^\/usr/, "")]);
  let said = "";
  try {
    said = run("dpkg-query", "-S", ...names);
  } catch (error) {
    said = error.stdout; // some names are not known, which is expected
  }
  const owners = new Map();
  for (const line of said.split("\n")) {
    const match = /^([^:, ]+)[^ ]*(?:, [^ ]+)*: (\/.*)$/.exec(line);
    if (match) owners.set(match[2].startsWith("/lib") ? `/usr${match[2]}` : match[2], match[1]);
  }
  return owners;
}

const fileComponent = (tree, path) => ({ type: "file", "bom-ref": `file:${path}`, name: path, hashes: [{ alg: "SHA-256", content: hash("sha256", readFileSync(join(tree, path))) }] });

function npmComponent(name, lock, more = {}) {
  const facts = lock.packages[`node_modules/${name}`];
  if (!facts) throw new Error(`${name} is in no lock file`);
  const [algorithm, digest] = (facts.integrity ?? "").split("-");
  const algorithms = { sha512: "SHA-512", sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384" };
  return {
    type: "library",
    "bom-ref": `npm:${name}`,
    name,
    version: facts.version,
    licenses: facts.license ? licences(facts.license) : [{ license: { name: "see third-party-notices.txt" } }],
    purl: `pkg:npm/${name.replace(/^@/, "%40")}@${facts.version}`,
    ...(digest ? { hashes: [{ alg: algorithms[algorithm], content: Buffer.from(digest, "base64").toString("hex") }] } : {}),
    ...more,
  };
}

export function sbom(tree) {
  const version = /^project\(smartroute VERSION ([\d.]+)/m.exec(readFileSync(join(root, "CMakeLists.txt"), "utf8"))[1];
  const elf = filesBelow(tree).filter((path) => isElf(join(tree, path))).sort();
  const owners = ownersOf(elf);
  const own = elf.filter((path) => !owners.has(path)).map((path) => fileComponent(tree, path));

  const byPackage = new Map([["ca-certificates", ["/etc/ssl/certs/ca-certificates.crt"]]]);
  for (const path of elf) if (owners.has(path)) byPackage.set(owners.get(path), [...(byPackage.get(owners.get(path)) ?? []), path]);
  const debian = [...byPackage].sort().map(([name, paths]) => debianComponent(name, { components: paths.map((path) => fileComponent(tree, path)) }));
  const headers = compiledIn.map((name) => debianComponent(name, { description: "headers only: compiled into the programs" }));

  const lockOf = (folder) => JSON.parse(readFileSync(join(root, folder, "package-lock.json"), "utf8"));
  const dashboardLock = lockOf("dashboard");
  const dashboard = existsSync(join(tree, "usr/share/smartroute/dashboard")) ? shippedPackages(join(root, "dashboard")).map((name) => npmComponent(name, dashboardLock)) : [];
  const dataLock = lockOf("tools/model_data");
  const data = Object.entries(dataOf).map(([name, what]) => npmComponent(name, dataLock, { type: "data", description: what }));
  data.push(...copiedData);

  const self = { type: "application", "bom-ref": "smartroute", name: "smartroute", version, licenses: [{ license: { id: "MIT" } }], purl: `pkg:generic/smartroute@${version}` };
  const components = [...own, ...debian, ...headers, ...data, ...dashboard];
  const bom = {
    $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: self, tools: { components: [{ type: "application", name: "tools/package/sbom.mjs", version }] } },
    components,
    dependencies: [{ ref: "smartroute", dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  const digest = hash("sha256", JSON.stringify(bom));
  // A UUID of the form of version 8: bits of one's own making.
  const serial = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-a${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
  return { $schema: bom.$schema, bomFormat: bom.bomFormat, specVersion: bom.specVersion, serialNumber: `urn:uuid:${serial}`, ...bom };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [tree, out] = process.argv.slice(2);
  writeFileSync(resolve(out), JSON.stringify(sbom(resolve(tree)), null, 1) + "\n");
}
