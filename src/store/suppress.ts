import type { Queryable } from "./client.ts";

/**
 * Marks a lead as wanting no mail. Saying it again changes nothing.
 *
 * @returns whether there is such a lead, and whether this changed it.
 */
export async function suppressLead(
  db: Queryable,
  change: { readonly leadId: string; readonly changeId: string; readonly actor: string; readonly at: Date },
): Promise<{ readonly known: boolean; readonly changed: boolean }> {
  const [result] = await db.$queryRaw<{ known: boolean; changed: boolean }[]>`
    WITH suppressed AS (
      UPDATE leads SET suppressed = true, version = version + 1, updated_at = ${change.at}
      WHERE id = ${change.leadId}::uuid AND NOT suppressed
      RETURNING id
    ), noted AS (
      INSERT INTO lead_changes (id, lead_id, actor, changes, changed_at)
      SELECT ${change.changeId}::uuid, id, ${change.actor}, '{"suppressed": {"from": false, "to": true}}', ${change.at}
      FROM suppressed
    )
    SELECT EXISTS (SELECT 1 FROM leads WHERE id = ${change.leadId}::uuid) AS known,
      EXISTS (SELECT 1 FROM suppressed) AS changed`;
  return result!;
}
