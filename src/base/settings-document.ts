import { settingsShape } from "./settings.ts";

interface Described {
  readonly name: string;
  readonly description: string;
  /** As it is written in the environment; empty where there is none. */
  readonly byDefault: string;
}

/** Defaults that are written otherwise than they are kept. */
const SIZES: Readonly<Record<string, string>> = { BODY_LIMIT: "1mb", SPOOL_LIMIT: "1gb" };

function settings(): Described[] {
  return Object.entries(settingsShape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined).data as unknown;
    const byDefault = fallback === undefined ? "" : (SIZES[name] ?? String(fallback));
    return { name, description: schema.description ?? "", byDefault };
  });
}

/** The text of `.env.example`: every setting with what it means, commented out where it has a default or none. */
export function envExample(): string {
  const blocks = settings().map(({ name, description, byDefault }) => `# ${description}\n# ${name}=${byDefault}\n`);
  return [
    "# Settings of Leadgate. Copy this file to .env, or set them in the environment, which wins.",
    "# Made from src/base/settings.ts by `npm run documents`; what stands behind = is the default.",
    "",
    ...blocks,
  ].join("\n");
}

/** The table of settings in docs/settings.md. */
export function settingsTable(): string {
  const rows = settings().map(
    ({ name, description, byDefault }) =>
      `| \`${name}\` | ${byDefault === "" ? "unset" : `\`${byDefault}\``} | ${description} |`,
  );
  return [
    "# Settings",
    "",
    "Environment or `.env`; the environment wins. A bad value stops the start, one line per fault.",
    "A secret can be read from a file: `LEADGATE_ADMIN_KEY_FILE=/run/secrets/key` instead of `LEADGATE_ADMIN_KEY`.",
    "Made from `src/base/settings.ts` by `npm run documents`.",
    "",
    "| setting | default | what it does |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
