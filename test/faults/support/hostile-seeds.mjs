// Honest requests, one or more for each way in and each sender's shape, from which hostile ones are made.
import { ADMIN_KEY } from "./served-copy.mjs";

/** Stands for an address; each request made of a seed puts its own there. */
export const ADDRESS = "bea.kowalska@example.com";
const AT = "2026-02-03T04:05:06.000Z";
const HOST = "host@example.com";
const BOUNDARY = "----leadgate";

const own = {
  email: ADDRESS,
  firstName: "Bea",
  lastName: "Kowalska",
  phone: "+49 30 5550100",
  company: "Example & Co",
  jobTitle: "Owner",
  website: "https://www.example.com",
  country: "DE",
  message: "Hello,\nplease call me.",
  consent: true,
  occurredAt: AT,
  utm: { source: "ad", medium: "cpc", campaign: "spring" },
  attributes: { plan: "pro", seats: 5, topics: ["a", "b"] },
};
// biome-ignore format: a table
const event = { id: "order-7", type: "order.paid", email: ADDRESS, occurredAt: AT, value: 49.5, currency: "EUR", data: { sku: "x-1" } };
// biome-ignore format: a table
const form = { email: ADDRESS, name: "Bea Kowalska", phone: "+49 30 5550100", message: "Hello", consent: "on", "address[city]": "Berlin", _gotcha: "", _submission_id: "f-1" };
const answer = (text, questionId) => ({ questionId, answerDetails: { textQuestionAnswer: { answer: text } } });

/** What recognised senders post, by the sender's name. */
// biome-ignore format: a table
export const SHAPES = {
  typeform: { event_type: "form_response", form_response: { token: "t1", submitted_at: AT, hidden: { utm_source: "ad" },
    definition: { fields: [{ id: "a", ref: "r1", title: "First name" }, { id: "b", ref: "r2", title: "Plan" }] },
    answers: [{ type: "email", email: ADDRESS, field: { id: "z", ref: "r9" } }, { type: "text", text: "Bea", field: { id: "a", ref: "r1" } }, { type: "choices", choices: { labels: ["x", "y"], other: "z" }, field: { id: "b", ref: "r2" } }, { type: "number", number: 5, field: { id: "d", ref: "budget" } }] } },
  jotform: { formID: "1", submissionID: "4791133489169827307", rawRequest: JSON.stringify({ slug: "s", q3_fullName3: { first: "Bea", last: "K" }, q4_email4: ADDRESS, q5_phone: { area: "555", phone: "0100101" } }) },
  tally: { eventId: "e", eventType: "FORM_RESPONSE", createdAt: AT, data: { responseId: "r", submissionId: "s1", formName: "Demo", createdAt: AT,
    fields: [{ key: "q1", label: "Contact", type: "INPUT_EMAIL", value: ADDRESS }, { key: "q2", label: "Size", type: "DROPDOWN", value: ["o2"], options: [{ id: "o1", text: "Small" }, { id: "o2", text: "Big" }] }, { key: "q6", label: "Consent", type: "CHECKBOXES", value: true }] } },
  webflow: { triggerType: "form_submission", payload: { name: "Contact", data: { "Full Name": "Bea K", "Email Address": ADDRESS, Phone: 15550100101 }, submittedAt: AT, id: "w2", formId: "f" } },
  gravityForms: { id: "9", form_id: "7", date_created: "2026-02-03 04:05:06", is_read: "0", "1.3": "Berlin", "2.3": "Bea", "2.6": "K", "3": ADDRESS, "4": "(555) 010-0101" },
  elementor: { form: { id: "x", name: "Contact" }, fields: { name: { id: "name", type: "text", title: "Name", value: "Bea K" }, f1: { id: "f1", type: "email", title: "Address", value: ADDRESS } }, meta: { date: { title: "Date", value: "3 February" } } },
  wpforms: { "E-Mail": ADDRESS, Name: "Bea K", entry_id: "3" },
  contactForm7: { "your-name": "Bea K", "your-email": ADDRESS, "your-message": "Hi", _wpcf7: "12" },
  facebook: { id: "f1", created_time: "2026-02-03T04:05:06+0000", field_data: [{ name: "email", values: [ADDRESS] }, { name: "color", values: ["red", "blue"] }] },
  googleAds: { lead_id: "g1", is_test: false, google_key: "k", lead_submit_time: AT, user_column_data: [{ column_id: "EMAIL", string_value: ADDRESS }, { column_name: "Budget?", column_id: "Q1", string_value: "5k" }] },
  linkedin: { id: "li-1", submittedAt: 1770091506000, form: { hiddenFields: [{ name: "utm_source", value: "li" }], content: { questions: [{ questionId: 1, name: "First", predefinedField: "FIRST_NAME" }, { questionId: 2, name: "Mail", predefinedField: "EMAIL" }] } }, formResponse: { answers: [answer("Bea", 1), answer(ADDRESS, 2)], consentResponses: [{ consentId: 1, accepted: true }] } },
  unbounce: { page_name: "P", "data.json": JSON.stringify({ email: [ADDRESS], your_name: ["Bea K"], date_submitted: ["2026-02-03"], topics: ["a", "b"] }), "data.xml": "<x/>" },
  hubspot: { vid: 77, properties: { email: { value: ADDRESS }, firstname: { value: "Bea", versions: [{ value: "B" }] } }, "form-submissions": [{ "conversion-id": "h1", timestamp: 1770091506000 }] },
  calendly: { event: "invitee.created", created_at: AT, payload: { uri: "https://api.example.com/invitees/I", email: ADDRESS, name: "Bea K", created_at: AT, questions_and_answers: [{ question: "Company", answer: "C", position: 0 }], tracking: { utm_source: "ad" }, scheduled_event: { event_memberships: [{ user_email: HOST }] } } },
  netlify: { payload: { email: ADDRESS, name: "Bea K", created_at: AT, id: "n1", form_name: "contact", site_url: "https://www.example.com", ordered_human_fields: [{ title: "Company", name: "f2", value: "C" }], data: { email: ADDRESS, name: "Bea K", f2: "C" } } },
  formspree: { form: "xyzabc", submission: { _date: "2026-02-03T04:05:06.000000+00:00", email: ADDRESS, name: "Bea K", _replyto: HOST } },
  stripe: { object: "event", id: "evt_1", type: "checkout.session.completed", created: 1770091506, livemode: true, data: { object: { id: "cs_1", payment_status: "paid", amount_total: 4900, currency: "eur", customer_details: { email: ADDRESS, name: "Bea K", address: { country: "DE" } } } } },
  nested: { form: "contact", data: { contact: { email: ADDRESS, name: "Bea K" } }, tags: ["a", ["b"]] },
};

const key = ["Authorization", `Bearer ${ADMIN_KEY}`];
const json = (path, payload, ...headers) => ({
  method: "POST",
  target: path,
  headers: [["Content-Type", "application/json"], ...headers],
  body: Buffer.from(JSON.stringify(payload)),
});
const urlencoded = (path, fields, ...headers) => ({
  method: "POST",
  target: path,
  headers: [["Content-Type", "application/x-www-form-urlencoded"], ...headers],
  body: Buffer.from(new URLSearchParams(fields).toString()),
});
const multipart = (path, fields, ...headers) => ({
  method: "POST",
  target: path,
  headers: [["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`], ...headers],
  body: multipartBody(fields),
});
const query = (method, target, body, ...headers) => ({
  method,
  target,
  headers: [key, ...(body === undefined ? [] : [["Content-Type", "application/json"]]), ...headers],
  body: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
});

/** A multipart body of these fields and an empty file. */
function multipartBody(fields) {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="cv"; filename="cv.txt"\r\nContent-Type: text/plain\r\n\r\nx\r\n`;
  return Buffer.from(`${parts.join("")}${file}--${BOUNDARY}--\r\n`);
}

/** Builders of requests by way in, each given the payload. */
export const WAYS = {
  api: (payload) => json("/v1/leads", payload, key),
  apiList: (payload) => json("/v1/leads?followUps=off", [payload, { email: HOST }], key),
  event: (payload) => json("/v1/events", payload, key),
  webhook: (payload) => json("/webhooks/site", payload, key),
  webhookList: (payload) => json("/webhooks/site", [payload, { email: HOST }], key),
  webhookForm: (payload) => urlencoded("/webhooks/site", flat(payload), key),
  form: (payload) => urlencoded("/forms/contact", flat(payload), ["Accept", "text/html"]),
  formMultipart: (payload) => multipart("/forms/contact", flat(payload), ["Accept", "text/html"]),
  formJson: (payload) => json("/forms/contact", payload),
};

/** Text for each field; what is nested is sent as JSON text. */
function flat(payload) {
  const entries = typeof payload === "object" && payload !== null ? Object.entries(payload) : [["email", payload]];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? value : (JSON.stringify(value) ?? "")]),
  );
}

export const PAYLOADS = { own, event, form };
const ID = "0190aaaa-0000-7000-8000-000000000001";

/** Every honest request. */
export const SEEDS = [
  WAYS.api(own),
  WAYS.apiList(own),
  WAYS.event(event),
  json("/v1/events", [event, { ...event, id: "order-8" }], key),
  WAYS.webhook(own),
  WAYS.form(form),
  WAYS.formMultipart(form),
  WAYS.formJson(form),
  WAYS.webhookForm(form),
  multipart("/webhooks/site", form, key),
  json("/webhooks/site", own, ["X-Api-Key", ADMIN_KEY], ["Idempotency-Key", "k-1"]),
  json(
    `/webhooks/site?key=${ADMIN_KEY}`,
    own,
    ["webhook-id", "msg_1"],
    ["webhook-timestamp", "1770091506"],
    ["webhook-signature", "v1,AAAA"],
  ),
  ...Object.values(SHAPES).map(WAYS.webhook),
  ...Object.values(SHAPES).map(WAYS.webhookForm),
  ...Object.values(SHAPES).map((payload) => json("/webhooks/site", [payload, own], key)),
  ...Object.values(SHAPES).map(WAYS.formJson),
  query("GET", "/v1/leads?q=bea&limit=5&sort=-createdAt&createdAfter=2026-01-01T00:00:00Z&status=new"),
  query("GET", `/v1/leads?email=${encodeURIComponent(ADDRESS)}&source=site`),
  query("GET", `/v1/leads/${ID}`, undefined, ["If-None-Match", '"1"']),
  query("GET", `/v1/leads/${ID}/timeline?limit=10`),
  query("PATCH", `/v1/leads/${ID}`, { firstName: "Bea", status: "won" }, ["If-Match", '"1"']),
  query("GET", "/v1/messages?status=queued&template=welcome"),
  query("GET", "/v1/quarantine?limit=2"),
  query("GET", "/v1/stats"),
];
