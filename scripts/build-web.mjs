// Makes dist/web/: the page for people, with every file compressed beforehand and its libraries' licences. What is
// already up to date is left alone.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const OUT = "dist/web";
const STAMP = join(OUT, ".build");
/** Smaller files fit into one packet as they are. */
const WORTH_BYTES = 1_000;

const fingerprint = fingerprintOf([...filesOf("web"), "scripts/build-web.mjs", "package-lock.json"]);
if (!existsSync(STAMP) || readFileSync(STAMP, "utf8") !== fingerprint) {
  // Loaded when it is wanted: it takes longer than finding out that it is not.
  const { build } = await import("vite");
  await build({ configFile: "web/vite.config.ts", logLevel: "warn" });
  copyLicences();
  for (const file of filesOf(OUT).filter((name) => /\.(?:js|css|html|svg)$/.test(name))) compress(file);
  writeFileSync(STAMP, fingerprint);
}

function compress(file) {
  const bytes = readFileSync(file);
  if (bytes.length < WORTH_BYTES) return;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  writeFileSync(`${file}.br`, brotliCompressSync(bytes));
}

/** Both libraries are in the bundle, and their licence asks for its text beside it. */
function copyLicences() {
  mkdirSync(join(OUT, "licences"), { recursive: true });
  for (const name of ["preact", "uplot"])
    copyFileSync(`node_modules/${name}/LICENSE`, join(OUT, "licences", `${name}.txt`));
}

function fingerprintOf(files) {
  const hash = createHash("sha256").update(process.version);
  for (const file of files.sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

function filesOf(place) {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
