// Makes dist/: everything `leadgate` needs to run. What is already up to date is left alone, so that a second
// `npm start` begins at once.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const STAMP = "dist/.build";
run("scripts/build-web.mjs");
const fingerprint = fingerprintOf(["src", "prisma", "scripts", "package-lock.json", "tsconfig.json"]);
if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === fingerprint) process.exit(0);

// The page has a stamp of its own.
for (const name of readdirSync("dist").filter((one) => one !== "web")) rmSync(join("dist", name), { recursive: true });
run("scripts/generate.mjs");
run(
  fileURLToPath(import.meta.resolve("typescript/package.json")).replace("package.json", "bin/tsc"),
  "-p",
  "tsconfig.json",
);
cpSync("src/mail/templates-builtin", "dist/mail/templates-builtin", { recursive: true });
copyDocs();
chmodSync("dist/main.js", 0o755);
run("scripts/prepare-embedded.mjs");
writeFileSync(STAMP, fingerprint);

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { stdio: ["ignore", "inherit", "inherit"] });
  if (status !== 0) process.exit(status ?? 1);
}

/** What /docs is made of, with its licences: Swagger UI, without the package that reports installations. */
function copyDocs() {
  mkdirSync("dist/docs", { recursive: true });
  const from = dirname(fileURLToPath(import.meta.resolve("swagger-ui-dist/package.json")));
  const files = ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE"];
  for (const file of files) cpSync(join(from, file), join("dist/docs", file));
  cpSync("src/http/docs-init.js", "dist/docs/init.js");
}

/** A digest of all files the build reads, whose times change when a clone is made anew. */
function fingerprintOf(places) {
  const hash = createHash("sha256").update(process.version);
  for (const file of places.flatMap(filesOf).sort()) hash.update(file).update(readFileSync(file));
  return hash.digest("hex");
}

function filesOf(place) {
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes("generated"));
}
