import { describeWith } from "@audit-backlog/test-support";
import { afterAll, expect, it } from "vitest";
import { parse } from "../src/index.ts";
import { NginxOracle } from "./nginx/oracle.ts";
import { Random } from "./nginx/random.ts";

const seed = Number(process.env["NGINX_SYNTAX_SEED"] ?? 1);
const pieces = ["a", "b", "\\", "\\\\", '\\"', "\\'", "\\t", "\\r", "\\n", "\\x", "\\ ", "\\;", "\\{", "\\#", "\\$", "$", "${", "}", "#", ";", "{", " ", "\n", "é", "😀", "'", '"', ")"] as const;

describeWith(["nginx"], `nginx and we understand words alike (NGINX_SYNTAX_SEED=${seed})`, () => {
  const oracle = new NginxOracle();
  afterAll(() => {
    oracle.close();
  });

  it("split them and undo their escapes alike", async () => {
    const random = new Random(seed);
    // Words that are no whole arguments would break the file that they share with the others.
    const texts = random
      .several(6_000, 6_000, () => {
        const quote = random.pick(["", '"', "'"]);
        return quote + random.several(1, 6, () => random.pick(pieces)).join("") + quote + random.pick(["", " x", "\tx"]);
      })
      .filter((text) => words(text) !== undefined);
    expect(texts.length).toBeGreaterThan(1_000);

    // nginx warns of each file extension that another type has, in lower case.
    const lines = texts.map((text, index) => `first${index} ${text};\nagain${index} ${text};`);
    const output = await oracle.warnings(`types {\n${lines.join("\n")}\n}`);
    const theirs = texts.map((): string[] => []);
    for (const warning of output.split("[warn]")) {
      const [, word = "", index] = /duplicate extension "([^]*)", content type: "again(\d+)", previous content type: "/.exec(warning) ?? [];
      theirs[Number(index)]?.push(word);
    }
    texts.forEach((text, index) => {
      expect(theirs[index], JSON.stringify(text)).toEqual(words(text));
    });
  });
});

/** The words of a text that makes up arguments and nothing else. */
function words(text: string): string[] | undefined {
  const { directives, problems } = parse(`name ${text};`);
  const [only, ...others] = directives;
  if (problems.length > 0 || others.length > 0 || only?.end !== text.length + 6) return undefined;
  return only.args.map(({ value }) => value);
}
