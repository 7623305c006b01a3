import type { Queryable } from "./client.ts";
import { after, containing, orderBy, type Place, type Sql, sql, where } from "./keyset.ts";
import type { LeadRecord } from "./leads.ts";

export interface LeadQuery {
  readonly email?: string | undefined;
  /** Part of an address, name or company. */
  readonly q?: string | undefined;
  readonly source?: string | undefined;
  readonly status?: string | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly updatedAfter?: Date | undefined;
  readonly updatedBefore?: Date | undefined;
  readonly sortBy: "createdAt" | "updatedAt";
  readonly newestFirst: boolean;
  readonly after?: Place | undefined;
  /** Rows at most. */
  readonly limit: number;
}

const COLUMN = { createdAt: "created_at", updatedAt: "updated_at" } as const;

/** Finds leads; times are exclusive bounds. */
export async function findLeads(db: Queryable, query: LeadQuery): Promise<LeadRecord[]> {
  const columns = [COLUMN[query.sortBy], "id"] as const;
  return db.$queryRaw`
    SELECT id, email, email_as_given AS "emailAsGiven", first_name AS "firstName", last_name AS "lastName", phone,
      company, job_title AS "jobTitle", website, country, message, consent, status, suppressed, source, utm, attributes,
      stamps, submission_count AS "submissionCount", version, created_at AS "createdAt", updated_at AS "updatedAt",
      last_submission_at AS "lastSubmissionAt"
    FROM leads
    ${where([...filters(query), ...after(columns, query.after, query.newestFirst)])}
    ${orderBy(columns, query.newestFirst)}
    LIMIT ${query.limit}`;
}

function filters(query: LeadQuery): Sql[] {
  const conditions: Sql[] = [];
  if (query.email !== undefined) conditions.push(sql`email = ${query.email}`);
  if (query.source !== undefined) conditions.push(sql`source = ${query.source}`);
  if (query.status !== undefined) conditions.push(sql`status = ${query.status}`);
  if (query.createdAfter !== undefined) conditions.push(sql`created_at > ${query.createdAfter}`);
  if (query.createdBefore !== undefined) conditions.push(sql`created_at < ${query.createdBefore}`);
  if (query.updatedAfter !== undefined) conditions.push(sql`updated_at > ${query.updatedAfter}`);
  if (query.updatedBefore !== undefined) conditions.push(sql`updated_at < ${query.updatedBefore}`);
  if (query.q !== undefined) conditions.push(matches(containing(query.q)));
  return conditions;
}

function matches(pattern: string): Sql {
  return sql`(email ILIKE ${pattern} OR email_as_given ILIKE ${pattern} OR company ILIKE ${pattern}
    OR concat_ws(' ', first_name, last_name) ILIKE ${pattern})`;
}

export async function findLead(db: Queryable, id: string): Promise<LeadRecord | null> {
  return db.lead.findUnique({ where: { id } });
}
