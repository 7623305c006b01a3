import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { KEY, Place } from "../support/command.ts";

const place = new Place();
let url: string;
beforeAll(async () => {
  url = await place.serve();
});
afterAll(() => place.close());

interface Lead {
  readonly email: string;
  readonly [field: string]: unknown;
}

/** The leads of a domain, without what differs between two instances. */
async function leadsOf(domain: string): Promise<Lead[]> {
  const text = await place.text(`/v1/leads/export?format=ndjson&q=${encodeURIComponent(`@${domain}`)}`);
  const leads = text.split("\n").filter((line) => line !== "");
  const own = ({ id: _id, createdAt: _c, updatedAt: _u, lastSubmissionAt: _l, ...lead }: Lead) => lead as Lead;
  return leads.map((line) => own(JSON.parse(line))).sort((one, other) => (one.email < other.email ? -1 : 1));
}

function fileOf(name: string, content: string | Buffer): string {
  writeFileSync(place.path(name), content);
  return name;
}

describe("however a spreadsheet saves it, an import reads the same", () => {
  const rows = (domain: string, delimiter: string, end: string) =>
    [
      ["Vorname", "Name", "E-Mail-Adresse", "Nachricht"],
      ["Jürgen", "Müßig", `juergen@${domain}`, `"Erste Zeile${end}zweite ""Zeile""${delimiter}"`],
    ]
      .map((cells) => cells.join(delimiter))
      .join(end);
  const swapped = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le").swap16();
  test.each<[string, string, (domain: string) => string | Buffer]>([
    ["UTF-8 with commas", "plain.example", (domain) => rows(domain, ",", "\n")],
    ["UTF-8 with a byte order mark, CRLF", "bom.example", (domain) => `\ufeff${rows(domain, ";", "\r\n")}`],
    [
      "UTF-16 little endian with tabs",
      "le.example",
      (domain) => Buffer.from(`\ufeff${rows(domain, "\t", "\r\n")}`, "utf16le"),
    ],
    ["UTF-16 big endian", "be.example", (domain) => swapped(rows(domain, ";", "\n"))],
    ["Windows-1252", "win.example", (domain) => Buffer.from(rows(domain, ";", "\r\n"), "latin1")],
    ["a line that names the delimiter", "sep.example", (domain) => `sep=|\r\n${rows(domain, "|", "\r\n")}`],
  ])("%s", async (_, domain, content) => {
    const ran = await place.run(["import", fileOf(`${domain}.csv`, content(domain)), "--json"]);
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(ran.json()).toMatchObject({ rows: 1, created: 1, refused: 0 });
    const [lead] = await leadsOf(domain);
    expect(lead).toMatchObject({ firstName: "Jürgen", lastName: "Müßig" });
    expect(String(lead!.message).replace("\r\n", "\n")).toMatch(/^Erste Zeile\nzweite "Zeile"[,;\t|]$/);
  });
});

test("refused rows are told by line, and their file mends into leads", async () => {
  const file = fileOf("bad.csv", 'email;company\nann@bad.example;"Two\nlines"\n\nnobody;+Firm\nbob@bad.example;B\n');
  const ran = await place.run(["import", file, "--json"]);
  expect(ran.code).toBe(1);
  expect(ran.json()).toMatchObject({ rows: 3, created: 2, refused: 1, rejectedFile: "bad.csv.rejected.csv" });
  expect(ran.json()).toMatchObject({ refusals: [{ line: 5, reason: expect.stringMatching(/no @/) }] });
  const rejected = readFileSync(place.path("bad.csv.rejected.csv"), "utf8");
  expect(rejected).toMatch(/^email,company,rejected line,rejected because\r\nnobody,'\+Firm,5,/);
  fileOf("bad.csv.rejected.csv", rejected.replace("nobody", "carl@bad.example"));
  expect((await place.run(["import", "bad.csv.rejected.csv"])).code).toBe(0);
  expect((await leadsOf("bad.example")).at(-1)).toMatchObject({
    email: "carl@bad.example",
    company: "+Firm",
    attributes: {},
  });
});

test("columns are named by --map, and a dry run sends nothing", async () => {
  const file = fileOf("map.csv", "Adresse,Wann\neve@map.example,2024-05-01 10:00\nx,2024-05-01\n");
  const blind = await place.run(["import", file]);
  expect([blind.code, blind.err]).toEqual([2, expect.stringMatching(/--map email=Header; the file has Adresse, Wann/)]);
  const map = ["--map", "email=Adresse", "--map", "occurredAt=Wann"];
  const dry = await place.run(["import", file, ...map, "--dry-run", "--json"]);
  expect([dry.code, dry.json()]).toMatchObject([1, { rows: 2, refused: 1, refusals: [{ line: 3 }] }]);
  expect(await leadsOf("map.example")).toEqual([]);
  expect((await place.run(["import", file, ...map])).code).toBe(1);
  expect(await leadsOf("map.example")).toHaveLength(1);
});

test("imported twice, nothing changes and nobody is mailed", async () => {
  const lines = Array.from({ length: 40 }, (_, n) =>
    JSON.stringify({ email: `p${n % 15}@two.example`, score: n, source: "crm" }),
  );
  const file = fileOf("two.ndjson", `${lines.join("\n")}\nnot json\n`);
  const first = await place.run(["import", file, "--json"]);
  expect([first.code, first.json()]).toMatchObject([1, { rows: 41, created: 15, refused: 1 }]);
  const before = await leadsOf("two.example");
  expect(before[0]).toMatchObject({ source: "crm", attributes: { score: 30 } });
  const again = await place.run(["import", file, "--json"]);
  expect(again.json()).toMatchObject({ rows: 41, created: 0, updated: 0, replayed: 40 });
  expect(await leadsOf("two.example")).toEqual(before);
  expect(await place.get("/v1/messages")).toEqual({ data: [], nextCursor: null });
});

test("killed in its middle and run again, it comes to the same as in one go", async () => {
  const content = (domain: string) =>
    [
      "email,company,Score",
      ...Array.from({ length: 2_400 }, (_, n) => `p${(n * 7) % 500}@${domain},Firm ${n},${n}`),
    ].join("\n");
  await place.run(["import", fileOf("whole.csv", content("whole.example"))]);
  const file = fileOf("cut.csv", content("cut.example"));
  const before = (await place.get<{ submissions: number }>("/v1/stats")).submissions;
  const child = place.start(["import", file]);
  const ended = new Promise<string | null>((resolve) => child.once("close", (_, signal) => resolve(signal)));
  for (let taken = 0; taken < 720; )
    taken = (await place.get<{ submissions: number }>("/v1/stats")).submissions - before;
  child.kill("SIGKILL");
  expect(await ended).toBe("SIGKILL");
  const again = (await place.run(["import", file, "--json"])).json() as Record<string, number>;
  expect(again.replayed).toBeGreaterThanOrEqual(500);
  expect(again).toMatchObject({ rows: 2_400, refused: 0 });
  const told = (leads: Lead[]) => JSON.stringify(leads).replaceAll(/(whole|cut)\.example/g, "a.example");
  expect(told(await leadsOf("cut.example"))).toBe(told(await leadsOf("whole.example")));
});

test("a server that is away, and an answer that is cut off, are tried again with the same rows", async () => {
  const faults: ("busy" | "cut")[] = ["busy", "cut"];
  const between = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const chunk of request) parts.push(chunk as Buffer);
    const fault = request.method === "POST" ? faults.shift() : undefined;
    if (fault === "busy") return void response.writeHead(503, { "retry-after": "0" }).end();
    const answer = await fetch(`${url}${request.url}`, {
      method: request.method!,
      headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
      ...(parts.length > 0 && { body: Buffer.concat(parts) }),
    });
    if (fault === "cut") return void request.socket.destroy();
    response.writeHead(answer.status).end(await answer.text());
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const through = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  const ran = await place.run(["import", fileOf("away.csv", "email\na@away.example\n"), "--url", through, "--json"]);
  between.close();
  expect([ran.code, ran.json()]).toMatchObject([0, { rows: 1, created: 0, replayed: 1 }]);
  expect(ran.err).toMatch(/Trying again/);
  expect(await leadsOf("away.example")).toHaveLength(1);
});

test("what can't begin ends with 2 and says what to do", async () => {
  const file = fileOf("ok.csv", "email\nx@ok.example\n");
  const faults: [string[], RegExp][] = [
    [["import", "none.csv"], /There is no file none\.csv/],
    [["import", file, "--key", "lg_wrong"], /key was refused.*LEADGATE_API_KEY/],
    [["import", file, "--url", "http://127.0.0.1:9"], /no answer.*leadgate serve/],
    [["import", file, "--map", "mail=email"], /mail is no field.*did you mean 'email'/],
    [["import", fileOf("open.csv", 'email\n"x@ok.example\n')], /never closed/],
  ];
  const ran = await Promise.all(faults.map(([args]) => place.run(args)));
  expect(ran.map(({ code }) => code)).toEqual(faults.map(() => 2));
  for (const [index, [, told]] of faults.entries()) expect(ran[index]!.err).toMatch(told);
});
