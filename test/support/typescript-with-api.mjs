// openapi-typescript builds its output with TypeScript's JavaScript interface, which TypeScript 7 no longer has. Loaded
// by `--import` before it, this hands it the TypeScript 6 that another package carries.
import { createRequire, register } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(import.meta.url);
const common = require.resolve("@ts-morph/common");
const typescript = new URL("typescript.js", pathToFileURL(common)).href;
const hook = `export const resolve = (name, context, next) => next(name === "typescript" ? ${JSON.stringify(typescript)} : name, context);`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
