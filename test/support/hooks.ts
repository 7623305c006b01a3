import { createLog } from "../../src/base/log.ts";
import { createHooking } from "../../src/flow/hooking.ts";
import { ADMIN_KEY, type Instance, startInstance } from "./instance.ts";

/** A hook as it is made, its secret told. */
export interface MadeHook {
  readonly id: string;
  readonly secret: string;
  readonly url: string;
  readonly events: readonly string[];
}

/** An instance whose hooks may lead to this machine. */
export async function startHooked(): Promise<Instance> {
  const instance = await startInstance({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
  // Receivers' libraries refuse what is older than five minutes by their own clock.
  instance.clock.advance(Date.now() - instance.clock.now().getTime());
  return instance;
}

export async function makeHook(instance: Instance, url: string, events: readonly string[]): Promise<MadeHook> {
  return (await instance.post("/v1/hooks", { url, events }).expect(201)).body;
}

export function removeHook(instance: Instance, id: string) {
  return instance.http.delete(`/v1/hooks/${id}`).set("Authorization", `Bearer ${ADMIN_KEY}`).expect(204);
}

export async function removeAllHooks(instance: Instance): Promise<void> {
  for (const { id } of (await instance.get("/v1/hooks?limit=200")).body.data) await removeHook(instance, id);
}

export async function deliveriesOf(instance: Instance, id: string) {
  return (await instance.get(`/v1/hooks/${id}/deliveries`).expect(200)).body.data;
}

/** Another process that works on the same database. */
export function anotherWorker({ app, clock }: Instance) {
  return createHooking({ database: app.database, clock, log: createLog("silent"), allowPrivate: true });
}
