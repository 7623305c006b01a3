import base from "./jest.config.mjs";

/** The suites in a real Chromium, against the built program. */
export default { ...base, roots: ["<rootDir>/test/browser"], testPathIgnorePatterns: ["/node_modules/"] };
