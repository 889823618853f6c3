import { parse, walk } from "../../src/index.ts";
import type { Config } from "./oracle.ts";
import { Random } from "./random.ts";

/** A config of directives that nginx takes, written in a random style and, half of the time, broken somewhere. */
export function generateConfig(seed: number, index: number): Config {
  const random = new Random(seed * 1_000_003 + index);
  const writer = new Writer(random, `${index}`);
  const level = random.chance(15) ? "main" : "http";
  let text = level === "main" ? writer.mainFile() : writer.httpFragment();
  if (random.chance(20)) text = text.replaceAll("\n", "\r\n");
  if (random.chance(60)) {
    let broken = text;
    for (let times = 1 + random.below(2); times > 0; times--) broken = breakSomewhere(broken, random);
    if (!looksUpHosts(broken)) text = broken;
  }
  if (random.chance(2)) text = `\uFEFF${text}`;
  return { level, text };
}

const address = "unix:/tmp/nginx-syntax.sock";

/** Whether nginx would ask the network for the address of a host whose name came out of the breaking. */
function looksUpHosts(text: string): boolean {
  return [...walk(parse(text))].some(
    ({ directive: { name, args, block } }) => /^(server|listen)$/.test(name.value) && block === undefined && args[0] !== undefined && args[0].value !== address,
  );
}

const special = [";", "{", "}", '"', "'", "\\", "#", "$", " ", "\n", ")", "${", "''", "é"] as const;

/** Deletes, inserts or cuts off something. What comes out may still be valid. */
function breakSomewhere(text: string, random: Random): string {
  const at = random.below(text.length + 1);
  switch (random.below(8)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1);
    case 2:
    case 3:
      return text.slice(0, at) + random.pick(special) + text.slice(at);
    case 4:
      return text.slice(0, at) + random.pick(["x", "#", '"', " '", " "]).repeat(4085 + random.below(16)) + text.slice(at);
    default: {
      // Take away one of the characters that matter.
      const places = [...text.matchAll(/[;{}"'\\#$]|\s+/g)];
      const place = places[random.below(places.length)];
      if (place === undefined) return text;
      const kept = random.chance(30) ? random.pick(special) : "";
      return text.slice(0, place.index) + kept + text.slice(place.index + place[0].length);
    }
  }
}

const bare = ["a", "B7", "-", "_x", "/", ".", ":", "%41", "=", "@", "~", "é", "漢", "😀", "#", "'", '"', "}", ")", "(", "[", "\\;", "\\{", "\\ ", "\\'", "\\#", "\\n", "\\\\", "${uri}", "$uri/", "$host/"] as const;
const inQuotes = [...bare, ";", "{", "  ", "\n", "\t", "\r\n", "# no comment", '\\"', "{2,3}", "\\x"] as const;

/** Writes directives. Every name that must be the only one of its kind holds the config's number. */
class Writer {
  readonly #random: Random;
  readonly #id: string;
  #count = 0;

  constructor(random: Random, id: string) {
    this.#random = random;
    this.#id = id;
  }

  mainFile(): string {
    const random = this.#random;
    return this.#join([
      this.#simple("env", this.#unique("E")),
      ...(random.chance(50) ? [this.#simple("worker_processes", random.pick(["1", "auto", "2"]))] : []),
      this.#block("events", [], [this.#simple("worker_connections", "64"), this.#simple("multi_accept", "on")]),
      this.#block("http", [], [this.httpFragment()]),
    ]);
  }

  httpFragment(): string {
    const random = this.#random;
    const kinds = [
      () => this.#types(),
      () => this.#types(),
      () => this.#map(),
      () => this.#upstream(),
      () => this.#server(),
      () => this.#server(),
      () => this.#split(),
      () => this.#geo(),
      () => this.#logFormat(),
    ] as const;
    return this.#join(random.several(1, 4, () => random.pick(kinds)()));
  }

  #types(): string {
    const random = this.#random;
    const entry = (): string => this.#directive([this.#anyWord(), ...random.several(0, 4, () => this.#anyWord())]);
    return this.#block("types", [], random.several(1, 6, entry));
  }

  #map(): string {
    const random = this.#random;
    const entry = (): string => this.#directive([this.#style(this.#unique("key")), this.#anyWord()]);
    return this.#block("map", [this.#style("$uri"), `$${this.#unique("map")}`], random.several(0, 5, entry));
  }

  #upstream(): string {
    const random = this.#random;
    const server = (): string => this.#simple("server", address, "weight=5", "max_fails=0");
    return this.#block("upstream", [this.#unique("u")], [server(), ...random.several(0, 3, server), this.#simple("keepalive", "9")]);
  }

  #split(): string {
    const rest = this.#directive(["*", this.#anyWord()]);
    return this.#block("split_clients", ['"${uri}{"', `$${this.#unique("split")}`], [this.#directive(["50%", this.#anyWord()]), rest]);
  }

  #geo(): string {
    return this.#block("geo", [`$${this.#unique("geo")}`], [this.#simple("default", "0"), this.#directive(["127.0.0.1", this.#anyWord()])]);
  }

  #logFormat(): string {
    return this.#directive(["log_format", this.#unique("log"), ...this.#random.several(1, 4, () => this.#anyWord())]);
  }

  #server(): string {
    const random = this.#random;
    const names = random.several(1, 4, () => this.#style(this.#unique("name")));
    return this.#block("server", [], [
      this.#simple("listen", address),
      this.#directive(["server_name", ...names]),
      ...(random.chance(40) ? [this.#block("if", ["($request_method", "=", random.pick(['"PO;ST")', "POST)", "'x' )"])], [this.#return()])] : []),
      ...(random.chance(30) ? [this.#directive(["rewrite", '"^/a{2,3};$"', this.#anyWord(), "last"])] : []),
      ...random.several(0, 3, () => this.#location()),
    ]);
  }

  #location(): string {
    const random = this.#random;
    const where = random.chance(30) ? ["~", `"^/${this.#unique("r")}{1,2}$"`] : [`/${this.#unique("l")}`];
    return this.#block("location", where, [
      ...random.several(0, 3, () => this.#directive(["add_header", this.#unique("X"), this.#anyWord()])),
      ...(random.chance(30) ? [this.#simple("sendfile", "on")] : []),
      ...(random.chance(30) ? [this.#directive(["set", `$${this.#unique("v")}`, this.#anyWord()])] : []),
      ...(random.chance(50) ? [this.#return()] : []),
    ]);
  }

  #return(): string {
    return this.#directive(["return", "200", this.#anyWord()]);
  }

  #unique(prefix: string): string {
    return `${prefix}_${this.#id}_${this.#count++}`;
  }

  /** A word with any content, for places where nginx does not mind what it is. */
  #anyWord(): string {
    const random = this.#random;
    const quote = random.pick(["", "", '"', "'"]);
    // A leading letter keeps the words that mean something in some block ("default", "~x") out.
    if (quote === "") return `w${random.several(0, 5, () => random.pick(bare)).join("")}`;
    const content = random.several(0, 5, () => random.pick(inQuotes)).map((part) => part.replaceAll(quote, `\\${quote}`).replaceAll("\\\\\\", "\\\\"));
    return `${quote}w${content.map((part) => (part === `\\\\${quote}` ? `\\${quote}` : part)).join("")}${quote}`;
  }

  /** A known value, perhaps in quotes. */
  #style(value: string): string {
    const quote = this.#random.pick(["", "", '"', "'"]);
    return `${quote}${value}${quote}`;
  }

  #simple(name: string, ...args: readonly string[]): string {
    return this.#directive([name, ...args].map((word) => this.#style(word)));
  }

  #directive(words: readonly string[]): string {
    return `${this.#words(words)}${this.#optionalGap()};`;
  }

  #block(name: string, args: readonly string[], inside: readonly string[]): string {
    const last = args.at(-1) ?? name;
    // A word without quotes that ends in `$` would take the brace along.
    const gap = last.endsWith("$") ? " " : this.#optionalGap();
    return `${this.#words([this.#style(name), ...args])}${gap}{${this.#optionalGap()}${this.#join(inside)}}`;
  }

  #words(words: readonly string[]): string {
    return words.map((word, index) => (index === 0 ? word : this.#gap() + word)).join("");
  }

  #join(parts: readonly string[]): string {
    return parts.map((part) => part + this.#optionalGap()).join("");
  }

  #optionalGap(): string {
    return this.#random.chance(50) ? this.#gap() : "";
  }

  #gap(): string {
    const random = this.#random;
    const space = random.pick([" ", " ", " ", "\n", "\t", "\n    ", "\r", " \r\n"]);
    if (!random.chance(10)) return space;
    return `${space}#${random.several(0, 4, () => random.pick(inQuotes)).join("").replaceAll(/[\r\n]/g, "")}\n`;
  }
}
