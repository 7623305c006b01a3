import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../..", import.meta.url));
const GENERATOR = join(dirname(require.resolve("openapi-typescript/package.json")), "bin/cli.js");
const COMPILER = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");

/** A program that knows the interface by its generated types alone. `WRONG` stands for what must not compile. */
const CLIENT = `
import type { paths } from "./api.js";

type Leads = paths["/v1/leads"]["get"];
type Query = NonNullable<Leads["parameters"]["query"]>;
type Page = Leads["responses"]["200"]["content"]["application/json"];
type NewLead = Exclude<paths["/v1/leads"]["post"]["requestBody"]["content"]["application/json"], unknown[]>;

const [url, key] = process.argv.slice(2);
const headers = { authorization: \`Bearer \${key}\`, "content-type": "application/json" };

async function addLead(lead: NewLead): Promise<void> {
  await fetch(new URL("/v1/leads", url), { method: "POST", headers, body: JSON.stringify(lead) });
}

async function listLeads(query: Query): Promise<Page> {
  const entries = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const response = await fetch(new URL(\`/v1/leads?\${new URLSearchParams(entries)}\`, url), { headers });
  return (await response.json()) as Page;
}

await addLead({ email: "client@example.com", firstName: "Cli", attributes: { plan: "pro" } });
const page = await listLeads({ status: "new", limit: 10, sort: "-createdAt" });
console.log(page.data.map(({ email, firstName, suppressed }) => \`\${email} \${firstName?.toUpperCase()} \${suppressed}\`).join());
`;

let instance: Instance;
let server: Server;
let directory: string;
beforeAll(async () => {
  instance = await startInstance();
  server = createServer(instance.app.http);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  directory = mkdtempSync(join(tmpdir(), "leadgate-client-"));
  writeFileSync(join(directory, "package.json"), '{"type":"module"}');
  writeFileSync(join(directory, "openapi.json"), JSON.stringify(openApiDocument()));
  run("--import", join(root, "test/support/typescript-with-api.mjs"), GENERATOR, "openapi.json", "-o", "api.d.ts");
});
afterAll(async () => {
  server.close();
  await instance.close();
  rmSync(directory, { recursive: true, force: true });
});

function run(...command: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: directory,
    encoding: "utf8",
    env: {},
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout;
}

function compile(client: string): void {
  writeFileSync(join(directory, "client.ts"), client);
  const options = ["--strict", "--target", "es2022", "--module", "nodenext", "--types", "node"];
  run(COMPILER, ...options, "--typeRoots", join(root, "node_modules/@types"), "client.ts");
}

test("a client generated from the document compiles, and lists leads", async () => {
  compile(CLIENT);
  const { port } = server.address() as AddressInfo;
  // Not spawnSync: the instance answers from this very process.
  const told = await new Promise<string>((resolve, reject) => {
    const command = [join(directory, "client.js"), `http://127.0.0.1:${port}`, ADMIN_KEY];
    execFile(process.execPath, command, (error, stdout) => (error ? reject(error) : resolve(stdout)));
  });
  expect(told.trim()).toBe("client@example.com CLI false");
});

test.each([
  ["a parameter there is not", 'status: "new"', 'state: "new"'],
  ["a status there is not", 'status: "new"', 'status: "open"'],
  ["a field leads don't have", "suppressed }", "unsubscribed }"],
  ["a lead without an address", 'email: "client@example.com", ', ""],
])("the types refuse %s", (_what, right, wrong) => {
  expect(CLIENT).toContain(right);
  expect(() => compile(CLIENT.replace(right, wrong))).toThrow(/error TS/);
});
