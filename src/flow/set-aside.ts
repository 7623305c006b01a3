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

/**
 * Keeps a request apart from the leads; the same one again is counted, and has the same id.
 *
 * @param place the id it is to have if it is new, and when it came in; told twice of one id, it is counted once.
 */
export type SetAside = (
  request: AsideRequest,
  place: { readonly id: string; readonly receivedAt: Date },
) => Promise<string>;

export function createSetAside({ database }: { database: Database }): SetAside {
  return ({ identity, ...request }, { id, receivedAt }) => {
    // A refused request is not remembered as an answer, so its identity may come again with other content: both are kept.
    const entry = { ...request, id, identity: refusedIdentity(identity), receivedAt };
    return withDatabase(() => setAside(database.prisma, entry));
  };
}
