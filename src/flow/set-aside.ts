import type { Clock } from "../base/clock.ts";
import { uuidV7 } from "../base/ids.ts";
import { type Identity, refusedIdentity } from "../lead/identity.ts";
import type { JsonObject } from "../lead/types.ts";
import type { Database } from "../store/client.ts";
import { type QuarantineKind, setAside } from "../store/quarantine.ts";
import { withDatabase } from "../store/transaction.ts";

/** A request that makes no lead, and why. */
export interface AsideRequest {
  readonly kind: QuarantineKind;
  readonly channel: "form" | "webhook" | "api" | "event";
  readonly source: string;
  readonly identity: Identity;
  readonly contentType: string;
  readonly payload: JsonObject;
  readonly reason: string;
}

/** Keeps a request apart from the leads; the same one again is counted, and has the same id. */
export type SetAside = (request: AsideRequest) => Promise<string>;

export function createSetAside({ database, clock }: { database: Database; clock: Clock }): SetAside {
  return ({ identity, ...request }) => {
    const receivedAt = clock.now();
    // A refused request is not remembered as an answer, so its identity may come again with other content: both are kept.
    const place = refusedIdentity(identity);
    const entry = { ...request, id: uuidV7(receivedAt.getTime()), identity: place, receivedAt };
    return withDatabase(() => setAside(database.prisma, entry));
  };
}
