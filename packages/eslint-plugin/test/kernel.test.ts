import { spawnSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import { Linter } from "eslint";
import { expect, it } from "vitest";
import { FORMS, IN_NAMESPACE, kernelSays, LITERALS, MIXED, MIXED_EVERYWHERE, source } from "../../listen-calls/test/kernel-table.ts";
import plugin from "../src/index.ts";

// Every form of listen() with every kind of value is run by Node; what the rules say must be what the kernel then has.

const linter = new Linter();
const config = {
  plugins: { "listen-backlog": plugin },
  rules: { "listen-backlog/small-backlog": ["error", { ephemeral: true }], "listen-backlog/invalid-backlog": ["error", { ephemeral: true }], "listen-backlog/ignored-backlog": ["error", { ephemeral: true }] },
} satisfies Linter.Config;

interface Said {
  /** The number that small-backlog or invalid-backlog name. */
  readonly number?: number;
  readonly refused?: true;
  readonly ignored?: true;
}

function lint(list: string): Said {
  const code = `import net from "node:net"; const server = net.createServer(); const PATH = "/tmp/x.sock", FD = 3, cb = () => {}; server.listen(${list});`;
  const messages = linter.verify(code, [config], { filename: "server.js" });
  let said: Said = {};
  for (const { message, ruleId } of messages) {
    const small = /^Backlog (\d+) holds (\d+) clients? before/.exec(message);
    const made = /^Node makes (\d+) of backlog /.exec(message);
    if (small !== null) {
      expect(Number(small[2]), list).toBe(Number(small[1]) + 1);
      said = { ...said, number: Number(small[1]) };
    } else if (made !== null) said = { ...said, number: Number(made[1]) };
    else if (message.startsWith("Node refuses backlog ")) said = { ...said, refused: true };
    else if (ruleId === "listen-backlog/ignored-backlog") said = { ...said, ignored: true };
    else throw new Error(`${list}: ${message}`);
  }
  return said;
}

describeWith(["ss"], "what the rules say of a backlog", () => {
  const isolated = spawnSync("unshare", [...IN_NAMESPACE, "true", ""]).status === 0;
  const values = FORMS.filter((form) => isolated || form.everyAddress !== true).flatMap(({ form, strings }) => LITERALS.filter((value) => strings || typeof value !== "string").map((value) => form.replace("V", () => source(value))));
  const lists = [...values, ...MIXED, ...(isolated ? MIXED_EVERYWHERE : [])];

  it("is what the kernel has, for every form and value", () => {
    const { results, somaxconn } = kernelSays(lists, isolated);
    expect(results).toHaveLength(lists.length);
    let reported = 0;
    for (const [at, list] of lists.entries()) {
      const { backlog, throws, error } = results[at] ?? {};
      const said = lint(list);
      expect(error, list).toBeUndefined();
      if (throws !== undefined) {
        expect(said, list).toEqual({ refused: true });
        continue;
      }
      if (backlog === undefined) throw new Error(`the kernel has no socket for ${list}`);
      // 511 is what Node asks for by itself: whoever gets less must hear it, with the kernel's number.
      expect(said.number, list).toBe(backlog < Math.min(511, somaxconn) ? backlog : undefined);
      expect(said.refused, list).toBeUndefined();
      if (said.ignored === true) expect(backlog, list).toBe(list.startsWith("{ fd: FD, backlog: 50 }, ") ? 100 : Math.min(511, somaxconn));
      if (said.number !== undefined) reported++;
    }
    expect(reported).toBeGreaterThan(100);
  });
});
