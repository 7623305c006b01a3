import type { Queryable } from "./client.ts";
import { after, containing, empty, orderBy, type Place, raw, type Sql, sql, where } from "./keyset.ts";
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

const FIELDS =
  raw(`id, email, email_as_given AS "emailAsGiven", first_name AS "firstName", last_name AS "lastName", phone,
  company, job_title AS "jobTitle", website, country, message, consent, status, suppressed, source, utm, attributes,
  stamps, submission_count AS "submissionCount", version, created_at AS "createdAt", updated_at AS "updatedAt",
  last_submission_at AS "lastSubmissionAt"`);

/** Leads looked at in their order before the index over texts is asked: a text that many have is found among them. */
const LOOKED_AT = 1_000;
/** Where so many of them have it, a page of them is met sooner further along than by the index, which would name all. */
const OFTEN = 8;
const LOOKED_AT_FURTHER = 10_000;
/** Leads with a text that are sorted at most; where more have it, walking through the order soon meets a page of them. */
const SORTED = 5_000;

/** Finds leads; times are exclusive bounds. */
export async function findLeads(db: Queryable, query: LeadQuery): Promise<LeadRecord[]> {
  const columns = [COLUMN[query.sortBy], "id"] as const;
  const conditions = where([...filters(query), ...after(columns, query.after, query.newestFirst)]);
  const order = orderBy(columns, query.newestFirst);
  const { limit } = query;
  const text = query.q ? textOf(query.q) : undefined;
  if (text === undefined) return db.$queryRaw`SELECT ${FIELDS} FROM leads ${conditions} ${order} LIMIT ${limit}`;
  const among = (leads: number) => db.$queryRaw<LeadRecord[]>`
    SELECT ${FIELDS} FROM (SELECT * FROM leads ${conditions} ${order} LIMIT ${leads}) AS near
    WHERE ${text.matches(OF_LEAD)} ${order} LIMIT ${limit}`;
  const near = await among(LOOKED_AT);
  if (near.length === limit) return near;
  if (near.length >= OFTEN) {
    const further = await among(LOOKED_AT_FURTHER);
    if (further.length === limit) return further;
  }
  return text.pieces === undefined
    ? db.$queryRaw`SELECT ${FIELDS} FROM leads ${also(conditions, walked(text))} ${order} LIMIT ${limit}`
    : db.$queryRaw(found({ conditions, order, limit, text, pieces: text.pieces }));
}

/**
 * Finds the leads with a text by their pieces and sorts them; where there are too many to sort, walks through the leads
 * in their order. Which of the two is decided by what was found: the other's `WHERE` is then false for all rows, and it
 * does not run.
 */
function found(of: { conditions: Sql; order: Sql; limit: number; text: SearchText; pieces: Sql }): Sql {
  const { conditions, order, limit, text, pieces } = of;
  return sql`
    WITH found AS MATERIALIZED (
      SELECT lead_id FROM lead_search
      WHERE search_pieces(text) COLLATE "C" @> (SELECT ${pieces}) ${text.isPiece ? empty : sql`AND ${text.matches(raw("text"))}`}
      LIMIT ${SORTED + 1}
    ), few AS MATERIALIZED (SELECT count(*) <= ${SORTED} AS yes FROM found)
    SELECT ${FIELDS} FROM (
      (SELECT leads.* FROM found CROSS JOIN LATERAL (SELECT * FROM leads WHERE id = lead_id OFFSET 0) AS leads
        ${also(conditions, sql`(SELECT yes FROM few)`)} ${order} LIMIT ${limit})
      UNION ALL
      (SELECT * FROM leads ${also(conditions, sql`NOT (SELECT yes FROM few) AND ${walked(text)}`)}
        ${order} LIMIT ${limit})
    ) AS leads ${order} LIMIT ${limit}`;
}

/**
 * Whether a lead met on a walk has a text. The planner can't look into a CASE: it guesses that half of all leads do, and
 * walks, where a guess of its own would have it read the whole table and sort it.
 */
function walked(text: SearchText): Sql {
  return sql`CASE WHEN ${text.matches(OF_LEAD)} THEN true ELSE false END`;
}

/** What `lead_search` holds of a lead, made anew. */
const OF_LEAD = raw("lead_search_text(email, email_as_given, first_name, last_name, company)");

interface SearchText {
  /** Whether this text, in lower case, has it. */
  readonly matches: (text: Sql) => Sql;
  /** An array of the pieces every such text has, as `search_pieces` makes them; undefined where there are none. */
  readonly pieces: Sql | undefined;
  /** Whether it is itself one piece, so that having that is having it. */
  readonly isPiece: boolean;
}

/** One and two letters or digits are looked for at the beginning of a word, everything else anywhere. */
function textOf(q: string): SearchText {
  const anywhere = (text: Sql) => sql`${text} LIKE lower(${containing(q)})`;
  if ([...q].length >= 3) {
    // Side by side they are as telling as all of them, and the index has fewer lists of leads to go through.
    const pieces = sql`ARRAY(SELECT substr(lower(${q}), least(n, length(lower(${q})) - 2), 3)
      FROM generate_series(1, length(lower(${q})), 3) AS n)`;
    return { matches: anywhere, pieces, isPiece: false };
  }
  if (/[^\0-\x7f]/.test(q)) return { matches: anywhere, pieces: sql`ARRAY[lower(${q})]`, isPiece: true };
  if (!/^[a-z0-9]+$/i.test(q)) return { matches: anywhere, pieces: undefined, isPiece: false };
  const start = ` ${q}`;
  // Most texts lack the letters altogether, which is told sooner than where their words begin.
  const matches = (text: Sql) => sql`(${anywhere(text)} AND search_words(${text}) LIKE lower(${containing(start)}))`;
  return { matches, pieces: sql`ARRAY[lower(${start})]`, isPiece: true };
}

function also(conditions: Sql, condition: Sql): Sql {
  return conditions.sql === "" ? sql`WHERE ${condition}` : sql`${conditions} AND ${condition}`;
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
  // No lead is updated before it is made; saying so lets the index of either time begin where the other's bound is.
  if (query.createdAfter !== undefined) conditions.push(sql`updated_at > ${query.createdAfter}`);
  if (query.updatedBefore !== undefined) conditions.push(sql`created_at < ${query.updatedBefore}`);
  return conditions;
}

export async function findLead(db: Queryable, id: string): Promise<LeadRecord | null> {
  return db.lead.findUnique({ where: { id } });
}
