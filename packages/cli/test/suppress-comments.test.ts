import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse as parseYaml } from "yaml";
import { commentsOf, commentSyntaxOf, type CommentSyntax } from "@audit-backlog/scanner";
import { describeWith } from "@audit-backlog/test-support";

function contents(text: string, syntax: CommentSyntax): readonly string[] {
  return commentsOf("file", text, syntax).map(({ from, to }) => text.slice(from, to).trim());
}

/** Pieces in random order, each `@` replaced by a word of its own. */
function shuffled(pieces: readonly string[], seed: number, count: number): string {
  let state = Math.imul(seed, 2654435761);
  let words = 0;
  const chosen = Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return pieces[Math.floor((state / 2 ** 32) * pieces.length)] ?? "";
  });
  return chosen.join("").replaceAll("@", () => `M${(words += 1)}m`);
}

const words = (text: string): readonly string[] => [...new Set(text.match(/M\d+m/g) ?? [])].sort();

/** The words of a text that stand in none of its comments. */
function outside(text: string, syntax: CommentSyntax): readonly string[] {
  let rest = text;
  for (const { start, end } of [...commentsOf("file", text, syntax)].reverse()) rest = rest.slice(0, start) + rest.slice(end);
  return words(rest);
}

const directory = mkdtempSync(join(tmpdir(), "audit-backlog-comments-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

describeWith(["bash"], "shell comments against bash", () => {
  const pieces = [
    "echo @ # @\n", "# @\n", "  # @ '\n", "echo '@ # @'\n", 'echo "@ # @"\n', "echo @#@\n", "echo \\# @\n", "echo ${x#@} ${#x} $# @\n", 'echo "${x:-"a # @"}" # @\n',
    'echo "$(echo @ # @\n)"\n', "echo $(echo '@)' \"#@\") # @\n", "cat <<EOF # @\n# @ '\nEOF\n", "cat <<-'END'\n\t# @\n\tEND\n", "cat <<A <<\"B\"\n# @\nA\n# @\nB\n", "cat <<< @ # @\n",
    "(echo @)# @\n", "echo @;# @\n", "true &# @\n", "true &&# @\n echo @\n", "echo $'it\\'s # @' # @\n", "echo `echo @ # @`\n", "if true; then # @\n echo @\nfi # @\n", "echo @ \\\n  @ # @\n", 'echo "${x:-\'# @\'}" # @\n', "x=(a # @\n b @)\n", "case @ in a) # @\n echo @ ;; esac\n",
  ];
  it("leave the words that bash keeps", () => {
    let comments = 0;
    for (let seed = 1; seed <= 120; seed += 1) {
      const text = shuffled(pieces, seed, 8);
      const file = join(directory, "script.sh");
      writeFileSync(file, text);
      const kept = words(execFileSync("bash", ["--pretty-print", file], { encoding: "utf8" }));
      const ours = outside(text, "shell");
      // bash prints a command substitution as it is written, comments included.
      const inSubstitution = new Set(words((text.match(/\$\(echo M\d+m # M\d+m\n\)|`[^`\n]*`/g) ?? []).join(" ")));
      const certain = (word: string): boolean => !inSubstitution.has(word);
      expect(ours.filter(certain), text).toEqual(kept.filter(certain));
      comments += words(text).length - ours.length;
    }
    expect(comments).toBeGreaterThan(500);
  });
});

describeWith(["python3"], "Python and INI comments against Python", () => {
  const python = ["backlog = 1  # @\n", "# @\n", "s = '@ # @'\n", 's = "@ # @" # @\n', 's = """\n# @\n"""\n', "s = r'\\' # @'\n", "s = f'{1}# @'\n", "x = (1, # @\n  2)\n", "x = 1 \\\n  + 2 # @\n", "if True: # @\n    y = '#@'\n", "s = 'a\\\n # @'\n"];
  const ini = ["[s@]\n", "x@=@ ; @\n", "; @\n", "# @\n", "x@=@;@\n", "x@ = '@ # @'\n", "x@=@\n  @ # @\n", "  ; @\n", "[s@] ; @\n", "x@ : @\t# @\n"];
  const script = `
import configparser, io, json, sys, tokenize
what, texts = json.load(sys.stdin)
def python(text):
    return " ".join(t.string for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.type != tokenize.COMMENT)
def ini(text):
    parser = configparser.RawConfigParser(strict=False, inline_comment_prefixes=(";", "#"))
    parser.optionxform = str
    parser.read_string(text)
    return " ".join(s + " " + " ".join(k + " " + v for k, v in parser.items(s)) for s in parser.sections())
print(json.dumps([(python if what == "python" else ini)(t) for t in texts]))
`;
  it.each([["python", python], ["ini", ini]] as const)("leave the words that %s keeps", (syntax, pieces) => {
    const texts = Array.from({ length: 150 }, (_, seed) => (syntax === "ini" ? "[s]\n" : "") + shuffled(pieces, seed + 1, 8));
    const kept = JSON.parse(execFileSync("python3", ["-c", script], { encoding: "utf8", input: JSON.stringify([syntax, texts]) })) as readonly string[];
    for (const [index, text] of texts.entries()) expect(outside(text, syntax), text).toEqual(words(kept[index] ?? ""));
  });
});

describe("YAML comments against the parser's data", () => {
  const pieces = ["k@: v@ # @\n", "# @\n", "k@: '@ # @' # @\n", 'k@: "@ # @"\n', "k@: |\n  # @\n  @\n", "k@: >- # @\n  @ # @\n", "k@: [@, # @\n  '#@']\n", "k@: @#@\n", "k@:\n  - @ # @\n  # @\n  - '@'\n", "k@: plain\n  @ # @\n", "k@: {a@: '# @'} # @\n"];
  it("leave the words that the data keeps", () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const text = shuffled(pieces, seed, 7);
      for (const variant of [text, text.replaceAll("\n", "\r\n"), `\uFEFF${text}`]) {
        expect(outside(variant, "yaml"), variant).toEqual(words(JSON.stringify(parseYaml(variant))));
      }
    }
  });
});

describe("comments of the other formats", () => {
  it("are those of nginx, outside of quotes, words and Lua", () => {
    const text = `# one\nevents {} # two\nhttp { server { listen 80; # three 'it\n  rewrite ^/a#b /c; add_header X "# no"; add_header Y '# no';\n  content_by_lua_block { -- # no\n ngx.say("# no") }\n}} # four\r\n#`;
    expect(contents(text, "nginx")).toEqual(["one", "two", "three 'it", "four", ""]);
  });
  it("are those of template languages, too", () => {
    const text = `{# one #}\n{% if x %}\nlisten {{ port }}; # two\n{{/* three */}} {{- /* four */ -}}\n{{! five }} {{!-- six }} --}}\n<%# seven %> {{ "/* no */" }} # {# eight #}\n`;
    expect(contents(text, "nginx")).toEqual(["one", "two", "three", "four", "five", "six }}", "seven", "{# eight #}"]);
    expect(contents("echo ${#name} #}\n# {{/* x */}} y", "shell")).toEqual(["}", "{{/* x */}} y"]);
  });
  it("are lines of a Dockerfile, between continued ones and outside of here-documents", () => {
    const text = `# one\nFROM x\nRUN a \\\n  # two\n  b # no\nCMD ["x"] # no\nCOPY <<EOF /x\n# no\nEOF\r\n# three\r\n`;
    expect(contents(text, "dockerfile")).toEqual(["one", "two", "three"]);
  });
  it("are lines of a systemd unit", () => {
    expect(contents("# one\n; two\n[Service]\nExecStart=x # no\\\n  # three\n ; four\n", "systemd")).toEqual(["one", "two", "three", "four"]);
  });
  it("are a Procfile's lines and its shell's", () => {
    expect(contents("# one\nweb: gunicorn 'a # no' # two\r\n\nx: y#no\n", "procfile")).toEqual(["one", "two"]);
  });
  it("are JavaScript's, outside of strings, templates, regular expressions and JSX text", () => {
    const text = `#!/usr/bin/env node # no\n// one\nconst a = "// no", b = \`// no \${/* two */ 1} /* no */\`, c = /[/]\\/\\/ no/;\n/* three */ const d = <p>// no</p>; // four\r\n/**\n * five\n */`;
    expect(contents(text, "javascript")).toEqual(["one", "two", "three", "four", "*\n * five"]);
    expect(commentsOf("a.ts", "const x: number /* one */ = <number>1; // two", "javascript").length).toBe(2);
    expect(contents('{ a: "// no", // one\n /* two */ b: \'/* no */\' }', "json5")).toEqual(["one", "two"]);
    expect(contents('{ "a": 1 } // none in JSON', "json")).toEqual([]);
  });
  it("are those of the reader that took the file, else of its name", () => {
    const of = (file: string, ...readers: string[]): CommentSyntax => commentSyntaxOf(file, readers);
    expect([of("a.conf", "nginx"), of("a.conf", "commands"), of("web.service.d/a.conf", "commands"), of("conf.py", "gunicorn"), of("Dockerfile.prod", "commands"), of("compose.yml.j2", "commands"), of("run", "commands"), of("package.json", "commands"), of("Procfile", "commands"), of("x.ts", "javascript", "pm2"), of("a.socket", "systemd"), of("etc/sysctl.d/9-a.conf", "sysctl"), of("pod.yaml", "kubernetes", "sysctl"), of("setup.sh", "commands", "sysctl")]).toEqual(
      ["nginx", "ini", "systemd", "python", "dockerfile", "yaml", "shell", "json", "procfile", "javascript", "systemd", "systemd", "yaml", "shell"],
    );
  });
});
