import type { Database } from "../../src/store/client.ts";

/** What is wrong with a database: it refuses every connection, or the answer to a commit is lost on the way. */
export type Fault = "away" | "answer-lost";

/** A database that can be made to fail, as PostgreSQL's driver would tell it. */
export interface FaultyDatabase {
  readonly database: Database;
  fault: Fault | undefined;
}

export function faultyDatabase(database: Database): FaultyDatabase {
  const faulty: FaultyDatabase = {
    database: { ...database, prisma: faultyClient(database.prisma, () => faulty.fault) },
    fault: undefined,
  };
  return faulty;
}

function refused(): Error {
  return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
}

/** Statements of the client and of its models; a transaction that was begun ends as it would. */
function faultyClient<Client extends object>(client: Client, fault: () => Fault | undefined): Client {
  return new Proxy(client, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own === "function") {
        return async (...parameters: unknown[]) => {
          if (fault() === "away") throw refused();
          const answer: unknown = await own.apply(target, parameters);
          if (fault() === "answer-lost" && name === "$transaction") throw refused();
          return answer;
        };
      }
      const isModel = typeof own === "object" && own !== null && typeof name === "string" && /^[a-z]/.test(name);
      return isModel ? faultyClient(own, fault) : own;
    },
  });
}
