import { z } from "zod";
import { LeadExport, SubmissionExport } from "../export.routes.ts";
import { LeadFilter, TimelineFilter } from "../leads.routes.ts";
import { LeadPatchBody } from "../read-patch.ts";
import { Lead, LeadPage, TimelinePage } from "./answers.ts";
import { json, list, type Operation } from "./operation.ts";
import { IdParam, Page } from "./values.ts";

const ETAG = { ETag: "The version of the lead." };

/** Leads: reading and changing them. */
export const LEADS: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/leads",
    id: "listLeads",
    tag: "Leads",
    summary: "Leads, page by page",
    access: "read",
    query: LeadFilter,
    answers: { 200: list("A page.", LeadPage) },
    problems: [400],
  },
  {
    method: "get",
    path: "/v1/leads/export",
    id: "exportLeads",
    tag: "Leads",
    summary: "All leads at once, as CSV or NDJSON",
    access: "read",
    query: LeadExport,
    answers: {
      200: { description: "A file, streamed.", content: { "text/csv": Page, "application/x-ndjson": Page } },
    },
    problems: [400],
  },
  {
    method: "get",
    path: "/v1/submissions/export",
    id: "exportSubmissions",
    tag: "Leads",
    summary: "All that was ever sent, in the form that `leadgate replay` takes",
    access: "admin",
    query: SubmissionExport,
    answers: { 200: { description: "A file, streamed.", content: { "application/x-ndjson": Page } } },
    problems: [400],
  },
  {
    method: "get",
    path: "/v1/leads/{id}",
    id: "getLead",
    tag: "Leads",
    summary: "One lead",
    access: "read",
    params: IdParam,
    headers: { "If-None-Match": z.string().optional().meta({ description: "An ETag; the same version gives 304." }) },
    answers: { 200: json("The lead.", Lead, ETAG), 304: { description: "Not changed since.", headers: ETAG } },
    problems: [404],
  },
  {
    method: "get",
    path: "/v1/leads/{id}/timeline",
    id: "getTimeline",
    tag: "Leads",
    summary: "Everything that happened to a lead, newest first",
    access: "read",
    params: IdParam,
    query: TimelineFilter,
    answers: { 200: list("A page.", TimelinePage) },
    problems: [400, 404],
  },
  {
    method: "patch",
    path: "/v1/leads/{id}",
    id: "patchLead",
    tag: "Leads",
    summary: "Change a lead by hand (JSON merge patch)",
    description: "`null` clears. A newer submission may still change what was set.",
    access: "admin",
    params: IdParam,
    headers: { "If-Match": z.string().optional().meta({ description: "The ETag of the lead as you read it, or *." }) },
    body: {
      required: true,
      content: { "application/merge-patch+json": LeadPatchBody, "application/json": LeadPatchBody },
      example: { status: "contacted", company: null },
    },
    answers: { 200: json("The lead as it stands now.", Lead, ETAG) },
    problems: [400, 404, 409, 412, 413, 415, 422, 428],
  },
  {
    method: "delete",
    path: "/v1/leads/{id}",
    id: "deleteLead",
    tag: "Leads",
    summary: "Erase a person",
    description:
      "From every table and the quarantine; mail that waits is cancelled. Keyed hashes stay, by which a repetition of what was sent is known, and a wish to get no mail.",
    access: "admin",
    params: IdParam,
    answers: { 204: { description: "Gone, now or before." } },
    problems: [404],
  },
];
