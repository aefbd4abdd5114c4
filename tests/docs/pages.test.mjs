// The pages that people read: every link leads somewhere, each guide is there in both languages with the same parts, and what they show as
// commands and settings exists.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const read = (page) => readFileSync(join(root, page), "utf8");
const pages = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], { cwd: root, encoding: "utf8" })
  .split("\n")
  .filter((page) => page && existsSync(join(root, page)));
// A page without its blocks of code: those hold # and [] of their own.
const prose = (text) => text.replace(/^(```+).*\n[\s\S]*?^\1$/gm, "");
const headings = (text) => [...prose(text).matchAll(/^(#+) +(.*)$/gm)].map(([, marks, words]) => ({ level: marks.length, words }));
// As the forges make anchors.
const anchor = (words) => words.toLowerCase().replace(/[`*]/g, "").replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-");
const smartroute = join(process.env.SMARTROUTE_BIN ?? join(root, "build", "dev", "bin"), "smartroute");

test("every link leads somewhere", () => {
  const dead = [];
  let links = 0;
  for (const page of pages) {
    for (const [, target] of prose(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [path, fragment] = target.split("#");
      const file = path === "" ? page : relative(root, join(root, dirname(page), path));
      if (!existsSync(join(root, file))) dead.push(`${page}: ${target}`);
      else if (fragment && statSync(join(root, file)).isFile() && !headings(read(file)).some(({ words }) => anchor(words) === fragment)) dead.push(`${page}: ${target} (no such heading)`);
    }
  }
  assert.deepEqual(dead, []);
  assert.ok(links > 100, `${links} links`);
});

test("each guide has the same parts in both languages", () => {
  const translated = pages.filter((page) => page.endsWith(".zh-CN.md"));
  assert.ok(translated.length >= 12, `${translated.length} translated pages`);
  for (const page of translated) {
    const original = page.replace(".zh-CN.md", ".md");
    assert.ok(existsSync(join(root, original)), `${page} translates nothing`);
    const levels = (name) => headings(read(name)).map(({ level }) => level);
    assert.deepEqual(levels(page), levels(original), `headings of ${page}`);
    const blocks = (name) => [...read(name).matchAll(/^```+(\w*)$/gm)].map(([, language]) => language).filter(Boolean);
    assert.deepEqual(blocks(page), blocks(original), `blocks of code of ${page}`);
    const rows = (name) => [...prose(read(name)).matchAll(/^\|/gm)].length;
    assert.equal(rows(page), rows(original), `table rows of ${page}`);
  }
});

// `smartroute VERB SUB --flag` as the pages write them, in blocks and in running text.
function commandsOf(text) {
  const blocks = [...text.matchAll(/^```(?:sh|bash|console)\n([\s\S]*?)^```$/gm)].flatMap(([, block]) => block.replace(/\\\n/g, " ").split("\n"));
  const inline = [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  return [...blocks, ...inline].flatMap((line) => {
    let command = line.replace(/\s#.*$/, "").trim();
    // Another program's namespaces, releases and containers may have our name; what it runs in there counts.
    if (/^(kubectl|helm|docker|sudo docker)\b/.test(command)) command = / -- (smartroute .*)$/.exec(command)?.[1] ?? /\bexec \S+ (smartroute .*)$/.exec(command)?.[1] ?? "";
    const found = /(?:^|[\s/;|&(])smartroute ((?:[a-z][a-z-]*)(?: .*)?)$/.exec(command);
    return found ? [found[1]] : [];
  });
}

test("every smartroute command that a page shows exists, with its flags", () => {
  const help = new Map();
  const helpOf = (words) => {
    const key = words.join(" ");
    if (!help.has(key)) {
      try {
        help.set(key, execFileSync(smartroute, [...words, "--help"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
      } catch {
        help.set(key, undefined);
      }
    }
    return help.get(key);
  };
  // Sections of the help name commands in groups, but for those of what a command takes.
  const subcommands = (text) =>
    text
      .split(/^(?=[A-Z][\w ]*:$)/m)
      .filter((section) => /^[A-Z][\w ]*:$/m.test(section) && !/^(Options|Positionals):/.test(section))
      .flatMap((section) => [...section.matchAll(/^ {2}([a-z][\w-]*)/gm)].map(([, name]) => name));
  const wrong = [];
  let seen = 0;
  for (const page of pages.filter((name) => !name.startsWith("CHANGELOG"))) {
    for (const command of commandsOf(read(page))) {
      const words = command.split(/\s+/);
      const path = [];
      while (words.length > 0 && subcommands(helpOf(path) ?? "").includes(words[0])) path.push(words.shift());
      if (path.length === 0) {
        wrong.push(`${page}: smartroute ${command}: no such command`);
        continue;
      }
      seen += 1;
      const text = helpOf(path);
      for (const word of words) {
        const flag = /^(--?[a-zA-Z][\w-]*)/.exec(word)?.[1];
        if (flag && flag !== "-" && !new RegExp(`(^|[\\s,])${flag}(?![\\w-])`, "m").test(text)) wrong.push(`${page}: smartroute ${command}: ${path.join(" ")} has no ${flag}`);
        if (/[|;>]/.test(word)) break;
      }
    }
  }
  assert.deepEqual(wrong, []);
  assert.ok(seen > 30, `${seen} commands`);
});

test("the guide of the admin API names each method, with its role", () => {
  const roles = read("controlplane/roles_test.cpp");
  const setOf = (name) => [...new RegExp(`${name} = \\{([^;]*)\\};`).exec(roles)[1].matchAll(/"(\w+\/\w+)"/g)].map(([, method]) => method);
  const open = setOf("kOpen");
  const admins = setOf("kAdmins");
  const methods = [...read("proto/smartroute/v1/admin.proto").matchAll(/^service (\w+) \{([\s\S]*?)^\}/gm)].flatMap(([, service, body]) => [...body.matchAll(/rpc (\w+)\(/g)].map(([, name]) => `${service}/${name}`));
  for (const [page, nobody] of [["controlplane/admin/README.md", "nobody"], ["controlplane/admin/README.zh-CN.md", "无需身份"]]) {
    const said = {};
    for (const [, names, role] of read(page).matchAll(/^\| (`\w+Service\/.*?) \| (\S+) \|/gm)) {
      const service = /`(\w+)\//.exec(names)[1];
      for (const [, name] of names.matchAll(/`(?:\w+\/)?(\w+)`/g)) said[`${service}/${name}`] = role;
    }
    assert.deepEqual(said, Object.fromEntries(methods.map((name) => [name, open.includes(name) ? nobody : admins.includes(name) ? "admin" : "viewer"])), page);
  }
});

test("the references are what the code says now", () => {
  const run = execFileSync(process.execPath, [join(root, "tools", "reference", "main.mjs"), "--check", smartroute], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  assert.equal(run, "");
});
