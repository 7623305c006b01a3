import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { LeadgateError } from "../base/errors.ts";
import { keepMarks, type MigratedPGlite, openMigrated } from "./embedded.ts";
import type { Answer, Fault, Order } from "./embedded-orders.ts";

// Runs the embedded database in a thread of its own, which `openInThread` starts: what it computes holds up no request.

type Adapter = Awaited<ReturnType<MigratedPGlite["adapter"]["connect"]>>;
type Transaction = Awaited<ReturnType<Adapter["startTransaction"]>>;

const port = parentPort as MessagePort;
const transactions = new Map<number, Transaction>();

keepMarks();
try {
  const opened = await openMigrated((workerData as { readonly directory: string }).directory);
  const adapter = await opened.adapter.connect();
  port.on("message", async (order: Order) => {
    try {
      answer({ id: order.id, value: await carryOut(order, adapter, opened) });
    } catch (error) {
      answer({ id: order.id, fault: faultOf(error) });
    }
    if (order.do === "close") port.close();
  });
  answer({ id: 0, value: opened.applied });
} catch (error) {
  answer({ id: 0, fault: faultOf(error) });
  port.close();
}

function answer(message: Answer): void {
  port.postMessage(message);
}

async function carryOut(order: Order, adapter: Adapter, opened: MigratedPGlite): Promise<unknown> {
  switch (order.do) {
    case "query":
      return queryable(order, adapter).queryRaw(order.query);
    case "execute":
      return queryable(order, adapter).executeRaw(order.query);
    case "script":
      return adapter.executeScript(order.script);
    case "begin":
      transactions.set(order.transaction, await adapter.startTransaction(order.isolation));
      return undefined;
    case "end": {
      const transaction = transactions.get(order.transaction)!;
      transactions.delete(order.transaction);
      return order.commit ? transaction.commit() : transaction.rollback();
    }
    case "close":
      return opened.close();
  }
}

function queryable({ transaction }: { readonly transaction?: number | undefined }, adapter: Adapter) {
  return transaction === undefined ? adapter : transactions.get(transaction)!;
}

/** Errors lose their kind on the way from one thread to the other, so it is told beside. */
function faultOf(error: unknown): Fault {
  if (error instanceof LeadgateError) return { leadgate: [error.kind, error.publicMessage] };
  const { name, message, cause } = error as Error;
  return name === "DriverAdapterError" ? { driver: cause as object } : { message: `${name}: ${message}` };
}
