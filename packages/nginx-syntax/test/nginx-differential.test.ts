import { describeWith } from "@audit-backlog/test-support";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse, type NginxTree, type SyntaxProblem } from "../src/index.ts";
import { disagreement } from "./nginx/compare.ts";
import { generateConfig } from "./nginx/generate.ts";
import { NginxOracle, type Config, type Verdict } from "./nginx/oracle.ts";

const seed = Number(process.env["NGINX_SYNTAX_SEED"] ?? 1);
const count = Number(process.env["NGINX_SYNTAX_COUNT"] ?? 2_400);

describeWith(["nginx"], `nginx and we read ${count} generated configs (NGINX_SYNTAX_SEED=${seed})`, () => {
  const oracle = new NginxOracle();
  const configs: Config[] = Array.from({ length: count }, (_, index) => generateConfig(seed, index));
  let verdicts: Verdict[] = [];

  beforeAll(async () => {
    verdicts = await oracle.ask(configs);
  }, 120_000 + count * 30);
  afterAll(() => {
    oracle.close();
  });

  function disagreements(read: (text: string) => NginxTree): string[] {
    return configs.flatMap(({ text }, index) => {
      const verdict = verdicts[index];
      const found = verdict === undefined ? "no verdict" : disagreement(read(text), verdict);
      return found === undefined ? [] : [`config ${index} of seed ${seed}: ${found}\n${JSON.stringify(text)}`];
    });
  }

  it("agree on what is accepted, and on the first error's line and message", () => {
    expect(disagreements(parse).slice(0, 5)).toEqual([]);
  });

  it("were asked about enough of each kind", () => {
    const share = (kind: Verdict["kind"]): number => verdicts.filter((verdict) => verdict.kind === kind).length / count;
    expect(share("accepted")).toBeGreaterThan(0.4);
    expect(share("lexical")).toBeGreaterThan(0.2);
    const seen = new Set(verdicts.map((verdict) => (verdict.kind === "lexical" ? verdict.message.slice(0, 20) : "")));
    for (const message of ['unexpected "}"', 'unexpected "{"', 'unexpected ";"', "unexpected end of fi", 'too long parameter "', "too long parameter, "]) {
      expect([...seen].some((start) => start.startsWith(message)), message).toBe(true);
    }
  });

  // Were the comparison blind, readers with a wrong rule would pass it too.
  const wrong: Record<string, (text: string) => NginxTree> = {
    "a brace after $ opens a block": (text) => parse(text.replaceAll("${", "$ {")),
    "a backslash protects nothing": (text) => parse(text.replaceAll("\\", "/")),
    "a # inside of a word begins a comment": (text) => parse(text.replaceAll("#", " #")),
    "a } inside of a word closes a block": (text) => parse(text.replaceAll("}", " } ")),
    "quotes mean nothing": (text) => parse(text.replaceAll(/["']/g, "q")),
    "a word may be of any length": (text) => withProblems(text, ({ kind }) => kind !== "too-long"),
    "the file may end in a block": (text) => withProblems(text, ({ message }) => !message.endsWith('expecting "}"')),
    "the file may end in a directive": (text) => withProblems(text, ({ message }) => !message.endsWith('or "}"')),
    "a ; may stand alone": (text) => withProblems(text, ({ message }) => message !== 'unexpected ";"'),
    "a carriage return ends a line": (text) => parse(text.replaceAll("\r", "\n")),
    "nothing is ever wrong": (text) => withProblems(text, () => false),
  };
  for (const [rule, read] of Object.entries(wrong)) {
    it(`differ from a reader that thinks: ${rule}`, () => {
      expect(disagreements(read).length).toBeGreaterThan(0);
    });
  }
});

function withProblems(text: string, keep: (problem: SyntaxProblem) => boolean): NginxTree {
  const tree = parse(text);
  return { ...tree, problems: tree.problems.filter(keep) };
}
