import { z } from "zod";
import { RequeueOrder, TestOrder } from "../operator.routes.ts";
import { json, type Operation } from "./operation.ts";
import { Count, Text } from "./values.ts";

const Requeued = z.strictObject({ status: Text, requeued: Count });

const TestSent = z.strictObject({
  template: Text,
  to: Text,
  mode: Text,
  outcome: z.enum(["previewed", "accepted", "rejected", "paused", "unavailable", "unknown"]),
  reason: Text.nullable(),
  subject: Text,
  html: Text,
  text: Text,
});

/** What an operator does by hand. */
export const OPERATOR: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/messages/requeue",
    id: "requeueMessages",
    tag: "Messages",
    summary: "Have all follow-ups of a status sent after all",
    description: "Those whose fate is uncertain may have been sent; they are sent again only with `acceptDuplicate`.",
    access: "admin",
    body: { required: true, content: { "application/json": RequeueOrder }, example: { status: "previewed" } },
    answers: { 200: json("How many are queued now.", Requeued) },
    problems: [400, 409, 413, 415, 422],
  },
  {
    method: "post",
    path: "/v1/templates/{name}/test",
    id: "testTemplate",
    tag: "Messages",
    summary: "Send a template with a sample lead",
    description: "In the mode that is set: `preview` and `shadow` only render. Nothing of it is kept.",
    access: "admin",
    params: { name: Text },
    body: { required: true, content: { "application/json": TestOrder }, example: { to: "ann@example.com" } },
    answers: { 200: json("What became of it.", TestSent) },
    problems: [400, 404, 413, 415, 422],
  },
];
