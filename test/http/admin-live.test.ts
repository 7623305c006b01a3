import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Instance } from "../support/instance.ts";
import { signedIn, startBehindProxy } from "../support/signed-in.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startBehindProxy();
});
afterAll(() => instance.close());

describe("the live figures", () => {
  test("are told at once, again when they change, and no more once the key is revoked", async () => {
    const server = instance.app.http.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { body: key } = await instance.post("/v1/keys", { name: "watcher", scopes: ["read"] });
    const { cookie } = await signedIn(instance, key.key);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin/live`;
    const stream = await fetch(url, { headers: { Cookie: cookie } });
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    const events = read(stream);
    const first = await events.next();
    expect(first.value).toMatchObject({ event: "summary", data: { quarantined: expect.any(Number), pause: null } });
    const { leads } = first.value!.data as { leads: number };
    await instance.post("/v1/leads", { email: "live@example.com" }).expect(201);
    expect((await events.next()).value).toMatchObject({ event: "summary", data: { leads: leads + 1 } });
    await instance.remove(`/v1/keys/${key.id}`).expect(204);
    expect((await events.next()).value).toMatchObject({ event: "ended" });
    expect((await events.next()).done).toBe(true);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test("don't hold up a stop", async () => {
    const fresh = await startBehindProxy({ settings: { SHUTDOWN_GRACE_MS: "600000", HOST: "127.0.0.1", PORT: "0" } });
    const url = await fresh.app.start();
    const { cookie } = await signedIn(fresh);
    const stream = await fetch(`${url}/admin/live`, { headers: { Cookie: cookie } });
    const events = read(stream);
    await events.next();
    const stopped = fresh.app.stop();
    expect((await events.next()).done).toBe(true);
    await stopped;
  });
});

/** The events of a stream, signs of life left out. */
async function* read(stream: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let text = "";
  for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const parts = text.split("\n\n");
    text = parts.pop()!;
    for (const part of parts) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      if (event !== undefined) yield { event, data: JSON.parse(data!) };
    }
  }
}
