// The short guides of packaging: English and Chinese say the same, and name nothing that is not there.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

import { read, root } from "./lib/build_under_test.mjs";

const made = /^(build\/(image|oci|deb)\b|deploy\/compose\/\.env)/; // by the commands themselves

for (const folder of ["docker", "compose", "debian", "windows"]) {
  test(`deploy/${folder}: both languages have the same commands, addresses and links`, () => {
    const [english, chinese] = ["README.md", "README.zh-CN.md"].map((name) => read(root, "deploy", folder, name));
    const facts = (text) => ({
      commands: [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block.replace(/ +#.*$/gm, "")),
      names: [...text.matchAll(/`([^`\n]+)`/g)].map(([, name]) => name).sort(),
      links: [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path.replace(".zh-CN", "")).sort(),
      addresses: [...text.matchAll(/https?:\/\/[\w.:/]+/g)].map(([address]) => address),
    });
    assert.deepEqual(facts(chinese), facts(english));
    for (const text of [english, chinese]) {
      for (const [, path] of text.matchAll(/\]\(([^)]+)\)/g)) assert.ok(existsSync(join(root, "deploy", folder, path)), path);
      for (const [, path] of text.matchAll(/((?:deploy|tests|tools)\/[\w./-]*\w)/g)) assert.ok(made.test(path) || existsSync(join(root, path)), path);
    }
  });
}
