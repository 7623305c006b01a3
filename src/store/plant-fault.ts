import type { Database } from "./client.ts";
import { Prisma } from "./generated/client.ts";

/** Faults that can be planted into a scratch database, to see that a proof finds them. */
export const FAULTS = ["gate", "email", "merge"] as const;
export type Fault = (typeof FAULTS)[number];

interface Plant {
  /** Run once on the empty database. */
  readonly sql: string;
  /** Parts of statements that are left out or turned around, so that nothing but the dropped constraint was in the way. */
  readonly rewrites: readonly (readonly [part: string, instead: string])[];
}

const PLANTS: Readonly<Record<Fault, Plant>> = {
  gate: {
    sql: "ALTER TABLE sent_messages DROP CONSTRAINT sent_messages_lead_id_template_key",
    rewrites: [
      ["ON CONFLICT (lead_id, template) DO NOTHING", ""],
      ["FROM sent_messages WHERE lead_id = ANY", "FROM sent_messages WHERE false AND lead_id = ANY"],
    ],
  },
  email: {
    sql: "ALTER TABLE leads DROP CONSTRAINT leads_email_key",
    rewrites: [["ON CONFLICT (email) DO UPDATE SET email = EXCLUDED.email", ""]],
  },
  merge: {
    // Without their times every value looks older than the next one to come: the last writer wins.
    sql: `
      CREATE FUNCTION forget_times() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        NEW.stamps = jsonb_set(NEW.stamps, '{stamps}',
          (SELECT jsonb_agg(jsonb_set(stamp, '{0}', '0')) FROM jsonb_array_elements(NEW.stamps -> 'stamps') AS stamp));
        RETURN NEW;
      END $$;
      CREATE TRIGGER forget_times BEFORE INSERT OR UPDATE ON leads FOR EACH ROW EXECUTE FUNCTION forget_times();`,
    rewrites: [],
  },
};

/** Breaks a scratch database. Each statement is sent by itself: not every driver takes several at once. */
export async function plantFault({ prisma }: Database, fault: Fault): Promise<void> {
  for (const statement of PLANTS[fault].sql.split(/;\s*(?=CREATE TRIGGER|$)/)) {
    if (statement.trim() !== "") await prisma.$executeRawUnsafe(statement);
  }
}

/** The same database, with the fault also in the statements sent to it. */
export function withFault(database: Database, fault: Fault): Database {
  return { ...database, prisma: faulty(database.prisma, PLANTS[fault].rewrites) };
}

/** Prisma's client, its raw queries rewritten, inside and outside of transactions. */
function faulty<Client extends object>(client: Client, rewrites: Plant["rewrites"]): Client {
  return new Proxy(client, {
    get(target, name) {
      const own: unknown = Reflect.get(target, name, target);
      if (typeof own !== "function") return own;
      if (name === "$transaction") {
        return (work: (tx: object) => unknown, ...rest: unknown[]) =>
          own.call(target, (tx: object) => work(faulty(tx, rewrites)), ...rest);
      }
      if (name !== "$queryRaw" && name !== "$executeRaw") return own.bind(target);
      return (text: TemplateStringsArray | Prisma.Sql, ...values: unknown[]) => {
        const { strings, values: all } = "raw" in text ? Prisma.sql(text, ...values) : text;
        return own.call(
          target,
          Prisma.sql(
            strings.map((part) => rewritten(part, rewrites)),
            ...all,
          ),
        );
      };
    },
  });
}

function rewritten(part: string, rewrites: Plant["rewrites"]): string {
  return rewrites.reduce((text, [from, to]) => text.replace(from, to), part);
}
