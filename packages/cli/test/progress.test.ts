import { describe, expect, it } from "vitest";
import { progressOn, scanProgress } from "../src/progress.ts";

/** A stream that keeps what is written, and a clock that goes on by `step` milliseconds a look. */
function world(isTTY: boolean, step: number): { readonly written: string[]; readonly progress: ReturnType<typeof progressOn>; readonly onFile: (before: number, all: number) => void } {
  const written: string[] = [];
  let time = 0;
  const progress = progressOn({ isTTY, write: (text: string) => written.push(text) });
  return { written, progress, onFile: scanProgress(progress, () => (time += step)) };
}

describe("the progress of a scan", () => {
  it("is told to a terminal once a second has passed, ten times a second at most", () => {
    const { written, progress, onFile } = world(true, 50);
    for (let file = 0; file < 19; file += 1) onFile(file, 100);
    expect(written).toEqual([]);
    for (let file = 19; file < 40; file += 1) onFile(file, 100);
    expect(written[0]).toBe("\r\x1b[2Kreading 19 of 100 files");
    expect(written).toHaveLength(11);
    progress.clear();
    expect(written.at(-1)).toBe("\r\x1b[2K");
  });

  it("is never told elsewhere, and nothing is cleared that was not shown", () => {
    const piped = world(false, 5000);
    for (let file = 0; file < 100; file += 1) piped.onFile(file, 100);
    piped.progress.clear();
    const quick = world(true, 0);
    for (let file = 0; file < 100; file += 1) quick.onFile(file, 100);
    quick.progress.clear();
    expect([piped.written, quick.written]).toEqual([[], []]);
  });
});
