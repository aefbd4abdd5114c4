// What the compiler and the linker did to make the programs harder to exploit, read from the programs as they are installed.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { bin, imageTree, isRelease, needsRoot, preset, run } from "./lib/build_under_test.mjs";

const programs = ["smartroute", "smartroute-control", "smartroute-proxy"];
// Sanitizers bring their own memory layout.
const sanitized = ["asan", "tsan"].includes(preset);

for (const name of programs) {
  test(`${name} is hardened`, { skip: needsRoot.skip || (sanitized && "a sanitizer's build") }, () => {
    const file = join(imageTree(), "usr/bin", name);
    const header = run("readelf", ["-hW", file]);
    const segments = run("readelf", ["-lW", file]);
    const dynamic = run("readelf", ["-dW", file]);
    const symbols = run("readelf", ["--dyn-syms", "-W", file]);

    assert.match(header, /Type:\s+DYN \(Position-Independent Executable file\)/, "a position-independent program");
    assert.match(segments, /GNU_RELRO/, "relocations are read-only after the start");
    assert.match(dynamic, /FLAGS_1\).*\bNOW\b/, "all symbols are bound at the start");
    assert.match(/GNU_STACK.*$/m.exec(segments)[0], / RW +0x/, "the stack does not run");
    for (const [line] of segments.matchAll(/^\s+LOAD.*$/gm)) assert.doesNotMatch(line, /RWE/, "no memory is writable and runs");
    assert.doesNotMatch(dynamic, /\(RPATH\)|TEXTREL/);
    const runpath = /\(RUNPATH\).*\[(.*)\]/.exec(dynamic)?.[1];
    assert.ok(runpath === undefined || runpath === "$ORIGIN/../lib/smartroute", `it looks for libraries in ${runpath}`);
    if (!isRelease) return;
    assert.match(symbols, /__stack_chk_fail/, "stack protector");
    assert.match(symbols, /__(memcpy|memmove|memset|read|snprintf|vsnprintf|fprintf|strncpy|poll|fdelt)_chk/, "fortified calls");
  });
}

test("the library that comes with the programs holds data only", { skip: needsRoot.skip }, () => {
  const file = join(imageTree(), "usr/lib/smartroute/libsmartroute_vocabularies.so");
  assert.ok(existsSync(file), file);
  const exported = [...run("readelf", ["--dyn-syms", "-W", file]).matchAll(/ (FUNC|OBJECT) +GLOBAL +DEFAULT +\d+ (\S+)/g)].map((m) => m[2]);
  assert.ok(exported.length >= 1 && exported.length <= 2, exported.join(" "));
  assert.match(/GNU_STACK.*$/m.exec(run("readelf", ["-lW", file]))[0], / RW +0x/);
});

test("the programs of the build itself start, wherever they are started from", () => {
  for (const name of programs) run(join(bin, name), [name === "smartroute" ? "version" : "--version"], { cwd: "/" });
});
