import { describe, expect, test } from "@jest/globals";
import { type FieldMap, recognise } from "../../src/lead/recognise.ts";
import type { JsonObject, Recognised } from "../../src/lead/types.ts";

const BEA = "bea.kowalska@example.com";
const ELSE = "someone.else@example.com";

function said(payload: unknown, map?: FieldMap): Recognised {
  return recognise({ payload: payload as JsonObject, headers: {} }, map);
}

type Row = readonly [name: string, payload: unknown, expected: Partial<Recognised>];

// biome-ignore format: a table
const LANGUAGES: Row[] = [
  ["en", { "First Name*": "Bea", "Last Name": "K", "Email Address:": BEA, "Phone Number": "1", "Company Name": "C", "Your Message": "Hi", "I agree": "on" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Hi", consent: true }],
  ["de", { Vorname: "Bea", Nachname: "K", "E-Mail-Adresse *": BEA, Telefonnummer: "1", Unternehmen: "C", "Ihre Nachricht": "Hallo", Einwilligung: "ja" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Hallo", consent: true }],
  ["fr", { Prénom: "Bea", Nom: "K", "Adresse e-mail": BEA, Téléphone: "1", Société: "C", Commentaires: "Salut", Consentement: "oui" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Salut", consent: true }],
  ["es", { Nombre: "Bea", Apellidos: "K", "Correo electrónico": BEA, Teléfono: "1", Empresa: "C", Mensaje: "Hola", Acepto: "sí" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Hola", consent: true }],
  ["it", { Nome: "Bea", Cognome: "K", "Indirizzo e-mail": BEA, "Numero di telefono": "1", Azienda: "C", Messaggio: "Ciao", Consenso: "no" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Ciao", consent: false }],
  ["pt", { Nome: "Bea", Sobrenome: "K", "Endereço de e-mail": BEA, Telefone: "1", "Nome da empresa": "C", Mensagem: "Oi", Consentimento: "não" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Oi", consent: false }],
  ["nl", { Voornaam: "Bea", Naam: "K", "E-mailadres": BEA, Telefoonnummer: "1", Bedrijfsnaam: "C", Bericht: "Dag", Toestemming: "nee" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Dag", consent: false }],
  ["pl", { Imię: "Bea", Nazwisko: "K", "Adres e-mail": BEA, "Numer telefonu": "1", "Nazwa firmy": "C", "Treść wiadomości": "Cześć", Zgoda: "tak" },
    { firstName: "Bea", lastName: "K", phone: "1", company: "C", message: "Cześć", consent: true }],
];

test.each(LANGUAGES)("a form in %s is understood without a mapping", (_language, payload, expected) => {
  expect(said(payload)).toEqual({ sender: "generic", email: BEA, attributes: {}, ...expected });
});

// biome-ignore format: a table
const GENERIC: Row[] = [
  ["canonical names, with attributes merged",
    { email: BEA, firstName: "Bea", utm: { source: "s" }, hidden: { utm_campaign: "c" }, source: "page a", consent: false, attributes: { plan: "pro", message: "kept" }, budget: { min: 5 } },
    { firstName: "Bea", consent: false, utm: { source: "s", campaign: "c" }, attributes: { source: "page a", plan: "pro", message: "kept", budget: { min: 5 } } }],
  ["a time with an offset", { email: BEA, occurredAt: "2026-02-03T04:05:06+01:00" }, { occurredAt: new Date("2026-02-03T03:05:06Z"), attributes: {} }],
  ["numbers as their decimals, text to the letter", { email: BEA, phone: 15550100101, firstName: " Bea ", company: 1e21 },
    { phone: "15550100101", firstName: " Bea ", company: "1000000000000000000000", attributes: {} }],
  ["the canonical name before others, blanks as absent", { email: "\u00a0", Email: BEA, "E-Mail": ELSE, Phone: "2", phone: "1", company: null },
    { phone: "1", attributes: { "E-Mail": ELSE, Phone: "2" } }],
  ["nested names", { contact: { email: BEA, name: { first: "Bea", last: "K" }, phone: { full: "1" } }, form: { name: "Demo" } },
    { firstName: "Bea", lastName: "K", phone: "1", attributes: { form: { name: "Demo" } } }],
  ["a container nobody knows, by the address in it", { quote: { email: BEA, name: "Bea K", plan: "x" }, form: { name: "Demo" } },
    { fullName: "Bea K", attributes: { quote: { plan: "x" }, form: { name: "Demo" } } }],
  ["flattened paths", { data__email: BEA, data__name__first: "Bea", "org.name": "C", "contact[phone]": "1" }, { firstName: "Bea", company: "C", phone: "1", attributes: {} }],
  ["a list of labels and values", { fields: [{ label: "E-Mail", value: BEA }, { label: "Budget", value: "5k" }] }, { attributes: { Budget: "5k" } }],
  ["a list by types", { answers: [{ name: "q1", type: "email", value: BEA }, { name: "q2", value: [1, 2] }] }, { attributes: { q2: [1, 2] } }],
  ["a list of titles", { x: [{ title: "Correo", value: BEA }, { id: "f2", title: "Plan", value: "a" }] }, { attributes: { Plan: "a" } }],
  ["a list of things, left as it is", { email: BEA, items: [{ name: "Shirt", value: 20 }] }, { attributes: { items: [{ name: "Shirt", value: 20 }] } }],
  ["objects around values", { fields: { email: { type: "email", value: BEA }, x: { value: "5k" } } }, { attributes: { fields: { x: { value: "5k" } } } }],
  ["German halves of a name", { Vorname: "Bea", Name: "K", email: BEA }, { firstName: "Bea", lastName: "K", attributes: {} }],
  ["a first name beside a full one", { first_name: "Bea", name: "Bea K", email: BEA }, { firstName: "Bea", fullName: "Bea K", attributes: {} }],
  ["a company's own values", { email: BEA, company: { name: "C", email: ELSE } }, { company: "C", attributes: { company: { email: ELSE } } }],
  ["WPForms' form as it is posted", { wpforms: { fields: [{ first: "Bea", last: "K" }, BEA, "Hi"] } }, { firstName: "Bea", lastName: "K", attributes: { wpforms: { fields: ["Hi"] } } }],
  ["a test", { email: BEA, is_test: true }, { test: true, attributes: { is_test: true } }],
  ["lists of addresses and numbers", { customer: { emails: [{ value: BEA }], phones: [{ number: "12" }] } }, { phone: "12", attributes: {} }],
  ["no secret in a list", { fields: [{ name: "google_key", value: "k" }, { name: "email", value: BEA }] }, { attributes: {} }],
  ["no secret", { email: BEA, google_key: "k", lead: { google_key: "k", x: 1 } }, { attributes: { lead: { x: 1 } } }],
  ["times of arrival, nested ones too", { email: BEA, submitted_at: "now", meta: { timestamp: 1, form: "f" }, "Preferred date": "2026-03-01" },
    { attributes: { submitted_at: "now", meta: { form: "f" }, "meta.timestamp": 1, "Preferred date": "2026-03-01" }, arrivalKeys: ["submitted_at", "meta.timestamp"] }],
];

test.each(GENERIC)("an unknown sender: %s", (_name, payload, expected) => {
  expect(said(payload)).toEqual({ sender: "generic", email: BEA, ...expected });
});

// biome-ignore format: a table
test.each([["ON", true], ["0", false], [true, true], [1, true], [["oui"], true], [" Ja ", true], ["sim", true], ["nie", false], ["yes please", undefined], [{ a: 1 }, undefined]])(
  "consent %j is %s", (consent, expected) => {
    const found = said({ email: BEA, consent });
    expect(found.consent).toBe(expected);
    expect(found.attributes).toEqual(expected === undefined ? { consent } : {});
  });

// biome-ignore format: a table
test.each(["2026-02-30T10:00:00Z", "2026-02-03T10:00:00", "yesterday", "2026-02-03T25:00:00Z", 1770000000])("%j is no time with an offset, and stays an attribute", (occurredAt) => {
  const found = said({ email: BEA, occurredAt });
  expect(found.occurredAt).toBeUndefined();
  expect(found.attributes).toEqual({ occurredAt });
});

// biome-ignore format: a table
test.each<[string, object, string | undefined]>([
  ["submission_id before id", { id: "1", submission_id: "2" }, "2"],
  ["entryId as a number", { entryId: 77 }, "77"],
  ["nested", { meta: { entry_id: "e-1" } }, "e-1"],
  ["the id of a submission", { id: "evt", submission: { id: "s-1" } }, "s-1"],
  ["a bare id", { id: 5 }, "5"],
  ["the id of something else", { form: { id: "f" }, contact: { id: "c" } }, undefined],
  ["a number too great to be exact", { id: 2 ** 60 }, undefined],
  ["blank", { submission_id: " " }, undefined],
])("an unknown sender's own id: %s", (_name, payload, senderId) => {
  expect(said({ email: BEA, ...payload }).senderId).toBe(senderId);
});

// biome-ignore format: a table
test.each<[string, object, string | undefined]>([
  ["found by its value", { "Як вам написати?": BEA, budget: "5" }, BEA],
  ["found by its value, in display form", { q7: `Bea K <${BEA}>` }, `Bea K <${BEA}>`],
  ["the same one twice", { q7: BEA, q8: BEA.toUpperCase() }, BEA],
  ["two differing ones", { q7: BEA, q8: ELSE }, undefined],
  ["two of one rank", { customer: { email: BEA }, contact: { email: ELSE } }, undefined],
  ["two in unknown containers", { reporter: { email: BEA }, other_person: { email: ELSE } }, undefined],
  ["reply-to", { "reply-to": ELSE, _replyto: ELSE, replyTo: ELSE, reply_to_email: ELSE }, undefined],
  ["reply-to beside the lead's", { reply_to: ELSE, q7: BEA }, BEA],
  ["the host", { host: { email: ELSE }, host_email: ELSE, organizer: { email: ELSE }, event_memberships: [{ user_email: ELSE }] }, undefined],
  ["the owner", { "Site owner email": ELSE, owner: { contact: { email: ELSE } }, admin_email: ELSE }, undefined],
  ["the ends of a mail", { from: ELSE, to: ELSE, cc: [ELSE], bcc: ELSE, recipient_email: ELSE, from_email: ELSE }, undefined],
  ["owners in a list", { fields: [{ label: "Owner email", type: "email", value: ELSE }, { label: "Reply-To", value: ELSE }] }, undefined],
  ["two by type, one of them by label", { fields: [{ label: "Peer", type: "email", value: ELSE }, { label: "Your email", type: "email", value: BEA }] }, BEA],
  ["two by type alone", { fields: [{ label: "Peer", type: "email", value: ELSE }, { label: "Me", type: "email", value: BEA }] }, undefined],
  ["a named one that is none, beside somebody's", { email: "bea@", q7: ELSE }, "bea@"],
  ["an unusable one beside a work address", { email: "n/a", work_email: BEA }, BEA],
  ["one in the midst of text", { text: `write to ${ELSE} please` }, undefined],
  ["the form's before another account's", { email: BEA, account: { email: ELSE } }, BEA],
  ["repeated in a form", { email: [BEA, BEA] }, BEA],
  ["repeated and differing", { email: [BEA, ELSE] }, undefined],
])("whose address it is: %s", (_name, payload, email) => {
  expect(said(payload).email).toBe(email);
});

// biome-ignore format: a table
test.each<[string, unknown, FieldMap, Partial<Recognised>]>([
  ["wins over recognition, which keeps the other", { email: ELSE, work: BEA }, { email: "work" }, { email: BEA, attributes: { email: ELSE } }],
  ["follows paths and indexes", { a: { list: [{ v: BEA }, { v: "x" }] } }, { email: "a.list[0].v", company: "a.list.1.v" }, { email: BEA, company: "x", attributes: {} }],
  ["prefers the literal key", { "org.name": "literal", org: { name: "path" }, email: BEA }, { phone: "org.name" }, { email: BEA, phone: "literal", company: "path", attributes: {} }],
  ["leaves a blank to recognition", { mail: " ", email: BEA }, { email: "mail" }, { email: BEA, attributes: {} }],
  ["may take an address that is never guessed", { host_email: BEA }, { email: "host_email" }, { email: BEA, attributes: {} }],
  ["gives the id", { order: { no: 12 }, id: "x", email: BEA }, { submissionId: "order.no" }, { email: BEA, senderId: "12", attributes: { id: "x" } }],
  ["gives utm and consent", { e: BEA, c: "nein", u: "news" }, { email: "e", consent: "c", "utm.source": "u" }, { email: BEA, consent: false, utm: { source: "news" }, attributes: {} }],
  ["reads own keys only", { email: BEA }, { company: "constructor.name", phone: "__proto__", message: "email.length" }, { email: BEA, attributes: {} }],
  ["reads pairs of a list", { fields: [{ id: "a", value: BEA }, { id: "b", value: "x" }] }, { email: "fields[0].value", country: "fields[1].value" }, { email: BEA, country: "x", attributes: {} }],
])("the owner's mapping %s", (_name, payload, map, expected) => {
  expect(said(payload, map)).toEqual({ sender: "generic", ...expected });
});

describe("hostile payloads", () => {
  test("own keys that are named like inherited ones are only data", () => {
    const text = `{"__proto__":{"polluted":"yes"},"constructor":"c","toString":"t","length":1,"then":"n","email":"${BEA}"}`;
    const { attributes } = said(JSON.parse(text));
    expect(Object.getPrototypeOf(attributes)).toBe(Object.prototype);
    expect(Object.keys(attributes).sort()).toEqual(["__proto__", "constructor", "length", "then", "toString"]);
    expect(({} as JsonObject).polluted).toBeUndefined();
    expect(said(Object.assign(Object.create(null), { email: BEA, length: 1 })).attributes).toEqual({ length: 1 });
  });

  test("nothing that JSON can say throws", () => {
    const deep = JSON.parse(`${'{"a":['.repeat(3000)}1${"]}".repeat(3000)}`);
    const odd = [
      null,
      1,
      "x",
      true,
      [],
      {},
      [[]],
      [null],
      { a: null },
      deep,
      [{}],
      { value: {} },
      [{ type: "x", values: [] }],
    ];
    const keys =
      "form_response data payload rawRequest fields form meta entry field_data user_column_data formResponse data.json properties event human_fields submission type _id attributes utm email answers".split(
        " ",
      );
    const around = { formID: "1", vid: 1, object: "event", triggerType: "form_submission", submissionId: "s" };
    for (const value of odd) {
      for (const key of keys) {
        expect(typeof said({ ...around, [key]: value }).sender).toBe("string");
        for (const inner of keys) said({ ...around, [key]: { [inner]: value }, type: "x", event: "invitee.x" });
      }
    }
  });

  test("JSON inside a text is cleaned like the request around it", () => {
    const inner = `{"q3_email":"${BEA}","q4_name":"a\\ud800b\\u0000","q5_\\udc00":{"__proto__":{"polluted":1},"n":"\\u0000"}}`;
    const stored = { email: BEA, fullName: "a\ufffdb", attributes: { "q5_\ufffd": { n: "" } } };
    expect(said({ formID: "1", submissionID: "2", rawRequest: inner })).toMatchObject({ sender: "jotform", ...stored });
    const deep = `{"q3_email":"${BEA}","deep":${"[".repeat(65)}${"]".repeat(65)}}`;
    const huge = '{"q4_email":"ann@example.com","q6_budget":1e400,"q7_order":12345678901234567890}';
    expect(said({ formID: "1", submissionID: "2", rawRequest: huge }).attributes).toMatchObject({
      q6_budget: "1e400",
      q7_order: "12345678901234567890",
    });
    expect(said({ formID: "1", submissionID: "2", rawRequest: deep }).email).toBeUndefined();
  });

  test("a value that shows nothing stands in nobody's way, whatever it is made of", () => {
    for (const nothing of [" ", "\u00a0\t", "\u200b", "\u3164", "\u00ad\u2060", "\ufe0f"]) {
      const { fullName, attributes } = said({ email: BEA, name: nothing, contact_name: "Bea K", phone: nothing });
      expect({ fullName, attributes }).toEqual({ fullName: "Bea K", attributes: {} });
    }
  });

  test("an object that can't become text, where a sender has an id, breaks nothing", () => {
    const id = { toString: 1, valueOf: 2 };
    const answers = [{ questionId: id, answerDetails: { textQuestionAnswer: { answer: BEA } } }];
    const form = { content: { questions: [{ questionId: id, name: "Mail", predefinedField: "EMAIL" }] } };
    expect(said({ id, submittedAt: id, formResponse: { answers }, form }).sender).toBe("linkedin");
    expect(said({ id, formResponse: { answers: [{ ...answers[0], questionId: 1 }] }, form }).email).toBe(BEA);
  });

  test("a long label or value takes a time that grows only with its length", () => {
    const long = "a.-( ".repeat(200_000);
    const started = performance.now();
    said({ [long]: "x", email: `${" ".repeat(500_000)}x`, phone: `${"1 ".repeat(500_000)}!`, occurredAt: long });
    said({
      id: 1,
      form_id: 1,
      is_read: 1,
      date_created: long,
      "1": `+${"1 ".repeat(500_000)}!`,
      "2": long,
      "3": "a@".repeat(300_000),
    });
    said(Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`some label ${at}`, `value ${at}`])));
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});
