import { Command, Option } from "commander";
import { SCOPES } from "../flow/keys.ts";
import { type ConnectionOptions, connect, withConnection } from "./client.ts";
import { createConsole } from "./console.ts";
import { pagesOf, table } from "./lists.ts";

interface KeyOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** A key as a list shows it. */
interface ListedKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export function keysCommand(): Command {
  const create = withConnection(new Command("create"))
    .description("make a key; it is shown this once")
    .argument("<name>", "who uses it")
    .addOption(new Option("--scopes <scopes...>", "what it is good for").choices(SCOPES).default(["ingest"]))
    .addHelpText(
      "after",
      "\nExamples:\n  $ leadgate keys create shop\n  $ leadgate keys create dashboard --scopes read",
    )
    .action(async (name: string, options: KeyOptions & { scopes: readonly string[] }) => {
      const told = createConsole(options);
      const made = await connect(options).json<ListedKey & { key: string }>("POST", "/v1/keys", {
        name,
        scopes: options.scopes,
      });
      told.say(`${made.key}`);
      told.note(`Keep it now: it is not shown again. Good for ${made.scopes.join(", ")}; its id is ${made.id}.`);
      told.result(made);
    });
  const list = withConnection(new Command("list"))
    .description("show all keys, without their secret")
    .addHelpText("after", "\nExample:\n  $ leadgate keys list")
    .action(async (options: KeyOptions) => {
      const told = createConsole(options);
      const keys: ListedKey[] = [];
      for await (const key of pagesOf<ListedKey>(connect(options), "/v1/keys")) keys.push(key);
      const rows = keys.map(({ id, name, scopes, lastUsedAt, revokedAt }) => [
        id,
        name,
        scopes.join(","),
        revokedAt === null ? (lastUsedAt ?? "never used") : `revoked ${revokedAt}`,
      ]);
      for (const line of table(["id", "name", "scopes", "last used"], rows)) told.say(line);
      told.result({ data: keys });
    });
  const revoke = withConnection(new Command("revoke"))
    .description("make a key good for nothing, within a second")
    .argument("<id>", "its id, as `leadgate keys list` shows it")
    .addHelpText("after", "\nExample:\n  $ leadgate keys revoke 0197a2b4-…")
    .action(async (id: string, options: KeyOptions) => {
      const told = createConsole(options);
      await connect(options).json("DELETE", `/v1/keys/${encodeURIComponent(id)}`);
      told.say("Revoked.");
      told.result({ id, revoked: true });
    });
  return new Command("keys")
    .description("make, list and revoke API keys")
    .addCommand(create)
    .addCommand(list)
    .addCommand(revoke);
}
