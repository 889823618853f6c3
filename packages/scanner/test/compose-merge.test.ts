import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { describeWith } from "@audit-backlog/test-support";
import { knownText } from "../src/readers/commands/program-at.ts";
import { readComposeFiles } from "../src/readers/compose.ts";

interface Seen {
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly sysctls?: Readonly<Record<string, number | string>>;
}

const words = fc.array(fc.constantFrom("a", "b", "-c", "d"), { minLength: 1, maxLength: 3 });
const pairs = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(fc.array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 99 })), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([entries, list]) => {
    const map = [...new Map(entries)];
    return list ? `[${map.map(([name, value]) => `"${name}=${value}"`).join(", ")}]` : `{${map.map(([name, value]) => `${name}: "${value}"`).join(", ")}}`;
  });

/** The lines of one service in one file. */
const service = fc
  .record(
    {
      command: words.map((all) => `[${all.map((word) => `"${word}"`).join(", ")}]`),
      entrypoint: words.map((all) => `[${all.map((word) => `"${word}"`).join(", ")}]`),
      environment: pairs(["A", "B", "C"]),
      sysctls: pairs(["net.core.somaxconn", "net.ipv4.tcp_syncookies"]),
    },
    { requiredKeys: [] },
  )
  .map((keys) => Object.entries(keys).map(([key, value]) => `    ${key}: ${value}\n`).join(""));

/**
 * `extends` stands in the base file only: docker-compose 1 resolves it when the files are merged, the newer ones in each file
 * before (compose-go: loader/loader.go, ApplyExtends and then override.Merge).
 */
const projects = fc.array(fc.tuple(service, service, service, fc.boolean()), { minLength: 30, maxLength: 30 }).map((all) => ({
  "docker-compose.yml": `version: "3.9"\nservices:\n${all.map(([base, , , extend], index) => `  s${index}:\n    image: x\n${extend ? `    extends: { file: common.yml, service: c${index} }\n` : ""}${base}`).join("")}`,
  "docker-compose.override.yml": `version: "3.9"\nservices:\n${all.map(([, over], index) => `  s${index}:\n    labels: { l: m }\n${over}`).join("")}`,
  "common.yml": `version: "3.9"\nservices:\n${all.map(([, , common], index) => `  c${index}:\n    image: y\n${common}`).join("")}`,
}));

describeWith(["docker-compose"], "projects of several files against docker-compose config", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "compose-merge-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("merges commands, entrypoints, variables and sysctls, and what is extended", () => {
    for (const files of fc.sample(projects, { numRuns: 4, seed: 11 })) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      const run = spawnSync("docker-compose", ["config"], { cwd: folder, encoding: "utf8", timeout: 30_000 });
      expect(run.status, run.stderr).toBe(0);
      const theirs = (parse(run.stdout) as { readonly services: Readonly<Record<string, Seen>> }).services;
      const { places, commands, problems } = readComposeFiles(Object.keys(files), (path) => new Map(Object.entries(files)).get(path), () => undefined);
      expect(problems).toEqual([]);
      expect(places).toHaveLength(30);
      for (const { surroundings, environment } of places) {
        const { command = [], entrypoint = [], environment: variables = {}, sysctls = {} } = theirs[surroundings.name] ?? {};
        const own = commands.filter(({ holder }) => holder.name === surroundings.name).flatMap((one) => one.words.map((word) => knownText(word) ?? "?"));
        expect(own, surroundings.name).toEqual([...entrypoint, ...command]);
        expect(Object.fromEntries([...(environment ?? [])].map(([name, { value }]) => [name, value.kind === "exact" ? value.value : value.kind])), surroundings.name).toEqual(variables);
        expect(Object.fromEntries(surroundings.sysctls.map(({ name, value }) => [name, value.value.kind === "exact" ? value.value.value : value.value.kind])), surroundings.name).toEqual(Object.fromEntries(Object.entries(sysctls).map(([name, value]) => [name, Number(value)])));
      }
    }
  }, 120_000);
});
