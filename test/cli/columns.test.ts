import { describe, expect, test } from "@jest/globals";
import { itemOf, parseMapping, readColumns } from "../../src/cli/columns.ts";

const itemFor = (headers: string[], cells: string[], ...map: string[]) =>
  itemOf(readColumns(headers, parseMapping(map)), cells);

describe("what exports of other systems call their columns", () => {
  test.each<[string, string[], string[], object]>([
    [
      "HubSpot",
      ["Record ID", "First Name", "Last Name", "Email", "Phone Number", "Company name", "Job Title", "Country/Region"],
      ["7", "Ann", "Lee", "ann@example.com", "+49 30 1", "Firm", "CTO", "DE"],
      {
        firstName: "Ann",
        lastName: "Lee",
        email: "ann@example.com",
        phone: "+49 30 1",
        company: "Firm",
        jobTitle: "CTO",
        country: "DE",
        attributes: { "Record ID": "7" },
      },
    ],
    [
      "Pipedrive",
      [
        "Person - Name",
        "Person - Organization",
        "Person - Email - Work",
        "Person - Email - Home",
        "Person - Phone - Work",
      ],
      ["Ann Lee", "Firm", "", "ann@example.com", "+49 30 1"],
      { fullName: "Ann Lee", company: "Firm", email: "ann@example.com", phone: "+49 30 1" },
    ],
    [
      "Mailchimp",
      ["Email Address", "First Name", "Last Name", "Phone Number", "MEMBER_RATING"],
      ["ann@example.com", "Ann", "Lee", "", "3"],
      { email: "ann@example.com", firstName: "Ann", lastName: "Lee", attributes: { MEMBER_RATING: "3" } },
    ],
  ])("%s", (_, headers, cells, item) => {
    expect(itemFor(headers, cells)).toEqual(item);
  });
});

describe("columns", () => {
  test("the surest column wins, the next fills in where it is empty, and the rest is kept", () => {
    const headers = ["Work email", "email", "Referrer email"];
    expect(itemFor(headers, ["w@example.com", "e@example.com", "r@example.com"])).toEqual({
      email: "e@example.com",
      attributes: { "Work email": "w@example.com", "Referrer email": "r@example.com" },
    });
    expect(itemFor(headers, ["w@example.com", "", ""])).toEqual({ email: "w@example.com" });
  });

  test("short names beside their partner are the other half of a name", () => {
    expect(itemFor(["Vorname", "Name", "Mail"], ["Ann", "Lee", "a@b.de"])).toMatchObject({
      firstName: "Ann",
      lastName: "Lee",
    });
    expect(itemFor(["Name", "Mail"], ["Ann Lee", "a@b.de"])).toMatchObject({ fullName: "Ann Lee" });
  });

  test.each([
    ["2024-05-01 10:00", "2024-05-01T10:00:00.000Z"],
    ["2024-05-01", "2024-05-01T00:00:00.000Z"],
    ["2024-05-01T10:00:05+02:00", "2024-05-01T08:00:05.000Z"],
    ["01.05.2024", "01.05.2024"],
  ])("the time %s", (cell, occurredAt) => {
    expect(itemFor(["email", "When"], ["a@b.de", cell], "occurredAt=When")).toMatchObject({ occurredAt });
  });

  test("headers that are the same or empty lose no value, and formulas of exports are text again", () => {
    expect(itemFor(["email", "x", "x", ""], ["a@b.de", "1", "'=2", "3"])).toMatchObject({
      attributes: { x: "1", "x (2)": "=2", "column 4": "3" },
    });
  });

  test("without an address, and with a mapping to nowhere, it says what there is", () => {
    expect(() => readColumns(["a", "b"], new Map())).toThrow(/--map email=Header; the file has a, b/);
    expect(() => itemFor(["email"], ["x"], "phone=Tel")).toThrow(/no such header/);
    expect(() => parseMapping(["emial=x"])).toThrow(/did you mean 'email'/);
    expect(() => parseMapping(["email"])).toThrow(/canonical=Header/);
  });
});
