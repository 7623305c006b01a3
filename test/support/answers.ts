import { createHash } from "node:crypto";
import { expect } from "@jest/globals";
import type { Response } from "supertest";
import { uuidV7 } from "../../src/base/ids.ts";
import type { Scope } from "../../src/flow/keys.ts";
import { insertKey } from "../../src/store/keys.ts";
import type { Instance } from "./instance.ts";

/** Holds an answer to be a problem of RFC 9457, whole, of this kind; with a path, one that names that field. */
export function expectProblem(response: Response, status: number, kind: string, path?: string): void {
  expect([response.status, response.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  const problem = JSON.parse(response.text ?? String(response.body)) as Record<string, unknown>;
  expect(problem).toMatchObject({
    type: expect.stringMatching(new RegExp(`/${kind}$`)),
    title: expect.stringMatching(/\w/),
    status,
    detail: expect.stringMatching(/\w/),
    requestId: response.headers["x-request-id"],
  });
  const errors = problem.errors as { path: string; message: string }[];
  expect(errors.length).toBeGreaterThan(0);
  for (const fault of errors) expect(fault).toEqual({ path: expect.any(String), message: expect.stringMatching(/\w/) });
  if (path !== undefined) expect(errors.map((fault) => fault.path)).toContain(path);
}

/** The lead of an address, as the query tells it; null when there is none. */
export async function leadOf(instance: Instance, email: string) {
  const { body } = await instance.get(`/v1/leads?email=${encodeURIComponent(email)}`).expect(200);
  return body.data[0] ?? null;
}

export async function statsOf(instance: Instance) {
  return (await instance.get("/v1/stats").expect(200)).body;
}

/** A key with these scopes, as it is stored. */
export async function addKey(instance: Instance, ...scopes: Scope[]): Promise<string> {
  const key = `lg_${uuidV7()}`;
  await insertKey(instance.app.database.prisma, {
    id: uuidV7(),
    name: scopes.join(" "),
    hash: createHash("sha256").update(key).digest("hex"),
    prefix: key.slice(0, 7),
    lastFour: key.slice(-4),
    scopes,
    createdAt: instance.clock.now(),
  });
  return key;
}
