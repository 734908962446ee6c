import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped the names of the tests, with their reasons where there are any
 */

/**
 * What a run of Vitest came to, from its JSON report. A file that could not be loaded, and a run that failed without
 * a failed test (or left no report), count as a failure each.
 *
 * @returns {Counts}
 */
export function countVitest(reportFile, exitCode) {
  const report = readReport(reportFile);
  if (report === null) return { passed: 0, failed: 1, skipped: [] };
  const tests = report.testResults.flatMap((file) => file.assertionResults);
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = tests.filter((test) => test.status === 'failed').length + broken.length;
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: tests.filter((test) => !['passed', 'failed'].includes(test.status)).map((test) => test.fullName),
  };
}

/**
 * The same for Playwright. A test that passed only when it was repeated did not pass.
 *
 * @returns {Counts}
 */
export function countPlaywright(reportFile, exitCode) {
  const report = readReport(reportFile);
  if (report === null) return { passed: 0, failed: 1, skipped: [] };
  const { expected, unexpected, flaky } = report.stats;
  const failed = unexpected + flaky + report.errors.length;
  return {
    passed: expected,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.suites.flatMap((suite) => skippedIn(suite, [])),
  };
}

function skippedIn(suite, above) {
  const titles = [...above, suite.title].filter((title) => title !== '');
  const own = suite.specs.flatMap((spec) =>
    spec.tests
      .filter((test) => test.status === 'skipped')
      .map((test) => {
        const reasons = test.annotations.map((annotation) => annotation.description).filter(Boolean);
        return [...titles, spec.title].join(' › ') + (reasons.length > 0 ? ` (${reasons.join('; ')})` : '');
      }),
  );
  return [...own, ...(suite.suites ?? []).flatMap((inner) => skippedIn(inner, titles))];
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
