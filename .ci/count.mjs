// Adds up the reports of the test runners. A suite without a report, or whose report counts no test, is a failure.
import { readFileSync } from "node:fs";
import { join } from "node:path";

const [directory, ...suites] = process.argv.slice(2);
let passed = 0;
let failed = 0;
console.log();
for (const suite of suites) {
  const counted = count(suite);
  console.log(`${suite}: ${counted.passed} passed, ${counted.failed} failed, ${counted.skipped} skipped`);
  passed += counted.passed;
  failed += counted.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function count(suite) {
  let report;
  try {
    report = JSON.parse(readFileSync(join(directory, `${suite}.json`), "utf8"));
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const broken = report.numRuntimeErrorTestSuites;
  const none = report.numPassedTests === 0 ? 1 : 0;
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken + none,
    skipped: report.numPendingTests,
  };
}
