import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem } from "../support/answers.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

const CORPUS = join(process.env.CORPORA_DIR ?? "../shared/corpora", "ssrf-urls.json");

interface Row {
  readonly url: string;
  readonly expect: "refuse" | "accept" | "either";
}

/** What the name server answers: names that hold an address lead to it, as nip.io and its kind do, all others to the public Internet. */
const embedded = (name: string) => /(\d+\.\d+\.\d+\.\d+)\.nip\.io$/.exec(name)?.[1];
const rebinding = (name: string) => /rebind-(\d+\.\d+)-(\d+\.\d+)-rr\.1u\.ms$/.exec(name);

let instance: Instance;
let canary: HookReceiver;
/** Every name is answered like this, once it is set. */
let rebound: string | undefined;
beforeAll(async () => {
  instance = await startInstance({
    resolve: async (name) => {
      const rebinds = rebinding(name);
      const address = rebound ?? embedded(name) ?? (rebinds === null ? "93.184.215.14" : `${rebinds[1]}.${rebinds[2]}`);
      return [{ address, family: 4 }];
    },
  });
  canary = await startHookReceiver();
});
afterAll(async () => {
  await canary.close();
  await instance.close();
});

const register = (url: string) => instance.post("/v1/hooks", { url, events: ["lead.created"] });

if (existsSync(CORPUS)) {
  const { cases } = JSON.parse(readFileSync(CORPUS, "utf8")) as { cases: Row[] };
  describe(`ssrf-urls.json, ${cases.length} verdicts`, () => {
    test.each(cases.map((row) => [`${row.expect} ${JSON.stringify(row.url)}`, row] as const))(
      "%s",
      async (_name, row) => {
        const answer = await register(row.url);
        if (row.expect === "either") return;
        if (row.expect === "accept") expect(answer.status).toBe(201);
        else expectProblem(answer, 422, "invalid-field", "url");
      },
    );

    test("no address of the corpus leads to a connection on this machine, checked again when the event comes", async () => {
      // All of them as hooks, as if they had slipped through registration.
      const at = instance.clock.now();
      const { prisma } = instance.app.database;
      for (const [index, { url }] of cases.entries()) {
        const id = `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`;
        const data = {
          id,
          url: url.replaceAll("\0", ""),
          events: ["lead.created"],
          secret: "whsec_AAAA",
          createdAt: at,
        };
        await prisma.hook.create({ data });
      }
      const ports = [80, 22, 25].map((port) =>
        createServer((socket) => {
          connected++;
          socket.destroy();
        }).listen(port),
      );
      let connected = 0;
      for (const server of ports) server.on("error", () => {});
      rebound = "127.0.0.1";
      await instance.post("/v1/leads", { email: "corpus@example.com" }).expect(201);
      await instance.app.sendHooks();
      rebound = undefined;
      for (const server of ports) server.close();
      expect(connected).toBe(0);
      const reached = await prisma.hookDelivery.findMany({ where: { responseStatus: { not: null } } });
      expect(reached).toEqual([]);
      expect(await prisma.hookDelivery.count()).toBeGreaterThanOrEqual(cases.length);
      await prisma.hook.deleteMany();
    });
  });
} else {
  test.skip(`ssrf-urls.json: not there (${CORPUS}); set CORPORA_DIR`, () => {});
}

test("a name that was public when it was registered and private when it is called gets no connection", async () => {
  rebound = undefined;
  const { port } = new URL(canary.url);
  const { body: hook } = await register(`http://rebinding.example.com:${port}/`).expect(201);
  rebound = "127.0.0.1";
  await instance.post("/v1/leads", { email: "rebound@example.com" }).expect(201);
  await instance.app.sendHooks();
  expect(canary.connections()).toBe(0);
  const { body } = await instance.get(`/v1/hooks/${hook.id}/deliveries`);
  expect(body.data).toMatchObject([{ status: "pending", reason: expect.stringContaining("private address") }]);
  await instance.http.delete(`/v1/hooks/${hook.id}`).set("Authorization", `Bearer ${ADMIN_KEY}`).expect(204);
});

test("a name that is private from the start is refused at registration with the way out", async () => {
  rebound = "10.0.0.8";
  const answer = await register("https://intranet.example.com/");
  rebound = undefined;
  expectProblem(answer, 422, "invalid-field", "url");
  expect(answer.body.errors[0].message).toContain("HOOKS_ALLOW_PRIVATE=true");
});

test("HOOKS_ALLOW_PRIVATE=true takes private addresses", async () => {
  const open = await startInstance({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
  await open.post("/v1/hooks", { url: "http://10.0.0.1/", events: ["lead.created"] }).expect(201);
  await open.post("/v1/hooks", { url: "http://localhost:8080/", events: ["lead.created"] }).expect(201);
  await open.close();
});
