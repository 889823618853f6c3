import { describeWith } from "@audit-backlog/test-support";
import { afterAll, expect, it } from "vitest";
import { parse } from "../src/index.ts";
import { disagreement } from "./nginx/compare.ts";
import { NginxOracle, type Config } from "./nginx/oracle.ts";

/** What may follow a long word, up to the end of the file. */
const afterWord = ["; }", "\r\n; }", "{ }", "", ";", " "];
const afterQuote = [...afterWord, ");}", "x;}"];

/** `part`, repeated and filled up to exactly `bytes` bytes of UTF-8. */
function fill(part: string, bytes: number): string {
  const times = Math.floor(bytes / Buffer.byteLength(part));
  return part.repeat(times) + "x".repeat(bytes - times * Buffer.byteLength(part));
}

describeWith(["nginx"], "nginx and we measure its buffer of 4096 bytes alike", () => {
  const oracle = new NginxOracle();
  afterAll(() => {
    oracle.close();
  });

  async function compare(texts: readonly string[]): Promise<void> {
    const configs = texts.map((text): Config => ({ level: "http", text }));
    const verdicts = await oracle.ask(configs);
    const kinds = new Set(verdicts.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(["accepted", "lexical"]));
    const found = texts.flatMap((text, index) => {
      const verdict = verdicts[index];
      const difference = verdict === undefined ? "no verdict" : disagreement(parse(text), verdict);
      return difference === undefined ? [] : [`${difference}: …${JSON.stringify(text.slice(-20))} of ${Buffer.byteLength(text)} bytes`];
    });
    expect(found).toEqual([]);
  }

  for (const { title, before, filling } of [
    { title: "at the file's start", before: "types { ", filling: "x" },
    { title: "far into the file, in characters of three bytes", before: `types { ${"a b;\n".repeat(1000)}`, filling: "漢" },
  ]) {
    for (const quote of ["", '"']) {
      it(`for words ${quote === "" ? "without" : "in"} quotes ${title}`, async () => {
        const words = [4093, 4094, 4095, 4096].map((bytes) => quote + fill(filling, bytes) + quote);
        await compare(words.flatMap((word) => (quote === "" ? afterWord : afterQuote).map((after) => before + word + after)));
      });
    }

    it(`for comments ${title}`, async () => {
      const comments = [4095, 4096, 4097].map((bytes) => `#${fill(filling, bytes - 1)}`);
      await compare(comments.flatMap((comment) => ["\n", "\r\n", ""].map((after) => `${before}a b;} ${comment}${after}`)));
    });
  }
});
