import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const KEY = "lg_browser-test-administrator-key";

/** The built program, running as its users run it. */
export interface LeadgateProcess {
  readonly url: string;
  /** What the query answers with the administrator's key. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  get(path: string): Promise<any>;
  stop(): Promise<void>;
}

export async function startLeadgate(configuration: string): Promise<LeadgateProcess> {
  if (!existsSync("dist/main.js"))
    throw new Error("There is no dist/main.js; run `npm run build`, or `npm run test:browser`.");
  const directory = mkdtempSync(join(tmpdir(), "leadgate-browser-"));
  const file = join(directory, "leadgate.config.yaml");
  writeFileSync(file, configuration);
  const program = spawn(process.execPath, ["dist/main.js", "serve"], {
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      DATA_DIR: join(directory, "data"),
      LEADGATE_CONFIG: file,
      LEADGATE_ADMIN_KEY: KEY,
      LOG_LEVEL: "warn",
      FORM_RATE_LIMIT: "0",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => program.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = "";
    program.stdout.on("data", (data) => {
      printed += data;
      const listening = /leadgate listening on (\S+)\n/.exec(printed);
      if (listening) resolve(listening[1]!);
    });
    program.once("exit", (code) => reject(new Error(`leadgate ended with ${code}: ${printed}`)));
  });
  return {
    url,
    get: async (path) => (await fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${KEY}` } })).json(),
    async stop() {
      program.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
