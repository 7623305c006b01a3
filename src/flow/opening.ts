import { randomBytes } from "node:crypto";
import type { Log } from "../base/log.ts";
import type { Database } from "../store/client.ts";
import { setOnce } from "../store/instance.ts";

/** What an instance reads of its database once, when that first answers. */
export interface Opening {
  readonly isDone: boolean;
  /** Does it, unless it is done. Throws when the database is away, and when it can't be migrated. */
  complete(): Promise<void>;
  /** Whether it is done, or could be done now; why not is in the log. */
  tryToComplete(log: Log): Promise<boolean>;
  /** The administrator's key, where one was made. Settled once it is done. */
  readonly firstKey: Promise<string | undefined>;
}

export interface OpeningDeps {
  readonly database: Database;
  /** Filled with the secret of the links; 32 bytes. */
  readonly secret: Buffer;
  readonly createFirstKey: () => Promise<string | undefined>;
}

/** Makes the opening. An instance whose database is away when it starts takes submissions in before it is done. */
export function createOpening({ database, secret, createFirstKey }: OpeningDeps): Opening {
  let isDone = false;
  let tellKey = (_key: string | undefined) => {};
  const firstKey = new Promise<string | undefined>((resolve) => {
    tellKey = resolve;
  });
  const complete = async () => {
    if (isDone) return;
    await database.complete?.();
    const { value } = await setOnce(database.prisma, "link-secret", randomBytes(secret.length).toString("base64url"));
    Buffer.from(value, "base64url").copy(secret);
    tellKey(await createFirstKey());
    isDone = true;
  };
  return {
    get isDone() {
      return isDone;
    },
    firstKey,
    complete,
    async tryToComplete(log) {
      try {
        await complete();
      } catch (error) {
        log.error({ err: error }, "the database answers, but can't be opened");
      }
      return isDone;
    },
  };
}
