import { readFileSync } from "node:fs";
import { z } from "zod";
import { type FieldFault, LeadgateError } from "./errors.ts";

/** `15`, `512kb`, `1mb` → bytes, as Express's own `limit` options read it (1 kb is 1,024 bytes). */
function bytes(text: string): number {
  const match = /^(\d{1,9})(b|kb|mb|gb)?$/i.exec(text.trim());
  if (match === null) return Number.NaN;
  const unit = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 }[(match[2] ?? "b").toLowerCase()] ?? 1;
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
  DATA_DIR: z
    .string()
    .min(1, "must not be empty")
    .default("./data")
    .describe("Folder of the embedded database and of the spool; keep it on a disk that outlives the process."),
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
  MAIL_MODE: oneOf(["preview", "sandbox", "shadow", "live"])
    .default("preview")
    .describe(
      "preview renders and keeps each mail and sends nothing; sandbox lets SendGrid check each and send nothing; " +
        "shadow decides and records only; live sends.",
    ),
  MAIL_FROM: z
    .string()
    .regex(/^[^\r\n]*@[^\r\n]*$/, 'must be an address such as hello@example.com or "Example <hello@example.com>"')
    .optional()
    .describe("Sender of mails."),
  MAIL_POSTAL_ADDRESS: z.string().optional().describe("Postal address in the footer of mails."),
  SENDGRID_API_KEY: z
    .string()
    .regex(/^[\x21-\x7e]+$/, "must be a key as SendGrid shows it, without spaces or line breaks")
    .optional()
    .describe("SendGrid's API key with the permission Mail Send; needed by the modes sandbox and live."),
  SENDGRID_BASE_URL: httpUrl
    .default("https://api.sendgrid.com")
    .describe("Where SendGrid is called; https://api.eu.sendgrid.com for its EU region."),
  SENDGRID_TIMEOUT_MS: integer(100, 300_000)
    .default(30_000)
    .describe("How long a call to SendGrid may take, in milliseconds; what takes longer is uncertain."),
  SENDGRID_EVENT_PUBLIC_KEY: z
    .string()
    .optional()
    .describe("Verification key of SendGrid's signed event webhook. Unset: /sendgrid/events takes nothing."),
  SPOOL_URL: z
    .string()
    .regex(/^file:\/\/\/./, "must be a folder such as file:///var/spool/leadgate; unset: the folder spool in DATA_DIR")
    .optional()
    .describe("Folder that keeps submissions while the database is away. Unset: spool in DATA_DIR."),
  SPOOL_LIMIT: z
    .string()
    .transform(bytes)
    .refine((size) => size >= 1024 ** 2 && size <= 1024 ** 4, "must be a size such as 512mb or 1gb, from 1mb to 1024gb")
    .default(1024 ** 3)
    .describe("Size of the spool at most, for each process; past it submissions are refused with 503."),
  FORM_RATE_LIMIT: integer(0, 1_000_000).default(30).describe("Form posts per minute and address; 0: no limit."),
  FORM_MAIL_MAX_PER_HOUR: integer(0, 1_000_000)
    .default(200)
    .describe("Mails caused by forms in an hour at most, over all processes; the rest waits."),
  BODY_LIMIT: z
    .string()
    .transform(bytes)
    .refine((size) => size >= 1024 && size <= 100 * 1024 ** 2, "must be a size such as 512kb or 1mb, up to 100mb")
    .default(1024 ** 2)
    .describe("Largest request body, after decompression."),
  HOOKS_ALLOW_PRIVATE: oneOf(["true", "false"])
    .transform((text) => text === "true")
    .default(false)
    .describe("Whether hooks may lead to private and loopback addresses: true or false."),
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
const SECRETS = ["DATABASE_URL", "LEADGATE_ADMIN_KEY", "SENDGRID_API_KEY", "SENDGRID_EVENT_PUBLIC_KEY"] as const;

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
    ...missingFor(present.MAIL_MODE, present, faults),
  ];
  if (bad.length > 0) throw new LeadgateError("bad-setting", "Some settings are wrong.", { faults: bad });
  return result.data!;
}

/** What sending needs beyond what each setting must be by itself. */
function missingFor(
  mode: string | undefined,
  present: Readonly<Record<string, string | undefined>>,
  known: readonly FieldFault[],
): FieldFault[] {
  if (mode !== "live" && mode !== "sandbox") return [];
  const faults = ["SENDGRID_API_KEY", "MAIL_FROM"]
    .filter((name) => present[name] === undefined && !known.some(({ path }) => path === `${name}_FILE`))
    .map((path) => ({ path, message: `is needed when MAIL_MODE is ${mode}` }));
  const url = present.PUBLIC_URL ?? "";
  if (mode === "live" && (url === "" || /^http:/i.test(url)) && !isLoopback(url)) {
    const message = "must begin with https:// when MAIL_MODE is live, since links in mails lead there (or be loopback)";
    faults.push({ path: "PUBLIC_URL", message });
  }
  return faults;
}

function isLoopback(url: string): boolean {
  const host = URL.canParse(url) ? new URL(url).hostname : "";
  return host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127(?:\.\d+){3}$/.test(host);
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
