import { spawnSync } from "node:child_process";

// Jest loads ES modules only under this flag. Started without it (`npx jest`), run the same command again with it.
if (
  !process.execArgv.includes("--experimental-vm-modules") &&
  !/experimental-vm-modules/.test(process.env.NODE_OPTIONS ?? "")
) {
  const env = {
    ...process.env,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ""} --experimental-vm-modules --no-warnings`.trim(),
  };
  process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit", env }).status ?? 1);
}

/** @type {import("jest").Config} */
export default {
  testEnvironment: "node",
  extensionsToTreatAsEsm: [".ts"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      {
        jsc: { target: "es2022", parser: { syntax: "typescript" }, keepClassNames: true },
        module: { type: "es6" },
        sourceMaps: "inline",
      },
    ],
  },
  roots: ["<rootDir>/test"],
  testPathIgnorePatterns: ["/node_modules/", "/test/browser/", "/test/support/"],
  testTimeout: 180_000,
  maxWorkers: 2,
  // Each embedded database leaves memory of its own behind in the process that opened it.
  workerIdleMemoryLimit: "2GB",
};
