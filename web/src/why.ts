import type { DecisionEntry, MessageEntry } from "./types.ts";

/** One thing to know about a person's mail, in words for whoever asks "why did she get no mail?". */
export interface Reason {
  readonly tone: "good" | "wait" | "warn" | "bad" | "plain";
  readonly title: string;
  /** Code in it stands between backticks. */
  readonly detail: string;
  /** The mail it is about, where there is a row of one. */
  readonly messageId?: string;
  readonly at: string;
}

export interface WhyContext {
  /** Rules whose mail goes to the team and not to the person. */
  readonly teamRules: ReadonlySet<string>;
  /** Why the provider takes no mail of ours now, where it does not. */
  readonly paused: string | undefined;
  readonly now: number;
  /** Tells a moment in the viewer's words. */
  readonly tell: (at: string) => string;
}

/**
 * Tells what became of each mail this person could have got: what was sent, what waits, and for what was never queued,
 * which rule said no and why. The newest word of each rule counts.
 */
export function whyOf(
  messages: readonly MessageEntry[],
  decisions: readonly DecisionEntry[],
  context: WhyContext,
): Reason[] {
  const ofMails = messages.map((message) => reasonOfMail(message, context));
  const mailed = new Set(messages.map(({ template }) => template));
  const newest = new Map<string, DecisionEntry>();
  for (const decision of decisions) {
    const key = `${decision.rule} ${decision.template}`;
    const known = newest.get(key);
    if (known === undefined || known.at < decision.at) newest.set(key, decision);
  }
  const refused = [...newest.values()].filter(
    ({ template, verdict }) => !mailed.has(template) && verdict !== "queued" && verdict !== "already-sent",
  );
  const newestFirst = (a: Reason, b: Reason) => (a.at < b.at ? 1 : -1);
  const ofRules = refused.map((decision) => reasonOfRule(decision, context));
  const reasons = [...ofMails.sort(newestFirst), ...ofRules.sort(newestFirst)];
  return reasons.length > 0 ? reasons : [NOTHING];
}

const NOTHING: Reason = {
  tone: "plain",
  title: "No rule has looked at this person.",
  detail:
    "Either the lead was imported or sent in without follow-ups, or no rule waits for what happened. The rules are listed under “Rules and templates”.",
  at: "",
};

function reasonOfMail(message: MessageEntry, context: WhyContext): Reason {
  const { id, at } = message;
  const [tone, title, detail] = TOLD[message.status](nameOf(message, context), message, context);
  return { tone, title, detail, messageId: id, at };
}

function nameOf({ template, rule }: { template: string; rule: string }, { teamRules }: WhyContext): string {
  return teamRules.has(rule) ? `“${template}”, to your team,` : `“${template}”`;
}

type Told = readonly [tone: Reason["tone"], title: string, detail: string];
type Tell = (name: string, message: MessageEntry, context: WhyContext) => Told;

const sentAt = ({ sentAt: at }: MessageEntry, { tell }: WhyContext) => (at === null ? "" : ` on ${tell(at)}`);
const because = (reason: string | null) => (reason === null || reason === "" ? "" : ` The reason given: ${reason}.`);

const TOLD: Readonly<Record<MessageEntry["status"], Tell>> = {
  queued: (name, message, context) => {
    if (context.paused !== undefined) {
      return [
        "bad",
        `${name} waits: sending is paused.`,
        `SendGrid takes no mail at the moment: ${context.paused}. It goes by itself once that is mended.`,
      ];
    }
    if (Date.parse(message.dueAt) > context.now) {
      return [
        "wait",
        `${name} is on its way: it goes on ${context.tell(message.dueAt)}.`,
        `The rule “${message.rule}” says to wait until then.`,
      ];
    }
    return [
      "wait",
      `${name} is due and waits for its turn.`,
      "It goes within seconds. If it stays here, mails caused by forms have reached a limit (one a day to a person, and `FORM_MAIL_MAX_PER_HOUR` in all), or no worker runs.",
    ];
  },
  sending: (name) => ["wait", `${name} is being handed to SendGrid right now.`, "Look again in a moment."],
  sent: (name, message, context) => [
    "good",
    `${name} was handed to SendGrid${sentAt(message, context)}.`,
    "SendGrid took it and has not yet told whether it arrived.",
  ],
  delivered: (name, message, context) => [
    "good",
    `${name} was delivered.`,
    `It was sent${sentAt(message, context)}; the receiving server took it. If it can't be found there, it is among the spam.`,
  ],
  bounced: (name, { reason }) => [
    "bad",
    `${name} came back: the address takes no mail.`,
    `The receiving server refused it for good, so this address gets no more.${because(reason)}`,
  ],
  failed: (name, { reason }) => [
    "bad",
    `${name} was refused and was not sent.`,
    `It can be sent again once the cause is mended.${because(reason)}`,
  ],
  suppressed: (name, { reason }) => [
    "warn",
    `${name} was not sent: the person wants no mail.`,
    `They unsubscribed, complained, or their address bounced.${because(reason)}`,
  ],
  cancelled: (name, { rule, reason }) => [
    "plain",
    `${name} was called off by its own rule.`,
    `When it fell due, what the rule “${rule}” names under “unless” had come true.${because(reason)}`,
  ],
  uncertain: (name) => [
    "warn",
    `${name} may have been sent, or not: nobody knows.`,
    "The connection to SendGrid broke while it was handed over. It is never sent twice without your word: look into SendGrid's activity, then settle it.",
  ],
  previewed: (name) => [
    "plain",
    `${name} was written but not sent: this is preview mode.`,
    "With `MAIL_MODE=preview` every mail is rendered and kept, and none leaves. You can look at it.",
  ],
  shadowed: (name) => [
    "plain",
    `${name} was only noted: this is shadow mode.`,
    "With `MAIL_MODE=shadow` it is decided who would get which mail, and nothing is rendered or sent.",
  ],
};

function reasonOfRule(decision: DecisionEntry, context: WhyContext): Reason {
  const { rule, verdict, reason, at } = decision;
  const [tone, title, detail] = (REFUSED[verdict] ?? unknownVerdict)(nameOf(decision, context), rule, reason);
  return { tone, title, detail, at };
}

type Refuse = (name: string, rule: string, reason: string | null) => Told;

const REFUSED: Readonly<Record<string, Refuse>> = {
  "no-match": (name, rule, reason) => {
    const condition = /^not true: (.*)$/s.exec(reason ?? "")?.[1];
    return condition === undefined
      ? [
          "warn",
          `${name} was not queued: the rule “${rule}” could not tell.`,
          `Its condition failed, which counts as no.${because(reason)}`,
        ]
      : [
          "plain",
          `${name} was not queued: the rule “${rule}” did not apply.`,
          `It asks for \`${condition}\`, and that was not so.`,
        ];
  },
  "other-source": (name, rule, reason) => [
    "plain",
    `${name} was not queued: the rule “${rule}” is for other sources.`,
    `${capital(reason ?? "the lead came by another source")}.`,
  ],
  suppressed: (name) => [
    "warn",
    `${name} was not queued: the person wants no mail.`,
    "They were unsubscribed when they wrote. Nothing that comes in lifts that; you can, with their consent.",
  ],
  "no-consent": (name, rule) => [
    "warn",
    `${name} was not queued: there is no consent.`,
    `The rule “${rule}” asks for it. Once the person consents, by a form or a confirmed address, their next submission can send it.`,
  ],
  held: (name, _rule, reason) => [
    "warn",
    `${name} was held back.`,
    `${capital(reason ?? "Forms may queue no mail at the moment")}.`,
  ],
};

const unknownVerdict: Refuse = (name, rule, reason) => [
  "plain",
  `${name} was not queued by the rule “${rule}”.`,
  because(reason).trim(),
];

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
