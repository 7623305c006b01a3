// A real `leadgate serve` on an embedded database of its own, from a copy of the build, with its output and its memory.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyBuild } from "./world.mjs";

export const ADMIN_KEY = "lg_fault-run-administrator-key";

/**
 * Starts the program and waits until it takes traffic.
 *
 * @param configuration text of the configuration file.
 * @param templates names under which the built-in mail to the team, which tells all that a lead said, is a template.
 */
export async function serveCopy({ configuration = "", templates = [], settings = {} } = {}) {
  const build = copyBuild();
  const directory = mkdtempSync(join(tmpdir(), "leadgate-served-"));
  const file = join(directory, "leadgate.config.yaml");
  writeFileSync(file, configuration);
  mkdirSync(join(directory, "templates"));
  for (const name of templates)
    cpSync(
      join(build.place, "dist/mail/templates-builtin/new-lead.liquid"),
      join(directory, `templates/${name}.liquid`),
    );
  const child = spawn(process.execPath, [build.main, "serve"], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      LOG_LEVEL: "warn",
      DATA_DIR: join(directory, "data"),
      LEADGATE_CONFIG: file,
      LEADGATE_ADMIN_KEY: ADMIN_KEY,
      FORM_RATE_LIMIT: "0",
      ...settings,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  // Whatever ends this run ends the program it started.
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
  const clear = () => {
    process.removeListener("exit", kill);
    build.remove();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    return await whenListening(child, ended, clear);
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    clear();
    throw error;
  }
}

async function whenListening(child, ended, clear) {
  let output = "";
  const url = await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
        const told = /leadgate listening on (\S+)/.exec(output);
        if (told) resolve(told[1]);
      });
    }
    child.once("exit", (code) => reject(new Error(`serve ended with ${code} before it listened: ${output}`)));
  });
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, "Content-Type": "application/json" };
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid,
    output: () => output,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    /** Posts or gets with the administrator's key; on a connection of its own where asked. */
    call: (path, body, isAlone = false) => {
      const own = isAlone ? { ...headers, Connection: "close" } : headers;
      const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
      return fetch(url + path, { headers: own, ...options });
    },
    residentMb: () =>
      Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024),
    async stop() {
      child.kill("SIGTERM");
      const code = await ended;
      clear();
      return code;
    },
  };
}
