import { expect, test } from "@jest/globals";
import { recognise } from "../../src/lead/recognise.ts";
import { placesIn } from "../../web/src/places.ts";

const payload = {
  "your name": "Kim Park",
  details: { "reach me": "kim@example.com", empty: "", nothing: null },
  answers: [
    { q: "Seats", a: 12 },
    { q: "Sure", a: false },
  ],
};

test("each value in a payload is found by its path, what is empty left out", () => {
  expect(placesIn(payload)).toEqual([
    { path: "your name", value: "Kim Park" },
    { path: "details.reach me", value: "kim@example.com" },
    { path: "answers[0].q", value: "Seats" },
    { path: "answers[0].a", value: "12" },
    { path: "answers[1].q", value: "Sure" },
    { path: "answers[1].a", value: "false" },
  ]);
});

test("a mapping reads from such a path what is shown beside it", () => {
  const texts = placesIn(payload).filter(({ value }) => value !== "false");
  expect(texts).toHaveLength(5);
  for (const { path, value } of texts) {
    expect(recognise({ payload, headers: {} }, { message: path }).message).toBe(value);
  }
});

test("a payload without end gives as many as can be chosen from", () => {
  expect(placesIn(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, "x"])))).toHaveLength(300);
});
