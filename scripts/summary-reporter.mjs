// Names what was skipped, and closes with one line that counts: `N passed, N failed, N skipped`.
export default class SummaryReporter {
  onTestRunEnd(testModules, unhandledErrors) {
    const tests = testModules.flatMap((testModule) => [...testModule.children.allTests()]);
    const inState = (state) => tests.filter((test) => test.result().state === state);
    const brokenFiles = testModules.filter(
      (testModule) => testModule.state() === 'failed' && testModule.children.size === 0,
    );
    const skipped = inState('skipped');
    for (const name of new Set(skipped.map(suiteOrTest))) console.log(`skipped: ${name}`);
    const failures = inState('failed').length + brokenFiles.length + unhandledErrors.length;
    console.log(`\n${inState('passed').length} passed, ${failures} failed, ${skipped.length} skipped`);
  }
}

/** A suite that is skipped as a whole is named once, else the test; the title says why, or what would turn it on. */
function suiteOrTest(test) {
  const { parent } = test;
  const isWhole =
    parent.type === 'suite' && [...parent.children.allTests()].every((each) => each.result().state === 'skipped');
  return isWhole ? parent.fullName : test.fullName;
}
