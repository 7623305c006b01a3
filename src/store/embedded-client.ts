import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import type {
  IsolationLevel,
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  SqlResultSet,
  Transaction,
} from "@prisma/driver-adapter-utils";
import { LeadgateError } from "../base/errors.ts";
import type { Answer, Fault, Order } from "./embedded-orders.ts";

/** The embedded database, open and migrated, as Prisma's client is given it. */
export interface Embedded {
  readonly adapter: SqlDriverAdapterFactory;
  /** Names of the migrations this opening applied. */
  readonly applied: readonly string[];
  close(): Promise<void>;
}

const THREAD = new URL("./embedded-thread.js", import.meta.url);

/**
 * Opens the embedded database of a data directory, whose lock the caller holds: in a thread of its own where this is
 * built, since it computes on the thread it is in, and requests would wait. Tests run the sources, which a thread can't
 * load, and have it in their own.
 *
 * @throws LeadgateError what a migration says that can't be applied.
 */
export async function openEmbedded(directory: string): Promise<Embedded> {
  if (existsSync(THREAD)) return openInThread(directory);
  const { openMigrated } = await import("./embedded.ts");
  return openMigrated(directory);
}

async function openInThread(directory: string): Promise<Embedded> {
  const thread = new Worker(THREAD, { workerData: { directory } });
  const ask = askerOf(thread);
  const applied = (await ask.started) as string[];
  const adapter = adapterOf(ask);
  return {
    adapter: { provider: "postgres", adapterName: NAME, connect: async () => adapter },
    applied,
    close: async () => {
      await ask({ do: "close" });
      await ask.ended;
    },
  };
}

const NAME = "leadgate-embedded";

type Unnumbered<Numbered> = Numbered extends unknown ? Omit<Numbered, "id"> : never;

interface Ask {
  (order: Unnumbered<Order>): Promise<unknown>;
  readonly started: Promise<unknown>;
  readonly ended: Promise<void>;
}

/** Sends orders to the thread, and gives each answer to the one who asked. */
function askerOf(thread: Worker): Ask {
  let last = 0;
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  const expect = (id: number) => {
    const answer = withResolvers();
    asked.set(id, answer);
    return answer.promise;
  };
  thread.on("message", (answer: Answer) => {
    const { resolve, reject } = asked.get(answer.id)!;
    asked.delete(answer.id);
    if ("fault" in answer) reject(errorOf(answer.fault));
    else resolve(answer.value);
  });
  const failAll = (error: Error) => {
    for (const { reject } of asked.values()) reject(error);
    asked.clear();
  };
  thread.on("error", failAll);
  const ended = new Promise<void>((resolve) => {
    thread.on("exit", () => {
      failAll(new Error("the thread of the embedded database has ended"));
      resolve();
    });
  });
  const ask = (order: Unnumbered<Order>) => {
    const id = ++last;
    const answer = expect(id);
    thread.postMessage({ ...order, id });
    return answer;
  };
  return Object.assign(ask, { started: expect(0), ended });
}

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers(): PromiseWithResolvers<unknown> {
  let resolve: (value: unknown) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

function errorOf(fault: Fault): Error {
  if ("leadgate" in fault) return new LeadgateError(...fault.leadgate);
  if ("driver" in fault) return new EmbeddedDriverError("DriverError", { cause: fault.driver });
  return new Error(fault.message);
}

/** Prisma's client tells errors of the database from bugs by this name. */
class EmbeddedDriverError extends Error {
  override readonly name = "DriverAdapterError";
}

function queryableOf(ask: Ask, transaction?: number): SqlQueryable {
  return {
    provider: "postgres",
    adapterName: NAME,
    queryRaw: (query: SqlQuery) => ask({ do: "query", query, transaction }) as Promise<SqlResultSet>,
    executeRaw: (query: SqlQuery) => ask({ do: "execute", query, transaction }) as Promise<number>,
  };
}

function adapterOf(ask: Ask): SqlDriverAdapter {
  let last = 0;
  return {
    ...queryableOf(ask),
    executeScript: async (script) => void (await ask({ do: "script", script })),
    startTransaction: async (isolation?: IsolationLevel): Promise<Transaction> => {
      const transaction = ++last;
      await ask({ do: "begin", transaction, isolation });
      const end = async (commit: boolean) => void (await ask({ do: "end", transaction, commit }));
      return {
        ...queryableOf(ask, transaction),
        options: { usePhantomQuery: true },
        commit: () => end(true),
        rollback: () => end(false),
      };
    },
    getConnectionInfo: () => ({ supportsRelationJoins: true }),
    dispose: async () => undefined,
  };
}
