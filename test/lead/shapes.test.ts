import { expect, test } from "@jest/globals";
import { recognise } from "../../src/lead/recognise.ts";
import type { Recognised } from "../../src/lead/types.ts";

const BEA = "bea.kowalska@example.com";
const HOST = "host@example.com";
const AT = "2026-02-03T04:05:06.000Z";

type Row = readonly [name: string, payload: object, expected: Partial<Recognised>, headers?: Record<string, string>];

const text = (answer: string, questionId: number) => ({
  questionId,
  answerDetails: { textQuestionAnswer: { answer } },
});

// biome-ignore format: a table
const ROWS: Row[] = [
  ["typeform by titles, with choices and hidden fields", {
    event_type: "form_response",
    form_response: {
      token: "t1", submitted_at: "2026-02-03T04:05:06Z", hidden: { utm_source: "ad", ref: "x" },
      definition: { fields: [{ id: "a", ref: "0b-1", title: "Wie heißen Sie? Vorname" }, { id: "b", ref: "0b-2", title: "Firma" }, { id: "c", ref: "0b-3", title: "Plan" }] },
      answers: [
        { type: "email", email: BEA, field: { id: "z", ref: "0b-9" } }, { type: "text", text: "C", field: { id: "b", ref: "0b-2" } },
        { type: "choices", choices: { labels: ["x", "y"], other: "z" }, field: { id: "c", ref: "0b-3" } }, { type: "number", number: 5, field: { id: "d", ref: "budget" } },
      ],
    },
  }, { sender: "typeform", email: BEA, company: "C", senderId: "t1", occurredAt: new Date(AT), utm: { source: "ad" }, attributes: { Plan: ["x", "y", "z"], budget: 5, ref: "x", event_type: "form_response" } }],
  ["typeform, partial", { event_type: "form_response_partial", form_response: { token: "t1", answers: [{ type: "email", email: BEA }] } },
    { sender: "typeform", senderId: "t1", missing: expect.stringContaining("partial") as unknown as string, attributes: { event_type: "form_response_partial" } }],
  ["jotform, phone in parts", { formID: "1", submissionID: "4791133489169827307", rawRequest: JSON.stringify({ slug: "s", q3_fullName3: { first: "Bea", last: "K" }, q4_email4: BEA, q5_phone: { area: "555", phone: "0100101" }, q6_budget: "5k" }) },
    { sender: "jotform", email: BEA, firstName: "Bea", lastName: "K", phone: "555 0100101", senderId: "4791133489169827307", attributes: { q6_budget: "5k", formID: "1" } }],
  ["jotform, malformed", { formID: "1", submissionID: "47", rawRequest: "{", pretty: "x" }, { sender: "jotform", senderId: "47", attributes: { formID: "1", rawRequest: "{", pretty: "x" } }],
  ["tally", {
    eventId: "e", eventType: "FORM_RESPONSE", createdAt: AT,
    data: { responseId: "r", submissionId: "s1", formName: "Demo", createdAt: AT, fields: [
      { key: "q1", label: "Kontakt", type: "INPUT_EMAIL", value: BEA }, { key: "q2", label: "Mobile?", type: "INPUT_PHONE_NUMBER", value: "+4930" },
      { key: "q3", label: "Name", type: "INPUT_TEXT", value: "Bea K" }, { key: "q4", label: "Size", type: "DROPDOWN", value: ["o2"], options: [{ id: "o1", text: "Small" }, { id: "o2", text: "Big" }] },
      { key: "q5", label: "utm_source", type: "HIDDEN_FIELDS", value: "ad" }, { key: "q6", label: "Consent (I agree)", type: "CHECKBOXES", value: true },
    ] },
  }, { sender: "tally", email: BEA, phone: "+4930", fullName: "Bea K", consent: true, utm: { source: "ad" }, senderId: "s1", occurredAt: new Date(AT), attributes: { Size: ["Big"], eventId: "e", eventType: "FORM_RESPONSE", formName: "Demo" }, arrivalKeys: ["eventId"] }],
  ["webflow v2", { triggerType: "form_submission", payload: { name: "Contact", data: { "Full Name": "Bea K", "Email Address": BEA, Phone: 15550100101, Budget: "5k" }, submittedAt: AT, id: "w2", formId: "f" } },
    { sender: "webflow", email: BEA, fullName: "Bea K", phone: "15550100101", senderId: "w2", occurredAt: new Date(AT), attributes: { Budget: "5k", name: "Contact", formId: "f" } }],
  ["webflow v1", { name: "Contact", site: "65", data: { Name: "Bea K", Email: BEA }, d: AT, _id: "w1" },
    { sender: "webflow", email: BEA, fullName: "Bea K", senderId: "w1", occurredAt: new Date(AT), attributes: { name: "Contact", site: "65" } }],
  ["gravity forms, with an address", { id: "9", form_id: "7", date_created: "2026-02-03 04:05:06", is_read: "0", "1.1": "Street 1", "1.3": "Berlin", "1.6": "Germany", "2.3": "Bea", "2.6": "K", "3": BEA, "4": "(555) 010-0101", "5": "2026-03-01", "6": "Hi" },
    { sender: "gravity-forms", email: BEA, firstName: "Bea", lastName: "K", phone: "(555) 010-0101", country: "Germany", senderId: "9", occurredAt: new Date(AT), attributes: { "5": "2026-03-01", "6": "Hi", "1.1": "Street 1", "1.3": "Berlin", form_id: "7", is_read: "0" } }],
  ["elementor, advanced", { form: { id: "x", name: "Kontakt" }, fields: { name: { id: "name", type: "text", title: "Name", value: "Bea K" }, f1: { id: "f1", type: "email", title: "Adresse", value: BEA } }, meta: { date: { title: "Datum", value: "3. Februar" }, remote_ip: { title: "IP", value: "192.0.2.1" } } },
    { sender: "elementor", email: BEA, fullName: "Bea K", attributes: { form: { id: "x", name: "Kontakt" }, Datum: "3. Februar", IP: "192.0.2.1" }, arrivalKeys: ["Datum"] }],
  ["elementor, simple", { Name: "Bea K", Email: BEA, Message: "Hi", Date: "February 3", Time: "4:05 am", "Page URL": "https://w.example", form_id: "x", form_name: "Contact" },
    { sender: "elementor", email: BEA, fullName: "Bea K", message: "Hi", attributes: { Date: "February 3", Time: "4:05 am", "Page URL": "https://w.example", form_id: "x", form_name: "Contact" }, arrivalKeys: ["Date", "Time"] }],
  ["wpforms", { Courriel: BEA, entry_id: "3" }, { sender: "wpforms", email: BEA, senderId: "3", attributes: {} }, { "x-wpforms-webhook-id": "1" }],
  ["contact form 7", { "your-name": "Bea K", "your-email": BEA, "your-subject": "S", "your-message": "Hi", _wpcf7: "12" },
    { sender: "contact-form-7", email: BEA, fullName: "Bea K", message: "Hi", attributes: { "your-subject": "S", _wpcf7: "12" } }],
  ["facebook, in Ukrainian", { id: "f1", created_time: "2026-02-03T04:05:06+0000", ad_id: "a", field_data: [{ name: "електронна_пошта", values: [BEA] }, { name: "first_name", values: ["Bea"] }, { name: "color", values: ["red", "blue"] }] },
    { sender: "facebook", email: BEA, firstName: "Bea", senderId: "f1", occurredAt: new Date(AT), attributes: { color: ["red", "blue"], ad_id: "a" } }],
  ["facebook, its testing tool", { id: "f2", field_data: [{ name: "email", values: ["test@fb.com"] }, { name: "full_name", values: ["<test lead: dummy data for full_name>"] }] },
    { sender: "facebook", email: "test@fb.com", fullName: "<test lead: dummy data for full_name>", senderId: "f2", test: true, attributes: {} }],
  ["facebook, bare", { object: "page", entry: [{ id: "p", changes: [{ field: "leadgen", value: { leadgen_id: "l1", created_time: 1770091506 } }] }] },
    { sender: "facebook", senderId: "l1", occurredAt: new Date(AT), missing: expect.stringContaining("leadgen_id") as unknown as string, attributes: expect.anything() as never }],
  ["google ads, a test without column names", { lead_id: "g1", is_test: true, google_key: "k", lead_submit_time: AT, user_column_data: [{ column_id: "WORK_EMAIL", string_value: "work@example.com" }, { column_id: "EMAIL", string_value: BEA }, { column_id: "FIRST_NAME", string_value: "Bea" }, { column_name: "Budget?", column_id: "Q1", string_value: "5k" }] },
    { sender: "google-ads", email: BEA, firstName: "Bea", senderId: "g1", occurredAt: new Date(AT), test: true, attributes: { WORK_EMAIL: "work@example.com", "Budget?": "5k" } }],
  ["linkedin, with its form", {
    id: "li-1", submittedAt: 1770091506000, testLead: true, leadType: "SPONSORED",
    form: { hiddenFields: [{ name: "utm_source", value: "li" }], content: { questions: [{ questionId: 1, name: "Nombre", predefinedField: "FIRST_NAME" }, { questionId: 2, name: "Correo", predefinedField: "EMAIL" }, { questionId: 3, name: "Plan" }] } },
    formResponse: { answers: [text("Bea", 1), text(BEA, 2), text("pro", 3)], consentResponses: [{ consentId: 1, accepted: true }] },
  }, { sender: "linkedin", email: BEA, firstName: "Bea", consent: true, utm: { source: "li" }, senderId: "li-1", occurredAt: new Date(AT), test: true, attributes: { Plan: "pro", leadType: "SPONSORED", consentResponses: [{ consentId: 1, accepted: true }] } }],
  ["linkedin, without its form", { id: "li-2", formResponse: { answers: [text("Bea", 1), text(BEA, 2)] } }, { sender: "linkedin", email: BEA, senderId: "li-2", attributes: { "question 1": "Bea" } }],
  ["linkedin, a notice", { leadGenFormResponse: "urn:li:r:1", leadAction: "CREATED", occurredAt: 1770091506000 },
    { sender: "linkedin", senderId: "urn:li:r:1", occurredAt: new Date(AT), missing: expect.stringContaining("leadFormResponses") as unknown as string, attributes: expect.anything() as never, arrivalKeys: ["occurredAt"] }],
  ["unbounce", { page_name: "P", "data.json": JSON.stringify({ email: [BEA], your_name: ["Bea K"], date_submitted: ["2026-02-03"], time_submitted: ["04:05 AM UTC"], page_name: ["P"], topics: ["a", "b"] }), "data.xml": "<x/>" },
    { sender: "unbounce", email: BEA, fullName: "Bea K", attributes: { date_submitted: "2026-02-03", time_submitted: "04:05 AM UTC", page_name: "P", topics: ["a", "b"] }, arrivalKeys: ["date_submitted", "time_submitted"] }],
  ["unbounce, malformed", { "data.json": "{", page_name: "P" }, { sender: "generic", attributes: { "data.json": "{", page_name: "P" } }],
  ["hubspot", { vid: 77, properties: { email: { value: BEA }, firstname: { value: "Bea", versions: [{ value: "B" }] }, jobtitle: { value: "J" }, plan: { value: "pro" } }, "form-submissions": [{ "conversion-id": "h1", timestamp: 1770091506000 }], "identity-profiles": [{ identities: [{ value: HOST }] }] },
    { sender: "hubspot", email: BEA, firstName: "Bea", jobTitle: "J", senderId: "h1", occurredAt: new Date(AT), attributes: { plan: "pro", vid: 77, "form-submissions": [{ "conversion-id": "h1", timestamp: 1770091506000 }] } }],
  ["calendly", {
    event: "invitee.created", created_at: AT, created_by: "u",
    payload: { uri: "https://api.calendly.com/scheduled_events/E/invitees/I", email: BEA, name: "Bea K", first_name: null, text_reminder_number: "+4930", created_at: AT, timezone: "Europe/Berlin",
      questions_and_answers: [{ question: "Company", answer: "C", position: 0 }, { question: "Topic?", answer: "x", position: 1 }], tracking: { utm_source: "ad", utm_term: null },
      scheduled_event: { event_memberships: [{ user_email: HOST }] } },
  }, { sender: "calendly", email: BEA, fullName: "Bea K", phone: "+4930", company: "C", utm: { source: "ad" }, senderId: "https://api.calendly.com/scheduled_events/E/invitees/I", occurredAt: new Date(AT), attributes: { "Topic?": "x", event: "invitee.created", timezone: "Europe/Berlin", scheduled_event: { event_memberships: [{ user_email: HOST }] } } }],
  ["calendly, no address", { event: "invitee.created", payload: { uri: "u", scheduled_event: { event_memberships: [{ user_email: HOST }] } } },
    { sender: "calendly", senderId: "u", attributes: { event: "invitee.created", scheduled_event: { event_memberships: [{ user_email: HOST }] } } }],
  ["netlify, wrapped", { site: { id: "s" }, payload: { email: BEA, name: "Bea K", first_name: "Bea", summary: "Hi", body: "Hi", created_at: AT, id: "n1", form_name: "contact", site_url: "https://w.example", ordered_human_fields: [{ title: "Firma", name: "f2", value: "C" }], data: { email: BEA, name: "Bea K", f2: "C", comments: "Hi", ip: "192.0.2.1" } } },
    { sender: "netlify", email: BEA, firstName: "Bea", fullName: "Bea K", company: "C", message: "Hi", senderId: "n1", occurredAt: new Date(AT), attributes: { ip: "192.0.2.1", site: { id: "s" }, form_name: "contact", site_url: "https://w.example" } }],
  ["framer", { Name: "Bea K", "E-Mail": BEA, Plan: "pro" }, { sender: "framer", email: BEA, fullName: "Bea K", senderId: "fr-1", attributes: { Plan: "pro" } }, { "framer-webhook-submission-id": "fr-1" }],
  ["formspree", { form: "xyzabc", submission: { _date: "2026-02-03T04:05:06.000000+00:00", email: BEA, name: "Bea K", _replyto: HOST, budget: "5k" } },
    { sender: "formspree", email: BEA, fullName: "Bea K", occurredAt: new Date(AT), attributes: { _replyto: HOST, budget: "5k", form: "xyzabc" } }],
  ["squarespace through zapier", { "Email Address": BEA, "Name First Name": "Bea", "What can we do?": "x" }, { sender: "zapier", email: BEA, firstName: "Bea", attributes: { "What can we do?": "x" } }, { "user-agent": "Zapier" }],
  ["an own payload that resembles none", { form: "contact", data: { email: BEA, name: "Bea K" }, event: "signup" }, { sender: "generic", email: BEA, fullName: "Bea K", attributes: { form: "contact", event: "signup" } }],
];

test.each(ROWS)("%s", (_name, payload, expected, headers = {}) => {
  expect(recognise({ payload: payload as never, headers })).toEqual(expected);
});

// biome-ignore format: a table
test.each<[string, object, object, Partial<Recognised>]>([
  ["euros", { amount_total: 4900, currency: "eur" }, {}, { event: { id: "cs_1", type: "order.paid", value: 49, currency: "EUR", occurredAt: new Date(AT) } }],
  ["yen", { amount_total: 4900, currency: "jpy" }, {}, { event: { id: "cs_1", type: "order.paid", value: 4900, currency: "JPY", occurredAt: new Date(AT) } }],
  ["dinars", { amount_total: 4900, currency: "kwd" }, { livemode: false }, { test: true, event: { id: "cs_1", type: "order.paid", value: 4.9, currency: "KWD", occurredAt: new Date(AT) } }],
  ["not paid yet", { payment_status: "unpaid" }, {}, { event: { id: "cs_1:unpaid", type: "order.unpaid", occurredAt: new Date(AT) } }],
  ["paid later", { payment_status: "paid" }, { type: "checkout.session.async_payment_succeeded" }, { event: { id: "cs_1", type: "order.paid", occurredAt: new Date(AT) } }],
])("stripe: %s", (_name, session, around, expected) => {
  const object = { id: "cs_1", payment_status: "paid", customer_details: { email: BEA, name: "Bea K", phone: null, address: { country: "DE" } }, ...session };
  const payload = { object: "event", id: "evt_1", type: "checkout.session.completed", created: 1770091506, livemode: true, data: { object }, ...around };
  const found = recognise({ payload: payload as never, headers: {} });
  expect(found).toMatchObject({ sender: "stripe", email: BEA, fullName: "Bea K", country: "DE", ...expected });
  expect(found.test).toBe(expected.test);
});

test("stripe's other events make no lead and say why", () => {
  const payload = {
    object: "event",
    id: "evt_2",
    type: "invoice.paid",
    livemode: true,
    data: { object: { customer_email: BEA } },
  };
  const found = recognise({ payload, headers: {} });
  expect(found.email ?? found.event).toBeUndefined();
  expect(found.missing).toContain("invoice.paid");
});
