// The requests that carry each odd value to each field of each way in, behind those that are broken altogether.
import { brokenRequests } from "./broken-requests.mjs";
import { PAYLOADS, SHAPES, WAYS } from "./hostile-seeds.mjs";
import { VALUES } from "./hostile-values.mjs";

const FIELDS = {
  own: "email firstName lastName fullName phone company jobTitle website country message consent occurredAt utm attributes source submissionId unknown".split(
    " ",
  ),
  event: "id type email occurredAt value currency data source unknown".split(" "),
  form: "email name first_name phone company website country message consent occurred_at utm_source attributes _submission_id _redirect _gotcha e-mail".split(
    " ",
  ),
};
const WAYS_OF = {
  own: ["api", "apiList", "webhook", "webhookList"],
  event: ["event"],
  form: ["form", "formMultipart", "formJson", "webhookForm"],
};

/**
 * Bad inputs in an order that is always the same: broken requests first, then every value in every field of every way.
 *
 * @yields requests as `hostile-seeds` makes them.
 */
export function* badInputs() {
  yield* brokenRequests();
  const address = numberedAddresses();
  // By value outermost, so that a short run meets many fields and ways.
  for (const value of VALUES) {
    for (const [kind, fields] of Object.entries(FIELDS)) {
      for (const field of fields) {
        for (const way of WAYS_OF[kind]) yield withRaw(kind, field, value, WAYS[way], address());
      }
    }
    for (const shape of Object.values(SHAPES)) yield* inLeaves(shape, value);
  }
}

function numberedAddresses() {
  let count = 0;
  return () => `bad-${count++ % 2_000}@example.com`;
}

function withRaw(kind, field, raw, way, email) {
  // A serialiser would lose what the text says, so it is put in afterwards.
  const request = way({ ...PAYLOADS[kind], email, [field]: SLOT });
  const type = request.headers[0][1];
  const value = type === "application/json" ? raw : textOf(raw);
  const put = type === "application/x-www-form-urlencoded" ? encodeURIComponent(value.toWellFormed()) : value;
  const quoted = type === "application/json" ? `"${SLOT}"` : SLOT;
  return { ...request, body: Buffer.from(request.body.toString().replace(quoted, () => put)) };
}

const SLOT = "slot-for-the-value";

/** The same where only text can stand. */
function textOf(raw) {
  const value = JSON.parse(raw);
  return typeof value === "string" ? value : raw;
}

const LEAF = /(?<=[:[,])("(?:[^"\\]|\\.)*"|\d+|true|false|null)(?=[\]},])/g;

/** The value at one leaf of a sender's payload after the other. */
function* inLeaves(shape, raw) {
  const text = JSON.stringify(shape);
  for (const leaf of text.matchAll(LEAF)) {
    const body = text.slice(0, leaf.index) + raw + text.slice(leaf.index + leaf[0].length);
    yield { ...WAYS.webhook({}), body: Buffer.from(body) };
    if (leaf[0].startsWith('"{')) yield* inLeavesOfText(text, leaf, raw);
  }
}

/** The same within a text that is itself JSON, as Jotform and Unbounce send it. */
function* inLeavesOfText(text, { 0: quoted, index }, raw) {
  const inner = JSON.parse(quoted);
  for (const leaf of inner.matchAll(LEAF)) {
    const changed = inner.slice(0, leaf.index) + raw + inner.slice(leaf.index + leaf[0].length);
    const body = text.slice(0, index) + JSON.stringify(changed) + text.slice(index + quoted.length);
    yield { ...WAYS.webhook({}), body: Buffer.from(body) };
  }
}
