import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The page for people, built into what the service serves at /admin. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "/admin/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // A data: address would be neither hashed nor cached.
    assetsInlineLimit: 0,
    // The policy lets no inline script run, which older browsers would need for this.
    modulePreload: { polyfill: false },
  },
});
