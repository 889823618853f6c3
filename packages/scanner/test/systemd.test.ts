import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeWith } from "@audit-backlog/test-support";
import { describe, expect, it } from "vitest";
import { readSystemdEnvFile } from "../src/readers/systemd-env-file.ts";
import { readSystemd, type SystemdFacts } from "../src/readers/systemd.ts";
import { Dice } from "./gunicorn-python-generator.ts";
import { chainIds, scanned, serviceIn, shownNumber } from "./scanning.ts";

type Files = Readonly<Record<string, string>>;

function read(files: Files, roots: Files = {}): SystemdFacts {
  const all = Object.entries(files);
  return readSystemd({
    files: all.filter(([path]) => !path.includes("default/")).map(([path, text]) => ({ path, text })),
    tree: Object.keys(files),
    lookup: (path) => files[path],
    roots: new Map(Object.entries(roots)),
    environmentOf: () => undefined,
  });
}

function words(facts: SystemdFacts): string[] {
  return facts.commands.map((command) => command.words.map(({ value, text }) => ("value" in value ? value.value : `<${text}>`)).join(" "));
}

const etc = "etc/systemd/system";
const lib = "usr/lib/systemd/system";

describe("units with drop-ins", () => {
  it("are read in the order of the drop-ins' names, wherever they lie, and an empty setting empties a list", () => {
    const facts = read({
      [`${lib}/a.service`]: "[Service]\nExecStart=/bin/a one\nEnvironment=X=1 Y=2\nLimitNOFILE=1000\n",
      [`${lib}/a.service.d/50-b.conf`]: "[Service]\nExecStart=/bin/a ${X} ${Y}\n",
      [`${etc}/a.service.d/10-c.conf`]: "[Service]\nExecStart=\nEnvironment=X=3\nLimitNOFILE=2000:4000\n",
    });
    expect(words(facts)).toEqual(["/bin/a 3 2"]);
    expect(facts.places.map(({ surroundings: { name, nofile } }) => [name, nofile?.value, nofile?.origin.kind === "file" && nofile.origin.file])).toEqual([["a.service", { kind: "exact", value: 2000 }, `${etc}/a.service.d/10-c.conf`]]);
  });

  it("take the first of two drop-ins and of two units of one name in the order in which systemd searches", () => {
    const unit = (text: string): string => `[Service]\nExecStart=/bin/${text}\n`;
    expect(words(read({ [`${lib}/a.service`]: unit("lib"), [`${etc}/a.service`]: unit("etc") }))).toEqual(["/bin/etc"]);
    const dropIns = { [`${lib}/a.service.d/x.conf`]: unit("lib"), [`${etc}/a.service.d/x.conf`]: unit("etc"), "run/systemd/system/a.service.d/x.conf": unit("run") };
    expect(words(read(dropIns))).toEqual(["/bin/etc"]);
  });

  it("keep machines apart, and a unit beside its template", () => {
    const facts = read({
      "one/etc/systemd/system/a.service": "[Service]\nExecStart=/bin/one\n",
      "two/etc/systemd/system/a.service.d/x.conf": "[Service]\nExecStart=\nExecStart=/bin/two\n",
      "deploy/b.service": "[Service]\nExecStart=/bin/b\n",
      "deploy/b.service.j2": "[Service]\nExecStart=/bin/{{ b }}\n",
    });
    expect(facts.places.map(({ surroundings }) => surroundings.id)).toEqual(["one/etc/systemd/system/a.service#a.service", "two/etc/systemd/system/a.service.d/x.conf#a.service", "deploy/b.service#b.service", "deploy/b.service.j2#b.service"]);
  });

  it("say where words from other files stand", () => {
    const facts = read({ "a.service": "[Service]\nExecStart=/bin/a $X\n", "a.service.d/x.conf": "[Service]\nEnvironment=X=77\n" });
    const [, word] = facts.commands[0]?.words ?? [];
    expect(word).toMatchObject({ value: { kind: "exact", value: "77" }, file: "a.service.d/x.conf", range: { start: { line: 2, column: 15 } }, via: [{ file: "a.service", range: { start: { line: 2 } } }] });
  });

  it.each([
    ["PrivateNetwork=yes", { kind: "exact", value: "own" }],
    ["PrivateNetwork=no", { kind: "exact", value: "host" }],
    ["PrivateNetwork=yes\nNetworkNamespacePath=/run/netns/x", { kind: "dynamic" }],
    ["", { kind: "assumed", value: "host" }],
  ])("know the network namespace: %s", (line, network) => {
    expect(read({ "a.service": `[Service]\n${line}\nExecStart=/bin/a\n` }).places[0]?.surroundings.network.value).toEqual(network);
  });

  it.each([
    ["LimitNOFILE=infinity", { kind: "dynamic" }, 0],
    ["LimitNOFILE={{ files }}", { kind: "dynamic" }, 0],
    ["LimitNOFILE=1024:infinity", { kind: "exact", value: 1024 }, 0],
    ["LimitNOFILE=7\nLimitNOFILE=", { kind: "exact", value: 7 }, 1],
    ["LimitNOFILE=7\nLimitNOFILE=many", { kind: "exact", value: 7 }, 1],
    ["LimitNOFILE=9:7", undefined, 1],
    ["LimitNPROC=7", undefined, 0],
  ])("know the soft limit of open files: %s", (lines, value, problems) => {
    const facts = read({ "a.service": `[Service]\n${lines}\nExecStart=/bin/a\n` });
    expect([facts.places[0]?.surroundings.nofile?.value, facts.problems.length]).toEqual([value, problems]);
  });

  it("change socket units too", () => {
    const { sockets } = read({ "a.socket": "[Socket]\nListenStream=/run/a\nBacklog=64\n", "a.socket.d/x.conf": "[Socket]\nListenStream=\nListenStream=/run/b\nBacklog=128\n" });
    expect(sockets.map(({ file, name, listens, backlog }) => [file, name, listens.map(({ text }) => text), backlog?.value])).toEqual([["a.socket", "a", ["/run/b"], { kind: "exact", value: 128 }]]);
  });
});

describe("EnvironmentFile=", () => {
  const unit = "[Service]\nEnvironment=W=1\nEnvironmentFile=-/etc/default/shop\nExecStart=/bin/a ${W}\n";
  it.each<readonly [string, Files, Files, string]>([
    ["a tree that lies as on the machine", { "files/etc/default/shop": "W=2" }, {}, "/bin/a 2"],
    ["a stated root", { "conf/default/shop": "W=3" }, { "/etc": "conf" }, "/bin/a 3"],
    ["two that it may be", { "x/etc/default/shop": "W=2", "y/etc/default/shop": "W=3" }, {}, "/bin/a 1"],
    ["none", {}, {}, "/bin/a 1"],
  ])("is found in %s", (_, files, roots, expected) => {
    const facts = read({ "deploy/shop.service": unit, ...files }, roots);
    expect(words(facts)).toEqual([expected]);
    expect(facts.commands[0]?.words[1]?.value).toMatchObject({ kind: "assumed", variable: "W" });
  });

  it("is taken beside the unit where its name says what it is", () => {
    const of = (path: string, file: string): string[] => words(read({ "deploy/shop.service": `[Service]\nEnvironmentFile=${path}\nExecStart=/bin/a \${W}\n`, [file]: "W=2" }));
    expect(of("/srv/shop/shop.env", "deploy/shop.env")).toEqual(["/bin/a 2"]);
    expect(of("/srv/deploy/settings", "deploy/settings")).toEqual(["/bin/a 2"]);
    expect(of("/srv/shop/settings", "deploy/settings")).toEqual(["/bin/a <${W}>"]);
  });
});

describe("nginx and its unit", () => {
  const conf = "events { worker_connections 4096; }\nhttp { server { listen 80; } }\n";
  const limits = "[Service]\nLimitNOFILE=1024:4096\n";
  const files = (found: Files): string[] | undefined => serviceIn(scanned(found), "nginx:etc/nginx/nginx.conf").runsIn?.map(({ name, nofile }) => `${name} ${nofile === undefined ? "" : shownNumber(nofile)}`);
  it.each<readonly [string, Files, readonly string[] | undefined]>([
    ["a drop-in of the package's unit", { [`${etc}/nginx.service.d/limits.conf`]: limits }, [`nginx.service 1024 ${etc}/nginx.service.d/limits.conf:2`]],
    ["a unit of its own", { "deploy/web.service": "[Service]\nExecStart=/usr/sbin/nginx -g 'daemon off;'\nLimitNOFILE=99\n" }, ["web.service 99 deploy/web.service:3"]],
    ["a unit that names another file", { "deploy/web.service": "[Service]\nExecStart=/usr/sbin/nginx -c /srv/web.conf\nLimitNOFILE=99\n" }, undefined],
    ["a unit of something else", { "deploy/web.service": "[Service]\nExecStart=/usr/bin/web\nLimitNOFILE=99\n" }, undefined],
    ["an environment of its own", { "staging/nginx.service.d/limits.conf": limits, "production/nginx.conf": conf }, ["nginx.service 1024 staging/nginx.service.d/limits.conf:2"]],
  ])("are tied by %s", (_, found, expected) => {
    expect(files({ "etc/nginx/nginx.conf": conf, ...found })).toEqual(expected);
  });

  it("are still linked with what runs beside them", () => {
    const proxy = "events {}\nhttp { server { listen 80; location / { proxy_pass http://unix:/run/a.sock; } location /b { proxy_pass http://127.0.0.1:9000; } } }\n";
    const gunicorn = (bind: string): string => `[Service]\nExecStart=/usr/bin/gunicorn -b ${bind} a.wsgi\n`;
    const found = scanned({ "nginx.conf": proxy, "nginx.service": "[Service]\nExecStart=/usr/sbin/nginx\n", "a.service": gunicorn("unix:/run/a.sock"), "b.service": gunicorn("127.0.0.1:9000"), "c.service": `${gunicorn("127.0.0.1:9000")}PrivateNetwork=yes\n` });
    expect(chainIds(found)).toEqual(["nginx:nginx.conf#*:80 > gunicorn:a.service:a#unix:/run/a.sock", "nginx:nginx.conf#*:80 > gunicorn:b.service:b#127.0.0.1:9000"]);
  });
});

function withFiles<T>(files: Files, use: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "units-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** What systemd makes of units: the lines of its own dump, by unit. */
function dumped(files: Files, units: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return withFiles(files, (root) => {
    const { stdout } = spawnSync("systemd-analyze", ["verify", "--man=no", `--root=${root}`, ...units], { encoding: "utf8", timeout: 120_000, maxBuffer: 1 << 28, env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", SYSTEMD_LOG_LEVEL: "debug" } });
    const found = new Map<string, string[]>();
    let unit: string[] = [];
    for (const line of stdout.split("\n")) {
      const name = /-> Unit (\S+):/.exec(line)?.[1];
      if (name !== undefined) found.set(name, (unit = []));
      else unit.push(line.trim());
    }
    return found;
  });
}

const settingLines = ["ExecStart=/bin/true a b", "ExecStart=/bin/true c", "ExecStart=", "Environment=X=1", "Environment=X=2 Y=3", 'Environment="Z=a b" X=9', "Environment=", "LimitNOFILE=100", "LimitNOFILE=200:300", "LimitNOFILE=infinity", "LimitNOFILE=5:infinity", "LimitNOFILE=", "LimitNOFILE=9:8", "LimitNOFILE=x", "PrivateNetwork=yes", "PrivateNetwork=off", "PrivateNetwork=perhaps", "CPUQuota=150%", "CPUQuota=", "CPUQuota=0%", "CPUQuota=12.5%", "# ExecStart=/bin/true no", "[Unit]", "[Service]", "LimitNOFILE=1\\", "CPUQuota=20"];

describeWith(["systemd-analyze"], "units and drop-ins, against systemd itself", () => {
  it("add up to the same service", () => {
    const dice = new Dice(11);
    const files: Record<string, string> = {};
    const units = Array.from({ length: 120 }, (_, index) => `u${index}.service`);
    const text = (): string => ["[Service]", ...Array.from({ length: 1 + dice.below(6) }, () => dice.pick(settingLines))].join("\n");
    for (const unit of units) {
      // Without any command systemd refuses to load it.
      files[`${dice.pick([etc, lib])}/${unit}`] = `[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStop=/bin/true stop\nExecStart=/bin/true first\n${text()}\n`;
      for (let count = dice.below(4); count > 0; count -= 1) files[`${dice.pick([etc, lib, "run/systemd/system"])}/${unit}.d/${dice.pick(["10-a", "20-b", "30-c", "A"])}.conf`] = `${text()}\n`;
    }
    const theirs = dumped(files, units);
    const ours = read(files);
    let compared = 0;
    for (const unit of units) {
      const lines = theirs.get(unit) ?? [];
      const said = (name: string): string[] => lines.flatMap((line) => (line.startsWith(`${name}: `) ? [line.slice(name.length + 2)] : []));
      const place = ours.places.find(({ surroundings }) => surroundings.name === unit);
      const commands = ours.commands.filter(({ places }) => places?.includes(place?.surroundings.id ?? ""));
      if (lines.length === 0 || place === undefined) throw new Error(`${unit} is missing`);
      expect(commands.map((command) => command.words.map((word) => word.text).join(" ")), unit).toEqual(said("Command Line").filter((line) => line !== "/bin/true stop"));
      if (commands.length > 0) expect([...(commands[0]?.environment ?? [])].map(([name, { value }]) => `${name}=${"value" in value ? value.value : "?"}`).sort(), unit).toEqual(said("Environment").sort());
      const { nofile, cpus, network } = place.surroundings;
      const [soft] = said("LimitNOFILESoft");
      expect(nofile === undefined ? undefined : "value" in nofile.value ? String(nofile.value.value) : "18446744073709551615", unit).toBe(soft);
      const quota = /^([\d.]+)s$/.exec(said("CPUQuotaPerSecSec")[0] ?? "")?.[1] ?? (/^([\d.]+)ms$/.exec(said("CPUQuotaPerSecSec")[0] ?? "")?.[1] === undefined ? undefined : String(Number.parseFloat(said("CPUQuotaPerSecSec")[0] ?? "") / 1000));
      expect(cpus === undefined || !("value" in cpus.value) ? undefined : cpus.value.value, unit).toBe(quota === undefined ? undefined : Number(quota));
      expect(network.value, unit).toMatchObject({ value: said("PrivateNetwork")[0] === "yes" ? "own" : "host" });
      compared += 1;
    }
    expect(compared).toBe(120);
  }, 180_000);
});

const generator = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";

/** The same parser reads environment.d(5), except that variables are expanded there: there are no dollar signs here. */
describeWith(["systemd-analyze"], "environment files, against systemd's own parser", () => {
  it("hold the same variables", () => {
    const dice = new Dice(5);
    const parts = ["a", "b c", "  ", "\t", "'", '"', "'x y'", '"x\\"y"', "\\", "\\\\", "\\n", "\\\n", "#", ";", "=", "\n", '"p\nq"', "é", "'\n'"];
    const files: Record<string, string> = {};
    for (let index = 0; index < 600; index += 1) {
      const value = Array.from({ length: 1 + dice.below(6) }, () => dice.pick(parts)).join("");
      files[`environment.d/${String(index).padStart(4, "0")}.conf`] = `${dice.pick(["", "# c\n", " ; c\n", "\n", "junk\n"])}${dice.pick(["", " "])}V${index}${dice.pick(["", " "])}=${value}\nW${index}=end\n`;
    }
    const theirs = withFiles(files, (root) => {
      const { stdout } = spawnSync(generator, [], { encoding: "utf8", timeout: 30_000, maxBuffer: 1 << 26, env: { XDG_CONFIG_HOME: root } });
      return new Map([...stdout.matchAll(/^([VW]\d+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, unquoted(value)] as const).filter(([, value]) => value !== ""));
    });
    const ours = new Map<string, string>();
    for (const text of Object.values(files)) {
      for (const [name, { pieces }] of readSystemdEnvFile("x", text)) {
        const whole = pieces.map(({ value }) => ("value" in value ? value.value : "?")).join("");
        // Unlike EnvironmentFile=, that program leaves out what is empty.
        if (/^[VW]\d+$/.test(name) && whole !== "") ours.set(name, whole);
      }
    }
    expect(Object.fromEntries([...ours].sort())).toEqual(Object.fromEntries([...theirs].sort()));
    expect(theirs.size).toBeGreaterThan(800);
  }, 60_000);
});

function unquoted(text: string): string {
  const inner = /^\$?(["'])([^]*)\1$/.exec(text)?.[2] ?? text;
  return inner.replaceAll(/\\([^])/g, (_, char: string) => ({ n: "\n", t: "\t", r: "\r" })[char] ?? char);
}
