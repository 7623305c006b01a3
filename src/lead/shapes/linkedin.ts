import type { Json, JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { dig, epoch, idText, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** LinkedIn's lead form response: answers by question, which the form beside it (where it was asked for) names. */
export const linkedin: Shape = {
  name: "linkedin",
  recognise: ({ payload }, mapped) => {
    const response = own(payload, "formResponse");
    const isNotice = own(payload, "leadGenFormResponse") !== undefined && own(payload, "leadAction") !== undefined;
    if (!isNotice && !(isObject(response) && Array.isArray(own(response, "answers")))) return undefined;
    const questions = list(dig(payload, "form", "content"), "questions");
    const hidden = [...list(dig(payload, "form"), "hiddenFields"), ...list(payload, "hiddenFields")];
    const consents = [
      ...list(response, "consentResponses"),
      ...list(response, "consents"),
      ...list(payload, "consentResponses"),
    ];
    return finish(
      {
        sender: "linkedin",
        senderId: idText(own(payload, "id")) ?? idText(own(payload, "leadGenFormResponse")),
        occurredAt: epoch(own(payload, "submittedAt")) ?? epoch(own(payload, "occurredAt")),
        test: own(payload, "testLead") === true,
        missing: isNotice
          ? "LinkedIn's notification carries only the id of the response; fetch it from leadFormResponses and send that here"
          : undefined,
      },
      {
        entries: [
          ...list(response, "answers").flatMap((answer) => entryOf(answer, questions)),
          ...hidden.flatMap(hiddenEntry),
          ...consentOf(consents),
        ],
        rest: {
          ...omit(payload, "formResponse", "form", "hiddenFields", "id", "submittedAt", "testLead"),
          ...(consents.length > 0 ? { consentResponses: consents } : {}),
        },
      },
      mapped,
    );
  },
};

function entryOf(answer: Json, questions: readonly Json[]): Entry[] {
  if (!isObject(answer)) return [];
  const id = idText(own(answer, "questionId"));
  const question = questions.find((one) => id !== undefined && idText(own(one, "questionId")) === id);
  const named = [
    own(question, "predefinedField"),
    own(answer, "predefinedField"),
    own(answer, "name"),
    own(question, "name"),
    own(answer, "question"),
    own(answer, "label"),
    ...localised(own(question, "question")),
  ].filter((name) => typeof name === "string" && name !== "") as string[];
  const readable = [own(question, "name"), own(answer, "name"), ...localised(own(question, "question"))].find(
    (name) => typeof name === "string" && name !== "",
  );
  const key = typeof readable === "string" ? readable : (named[0] ?? `question ${id ?? ""}`.trim());
  return [
    {
      key,
      value: answerValue(answer, question),
      path: [named[0] ?? key],
      aliases: named.slice(1),
      holder: answer,
      at: "answerDetails",
      isHoisted: true,
    },
  ];
}

function localised(question: Json | undefined): Json[] {
  return typeof question === "string" ? [question] : Object.values(own(question, "localized") ?? {});
}

function answerValue(answer: JsonObject, question: Json | undefined): Json {
  const details = own(answer, "answerDetails");
  const said = dig(details, "textQuestionAnswer", "answer") ?? own(answer, "answer") ?? own(answer, "value");
  if (said !== undefined) return said;
  const chosen = list(dig(details, "multipleChoiceAnswer"), "options");
  if (chosen.length === 0) return details ?? null;
  const options = list(dig(question, "questionDetails", "multipleChoiceQuestionDetails"), "options");
  const texts = chosen.map(
    (id) =>
      localised(
        dig(
          options.find((option) => own(option, "id") === id),
          "text",
        ),
      )[0] ?? id,
  );
  return texts.length === 1 ? (texts[0] ?? null) : texts;
}

function hiddenEntry(field: Json): Entry[] {
  const name = own(field, "name");
  if (!isObject(field) || typeof name !== "string") return [];
  return [{ key: name, value: own(field, "value") ?? null, path: [name], holder: field, at: "value", isHoisted: true }];
}

/** One answer to all that was asked; where the boxes differ, none of them speaks for the others. */
function consentOf(consents: readonly Json[]): Entry[] {
  const answers = new Set(consents.map((one) => own(one, "accepted")));
  const [accepted] = answers;
  if (answers.size !== 1 || typeof accepted !== "boolean") return [];
  return [{ key: "consent", value: accepted, path: ["consent"], field: "consent", holder: consents, at: 0 }];
}
