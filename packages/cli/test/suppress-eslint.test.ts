import { Linter } from "eslint";
import plugin from "../../eslint-plugin/src/index.ts";
import { describe, expect, it } from "vitest";
import { audit } from "../src/library/index.ts";

type Choose = <T>(items: readonly T[]) => T;

/** A small generator with a seed, so that a failure can be repeated. */
function chooser(seed: number): Choose {
  let state = Math.imul(seed, 2654435761);
  return (items) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const item = items[Math.floor((state / 2 ** 32) * items.length)];
    if (item === undefined) throw new Error("nothing to choose from");
    return item;
  };
}

const rules = ["listen-backlog/small-backlog", "listen-backlog/invalid-backlog", "listen-backlog/ignored-backlog"];
const lists = [
  "",
  "",
  rules.join(", "),
  rules.join(),
  "listen-backlog/small-backlog",
  "listen-backlog/invalid-backlog",
  "no-console",
  "listen-backlog/ignored-backlog, listen-backlog/small-backlog",
  "no-console,listen-backlog/small-backlog",
  "'listen-backlog/small-backlog'",
  '"listen-backlog/invalid-backlog" , ',
  ",",
  "listen-backlog/small-backlog listen-backlog/invalid-backlog",
  "small-backlog",
  "\n listen-backlog/small-backlog,\n listen-backlog/invalid-backlog\n",
];
const reasons = ["", "", " -- because", " --", "-- glued", " --- long dashes", "\t--\tlisten-backlog/invalid-backlog", " - one dash"];
const labels = ["eslint-disable", "eslint-enable", "eslint-disable-line", "eslint-disable-next-line", "eslint-disable-nextline", "ESLINT-DISABLE", "eslint-disable:", "see eslint-disable-line"];
const likely = [...labels.slice(0, 4), ...labels.slice(0, 4), ...labels.slice(0, 4), ...labels];

function comment(choose: Choose): string {
  const text = `${choose(["", " ", "  ", "\t"])}${choose(likely)}${choose([" ", " ", " ", "\t", ""])}${choose(lists)}${choose(reasons)}${choose(["", " "])}`;
  return choose([true, false]) ? `/*${choose(["", "", "\n", "*"])}${text}${choose(["", "\n"])}*/` : `//${text.replaceAll("\n", " ")}\n`;
}

/** A listener on a port of its own, with something wrong about its backlog or nothing; `between` is put at line breaks and blanks. */
function listener(index: number, choose: Choose, between: () => string): string {
  const port = String(3000 + index);
  const backlog = choose(["10", "5", "1000", "-7", "2.5", "4294967296", '"8"']);
  const gap = (): string => between();
  return choose([
    () => `createServer().listen(${port}, "0.0.0.0", ${gap()}${backlog}${gap()});`,
    () => `createServer().listen({ port: ${port},${gap()} backlog: ${backlog} }${gap()});`,
    () => `createServer().listen({${gap()}\n  port: ${port},${gap()}\n  backlog: ${backlog},${gap()}\n});`,
    () => `const b${index} = ${backlog};${gap()}\ncreateServer().listen(${port}, "0.0.0.0",${gap()}\n b${index});`,
    () => `createServer()${gap()}\n  .listen(\n    ${port},\n    "0.0.0.0",${gap()}\n    ${backlog});`,
    () => `createServer().listen({ fd: 3${gap()}, backlog: ${backlog} });`,
  ])();
}

interface Program {
  readonly text: string;
  /** The line where each listener's statements begin. */
  readonly starts: readonly number[];
}

function program(seed: number): Program {
  const choose = chooser(seed);
  const between = (): string => (choose([1, 2, 3, 4, 5, 6]) === 1 ? ` ${comment(choose)}` : "");
  let text = 'import { createServer } from "node:http";\n';
  const starts: number[] = [];
  const count = choose([1, 2, 3, 5, 8]);
  for (let index = 0; index < count; index += 1) {
    if (choose([1, 2, 3]) === 1) text += `${comment(choose)}\n`;
    starts.push(text.split("\n").length);
    const statement = listener(index, choose, between);
    text += choose([1, 2, 3, 4]) === 1 ? `${comment(choose)}${statement}` : statement;
    text += choose([1, 2, 3]) === 1 ? ` ${comment(choose)}\n` : "\n";
  }
  const disguise = choose([(one: string) => one, (one: string) => one.replaceAll("\n", "\r\n"), (one: string) => `\uFEFF${one}`]);
  return { text: disguise(text), starts };
}

const linter = new Linter({ configType: "flat" });

/** Which rule flags which listener: both programs may point at different words of one. */
function key(rule: string, line: number, { starts }: Program): string {
  return `${starts.findLastIndex((start) => start <= line)} ${rule}`;
}

function byEslint(one: Program, honour: boolean): readonly string[] {
  const messages = linter.verify(
    one.text,
    [{ files: ["**/*.js"], plugins: { "listen-backlog": plugin }, rules: Object.fromEntries(rules.map((rule) => [rule, "error"])), linterOptions: { reportUnusedDisableDirectives: "off" } }],
    { filename: "server.js", allowInlineConfig: honour },
  );
  const fatal = messages.find((message) => message.fatal === true);
  if (fatal !== undefined) throw new Error(`${fatal.message}\n${one.text}`);
  // What ESLint says about names of rules that it does not know has no message id.
  return messages.flatMap(({ ruleId, messageId, line }) => (ruleId !== null && messageId !== undefined && rules.includes(ruleId) ? [key(ruleId.replace("listen-backlog/", ""), line, one)] : [])).sort();
}

function byUs(one: Program, honour: boolean): readonly string[] {
  const { report } = audit(new Map([["server.js", one.text]]), { ignores: honour });
  return report.findings.flatMap(({ rule, locations: [first] }) => (rules.includes(`listen-backlog/${rule}`) && first?.origin.kind === "file" ? [key(rule, first.origin.range.start.line, one)] : [])).sort();
}

describe("eslint-disable comments, against ESLint itself", () => {
  it("leave the same listeners flagged in generated files", () => {
    let flagged = 0;
    let disabled = 0;
    for (let seed = 1; seed <= 250; seed += 1) {
      const one = program(seed);
      const before = byEslint(one, false);
      expect(byUs(one, false), `seed ${seed}, without comments:\n${one.text}`).toEqual(before);
      const after = byEslint(one, true);
      expect(byUs(one, true), `seed ${seed}:\n${one.text}`).toEqual(after);
      flagged += after.length;
      disabled += before.length - after.length;
    }
    // Neither answer is the right one for all of them.
    expect(flagged).toBeGreaterThan(120);
    expect(disabled).toBeGreaterThan(70);
  });
});
