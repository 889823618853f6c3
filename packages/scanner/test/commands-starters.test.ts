import { describe, expect, it } from "vitest";
import { readCommands } from "../src/readers/commands/index.ts";

function started(line: string): string[] {
  const { commands } = readCommands("entry.sh", `#!/bin/sh\n${line}\n`) ?? { commands: [] };
  return commands.map(({ words }) => words.map(({ value, text }) => ("value" in value ? value.value : text)).join(" "));
}

describe("programs that start others", () => {
  it.each([
    ["concurrently 'gunicorn -w 4 a' \"npm run watch\"", ["gunicorn -w 4 a", "npm run watch"]],
    ["npx concurrently -k -n api,web -c blue,green 'cd api && exec gunicorn a' vite", ["exec gunicorn a", "vite"]],
    ["W=3 concurrently 'gunicorn -w $W a'", ["gunicorn -w 3 a"]],
    ["start-stop-daemon --start --quiet --pidfile /run/a.pid --exec /usr/bin/gunicorn --chuid www -- -w 4 a", ["/usr/bin/gunicorn -w 4 a"]],
    ["start-stop-daemon -S -b -x /usr/bin/gunicorn -- a", ["/usr/bin/gunicorn a"]],
    ["start-stop-daemon --start --exec /usr/bin/python3 --startas /usr/bin/gunicorn -- a", ["/usr/bin/gunicorn a"]],
    ['set -- gunicorn -w 4 a\nexec "$@"', ["gunicorn -w 4 a", '"$@"']],
    ['[ "$1" = -w ] && set -- gunicorn "$@"\nexec "$@"', ['[ "$1" = -w ]', 'gunicorn "$@"', '"$@"']],
    ["set -- gunicorn a", ["set -- gunicorn a"]],
    ["start-stop-daemon --stop --exec /usr/bin/gunicorn", ["start-stop-daemon --stop --exec /usr/bin/gunicorn"]],
  ])("%s", (line, expected) => {
    expect(started(line).map((command) => command.replace(/^exec (?="\$@)/, "")).filter((command) => !command.startsWith("cd "))).toEqual(expected);
  });

  it("say where each word stands", () => {
    const { commands } = readCommands("entry.sh", "#!/bin/sh\nconcurrently 'x' 'gunicorn -w 4 a'\n") ?? { commands: [] };
    expect(commands[1]?.words[2]?.range).toMatchObject({ start: { line: 2, column: 31 }, end: { line: 2, column: 32 } });
  });

  it("do not go round in circles", () => {
    expect(started(`${"concurrently ".repeat(300)}'gunicorn a'`).length).toBeLessThan(400);
  });
});
