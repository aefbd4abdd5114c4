// A private authority for tests, by openssl; and secrets mounted the way Kubernetes mounts them.
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { run } from "./world.mjs";

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
const dateOf = (secondsFromNow) => new Date(Date.now() + secondsFromNow * 1000).toISOString().replace(/[-:T]|\.\d+/g, "");

export class Authority {
  // `name` is a folder to be made in `folder`, and the authority's common name.
  constructor(folder, name) {
    this.folder = join(folder, name);
    mkdirSync(this.folder);
    writeFileSync(this.#path("index.txt"), "");
    writeFileSync(
      this.#path("ca.cnf"),
      `[ca]\ndefault_ca = own\n[own]\ndatabase = ${this.#path("index.txt")}\nnew_certs_dir = ${this.folder}\nrand_serial = yes\ndefault_md = sha256\npolicy = any\nunique_subject = no\n[any]\ncommonName = supplied\n`,
    );
    this.#openssl("req", "-x509", ...newKey, "-days", "2", "-subj", `/CN=${name}`, "-keyout", this.#path("ca.key"), "-out", this.#path("ca.pem"));
  }

  get pem() {
    return readFileSync(this.#path("ca.pem"), "utf8");
  }

  // {cert, key} as PEM texts; `names` is a subjectAltName. `from`, `to`: seconds from now.
  issue(names, { from = -60, to = 86_400, usage = "clientAuth,serverAuth" } = {}) {
    const path = (end) => this.#path(`leaf.${end}`);
    writeFileSync(path("cnf"), `subjectAltName = ${names}\nextendedKeyUsage = ${usage}\n`);
    this.#openssl("req", "-new", ...newKey, "-subj", "/CN=leaf", "-keyout", path("key"), "-out", path("csr"));
    const dates = ["-startdate", dateOf(from), "-enddate", dateOf(to)];
    this.#openssl("ca", "-batch", "-notext", "-config", this.#path("ca.cnf"), "-keyfile", this.#path("ca.key"), "-cert", this.#path("ca.pem"), ...dates, "-extfile", path("cnf"), "-in", path("csr"), "-out", path("pem"));
    return { cert: readFileSync(path("pem"), "utf8"), key: readFileSync(path("key"), "utf8") };
  }

  // One that signed itself.
  selfSigned(names) {
    const path = (end) => this.#path(`self.${end}`);
    this.#openssl("req", "-x509", ...newKey, "-days", "2", "-subj", "/CN=self", "-addext", `subjectAltName=${names}`, "-keyout", path("key"), "-out", path("pem"));
    return { cert: readFileSync(path("pem"), "utf8"), key: readFileSync(path("key"), "utf8") };
  }

  #path(name) {
    return join(this.folder, name);
  }

  #openssl(...args) {
    const { status, stderr } = run("openssl", args);
    if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${stderr}`);
  }
}

// A folder with files as a kubelet lays them out: each a link into `..data`, which is a link to a folder that is replaced as a whole.
export class MountedSecret {
  #versions = 0;

  constructor(folder, files) {
    this.folder = folder;
    mkdirSync(folder);
    this.swap(files);
    for (const name of Object.keys(files)) symlinkSync(join("..data", name), this.path(name));
  }

  path(name) {
    return join(this.folder, name);
  }

  swap(files) {
    const before = this.#versions === 0 ? undefined : this.path(`..${this.#versions}`);
    const version = `..${++this.#versions}`;
    mkdirSync(this.path(version));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.path(version), name), text, { mode: 0o600 });
    symlinkSync(version, this.path("..data_tmp"));
    renameSync(this.path("..data_tmp"), this.path("..data"));
    if (before) rmSync(before, { recursive: true });
  }
}
