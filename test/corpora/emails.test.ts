import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import { type EmailFold, foldEmail, toEmailKey } from "../../src/lead/email.ts";

interface Case {
  readonly id: string;
  readonly input: string;
  readonly expect: "accept" | "reject" | "either";
  readonly recommend?: "reject";
  readonly trimmed?: string;
  readonly normalised_lower?: string;
}
interface Normalisation {
  readonly options: string;
  readonly input: string;
  readonly normalised: string | false;
}
interface Corpus {
  readonly cases: readonly Case[];
  readonly must_be_same_lead: readonly { a: string; b: string }[];
  readonly normalise: readonly Normalisation[];
}

const file = path.join(process.env.CORPORA_DIR ?? "../shared/corpora", "emails.json");
let loaded: Corpus | undefined;
const corpus = (): Corpus => {
  loaded ??= JSON.parse(readFileSync(file, "utf8")) as Corpus;
  return loaded;
};
const casesThat = (expected: Case["expect"]) => corpus().cases.filter((row) => row.expect === expected);

/** `undefined` when it was refused on purpose; any other error fails the test. */
function keyOf(input: string): string | undefined {
  try {
    return toEmailKey(input);
  } catch (error) {
    if (error instanceof LeadgateError && error.kind === "invalid-email") return undefined;
    throw error;
  }
}

/**
 * The contract unwraps display names and drops a trailing dot, where the corpus' verdict is that of products that do
 * neither. Such a row may be accepted, but as nothing else than the address inside.
 */
function insideByContract(input: string): string | undefined {
  const inside = /<([^<>]*)>$/.exec(input)?.[1] ?? input;
  const bare = inside.replace(/\.$/, "");
  return bare === input ? undefined : keyOf(bare);
}

/** What the source's options say of a Gmail address, in Leadgate's own; `undefined` where it has no such option. */
function gmailFold({ options, input }: Normalisation): EmailFold | undefined {
  const of: Record<string, boolean> = options.startsWith("{") ? JSON.parse(options) : {};
  const fold = { foldPlus: of.gmail_remove_subaddress ?? true, foldGmailDots: of.gmail_remove_dots ?? true };
  if (/@googlemail\.com$/i.test(input)) {
    return of.gmail_convert_googlemaildotcom !== false && fold.foldGmailDots ? fold : undefined;
  }
  return /@gmail\.com$/i.test(input) ? fold : undefined;
}

const suite = existsSync(file) ? describe : describe.skip;
suite(`e-mail addresses of other validators (skipped where there is no ${file}; set CORPORA_DIR)`, () => {
  test("the file was read and has rows of every kind", () => {
    for (const expected of ["accept", "reject", "either"] as const) expect(casesThat(expected)).not.toHaveLength(0);
  });

  test("what every validator accepts is accepted, as they normalise it", () => {
    const wrong = casesThat("accept").filter(({ input, normalised_lower }) => {
      const key = keyOf(input);
      return key === undefined || key !== (normalised_lower ?? key);
    });
    expect(wrong).toEqual([]);
  });

  test("what every validator refuses is refused, unless the contract reads the address inside", () => {
    const wrong = casesThat("reject").filter(({ input }) => {
      const key = keyOf(input);
      return key !== undefined && key !== insideByContract(input);
    });
    expect(wrong).toEqual([]);
  });

  test("what they disagree about is taken or refused on purpose, as the corpus recommends", () => {
    const wrong = casesThat("either").filter(({ input, recommend, trimmed }) => {
      const key = keyOf(input);
      return key !== undefined && (recommend === "reject" || key !== (trimmed ?? key));
    });
    expect(wrong).toEqual([]);
  });

  test("spellings that must be one lead are", () => {
    const wrong = corpus().must_be_same_lead.filter(({ a, b }) => keyOf(a) === undefined || keyOf(a) !== keyOf(b));
    expect(wrong).toEqual([]);
  });

  test("Gmail addresses fold as other products fold them", () => {
    const rows = corpus().normalise.flatMap((row) => {
      const fold = gmailFold(row);
      const key = keyOf(row.input);
      // Their normalisers take what is no address (two dots in a row); Leadgate refuses it, which is held above.
      return fold === undefined || key === undefined ? [] : [{ row, folded: foldEmail(toEmailKey(key), fold) }];
    });
    expect(rows).not.toHaveLength(0);
    expect(rows.filter(({ row, folded }) => folded !== row.normalised)).toEqual([]);
  });

  test("without options, no address is normalised to another mailbox", () => {
    const wrong = corpus().normalise.filter(({ input }) => {
      const key = keyOf(input);
      return key !== undefined && key !== input.trim().toLowerCase();
    });
    expect(wrong).toEqual([]);
  });
});
