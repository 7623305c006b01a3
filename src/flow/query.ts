import { LeadgateError } from "../base/errors.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import type { Database } from "../store/client.ts";
import { findLead, findLeads, type LeadQuery } from "../store/find-leads.ts";
import type { LeadRecord } from "../store/leads.ts";
import { findMessage, findMessages, type MessageQuery } from "../store/messages.ts";
import { findQuarantined, type QuarantineRecord } from "../store/quarantine.ts";
import { countAll, countMessages } from "../store/stats.ts";
import { findTimeline, type TimelineQuery, type TimelineRow } from "../store/timeline.ts";
import { withDatabase } from "../store/transaction.ts";
import { leadView } from "./lead-view.ts";
import { messageView } from "./message-view.ts";
import { oneMore, page } from "./page.ts";

export type Query = ReturnType<typeof createQuery>;

/** Everything that is read and never changes anything. */
export function createQuery({ database }: { database: Database }) {
  const { prisma } = database;
  return {
    leads: async (query: LeadQuery) => {
      const rows = await withDatabase(() => findLeads(prisma, oneMore(query)));
      return page(rows, query.limit, leadView, (lead) => ({ at: lead[query.sortBy], id: lead.id }));
    },
    lead: async (id: string): Promise<LeadRecord> => {
      const lead = await withDatabase(() => findLead(prisma, id));
      return lead ?? notFound("lead");
    },
    timeline: async (query: TimelineQuery) => {
      if ((await withDatabase(() => findLead(prisma, query.leadId))) === null) notFound("lead");
      const rows = await withDatabase(() => findTimeline(prisma, oneMore(query)));
      return page(rows, query.limit, timelineView, ({ at, id }) => ({ at, id }));
    },
    messages: async (query: MessageQuery) => {
      const rows = await withDatabase(() => findMessages(prisma, oneMore(query)));
      return page(rows, query.limit, messageView, ({ createdAt: at, id }) => ({ at, id }));
    },
    message: async (id: string) => {
      const message = (await withDatabase(() => findMessage(prisma, id))) ?? notFound("message");
      return { ...messageView(message), html: message.html, text: message.text };
    },
    quarantine: async (query: Parameters<typeof findQuarantined>[1]) => {
      const rows = await withDatabase(() => findQuarantined(prisma, oneMore(query)));
      return page(rows, query.limit, quarantineView, ({ receivedAt: at, id }) => ({ at, id }));
    },
    stats: async () => {
      const { events, quarantined, spam, test, ...counts } = await withDatabase(() => countAll(prisma));
      const messages = await withDatabase(() => countMessages(prisma));
      return { ...counts, messages, events, quarantined, spam, test };
    },
  };
}

/** PostgreSQL writes times into JSON with an offset; callers get them as everywhere else. */
function timelineView({ type, id, at, data }: TimelineRow) {
  const entries = Object.entries(data as JsonObject).map(([name, value]): [string, Json] =>
    /At$/.test(name) && typeof value === "string" ? [name, new Date(value).toISOString()] : [name, value],
  );
  return { type, id, at: at.toISOString(), ...Object.fromEntries(entries) };
}

export function quarantineView(entry: QuarantineRecord) {
  const { id, channel, source, contentType, payload, reason, sightings, submissionId } = entry;
  const receivedAt = entry.receivedAt.toISOString();
  const retriedAt = entry.retriedAt?.toISOString() ?? null;
  return { id, channel, source, contentType, payload, reason, sightings, submissionId, receivedAt, retriedAt };
}

function notFound(what: string): never {
  throw new LeadgateError("not-found", `There is no ${what} with this id.`);
}
