// Names what was skipped, and closes with one line that counts: `N passed, N failed, N skipped`.
export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skippedSuites = new Set();
    for (const testModule of testModules) {
      if (testModule.state() === 'failed' && testModule.children.size === 0) counts.failed += 1;
      for (const test of testModule.children.allTests()) {
        const { state } = test.result();
        counts[state === 'pending' ? 'skipped' : state] += 1;
        if (state === 'skipped') skippedSuites.add(test.parent.type === 'suite' ? test.parent.fullName : test.fullName);
      }
    }
    for (const suite of skippedSuites) console.log(`skipped: ${suite}`);
    console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  }
}
