// What can befall a PostgreSQL server while it is in use.
import pg from "pg";
import { sleep } from "./world.mjs";

/** What befalls the server, and how it is ended. Each is given the cluster and a way to end the process under test. */
export const DATABASE_FAULTS = {
  "stopped, fast": async ({ cluster }) => {
    await cluster.stop("fast");
    return () => cluster.start();
  },
  "stopped, immediate": async ({ cluster }) => {
    await cluster.stop("immediate");
    return () => cluster.start();
  },
  "killed while it is away": async ({ cluster, restart }) => {
    await cluster.stop("immediate");
    await sleep(400);
    await restart();
    return () => cluster.start();
  },
  frozen: async ({ cluster }) => {
    cluster.freeze();
    return async () => cluster.thaw();
  },
  "every connection ended": async ({ cluster }) => {
    await asAdministrator(cluster, endOthers);
    return async () => undefined;
  },
  "no connection left": ({ cluster }) => fillUp(cluster),
};

async function asAdministrator({ url }, work) {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  const result = await work(client);
  await client.end();
  return result;
}

const endOthers = (client) =>
  client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'leadgate%'");

/** Takes every connection there is, those of the program too. */
async function fillUp(cluster) {
  const taken = [];
  const takeAll = async () => {
    for (let refused = false; !refused; ) {
      const client = new pg.Client({ connectionString: cluster.url });
      client.on("error", () => undefined);
      await client.connect().then(
        () => taken.push(client),
        () => {
          refused = true;
        },
      );
    }
  };
  await takeAll();
  await endOthers(taken[0]);
  await takeAll();
  return () => Promise.all(taken.map((client) => client.end()));
}
