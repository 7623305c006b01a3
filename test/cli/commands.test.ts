import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createProgram } from "../../src/cli/program.ts";
import { Place } from "../support/command.ts";

const onServer = (process.env.TEST_DATABASE_URL ?? "") !== "";
const place = new Place();
beforeAll(async () => {
  await place.serve();
  writeFileSync(
    place.path("seed.csv"),
    "email,First name,Company\nann@example.com,Ann,A\nbob@example.com,Bob,B\ncy@example.com,Cy,C\n",
  );
  await place.run(["import", "seed.csv", "--send-follow-ups"]);
});
afterAll(() => place.close());

test("every command has help with an example, and --json", async () => {
  const program = await createProgram(undefined);
  const all = program.commands.flatMap((one) => (one.commands.length > 0 ? one.commands : [one]));
  expect(all.map(({ parent, name }) => `${parent!.name()} ${name}`).length).toBeGreaterThan(14);
  for (const command of all.filter((one) => one.name() !== "replay-worker")) {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    expect([command.name(), help]).toEqual([command.name(), expect.stringMatching(/--json[\s\S]*\$ .*leadgate/)]);
  }
  expect(program.helpInformation()).not.toMatch(/replay-worker/);
});

test("what is no command, and a command without what it needs, end with 2", async () => {
  const ran = await Promise.all([place.run(["imprt", "x"]), place.run(["requeue"])]);
  expect(ran.map(({ code }) => code)).toEqual([2, 2]);
});

test("an export goes to standard output or to a file that is whole", async () => {
  const csv = await place.run(["export", "--email", "Ann@Example.com"]);
  expect(csv.out.trimEnd().split("\r\n")).toEqual([
    expect.stringMatching(/^id,email,/),
    expect.stringMatching(/ann@example\.com.*Ann/),
  ]);
  const file = await place.run(["export", "--format", "ndjson", "-o", "leads.ndjson", "--json"]);
  expect(file.json()).toMatchObject({ file: "leads.ndjson", lines: 3 });
  expect(readFileSync(place.path("leads.ndjson"), "utf8").match(/\n/g)).toHaveLength(3);
  expect((await place.run(["export", "--submissions", "--q", "ann"])).code).toBe(2);
  const back = await place.run(["import", "leads.ndjson", "--json"]);
  expect([back.code, back.json()]).toMatchObject([0, { rows: 3, unchanged: 3 }]);
});

test("compare names what differs, in exports of other systems", async () => {
  writeFileSync(
    place.path("there.csv"),
    "Record ID,Email,First Name,Company name,template\n1,ANN@example.com,Ann,A,\n2,bob@example.com,Robert,B,\n3,new@example.com,N,,\n4,new@example.com,N,,\n5,ann@example.com,,,welcome\n6,bob@example.com,,,bye\n",
  );
  const ran = await place.run(["compare", "there.csv", "--json"]);
  expect([ran.code, ran.json()]).toEqual([
    1,
    {
      leads: {
        both: 2,
        onlyHere: ["cy@example.com"],
        onlyThere: ["new@example.com"],
        duplicatedThere: ["new@example.com"],
        differing: [{ email: "bob@example.com", fields: { firstName: { here: "Bob", there: "Robert" } } }],
      },
      messages: {
        both: 1,
        onlyHere: [
          { email: "bob@example.com", template: "welcome" },
          { email: "cy@example.com", template: "welcome" },
        ],
        onlyThere: [{ email: "bob@example.com", template: "bye" }],
      },
    },
  ]);
  await place.run(["export", "-o", "own.csv"]);
  expect((await place.run(["compare", "own.csv"])).code).toBe(0);
});

test("keys are made, listed and revoked", async () => {
  const made = (await place.run(["keys", "create", "shop", "--scopes", "read", "--json"])).json() as Record<
    string,
    string
  >;
  const use = () => place.run(["export"], { LEADGATE_API_KEY: made.key! });
  expect((await use()).code).toBe(0);
  expect((await place.run(["keys", "list"])).out).toMatch(new RegExp(`${made.id}  shop +read`));
  expect((await place.run(["keys", "revoke", made.id!])).code).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect((await use()).code).toBe(2);
});

test("requeue releases mail, uncertain mail only on purpose", async () => {
  const uncertain = await place.run(["requeue", "--status", "uncertain"]);
  expect([uncertain.code, uncertain.err]).toEqual([2, expect.stringMatching(/--accept-duplicate/)]);
  const previewed = await place.run(["requeue", "--status", "previewed", "--json"]);
  expect([previewed.code, previewed.json()]).toEqual([0, { status: "previewed", requeued: expect.any(Number) }]);
});

test("a template is tried out in the mode that is set", async () => {
  const sent = await place.run(["test-send", "welcome", "--to", "You@example.com", "--json"]);
  expect([sent.code, sent.json()]).toMatchObject([0, { outcome: "previewed", mode: "preview", to: "You@example.com" }]);
  const none = await place.run(["test-send", "none", "--to", "you@example.com"]);
  expect([none.code, none.err]).toEqual([2, expect.stringMatching(/there are .*welcome/)]);
});

test("what is in quarantine is shown, and refused again while its mapping is not mended", async () => {
  const key = place.environment().LEADGATE_API_KEY!;
  const url = place.environment().LEADGATE_URL!;
  const posted = await fetch(`${url}/webhooks/crm?key=${key}`, {
    method: "POST",
    body: new URLSearchParams({ note: "x" }),
  });
  expect(posted.status).toBe(422);
  const listed = (await place.run(["quarantine", "list", "--json"])).json() as { data: { id: string }[] };
  const [entry] = listed.data;
  expect(listed.data).toEqual([
    expect.objectContaining({ source: "crm", reason: expect.stringMatching(/no e-mail address/) }),
  ]);
  const retried = await place.run(["quarantine", "retry", entry!.id, "--json"]);
  expect([retried.code, retried.json()]).toMatchObject([
    1,
    { results: [{ id: entry!.id, reason: expect.any(String) }] },
  ]);
});

test("a second process on the same embedded database ends with 2 and names the first", async () => {
  if (onServer) return;
  const ran = await Promise.all(["doctor", "replay", "migrate", "serve"].map((one) => place.run([one], { PORT: "0" })));
  for (const { code, err } of ran)
    expect([code, err]).toEqual([2, expect.stringMatching(new RegExp(`^[^\n]*process ${place.pid}\\b[^\n]*\n$`))]);
});

test("doctor finds nothing in a sound instance, and tells how to mend what is wrong", async () => {
  await place.stop();
  const sound = await place.run(["doctor", "--json"]);
  expect([sound.code, sound.json()]).toMatchObject([0, { findings: [] }]);
  writeFileSync(
    place.path("leadgate.config.yaml"),
    "followUps:\n  - name: x\n    on: submission\n    template: none\n",
  );
  const wrong = await place.run(["doctor"]);
  expect([wrong.code, wrong.out]).toEqual([1, expect.stringMatching(/leadgate\.config\.yaml:4: .*no template none/)]);
  const settings = await place.run(["doctor", "--json"], { PORT: "many" });
  expect([settings.code, settings.json()]).toMatchObject([1, { findings: [{ check: "settings" }] }]);
});
