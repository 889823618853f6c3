/** Directories and names by which tests and benchmarks go. Examples and documentation are real servers to their readers. */
const directories = /(?:^|\/)(?:tests?|__tests__|__mocks__|__fixtures__|specs?|e2e|benchmarks?|bench)\//i;
const names = /(?:^|[./_-])(?:tests?|spec|e2e|bench|benchmark)\.[cm]?[jt]sx?$/i;

/** Whether a file is part of a test or a benchmark, by where it lies and what it is called. */
export function isTestFile(path: string): boolean {
  return directories.test(path) || names.test(path);
}
