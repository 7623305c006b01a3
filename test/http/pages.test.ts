import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { confirmPage, PAGE_CSP, problemPage, thankYouPage, unsubscribePage } from "../../src/http/pages.ts";

const EVIL = `"><script>alert('1')</script>&`;
const PAGES: [string, string][] = [
  ["thank you", thankYouPage()],
  ["problem", problemPage({ title: EVIL, detail: EVIL, faults: [{ path: EVIL, message: EVIL }], requestId: EVIL })],
  ["unsubscribe", unsubscribePage({ done: false, action: `/unsubscribe/${EVIL}` })],
  ["unsubscribed", unsubscribePage({ done: true, action: "/unsubscribe/t" })],
  ["confirm", confirmPage({ done: false, action: `/confirm/${EVIL}` })],
  ["confirmed", confirmPage({ done: true, action: "/confirm/t" })],
];

describe.each(PAGES)("the page %s", (_, page) => {
  test("runs no script and fetches nothing, and its policy lets its own style through", () => {
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|\sstyle=|url\(|@import|https?:/i);
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? "";
    expect(PAGE_CSP).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
    expect(PAGE_CSP).toMatch(/^default-src 'none';/);
  });

  test("can be read by a screen reader, on a telephone and in the dark", () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    expect(page).toMatch(/<title>[^<]+<\/title>/);
    expect(page.match(/<main /g)).toHaveLength(1);
    expect(page.match(/<h1>[^<]+<\/h1>/g)).toHaveLength(1);
    expect(page).toContain("prefers-color-scheme:dark");
  });
});

test.each([
  ["unsubscribing", unsubscribePage],
  ["confirming", confirmPage],
])("%s takes a press of a button, once", (_, page) => {
  expect(page({ done: false, action: "/x/t?a=1&b" })).toMatch(
    /<form method="post" action="\/x\/t\?a=1&amp;b">.*<button>/,
  );
  expect(page({ done: true, action: "/x/t" })).not.toContain("<form");
});

test("a problem names each field and how to mend it", () => {
  const faults = [
    { path: "email", message: "is not an address" },
    { path: "", message: "too long" },
  ];
  const page = problemPage({ title: "Please check the form", faults });
  expect(page).toContain("<li><b>email</b>is not an address</li><li>too long</li>");
});

test("a problem says nothing twice", () => {
  const faults = [{ path: "Origin", message: "is not one of the origins" }];
  const page = problemPage({ title: "No", detail: "The page's origin is not one of the origins.", faults });
  expect(page.match(/is not one of the origins/g)).toHaveLength(1);
});
