import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments.ts";
import { nearest } from "../src/nearest.ts";
import { UsageError } from "../src/option-values.ts";

describe("readArguments", () => {
  it("audits the current directory with the documented defaults", () => {
    expect(readArguments([])).toEqual({
      command: "audit",
      paths: [],
      formats: [{ format: "pretty" }],
      failOn: "warning",
      roots: new Map(),
      allowEmpty: false,
      ignores: true,
      measure: false,
    });
  });

  it("takes the first word as a command, and a path where it is marked as one", () => {
    expect(readArguments(["rules"])).toEqual({ command: "rules" });
    expect(readArguments(["explain", "small-backlog"])).toEqual({ command: "explain", rule: "small-backlog" });
    expect(readArguments(["./rules"])).toMatchObject({ command: "audit", paths: ["./rules"] });
    expect(readArguments(["--", "rules"])).toMatchObject({ command: "audit", paths: ["rules"] });
    expect(readArguments(["src", "rules"])).toMatchObject({ command: "audit", paths: ["src", "rules"] });
  });

  it("reads times with and without units as seconds", () => {
    expect(readArguments(["--service-time", "200ms"])).toMatchObject({ serviceTime: 0.2 });
    expect(readArguments(["--service-time=0.2"])).toMatchObject({ serviceTime: 0.2 });
    expect(readArguments(["--client-timeout", "2m"])).toMatchObject({ clientTimeout: 120 });
    expect(readArguments(["--arrival-rate", "12.5"])).toMatchObject({ arrivalRate: 12.5 });
  });

  it("takes several roots", () => {
    expect(readArguments(["--root", "/etc/nginx=deploy/nginx", "--root", "/srv/=./app/"])).toMatchObject({
      roots: new Map([
        ["/etc/nginx", "deploy/nginx"],
        ["/srv", "app"],
      ]),
    });
  });

  it.each([
    [["--burst", "0"], '--burst takes a whole number from 1 on, not "0"'],
    [["--burst", "1e3"], '--burst takes a whole number from 1 on, not "1e3"'],
    [["--cpus", "2.5"], '--cpus takes a whole number from 1 on, not "2.5"'],
    [["--kernel", "old"], '--kernel takes a release of Linux such as 5.3, not "old"'],
    [["--somaxconn", "many"], '--somaxconn takes a whole number from 0 on, not "many"'],
    [["--service-time", "0"], '--service-time takes a time above 0 such as 0.2, 200ms or 2s, not "0"'],
    [["--format", "xml"], '--format takes pretty, concise, json, sarif, github, not "xml"'],
    [["--fail-on", "notes"], '--fail-on takes error, warning, note, never, not "notes"'],
    [["--root", "nginx=deploy"], '--root takes ABSOLUTE=DIRECTORY such as /etc/nginx=deploy/nginx, not "nginx=deploy"'],
    [["--brust", "3"], "unknown option --brust: did you mean --burst?"],
    [["--service", "3"], "unknown option --service: did you mean --service-time?"],
    [["-burst", "3"], "unknown option -burst: did you mean --burst?"],
    [["-x"], "unknown option -x"],
    [["--burst"], "--burst takes a value: --burst N"],
    [["--format"], "--format takes a value: --format NAME[=FILE]"],
    [["--somaxconn", "-1"], "--somaxconn takes a value: --somaxconn N|live; one that begins with a dash: --somaxconn=-1"],
    [["--changed=yes"], "--changed takes no value"],
    [["rules", "--format", "json"], "--format is no option of rules"],
    [["explain", "small-backlog", "--fail-on", "note"], "--fail-on is no option of explain"],
    [["rules", "src"], "rules takes no argument; a directory of that name is ./rules"],
    [["src", ""], "a path is empty"],
    [["explain"], "explain takes one rule: audit-backlog explain small-backlog"],
  ])("refuses %j and says what is wrong", (argv, message) => {
    expect(() => readArguments(argv)).toThrow(new UsageError(message));
  });

  it.each([
    [["measure", "--family", "udp"], '--family takes tcp, unix, not "udp"'],
    [["measure", "--server", "nginx", "--class", "sync"], "--class means nothing to --server nginx"],
    [["measure", "--server", "nginx", "--backlog", "0"], '--backlog takes a whole number from 1 on, not "0"'],
    [["measure", "--class", "gevent", "--threads", "2"], "--threads means nothing to --class gevent"],
    [["measure", "--worker-connections", "9"], "--worker-connections means nothing to --class sync"],
    [["measure", "--server", "node", "--reuseport"], "--reuseport means nothing to --server node"],
    [["measure", "--server", "nginx", "--reuseport", "--family", "unix"], "--reuseport means nothing to --family unix"],
    [["measure", "--arrival-rate", "5"], "--arrival-rate means nothing to --load all-at-once"],
    [["measure", "--load", "sustained", "--burst", "5"], "--burst means nothing to --load sustained"],
    [["measure", "--load", "slowly"], '--load takes all-at-once, spread-out, sustained, not "slowly"'],
    [["measure", "--service-time", "2s"], "--service-time means nothing without --client-timeout or --load sustained"],
    [["measure", "--round-trip", "real", "--family", "unix"], "--round-trip real is for a burst over TCP: of anything else nothing is predicted"],
    [["measure", "--fail-on", "note"], "--fail-on is no option of measure"],
    [["measure", "src"], "measure takes options only; a directory of that name is ./measure"],
    [["src", "--sweep"], "--sweep is an option of audit-backlog measure"],
  ])("refuses %j and says what is wrong", (argv, message) => {
    expect(() => readArguments(argv)).toThrow(new UsageError(message));
  });

  it("reads a configuration to try, as its server would take it", () => {
    const server = (...argv: string[]): unknown => {
      const options = readArguments(["measure", ...argv]);
      return options.command === "measure" ? options.server : undefined;
    };
    expect(server("--backlog", "128", "--workers", "4")).toMatchObject({ kind: "gunicorn", backlog: 128, workers: 4, workerClass: "sync", family: "tcp" });
    // gunicorn takes threads > 1 for gthread, and 2048 where no backlog is given.
    expect(server("--threads", "2")).toMatchObject({ workerClass: "gthread", threads: 2, backlog: 2048, workerConnections: 1000 });
    expect(server("--server", "node", "--workers", "2")).toMatchObject({ mode: "round-robin", instances: 2, backlog: 511 });
    expect(server("--server", "nginx", "--family", "unix")).toMatchObject({ backlog: 511, workerConnections: 512, family: "unix" });
    expect(server("--server", "nginx", "--reuseport", "--workers", "3")).toMatchObject({ reuseport: true, workers: 3 });
    const load = (...argv: string[]): unknown => {
      const options = readArguments(["measure", ...argv]);
      return options.command === "measure" ? options.load : undefined;
    };
    expect(load()).toEqual({ kind: "all at once", clients: undefined, patience: undefined });
    expect(load("--client-timeout", "2s", "--burst", "9", "--service-time", "50ms")).toEqual({ kind: "all at once", clients: 9, patience: 2 });
    expect(load("--load", "sustained", "--arrival-rate", "80/s", "--seconds", "5")).toEqual({ kind: "sustained", rate: 80, seconds: 5 });
    expect(readArguments(["./measure"])).toMatchObject({ command: "audit", paths: ["./measure"], measure: false });
    expect(readArguments(["--", "measure"])).toMatchObject({ command: "audit", paths: ["measure"] });
    expect(readArguments(["--measure", "src"])).toMatchObject({ command: "audit", paths: ["src"], measure: true });
    expect(readArguments(["measure", "--help"])).toEqual({ command: "help", of: "measure" });
  });

  it("suggests only what is near", () => {
    expect(nearest("small-backlogs", ["small-backlog", "listen-conflict"])).toBe("small-backlog");
    expect(nearest("small", ["small-backlog", "listen-conflict"])).toBe("small-backlog");
    expect(nearest("xyz", ["small-backlog", "listen-conflict"])).toBeUndefined();
  });
});

describe("a configuration and a focus", () => {
  it("are read as asked", () => {
    expect(readArguments(["--config", "x.json"])).toMatchObject({ config: "x.json" });
    expect(readArguments(["--no-config"])).toMatchObject({ config: false });
    expect(readArguments(["--since", "main", "src"])).toMatchObject({ focus: { kind: "since", ref: "main" }, paths: ["src"] });
    expect(readArguments(["src", "--focus", "a", "b", "--measure", "c"])).toMatchObject({ focus: { kind: "files", files: ["a", "b"] }, paths: ["src", "c"], measure: true });
    expect(readArguments(["--focus", "rules", "explain"])).toMatchObject({ command: "audit", focus: { kind: "files", files: ["rules", "explain"] } });
    expect(readArguments(["--focus", "a", "--", "-b"])).toMatchObject({ focus: { kind: "files", files: ["a", "-b"] } });
    expect(readArguments(["--changed"])).not.toHaveProperty("config");
  });

  it.each([
    [["--changed", "--staged"], "--changed and --staged can't go together"],
    [["--staged", "--focus", "a"], "--staged and --focus can't go together"],
    [["--focus", "a", ""], "a path is empty"],
    [["--config", ""], "--config names no file"],
    [["measure", "--changed"], "--changed is no option of measure"],
  ])("are refused as %j", (argv, message) => {
    expect(() => readArguments(argv)).toThrow(new UsageError(message));
  });
});
