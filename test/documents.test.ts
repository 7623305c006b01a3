import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { settingsShape } from "../src/base/settings.ts";
import { envExample, settingsTable } from "../src/base/settings-document.ts";

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");

test(".env.example and the table of settings say what the settings are (npm run documents)", () => {
  expect(read(".env.example")).toBe(envExample());
  expect(read("docs/settings.md")).toBe(settingsTable());
});

test("every setting is described, each in a sentence", () => {
  const names = Object.keys(settingsShape);
  expect(names.length).toBeGreaterThan(15);
  for (const name of names) {
    expect(`${name}: ${settingsShape[name as keyof typeof settingsShape].description}`).toMatch(/: [A-Za-z`].*\.$/);
  }
});
