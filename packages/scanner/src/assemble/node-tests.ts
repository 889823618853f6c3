/** Directories and names by which tests and benchmarks go. Examples and documentation are real servers to their readers. */
const directories = new RegExp(
  `(?:^|/)(?:${[
    "tests?|__tests__|__mocks__|__fixtures__|specs?|e2e|cypress|playwright|benchmarks?|bench",
    "(?:integration|unit|e2e|functional|acceptance|smoke|system|load|perf|performance|stress)[-_]tests?",
    "(?:[\\w.]+-)?tests?[-_](?:utils?|helpers?|fixtures?|support|runner|setup|integration|e2e)",
  ].join("|")})/`,
  "i",
);
const names = /(?:^|[./_-])(?:tests?|spec|e2e|bench|benchmark)\.[cm]?[jt]sx?$/i;

/** Whether a file is part of a test or a benchmark, by where it lies and what it is called. */
export function isTestFile(path: string): boolean {
  return directories.test(path) || names.test(path);
}
