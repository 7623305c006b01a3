import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ADMIN_KEY } from "./instance.ts";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** A real process of the built program. */
export interface Served {
  readonly url: string;
  readonly pid: number;
  /** What it has printed until now. */
  readonly output: () => { readonly stdout: string; readonly stderr: string };
  /** Posts or gets with the administrator's key. */
  call(path: string, body?: object): Promise<Response>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or null when a signal ended it. */
  ended(): Promise<number | null>;
}

/** Runs a command of the built program to its end. */
export async function runCommand(args: readonly string[], environment: Record<string, string>) {
  const child = start(args, environment);
  const code = await child.ended;
  return { code, ...child.printed };
}

/** Starts `leadgate serve` on a free port and waits until it takes traffic. */
export async function serve(environment: Record<string, string>): Promise<Served> {
  const child = start(["serve"], { PORT: "0", LEADGATE_ADMIN_KEY: ADMIN_KEY, ...environment });
  const url = await child.line(/leadgate listening on (\S+)/);
  const headers = { Authorization: `Bearer ${ADMIN_KEY}`, "Content-Type": "application/json" };
  return {
    url,
    pid: child.process.pid!,
    output: () => child.printed,
    call: (path, body) =>
      fetch(url + path, body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) }),
    kill: (signal) => void child.process.kill(signal),
    ended: () => child.ended,
  };
}

function start(args: readonly string[], environment: Record<string, string>) {
  if (!existsSync(MAIN)) throw new Error("dist/ is not built: npm run build");
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(NODE_OPTIONS|JEST_)/.test(name)),
  );
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    env: { ...inherited, LOG_LEVEL: "info", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const printed = { stdout: "", stderr: "" };
  const heard = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name]!.on("data", (chunk: Buffer) => {
      printed[name] += chunk;
      for (const listener of heard) listener();
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  const line = (pattern: RegExp, from: keyof typeof printed = "stdout") =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = pattern.exec(printed[from])?.[1];
        if (found !== undefined) resolve(found);
      };
      heard.add(look);
      look();
      void ended.then((code) => reject(new Error(`ended with ${code}: ${printed.stderr}`)));
    });
  return { process: child, printed, ended, line };
}
