import { parse } from "dotenv";
import { describe, expect, it } from "vitest";
import { readEnvFile } from "../src/readers/env-file.ts";
import { Dice } from "./gunicorn-python-generator.ts";
import { scanned, serviceIn } from "./scanning.ts";

function ours(text: string): Record<string, string> {
  return Object.fromEntries([...readEnvFile(".env", text)].map(([name, { value }]) => [name, "value" in value ? value.value : "?"]));
}

describe("a .env file", () => {
  it("holds what dotenv reads from it, where each value ends on its line or its quotes are closed", () => {
    const dice = new Dice(3);
    const plain = ["a", "B1", " ", "=", ":", "'", '"', "`", "#", " # c", "\\n", "\\", "é", ".", "-", "$A", "${X:-y}", "{}"];
    const inner = ["a", " ", "#", "=", "\\n", "\\r", "\n", "b\nX=1", "é", "$A", "\t"];
    const some = (parts: readonly string[], least: number): string => Array.from({ length: least + dice.below(5) }, () => dice.pick(parts)).join("");
    const quoted = (): string => {
      const quote = dice.pick(["'", '"', "`"]);
      return `${quote}${some(inner, 0)}${dice.pick(["", "", `\\${quote}x`, quote === "'" ? '"' : "'"])}${quote}${dice.pick(["", "", " ", " # c", "# 'c'"])}`;
    };
    const line = (): string => `${dice.pick(["", "", "export ", "  "])}${dice.pick(["A", "B.c", "D-e", "_f1"])}${dice.pick(["=", "=", " = ", ": ", "= "])}${dice.chance(50) ? quoted() : `v${some(plain, 0)}`}\n`;
    const other = ["\n", "# c='\n", "junk\n", "A B=1\n"];
    const different: unknown[] = [];
    let variables = 0;
    for (let index = 0; index < 20_000; index += 1) {
      const text = `${Array.from({ length: 3 }, () => (dice.chance(20) ? dice.pick(other) : line())).join("")}Z=end`;
      const [mine, theirs] = [ours(text), parse(text)];
      variables += Object.keys(theirs).length;
      if (JSON.stringify(Object.entries(mine).sort()) !== JSON.stringify(Object.entries(theirs).sort())) different.push([text, mine, theirs]);
    }
    expect(different.slice(0, 10)).toEqual([]);
    expect(variables).toBeGreaterThan(40_000);
  }, 60_000);

  it("says where each value stands", () => {
    const found = readEnvFile("x/.env", "# c\nexport A = 'b c' # d\nB=12\n");
    expect([...found.values()].map(({ origin, text }) => [text, origin.kind === "file" ? [origin.file, origin.range.start.line, origin.range.start.column] : []])).toEqual([
      ["'b c'", ["x/.env", 2, 12]],
      ["12", ["x/.env", 3, 3]],
    ]);
  });

  it("is read in time however it is made", () => {
    for (const text of ["A='".repeat(50_000), `A="${"\\".repeat(150_000)}`, " ".repeat(199_000), "A=\n".repeat(60_000), `A=${"# ".repeat(90_000)}`, "'\n".repeat(90_000)]) expect(readEnvFile(".env", text).size).toBeLessThanOrEqual(500);
  }, 5_000);
});

describe("variables of .env files", () => {
  const workers = (files: Readonly<Record<string, string>>, id: string): unknown => {
    const service = serviceIn(scanned(files), id);
    return service.kind === "gunicorn" || service.kind === "asgi" ? service.settings.workers : undefined;
  };

  it("are those of the processes of the Procfile beside it, as long as nobody says otherwise", () => {
    const files = { "api/Procfile": "web: gunicorn a.wsgi\n", "api/.env": "WEB_CONCURRENCY=5\n" };
    expect(workers(files, "gunicorn:api/Procfile:web")).toMatchObject({ value: { kind: "assumed", value: 5, variable: "WEB_CONCURRENCY" }, origin: { file: "api/.env" } });
    expect(workers({ ...files, "api/Procfile": "web: WEB_CONCURRENCY=2 gunicorn a.wsgi\n" }, "gunicorn:api/Procfile:web")).toMatchObject({ value: { kind: "exact", value: 2 } });
  });

  it.each([
    ["uv run --env-file prod.env gunicorn a.wsgi", "gunicorn"],
    ["dotenv -f prod.env run -- gunicorn a.wsgi", "gunicorn"],
    ["uvicorn a:app --env-file=prod.env", "uvicorn"],
  ])("are those that a command line names: %s", (line, kind) => {
    expect(workers({ "deploy/Procfile": `web: ${line}\n`, "deploy/prod.env": "WEB_CONCURRENCY=6" }, `${kind}:deploy/Procfile:web`)).toMatchObject({ value: { kind: "assumed", value: 6 } });
  });

  it("are nobody's where no command line names them", () => {
    expect(workers({ "start.sh": "#!/bin/sh\ngunicorn a.wsgi\n", ".env": "WEB_CONCURRENCY=6" }, "gunicorn:start.sh:start.sh")).toMatchObject({ value: { kind: "assumed", value: 1 } });
  });
});
