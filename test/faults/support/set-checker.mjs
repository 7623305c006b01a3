import { groupBy } from "./group-by.mjs";

/**
 * Holds what clients were told against what is stored, like the set checker of Jepsen: each person is an element that is
 * added once, however often it is sent.
 *
 * - acknowledged: answered 2xx, a receipt included; unknown: no answer ever came, so that it may be there or not;
 *   what was refused a connection was never sent
 * - lost: acknowledged, and it or its mail is not there, or a receipt names what is not there
 * - unexpected: there, and never sent
 * - recovered: there, and not acknowledged
 * - duplicated: more than one lead, submission, or mail of a template
 * - changed: answered otherwise than before
 *
 * @param attempts what was sent: `{ email, answers: [{ status, text } | { error }] }`.
 * @param stored leads as they are stored: `{ email, submissions: [{ id, answer }], templates }`, a row each.
 * @returns the six, each a list of addresses, and `valid`: false, true, or "unknown" where nothing was acknowledged,
 *   which is no pass.
 */
export function checkSet(attempts, stored) {
  const found = groupBy(stored, ({ email }) => email);
  const sent = new Map(attempts.map((attempt) => [attempt.email, attempt]));
  const those = (holds) => attempts.filter(holds).map(({ email }) => email);
  const isAcknowledged = ({ answers }) => answers.some(isTaken);
  const told = {
    acknowledged: those(isAcknowledged),
    unknown: those((attempt) => !isAcknowledged(attempt) && attempt.answers.some(isUnknown)),
    lost: those((attempt) => isAcknowledged(attempt) && isLost(attempt, found.get(attempt.email))),
    unexpected: [...found.keys()].filter((email) => !sent.has(email)),
    recovered: those((attempt) => !isAcknowledged(attempt) && found.has(attempt.email)),
    duplicated: [...found].filter(([, leads]) => isTwice(leads)).map(([email]) => email),
    changed: those((attempt) => isChanged(attempt, found.get(attempt.email))),
  };
  const isBroken = [told.lost, told.unexpected, told.duplicated, told.changed].some(({ length }) => length > 0);
  return { ...told, valid: isBroken ? false : told.acknowledged.length > 0 ? true : "unknown" };
}

export const isTaken = ({ status }) => status >= 200 && status < 300;

const isUnknown = ({ error }) => error !== undefined && error !== "ECONNREFUSED";

function isLost({ answers }, leads = []) {
  const ids = leads.flatMap(({ submissions }) => submissions.map(({ id }) => id));
  if (ids.length === 0 || leads.some(({ templates }) => templates.length === 0)) return true;
  const [only, ...others] = answers;
  // Of several attempts another than the one with the receipt may be what was taken in: a receipt is never replayed.
  return others.length === 0 && isReceipt(only) && !ids.includes(JSON.parse(only.text).submissionId);
}

function isTwice(leads) {
  return (
    leads.length > 1 ||
    leads.some(({ submissions, templates }) => {
      return submissions.length > 1 || new Set(templates).size < templates.length;
    })
  );
}

function isChanged({ answers }, leads = []) {
  const full = answers.filter((answer) => isTaken(answer) && !isReceipt(answer)).map(({ text }) => text);
  const kept = leads.flatMap(({ submissions }) => submissions.map(({ answer }) => answer));
  return full.some((text) => text !== full[0] || (kept.length > 0 && !kept.includes(text)));
}

function isReceipt({ text = "" }) {
  return text.startsWith('{"accepted":true');
}
