import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LeadgateError } from "../../src/base/errors.ts";
import { loadTemplates, type MailContext } from "../../src/mail/templates.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "leadgate-templates-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const UNSUBSCRIBE = "https://leads.example.com/unsubscribe/tok-1?a=1&b=2";
const CONFIRM = "https://leads.example.com/confirm/tok-2";

type Said = Partial<MailContext["lead"]>;
const mailTo = (audience: "lead" | "team", said: Said = {}): MailContext => ({
  audience,
  lead: { id: "0198c0de-0000-7000-8000-000000000001", email: "ann@example.com", ...said },
  instance: { publicUrl: "https://leads.example.com", postalAddress: "Example Ltd\n1 Example Street" },
  unsubscribeUrl: UNSUBSCRIBE,
  confirmUrl: CONFIRM,
});

/** Renders one template given as files; `body` alone gets a subject. */
async function rendered(files: string | Record<string, string>, context: MailContext) {
  const all = typeof files === "string" ? { "t.liquid": `---\nsubject: Hello\n---\n${files}` } : files;
  for (const [name, content] of Object.entries(all)) writeFileSync(join(directory, name), content);
  return (await loadTemplates({ directory })).render("t", context);
}

async function faultsOf(files: Record<string, string>) {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(directory, name), content);
  const error = await loadTemplates({ directory }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(LeadgateError);
  expect((error as LeadgateError).kind).toBe("bad-setting");
  return (error as LeadgateError).faults.map(({ path, message }) => `${path.replace(`${directory}/`, "")}: ${message}`);
}

/** What a mail client's linkifier would find in text. */
const LINK = /https?:\/\/|www\.|[a-z0-9]\.(?:example|com|net)/i;

describe("what a form sent", () => {
  test("cannot become markup, in the HTML or by way of a filter", async () => {
    const firstName = `<img src=x onerror="alert(1)">'&`;
    const body =
      "<p>{{ lead.firstName }}</p><p>{{ lead.firstName | newline_to_br | strip }}</p>{{ lead.firstName | escape }}";
    const { html } = await rendered(body, mailTo("team", { firstName }));
    expect(html).not.toContain("<img");
    expect(html.match(/&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&#39;&amp;/g)).toHaveLength(3);
  });

  test("is escaped once when it is captured first", async () => {
    const body = "{% capture who %}<b>{{ lead.company }}</b>{% endcapture %}{{ who }} {{ who | strip }}";
    const { html } = await rendered(body, mailTo("team", { company: "A & B" }));
    expect(html).toBe("<b>A &amp; B</b> <b>A &amp; B</b>");
  });

  test("keeps its line breaks where the template asks for them", async () => {
    const { html } = await rendered("{{ lead.message | newline_to_br }}", mailTo("team", { message: "a\r\n<b>" }));
    expect(html).toBe("a<br>\n&lt;b&gt;");
  });

  test.each(["http://evil.example/x", "evil.com", "www.evil.com", "HTTPS://EVIL.COM", "Win at evil.example now"])(
    "cannot put the link %p into a mail",
    async (firstName) => {
      const context = mailTo("lead", { firstName, lastName: "Ng", attributes: { site: firstName } });
      const files = {
        "t.liquid": `---\nsubject: "Hello {{ lead.firstName | default: 'you' }} {{ lead.firstName | upcase }}"\n---\n<p>{{ lead.fullName }} {{ lead.attributes.site | downcase }}</p>`,
      };
      const mail = await rendered(files, { ...context, unsubscribeUrl: "U", instance: { publicUrl: "P" } });
      expect(mail.subject).toBe("Hello you");
      expect(mail.html.replace(/<style>.*?<\/div>/s, "")).not.toMatch(LINK);
      expect(mail.text).not.toMatch(LINK);
      const own = await rendered({ ...files, "t.txt.liquid": "{{ lead.firstName }}" }, context);
      expect(own.text.split("\n-- ")[0]).not.toMatch(LINK);
    },
  );

  test("cannot decide where a link leads, yet can fill in the rest of one", async () => {
    const body = [
      `<a href="{{ lead.website }}/a">1</a>`,
      `<a class='b' href = '{{ lead.website | downcase }}'>2</a>`,
      `<a href=javascript:{{ lead.website }}>3</a>`,
      `<p style="background:url({{ lead.website }})">4</p>`,
      `<a href="https://www.example.com/?from={{ lead.email | url_encode }}&amp;site={{ lead.website | url_encode }}">5</a>`,
      `<a href="mailto:{{ lead.email }}" title="{{ lead.website }}">6</a>`,
      `<a href="{{ instance.publicUrl }}/p">7</a>{% assign site = "https://www.example.com" %}<a href="{{ site }}">8</a>`,
    ].join("\n");
    const { html } = await rendered(body, mailTo("team", { website: "http://evil.example" }));
    expect(html.split("\n")).toEqual([
      `<a href="#">1</a>`,
      `<a class='b' href = '#'>2</a>`,
      "<a href=javascript:>3</a>",
      `<p style="background:url()">4</p>`,
      `<a href="https://www.example.com/?from=ann%40example.com&amp;site=http%3A%2F%2Fevil.example">5</a>`,
      `<a href="mailto:ann@example.com" title="http://evil.example">6</a>`,
      `<a href="https://leads.example.com/p">7</a><a href="https://www.example.com">8</a>`,
    ]);
  });

  test("cannot add a header", async () => {
    const firstName = "Ann\r\nBcc: all@example.com\u2028x\u0000";
    const files = {
      "t.liquid": `---\nsubject: "Hi {{ lead.firstName }}{{ lead.company }}"\nreplyTo: "{{ lead.company }}"\n---\n<p>x</p>`,
    };
    const mail = await rendered(files, mailTo("lead", { firstName, company: "a@example.org\r\nCc: b@example.org" }));
    expect(mail.subject).not.toMatch(/[\r\n\u0000\u2028]/);
    expect(mail.replyTo).toBeUndefined();
    expect(Object.keys(mail.headers ?? {})).toEqual(["List-Unsubscribe", "List-Unsubscribe-Post"]);
  });

  test("is told in a subject of bounded length", async () => {
    const files = { "t.liquid": `---\nsubject: "{{ lead.company }}"\n---\n<p>x</p>` };
    const { subject } = await rendered(files, mailTo("team", { company: "🦊".repeat(5_000) }));
    expect([...subject]).toHaveLength(150);
    expect(subject.isWellFormed()).toBe(true);
  });

  test.each("Zoë|Владимир|李小龍|أحمد|שרה|नीना|สมชาย|O'Brien|J.R.R.|Αθηνά|می‌خواهم|👩‍🚀".split("|"))(
    "reaches the reader unharmed when it is the name %s",
    async (firstName) => {
      const files = { "t.liquid": `---\nsubject: "Hi {{ lead.firstName }}"\n---\n<p>Hi {{ lead.firstName }}</p>` };
      const { subject, text } = await rendered(files, mailTo("team", { firstName }));
      expect(subject).toBe(`Hi ${firstName}`);
      // The name's own joiners stay; only the breaks put around a dot are left out of the comparison.
      expect(text.replace(/\u200C\.\u200C/g, ".")).toBe(`Hi ${firstName}`);
    },
  );

  test("leaves no trace of the markup around it, whatever it is", async () => {
    const body = `<p title="{{ lead.company }}">{{ lead.company }}</p>`;
    writeFileSync(join(directory, "t.liquid"), `---\nsubject: "{{ lead.company }}"\n---\n${body}`);
    const templates = await loadTemplates({ directory });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (company) => {
        const { subject, html } = templates.render("t", mailTo("team", { company: `${company}<"'\uFDD1\uFDD0` }));
        expect(html).toMatch(/^<p title="[^<>"]*">[^<>"]*<\/p>$/);
        expect(`${html}${subject}`).not.toMatch(/[\uFDD0\uFDD1\u0000\r]/);
        expect(subject).not.toContain("\n");
      }),
    );
  });

  test("that nests or goes on without end still makes a mail", async () => {
    const attributes = { deep: JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) };
    const long = await rendered("{{ lead.message }}", mailTo("team", { message: "🦊".repeat(100_000) }));
    expect(long.html.length).toBeLessThan(50_000);
    expect(long.html.isWellFormed()).toBe(true);
    const { html } = await rendered(
      "[{{ lead.attributes.deep }}{{ lead.attributes | json }}]",
      mailTo("team", { attributes }),
    );
    expect(html.length).toBeLessThan(200);
  });

  test("reads as nothing when it is absent or blank", async () => {
    const body = `{% if lead.firstName %}A{% endif %}[{{ lead.phone }}{{ submission.utm.source }}{{ event.data.x.y }}]`;
    const { html } = await rendered(body, mailTo("team", { firstName: "  ", phone: null }));
    expect(html).toBe("[]");
  });
});

describe("a fault stops the start", () => {
  test("with the file, the line and what was meant", async () => {
    const faults = await faultsOf({
      "a.liquid": `---\nfrom: Ann\nsubject: "Hi {{ lead.first_name }}"\n---\n<p>\n{{ lead.firstName | upcaze }}</p>`,
      "b.liquid":
        "---\nsubject: x\n---\n\n{% for a in lead.attributes %}{{ a[0] }}{{ forloop.index }}{% endfor %}\n{{ leed.email }}{{ a }}",
      "b.txt.liquid": "ok\n{{ lead.utm.sorce }}",
    });
    expect(faults).toEqual([
      "a.liquid:3: unknown variable `lead.first_name`; did you mean `lead.firstName`?",
      "a.liquid:2: `from` must be `name@example.com` or `Name <name@example.com>`",
      "a.liquid:6: undefined filter: upcaze",
      "b.liquid:6: unknown variable `leed.email`",
      "b.liquid:6: unknown variable `a`",
      "b.txt.liquid:2: unknown variable `lead.utm.sorce`",
    ]);
  });

  test.each([
    ["no subject", "<p>x</p>", "t.liquid:1: a template needs a `subject` in its front matter"],
    ["open front matter", "---\nsubject: x\n<p>", /^t\.liquid:1: the front matter is not closed/],
    ["unknown front matter", "---\nsubject: x\ncc: y\n---\n", /^t\.liquid:3: unknown front matter `cc`/],
    ["an unclosed tag", "---\nsubject: x\n---\n<p>\n{% if lead.email %}", /^t\.liquid:5: tag .* not closed/],
    [
      "a loop without end",
      "---\nsubject: x\n---\n\n{% for i in (1..999999999) %}.{% endfor %}",
      /^t\.liquid:5: memory/,
    ],
    ["raw output", "---\nsubject: x\n---\n{{ lead.message | raw }}", "t.liquid:4: undefined filter: raw"],
    ["another file", "---\nsubject: x\n---\n{% render '/etc/passwd' %}", /^t\.liquid:4: tag "render" not found/],
    [
      "prototype names",
      "---\nsubject: x\n---\n{{ lead.constructor }}",
      "t.liquid:4: unknown variable `lead.constructor`",
    ],
  ])("%s", async (_, content, expected) => {
    const [fault] = await faultsOf({ "t.liquid": content });
    expect(fault).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  test("a text part alone, and a name that no rule could give", async () => {
    const faults = await faultsOf({ "solo.txt.liquid": "x", "a b.liquid": "x" });
    expect(faults).toEqual([
      "a b.liquid:1: a template's name is letters, digits, `-` and `_`, at most 64",
      "solo.txt.liquid:1: there is no solo.liquid beside this text part",
    ]);
  });
});

describe("MJML", () => {
  const mjml = (inner: string) => `---\nsubject: x\n---\n<mjml><mj-body>\n${inner}\n</mj-body></mjml>`;
  const column = (inner: string) => `<mj-section><mj-column>${inner}</mj-column></mj-section>`;

  test("is compiled, with its Liquid kept, and fetches nothing", async () => {
    const inner = `<mj-raw>{% if lead.firstName %}</mj-raw>${column(`<mj-text>Hi {{ lead.firstName | append: "<" }}</mj-text><mj-button href="{{ confirmUrl }}">Go</mj-button>`)}<mj-raw>{% endif %}</mj-raw>`;
    const { html, text } = await rendered({ "t.liquid": mjml(inner) }, mailTo("lead", { firstName: "A&B" }));
    expect(html).toContain("Hi A&amp;B&lt;");
    expect(html).toContain(`href="${CONFIRM}"`);
    expect(html).not.toContain("fonts.googleapis.com");
    expect(text).toContain("Hi A&B<");
    expect(html.indexOf("Unsubscribe")).toBeLessThan(html.indexOf("</body>"));
  });

  test("is told of its faults by line, Liquid that it would drop among them", async () => {
    const inner = `{% if lead.email %}\n${column("<mj-text>a</mj-text>")}\n{% endif %}<mj-nothing />`;
    expect(await faultsOf({ "t.liquid": mjml(inner) })).toEqual([
      expect.stringMatching(/^t\.liquid:7: <mj-nothing>: /),
      "t.liquid:5: MJML drops {% if lead.email %} here; put it inside <mj-raw>",
      "t.liquid:7: MJML drops {% endif %} here; put it inside <mj-raw>",
    ]);
  });
});

describe("the footer", () => {
  const count = (text: string, part: string) => text.split(part).length - 1;

  test("stands once in a mail to a lead, in both parts", async () => {
    const { html, text, headers } = await rendered("<html><body><p>x</p></body></html>", mailTo("lead"));
    expect(count(html, UNSUBSCRIBE.replace("&", "&amp;"))).toBe(1);
    expect(html).toContain("Example Ltd<br>1 Example Street");
    expect(html.trim().endsWith("</body></html>")).toBe(true);
    expect(text).toBe(`x\n\n-- \nExample Ltd\n1 Example Street\nUnsubscribe: ${UNSUBSCRIBE}\n`);
    expect(headers?.["List-Unsubscribe"]).toBe(`<${UNSUBSCRIBE}>`);
  });

  test("leaves out what the template says itself, as long as it does say it", async () => {
    const body = `{% if lead.phone %}<a href="{{ unsubscribeUrl }}">off</a>{% endif %}`;
    const said = await rendered(body, mailTo("lead", { phone: "1" }));
    expect(count(said.html, "/unsubscribe/")).toBe(1);
    expect(count(said.text, "/unsubscribe/")).toBe(1);
    expect(said.html).toContain("1 Example Street");
    const unsaid = await rendered(body, mailTo("lead"));
    expect(count(unsaid.html, "/unsubscribe/")).toBe(1);
    const whole = await rendered(`${body}{{ instance.postalAddress | newline_to_br }}`, mailTo("lead", { phone: "1" }));
    expect(count(whole.html, "1 Example Street")).toBe(1);
  });

  test("is not in a mail to the team, nor any link that acts for the lead, and the answer goes to the lead", async () => {
    const body = "<p>{{ unsubscribeUrl }}{{ confirmUrl }}</p>";
    const { html, text, headers, replyTo } = await rendered(body, mailTo("team", { emailAsGiven: "Ann@example.com" }));
    expect([html, text, headers, replyTo]).toEqual(["<p></p>", "", undefined, "Ann@example.com"]);
  });
});

describe("templates", () => {
  test("of one's own win over the built-in of the same name, text part and all", async () => {
    writeFileSync(
      join(directory, "new-lead.liquid"),
      "---\nsubject: Mine\nfrom: Ann <ann@example.com>\n---\n<p>mine</p>",
    );
    const templates = await loadTemplates({ directory });
    expect(templates.names()).toEqual(["confirm", "new-lead", "welcome"]);
    const mail = templates.render("new-lead", mailTo("team"));
    expect(mail).toMatchObject({ subject: "Mine", from: "Ann <ann@example.com>", html: "<p>mine</p>", text: "mine" });
  });

  test("that are built in work with nothing known but the address", async () => {
    const templates = await loadTemplates({ directory: join(directory, "absent") });
    expect(templates.has("confirm") && !templates.has("nope")).toBe(true);
    expect(templates.names().filter((name) => templates.usesConfirmUrl(name))).toEqual(["confirm"]);
    for (const name of templates.names()) {
      const { subject, html, text } = templates.render(name, mailTo(name === "new-lead" ? "team" : "lead"));
      expect(`${subject}${html.replace(/<style>[\s\S]*?<\/style>/g, "")}${text}`).not.toMatch(
        /undefined|null|\[object|, [,!.]|\{\{| ,/,
      );
      expect(html).toContain("prefers-color-scheme");
    }
    expect(templates.render("confirm", mailTo("lead")).text).toContain(CONFIRM);
    expect(() => templates.render("nope", mailTo("lead"))).toThrow(LeadgateError);
  });
});
