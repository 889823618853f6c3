import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file to be read where its directives belong: as the main file, or inside of `http`. */
export interface Config {
  readonly level: "main" | "http";
  readonly text: string;
}

export type Verdict =
  | { readonly kind: "accepted" }
  /** The tokenizer refused the file. */
  | { readonly kind: "lexical"; readonly message: string; readonly line: number }
  /** A directive was refused for what it means. Nothing is known of what follows it. */
  | { readonly kind: "semantic"; readonly message: string; readonly line: number };

/** What ngx_conf_read_token and ngx_conf_parse say (nginx: src/core/ngx_conf_file.c). */
const lexicalMessages = [
  /^unexpected "[^]"$/u,
  /^unexpected end of file, expecting (";" or )?"\}"$/,
  /^too long parameter "[^]*\.\.\." started$/,
  /^too long parameter, probably missing terminating "['"]" character$/,
];

const sentinel = "reached_the_end";

/** One nginx run starts at most this many files: it stops at the first that it refuses. */
const batchSize = 60;

/**
 * Asks the real nginx. Every main file ends with an unknown directive: nginx stops there at the latest, before it opens
 * any socket, log or directory.
 */
export class NginxOracle {
  readonly #directory = mkdtempSync(join(tmpdir(), "nginx-syntax-"));
  #runs = 0;

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** The verdicts on all files, in their order. */
  async ask(configs: readonly Config[]): Promise<Verdict[]> {
    const verdicts = new Array<Verdict>(configs.length);
    const all = configs.map((config, index) => ({ config, index }));
    const batches = all.filter(({ config }) => config.level === "main").map((entry) => [entry]);
    const fragments = all.filter(({ config }) => config.level === "http");
    for (let from = 0; from < fragments.length; from += batchSize) batches.push(fragments.slice(from, from + batchSize));

    const lane = async (): Promise<void> => {
      for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
        const found = await this.#askBatch(batch.map(({ config }) => config));
        found.forEach((verdict, at) => {
          const entry = batch[at];
          if (entry !== undefined) verdicts[entry.index] = verdict;
        });
      }
    };
    await Promise.all([lane(), lane()]);
    return verdicts;
  }

  async #askBatch(configs: readonly Config[]): Promise<Verdict[]> {
    const verdicts: Verdict[] = [];
    while (verdicts.length < configs.length) {
      const { at, verdict } = await this.#askFirstRefused(configs.slice(verdicts.length));
      for (let accepted = 0; accepted < at; accepted++) verdicts.push({ kind: "accepted" });
      if (verdict !== undefined) verdicts.push(verdict);
    }
    return verdicts;
  }

  async #askFirstRefused(configs: readonly Config[]): Promise<{ at: number; verdict?: Verdict }> {
    const directory = join(this.#directory, String(this.#runs++));
    mkdirSync(directory);
    configs.forEach(({ text }, index) => {
      writeFileSync(join(directory, `${index}.conf`), text);
    });
    const includes = configs.map((_, index) => `include ${index}.conf;`).join("\n");
    const main = configs[0]?.level === "main" ? includes : `http {\n${includes}\n${sentinel};\n}`;
    const output = await this.#run(`${main}\n${sentinel};\n`, directory);
    rmSync(directory, { recursive: true });

    // What `http` finds out once it is closed has no place: undefined variables, for instance.
    const unplaced = configs[0]?.level === "main" ? /\[emerg\] (?:\d+#\d+: )?([^\n]*)\nnginx: /.exec(output)?.[1] : undefined;
    if (unplaced !== undefined && !/\.conf:\d+$/.test(unplaced)) return { at: 0, verdict: { kind: "semantic", message: unplaced, line: 0 } };

    const match = /\[emerg\] (?:\d+#\d+: )?([^]*) in (\S+)\/(\w+)\.conf:(\d+)\n/.exec(output);
    const [, message = "", , file = "", line = ""] = match ?? [];
    if (match === null) throw new Error(`nginx said nothing that is understood: ${output}`);
    if (file === "main") {
      if (!message.startsWith(`unknown directive "${sentinel}"`)) throw new Error(`nginx refused the test's own file: ${output}`);
      return { at: configs.length };
    }
    const kind = lexicalMessages.some((known) => known.test(message)) ? "lexical" : "semantic";
    return { at: Number(file), verdict: { kind, message, line: Number(line) } };
  }

  /** What nginx prints about lines that stand in `http`, warnings included. */
  async warnings(lines: string): Promise<string> {
    return this.#run(`http {\n${lines}\n${sentinel};\n}\n`, this.#directory);
  }

  async #run(main: string, directory: string): Promise<string> {
    const path = join(directory, "main.conf");
    writeFileSync(path, main);
    return new Promise((resolve, reject) => {
      const nginx = spawn("nginx", ["-t", "-p", `${directory}/`, "-c", path, "-e", "stderr"], {
        stdio: ["ignore", "ignore", "pipe"],
        timeout: 30_000,
      });
      const chunks: Buffer[] = [];
      nginx.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
      nginx.on("error", reject);
      nginx.on("close", () => {
        resolve(Buffer.concat(chunks).toString("utf8"));
      });
    });
  }
}
