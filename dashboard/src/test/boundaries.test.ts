import { describe, expect, it } from "vitest";

const all = import.meta.glob<string>(["../**/*.{ts,tsx}", "!../gen/**"], { query: "?raw", import: "default", eager: true });
const code = Object.entries(all).filter(([path]) => !path.includes(".test.") && !path.startsWith("./"));
const featureOf = (path: string) => /(?:^|\/)features\/([\w-]+)/.exec(path)?.[1];
/** Also those of dynamic imports, and of types. */
const importsOf = (text: string) => [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, name]) => name ?? "");

describe("what may use what", () => {
  it("keeps features apart", () => {
    const crossings = code.flatMap(([path, text]) => {
      const own = featureOf(path);
      if (own === undefined) return [];
      const whole = (name: string) => (name.startsWith(".") ? new URL(name, new URL(path.slice("..".length), "file:///")).pathname : name);
      return importsOf(text).filter((name) => (featureOf(whole(name)) ?? own) !== own).map((name) => `${path} imports ${name}`);
    });
    expect(crossings).toEqual([]);
  });

  it("leaves the network to lib/api.ts and lib/socket.ts", () => {
    const callers = code.filter(([, text]) => /(?<![\w.])fetch\(|new (?:WebSocket|EventSource|XMLHttpRequest)\(|sendBeacon\(/.test(text)).map(([path]) => path.replace("../", ""));
    expect(callers.sort()).toEqual(["lib/api.ts", "lib/socket.ts"]);
  });

  it("writes no markup", () => {
    const writers = code.filter(([, text]) => /dangerouslySetInnerHTML|\.(?:inner|outer)HTML\s*=|insertAdjacentHTML|document\.write\(/.test(text)).map(([path]) => path);
    expect(writers).toEqual([]);
  });
});
