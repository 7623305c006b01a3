import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "../support/served.ts";

/** The built program, running as its users run it, in a folder of its own. */
export interface LeadgateProcess {
  readonly url: string;
  /** What the query answers with the administrator's key. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  get(path: string): Promise<any>;
  /** Posts JSON with the administrator's key. */
  post(path: string, body: object): Promise<Response>;
  stop(): Promise<void>;
}

export async function startLeadgate(
  configuration: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<LeadgateProcess> {
  const directory = mkdtempSync(join(tmpdir(), "leadgate-browser-"));
  const file = join(directory, "leadgate.config.yaml");
  writeFileSync(file, configuration);
  const served = await serve({
    DATA_DIR: join(directory, "data"),
    LEADGATE_CONFIG: file,
    LOG_LEVEL: "warn",
    FORM_RATE_LIMIT: "0",
    ...settings,
  });
  return {
    url: served.url,
    get: async (path) => (await served.call(path)).json(),
    post: (path, body) => served.call(path, body),
    async stop() {
      served.kill("SIGTERM");
      await served.ended();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
