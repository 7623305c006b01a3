import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { TEXT_FIELDS, UTM_FIELDS } from "../../src/lead/types.ts";
import { describeCorpus } from "../support/corpora.ts";
import { type Instance, startInstance } from "../support/instance.ts";

interface Row {
  readonly value: string;
}

/** What the contract strips: U+0000; and half a surrogate pair becomes U+FFFD. */
const stored = (value: string) => value.toWellFormed().replaceAll("\0", "");
/** Nothing that can be seen: never wins over anything, so it need not be kept. */
const isBlank = (value: string) => /^[\s\0\p{Default_Ignorable_Code_Point}]*$/u.test(value);
/** Telephone numbers are put into E.164 where they can be. */
const isPhone = (value: unknown) => typeof value === "string" && /^\+\d{5,15}( ext\. \d+)?$/.test(value);

const FIELDS = [...TEXT_FIELDS, "note"];
const inEveryField = (value: string) => Object.fromEntries(FIELDS.map((field) => [field, value]));

// biome-ignore lint/suspicious/noExplicitAny: a lead as JSON
type Lead = any;

function misread(lead: Lead, value: string): string[] {
  if (lead === undefined) return ["the lead"];
  const read = { ...lead, note: lead.attributes.note };
  return FIELDS.filter((field) => read[field] !== stored(value) && !(field === "phone" && isPhone(read[field])));
}

for (const file of ["naughty.json", "csv-injection.json"]) {
  describeCorpus<Row>(file, "text that breaks other programs", (rows) => {
    const texts = rows.map(({ value }) => value);
    let instance: Instance;
    beforeAll(async () => {
      instance = await startInstance();
    });
    afterAll(() => instance.close());

    /** Eight at a time, as browsers come. */
    const forEachText = async (work: (value: string, at: number) => Promise<void>) => {
      const waiting = [...texts.entries()];
      const next = async (): Promise<void> => {
        for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) await work(one[1], one[0]);
      };
      await Promise.all(Array.from({ length: 8 }, next));
    };

    /** The leads of a source, by the number in their address. */
    const leadsOf = async (source: string): Promise<Lead[]> => {
      const leads: Lead[] = [];
      for (let cursor = ""; ; ) {
        const { body } = await instance.get(`/v1/leads?source=${source}&limit=200${cursor}`).expect(200);
        for (const lead of body.data) leads[Number(/\d+/.exec(lead.email)![0])] = lead;
        if (body.nextCursor === null) return leads;
        cursor = `&cursor=${body.nextCursor}`;
      }
    };

    const wrongOf = async (source: string) => {
      const leads = await leadsOf(source);
      return texts.flatMap((value, at) => {
        const fields = isBlank(value) ? [] : misread(leads[at], value);
        return fields.length === 0 ? [] : [{ value, fields }];
      });
    };

    test("comes back from /v1/leads as it was sent, in every field", async () => {
      const items = texts.map((value, at) => ({
        ...inEveryField(value),
        email: `v${at}@example.com`,
        source: "own",
        utm: Object.fromEntries(UTM_FIELDS.map((field) => [field, value])),
        attributes: { [`k${value}`]: value },
      }));
      const { body } = await instance.post("/v1/leads", items).expect(200);
      expect(body.results.filter((result: object) => "error" in result)).toEqual([]);
      expect(await wrongOf("own")).toEqual([]);
      const leads = await leadsOf("own");
      const wrong = texts.filter((value, at) => {
        const { utm, attributes } = leads[at];
        return !isBlank(value) && !(utm.term === stored(value) && attributes[stored(`k${value}`)] === stored(value));
      });
      expect(wrong).toEqual([]);
    });

    test("comes back from /webhooks as it was sent, in every field", async () => {
      const items = texts.map((value, at) => ({ ...inEveryField(value), email: `w${at}@example.com` }));
      const { body } = await instance.post("/webhooks/hook", items).expect(200);
      expect(body.results.filter((result: object) => "error" in result)).toEqual([]);
      expect(await wrongOf("hook")).toEqual([]);
    });

    test("comes back from /forms as it was sent, in every field and encoding", async () => {
      await forEachText(async (value, at) => {
        const fields = { ...inEveryField(value), email: `f${at}@example.com` };
        const body = new URLSearchParams(fields).toString();
        await instance.http.post("/forms/page").type("form").send(body).expect(200);
      });
      expect(await wrongOf("page")).toEqual([]);
      await forEachText((value, at) => sendMultipart(`m${at}@example.com`, value));
      expect(await wrongOf("parts")).toEqual([]);
    });

    const sendMultipart = async (email: string, value: string) => {
      // By hand, since FormData would make every line end CRLF.
      const part = ([name, text]: [string, string]) =>
        `--b0\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
      const parts = Object.entries({ ...inEveryField(value.toWellFormed()), email }).map(part);
      const post = instance.http.post("/forms/parts").set("Content-Type", "multipart/form-data; boundary=b0");
      await post.send(Buffer.from(`${parts.join("")}--b0--\r\n`) as unknown as string).expect(200);
    };

    test("is taken or refused on purpose where an address, a time or an id belongs", async () => {
      const items = texts.flatMap((value) => [
        { email: value },
        { email: "v@example.com", occurredAt: value },
        { email: "v@example.com", submissionId: value, source: value },
        { email: "v@example.com", consent: value, utm: value, attributes: value },
      ]);
      for (let at = 0; at < items.length; at += 1_000) {
        for (const path of ["/v1/leads", "/webhooks/odd"]) {
          const { body } = await instance.post(path, items.slice(at, at + 1_000)).expect(200);
          expect(
            body.results.filter(({ error }: { error?: { status: number } }) => error && error.status >= 500),
          ).toEqual([]);
        }
      }
    });

    test("finds itself, or is refused on purpose, in every query", async () => {
      await forEachText(async (value) => {
        const q = encodeURIComponent(value.toWellFormed());
        for (const path of [`/v1/leads?q=${q}`, `/v1/leads?email=${q}`, `/v1/leads?cursor=${q}`, `/v1/leads/${q}`]) {
          expect([path, (await instance.get(path)).status < 500]).toEqual([path, true]);
        }
      });
    });
  });
}
