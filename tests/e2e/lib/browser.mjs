// Debian's Chromium, and pages that hold everything against the test that no page may do: console errors, exceptions, breaches of the
// content policy, a word to another origin.
import assert from "node:assert/strict";

import { chromium } from "playwright-core";

import { admin } from "./people.mjs";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

export const launch = () => chromium.launch({ executablePath: program, args: [...(process.getuid() === 0 ? ["--no-sandbox"] : []), "--disable-dev-shm-usage"] });

// What the browser itself says in the console of an answer that is no success; tests name the statuses they expect.
const networkWord = /^Failed to load resource: the server responded with a status of (\d+)/;

export class Watch {
  faults = [];
  requests = []; // {method, url, resource}
  constructor(origin, expected) {
    this.origin = origin;
    this.expected = expected;
  }

  async follow(context) {
    await context.exposeBinding("__violation", (_, what) => this.faults.push(`content policy: ${what}`));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => window.__violation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`));
    });
    context.on("page", (page) => this.#page(page));
  }

  #page(page) {
    page.on("console", (message) => {
      if (message.type() !== "error" && !/content security policy|trusted ?types?/i.test(message.text())) return;
      const status = networkWord.exec(message.text())?.[1];
      if (this.expected.some((one) => (one instanceof RegExp ? one.test(message.text()) : Number(status) === one))) return;
      this.faults.push(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.faults.push(`exception: ${error.stack ?? error}`));
    page.on("dialog", (dialog) => (this.faults.push(`dialog: ${dialog.message()}`), dialog.dismiss()));
    page.on("request", (request) => this.#request(request.method(), request.url(), request.resourceType()));
    page.on("websocket", (socket) => this.#request("GET", socket.url(), "websocket"));
  }

  #request(method, url, resource) {
    this.requests.push({ method, url, resource });
    const { origin, protocol } = new URL(url);
    if (["data:", "blob:", "about:"].includes(protocol)) return;
    if (origin.replace(/^ws/, "http") !== this.origin) this.faults.push(`another origin: ${method} ${url}`);
  }

  // Calls of the admin API since `from`, an index into `requests`.
  calls(from = 0) {
    return this.requests.slice(from).filter(({ url }) => /\/smartroute\.admin\.v1\.|\/admin\/v1\//.test(url));
  }

  // Throws what was collected, once.
  check() {
    const faults = this.faults.splice(0);
    assert.deepEqual(faults, [], "the page did what no page may do");
  }
}

export const looks = { theme: "light", language: "en", timeZone: "utc" };

// The dashboard of one gateway, in one browser.
export class Dashboard {
  states = new Map(); // name of a person -> cookies
  watches = [];
  constructor(gateway) {
    this.gateway = gateway;
  }

  get origin() {
    return `http://${this.gateway.control.ready.admin}`;
  }

  async start() {
    this.browser = await launch();
    return this;
  }

  async stop() {
    await this.browser?.close();
  }

  // A page of a context of its own. `expect`: what the browser may complain of, statuses and patterns.
  async page({ person, look = {}, width = 1440, height = 900, expect = [], ...more } = {}) {
    const context = await this.browser.newContext({ viewport: { width, height }, reducedMotion: "reduce", baseURL: this.origin, ...(person && { storageState: await this.#state(person) }), ...more });
    context.setDefaultTimeout(20_000);
    await context.addInitScript((wanted) => {
      // The first, empty document has no storage.
      if (location.protocol === "http:" && localStorage.getItem("smartroute.preferences") === null) localStorage.setItem("smartroute.preferences", wanted);
    }, JSON.stringify({ ...looks, ...look }));
    const watch = new Watch(this.origin, expect);
    await watch.follow(context);
    this.watches.push(watch);
    const page = await context.newPage();
    return Object.assign(page, { watch });
  }

  async #state(person) {
    if (!this.states.has(person.name)) {
      const context = await this.browser.newContext({ baseURL: this.origin, locale: "en" });
      const page = await context.newPage();
      await page.goto("/sign-in");
      await signIn(page, person);
      this.states.set(person.name, await context.storageState());
      await context.close();
    }
    return this.states.get(person.name);
  }

  check() {
    for (const watch of this.watches) watch.check();
  }
}

export async function signIn(page, { name, password } = admin) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("navigation", { name: "Pages" }).first().waitFor();
}
