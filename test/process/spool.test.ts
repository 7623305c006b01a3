import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Link, startLink } from "../support/link.ts";
import { until } from "../support/mailing.ts";
import { runCommand, type Served, serve } from "../support/served.ts";

/** Real processes on a PostgreSQL whose connection is cut or frozen. The embedded database can't be away. */
const onPostgres = process.env.TEST_DATABASE_URL ? describe : describe.skip;

onPostgres("with PostgreSQL away", () => {
  let fresh: TestDatabase;
  let client: pg.Client;
  let link: Link;
  let directory: string;
  let running: Served[];
  beforeAll(async () => {
    fresh = await openTestDatabase();
    client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await fresh.close();
  });
  beforeEach(async () => {
    await client.query("TRUNCATE leads, quarantine CASCADE");
    directory = mkdtempSync(join(tmpdir(), "leadgate-spool-process-"));
    running = [];
    link = await startLink(fresh.url!);
  });
  afterEach(async () => {
    for (const served of running) served.kill("SIGKILL");
    await Promise.all(running.map((served) => served.ended()));
    link.thaw();
    await link.cut();
    rmSync(directory, { recursive: true, force: true });
  });

  const start = async (environment: Record<string, string> = {}) => {
    const served = await serve({ DATABASE_URL: link.url, DATA_DIR: join(directory, "data"), ...environment });
    running.push(served);
    return served;
  };
  const lead = (index: number) => ({ email: `lead-${index}@example.com`, firstName: "Ann", message: `No. ${index}` });
  const stored = async () => {
    const { rows } = await client.query(
      "SELECT id, payload ->> 'email' AS email FROM submissions ORDER BY received_at",
    );
    return rows as { id: string; email: string }[];
  };
  /** Posts so many, and what those were answered with that were taken. */
  async function post(served: Served, from: number, count: number) {
    const indexes = Array.from({ length: count }, (_, index) => from + index);
    const answers = await Promise.all(
      indexes.map(async (index) => {
        const begun = performance.now();
        const response = await served.call("/v1/leads", lead(index));
        const body = (await response.json()) as { submissionId: string };
        return { status: response.status, id: body.submissionId, ms: performance.now() - begun };
      }),
    );
    return answers;
  }

  test("cut off: receipts, and everything is there once when it is back", async () => {
    const served = await start();
    const before = await post(served, 0, 5);
    expect(before.map(({ status }) => status)).toEqual(Array(5).fill(201));
    await link.cut();
    const during = await post(served, 5, 100);
    expect(during.map(({ status }) => status)).toEqual(Array(100).fill(202));
    const ready = (await (await served.call("/readyz")).json()) as { status: string; reasons: string[] };
    expect(ready.status).toBe("degraded");
    expect(ready.reasons[0]).toContain("submissions are spooled (100 waiting)");
    expect((await served.call("/v1/leads")).status).toBe(503);
    await link.mend();
    await until(async () => (await stored()).length === 105);
    expect(new Set((await stored()).map(({ id }) => id))).toEqual(new Set([...before, ...during].map(({ id }) => id)));
  });

  test("frozen: no post waits long, and what was under way is not taken in twice", async () => {
    const served = await start();
    await post(served, 0, 5);
    link.freeze();
    const during = await post(served, 5, 60);
    expect(during.map(({ status }) => status)).toEqual(Array(60).fill(202));
    // The aim is 2 s; the rest is for the machine the test runs on.
    expect(Math.max(...during.map(({ ms }) => ms))).toBeLessThan(6_000);
    const query = await served.call("/v1/leads");
    expect([query.status, query.headers.get("retry-after")]).toEqual([503, "5"]);
    link.thaw();
    await until(async () => (await stored()).length === 65);
    expect(new Set((await stored()).map(({ id }) => id)).size).toBe(65);
  });

  test("the limit of form posts holds on, from memory", async () => {
    const served = await start({ FORM_RATE_LIMIT: "3" });
    await link.cut();
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) {
      const headers = { "Content-Type": "application/json" };
      const form = { method: "POST", headers, body: JSON.stringify(lead(index)) };
      statuses.push((await fetch(`${served.url}/forms/contact`, form)).status);
    }
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
  });

  test("killed with receipts given, it takes everything in when it starts again", async () => {
    const served = await start();
    await link.cut();
    const during = await post(served, 0, 50);
    served.kill("SIGKILL");
    await served.ended();
    await link.mend();
    await start();
    await until(async () => (await stored()).length === 50);
    expect(new Set((await stored()).map(({ id }) => id))).toEqual(new Set(during.map(({ id }) => id)));
  });

  test("started with PostgreSQL away, it takes in what needs no key, and is whole when PostgreSQL is there", async () => {
    const first = await start();
    await post(first, 0, 1);
    first.kill("SIGTERM");
    await first.ended();
    await link.cut();
    const served = await start({ LEADGATE_ADMIN_KEY: "" });
    const form = await fetch(`${served.url}/forms/contact`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(lead(1)),
    });
    expect(form.status).toBe(200);
    expect((await post(served, 2, 1))[0]!.status).toBe(503);
    const ready = await served.call("/readyz");
    expect(ready.status).toBe(503);
    expect(((await ready.json()) as { reasons: string[] }).reasons[0]).toContain("1 waiting");
    await link.mend();
    await until(async () => (await stored()).length === 2);
    await until(async () => (await served.call("/readyz")).status === 200);
  });

  test("a worker that has nothing to take in does not start without PostgreSQL, and says why", async () => {
    await link.cut();
    const environment = { DATABASE_URL: link.url, DATA_DIR: join(directory, "data"), ROLE: "worker" };
    const { code, stderr } = await runCommand(["serve"], environment);
    expect(code).toBe(2);
    expect(stderr.trim()).toBe("The database can't be reached at the moment; try again.");
  });

  test("a database that is not there is a wrong setting, and nothing starts", async () => {
    const wrong = new URL(link.url);
    wrong.pathname = "/leadgate_no_such_database";
    const { code, stderr } = await runCommand(["serve"], {
      DATABASE_URL: wrong.href,
      DATA_DIR: join(directory, "data"),
    });
    expect(code).toBe(2);
    expect(stderr.trim()).toMatch(/^DATABASE_URL: is refused by PostgreSQL \(3D000\)/);
  });

  test("asked to stop while PostgreSQL hangs, it stops all the same, and nothing is lost", async () => {
    const served = await start({ SHUTDOWN_GRACE_MS: "500" });
    await post(served, 0, 5);
    link.freeze();
    await post(served, 5, 10);
    served.kill("SIGTERM");
    expect(await served.ended()).toBe(0);
    link.thaw();
    await start();
    await until(async () => (await stored()).length === 15);
  });

  test("asked to stop, it leaves what waits to the next start", async () => {
    const served = await start();
    await link.cut();
    await post(served, 0, 20);
    served.kill("SIGTERM");
    expect(await served.ended()).toBe(0);
    const environment = { DATABASE_URL: fresh.url!, DATA_DIR: join(directory, "data") };
    const { stdout } = await runCommand(["doctor", "--json"], environment);
    expect(stdout).toContain("20 submissions waiting");
    await link.mend();
    await start();
    await until(async () => (await stored()).length === 20);
  });
});
