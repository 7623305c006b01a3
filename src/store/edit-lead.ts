import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { NewChange } from "./intake.ts";
import type { LeadRecord } from "./leads.ts";

/** A lead, locked until the transaction ends; null when there is none. */
export async function lockLead(db: Queryable, id: string): Promise<LeadRecord | null> {
  const locked = await db.$queryRaw<unknown[]>`SELECT 1 FROM leads WHERE id = ${id}::uuid FOR UPDATE`;
  return locked.length === 0 ? null : db.lead.findUnique({ where: { id } });
}

/** Writes a locked lead whole. The unique constraint on the address refuses one that another lead has. */
export async function writeLead(db: Queryable, { id, ...lead }: LeadRecord): Promise<void> {
  const { utm, attributes, stamps, ...columns } = lead;
  const json = { utm: utm as JsonObject, attributes: attributes as JsonObject, stamps: stamps as JsonObject };
  await db.lead.update({ where: { id }, data: { ...columns, ...json }, select: { id: true } });
}

export async function insertChange(db: Queryable, change: NewChange): Promise<void> {
  await db.leadChange.create({ data: change, select: { id: true } });
}
