import { readFileSync } from "node:fs";
import { z } from "zod";
import { type FieldFault, LeadgateError } from "./errors.ts";

/** `15`, `512kb`, `1mb` → bytes, as Express's own `limit` options read it (1 kb is 1,024 bytes). */
function bytes(text: string): number {
  const match = /^(\d{1,9})(b|kb|mb)?$/i.exec(text.trim());
  if (match === null) return Number.NaN;
  const unit = { b: 1, kb: 1024, mb: 1024 ** 2 }[(match[2] ?? "b").toLowerCase()] ?? 1;
  return Number(match[1]) * unit;
}

const integer = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,12}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be a whole number from ${least} to ${most}`);

const httpUrl = z
  .url({ protocol: /^https?$/, error: "must be a URL that begins with https:// or http://" })
  .transform((url) => url.replace(/\/+$/, ""));

const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(", ")}` });

/** `true`, `false`, a number of proxies, or addresses, as Express's `trust proxy` takes them. */
const trustProxy = z.string().transform((text) => {
  if (/^\d+$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
});

/** Every setting, in the order of `.env.example`. The description is what a newcomer reads there. */
export const settingsShape = {
  HOST: z.string().min(1, "must not be empty").default("127.0.0.1").describe("Address to listen on; 0.0.0.0 for all."),
  PORT: integer(0, 65_535).default(3000).describe("Port to listen on; 0 takes any free one."),
  PUBLIC_URL: httpUrl.optional().describe("Where the world reaches this service; links in mails begin with it."),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "must begin with postgresql://; leave it unset for the embedded database")
    .optional()
    .describe("PostgreSQL 14 or later. Unset: the embedded database in DATA_DIR."),
  DATABASE_POOL: integer(1, 500).default(10).describe("Connections to PostgreSQL at most, for each process."),
  DATA_DIR: z.string().min(1, "must not be empty").default("./data").describe("Folder of the embedded database."),
  LEADGATE_CONFIG: z
    .string()
    .min(1, "must not be empty")
    .default("leadgate.config.yaml")
    .describe("Configuration file; the service runs without one."),
  TEMPLATES_DIR: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("Folder of your own mail templates. Unset: templates beside the configuration file."),
  LEADGATE_ADMIN_KEY: z
    .string()
    .min(16, "must have at least 16 characters")
    .optional()
    .describe("Administrator's key, valid whenever set. Unset: one is made and printed at the first start."),
  ROLE: oneOf(["all", "api", "worker"]).default("all").describe("What this process does: all, api or worker."),
  MAIL_MODE: oneOf(["preview", "shadow"])
    .default("preview")
    .describe("preview renders and keeps each mail and sends nothing; shadow decides and records only."),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'must be an address such as hello@example.com or "Example <hello@example.com>"')
    .optional()
    .describe("Sender of mails."),
  MAIL_POSTAL_ADDRESS: z.string().optional().describe("Postal address in the footer of mails."),
  FORM_RATE_LIMIT: integer(0, 1_000_000).default(30).describe("Form posts per minute and address; 0: no limit."),
  BODY_LIMIT: z
    .string()
    .transform(bytes)
    .refine((size) => size >= 1024 && size <= 100 * 1024 ** 2, "must be a size such as 512kb or 1mb, up to 100mb")
    .default(1024 ** 2)
    .describe("Largest request body, after decompression."),
  LOG_LEVEL: oneOf(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("How much is logged, as JSON lines on standard error."),
  TRUST_PROXY: trustProxy
    .default(false)
    .describe("How many proxies stand in front, or their addresses: decides whose address is rate limited."),
  SHUTDOWN_GRACE_MS: integer(0, 600_000)
    .default(10_000)
    .describe("How long a stop waits for requests under way, in milliseconds."),
} as const;

export type Settings = z.output<z.ZodObject<typeof settingsShape>>;

/** Settings that may be read from a file named by `<NAME>_FILE`, so that no secret need stand in the environment. */
const SECRETS = ["DATABASE_URL", "LEADGATE_ADMIN_KEY"] as const;

/**
 * Reads the settings of the environment. An empty value counts as unset.
 *
 * @throws LeadgateError `bad-setting` with one fault for each bad value, its path the setting's name.
 */
export function parseSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const { values, faults } = withSecretFiles(environment);
  const present = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ""));
  const result = z.object(settingsShape).safeParse(present);
  const bad = [
    ...faults,
    ...(result.error?.issues.map(({ path, message }) => ({ path: path.join("."), message })) ?? []),
  ];
  if (bad.length > 0) throw new LeadgateError("bad-setting", "Some settings are wrong.", { faults: bad });
  return result.data!;
}

function withSecretFiles(environment: Readonly<Record<string, string | undefined>>) {
  const values: Record<string, string | undefined> = { ...environment };
  const faults: FieldFault[] = [];
  for (const name of SECRETS) {
    const file = environment[`${name}_FILE`];
    if (file === undefined || file === "") continue;
    try {
      values[name] = readFileSync(file, "utf8").trim();
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? "unknown reason";
      faults.push({ path: `${name}_FILE`, message: `names a file that can't be read (${reason})` });
    }
  }
  return { values, faults };
}
