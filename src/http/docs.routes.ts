import { fileURLToPath } from "node:url";
import { Router } from "express";
import { LeadgateError } from "../base/errors.ts";

/** What the page of the interface's documentation loads, put there by the build (scripts/build.mjs). */
export const DOCS_FILES = ["swagger-ui.css", "swagger-ui-bundle.js", "init.js"] as const;

const DIRECTORY = fileURLToPath(new URL("../../dist/docs", import.meta.url));

/** For this page alone: its own files and no others, and calls to this service. Swagger UI's icons are `data:` images. */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Leadgate: the HTTP interface</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/init.js"></script>
</body>
</html>
`;

/** The interface described: for programs, and for people without a network. */
export const docsRoutes = ({ document }: { document: () => Promise<object> }) =>
  Router()
    .get("/openapi.json", async (_request, response) => {
      response.json(await document());
    })
    .get("/docs", (_request, response) => {
      response.set("Content-Security-Policy", DOCS_CSP).type("html").send(PAGE);
    })
    .get("/docs/:file", (request, response, next) => {
      const file = DOCS_FILES.find((name) => name === request.params.file);
      if (file === undefined) throw new LeadgateError("not-found", "There is no such file.");
      response.sendFile(file, { root: DIRECTORY, maxAge: "1h" }, next);
    });
