/** A repeatable source of choices (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

const names = ["workers", "backlog", "threads", "timeout", "base", "extra", "keepalive"];
const textNames = ["bind", "worker_class"];
const variables = ["WEB_CONCURRENCY", "PORT", "DEBUG", "BACKLOG", "APP_ENV"];
const positive = ["1", "2", "3", "7", "64", "1_000", "0x1F", "0b101"];
const numbers = ["0", "1", "2", "3", "7", "64", "1_000", "0x1F", "0o17", "0b101", "00", "2048", "1e3", "0.5", "2.5", ".25", "1E-7", "1_0.0_1", "5e+20", "123456789012345678901234567890"];
const texts = [`"a"`, `''`, `'it''s'`, `"tab\\tq\\x41\\u00e9\\101\\q"`, `r"raw\\n"`, `"""tri"ple\nbacklog = 1\n"""`, `"12"`, `" 8 "`, `"0.0.0.0:8000"`, `"unix:/run/a.sock"`, `u"uni"`, `"a" 'b'`, `"two \\\nlines"`, `"-3"`];

/** Writes the text of a module in the manner of a gunicorn configuration, and worse. */
export class ModuleWriter {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  module(): string {
    const lines = ["import os, multiprocessing", "import os as o", "from os import environ, getenv as ge", "from multiprocessing import cpu_count as cc"];
    for (const name of names) lines.push(`${name} = ${this.#dice.pick(positive)}`);
    for (const name of textNames) lines.push(`${name} = ${this.#dice.pick(texts)}`);
    const count = 2 + this.#dice.below(8);
    for (let i = 0; i < count; i += 1) lines.push(...this.statement(2).split("\n"));
    const ending = this.#dice.chance(20) ? "\r\n" : "\n";
    return `${this.#dice.chance(15) ? "\uFEFF" : ""}${lines.join(ending)}${ending}`;
  }

  statement(depth: number): string {
    const dice = this.#dice;
    const name = dice.pick(names);
    switch (dice.below(depth > 0 ? 26 : 14)) {
      case 0:
        return `${name} = ${dice.pick(names)} = ${this.expression(2)}`;
      case 1:
        return `${name}, ${dice.pick(names)} = ${this.expression(1)}, ${this.expression(2)}`;
      case 2:
        return `(${name}, [${dice.pick(names)}, extra]) = [${this.expression(1)}, (${this.expression(1)}, 5)]`;
      case 3:
        return `${name}: int = ${this.expression(2)}  # comment: backlog = 3`;
      case 4:
        return `${name} ${dice.pick(["+=", "-=", "*=", "//=", "%=", "|="])} ${this.expression(1)}`;
      case 5:
        return `print((${name} := ${this.expression(1)}), end="")`;
      case 6:
        return `${name} = ${this.expression(1)}; ${dice.pick(names)} = ${this.expression(1)}`;
      case 7:
        return `${name} = [${this.expression(1)}]\n${dice.pick(names)} = ${name}\n${name}.append(4)`;
      case 8:
        return `${name} = (\n    ${this.expression(2)}\n)`;
      case 9:
        return `${name}: int`;
      case 10:
      case 11:
      case 12:
      case 13:
        return `${name} = ${this.expression(3)}`;
      case 14:
      case 15:
      case 16:
        return `if ${this.condition()}:\n${this.body(depth)}`;
      case 17:
      case 18:
        return `if ${this.condition()}:\n${this.body(depth)}\nelse:\n${this.body(depth)}`;
      case 19:
        return `if ${this.condition()}:\n${this.body(depth)}\nelif ${this.condition()}:\n${this.body(depth)}\nelse:\n${this.body(depth)}`;
      case 20:
        return `try:\n${this.body(depth)}\nexcept (KeyError, ValueError, TypeError, ZeroDivisionError, OverflowError, AttributeError, IndexError, NameError) as e:\n${this.body(depth)}`;
      case 21:
        return `try:\n    ${name} = int(os.environ["${dice.pick(variables)}"])\nexcept KeyError:\n    ${dice.pick(["pass", `${name} = ${this.expression(1)}`])}\nelse:\n${this.body(depth)}\nfinally:\n${this.body(depth)}`;
      case 22:
        return `for ${dice.pick(names)} in [1, 2]:\n${this.body(depth)}${dice.chance(30) ? "\n    if base: break" : ""}\n${dice.chance(30) ? `else:\n${this.body(depth)}` : ""}`;
      case 23:
        return `match ${this.expression(1)}:\n    case "prod" | 1:\n${indent(this.body(depth))}\n    case [first, *rest]:\n${indent(this.body(depth))}\n    case ${dice.pick(["_", "whatever", "2"])}:\n${indent(this.body(depth))}`;
      case 24:
        return dice.pick([`def ${name}(a):\n    backlog = 3\n    return a`, `class ${name}:\n    backlog = 3`, `${name} = lambda backlog: backlog`, `del ${name}\n${name} = 1`]);
      default:
        return `while ${dice.pick(["False", "base != base", "0"])}:\n${this.body(depth)}`;
    }
  }

  body(depth: number): string {
    const count = 1 + this.#dice.below(2);
    return Array.from({ length: count }, () => indent(this.statement(depth - 1))).join("\n");
  }

  condition(): string {
    const dice = this.#dice;
    const variable = dice.pick(variables);
    return dice.pick([
      `os.environ.get("${variable}")`,
      `"${variable}" in os.environ`,
      `os.getenv("${variable}", "x") == "x"`,
      "True",
      "__name__ == '__main__'",
      `${dice.pick(names)} > 3`,
      `not ${dice.pick(names)}`,
      `${dice.pick(textNames)} == "a"`,
      "multiprocessing.cpu_count() > 4",
      this.expression(1),
    ]);
  }

  /** Mostly of the type that Python takes there: a module that raises shows nothing. */
  expression(depth: number): string {
    const kind = this.#dice.below(20);
    return kind < 14 ? this.number(depth) : kind < 19 ? this.text(depth) : this.anything(depth);
  }

  number(depth: number): string {
    const dice = this.#dice;
    const inner = (): string => this.number(depth - 1);
    if (depth <= 0) return dice.pick([() => dice.pick(numbers), () => dice.pick(positive), () => dice.pick(names)])();
    const variable = dice.pick(variables);
    switch (dice.below(24)) {
      case 0:
      case 1:
      case 2:
        return `${inner()} ${dice.pick(["+", "-", "*"])} ${inner()}`;
      case 3:
      case 4:
        return `${inner()} ${dice.pick(["/", "//", "%"])} ${dice.chance(15) ? inner() : dice.pick([...positive, "-3", "2.5", "-0.25"])}`;
      case 5:
        return `(${inner()}) ** ${dice.pick(["2", "0", "3"])}`;
      case 6:
        return dice.pick([`-${inner()}`, `+${inner()}`, `- -${inner()}`, `(not ${inner()})`]);
      case 7:
        return `${dice.pick(["min", "max"])}(${inner()}, ${inner()})`;
      case 8:
      case 9:
        return `${dice.pick(["int", "abs", "round", "bool", "float", "int"])}(${inner()})`;
      case 10:
      case 11:
      case 12:
        return dice.pick(["multiprocessing.cpu_count()", "os.cpu_count()", "len(os.sched_getaffinity(0))", "cc()", "o.cpu_count()", "multiprocessing.cpu_count() * 2 + 1"]);
      case 13:
      case 14:
        return `int(${dice.pick(["os.environ.get", "os.getenv", "ge", "environ.get"])}("BACKLOG", ${inner()}))`;
      case 15:
        return `int(os.environ.get("WEB_CONCURRENCY") or ${inner()})`;
      case 16:
        return `(${inner()} ${dice.pick(["or", "and"])} ${inner()})`;
      case 17:
      case 18:
        return `(${inner()} if ${this.condition()} else ${inner()})`;
      case 19:
        return `[${inner()}, ${inner()}][${dice.pick(["0", "-1", "1"])}]`;
      case 20:
        return `len(${this.text(depth - 1)})`;
      case 21:
        return `(${inner()} ${dice.pick(["==", "!=", "<", ">=", "<=", ">", "is not"])} ${inner()})`;
      case 22:
        return `int(${inner()}) ${dice.pick(["<<", ">>", "&", "|", "^"])} ${dice.pick(["1", "2", "3"])}`;
      default:
        return dice.pick([`(${inner()})`, `int("${dice.pick(["12", " 7 ", "1_0", "+3"])}")`, `(${variable.toLowerCase()} := ${inner()})`]);
    }
  }

  text(depth: number): string {
    const dice = this.#dice;
    const inner = (): string => this.text(depth - 1);
    if (depth <= 0) return dice.pick([() => dice.pick(texts), () => dice.pick(textNames)])();
    switch (dice.below(12)) {
      case 0:
        return `${inner()} + ${inner()}`;
      case 1:
        return `str(${this.number(depth - 1)})`;
      case 2:
        return dice.pick([`f"a{${oneLine(this.number(depth - 1))}}b{{c}}"`, `f"0.0.0.0:{os.environ.get('PORT', ${dice.pick(numbers)})}"`, `f'{${dice.pick(names)}!r}' "tail"`, `f"{${dice.pick(names)}:>4}"`, `rf"\\d{bind}" 'x'`]);
      case 3:
        return dice.pick([`"%s:%s" % (${inner()}, ${this.number(depth - 1)})`, `"%d%%" % 5`, `"{}:{}".format(${inner()}, ${this.number(depth - 1)})`, `"{0}{1}{0}".format(${inner()}, ${inner()})`, `"{a}".format(a=${inner()})`]);
      case 4:
        return dice.pick([`"-".join([${inner()}, ${inner()}])`, `${dice.pick(texts)}.strip()`, `"a,b".split(",")[1]`, `"AbC".lower()`, `os.path.join("/run", ${inner()})`]);
      case 5:
      case 6:
        return `os.environ.get("${dice.pick(variables)}", ${inner()})`;
      case 7:
        return `(os.environ.get("${dice.pick(variables)}") or ${inner()})`;
      case 8:
        return `(${inner()} if ${this.condition()} else ${inner()})`;
      case 9:
        return `${inner()} * 2`;
      case 10:
        return `(${inner()} or ${inner()})`;
      default:
        return inner();
    }
  }

  anything(depth: number): string {
    const dice = this.#dice;
    const inner = (): string => this.expression(depth - 1);
    if (depth <= 0) return dice.pick(["True", "False", "None", "[]", "()", "1j", "b'x'", "{}", "..."]);
    return dice.pick([
      `[${inner()}, ${inner()}]`,
      `(${inner()},)`,
      `[${inner()}] + [${inner()}]`,
      `(${inner()}, 2) * 2`,
      `${inner()} in [${inner()}, 3]`,
      `${inner()} ${dice.pick(["==", "!=", "is"])} ${inner()}`,
      `[x for x in (${inner()},)]`,
      `{"a": ${inner()}}`,
      `{"a": ${inner()}}.get("a")`,
      `(lambda: ${inner()})()`,
      `1 < ${this.number(0)} < 5`,
    ]);
  }
}

/** Fit to stand in an f-string between double quotes. */
function oneLine(expression: string): string {
  return /[\n"\\]/.test(expression) ? "backlog" : expression;
}

/** All lines four to the right, but not those inside of a text of several lines. */
function indent(text: string): string {
  return text.includes('"""') || text.includes("\\\n") ? "    pass" : text.split("\n").map((line) => `    ${line}`).join("\n");
}
