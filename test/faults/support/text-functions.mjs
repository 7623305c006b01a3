// The functions that run over what strangers write, each taking one text.

const ADDRESS = "ann@example.com";

/** @param load loads a file of the build. */
export async function textFunctions(load) {
  const [cleaning, email, phone, labels, mentions, recognise, normalise, identity, canonical] = await Promise.all(
    ["clean-json", "email", "phone", "labels", "mentions", "recognise", "normalise", "identity", "canonical-json"].map(
      (name) => load(`lead/${name}.js`),
    ),
  );
  const { compileCondition } = await load("lead/condition.js");
  const { scrub } = await load("base/log.js");
  const http = Object.assign(
    {},
    ...(await Promise.all(
      ["lead/parse-json", "http/form-fields", "http/decode-text", "http/canonical", "http/read-event"].map((name) =>
        load(`${name}.js`),
      ),
    )),
  );
  const folds = { foldPlus: true, foldGmailDots: true };
  const keys = new Set([ADDRESS]);
  const recognised = (payload) => recognise.recognise({ payload, headers: {} });
  const condition = compileCondition(
    "lead.message.matches('^[a-z]+@[a-z]+$') || lead.message.contains('xy') || lead.message.startsWith('a') || lead.message.endsWith('z') || size(lead.message) == 1",
    ["lead"],
  );
  return {
    "an address": (text) => email.readEmail(text),
    "an address before its host": (text) => email.readEmail(`${text}@example.com`),
    "an address and its host": (text) => email.readEmail(`a@${text}.com`),
    "an address in a display name": (text) => email.readEmail(`${text} <${ADDRESS}>`),
    "an address folded": (text) => email.foldEmail(email.toEmailKey(`${text.slice(0, 64)}@gmail.com`), folds),
    "a telephone number": (text) => phone.normalisePhone(text, "DE"),
    "a telephone number, international": (text) => phone.normalisePhone(`+49 ${text}`),
    "a label": (text) => labels.fieldForLabel(text),
    "a label as path": (text) => labels.segments(text).map(labels.matchLabel),
    "somebody else's label": (text) => labels.isSomebodyElse(text),
    "mentions of an address": (text) => mentions.mentions({ message: text, [text]: 1 }, keys, folds),
    "recognised: a value": (text) =>
      recognised({ email: ADDRESS, message: text, name: text, phone: text, consent: text, utm_source: text }),
    "recognised: a name": (text) => recognised({ [text]: ADDRESS, [`${text}2`]: "x" }),
    "recognised: an address": (text) => recognised({ email: text, other: text }),
    "recognised: a time": (text) =>
      recognised({
        email: ADDRESS,
        occurredAt: text,
        created_at: text,
        id: text,
        form_id: "1",
        date_created: text,
        is_read: "0",
        1: text,
      }),
    "recognised: JSON in a text": (text) =>
      recognised({ formID: "1", submissionID: text, rawRequest: text, "data.json": text }),
    normalised: (text) =>
      normalise.normalise(
        { email: ADDRESS, fullName: text, message: text, phone: text, country: text, attributes: { a: text } },
        folds,
      ),
    "canonical JSON": (text) =>
      identity.sha256(canonical.canonicalJson(cleaning.cleanJson({ [text]: text, a: [text] }))),
    "identity of content": (text) => identity.rawContentKeyOf("site", cleaning.cleanJson({ [text]: text, _x: text })),
    "a condition": (text) => condition.matches({ lead: { message: text } }),
    "a log line": (text) => scrub(text),
    "clean JSON": (text) => cleaning.cleanJson({ [text]: text }),
    "clean JSON, many": (text) => cleaning.cleanJson([...text].slice(0, 4_000)),
    "JSON text": (text) => http.parseJson(text),
    "JSON of a string": (text) => http.parseJson(JSON.stringify({ a: text, b: 1.5, c: text })),
    "JSON of a number": (text) => http.parseJson(`{"a":1.5,"b":${text}}`),
    "urlencoded, UTF-8": (text) => http.parseUrlencoded(Buffer.from(text), false),
    "urlencoded, latin1": (text) => http.parseUrlencoded(Buffer.from(`a=${text}`), true),
    "decoded text": (text) => http.decodeText(Buffer.from(`${text}\xff`, "latin1")),
    "own code's lead": (text) =>
      http.readCanonical({ email: ADDRESS, message: text, occurredAt: text, source: text, website: text }),
    "own code's event": (text) =>
      http.readEvent(
        { id: text, type: text, email: text, currency: text, occurredAt: text },
        { fold: folds, followUps: true },
      ),
    ...(await mailFunctions(load)),
  };
}

async function mailFunctions(load) {
  const mail = await load("mail/untrusted.js");
  const { loadTemplates } = await load("mail/templates.js");
  const { escapeHtml } = mail;
  const settled = (markup) => (text) => mail.settleHtml(markup(mail.markUntrusted(escapeHtml(text))));
  return {
    "mail: defused": (text) => mail.defuse(text),
    "mail: printable": (text) => mail.printable(text),
    "mail: like a link": (text) => mail.looksLikeLink(text),
    "mail: a plain address": (text) => mail.isPlainAddress(text),
    "mail: escaped": (text) => escapeHtml(text),
    "mail: as text": settled((value) => `<p>${value}</p>`),
    "mail: in an attribute": settled((value) => `<a href="https://example.com/?q=${value}" title="${value}">x</a>`),
    "mail: in the markup": settled((value) => `<a ${value}>${value}</a><!-- ${value} --><style>${value}</style>`),
    "mail: as markup": (text) => mail.settleHtml(text),
    "mail: a whole one": renderer(await loadTemplates({})),
  };
}

/** The built-in mail with all values, its text version made from its HTML. */
function renderer(templates) {
  return (text) =>
    templates.render("welcome", {
      audience: "lead",
      lead: { id: "1", email: ADDRESS, firstName: text, company: text },
      submission: { message: text, attributes: { a: text } },
      instance: { publicUrl: "https://leads.example.com" },
      unsubscribeUrl: "https://leads.example.com/unsubscribe/x",
    });
}
