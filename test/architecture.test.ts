import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";

/** A folder imports itself and folders of strictly lower rank. `app.ts` and `main.ts` put everything together. */
const RANK: Record<string, number> = {
  base: 0,
  lead: 1,
  store: 2,
  mail: 2,
  hook: 2,
  flow: 3,
  http: 4,
  worker: 4,
  cli: 4,
};
const COMPOSITION = new Set(["app.ts", "main.ts"]);
/** The command that runs an instance starts the composition root, which is above it. */
const MAY_COMPOSE = new Set(["cli/serve.ts"]);

const SOURCE = fileURLToPath(new URL("../src", import.meta.url));

interface SourceFile {
  readonly name: string;
  readonly folder: string;
  readonly text: string;
  /** Files of the project it imports, as names below src. */
  readonly imports: readonly string[];
  /** Packages it imports. */
  readonly packages: readonly string[];
}

const files = readFiles();

function readFiles(): SourceFile[] {
  return readdirSync(SOURCE, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("generated"))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(SOURCE, path);
      const text = readFileSync(path, "utf8");
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
      return {
        name,
        folder: name.includes("/") ? name.split("/")[0]! : "",
        text,
        imports: specifiers.filter((one) => one.startsWith(".")).map((one) => normalize(join(dirname(name), one))),
        packages: specifiers.filter((one) => !one.startsWith(".")),
      };
    });
}

/** Where something is used that one folder alone may use. */
function usesOutside(pattern: RegExp, allowed: (file: SourceFile) => boolean): string[] {
  return files.filter((file) => pattern.test(file.text) && !allowed(file)).map(({ name }) => name);
}

test("the gate looked at the source", () => {
  expect(files.length).toBeGreaterThan(50);
  expect(files.flatMap(({ imports }) => imports).length).toBeGreaterThan(100);
  expect(Object.keys(RANK).filter((folder) => !files.some((file) => file.folder === folder))).toEqual([]);
});

describe("folders", () => {
  test("a folder imports itself and folders below it only", () => {
    const wrong = files.flatMap((file) =>
      COMPOSITION.has(file.name)
        ? []
        : file.imports.filter((imported) => !isAllowed(file, imported)).map((imported) => `${file.name} → ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  test("every folder has a rank", () => {
    const unranked = files.filter(({ folder, name }) => !(folder in RANK) && !COMPOSITION.has(name));
    expect(unranked.map(({ name }) => name)).toEqual([]);
  });
});

function isAllowed(file: SourceFile, imported: string): boolean {
  if (imported === "app.ts") return MAY_COMPOSE.has(file.name);
  const target = imported.split("/")[0]!;
  return target === file.folder || (RANK[target] ?? Number.POSITIVE_INFINITY) < RANK[file.folder]!;
}

test("no file imports itself, however far around", () => {
  const graph = new Map(files.map(({ name, imports }) => [name, imports]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      circles.push([...path.slice(path.indexOf(name)), name].join(" → "));
      return;
    }
    if (done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  expect(circles).toEqual([]);
});

describe("each tool has one home", () => {
  test("Prisma and SQL are in store alone", () => {
    const sql =
      /from "(?:@prisma|pg"|@electric-sql|pglite)|\$(?:query|execute)Raw|\b(?:INSERT INTO|DELETE FROM|SELECT .+ FROM)\b/;
    expect(usesOutside(sql, ({ folder }) => folder === "store")).toEqual([]);
    expect(files.some(({ folder, text }) => folder === "store" && sql.test(text))).toBe(true);
  });

  test("SendGrid's client is in mail alone", () => {
    expect(usesOutside(/from "@sendgrid/, ({ folder }) => folder === "mail")).toEqual([]);
  });

  test("the environment is read in base/config alone", () => {
    expect(usesOutside(/process\.env\b/, ({ name }) => name === "base/config.ts")).toEqual([]);
  });

  test("lead/ has no I/O and no clock", () => {
    const forbidden = /\bDate\.now\(|new Date\(\)|Math\.random\(|from "node:(?!crypto"|url"|net")/;
    const lead = files.filter(({ folder }) => folder === "lead");
    expect(lead.length).toBeGreaterThan(20);
    expect(lead.filter(({ text }) => forbidden.test(text)).map(({ name }) => name)).toEqual([]);
  });
});

describe("the page for people", () => {
  const web = fileURLToPath(new URL("../web/src", import.meta.url));
  const pages = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const text = readFileSync(path, "utf8");
      const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);
      return { name: relative(web, path), text, folder: dirname(path), specifiers };
    });

  test("is a program of its own: it takes nothing of the service's, and only what runs in a browser", () => {
    expect(pages.length).toBeGreaterThan(30);
    const outside = pages.flatMap(({ name, folder, specifiers }) =>
      specifiers
        .filter((one) =>
          one.startsWith(".") ? relative(web, join(folder, one)).startsWith("..") : !/^(?:preact|uplot)\b/.test(one),
        )
        .map((one) => `${name} → ${one}`),
    );
    expect(outside).toEqual([]);
  });

  test("its parts know no view, and its parts and views no frame", () => {
    const wrong = pages.flatMap(({ name, specifiers }) =>
      specifiers
        .filter(
          (one) =>
            (name.startsWith("ui/") && /views\//.test(one)) ||
            (/\//.test(name) && /(?:shell|app|main)\.tsx$/.test(one)),
        )
        .map((one) => `${name} → ${one}`),
    );
    expect(wrong).toEqual([]);
  });

  test("takes no value for HTML", () => {
    const html = /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/;
    expect(pages.filter(({ text }) => html.test(text)).map(({ name }) => name)).toEqual([]);
  });
});
