// The bill of materials in the image: valid by CycloneDX's own schema, and complete.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { before } from "node:test";

import * as CycloneDX from "@cyclonedx/cyclonedx-library";

import { asRoot, below, imageTree, needsRoot, read, root, run } from "./lib/build_under_test.mjs";

let image;
let text;
let bom;
before(() => {
  if (!asRoot) return;
  image = imageTree();
  text = read(image, "usr/share/doc/smartroute/sbom.cdx.json");
  bom = JSON.parse(text);
});

test("it is valid by the schema of CycloneDX 1.5", needsRoot, async () => {
  const validator = new CycloneDX.Validation.JsonStrictValidator(CycloneDX.Spec.Version.v1dot5);
  assert.equal(await validator.validate(text), null);
  // And the validator does find what is wrong.
  assert.notEqual(await validator.validate(JSON.stringify({ ...bom, components: [{ name: "x" }] })), null);
});

test("every program and library of the tree is in it, by the digest of its bytes", needsRoot, () => {
  const files = new Map();
  const walk = (components) => components.forEach((each) => (each.type === "file" && files.set(each.name, each.hashes[0].content), walk(each.components ?? [])));
  walk(bom.components);
  const elf = below(image).filter(({ path, entry }) => entry.isFile() && readFileSync(join(image, path)).subarray(0, 4).toString("latin1") === "\x7fELF");
  assert.ok(elf.length > 80);
  for (const { path } of elf) assert.equal(files.get(path), createHash("sha256").update(readFileSync(join(image, path))).digest("hex"), path);
});

test("Debian packages have the versions that the image has, and every component has a licence", needsRoot, () => {
  const debian = bom.components.filter(({ purl }) => purl?.startsWith("pkg:deb/"));
  for (const { path, entry } of below(join(image, "var/lib/dpkg/status.d"))) {
    if (!entry.isFile()) continue;
    const version = /^Version: (\S+)$/m.exec(read(image, "var/lib/dpkg/status.d", path))[1];
    const component = debian.find(({ name }) => `/${name}` === path);
    assert.ok(component, path);
    assert.equal(component.version, version, path);
  }
  for (const component of bom.components.filter(({ type }) => type !== "file")) assert.ok(component.licenses?.length > 0, component.name);
  const known = debian.filter(({ licenses }) => !licenses[0].license?.name?.startsWith("see ")).length;
  assert.ok(known * 2 > debian.length, `${known} of ${debian.length} say which licence`);
});

test("the dashboard's packages are those of its notices, at the versions of its lock file", needsRoot, () => {
  const lock = JSON.parse(read(root, "dashboard/package-lock.json"));
  const npm = bom.components.filter(({ purl, type }) => purl?.startsWith("pkg:npm/") && type === "library");
  const notices = read(image, "usr/share/smartroute/dashboard/third-party-notices.txt");
  const noticed = new Set([...notices.matchAll(/^## (\S+) \S+ \(/gm)].map((m) => m[1]));
  assert.deepEqual(new Set(npm.map(({ name }) => name)), noticed);
  for (const { name, version, hashes } of npm) {
    assert.equal(version, lock.packages[`node_modules/${name}`].version);
    assert.match(hashes[0].content, /^[0-9a-f]{40,128}$/);
  }
});

test("the same tree gives the same document", needsRoot, () => {
  const again = join(image, "..", "again.cdx.json");
  run("node", [join(root, "tools/package/sbom.mjs"), image, again]);
  assert.equal(readFileSync(again, "utf8"), text);
  const refs = bom.components.map((each) => each["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length);
  assert.deepEqual(bom.dependencies[0].dependsOn, refs);
});
