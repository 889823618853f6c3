import type { Reporter, TestModule } from "vitest/node";

/** Says at the end of a run, loudly, which suites did not run because a real server was missing. */
export default class NotRunReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const notRun: string[] = [];
    const packages = new Set<string>();
    for (const module of modules) {
      for (const suite of module.children.allSuites()) {
        const match = /^NOT RUN \(apt-get install ([^)]+)\): /.exec(suite.name);
        if (match?.[1] === undefined) continue;
        notRun.push(`  ${module.relativeModuleId}: ${suite.name.slice(match[0].length)}`);
        for (const name of match[1].split(" ")) packages.add(name);
      }
    }
    if (notRun.length === 0) return;
    console.log(
      [
        "",
        `!! NOT RUN: ${notRun.length} suites need programs that are not installed here`,
        ...notRun,
        `!! To run them: sudo apt-get install -y ${[...packages].sort().join(" ")}`,
        "",
      ].join("\n"),
    );
  }
}
