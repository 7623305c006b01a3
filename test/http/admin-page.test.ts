import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

const BUILT = fileURLToPath(new URL("../../dist/web", import.meta.url));

let instance: Instance;
beforeAll(async () => {
  if (!existsSync(BUILT)) throw new Error("dist/web is not built: npm run build");
  instance = await startInstance();
});
afterAll(() => instance.close());

/** What the document loads at once, by its address. */
const loaded = async () => {
  const { text } = await instance.http.get("/admin").expect(200);
  return [...text.matchAll(/(?:src|href)="(\/admin\/assets\/[^"]+)"/g)].map(([, path]) => path!);
};
const bytes = (path: string, encoding: string) =>
  instance.http
    .get(path)
    .set("Accept-Encoding", encoding)
    .buffer(true)
    .parse((response, done) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => done(null, Buffer.concat(chunks)));
    });

describe("the document", () => {
  test.each(["/admin", "/admin/", "/admin/leads", "/admin/leads/0197f0a0-0000-7000-8000-000000000000"])(
    "is at %s, never kept, and lets nothing run that is not a file of ours",
    async (path) => {
      const { headers, text } = await instance.http.get(path).expect(200);
      expect(headers["content-type"]).toBe("text/html; charset=utf-8");
      expect(headers["cache-control"]).toBe("no-store");
      const policy = headers["content-security-policy"]!;
      for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"]) {
        expect(policy).toContain(rule);
      }
      expect(policy).not.toMatch(/unsafe|https?:|\*/);
      expect(text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|https?:\/\//);
    },
  );

  test.each(["/admin/api/nowhere", "/admin/session/x", "/admin/assets/nothing.js", "/admin/assets/..%2findex.html"])(
    "is not what %s is answered with",
    async (path) => {
      expectProblem(await instance.get(path), 404, "not-found");
    },
  );
});

describe("its files", () => {
  test("are kept for ever, since their names change with what is in them", async () => {
    const files = await loaded();
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const { headers } = await instance.http.get(file).expect(200);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers["x-content-type-options"]).toBe("nosniff");
    }
  });

  test("come compressed as the browser can read them, the same to the byte", async () => {
    const script = (await loaded()).find((path) => path.endsWith(".js"))!;
    const plain = await bytes(script, "identity");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const brotli = await bytes(script, "gzip, deflate, br");
    expect(brotli.headers).toMatchObject({ "content-encoding": "br", vary: "Accept-Encoding" });
    // Supertest has inflated it, as a browser does.
    expect(brotli.body.equals(plain.body)).toBe(true);
    expect((await bytes(script, "gzip")).headers["content-encoding"]).toBe("gzip");
    expect((await bytes(script, "gzip")).body.equals(plain.body)).toBe(true);
  });

  test("are less than 120 kB compressed, all that any view loads together", async () => {
    const document = await bytes("/admin", "identity");
    const files = readdirSync(`${BUILT}/assets`).filter((name) => /\.(?:js|css|svg)$/.test(name));
    expect(files.length).toBeGreaterThanOrEqual((await loaded()).length);
    const sizes = files.map((name) => gzipSync(readFileSync(`${BUILT}/assets/${name}`)).length);
    const total = gzipSync(document.body).length + sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(20_000);
    expect(total).toBeLessThan(120_000);
  });

  test("bring the licences of what is in them", () => {
    for (const name of ["preact", "uplot"]) {
      expect(readFileSync(`${BUILT}/licences/${name}.txt`, "utf8")).toMatch(/Permission is hereby granted/);
    }
  });
});
