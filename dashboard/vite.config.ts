import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import type { Plugin, ProxyOptions } from "vite";
import { defineConfig } from "vitest/config";
import { firstScreenBudget, oneFileFor } from "./tools/first-screen.mjs";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// The theme must be known before the first paint, and the page may hold no inline script: so a classic script of its own, ahead of all else.
function themeScript(): Plugin {
  let building = false;
  return {
    name: "theme-script",
    configResolved(config) {
      building = config.command === "build";
    },
    transformIndexHtml: {
      order: "post",
      handler() {
        return [{ tag: "script", attrs: { src: building ? `/${fileName()}` : "/src/app/theme-start.js" }, injectTo: "head" }];
      },
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: fileName(), source: text() });
    },
  };
  function text() {
    return readFileSync(source("./src/app/theme-start.js"), "utf8");
  }
  function fileName() {
    return `assets/theme-${createHash("sha256").update(text()).digest("hex").slice(0, 8)}.js`;
  }
}

// For development: a running control plane behind this server. The token stands for the session that a real page would have.
function proxyTo(target: string | undefined): Record<string, ProxyOptions> {
  if (!target) return {};
  const token = process.env.SMARTROUTE_DEV_TOKEN;
  const options: ProxyOptions = {
    target,
    changeOrigin: true,
    ws: true,
    headers: { origin: target, ...(token ? { authorization: `Bearer ${token}` } : {}) },
  };
  return { "/smartroute.admin.v1.": options, "/admin/v1/": options };
}

// The overview is where most begin, and what it shares with other pages is what these need, too.
const base = oneFileFor(["/src/main.tsx", "/src/features/overview/index.tsx"], /\/src\/(features\/overview\/(?!search)|components\/charts\/)/);

export default defineConfig({
  plugins: [react(), tailwindcss(), themeScript(), base.plugin, firstScreenBudget()],
  resolve: {
    alias: [
      { find: /^@\//, replacement: `${source("./src")}/` },
      // The generated files and all that use them get the small part that the browser needs; the compiler sees the real package.
      { find: /^@bufbuild\/protobuf$/, replacement: source("./src/lib/proto/index.ts") },
      { find: /^@bufbuild\/protobuf\/codegenv2$/, replacement: source("./src/lib/proto/codegen.ts") },
      { find: /^@bufbuild\/protobuf\/wkt$/, replacement: source("./src/lib/proto/wkt.ts") },
    ],
  },
  server: { proxy: proxyTo(process.env.SMARTROUTE_DEV_ADMIN), strictPort: true },
  build: {
    target: "es2022",
    outDir: process.env.SMARTROUTE_DASHBOARD_OUT || "dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: false,
    chunkSizeWarningLimit: 1500,
    rolldownOptions: { output: { codeSplitting: { groups: [base.group] } } },
  },
  test: {
    environment: "jsdom",
    setupFiles: ["src/test/setup.ts"],
    include: ["src/**/*.test.{ts,tsx}"],
    css: false,
    restoreMocks: true,
    testTimeout: 30_000,
  },
});
