import { execFileSync } from "node:child_process";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { readCommands } from "../src/readers/commands/index.ts";
import { scanned } from "./scanning.ts";

function started(program: string, text = ""): string[][] {
  const { commands } = readCommands("supervisord.conf", `${text}[program:web]\n${program}\n`) ?? { commands: [] };
  return commands.map(({ holder, words }) => [holder.name, ...words.map(({ value, text: written }) => ("value" in value ? value.value : `<${written}>`))]);
}

describe("several processes of one program", () => {
  it("are told apart by their numbers", () => {
    expect(started("command=/bin/a -b unix:/run/%(program_name)s-%(process_num)02d.sock\nnumprocs = 2\nprocess_name=%(process_num)s\nnumprocs_start=7")).toEqual([
      ["web:7", "/bin/a", "-b", "unix:/run/web-07.sock"],
      ["web:8", "/bin/a", "-b", "unix:/run/web-08.sock"],
    ]);
  });

  it("are one where nothing tells them apart, or their number is not known", () => {
    expect(started("command=/bin/a\nnumprocs=4")).toEqual([["web", "/bin/a"]]);
    expect(started("command=/bin/a %(process_num)s\nnumprocs=%(ENV_PROCESSES)s")).toEqual([["web", "/bin/a", "<%(process_num)s>"]]);
    expect(started("command=/bin/a %(process_num)s\nnumprocs=1000000")).toEqual([["web", "/bin/a", "<%(process_num)s>"]]);
    expect(started("command=/bin/a %(process_num)s")).toEqual([["web", "/bin/a", "0"]]);
  });

  it("have environments of their own", () => {
    const { commands } = readCommands("supervisord.conf", '[program:web]\ncommand=/bin/a\nenvironment=PORT="90%(process_num)02d"\nnumprocs=2\n') ?? { commands: [] };
    expect(commands.map(({ environment }) => environment.get("PORT")?.value)).toEqual([{ kind: "exact", value: "9000" }, { kind: "exact", value: "9001" }]);
  });

  it("are the servers of one upstream", () => {
    const { chains } = scanned({
      "nginx.conf": "events {}\nhttp { upstream a { server unix:/run/a0.sock; server unix:/run/a1.sock; } server { listen 80; location / { proxy_pass http://a; } } }\n",
      "supervisord.conf": "[program:a]\ncommand=gunicorn -b unix:/run/a%(process_num)s.sock a.wsgi\nnumprocs=2\n",
    });
    expect(chains.flatMap(({ hops }) => hops[1]?.members.map(({ listener }) => listener) ?? [])).toEqual(["gunicorn:supervisord.conf:a:0#unix:/run/a0.sock", "gunicorn:supervisord.conf:a:1#unix:/run/a1.sock"]);
  });
});

describeWith(["python3"], "the number of a process, against Python's own formatting", () => {
  it("reads the same", () => {
    const forms = ["s", "d", "02d", "2d", "3s", "05d", "02s", "9d"].flatMap((form) => [0, 7, 42, 99].map((number) => [form, number] as const));
    const theirs = JSON.parse(execFileSync("/usr/bin/python3", ["-c", "import json, sys; print(json.dumps([('%(n)' + form) % {'n': number} for form, number in json.load(sys.stdin)]))"], { input: JSON.stringify(forms), encoding: "utf8" })) as unknown;
    expect(forms.map(([form, number]) => started(`command=/bin/a "x%(process_num)${form}"\nnumprocs_start=${number}`)[0]?.[2]?.slice(1))).toEqual(theirs);
  });
});
